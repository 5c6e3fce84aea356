"""`hotline unit`: the communes of an installation, what is above them, and what became of those that merged."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from hotline.casework import mergers, unit_names, unit_tree
from hotline.casework.audit_checkpoints import checkpoint
from hotline.casework.founding import FirstChief, NewUnit, add_commune, add_superior
from hotline.casework.people import lock_new_key
from hotline.casework.setup import load_unit, unknown_names
from hotline.cli.setup import languages_of, password_of, show_recovery, timezone_of
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.installation import installation, read_unit_file
from hotline.phone import known_region, line_number
from ivr_flows.loader import shipped_flow
from storage.sealing import ApplicationSecret

_ABOVE = click.option("--above", default=None, metavar="CODE", help="The unit that it hangs under.")


def _on(help_text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option("--on", default=None, metavar="YYYY-MM-DD", help=f"{help_text}; today where none is given.")


@click.group()
def unit() -> None:
    """The communes of this installation and the units above them."""


@unit.command("add")
@click.argument("code")
@click.option("--name", required=True, help="The unit's name, as callers hear it.")
@click.option("--number", default=None, help="Its own duty number, in full: +84...")
@click.option("--admin", default=None, help="The sign-in of its first chief.")
@click.option("--password-stdin", is_flag=True, help="Read the chief's password from the first line of stdin.")
@click.option("--superior", is_flag=True, help="A unit above others: no line, no keys, figures only.")
@_ABOVE
@click.option("--timezone", default="Asia/Ho_Chi_Minh", show_default=True)
@click.option("--region", default="VN", show_default=True, help="The country whose numbers may be dialled.")
@click.option("--languages", default="vi,en,ru", show_default=True, help="The first is the unit's own.")
def add(
    code: str,
    name: str,
    number: str | None,
    admin: str | None,
    password_stdin: bool,
    superior: bool,
    above: str | None,
    timezone: str,
    region: str,
    languages: str,
) -> None:
    """Add a commune with its line, its keys and its first chief; or, with --superior, a unit above others.

    Prints the commune's paper recovery key once."""
    said = NewUnit(code, name.strip(), timezone_of(timezone), known_region(region), languages_of(languages))
    if superior:
        if number or admin or password_stdin:
            raise click.UsageError("A unit above others has no line and no chief: --superior goes with --name alone.")
        _add_superior(said, above)
    elif number is None or admin is None:
        raise click.UsageError("A commune needs --number and --admin; a unit above others, --superior.")
    else:
        _add_commune(said, above, number, admin, password_stdin)


def _add_superior(said: NewUnit, above: str | None) -> None:
    with installation() as (_, store), store.write() as connection:
        add_superior(connection, _placed(connection, said, above), system_clock())
    click.echo(f"{said.name} is added; `hotline user add LOGIN --role province --unit {said.code}` makes its readers.")


def _add_commune(said: NewUnit, above: str | None, number: str, admin: str, password_stdin: bool) -> None:
    e164 = line_number(number, said.region)
    key = lock_new_key(password_of(password_stdin, f"Password of {admin}"))
    with installation() as (settings, store):
        secret, now = ApplicationSecret(settings.application_secret), system_clock()
        with store.write() as connection:
            new = _placed(connection, said, above)
            recovery = add_commune(connection, new, e164, FirstChief(admin, admin, key), shipped_flow(), secret, now)
            checkpoint(connection, secret, now)
    click.echo(f"{said.name} is added; its line is {e164}, its first chief signs in as {admin}.")
    show_recovery(recovery)
    click.echo(f"Next: `hotline unit load FILE.yaml --unit {said.code}` (places and hours), then `hotline doctor`.")


def _placed(connection: Connection, said: NewUnit, above: str | None) -> NewUnit:
    return replace(said, above_id=unit_tree.unit_row(connection, above).id) if above is not None else said


