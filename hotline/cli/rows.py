"""`hotline calls`, `hotline reports`: the rows, for people and for programs."""

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from hotline.casework import call_log
from hotline.installation import installation

_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
_LIMIT = click.option("--limit", type=click.IntRange(1), default=None, help="The newest N; all with json.")
_SHOWN = 30


@click.command()
@_FORMAT
@_LIMIT
@click.option("--month", default=None, metavar="YYYY-MM", help="Calls that began in this month of the unit's time.")
def calls(form: str, limit: int | None, month: str | None) -> None:
    """The calls, newest first; never a telephone number."""
    wanted = call_log.Filter(month=month, limit=limit or _all_or_shown(form))
    with installation() as (_, store), store.read() as connection:
        rows = [row.to_json() for row in call_log.newest_calls(connection, None, wanted)]
    _print(
        rows, form, ("id", "started_at", "duration_s", "language", "kind", "category", "outcome", "privacy", "report")
    )


@click.command()
@_FORMAT
@_LIMIT
def reports(form: str, limit: int | None) -> None:
    """The reports, newest first."""
    wanted = call_log.Filter(limit=limit or _all_or_shown(form))
    with installation() as (_, store), store.read() as connection:
        rows = [row.to_json() for row in call_log.newest_reports(connection, None, wanted)]
    _print(rows, form, ("reference", "received_at", "kind", "category", "urgency", "status", "locality", "privacy"))


def _all_or_shown(form: str) -> int:
    return 10**9 if form == "json" else _SHOWN


def _print(rows: Sequence[dict[str, Any]], form: str, columns: Sequence[str]) -> None:
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table()
    for place, name in enumerate(columns):  # what a row is called by is never cut short
        table.add_column(name, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(str(row[name]) if row[name] is not None else "" for name in columns))
    Console().print(table if rows else "There are none yet.")
