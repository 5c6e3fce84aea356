"""Taking in an old call book: read, judged line by line, and written batch by batch, each in one transaction.

Whatever breaks the import off, taking the same file in again goes on from there: what is known already is left."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, update

from hotline.casework import audit
from hotline.casework.months import Month
from hotline.casework.once import insert_once
from hotline.casework.past import book_calls
from hotline.casework.past.ahead import ahead
from hotline.casework.past.book_calls import BOOK, Named
from hotline.casework.past.book_file import Layout, Record, Rejected, layout_of, plain, records
from hotline.casework.past.book_identity import Identities
from hotline.casework.past.book_map import CallMap
from hotline.casework.past.book_reports import Whose
from hotline.casework.past.book_rows import BookCall, BookReader, Bounds
from hotline.casework.past.described import PastFileError
from hotline.casework.past.units import UnitOfPast, line_of_unit, unit_named
from hotline.casework.statistics import day_counts
from hotline.phone import caller_number
from storage.database import Store
from storage.room import make_room
from storage.tables import call_books, calls, places

AT_ONCE = 2000  # lines a transaction: while it lasts, a call that comes in waits
_LOOKED_THROUGH = 500  # lines, for telephone numbers
_LIKE_NUMBERS = 0.5  # of the cells of a column
_TWICE = "the serial number stands on an earlier line, too"
_OF_ANOTHER = "the serial number is that of another call, taken in before"


@dataclass(frozen=True)
class Imported:
    """What became of the lines: taken now, known from before, about no call at all, rejected."""

    taken: int = 0
    known: int = 0
    elsewhere: int = 0
    rejected: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True)
class Watcher:
    """Who is told how many bytes have been read, and of every rejected line."""

    read: Callable[[int], None] = lambda _bytes: None
    rejected: Callable[[Rejected], None] = lambda _line: None


@dataclass(frozen=True)
class _Desk:
    """What a book is read and written with."""

    unit: UnitOfPast
    whose: Whose
    reader: BookReader
    now: datetime


@dataclass(frozen=True)
class _Batch:
    """What so many lines are: calls and their names, none of our business, none at all. `bytes_read`: of the file."""

    names: list[str]
    calls: list[BookCall]
    rejected: list[Rejected]
    elsewhere: int
    bytes_read: int


@dataclass
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    first_at: datetime | None = None
    last_at: datetime | None = None

    def took(self, fresh: Iterable[Named]) -> None:
        if moments := [one.call.started_at for one in fresh]:
            self.counts["taken"] += len(moments)
            self.first_at = min(filter(None, (self.first_at, *moments)))
            self.last_at = max(filter(None, (self.last_at, *moments)))

    def result(self) -> Imported:
        counts = {name: self.counts[name] for name in ("taken", "known", "elsewhere", "rejected")}
        return Imported(**counts, first_at=self.first_at, last_at=self.last_at)


def import_calls(
    store: Store,
    file: Path,
    call_map: CallMap,
    now: datetime,
    *,
    encoding: str | None = None,
    dry_run: bool = False,
    watcher: Watcher | None = None,
) -> Imported:
    """Take a call book in, or only try it. `encoding` overrules the mapping's.

    Raises PastFileError where the file as a whole cannot be read, NotFoundError for an unknown unit or line."""
    watcher, tally = watcher or Watcher(), _Tally()
    layout = layout_of(file, call_map, encoding)
    with store.read() as connection:
        desk = _desk(connection, call_map, layout, now)
    _refuse_telephone_numbers(file, layout, call_map, desk.unit.region)
    with ahead(lambda: _batches(file, layout, call_map, desk)) as batches:
        for batch in batches:
            for line in [*batch.rejected, *_take(store, desk, call_map, batch, tally, dry_run=dry_run)]:
                watcher.rejected(line)
            watcher.read(batch.bytes_read)
    if not dry_run:
        with store.write() as connection:
            _finish(connection, desk, call_map, tally.result())
    return tally.result()


def _desk(connection: Connection, call_map: CallMap, layout: Layout, now: datetime) -> _Desk:
    unit = unit_named(connection, call_map.unit)
    rows = connection.execute(select(places).where(places.c.unit_id == unit.id)).mappings().all()
    reader = BookReader(call_map, layout, unit.zone, _names_of_places(rows), _bounds(connection, call_map, unit, now))
    whose = Whose(
        unit.id, line_of_unit(connection, unit, call_map.line), unit.zone, {row["digits"]: row["id"] for row in rows}
    )
    _refuse_unknown_places(call_map, whose)
    return _Desk(unit, whose, reader, now)


def _names_of_places(rows: Iterable[RowMapping]) -> dict[str, str]:
    """The digits of each place by them, by its name and by its names in other languages."""
    return {
        plain(str(name)): row["digits"]
        for row in rows
        for name in (row["digits"], row["name"], *(row["names"] or {}).values())
    }


def _refuse_unknown_places(call_map: CallMap, whose: Whose) -> None:
    for code in call_map.columns.place.codes if call_map.columns.place else ():
        if code != "unknown" and code not in whose.places:
            raise PastFileError(f"columns.place: the unit has no place with the digits {code!r}.")


def _bounds(connection: Connection, call_map: CallMap, unit: UnitOfPast, now: datetime) -> Bounds:
    ours = select(func.min(calls.c.started_at)).where(calls.c.unit_id == unit.id, calls.c.carrier != BOOK)
    return Bounds(
        since=datetime.combine(call_map.since, time(), unit.zone).astimezone(UTC),
        until=datetime.combine(call_map.until, time(), unit.zone).astimezone(UTC) if call_map.until else None,
        log_began=None if call_map.beside_the_log else connection.scalar(ours),
        now=now,
    )


def _refuse_telephone_numbers(file: Path, layout: Layout, call_map: CallMap, region: str) -> None:
    """Nothing is kept as it stands, and yet whoever maps a column of numbers has made a mistake."""
    with records(file, layout) as (lines, _):
        looked_at = [line for line in islice(lines, _LOOKED_THROUGH) if isinstance(line, Record)]
    for name, columns in call_map.columns.named.items():
        for column in columns if name != "started_at" else ():
            cells = [line.cells[layout.columns[column]].strip() for line in looked_at]
            filled = [cell for cell in cells if cell]
            if sum(_is_number(cell, region) for cell in filled) > _LIKE_NUMBERS * max(len(filled), 1):
                raise PastFileError(
                    f"columns.{name}: the column {column!r} holds telephone numbers. They are never taken in: "
                    "leave that column out."
                )


def _is_number(cell: str, region: str) -> bool:
    return 8 <= sum(letter.isdigit() for letter in cell) <= len(cell) <= 20 and caller_number(cell, region) is not None


def _batches(file: Path, layout: Layout, call_map: CallMap, desk: _Desk) -> Iterator[_Batch]:
    identities = Identities(call_map, desk.unit.id, desk.unit.zone)
    with closing(identities), records(file, layout) as (lines, bytes_read):
        while batch := list(islice(lines, AT_ONCE)):
            yield _batch(batch, desk.reader, identities, bytes_read())


def _batch(lines: Iterable[Record | Rejected], reader: BookReader, identities: Identities, bytes_read: int) -> _Batch:
    found = [reader.read(line) if isinstance(line, Record) else line for line in lines]
    calls_read = [one for one in found if isinstance(one, BookCall)]
    rejected = [one for one in found if isinstance(one, Rejected)]
    elsewhere = len(found) - len(calls_read) - len(rejected)
    names, fresh = [], []
    for call, name in zip(calls_read, identities.of(calls_read), strict=True):
        if name is None:
            rejected.append(Rejected(call.line, _TWICE, reader.serial_column))
        else:
            names.append(name)
            fresh.append(call)
    return _Batch(names, fresh, rejected, elsewhere, bytes_read)


def _take(
    store: Store, desk: _Desk, call_map: CallMap, batch: _Batch, tally: _Tally, *, dry_run: bool
) -> list[Rejected]:
    """Write what is new of a batch; return the lines whose serial number is known of another moment."""
    if dry_run:
        with store.read() as connection:
            there = book_calls.known(connection, batch.names)
            fresh = _fresh(batch, there)
    else:
        with store.write() as connection:
            make_room(connection)
            _begin(connection, desk, call_map)
            there = book_calls.known(connection, batch.names)
            fresh = _fresh(batch, there)
            _write(connection, desk, call_map, fresh)
    others = _of_another(batch, there, desk.reader.serial_column)
    tally.took(fresh)
    rejected = len(batch.rejected) + len(others)
    known = len(batch.names) - len(fresh) - len(others)
    tally.counts.update(known=known, rejected=rejected, elsewhere=batch.elsewhere)
    return others


def _fresh(batch: _Batch, there: Container[str]) -> list[Named]:
    return [Named(name, call) for name, call in zip(batch.names, batch.calls, strict=True) if name not in there]


def _of_another(batch: _Batch, there: Mapping[str, datetime], column: str | None) -> list[Rejected]:
    """A line that is known, but of another moment: another book's number, or a line that was changed since."""
    named = zip(batch.names, batch.calls, strict=True) if there else ()
    return [
        Rejected(call.line, _OF_ANOTHER, column)
        for name, call in named
        if there.get(name, call.started_at) != call.started_at
    ]


