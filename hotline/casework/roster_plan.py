"""Changing the roster: weekly shifts, exceptions and single shifts, put in and taken out again.

What has been stays as it was, so that the duty book of a past night still tells who sat there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from hotline.casework import audit
from hotline.casework.people import OfficerRow
from hotline.casework.roster import (
    Refusal,
    RosterRefusedError,
    add_single,
    refuse_far,
    roster_change,
    single_shift,
    weekly_shift,
    zone_of,
)
from hotline.casework.shift_patterns import EXTRA, REPLACED, Duty, RosterChange, WeeklyShift, moment
from hotline.errors import AccessRefusedError, NotFoundError
from storage.tables import officers, roster_exceptions, shift_patterns, shifts

ROLES_ON_DUTY = ("duty", "officer", "deputy", "chief")
ROLES_THAT_PLAN = frozenset({"deputy", "chief"})
_A_DAY = timedelta(days=1)
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Colleague:
    """An officer who can be put on duty; one without a telephone is never rung."""

    id: int
    name: str
    has_telephone: bool


@dataclass(frozen=True)
class PlannedWeekly:
    """A weekly shift with its row's id."""

    id: int
    shift: WeeklyShift

    @property
    def hours(self) -> tuple[Any, ...]:
        """What is the same for the days of the week that were put in together."""
        one = self.shift
        until = one.until_day or date.max
        return one.group, one.officer_id, one.starts, one.ends, one.from_day, until


@dataclass(frozen=True)
class PlannedChange:
    """An exception with its row's id."""

    id: int
    change: RosterChange


@dataclass(frozen=True)
class PlannedSingle:
    """A single shift with its row's id."""

    id: int
    shift: Duty


@dataclass(frozen=True)
class Plan:
    """All that makes the roster from now on."""

    weekly: Sequence[PlannedWeekly]
    changes: Sequence[PlannedChange]
    single: Sequence[PlannedSingle]


def colleagues(connection: Connection, unit_id: int) -> list[Colleague]:
    """The active officers of a unit who may be put on duty, by name."""
    query = select(officers.c.id, officers.c.name, officers.c.phone.is_not(None).label("reachable")).where(
        officers.c.unit_id == unit_id, officers.c.active, officers.c.role.in_(ROLES_ON_DUTY)
    )
    return [Colleague(row.id, row.name, row.reachable) for row in connection.execute(query.order_by(officers.c.name))]


def names(connection: Connection, unit_id: int) -> dict[int, str]:
    """The names of all who are or were officers of a unit."""
    query = select(officers.c.id, officers.c.name).where(officers.c.unit_id == unit_id)
    return {row.id: row.name for row in connection.execute(query)}


def plan(connection: Connection, unit_id: int, now: datetime) -> Plan:
    """What repeats, what is different and what stands alone, as far as it is not over."""
    today = now.astimezone(zone_of(connection, unit_id)).date()
    weekly, change, single = shift_patterns.c, roster_exceptions.c, shifts.c
    repeating = select(shift_patterns).where(weekly.until_day.is_(None) | (weekly.until_day > today))
    different = select(roster_exceptions).where(change.until_day >= today)
    alone = select(shifts).where(single.ends_at > now)
    return Plan(
        [
            PlannedWeekly(row.id, weekly_shift(row))
            for row in connection.execute(
                repeating.where(weekly.unit_id == unit_id).order_by(weekly.weekday, weekly.id)
            )
        ],
        [
            PlannedChange(row.id, roster_change(row))
            for row in connection.execute(
                different.where(change.unit_id == unit_id).order_by(change.from_day, change.id)
            )
        ],
        [
            PlannedSingle(row.id, single_shift(row))
            for row in connection.execute(alone.where(single.unit_id == unit_id).order_by(single.starts_at, single.id))
        ],
    )


# ---- putting in ----------------------------------------------------------------------------------------------------


def add_weekly(connection: Connection, planner: OfficerRow, shift: WeeklyShift, now: datetime) -> int:
    """Have a shift repeat every week. Raises AccessRefusedError, RosterRefusedError."""
    _refuse_stranger(connection, _unit_of(planner), shift.officer_id)
    refuse_far(shift.from_day.year)
    row = insert(shift_patterns).values(
        unit_id=planner.unit_id,
        officer_id=shift.officer_id,
        group_name=shift.group,
        weekday=shift.weekday,
        starts=shift.starts,
        ends=shift.ends,
        from_day=shift.from_day,
        until_day=shift.until_day,
    )
    row_id = int(connection.execute(row.returning(shift_patterns.c.id)).scalar_one())
    details: dict[str, audit.Detail] = {"officer": shift.officer_id, "group": shift.group, "weekday": shift.weekday}
    audit.append(connection, planner.id, "weekly shift added", f"weekly-shift/{row_id}", details, now)
    return row_id


def add_change(connection: Connection, planner: OfficerRow, change: RosterChange, now: datetime) -> int:
    """Have something be different on some days. Raises AccessRefusedError, RosterRefusedError."""
    unit_id = _unit_of(planner)
    if change.until_day < change.from_day:
        raise RosterRefusedError(Refusal.ENDS_FIRST)
    refuse_far(change.from_day.year, change.until_day.year)
    _refuse_stranger(connection, unit_id, change.officer_id)
    if change.kind == REPLACED:
        _refuse_stand_in(connection, unit_id, change)
    if change.kind == EXTRA:
        _refuse_extra_of_absent(connection, unit_id, change)
    row = insert(roster_exceptions).values(
        unit_id=unit_id,
        officer_id=change.officer_id,
        kind=change.kind,
        from_day=change.from_day,
        until_day=change.until_day,
        stand_in_id=change.stand_in_id,
        group_name=change.group,
        starts=change.starts,
        ends=change.ends,
    )
    row_id = int(connection.execute(row.returning(roster_exceptions.c.id)).scalar_one())
    details: dict[str, audit.Detail] = {
        "officer": change.officer_id,
        "kind": change.kind,
        "stand_in": change.stand_in_id,
    }
    audit.append(connection, planner.id, "exception added", f"roster-exception/{row_id}", details, now)
    return row_id


