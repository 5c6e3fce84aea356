"""Today's board: what an officer on duty must see at one glance, the most urgent first.

Every question asks for few rows by an index, so that the board costs the same however long the line has been there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, union

from hotline.casework.alarms import AlarmRow, open_alarms
from hotline.casework.call_log_filters import day_bounds, units_of
from hotline.casework.deadlines import RED, YELLOW, colour
from hotline.casework.emergencies import LiveEmergency, live_emergencies
from hotline.casework.people import OfficerRow
from hotline.casework.roster import duties, zone_of
from hotline.casework.shift_patterns import Span
from ivr_flows.taxonomy import load_taxonomy
from storage.tables import calls, officers, places, reports

URGENT, SOON, OPEN = "urgent", "soon", "open"
SHELVES = (URGENT, SOON, OPEN)
AT_ONCE = ("critical", "high")
"""The urgencies that may not wait on the board until somebody looks."""
MOST_ON_A_SHELF = 25
_ROOM = MOST_ON_A_SHELF + 1  # of a kind that hangs on one shelf: one more tells that there are more
_LOOKED_AT = 60  # of a kind of which some hang on other shelves
_MOST_ALARMS = 4
_AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class BoardRow:
    """An open report on the board, on the unit's clock. `taken_by` has it; None and not `taken`: nobody yet.

    `untaken_clock` and `due_clock` are the colours of its two clocks, None where none runs."""

    id: int
    reference: str
    kind: str
    category: str | None
    urgency: str
    happening_now: bool
    locality: str | None
    status: str
    received_at: datetime
    acknowledge_by: datetime | None
    due_at: datetime | None
    taken: bool
    taken_by: str | None
    untaken_clock: str | None
    due_clock: str | None

    @property
    def shelf(self) -> str:
        """Urgent: a clock is red, or nobody has taken what may not wait. Soon: a clock is yellow."""
        clocks = (self.untaken_clock, self.due_clock)
        if RED in clocks or self.rings:
            return URGENT
        return SOON if YELLOW in clocks else OPEN

    @property
    def rings(self) -> bool:
        """Whether the board makes itself heard because of this one."""
        return not self.taken and self.urgency in AT_ONCE


@dataclass(frozen=True)
class Present:
    """An officer on duty, and until when."""

    name: str
    group: str
    until: datetime


@dataclass(frozen=True)
class Board:
    """The whole board, on the clock of `zone`. `more`: the shelves that hold more than is shown."""

    zone: str
    today: date
    rows: tuple[BoardRow, ...]
    more: frozenset[str]
    emergencies: tuple[LiveEmergency, ...]
    on_duty: tuple[Present, ...]
    alarms: tuple[AlarmRow, ...]
    more_alarms: bool
    calls_today: int
    reports_today: int

    def shelf(self, name: str) -> tuple[BoardRow, ...]:
        return tuple(row for row in self.rows if row.shelf == name)


def board(connection: Connection, officer: OfficerRow, now: datetime) -> Board:
    """The board of the officer's unit. Raises AccessRefusedError for those who see no single reports."""
    [unit_id] = units_of(officer)
    zone = zone_of(connection, unit_id)
    today = now.astimezone(zone).date()
    rows, more = arranged(_candidates(connection, unit_id, zone, now))
    ringing = open_alarms(connection, officer, _MOST_ALARMS + 1)
    return Board(
        zone=zone.key,
        today=today,
        rows=rows,
        more=more,
        emergencies=emergencies_now(connection, unit_id, zone, now),
        on_duty=on_duty_now(connection, unit_id, zone, now),
        alarms=tuple(ringing[:_MOST_ALARMS]),
        more_alarms=len(ringing) > _MOST_ALARMS,
        calls_today=_of_day(connection, calls.c.unit_id, unit_id, calls.c.started_at, today, zone),
        reports_today=_of_day(connection, reports.c.unit_id, unit_id, reports.c.received_at, today, zone),
    )


# ---- the list ------------------------------------------------------------------------------------------------------


def arranged(candidates: Iterable[BoardRow]) -> tuple[tuple[BoardRow, ...], frozenset[str]]:
    """The rows in the order in which they hang, and the shelves on which not all have room. Pure.

    On the first shelf the most urgent come first, of these what nobody has taken, then what is late; on the second
    what is due first; on the last the newest."""
    by_shelf: dict[str, list[BoardRow]] = {name: [] for name in SHELVES}
    for row in candidates:
        by_shelf[row.shelf].append(row)
    by_shelf[URGENT].sort(key=_urgent_first)
    by_shelf[SOON].sort(key=_due_first)
    by_shelf[OPEN].sort(key=lambda row: (row.received_at, row.id), reverse=True)
    shown = tuple(row for name in SHELVES for row in by_shelf[name][:MOST_ON_A_SHELF])
    return shown, frozenset(name for name, rows in by_shelf.items() if len(rows) > MOST_ON_A_SHELF)


