"""`hotline init`, `user`, `roster`, `migrate`: making and manning an installation."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from sqlalchemy import Connection

from hotline.casework import audit, people
from hotline.casework import roster as duty_roster
from hotline.casework.granting import NotTheirPasswordError, grant_with_password
from hotline.casework.roster import zone_of
from hotline.casework.setup import FirstUnit
from hotline.casework.unit_tree import unit_meant, unit_row
from hotline.clock import system_clock
from hotline.errors import HotlineError, NotFoundError
from hotline.installation import create_installation, installation, ready_settings
from hotline.phone import dialable, known_region, line_number
from hotline.settings import load_settings
from storage.migrations import migrate
from storage.sealing import ApplicationSecret

_LANGUAGES = ("vi", "en", "ru")


@click.command()
@click.option("--name", required=True, help="The unit's name, as callers hear it.")
@click.option("--number", required=True, help="The duty number, in full: +84...")
@click.option("--timezone", default="Asia/Ho_Chi_Minh", show_default=True)
@click.option("--languages", default="vi,en,ru", show_default=True, help="The first is the unit's own.")
@click.option("--region", default="VN", show_default=True, help="The country whose numbers may be dialled.")
@click.option("--admin", required=True, help="The sign-in of the first chief.")
@click.option("--password-stdin", is_flag=True, help="Read the chief's password from the first line of stdin.")
def init(name: str, number: str, timezone: str, languages: str, region: str, admin: str, password_stdin: bool) -> None:
    """Make a new installation: data folder, database, keys, first unit, line and chief.

    Prints the paper recovery key once. Refuses to overwrite anything."""
    settings = load_settings()
    first = FirstUnit(
        name=name.strip(),
        number=line_number(number, region),
        timezone=timezone_of(timezone),
        region=known_region(region),
        languages=languages_of(languages),
        admin=admin,
        password=password_of(password_stdin, "Password of the first chief"),
    )
    recovery = create_installation(settings, first, system_clock())
    click.echo(f"{first.name} is set up; the line is {first.number}, the first chief signs in as {first.admin}.")
    show_recovery(recovery)
    click.echo("Next: `hotline unit load FILE.yaml` (places and hours), then `hotline doctor`.")


def show_recovery(recovery: str) -> None:
    """Print a unit's paper recovery key, which nothing else ever shows."""
    click.echo("\nThe paper recovery key. It is shown this once and kept nowhere: write it down, lock it away.\n")
    click.echo(f"    {recovery}\n")


@click.group()
def user() -> None:
    """Officers and their accounts."""


@user.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(people.ROLES), required=True)
@click.option("--phone", default=None, help="The officer's own telephone, rung for emergencies.")
@click.option("--name", default=None, help="The name shown in the console; the sign-in where none is given.")
@click.option(
    "--unit", "code", default=None, metavar="CODE", help="The unit; the only one with a line where none is given."
)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
@click.option("--granted-by", default=None, metavar="CHIEF", help="Open sealed content at once, with CHIEF's password.")
def user_add(
    login: str,
    role: str,
    phone: str | None,
    name: str | None,
    code: str | None,
    password_stdin: bool,
    granted_by: str | None,
) -> None:
    """Make an account for an officer.

    Without --granted-by, sealed content opens at a chief's next sign-in. With --password-stdin the chief's
    password is the second line."""
    ready_settings()  # before anybody is asked for anything
    key = people.lock_new_key(password_of(password_stdin, f"Password of {login}"))
    chief_password = password_of(password_stdin, f"Password of {granted_by}") if granted_by else ""
    with installation() as (settings, store):
        secret = ApplicationSecret(settings.application_secret)
        try:
            with store.write() as connection:
                of = unit_meant(connection, code)
                number = dialable(phone, of.region) if phone else None
                people.add_officer(connection, of.id, login, name or login, role, number, key, secret, system_clock())
                if granted_by:
                    _refuse_other_chief(connection, granted_by, of.id)
                    grant_with_password(connection, granted_by, chief_password, system_clock())
        except NotTheirPasswordError:
            with store.write() as connection:
                chief = people.find_officer(connection, granted_by or "")
                _note(connection, "sign-in refused", f"officer/{chief.id}" if chief else "officer/unknown", chief)
            raise
    opens = "opens sealed content" if granted_by else "waits for a chief's sign-in to open sealed content"
    click.echo(f"{login} ({role}) can sign in and {opens}.")


