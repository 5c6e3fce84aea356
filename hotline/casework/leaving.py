"""Who leaves: the account is closed, its sessions end at once, and its shifts are gone from the plan.

What has been stays in the roster, so that the duty book of a past night still tells who sat there."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from hotline.casework import audit
from hotline.casework.roster import duties, zone_of
from hotline.casework.roster_plan import Plan, cut_or_delete, plan
from hotline.casework.shift_patterns import OFF, Duty, Span, moment
from storage.tables import console_sessions, grants, officers, roster_exceptions, shift_patterns, shifts

_A_DAY = timedelta(days=1)
_AN_INSTANT = timedelta(microseconds=1)


def deactivate(connection: Connection, officer_id: int, now: datetime, by: int | str = audit.COMMAND_LINE) -> int:
    """Close an account: no sign-in, no session, no keys, no shift from now on. Returns how many shifts were ended."""
    unit_id = connection.execute(select(officers.c.unit_id).where(officers.c.id == officer_id)).scalar_one()
    connection.execute(officers.update().where(officers.c.id == officer_id).values(active=False))
    connection.execute(grants.delete().where(grants.c.officer_id == officer_id))
    end_sessions(connection, officer_id)
    ended = _end_duties(connection, unit_id, officer_id, now)
    details = {"shifts": ended}
    audit.append(connection, by, "officer dismissed", f"officer/{officer_id}", details, now, unit_id=unit_id)
    return ended


def end_sessions(connection: Connection, officer_id: int, but: str | None = None) -> int:
    """Sign an officer out everywhere, or everywhere but in one session; return of how many."""
    ended = delete(console_sessions).where(console_sessions.c.officer_id == officer_id)
    return connection.execute(ended if but is None else ended.where(console_sessions.c.id != but)).rowcount


def plan_of(connection: Connection, unit_id: int, officer_id: int, now: datetime) -> Plan:
    """What the roster has for one officer from now on, as stand-in too."""
    found = plan(connection, unit_id, now)
    return Plan(
        [one for one in found.weekly if one.shift.officer_id == officer_id],
        [one for one in found.changes if officer_id in (one.change.officer_id, one.change.stand_in_id)],
        [one for one in found.single if one.shift.officer_id == officer_id],
    )


def _end_duties(connection: Connection, unit_id: int, officer_id: int, now: datetime) -> int:
    """Take the officer out of the plan, as far as it is not over; return how many of its entries that ended."""
    zone, ending = zone_of(connection, unit_id), plan_of(connection, unit_id, officer_id, now)
    begun = _part_of(connection, unit_id, officer_id, Span(now, now + _AN_INSTANT))
    first = min((duty.start.astimezone(zone).date() for duty in begun), default=now.astimezone(zone).date())
    since = Span(moment(first, time(), zone), now + _AN_INSTANT)
    held = [duty for duty in _part_of(connection, unit_id, officer_id, since) if since.start <= duty.start < now]
    _cut(connection, officer_id, first, since.start)
    for duty in held:
        _put_in(connection, unit_id, replace(duty, end=min(duty.end, now)) if duty.officer_id == officer_id else duty)
    return len(ending.weekly) + len(ending.changes) + len(ending.single)


def _part_of(connection: Connection, unit_id: int, officer_id: int, span: Span) -> list[Duty]:
    """The shifts that the officer's entries in the plan make, whoever holds them."""
    return [duty for duty in duties(connection, unit_id, span) if officer_id in (duty.officer_id, duty.instead_of)]


def _cut(connection: Connection, officer_id: int, first: date, midnight: datetime) -> None:
    """Take out all that would begin on that day or later, for what was held is put in again."""
    weekly, change, single = shift_patterns.c, roster_exceptions.c, shifts.c
    going_on = (weekly.officer_id == officer_id) & (weekly.until_day.is_(None) | (weekly.until_day > first))
    for row in connection.execute(select(shift_patterns).where(going_on)).all():
        cut_or_delete(connection, shift_patterns, row, first if row.from_day < first else None)
    theirs = (change.officer_id == officer_id) | (change.stand_in_id == officer_id)
    for row in connection.execute(select(roster_exceptions).where(theirs, change.until_day >= first)).all():
        if row.stand_in_id == officer_id:
            _leave_unreplaced(connection, row, first)
        cut_or_delete(connection, roster_exceptions, row, first - _A_DAY if row.from_day < first else None)
    connection.execute(delete(shifts).where(single.officer_id == officer_id, single.starts_at >= midnight))


def _leave_unreplaced(connection: Connection, row: Row[Any], first: date) -> None:
    """Whoever was to be replaced is still away: so the gap shows."""
    off = {"kind": OFF, "from_day": max(first, row.from_day), "until_day": row.until_day}
    connection.execute(insert(roster_exceptions).values(unit_id=row.unit_id, officer_id=row.officer_id, **off))


def _put_in(connection: Connection, unit_id: int, duty: Duty) -> None:
    row = {"officer_id": duty.officer_id, "group_name": duty.group, "starts_at": duty.start, "ends_at": duty.end}
    connection.execute(insert(shifts).values(unit_id=unit_id, **row))
