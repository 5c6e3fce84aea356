"""The unit that is counted, and from when to when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, case, select

from hotline.casework.months import Month
from hotline.casework.unit_names import name_on
from hotline.errors import HotlineError, NotFoundError
from storage.tables import lines, units


class FutureMonthError(HotlineError):
    """That month has not begun yet, so there is nothing to count."""


@dataclass(frozen=True, slots=True)
class FormerUnit:
    """A unit that has merged into another one."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CountedUnit:
    """A unit as its figures are headed, and which calls and reports are counted as its own.

    `former`: only those that came in over the lines which were that unit's before it merged into this one.
    `heirs`: besides its own, those that came in over its lines since it merged, at the units that have them now.
    `without`: not those that came in over the lines which were these units' before they merged into this one.
    `since` and `until`: when it was made here, and when it merged into another one."""

    id: int
    code: str
    name: str
    zone: ZoneInfo
    old_names: tuple[Mapping[str, Any], ...] = ()
    former: FormerUnit | None = None
    heirs: tuple[int, ...] = ()
    without: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def whole(self) -> bool:
        """Whether all of one unit is counted, and nothing else."""
        return self.former is None and not self.heirs and not self.without

    def owns(self, unit_id: ColumnElement[int], line_id: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether a row of this unit and line is counted. A call keeps the unit in which it began."""
        if self.former is not None:
            return (unit_id == self.id) & line_id.in_(_first_of(self.former.id))
        own = unit_id == self.id
        if self.without:
            own &= line_id.is_(None) | line_id.not_in(_first_of(*self.without))
        return own | (unit_id.in_(self.heirs) & line_id.in_(_first_of(self.id))) if self.heirs else own

    def stood_in(self, month: Month) -> bool:
        """Whether there was such a unit at any moment of a month."""
        start, end = month.bounds(self.zone)
        return (self.since is None or self.since < end) and (self.until is None or self.until > start)

    def named_in(self, month: Month) -> str:
        """What the unit was called at the end of a month."""
        return name_on(self.name, self.old_names, month.next.first_day - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose rows a question is about: those of any number of whole units, or of one that is counted in part."""

    units: tuple[CountedUnit, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(unit.id for unit in self.units)

    def owns(self, unit_id: ColumnElement[int], line_id: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether a row of this unit and line is asked for."""
        return self.units[0].owns(unit_id, line_id) if len(self.units) == 1 else unit_id.in_(self.ids)

    def under(self, unit_id: ColumnElement[int]) -> ColumnElement[int]:
        """Under which of the units a row is counted: what is at an heir belongs to the unit whose lines it has."""
        heirs = {heir: unit.id for unit in self.units for heir in unit.heirs}
        return case(heirs, value=unit_id, else_=unit_id) if heirs else unit_id


def _first_of(*unit_ids: int) -> Select[int]:
    """The lines that were these units' own before any merger."""
    return select(lines.c.id).where(lines.c.former_unit_id.in_(unit_ids))


@dataclass(frozen=True, slots=True)
class Span:
    """A month of a unit's calendar as two moments. `until`: the first moment that is not counted, which is its end,
    or the one after now where it is in course."""

    month: Month
    start: datetime
    end: datetime
    until: datetime

    @property
    def so_far(self) -> bool:
        return self.until < self.end

    def holds(self, column: ColumnElement[datetime] | ColumnElement[datetime | None]) -> ColumnElement[bool]:
        """Whether a moment lies in the month."""
        return (column >= self.start) & (column < self.end)


def span_of(month: Month, zone: ZoneInfo, now: datetime) -> Span:
    """The month's moments. Raises FutureMonthError where it has not begun."""
    start, end = month.bounds(zone)
    if now < start:
        raise FutureMonthError
    return Span(month, start, end, min(end, now + timedelta(microseconds=1)))


def unit_by_id(connection: Connection, unit_id: int) -> CountedUnit:
    """Raises NotFoundError."""
    return _first(connection, units.c.id == unit_id)


def unit_by_code(connection: Connection, code: str | None) -> CountedUnit:
    """The unit of this code; without one, the first there is. Raises NotFoundError."""
    if code is not None and not code.isprintable():
        raise NotFoundError("There is no unit of that code.")
    return _first(connection, units.c.code == code if code is not None else None)


def _first(connection: Connection, condition: ColumnElement[bool] | None) -> CountedUnit:
    query = select(units).order_by(units.c.id).limit(1)
    row = connection.execute(query if condition is None else query.where(condition)).first()
    if row is None:
        raise NotFoundError("There is no unit of that code.")
    return CountedUnit(row.id, row.code, row.name, ZoneInfo(row.timezone), tuple(row.old_names))
