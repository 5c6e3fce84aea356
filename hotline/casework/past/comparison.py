"""The time before beside the time since: what the source told, what old call books hold, what the line has counted."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, distinct, func, select

from hotline.casework.past import printed_baseline as words
from hotline.casework.past.baseline import Baseline
from hotline.casework.past.book_calls import BOOK
from hotline.casework.statistics import printed
from hotline.casework.statistics.printed import BLANK, Cell, Column, Number, Section, Share, Unit
from hotline.casework.statistics.printed_words import category_name, measure_name
from storage.tables import call_books, calls, measures, reports

ADMIN = "admin"
_FIRST = func.min(calls.c.started_at).label("at")


@dataclass(frozen=True)
class Counted:
    """Ended calls by kind and category, and persons by measure."""

    calls: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    persons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class BookRow:
    """An old call book that was taken in; `finished_at` is None where that was broken off."""

    name: str
    taken: int
    first_at: datetime | None
    last_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Since:
    """`log` are the calls of the line itself since it `began`, `books` those of old call books."""

    log: Counted
    books: Counted
    began: datetime | None
    call_books: tuple[BookRow, ...]


def since(connection: Connection, unit_id: int) -> Since:
    """What a unit has counted since; it reads every call of the unit once."""
    of_book = (calls.c.carrier == BOOK).label("of_book")
    query = (
        select(
            of_book, calls.c.kind, calls.c.category, func.count().label("n"), func.min(calls.c.started_at).label("at")
        )
        .where(calls.c.unit_id == unit_id, calls.c.ended_at.is_not(None))
        .group_by(of_book, calls.c.kind, calls.c.category)
    )
    rows = connection.execute(query).all()
    return Since(
        log=_counted((row for row in rows if not row.of_book), _persons(connection, unit_id, of_book=False)),
        books=_counted((row for row in rows if row.of_book), _persons(connection, unit_id, of_book=True)),
        began=min((row.at for row in rows if not row.of_book), default=None),
        call_books=_books(connection, unit_id),
    )


def _counted(rows: Iterable[Row[Any]], persons: Counter[str]) -> Counted:
    kinds: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    for row in rows:
        kinds[row.kind] += row.n
        categories[row.category] += row.n
    return Counted(kinds.total(), kinds, categories, persons)


def _persons(connection: Connection, unit_id: int, *, of_book: bool) -> Counter[str]:
    """By measure; what came out of a book has no officer."""
    query = (
        select(measures.c.measure, func.count(distinct(measures.c.person_id)).label("persons"))
        .join(reports, reports.c.id == measures.c.report_id)
        .where(reports.c.unit_id == unit_id, measures.c.officer_id.is_(None) == of_book)
        .group_by(measures.c.measure)
    )
    return Counter({row.measure: row.persons for row in connection.execute(query)})


def _books(connection: Connection, unit_id: int) -> tuple[BookRow, ...]:
    query = select(call_books).where(call_books.c.unit_id == unit_id).order_by(call_books.c.begun_at)
    return tuple(
        BookRow(row.name, row.taken, row.first_at, row.last_at, row.finished_at) for row in connection.execute(query)
    )


# ---- as a table ----------------------------------------------------------------------------------------------------


def compared(baseline: Baseline, found: Since, language: str) -> Section:
    """The lines of the source with what has been counted beside them; a column that has nothing is left out."""
    columns = ["before", *(["books"] if found.books.calls else []), "log"]
    shown = {"before": _of_source(baseline), "books": found.books, "log": found.log}
    headings = [
        Column(f"{name}{part}", words.said("compared", f"{name}{part}", language))
        for name in columns
        for part in ("", "_share")
    ]
    rows = _rows(baseline, [shown[name] for name in columns], language)
    return Section(words.said("sections", "compared", language), tuple(headings), tuple(rows))


def _of_source(baseline: Baseline) -> Counted:
    of = baseline.calls
    return Counted(
        of.total,
        Counter({ADMIN: of.administrative}),
        Counter({part.category: part.count for part in of.reports}),
        Counter({one.measure: one.count for one in baseline.persons.by_measure} if baseline.persons else {}),
    )


def _rows(baseline: Baseline, shown: list[Counted], language: str) -> Iterator[printed.Row]:
    label = words.said("rows", "calls.received", language)
    yield _row("compared.received", label, [(one.calls, one.calls) for one in shown])
    label = words.said("rows", "calls.administrative", language)
    yield _row("compared.administrative", label, [(one.kinds[ADMIN], one.calls) for one in shown], level=1)
    label = words.said("rows", "calls.other", language)
    yield _row("compared.other", label, [(one.calls - one.kinds[ADMIN], one.calls) for one in shown], level=1)
    for part in baseline.calls.reports:
        code, label = part.category, category_name(part.category, language)
        yield _row(f"compared.{code}", label, [(one.categories[code], one.calls) for one in shown], level=2)
    for treated in baseline.persons.by_measure if baseline.persons else ():
        label = f"{words.said('compared', 'persons', language)}: {measure_name(treated.measure, language)}"
        cells = [cell for one in shown for cell in (Number(one.persons[treated.measure], Unit.PERSONS), BLANK)]
        yield printed.Row(f"compared.{treated.measure}", label, tuple(cells))


def _row(key: str, label: str, counts: list[tuple[int, int]], level: int = 0) -> printed.Row:
    cells: list[Cell] = [cell for n, of in counts for cell in (Number(n), Share(n, of))]
    return printed.Row(key, label, tuple(cells), level=level)