# ---- the book's own row --------------------------------------------------------------------------------------------


def _begin(connection: Connection, desk: _Desk, call_map: CallMap) -> None:
    """The book's row, for us alone until the batch is written: two imports of one book take turns."""
    row = {"unit_id": desk.unit.id, "name": call_map.book, "begun_at": desk.now, "taken": 0}
    if insert_once(connection, call_books, row):
        details: dict[str, audit.Detail] = {"book": call_map.book}
        unit_id = desk.unit.id
        audit.append(
            connection, audit.COMMAND_LINE, "call book begun", f"unit/{unit_id}", details, desk.now, unit_id=unit_id
        )
    connection.execute(select(call_books.c.id).where(*_this_book(desk, call_map)).with_for_update())


def _write(connection: Connection, desk: _Desk, call_map: CallMap, fresh: list[Named]) -> None:
    if not fresh:
        return
    day_counts.distrust(connection, desk.unit.id, _months(fresh, desk.unit.zone))
    book_calls.write(connection, desk.whose, fresh, desk.now)
    tally = _Tally()
    tally.took(fresh)
    book = connection.execute(select(call_books).where(*_this_book(desk, call_map))).one()
    values = {
        "taken": book.taken + tally.counts["taken"],
        "first_at": min(filter(None, (book.first_at, tally.first_at))),
        "last_at": max(filter(None, (book.last_at, tally.last_at))),
        "finished_at": None,
    }
    connection.execute(update(call_books).where(*_this_book(desk, call_map)).values(**values))


def _months(fresh: Iterable[Named], zone: ZoneInfo) -> set[Month]:
    local = (one.call.started_at.astimezone(zone) for one in fresh)
    return {Month(*found) for found in {(at.year, at.month) for at in local}}


def _finish(connection: Connection, desk: _Desk, call_map: CallMap, imported: Imported) -> None:
    _begin(connection, desk, call_map)
    connection.execute(update(call_books).where(*_this_book(desk, call_map)).values(finished_at=desk.now))
    details: dict[str, audit.Detail] = {
        "book": call_map.book,
        "taken": imported.taken,
        "known": imported.known,
        "rejected": imported.rejected,
    }
    unit_id = desk.unit.id
    audit.append(
        connection, audit.COMMAND_LINE, "call book imported", f"unit/{unit_id}", details, desk.now, unit_id=unit_id
    )


def _this_book(desk: _Desk, call_map: CallMap) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return call_books.c.unit_id == desk.unit.id, call_books.c.name == call_map.book
