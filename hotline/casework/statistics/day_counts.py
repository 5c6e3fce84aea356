"""Day by day how many calls there were of what, and the months these add up to: kept in the transaction that changes
the calls it counts.

Whoever changes an ended call, or the place of its report, does so inside `counting`; whoever writes many at once
counts their months anew. A month is read from here once it is marked as counted; until then from the calls."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, select

from hotline.casework.hours import OfficeHours
from hotline.casework.months import Month
from hotline.casework.once import insert_into, insert_once
from hotline.casework.statistics.call_tally import EndedCall, additions, day_of
from hotline.casework.statistics.span import CountedUnit
from storage.tables import calls, day_counts, month_counts, periodic_runs, report_calls, reports, units

COUNTED = "day counts"
"""The periodic run that marks a month whose days are counted."""
Tally = Counter[tuple[str, str]]
"""How many there are, by dimension and key."""
_ROWS_AT_ONCE = 2000
_LOCK = 20_771  # any number that no other lock of this database begins with


class Cell(NamedTuple):
    """One row of the day counts."""

    unit_id: int
    day: date
    dimension: str
    key: str


@contextmanager
def counting(connection: Connection, call_ids: Collection[int]) -> Iterator[None]:
    """Whatever the block changes about these calls changes their days by the difference, in the same transaction.

    Not inside another such block over the same call: the difference would be counted twice."""
    if not call_ids:
        yield
        return
    # Locked first, so that what is read then is the newest there is, and stays.
    connection.execute(select(calls.c.id).where(calls.c.id.in_(call_ids)).order_by(calls.c.id).with_for_update())
    before = _cells(connection, _ENDED.where(calls.c.id.in_(call_ids)))
    yield
    after = _cells(connection, _ENDED.where(calls.c.id.in_(call_ids)))
    after.subtract(before)
    _change(connection, after)


def calls_of_report(connection: Connection, report_id: int) -> list[int]:
    """The calls that are counted under the place of this report."""
    return list(connection.scalars(select(report_calls.c.call_id).where(report_calls.c.report_id == report_id)))


def recount(connection: Connection, unit_id: int, month: Month, now: datetime) -> None:
    """Count the days of a month anew from its calls, and mark the month as counted."""
    _alone(connection, unit_id)
    found = from_calls(connection, unit_id, month)
    _clear(connection, unit_id, month)
    _change(connection, found)
    insert_once(connection, periodic_runs, {"task": COUNTED, "unit_id": unit_id, "period": str(month), "at": now})


def forget(connection: Connection, unit_id: int) -> None:
    """Trust no day count of this unit any more, as when its days begin at another moment; they are counted anew."""
    _together(connection, (unit_id,))
    mine = (periodic_runs.c.task == COUNTED) & (periodic_runs.c.unit_id == unit_id)
    connection.execute(delete(periodic_runs).where(mine))
    for table in (day_counts, month_counts):
        connection.execute(delete(table).where(table.c.unit_id == unit_id))


def distrust(connection: Connection, unit_id: int, months: Collection[Month]) -> None:
    """Read these months from their calls until somebody counts them anew, as when many calls are written at once.

    Belongs into the transaction that writes them; a recount that is under way is waited for, and its mark is lost."""
    _together(connection, (unit_id,))
    for month in sorted(months):
        _clear(connection, unit_id, month)
    marks = (periodic_runs.c.task == COUNTED) & (periodic_runs.c.unit_id == unit_id)
    these = periodic_runs.c.period.in_([str(month) for month in months])
    connection.execute(delete(periodic_runs).where(marks, these))


def uncounted(connection: Connection, unit_id: int, now: datetime) -> list[Month]:
    """The months since the unit's first call that are not marked as counted, the newest first."""
    zone = zone_of(connection, unit_id)
    first = connection.scalar(select(func.min(calls.c.started_at)).where(calls.c.unit_id == unit_id))
    if first is None:
        return []
    marked = counted_months(connection, unit_id)
    month, earliest, found = Month.at(now, zone), Month.at(first, zone), []
    while month >= earliest:
        if month not in marked:
            found.append(month)
        month = month.previous
    return found


