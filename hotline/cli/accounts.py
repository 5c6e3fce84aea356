"""`hotline user deactivate`, `hotline user password`, `hotline recover`: accounts without the console."""

from pathlib import Path

import click
from sqlalchemy import Connection, select

from hotline.casework import accounts, leaving, passwords
from hotline.casework.accounts import AccountRefusedError, Refusal
from hotline.casework.granting import grant_with_password
from hotline.casework.people import OfficerRow, find_officer, lock_new_key
from hotline.casework.recovery import recover as recover_keys
from hotline.cli.setup import password_of, user
from hotline.clock import system_clock
from hotline.errors import HotlineError, NotFoundError
from hotline.installation import installation, ready_settings
from storage.sealing import RecoveryTextError, recovery_private
from storage.tables import officers

__all__ = ["recover", "user"]
_LARGEST_PAPER = 4096


@user.command("deactivate")
@click.argument("login")
def deactivate(login: str) -> None:
    """Close an officer's account: no sign-in, no session, no keys, no shift from now on."""
    with installation() as (_, store), store.write() as connection:
        officer = _officer(connection, login)
        _keep_a_chief(connection, officer)
        ended = leaving.deactivate(connection, officer.id, system_clock())
    click.echo(f"The account of {officer.login} is closed. Entries of the roster that ended: {ended}.")


@user.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the new password from the first line of stdin.")
@click.option("--granted-by", default=None, metavar="CHIEF", help="Open sealed content at once, with CHIEF's password.")
def password(login: str, password_stdin: bool, granted_by: str | None) -> None:
    """Give an officer a new first password, in place of a forgotten one.

    The key under the old password is lost with it: sealed content opens again at a chief's next sign-in, or at once
    with --granted-by. With --password-stdin the chief's password is the second line."""
    ready_settings()  # before anybody is asked for anything
    key = lock_new_key(password_of(password_stdin, f"New password of {login}"))
    chief_password = password_of(password_stdin, f"Password of {granted_by}") if granted_by else ""
    with installation() as (_, store), store.write() as connection:
        officer = _officer(connection, login)
        _keep_a_chief(connection, officer)
        passwords.replace_key(connection, officer.id, key, system_clock())
        if granted_by:
            grant_with_password(connection, granted_by, chief_password, system_clock())
    opens = "opens sealed content" if granted_by else "waits for a chief's sign-in to open sealed content"
    click.echo(f"{officer.login} has a new password, has to change it at the next sign-in, and {opens}.")


@click.command()
@click.option(
    "--recovery-key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The fourteen groups of letters that `hotline init` has shown, typed into a file.",
)
@click.option("--chief", required=True, metavar="LOGIN", help="The chief who gets the keys.")
@click.option("--new-password", is_flag=True, help="The chief has forgotten the password: ask for a new one, too.")
@click.option("--password-stdin", is_flag=True, help="Read the new password from the first line of stdin.")
def recover(recovery_key_file: Path, chief: str, new_password: bool, password_stdin: bool) -> None:
    """Give a chief the unit's keys from the paper recovery key, when no holder of them is left.

    Delete the file afterwards; the paper stays good."""
    private = _paper(recovery_key_file)
    asked = new_password or password_stdin
    key = lock_new_key(password_of(password_stdin, f"New password of {chief}")) if asked else None
    with installation() as (_, store), store.write() as connection:
        granted = recover_keys(connection, chief, private, key, system_clock())
    if not granted:
        click.echo(f"{chief} holds all keys already; nothing was missing.")
    else:
        click.echo(f"{chief} holds the keys again and gives them to the others at the next sign-in.")
    click.echo(f"Now delete {recovery_key_file.name}, and lock the paper away again.")


def _paper(file: Path) -> bytes:
    try:
        return recovery_private(file.read_bytes()[:_LARGEST_PAPER].decode("ascii"))
    except (RecoveryTextError, UnicodeDecodeError):
        raise HotlineError(f"{file.name} holds no recovery key: a letter is wrong or missing.") from None


def _officer(connection: Connection, login: str) -> OfficerRow:
    if (officer := find_officer(connection, login)) is None:
        raise NotFoundError(f"There is no officer with the sign-in {login!r}.")
    return officer


def _keep_a_chief(connection: Connection, officer: OfficerRow) -> None:
    accounts.lock(connection, officer.unit_id)
    row = connection.execute(select(officers).where(officers.c.id == officer.id)).one()
    try:
        accounts.refuse_without_chief(connection, accounts.account(row))
    except AccountRefusedError as error:
        paper = f" Use `hotline recover --chief {officer.login} --new-password` with the paper recovery key."
        raise HotlineError(str(error) + (paper if error.refusal is Refusal.LAST_CHIEF else "")) from None
