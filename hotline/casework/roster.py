"""Who is on duty now, and by which number an officer is rung."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, union_all

from hotline.casework.once import insert_once
from hotline.casework.shift_patterns import DAYS_BEFORE, Duty, RosterChange, Span, WeeklyShift, effective_shifts
from hotline.errors import HotlineError, NotFoundError
from storage.sealing import ApplicationSecret
from storage.tables import call_officers, calls, officers, ringings, roster_exceptions, shift_patterns, shifts, units

DUTY = "duty"
COMMAND = "command"
GROUPS = (DUTY, COMMAND)
_AN_INSTANT = timedelta(microseconds=1)


class Refusal(Enum):
    """Why a change of the roster is refused."""

    ENDS_FIRST = "A shift must end after it starts."
    TOO_FAR = "The roster reaches from the year 2000 to the year 2199."
    STRANGER = "That is not an officer of this unit."
    AWAY = "The officer is off or replaced on that day; remove that exception first."
    OWN_STAND_IN = "An officer cannot stand in for himself."
    IS_OVER = "That is over; what has been cannot be changed."


class RosterRefusedError(HotlineError, ValueError):
    """The roster cannot be changed like that."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class OnDuty:
    """An officer who may be rung now."""

    officer_id: int
    number: str = field(repr=False)


def on_duty(connection: Connection, unit_id: int, group: str, secret: ApplicationSecret, now: datetime) -> list[OnDuty]:
    """The officers of a group to ring now, in the order of their shifts: on duty, with a telephone, not on a call."""
    busy = on_a_call(connection, unit_id)
    return [one for one in rostered(connection, unit_id, group, secret, now) if one.officer_id not in busy]


def rostered(
    connection: Connection, unit_id: int, group: str, secret: ApplicationSecret, now: datetime
) -> list[OnDuty]:
    """The officers of a group on duty now who have a telephone, whether they are talking or not."""
    present = duties(connection, unit_id, Span(now, now + _AN_INSTANT))
    wanted = list(dict.fromkeys(duty.officer_id for duty in present if duty.group == group))
    telephones = _telephones(connection, wanted, secret)
    return [OnDuty(officer_id, telephones[officer_id]) for officer_id in wanted if officer_id in telephones]


def duties(connection: Connection, unit_id: int, span: Span) -> list[Duty]:
    """All shifts of a unit that touch the span, the earliest first."""
    zone, single = zone_of(connection, unit_id), _single(connection, unit_id, span)
    # A long single shift is changed by what holds on the day on which it began.
    first = _first_day(min([span.start, *(shift.start for shift in single)]), zone)
    weekly, changes = _weekly(connection, unit_id, first), _changes(connection, unit_id, first)
    return effective_shifts(weekly, changes, single, zone, span)


def on_a_call(connection: Connection, unit_id: int) -> frozenset[int]:
    """The officers who are talking to a caller now, or have taken one who is on the way to them."""
    talking = (
        select(call_officers.c.officer_id)
        .join(calls, (calls.c.id == call_officers.c.call_id) & (calls.c.visit == call_officers.c.visit))
        .where(calls.c.unit_id == unit_id, calls.c.ended_at.is_(None))
    )
    taken = (
        select(ringings.c.taken_by)
        .join(calls, calls.c.id == ringings.c.call_id)
        .where(calls.c.unit_id == unit_id, ringings.c.over_at.is_(None), ringings.c.left_at.is_(None))
        .where(ringings.c.taken_by.is_not(None))
    )
    return frozenset(connection.scalars(union_all(talking, taken)))


def took_call(connection: Connection, call_id: int, visit: int, officer_id: int, now: datetime) -> None:
    """Note which officer took a call; of two at the same visit, the first."""
    row = {"call_id": call_id, "visit": visit, "officer_id": officer_id, "joined_at": now}
    insert_once(connection, call_officers, row)


def first_to_take(connection: Connection, call_id: int) -> int | None:
    """The officer who took a call first."""
    of_call = select(call_officers.c.officer_id).where(call_officers.c.call_id == call_id)
    return connection.scalar(of_call.order_by(call_officers.c.visit).limit(1))


def officer_of_number(connection: Connection, unit_id: int, number: str, secret: ApplicationSecret) -> int | None:
    """Whose telephone this is (E.164), among the unit's officers."""
    query = select(officers.c.id).where(officers.c.unit_id == unit_id).order_by(officers.c.id)
    found = _telephones(connection, connection.scalars(query), secret)
    return next((officer_id for officer_id, known in found.items() if known == number), None)