def counted_months(connection: Connection, unit_id: int) -> set[Month]:
    """The months of a unit whose days are counted."""
    query = select(periodic_runs.c.period).where(periodic_runs.c.task == COUNTED, periodic_runs.c.unit_id == unit_id)
    return {Month.of(period) for period in connection.scalars(query)}


def tally(connection: Connection, unit_id: int, month: Month) -> Tally:
    """What the calls of a month come to: as it is counted, else from the calls."""
    return tallies(connection, (unit_id,), month)[unit_id]


def tallies(
    connection: Connection, unit_ids: Sequence[int], month: Month, dimensions: Collection[str] | None = None
) -> Mapping[int, Tally]:
    """The same of many units at once, by unit; of these dimensions alone where they are named."""
    marked = select(periodic_runs.c.unit_id).where(
        periodic_runs.c.task == COUNTED, periodic_runs.c.period == str(month), periodic_runs.c.unit_id.in_(unit_ids)
    )
    counted = sorted(connection.scalars(marked))
    found: dict[int, Tally] = {unit_id: Counter() for unit_id in unit_ids}
    query = select(month_counts.c.unit_id, month_counts.c.dimension, month_counts.c.key, month_counts.c.n)
    query = query.where(month_counts.c.unit_id.in_(counted), month_counts.c.month == str(month))
    if dimensions is not None:
        query = query.where(month_counts.c.dimension.in_(sorted(dimensions)))
    for unit_id, dimension, key, n in connection.execute(query).all():
        found[unit_id][dimension, key] = n
    for cell, n in _of_month(connection, sorted(set(unit_ids) - set(counted)), month).items():
        if dimensions is None or cell.dimension in dimensions:
            found[cell.unit_id][cell.dimension, cell.key] += n
    return found


def from_month(connection: Connection, unit_id: int, month: Month) -> Tally:
    """A month as it is kept, whether or not anybody may rely on it."""
    query = select(month_counts.c.dimension, month_counts.c.key, month_counts.c.n)
    rows = connection.execute(query.where(month_counts.c.unit_id == unit_id, month_counts.c.month == str(month)))
    return Counter({(row.dimension, row.key): row.n for row in rows})


def tally_of(connection: Connection, unit: CountedUnit, month: Month) -> Tally:
    """The same for a unit before or since a merger: the days are counted by unit, so a part of one is read from the
    calls of the month."""
    if unit.whole:
        return tally(connection, unit.id, month)
    start, end = month.bounds(unit.zone)
    within = (calls.c.started_at >= start) & (calls.c.started_at < end)
    return summed(_cells(connection, _ENDED.where(unit.owns(calls.c.unit_id, calls.c.line_id), within)))


def from_days(connection: Connection, unit_id: int, month: Month) -> Counter[Cell]:
    """The days of a month as they are counted."""
    rows = connection.execute(select(day_counts).where(_in_month(unit_id, month)))
    return Counter({Cell(row.unit_id, row.day, row.dimension, row.key): row.n for row in rows})


def from_calls(connection: Connection, unit_id: int, month: Month) -> Counter[Cell]:
    """The same from the calls themselves: what the days must come to."""
    return _of_month(connection, (unit_id,), month)


def summed(cells: Counter[Cell]) -> Tally:
    """Days added up."""
    found: Tally = Counter()
    for cell, n in cells.items():
        found[cell.dimension, cell.key] += n
    return found


def zone_of(connection: Connection, unit_id: int) -> ZoneInfo:
    return ZoneInfo(connection.execute(select(units.c.timezone).where(units.c.id == unit_id)).scalar_one())


_PLACE = (
    select(reports.c.place_id)
    .join(report_calls, report_calls.c.report_id == reports.c.id)
    .where(report_calls.c.call_id == calls.c.id)
    .order_by(report_calls.c.role != "first", reports.c.id)
    .limit(1)
    .correlate(calls)
    .scalar_subquery()
)
_ENDED: Select[Any] = select(
    calls.c.unit_id,
    calls.c.started_at,
    calls.c.kind,
    calls.c.category,
    calls.c.outcome,
    calls.c.language,
    calls.c.privacy,
    calls.c.duration_s,
    _PLACE.label("place_id"),
    calls.c.hours,
).where(calls.c.ended_at.is_not(None))