def _urgent_first(row: BoardRow) -> tuple[int, bool, bool, float, int]:
    known = load_taxonomy().urgencies.get(row.urgency)
    late = RED in (row.untaken_clock, row.due_clock)
    return (-known.rank if known else 0, row.taken, not late, -row.received_at.timestamp(), -row.id)


def _due_first(row: BoardRow) -> tuple[datetime, int]:
    running = [
        by for by, clock in ((row.acknowledge_by, row.untaken_clock), (row.due_at, row.due_clock)) if by and clock
    ]
    return (min(running), row.id)


def _candidates(connection: Connection, unit_id: int, zone: ZoneInfo, now: datetime) -> list[BoardRow]:
    """What may come onto the board: of each kind more than a shelf has room for, each row once."""
    ids = union(*(_some(*one) for one in _kinds_of_candidates(unit_id, now))).subquery()
    query = (
        select(reports, places.c.name.label("locality"), officers.c.name.label("taken_by"))
        .outerjoin(places, places.c.id == reports.c.place_id)
        .outerjoin(officers, officers.c.id == func.coalesce(reports.c.assigned_to, reports.c.acknowledged_by))
        .where(reports.c.id.in_(select(ids.c.id)))
    )
    return [_row(row, zone, now) for row in connection.execute(query)]


_Kind = tuple[ColumnElement[bool], Sequence[ColumnElement[Any]], int]


def _kinds_of_candidates(unit_id: int, now: datetime) -> list[_Kind]:
    is_open = (reports.c.unit_id == unit_id) & reports.c.settled_at.is_(None)
    untaken = is_open & reports.c.acknowledged_at.is_(None)
    newest = (reports.c.received_at.desc(), reports.c.id.desc())
    take_by, due = reports.c.acknowledge_by, reports.c.due_at
    return [
        *((untaken & (reports.c.urgency == urgency), newest, _ROOM) for urgency in AT_ONCE),
        (untaken & (take_by < now), (take_by.desc(),), _ROOM),
        (untaken & (take_by >= now), (take_by,), _LOOKED_AT),
        (is_open & (due < now), (due.desc(),), _ROOM),
        (is_open & (due >= now), (due,), _LOOKED_AT),
        (is_open, newest, _LOOKED_AT),
    ]


def _some(which: ColumnElement[bool], order: Sequence[ColumnElement[Any]], most: int) -> Select[Any]:
    some = select(reports.c.id).where(which).order_by(*order).limit(most).subquery()
    return select(some.c.id)


def _row(row: Row[Any], zone: ZoneInfo, now: datetime) -> BoardRow:
    taken = row.acknowledged_at is not None
    return BoardRow(
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        category=row.category,
        urgency=row.urgency,
        happening_now=bool(row.happening_now),
        locality=row.locality,
        status=row.status,
        received_at=row.received_at.astimezone(zone),
        acknowledge_by=_local(row.acknowledge_by, zone),
        due_at=_local(row.due_at, zone),
        taken=taken,
        taken_by=row.taken_by,
        untaken_clock=None if taken else colour(row.received_at, row.acknowledge_by, None, now),
        due_clock=colour(row.received_at, row.due_at, None, now),
    )


# ---- what stands beside it -----------------------------------------------------------------------------------------


def emergencies_now(connection: Connection, unit_id: int, zone: ZoneInfo, now: datetime) -> tuple[LiveEmergency, ...]:
    """The callers in danger who are on the line, who has waited longest first, on the unit's clock."""
    found = live_emergencies(connection, unit_id, now)
    return tuple(replace(one, since=one.since.astimezone(zone)) for one in found)


def on_duty_now(connection: Connection, unit_id: int, zone: ZoneInfo, now: datetime) -> tuple[Present, ...]:
    """Who is on duty now, by group, in the order of their shifts."""
    present = duties(connection, unit_id, Span(now, now + _AN_INSTANT))
    query = select(officers.c.id, officers.c.name).where(officers.c.id.in_({duty.officer_id for duty in present}))
    names = {row.id: row.name for row in connection.execute(query)}
    return tuple(Present(names[duty.officer_id], duty.group, duty.end.astimezone(zone)) for duty in present)


def _of_day(
    connection: Connection,
    unit_column: ColumnElement[int],
    unit_id: int,
    moment: ColumnElement[datetime],
    day: date,
    zone: ZoneInfo,
) -> int:
    """How many of a day; that many rows of an index, however many rows there are."""
    start, end = day_bounds(day, zone)
    query = select(func.count()).where(unit_column == unit_id, moment >= start, moment < end)
    return int(connection.execute(query).scalar_one())


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None
