"""`hotline init`, `unit`, `user`, `roster`, `migrate`: making and manning an installation."""

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from sqlalchemy import Connection

from hotline.casework import audit, people
from hotline.casework import roster as duty_roster
from hotline.casework.granting import NotTheirPasswordError, grant_with_password
from hotline.casework.lines import all_lines
from hotline.casework.setup import FirstUnit, load_unit
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.installation import create_installation, installation, read_unit_file
from hotline.phone import dialable, line_number
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
        timezone=_timezone(timezone),
        region=region.upper(),
        languages=_languages(languages),
        admin=admin,
        password=password_of(password_stdin, "Password of the first chief"),
    )
    recovery = create_installation(settings, first, system_clock())
    click.echo(f"{first.name} is set up; the line is {first.number}, the first chief signs in as {first.admin}.")
    click.echo("\nThe paper recovery key. It is shown this once and kept nowhere: write it down, lock it away.\n")
    click.echo(f"    {recovery}\n")
    click.echo("Next: `hotline unit load FILE.yaml` (places and hours), then `hotline doctor`.")


@click.group()
def unit() -> None:
    """Places, office hours and holidays of a unit."""


@unit.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Bring a unit up to date from FILE; loading it twice changes nothing."""
    with installation() as (_, store), store.write() as connection:
        places = load_unit(connection, read_unit_file(file), system_clock())
    click.echo(f"{file.name}: {places} places are known.")


@click.group()
def user() -> None:
    """Officers and their accounts."""


@user.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(people.ROLES), required=True)
@click.option("--phone", default=None, help="The officer's own telephone, rung for emergencies.")
@click.option("--name", default=None, help="The name shown in the console; the sign-in where none is given.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
@click.option("--granted-by", default=None, metavar="CHIEF", help="Open sealed content at once, with CHIEF's password.")
def user_add(
    login: str, role: str, phone: str | None, name: str | None, password_stdin: bool, granted_by: str | None
) -> None:
    """Make an account for an officer.

    Without --granted-by, sealed content opens at a chief's next sign-in. With --password-stdin the chief's
    password is the second line."""
    password = password_of(password_stdin, f"Password of {login}")
    chief_password = password_of(password_stdin, f"Password of {granted_by}") if granted_by else ""
    with installation() as (settings, store):
        secret = ApplicationSecret(settings.application_secret)
        try:
            with store.write() as connection:
                line = all_lines(connection)[0]
                number = dialable(phone, line.region) if phone else None
                people.add_officer(
                    connection, line.unit_id, login, name or login, role, number, password, secret, system_clock()
                )
                if granted_by:
                    grant_with_password(connection, granted_by, chief_password, system_clock())
        except NotTheirPasswordError:
            with store.write() as connection:
                chief = people.find_officer(connection, granted_by or "")
                _note(connection, "sign-in refused", f"officer/{chief.id}" if chief else "officer/unknown", chief)
            raise
    opens = "opens sealed content" if granted_by else "waits for a chief's sign-in to open sealed content"
    click.echo(f"{login} ({role}) can sign in and {opens}.")


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
def roster_add(login: str, group: str, starts: str, ends: str) -> None:
    """Put an officer on duty."""
    with installation() as (_, store), store.write() as connection:
        zone = ZoneInfo(all_lines(connection)[0].timezone)
        try:
            shift_id = duty_roster.add_shift(
                connection, people.tidy_login(login), group, _moment(starts, zone), _moment(ends, zone)
            )
        except ValueError as error:
            raise HotlineError(str(error)) from None
        officer = people.find_officer(connection, login)
        _note(connection, "shift added", f"shift/{shift_id}", officer)
    click.echo(f"{login} is on duty ({group}) from {starts} to {ends}.")


@click.command("migrate")
def migrate_database() -> None:
    """Bring the database to this version; does nothing where it is there already."""
    settings = load_settings()
    migrate(settings.database_url)
    click.echo("The database is up to date.")


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
    """A password from the next line of stdin, or asked for twice."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True))


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise HotlineError(f"{name!r} is not a time zone such as Asia/Ho_Chi_Minh.") from None
    return name


def _languages(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    if not chosen or any(language not in _LANGUAGES for language in chosen):
        raise HotlineError(f"--languages: choose from {', '.join(_LANGUAGES)}.")
    return chosen
