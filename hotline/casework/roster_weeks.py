"""The roster as it hangs on the wall: day by day, who is on duty, and where nobody is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hotline.casework.gaps import Gap, gaps_of
from hotline.casework.people import OfficerRow
from hotline.casework.roster import GROUPS, duties, on_a_call, zone_of
from hotline.casework.roster_plan import ROLES_THAT_PLAN, colleagues, names
from hotline.casework.shift_patterns import Duty, Span, moment
from hotline.errors import AccessRefusedError

ROLES_THAT_READ = frozenset({"duty", "officer", "deputy", "chief", "administrator"})
DAYS = 14
_LONG = timedelta(hours=26)  # a shift that is no longer stands with the day on which it begins, and only there
_A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class ShownShift:
    """A shift on the wall, its times on the unit's clock. `unreachable`: there is no telephone to ring."""

    name: str
    group: str
    start: datetime
    end: datetime
    instead_of: str | None
    now: bool
    talking: bool
    unreachable: bool


@dataclass(frozen=True)
class ShownDay:
    """A day on the wall with its shifts by group."""

    day: date
    today: bool
    groups: Mapping[str, Sequence[ShownShift]]


@dataclass(frozen=True)
class Wall:
    """Two weeks from a Monday; who is on duty now; the gaps of the next seven days."""

    monday: date
    days: Sequence[ShownDay]
    now: Sequence[ShownShift]
    gaps: Sequence[Gap]
    may_plan: bool


def wall(connection: Connection, officer: OfficerRow, monday: date | None, now: datetime) -> Wall:
    """The roster of the officer's own unit; without a `monday`, from this week's. Raises AccessRefusedError."""
    if officer.role not in ROLES_THAT_READ:
        raise AccessRefusedError("The roster is for those who work by it.")
    zone = zone_of(connection, officer.unit_id)
    today = now.astimezone(zone).date()
    first = monday or today - timedelta(days=today.weekday())
    days = [first + timedelta(days=number) for number in range(DAYS)]
    show = _Showing(connection, officer.unit_id, zone, now)
    span = Span(_midnight(first, zone), _midnight(first + timedelta(days=DAYS), zone))
    shifts = [show(duty) for duty in duties(connection, officer.unit_id, span)]
    present = duties(connection, officer.unit_id, Span(now, now + timedelta(microseconds=1)))
    return Wall(
        monday=first,
        days=[_day(day, day == today, shifts) for day in days],
        now=sorted((show(duty) for duty in present), key=lambda shift: GROUPS.index(shift.group)),
        gaps=gaps_of(connection, officer.unit_id, GROUPS, Span(now, now + _A_WEEK)),
        may_plan=officer.role in ROLES_THAT_PLAN,
    )


class _Showing:
    """Turns shifts into shown ones, knowing the names and who talks."""

    def __init__(self, connection: Connection, unit_id: int, zone: ZoneInfo, now: datetime) -> None:
        self._names = names(connection, unit_id)
        self._reachable = {one.id for one in colleagues(connection, unit_id) if one.has_telephone}
        self._talking = on_a_call(connection, unit_id)
        self._zone, self._now = zone, now

    def __call__(self, duty: Duty) -> ShownShift:
        present = duty.at(self._now)
        return ShownShift(
            name=self._names.get(duty.officer_id, "?"),
            group=duty.group,
            start=duty.start.astimezone(self._zone),
            end=duty.end.astimezone(self._zone),
            instead_of=self._names.get(duty.instead_of) if duty.instead_of is not None else None,
            now=present,
            talking=present and duty.officer_id in self._talking,
            unreachable=duty.officer_id not in self._reachable,
        )


def _day(day: date, today: bool, shifts: Sequence[ShownShift]) -> ShownDay:
    of_day = [shift for shift in shifts if _stands_with(shift, day)]
    return ShownDay(day, today, {group: [shift for shift in of_day if shift.group == group] for group in GROUPS})


def _stands_with(shift: ShownShift, day: date) -> bool:
    if shift.start.date() == day:
        return True
    reaches_in = shift.start.date() < day and shift.end.replace(tzinfo=None) > datetime.combine(day, time())
    return reaches_in and shift.end - shift.start > _LONG


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return moment(day, time(), zone)