@unit.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(form: str) -> None:
    """The units: what they are called, hang under, answer, and were."""
    with installation() as (_, store), store.read() as connection:
        rows = unit_tree.listed(connection)
    if form == "json":
        click.echo(json.dumps([row.to_json() for row in rows], ensure_ascii=False, indent=2))
        return
    table = Table()
    table.add_column("code", no_wrap=True)
    for name in ("name", "superior", "numbers", "before and after"):
        table.add_column(name, no_wrap=name in ("superior", "numbers"), overflow="fold")
    for row in rows:
        numbers = "\n".join(f"{one.number}\n(former {one.former})" if one.former else one.number for one in row.numbers)
        past = [f"{one['name']} until {one['until']}" for one in row.former_names]
        past += [f"merged into {row.merged_into} on {row.merged_on}"] if row.merged_into else []
        table.add_row(row.code, row.name, row.superior or "", numbers, "\n".join(past))
    Console().print(table if rows else "There are none yet.")


@unit.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", "code", default=None, metavar="CODE", help="The unit; the file's `code:` where none is given.")
def load(file: Path, code: str | None) -> None:
    """Bring a unit up to date from FILE; loading it twice changes nothing."""
    settings = read_unit_file(file)
    with installation() as (_, store), store.write() as connection:
        places = load_unit(connection, settings, system_clock(), code=code)
    for name in unknown_names(settings):
        click.echo(f"{file.name}: nothing is known by the name {name!r}; what it says was left out.", err=True)
    click.echo(f"{file.name}: {places} places are known.")


@unit.command("place")
@click.argument("code")
@_ABOVE
@click.option("--alone", is_flag=True, help="Hang it under none.")
def place(code: str, above: str | None, alone: bool) -> None:
    """Hang a unit under another one."""
    if (above is None) == (not alone):
        raise click.UsageError("Say either --above CODE or --alone.")
    with installation() as (_, store), store.write() as connection:
        found = unit_tree.unit_row(connection, code)
        above_id = unit_tree.unit_row(connection, above).id if above is not None else None
        unit_tree.place_under(connection, found.id, above_id, system_clock())
    click.echo(f"{code} hangs under {above}." if above is not None else f"{code} hangs under none.")


@unit.command("rename")
@click.argument("code")
@click.option("--name", required=True, help="What it is called now.")
@_on("Since which day")
def rename(code: str, name: str, on: str | None) -> None:
    """Call a unit by another name; figures of before go on under the old one."""
    with installation() as (_, store), store.write() as connection:
        before = unit_names.rename(connection, code, name.strip(), _day(on), system_clock())
    click.echo(f"{before} is called {name.strip()} now; months before that show the old name.")


@unit.command("merge")
@click.argument("code")
@click.option("--into", required=True, metavar="CODE", help="The unit that it is part of from now on.")
@_on("The day from which the merger counts, today or before")
def merge(code: str, into: str, on: str | None) -> None:
    """Give the lines of a unit to another one: the numbers on its key fobs go on and are answered there.

    What came in before stays with the old unit's people and keys."""
    with installation() as (_, store), store.write() as connection:
        merged = mergers.merge(connection, code, into, _day(on), system_clock())
    click.echo(f"{merged.old} is part of {merged.new} now; {', '.join(merged.numbers)} is answered there.")
    for line in _left_to_do(merged, code, into):
        click.echo(f"- {line}")


def _left_to_do(merged: mergers.Merged, code: str, into: str) -> list[str]:
    """What nobody but people can do after a merger."""
    return [
        f"Calls of {merged.old} on the line now: {merged.calls_in_course}. They end where they began.",
        f"Its open reports: {merged.open_reports}, of which page its officers: {merged.climbing}. They stay with its"
        " people and keys, and so does what callers add to them; leave its accounts and its roster until all are"
        " closed.",
        f"Who shall answer from now on needs an account and a shift in {into}: `hotline user add LOGIN --unit {into}`"
        " and `hotline roster add`, or People and Roster in the console. A chief of that unit hands over its keys at"
        " the next sign-in.",
        f"`hotline stats --unit {code}` goes on as the figures of the former {merged.old}.",
    ]


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HotlineError(f"--on: {text!r} is not a day such as 2026-11-27.") from None