def add_once(connection: Connection, planner: OfficerRow, shift: Duty, now: datetime) -> int:
    """Put an officer on duty once. Raises AccessRefusedError, RosterRefusedError."""
    _refuse_stranger(connection, _unit_of(planner), shift.officer_id)
    row_id = add_single(connection, planner.unit_id, shift)
    details: dict[str, audit.Detail] = {"officer": shift.officer_id, "group": shift.group}
    audit.append(connection, planner.id, "shift added", f"shift/{row_id}", details, now)
    return row_id


def _unit_of(planner: OfficerRow) -> int:
    """The unit whose roster this officer may change. Raises AccessRefusedError."""
    if planner.role not in ROLES_THAT_PLAN:
        raise AccessRefusedError("The roster is changed by the chief and the deputies.")
    return planner.unit_id


def _refuse_stranger(connection: Connection, unit_id: int, officer_id: int | None) -> None:
    if officer_id not in {colleague.id for colleague in colleagues(connection, unit_id)}:
        raise RosterRefusedError(Refusal.STRANGER)


def _refuse_stand_in(connection: Connection, unit_id: int, change: RosterChange) -> None:
    if change.stand_in_id == change.officer_id:
        raise RosterRefusedError(Refusal.OWN_STAND_IN)
    _refuse_stranger(connection, unit_id, change.stand_in_id)


def _refuse_extra_of_absent(connection: Connection, unit_id: int, change: RosterChange) -> None:
    table = roster_exceptions.c
    away = select(table.id).where(
        table.unit_id == unit_id,
        table.officer_id == change.officer_id,
        table.kind != EXTRA,
        table.from_day <= change.until_day,
        table.until_day >= change.from_day,
    )
    if connection.execute(away).first() is not None:
        raise RosterRefusedError(Refusal.AWAY)


# ---- taking out ----------------------------------------------------------------------------------------------------


def end_weekly(connection: Connection, planner: OfficerRow, row_id: int, now: datetime) -> None:
    """No shift of it begins any more; one under way goes on.

    Raises AccessRefusedError, NotFoundError, RosterRefusedError."""
    row = _row(connection, shift_patterns, _unit_of(planner), row_id)
    last = _first_not_begun(weekly_shift(row), zone_of(connection, planner.unit_id), now)
    if row.until_day is not None and row.until_day <= last:
        raise RosterRefusedError(Refusal.IS_OVER)
    cut_or_delete(connection, shift_patterns, row, last if row.from_day < last else None)
    audit.append(
        connection, planner.id, "weekly shift ended", f"weekly-shift/{row_id}", {"officer": row.officer_id}, now
    )


def _first_not_begun(shift: WeeklyShift, zone: ZoneInfo, now: datetime) -> date:
    """Today, or tomorrow where today's shift of it has begun."""
    today = now.astimezone(zone).date()
    begun = today.weekday() == shift.weekday and moment(today, shift.starts, zone) <= now
    return today + _A_DAY if begun else today


def end_change(connection: Connection, planner: OfficerRow, row_id: int, now: datetime) -> None:
    """From today on it holds no more. Raises AccessRefusedError, NotFoundError, RosterRefusedError."""
    row = _row(connection, roster_exceptions, _unit_of(planner), row_id)
    today = now.astimezone(zone_of(connection, planner.unit_id)).date()
    if row.until_day < today:
        raise RosterRefusedError(Refusal.IS_OVER)
    cut_or_delete(connection, roster_exceptions, row, today - _A_DAY if row.from_day < today else None)
    details: dict[str, audit.Detail] = {"officer": row.officer_id, "kind": row.kind}
    audit.append(connection, planner.id, "exception ended", f"roster-exception/{row_id}", details, now)


def end_once(connection: Connection, planner: OfficerRow, row_id: int, now: datetime) -> None:
    """Take out a shift to come; end one that is under way.

    Raises AccessRefusedError, NotFoundError, RosterRefusedError."""
    row = _row(connection, shifts, _unit_of(planner), row_id)
    if row.ends_at <= now:
        raise RosterRefusedError(Refusal.IS_OVER)
    if row.starts_at < now:
        connection.execute(update(shifts).where(shifts.c.id == row.id).values(ends_at=now))
    else:
        connection.execute(delete(shifts).where(shifts.c.id == row.id))
    audit.append(connection, planner.id, "shift ended", f"shift/{row_id}", {"officer": row.officer_id}, now)


def _row(connection: Connection, table: Table, unit_id: int, row_id: int) -> Row[Any]:
    """A row of the unit's own, for us alone. Raises NotFoundError, also where it is another unit's."""
    query = select(table).where(table.c.id == row_id, table.c.unit_id == unit_id).with_for_update()
    row = connection.execute(query).first() if row_id <= _LARGEST_ID else None
    if row is None:
        raise NotFoundError
    return row


def cut_or_delete(connection: Connection, table: Table, row: Row[Any], until: date | None) -> None:
    """Let a row of the plan end on a day; None: take it out."""
    if until is None:
        connection.execute(delete(table).where(table.c.id == row.id))
    else:
        connection.execute(update(table).where(table.c.id == row.id).values(until_day=until))
