"""`hotline stats`: the figures of a month, for programs, for people, and on paper."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from hotline.casework.desk import WorkRefusedError
from hotline.casework.months import Month
from hotline.casework.statistics import agreement, day_counts
from hotline.casework.statistics.figures import Figures, MonthlyStatistics
from hotline.casework.statistics.month import statistics_over_mergers
from hotline.casework.statistics.printed_month import heading_of
from hotline.casework.statistics.printed_province import province_document
from hotline.casework.statistics.printed_words import LANGUAGES
from hotline.casework.statistics.province_issuing import issue_by_command
from hotline.casework.statistics.province_reading import read_province
from hotline.casework.statistics.province_table import ProvinceTable
from hotline.casework.statistics.span import unit_by_code
from hotline.casework.statistics.units_below import communes_below, is_superior
from hotline.cli.province import province_on_screen
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.forms.choice import FORMS, month_as, province_as
from hotline.installation import installation
from storage.database import Store
from storage.sealing import ApplicationSecret

_MOST_SHOWN = 100
_NOT_FOR_A_SCREEN = ("xlsx", "pdf")
_NOT_ISSUED = {
    "not over": "Nothing is issued: the month is not over in every commune.",
    "unchanged": "Nothing is issued: the communes' figures are the same as in the last issue.",
    "issued meanwhile": "Nothing is issued: somebody else has just issued this month.",
}
_WIDTH, _PROVINCE_WIDTH = 120, 10_000  # of what no screen is asked for; a province is as wide as it is


@click.command()
@click.option("--month", "month_text", default=None, metavar="YYYY-MM", help="The last full month where none is given.")
@click.option("--unit", "code", default=None, metavar="CODE", help="The first unit where none is given.")
@click.option("--format", "form", type=click.Choice(["table", *FORMS]), default="table", show_default=True)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="vi",
    show_default=True,
    help="Of csv, xlsx and pdf, and of a province.",
)
@click.option("--output", "file", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Else to stdout.")
@click.option("--check", is_flag=True, help="Hold the counts of all months against the calls, and say what differs.")
@click.option("--issue", is_flag=True, help="Issue the province's table of the month (anew), then print it.")
@click.option("--recount", is_flag=True, help="Count the days of the month anew from its calls, then print it.")
def stats(
    month_text: str | None,
    code: str | None,
    form: str,
    language: str,
    file: Path | None,
    check: bool,
    issue: bool,
    recount: bool,
) -> None:
    """The figures of a month: calls by kind, reports, clocks, measures, beside the month before and last year's.

    Of a unit that has communes below it: a column for each of them, small numbers hidden, as the table was issued."""
    with installation() as (settings, store):
        if check:
            _check(store)
            return
        asked = _Asked(store, ApplicationSecret(settings.application_secret), code, month_text, system_clock())
        if recount:
            asked.recount()
        if issue:
            asked.issue()
        counted = asked.counted()
    if file is None and form in _NOT_FOR_A_SCREEN and sys.stdout.isatty():
        raise click.UsageError(f"--format {form} goes into a file: add --output FILE.")
    with _opened(file) as out:
        out.write(_written(form, counted, language, out))


class _Asked:
    """A month of a commune, or of a unit that has others below it: of those beside one another."""

    def __init__(
        self, store: Store, secret: ApplicationSecret, code: str | None, month: str | None, now: datetime
    ) -> None:
        """Raises MonthError, NotFoundError."""
        self._store, self._secret, self._now = store, secret, now
        with store.read() as connection:
            self._unit = unit_by_code(connection, code)
            self._superior = is_superior(connection, self._unit.id)
        self._month = Month.of(month) if month is not None else Month.at(now, self._unit.zone).previous

    def recount(self) -> None:
        """Count the days of the month anew, of every commune."""
        with self._store.read() as connection:
            below = communes_below(connection, self._unit.id) if self._superior else (self._unit,)
        for commune in below:
            with self._store.write() as connection:
                day_counts.recount(connection, commune.id, self._month, self._now)

    def issue(self) -> None:
        """Issue the table. Raises HotlineError where it cannot be."""
        if not self._superior:
            raise HotlineError("Only the table of a unit that has communes below it is issued: name it with --unit.")
        try:
            issue_by_command(self._store, self._secret, self._unit.id, self._month, self._now)
        except WorkRefusedError as refused:
            raise HotlineError(_NOT_ISSUED[refused.why]) from None

    def counted(self) -> MonthlyStatistics | ProvinceTable:
        """The month. Raises FutureMonthError."""
        if self._superior:
            return read_province(self._store, self._secret, self._unit.id, self._month, self._now)
        with self._store.read() as connection:
            return statistics_over_mergers(connection, self._unit.id, self._month, self._now)


def _written(form: str, counted: MonthlyStatistics | ProvinceTable, language: str, file: IO[bytes]) -> bytes:
    match counted:
        case ProvinceTable() if form == "table":
            return _on_screen(province_on_screen(province_document(counted, language)), file, _PROVINCE_WIDTH)
        case ProvinceTable():
            return province_as(form, counted, language).content
    if form == "table":
        return _on_screen(_table(counted), file, _WIDTH)
    return month_as(form, counted, language).content


def _on_screen(table: Table, file: IO[bytes], width: int) -> bytes:
    screen = Console() if file.isatty() else Console(width=width)
    with screen.capture() as shown:
        screen.print(table)
    return shown.get().encode()


@contextmanager
def _opened(file: Path | None) -> Iterator[IO[bytes]]:
    """The file that was asked for, or stdout."""
    if file is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with file.open("wb") as out:
            yield out
    except OSError as error:
        raise HotlineError(f"{file} cannot be written ({error.strerror}).") from None


# ---- for people ------------------------------------------------------------------------------------------------------


def _table(month: MonthlyStatistics) -> Table:
    signature = f", signed by {month.signature.officer}" if month.signature else ""
    title = f"{heading_of(month, 'en')}, {month.month}{' so far' if month.so_far else ''}{signature}"
    caption = "" if month.figures.balances else f"DOES NOT BALANCE: calls {', '.join(map(str, month.out_of_balance))}"
    table = Table("", title=title, caption=caption or None)
    forms = {
        str(month.month): month.figures,
        **({"as signed": month.signed} if month.signed and month.revised else {}),
        str(month.month.previous): month.previous,
        str(month.month.a_year_before): month.same_month_last_year,
    }
    for head in forms:
        table.add_column(head, justify="right")
    columns = [dict(_lines(figures)) for figures in forms.values()]
    for name in dict.fromkeys(name for column in columns for name in column):
        table.add_row(name, *(column.get(name, "0") for column in columns))
    return table


def _lines(figures: Figures) -> Iterator[tuple[str, str]]:
    """The figures as named lines; a group of them is told by its name in front."""
    for name, value in figures.to_json().items():
        if isinstance(value, Mapping) and set(value) != {"n", "of"} and set(value) != {"due", "kept"}:
            yield from ((f"{name}: {part}", _plain(figure)) for part, figure in value.items())
        elif name == "hours":
            yield name, " ".join(map(str, value))
        else:
            yield name, _plain(value)


def _plain(value: Any) -> str:
    match value:
        case None:
            return "n/a"
        case {"n": n, "of": of} | {"kept": n, "due": of}:
            return f"{n} of {of}"
        case bool():
            return "yes" if value else "NO"
    return str(value)


# ---- the check -------------------------------------------------------------------------------------------------------


def _check(store: Store) -> None:
    """Exit with 1 where a day count or a signed figure is not what it should be."""
    with store.read() as connection:
        months, wrong = agreement.counted_months(connection), agreement.altered_closings(connection)
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        for unit_id, month in progress.track(months, description="months"):
            with store.read() as connection:
                wrong += agreement.disagreements(connection, unit_id, month)
    for line in wrong[:_MOST_SHOWN]:
        click.echo(f"DIFFERS {line}")
    if wrong:
        raise HotlineError(
            f"{len(wrong)} figures differ; `hotline stats --month YYYY-MM --recount` counts a month anew."
        )
    click.echo(f"Months: {len(months)} are counted as their calls say, and signed figures are as they were signed.")