def _of_month(connection: Connection, unit_ids: Sequence[int], month: Month) -> Counter[Cell]:
    """The calls of a month of these units, each by its own calendar: one question for all of one time zone."""
    zones: dict[ZoneInfo, list[int]] = {}
    rows = connection.execute(select(units.c.id, units.c.timezone).where(units.c.id.in_(unit_ids))) if unit_ids else ()
    for unit_id, timezone in rows:
        zones.setdefault(ZoneInfo(timezone), []).append(unit_id)
    found: Counter[Cell] = Counter()
    for zone, ids in zones.items():
        start, end = month.bounds(zone)
        within = (calls.c.started_at >= start) & (calls.c.started_at < end)
        found += _cells(connection, _ENDED.where(calls.c.unit_id.in_(ids), within))
    return found


def _cells(connection: Connection, query: Select[Any]) -> Counter[Cell]:
    found: Counter[Cell] = Counter()
    calendars: dict[int, tuple[ZoneInfo, OfficeHours]] = {}
    for row in connection.execute(query).yield_per(_ROWS_AT_ONCE):
        call = EndedCall(*row)
        if call.unit_id not in calendars:
            calendars[call.unit_id] = _calendar(connection, call.unit_id)
        zone, office = calendars[call.unit_id]
        day = day_of(call, zone)
        for dimension, key, n in additions(call, zone, office):
            found[Cell(call.unit_id, day, dimension, key)] += n
    return found


def _calendar(connection: Connection, unit_id: int) -> tuple[ZoneInfo, OfficeHours]:
    row = connection.execute(
        select(units.c.timezone, units.c.office_hours, units.c.holidays).where(units.c.id == unit_id)
    ).one()
    return ZoneInfo(row.timezone), OfficeHours.from_settings(row.office_hours, row.holidays)


def _alone(connection: Connection, unit_id: int) -> None:
    """Until the end of the transaction nobody else changes this unit's counts, else a call that ends meanwhile would be
    counted twice or not at all. SQLite has one writer anyway; other units' calls end as ever."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK, unit_id)))


def _together(connection: Connection, unit_ids: Collection[int]) -> None:
    """Wait for whoever counts one of these units anew; many may change its counts at the same time."""
    if connection.dialect.name == "postgresql":
        for unit_id in sorted(unit_ids):  # in one order: two that wait for each other would wait for ever
            connection.execute(select(func.pg_advisory_xact_lock_shared(_LOCK, unit_id)))


def _change(connection: Connection, by: Counter[Cell]) -> None:
    """Add to the days and then to their months."""
    months: Counter[tuple[int, str, str, str]] = Counter()
    for cell, n in by.items():
        months[cell.unit_id, f"{cell.day:%Y-%m}", cell.dimension, cell.key] += n
    _together(connection, {cell.unit_id for cell in by})
    _add(connection, day_counts, {tuple(cell): n for cell, n in by.items()})
    _add(connection, month_counts, months)


def _add(connection: Connection, table: Table, by: Mapping[tuple[Any, ...], int]) -> None:
    """Add to the rows, always in the same order: two that change the same ones wait for each other and no more."""
    names = list(table.primary_key.columns.keys())
    rows = [{**dict(zip(names, cell, strict=True)), "n": n} for cell, n in sorted(by.items()) if n]
    if not rows:
        return
    row = insert_into(connection, table)
    grown = row.on_conflict_do_update(index_elements=names, set_={"n": table.c.n + row.excluded.n})
    connection.execute(grown, rows)
    unit, span, *_ = table.primary_key.columns
    for unit_id, of in sorted({(cell[0], cell[1]) for cell, n in by.items() if n < 0}):
        connection.execute(delete(table).where(unit == unit_id, span == of, table.c.n == 0))


def _clear(connection: Connection, unit_id: int, month: Month) -> None:
    """Throw away what is kept of a month."""
    connection.execute(delete(day_counts).where(_in_month(unit_id, month)))
    of_month = (month_counts.c.unit_id == unit_id) & (month_counts.c.month == str(month))
    connection.execute(delete(month_counts).where(of_month))


def _in_month(unit_id: int, month: Month) -> ColumnElement[bool]:
    within = (day_counts.c.day >= month.first_day) & (day_counts.c.day < month.next.first_day)
    return (day_counts.c.unit_id == unit_id) & within