def _refuse_other_chief(connection: Connection, login: str, unit_id: int) -> None:
    """A chief opens sealed content of the own unit only; another's password would open nothing for the new account."""
    chief = people.find_officer(connection, login)
    if chief is not None and chief.unit_id != unit_id:
        raise HotlineError(f"{login} is of another unit and has no keys of this one.")


@click.group()
def roster() -> None:
    """Who is on duty."""


@roster.command("add")
@click.argument("login")
@click.option("--group", type=click.Choice(duty_roster.GROUPS), required=True)
@click.option(
    "--from", "starts", required=True, metavar="TIME", help="ISO 8601; without an offset, the unit's own time."
)
@click.option("--to", "ends", required=True, metavar="TIME")
@click.option("--unit", "code", default=None, metavar="CODE", help="Refuse an officer who is not of this unit.")
def roster_add(login: str, group: str, starts: str, ends: str, code: str | None) -> None:
    """Put an officer on duty, in the officer's own unit."""
    with installation() as (_, store), store.write() as connection:
        zone = _zone_of_officer(connection, login, code)
        try:
            shift_id = duty_roster.add_shift(
                connection, people.tidy_login(login), group, _moment(starts, zone), _moment(ends, zone)
            )
        except ValueError as error:
            raise HotlineError(str(error)) from None
        officer = people.find_officer(connection, login)
        _note(connection, "shift added", f"shift/{shift_id}", officer)
        can_be_rung = officer is not None and people.has_telephone(connection, officer.id)
    click.echo(f"{login} is on duty ({group}) from {starts} to {ends}.")
    if not can_be_rung:
        click.echo(f"{login} has no telephone here: nobody can ring {login}, only the console shows calls.", err=True)


@click.command("migrate")
def migrate_database() -> None:
    """Bring the database to this version; does nothing where it is there already."""
    settings = load_settings()
    _ = settings.application_secret  # who has none has no installation, and an empty database would be none either
    migrate(settings.database_url)
    click.echo("The database is up to date.")


def _zone_of_officer(connection: Connection, login: str, code: str | None) -> ZoneInfo:
    """The clock of the officer's unit. Raises NotFoundError where there is no such officer, or not in that unit."""
    officer = people.find_officer(connection, login)
    if officer is None or (code is not None and unit_row(connection, code).id != officer.unit_id):
        where = f" in the unit {code}" if code is not None else ""
        raise NotFoundError(f"There is no officer with the sign-in {login!r}{where}.")
    return zone_of(connection, officer.unit_id)


def _note(connection: Connection, action: str, object_ref: str, of: people.OfficerRow | None) -> None:
    """Write an act at the command line into the audit of this officer's unit."""
    unit_id = of.unit_id if of else None
    audit.append(connection, audit.COMMAND_LINE, action, object_ref, {}, system_clock(), unit_id=unit_id)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise HotlineError(f"{text!r} is not a time such as 2026-11-23T19:00+07:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def password_of(from_stdin: bool, prompt: str) -> str:
    """A password from the next line of stdin, or asked for twice. Raises HotlineError where it cannot be had."""
    if not from_stdin and not sys.stdin.isatty():
        raise HotlineError("Nobody can be asked for a password here: give it by --password-stdin.")
    if not from_stdin:
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True))
    try:
        typed = sys.stdin.readline().rstrip("\r\n")
        typed.encode()
    except UnicodeError:
        raise HotlineError("The password on stdin is not UTF-8 text.") from None
    return typed


def timezone_of(name: str) -> str:
    """The name of a time zone. Raises HotlineError where there is none."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise HotlineError(f"{name!r} is not a time zone such as Asia/Ho_Chi_Minh.") from None
    return name


def languages_of(text: str) -> tuple[str, ...]:
    """Languages from `vi,en`. Raises HotlineError for one that is not spoken here."""
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    if not chosen or any(language not in _LANGUAGES for language in chosen):
        raise HotlineError(f"--languages: choose from {', '.join(_LANGUAGES)}.")
    return tuple(dict.fromkeys(chosen))
