"""`hotline calls`, `hotline reports`: the rows, for people and for programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import Connection

from hotline.casework import call_log
from hotline.casework.unit_tree import unit_row
from hotline.installation import installation

_CALLS_FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json", "xlsx"]), default="table", show_default=True
)
_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
_LIMIT = click.option("--limit", type=click.IntRange(1), default=None, help="The newest N; all with json.")
_UNIT = click.option("--unit", "code", default=None, metavar="CODE", help="Of this unit only; of all by default.")
_SHOWN = 30
_HEADS = {"started_at": "started", "received_at": "received", "duration_s": "s", "language": "lang"}
_AT_ONCE = 1000


@click.command()
@_CALLS_FORMAT
@_LIMIT
@_UNIT
@click.option("--month", default=None, metavar="YYYY-MM", help="Calls that began in this month of the unit's time.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; needed for xlsx.")
def calls(form: str, limit: int | None, code: str | None, month: str | None, output: Path | None) -> None:
    """The calls, newest first; never a telephone number."""
    wanted = call_log.Filter(month=month, limit=limit or _all_or_shown(form))
    if form == "xlsx":
        _write_calls(wanted, code, output)
        return
    if output is not None:
        raise click.UsageError("--output goes with --format xlsx; send anything else on with >.")
    with installation() as (_, store), store.read() as connection:
        rows = [row.to_json() for row in call_log.newest_calls(connection, _units(connection, code), wanted)]
    _print(
        rows, form, ("id", "started_at", "duration_s", "language", "kind", "category", "outcome", "privacy", "report")
    )


@click.command()
@_FORMAT
@_LIMIT
@_UNIT
def reports(form: str, limit: int | None, code: str | None) -> None:
    """The reports, newest first."""
    wanted = call_log.Filter(limit=limit or _all_or_shown(form))
    with installation() as (_, store), store.read() as connection:
        rows = [row.to_json() for row in call_log.newest_reports(connection, _units(connection, code), wanted)]
    _print(rows, form, ("reference", "received_at", "kind", "category", "urgency", "status", "locality", "privacy"))


def _units(connection: Connection, code: str | None) -> list[int] | None:
    return [unit_row(connection, code).id] if code is not None else None


def _write_calls(wanted: call_log.Filter, code: str | None, output: Path | None) -> None:
    from hotline.forms.calls_xlsx import write_calls  # its library is loaded when it is wanted

    if output is None:
        raise click.UsageError("--format xlsx needs --output FILE.")
    with installation() as (_, store), store.read() as connection:
        rows = _some_at_a_time(connection, _units(connection, code), wanted)
        shown = track(
            rows, "Writing the calls", console=Console(stderr=True), disable=not Console(stderr=True).is_terminal
        )
        count = write_calls(shown, output)
    click.echo(f"{count} calls written to {output}.", err=True)


def _some_at_a_time(
    connection: Connection, unit_ids: list[int] | None, wanted: call_log.Filter
) -> Iterator[call_log.CallRow]:
    """The calls that are wanted, without ever holding more than some of them."""
    left, before = wanted.limit, wanted.before
    while left > 0:
        some = call_log.newest_calls(connection, unit_ids, replace(wanted, limit=min(left, _AT_ONCE), before=before))
        yield from some
        if len(some) < min(left, _AT_ONCE):
            return
        left, before = left - len(some), some[-1].id


def _all_or_shown(form: str) -> int:
    return _SHOWN if form == "table" else 10**9


def _print(rows: Sequence[dict[str, Any]], form: str, columns: Sequence[str]) -> None:
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(columns):  # what a row is called by, and when it was, is never cut short
        table.add_column(_HEADS.get(name, name), no_wrap=place < 2, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in columns))
    Console().print(table if rows else "There are none yet.")


def _cell(name: str, value: Any) -> str:
    """A figure as a person reads it: the unit's own time to the minute."""
    if value is None:
        return ""
    return str(value)[:16].replace("T", " ") if name.endswith("_at") else str(value)
