"""What a line of a call book says, in codes: a call of the time before, or why the line is not taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotline.casework.past.book_cells import (
    CellError,
    Cells,
    CodeReader,
    length_reader,
    moment_reader,
    nothing,
    number_reader,
)
from hotline.casework.past.book_file import Layout, Record, Rejected, plain
from hotline.casework.past.book_map import ELSEWHERE, HUNG_UP, VOICE, CallMap
from hotline.casework.past.book_moments import UnreadableError, in_zone
from hotline.casework.statistics.figures import UNKNOWN
from hotline.casework.transitions import CLOSED, TRANSFERRED
from ivr_flows.taxonomy import load_taxonomy

ADDITION_CODE = "RPT-ADDINFO"
_WITH_REPORT = frozenset({"report", "emergency"})


class BookCall(NamedTuple):  # of a million lines a million are made
    """A call or text as the book has it. `kind` is None where the caller hung up at once."""

    line: int
    started_at: datetime
    serial: str | None
    kind: str | None
    category: str | None
    place: str | None  # its two digits
    language: str
    channel: str
    privacy: str | None
    duration_s: int | None
    status: str | None
    settled_on: date | None
    outcome: str | None
    measure: str | None
    persons: int

    @property
    def makes_a_report(self) -> bool:
        return self.kind in _WITH_REPORT


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A line about something that was no call: somebody who came in person, a letter."""

    line: int


@dataclass(frozen=True)
class Bounds:
    """When calls of this book may have begun: from the first moment on, before the second and never after now."""

    since: datetime
    until: datetime | None
    log_began: datetime | None  # from then on, the line's own log has the calls
    now: datetime


class BookReader:
    """Reads the lines of one book. `places`: digits by all the names under which they may be written."""

    def __init__(
        self, call_map: CallMap, layout: Layout, zone: ZoneInfo, places: Mapping[str, str], bounds: Bounds
    ) -> None:
        columns = call_map.columns
        self._bounds, self._start = bounds, columns.started_at
        self._zone = ZoneInfo(columns.started_at.zone) if columns.started_at.zone else zone
        self._read_start = moment_reader(columns.started_at, layout)
        self._read_day = moment_reader(columns.settled_on, layout) if columns.settled_on else None
        days = columns.settled_on.columns if columns.settled_on else ()
        self._day_column, self._days = days[0] if days else "", [layout.columns[name] for name in days]
        self._serial = layout.columns[columns.serial.column] if columns.serial else None
        self.serial_column = columns.serial.column if columns.serial else ""
        self._kind = CodeReader(columns.kind, layout, {})
        self._category = CodeReader(columns.category, layout, {})
        self._place = CodeReader(columns.place, layout, places)
        self._language = CodeReader(columns.language, layout, {})
        self._channel = CodeReader(columns.channel, layout, {})
        self._privacy = CodeReader(columns.privacy, layout, {})
        self._status = CodeReader(columns.status, layout, {})
        self._outcome = CodeReader(columns.outcome, layout, {})
        self._measure = CodeReader(columns.measure, layout, {})
        self._duration = length_reader(columns.duration, layout, call_map.decimal)
        self._persons = number_reader(columns.persons.column, layout) if columns.persons else nothing
        self._kinds_of_codes = {code.code: code.kind for code in load_taxonomy().codes.values()}

    def read(self, record: Record) -> BookCall | Elsewhere | Rejected:
        """A line as a call, as none, or why it cannot be read."""
        try:
            return self._read(record)
        except CellError as error:
            return Rejected(record.line, error.reason, error.column)

    def _read(self, record: Record) -> BookCall | Elsewhere:
        cells = record.cells
        channel = self._channel(cells) or VOICE
        if channel == ELSEWHERE:
            return Elsewhere(record.line)
        started_at = self._started_at(cells)
        kind, category = self._kind_and_category(cells)
        place = self._place(cells)
        measure, persons = self._measured(cells, kind)
        status, outcome = self._status_and_outcome(cells)
        return BookCall(
            line=record.line,
            started_at=started_at,
            serial=self._serial_of(cells),
            kind=kind,
            category=category,
            place=None if place == UNKNOWN else place,
            language=self._language(cells) or UNKNOWN,
            channel=channel,
            privacy=self._privacy(cells),
            duration_s=self._duration(cells),
            status=status,
            settled_on=self._settled_on(cells, started_at),
            outcome=outcome,
            measure=measure,
            persons=persons,
        )

    def _started_at(self, cells: Cells) -> datetime:
        column = self._start.columns[0]
        try:
            moment = in_zone(self._read_start(cells), self._zone)
        except UnreadableError as error:
            raise CellError(column, str(error)) from None
        bounds = self._bounds
        if moment > bounds.now:
            raise CellError(column, "that moment has not come yet")
        if moment < bounds.since:
            raise CellError(column, "that is before the book began")
        if bounds.until is not None and moment >= bounds.until:
            raise CellError(column, "that is after the book ended")
        if bounds.log_began is not None and moment >= bounds.log_began:
            raise CellError(column, "the line's own log has the calls of that time already")
        return moment

    def _kind_and_category(self, cells: Cells) -> tuple[str | None, str | None]:
        kind, category = self._kind(cells), self._category(cells)
        of_code = "addition" if category == ADDITION_CODE else self._kinds_of_codes.get(category or "")
        if kind is None:
            if of_code is None:
                raise CellError(self._name_of_kind, "it is empty, and so it is not known what kind of call this was")
            return of_code, category
        if kind == HUNG_UP:
            return None, None
        if of_code is not None and kind != of_code and (kind, of_code) not in _ALSO:
            raise CellError(self._name_of_kind, "kind and category do not fit together")
        return kind, category

    @property
    def _name_of_kind(self) -> str:
        return self._kind.column or self._category.column

    def _measured(self, cells: Cells, kind: str | None) -> tuple[str | None, int]:
        measure = self._measure(cells)
        if measure is None:
            return None, 0
        if kind not in _WITH_REPORT:
            raise CellError(self._measure.column, "a measure needs a report")
        persons = self._persons(cells)
        return measure, 1 if persons is None else persons

    def _status_and_outcome(self, cells: Cells) -> tuple[str | None, str | None]:
        status, outcome = self._status(cells), self._outcome(cells)
        if status == CLOSED and outcome is None:
            raise CellError(self._status.column, "a closed report needs the outcome with which it was closed")
        if status == TRANSFERRED and outcome is not None:
            raise CellError(self._status.column, "a report that was handed over has no outcome here")
        return status, outcome

    def _settled_on(self, cells: Cells, started_at: datetime) -> date | None:
        if self._read_day is None or not any(cells[place].strip() for place in self._days):
            return None
        try:
            day = self._read_day(cells).date()
        except UnreadableError as error:
            raise CellError(self._day_column, str(error)) from None
        if day < started_at.astimezone(self._zone).date():
            raise CellError(self._day_column, "that is before the call")
        if day > self._bounds.now.astimezone(self._zone).date():
            raise CellError(self._day_column, "that day has not come yet")
        return day

    def _serial_of(self, cells: Cells) -> str | None:
        if self._serial is None:
            return None
        if not (serial := plain(cells[self._serial])):
            raise CellError(self.serial_column, "it is empty")
        return serial


_ALSO = frozenset(
    {("duplicate", "report"), ("duplicate", "emergency"), ("addition", "report"), ("emergency", "report")}
)
"""A call of one kind with a category of another: a repeat is about what it repeats, and any crime may be under way."""
