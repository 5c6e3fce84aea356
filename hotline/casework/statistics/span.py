"""The unit that is counted, and from when to when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from hotline.casework.months import Month
from hotline.errors import HotlineError, NotFoundError
from storage.tables import units


class FutureMonthError(HotlineError):
    """That month has not begun yet, so there is nothing to count."""


@dataclass(frozen=True, slots=True)
class CountedUnit:
    """A unit as its figures are headed."""

    id: int
    code: str
    name: str
    zone: ZoneInfo


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
    query = select(units.c.id, units.c.code, units.c.name, units.c.timezone).order_by(units.c.id).limit(1)
    row = connection.execute(query if condition is None else query.where(condition)).first()
    if row is None:
        raise NotFoundError("There is no unit of that code.")
    return CountedUnit(row.id, row.code, row.name, ZoneInfo(row.timezone))