def phone_of(sealed: bytes, login: str, secret: ApplicationSecret) -> str:
    return secret.decrypt("officer-phone", sealed, login).decode()


def add_shift(connection: Connection, login: str, group: str, starts_at: datetime, ends_at: datetime) -> int:
    """Put an officer on duty. Raises NotFoundError for an unknown login, RosterRefusedError (a ValueError) for times
    that make no shift or on which the officer is away."""
    officer = connection.execute(select(officers.c.id, officers.c.unit_id).where(officers.c.login == login)).first()
    if officer is None:
        raise NotFoundError(f"There is no officer with the sign-in {login!r}.")
    return add_single(connection, officer.unit_id, Duty(starts_at, ends_at, officer.id, group))


def add_single(connection: Connection, unit_id: int, shift: Duty) -> int:
    """Put an officer of the unit on duty from a moment to a moment. Raises RosterRefusedError."""
    if shift.end <= shift.start:
        raise RosterRefusedError(Refusal.ENDS_FIRST)
    refuse_far(shift.start.year, shift.end.year)
    refuse_away(connection, unit_id, shift)
    row = insert(shifts).values(
        unit_id=unit_id,
        officer_id=shift.officer_id,
        group_name=shift.group,
        starts_at=shift.start,
        ends_at=shift.end,
    )
    return int(connection.execute(row.returning(shifts.c.id)).scalar_one())


def refuse_far(*years: int) -> None:
    """Raise RosterRefusedError for years that calendars of other zones may not reach."""
    if not all(2000 <= year < 2200 for year in years):
        raise RosterRefusedError(Refusal.TOO_FAR)


def refuse_away(connection: Connection, unit_id: int, shift: Duty) -> None:
    """Raise RosterRefusedError where an exception of that day would undo the shift at once."""
    zone = zone_of(connection, unit_id)
    changes = _changes(connection, unit_id, _first_day(shift.start, zone))
    if shift not in effective_shifts((), changes, [shift], zone, Span(shift.start, shift.end)):
        raise RosterRefusedError(Refusal.AWAY)


def zone_of(connection: Connection, unit_id: int) -> ZoneInfo:
    return ZoneInfo(connection.execute(select(units.c.timezone).where(units.c.id == unit_id)).scalar_one())


# ---- rows ----------------------------------------------------------------------------------------------------------


def weekly_shift(row: Row[Any]) -> WeeklyShift:
    """A row of `shift_patterns`."""
    return WeeklyShift(row.officer_id, row.group_name, row.weekday, row.starts, row.ends, row.from_day, row.until_day)


def roster_change(row: Row[Any]) -> RosterChange:
    """A row of `roster_exceptions`."""
    return RosterChange(
        row.officer_id,
        row.kind,
        row.from_day,
        row.until_day,
        row.stand_in_id,
        row.group_name,
        row.starts,
        row.ends,
    )


def single_shift(row: Row[Any]) -> Duty:
    """A row of `shifts`."""
    return Duty(row.starts_at, row.ends_at, row.officer_id, row.group_name)


def _weekly(connection: Connection, unit_id: int, first: date) -> list[WeeklyShift]:
    table = shift_patterns.c
    query = (
        select(shift_patterns)
        .where(table.unit_id == unit_id, table.until_day.is_(None) | (table.until_day > first))
        .order_by(table.id)
    )
    return [weekly_shift(row) for row in connection.execute(query)]


def _changes(connection: Connection, unit_id: int, first: date) -> list[RosterChange]:
    table = roster_exceptions.c
    query = select(roster_exceptions).where(table.unit_id == unit_id, table.until_day >= first).order_by(table.id)
    return [roster_change(row) for row in connection.execute(query)]


def _first_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date() - DAYS_BEFORE


def _single(connection: Connection, unit_id: int, span: Span) -> list[Duty]:
    table = shifts.c
    query = (
        select(shifts)
        .where(table.unit_id == unit_id, table.starts_at < span.end, table.ends_at > span.start)
        .order_by(table.starts_at, table.id)
    )
    return [single_shift(row) for row in connection.execute(query)]


def _telephones(connection: Connection, officer_ids: Iterable[int], secret: ApplicationSecret) -> dict[int, str]:
    query = select(officers.c.id, officers.c.login, officers.c.phone).where(
        officers.c.id.in_(list(officer_ids)), officers.c.active, officers.c.phone.is_not(None)
    )
    return {row.id: phone_of(row.phone, row.login, secret) for row in connection.execute(query)}
