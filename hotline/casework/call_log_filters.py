"""Whose calls and reports a list may hold, what it is narrowed to, and one page of it: never counted, never skipped."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, false, or_, select, tuple_

from hotline.casework.months import Month
from hotline.casework.people import OfficerRow
from hotline.errors import AccessRefusedError
from storage.tables import units

ROLES_THAT_SEE_CALLS = frozenset({"duty", "officer", "deputy", "chief"})
_COLUMNS = ("kind", "category", "outcome", "language", "status", "place_id", "assigned_to", "reference")
_Bounds = Callable[[ZoneInfo], tuple[datetime, datetime]]


@dataclass(frozen=True)
class Filter:
    """Which rows are wanted. `before` is the id of the last row already seen; earlier ones follow.

    `status`, `place_id` and `assigned_to` (an officer's id) are of reports, `language` and `spoke_with` (an officer's
    id) of calls; a call has the reference of its report."""

    kind: str | None = None
    category: str | None = None
    month: str | None = None
    limit: int = 50
    before: int | None = None
    status: str | None = None
    assigned_to: int | None = None
    outcome: str | None = None
    language: str | None = None
    place_id: int | None = None
    spoke_with: int | None = None
    reference: str | None = None
    day: date | None = None


def seen_units(officer: OfficerRow) -> frozenset[int]:
    """The units whose calls this officer may see. Higher units and administrators see none."""
    return frozenset({officer.unit_id}) if officer.role in ROLES_THAT_SEE_CALLS else frozenset()


def units_of(officer: OfficerRow) -> frozenset[int]:
    """Like `seen_units`, for pages about calls only. Raises AccessRefusedError where there are none."""
    if units_seen := seen_units(officer):
        return units_seen
    raise AccessRefusedError("This account does not see single calls and reports.")


def of_units(query: Select[Any], column: ColumnElement[int], unit_ids: Collection[int] | None) -> Select[Any]:
    """Only what is of these units; None: of all."""
    return query if unit_ids is None else query.where(column.in_(unit_ids))


def newest(
    connection: Connection,
    query: Select[Any],
    wanted: Filter,
    table: Table,
    moment: ColumnElement[datetime],
    unit_ids: Collection[int] | None,
) -> Select[Any]:
    """Narrow to what is wanted, newest first, one page of it. Raises MonthError."""
    query = narrowed(connection, query, wanted, table, moment, unit_ids)
    if wanted.before is not None:
        last_seen = select(moment).where(table.c.id == wanted.before).correlate(None).scalar_subquery()
        query = query.where(tuple_(moment, table.c.id) < tuple_(last_seen, wanted.before))
    return query.order_by(moment.desc(), table.c.id.desc()).limit(wanted.limit)


def narrowed(
    connection: Connection,
    query: Select[Any],
    wanted: Filter,
    table: Table,
    moment: ColumnElement[datetime],
    unit_ids: Collection[int] | None,
) -> Select[Any]:
    """Narrow to what is wanted of the table's own columns, and to the month and the day. Raises MonthError."""
    for name in _COLUMNS:
        if name in table.c and (value := getattr(wanted, name)) is not None:
            query = query.where(table.c[name] == value)
    for bounds in _spans(wanted):
        query = query.where(_within(connection, bounds, table.c.unit_id, moment, unit_ids))
    return query


def _spans(wanted: Filter) -> list[_Bounds]:
    spans: list[_Bounds] = []
    if (month := wanted.month) is not None:
        spans.append(Month.of(month).bounds)
    if (day := wanted.day) is not None:
        spans.append(lambda zone: day_bounds(day, zone))
    return spans


def _within(
    connection: Connection,
    bounds: _Bounds,
    unit_column: ColumnElement[int],
    moment: ColumnElement[datetime],
    unit_ids: Collection[int] | None,
) -> ColumnElement[bool]:
    """Begun in this span as the calendar on the wall of the unit has it."""
    by_zone: defaultdict[str, list[int]] = defaultdict(list)
    for unit in connection.execute(of_units(select(units.c.id, units.c.timezone), units.c.id, unit_ids)):
        by_zone[unit.timezone].append(unit.id)
    spans = {zone: bounds(ZoneInfo(zone)) for zone in by_zone}
    return or_(
        false(),
        *(
            and_(unit_column.in_(ids), moment >= spans[zone][0], moment < spans[zone][1])
            for zone, ids in by_zone.items()
        ),
    )


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day on the unit's calendar, and of the next one."""
    return (datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone))
