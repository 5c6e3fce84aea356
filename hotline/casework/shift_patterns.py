"""Who is on duty when: what repeats every week, what is different on some days, and single shifts. Pure.

A shift belongs to the day on which it begins, on the unit's own clock; so does every exception. Where the clock is
put forward, a time that it never shows means the moment of the change; where it is put back, the first of the two:
so shifts that meet on the clock meet in time, whatever the clock does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OFF = "off"
REPLACED = "replaced"
EXTRA = "extra"
KINDS = (OFF, REPLACED, EXTRA)
_A_DAY = timedelta(days=1)
# A shift of 24 hours over a day that the clock skips (Samoa, December 2011) is two dates away from its beginning.
DAYS_BEFORE = timedelta(days=2)


@dataclass(frozen=True)
class Span:
    """From a moment to a moment, the latter not included."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class WeeklyShift:
    """What repeats every week from `from_day` on; no shift of it begins on `until_day` or later."""

    officer_id: int
    group: str
    weekday: int
    starts: time
    ends: time
    from_day: date
    until_day: date | None = None


@dataclass(frozen=True)
class RosterChange:
    """What is different in an officer's shifts that begin on these days, the last one included."""

    officer_id: int
    kind: str
    from_day: date
    until_day: date
    stand_in_id: int | None = None
    group: str | None = None
    starts: time | None = None
    ends: time | None = None

    def holds_on(self, day: date) -> bool:
        return self.from_day <= day <= self.until_day


@dataclass(frozen=True)
class Duty:
    """An officer on duty in a group; `instead_of` is whose shift it was to be."""

    start: datetime
    end: datetime
    officer_id: int
    group: str
    instead_of: int | None = None

    def at(self, now: datetime) -> bool:
        return self.start <= now < self.end


def effective_shifts(
    weekly: Iterable[WeeklyShift],
    changes: Iterable[RosterChange],
    single: Iterable[Duty],
    zone: ZoneInfo,
    span: Span,
) -> list[Duty]:
    """The shifts that touch the span, the earliest first, with every exception taken into account."""
    repeating, known, days = list(weekly), list(changes), list(_days(span, zone))
    planned = [
        *(_weekly_on(day, shift, zone) for day in days for shift in repeating if _repeats_on(shift, day)),
        *(_extra_on(day, change, zone) for day in days for change in known if _adds_on(change, day)),
        *((shift.start.astimezone(zone).date(), shift) for shift in single),
    ]
    held = (_as_changed(duty, day, known) for day, duty in planned)
    touching = (duty for duty in held if duty and duty.start < duty.end and _touches(duty, span))
    return sorted(touching, key=lambda duty: duty.start)


def wall_span(day: date, starts: time, ends: time, zone: ZoneInfo) -> Span:
    """From one time of the day to another; to the next day's where that is not later."""
    return Span(moment(day, starts, zone), moment(day if starts < ends else day + _A_DAY, ends, zone))


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the clock of the zone shows this."""
    shown = datetime.combine(day, at)
    found = shown.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == shown:
        return found
    return _change_between(shown.replace(tzinfo=zone, fold=1).astimezone(UTC), found, zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment, to the second, at which the clock was put forward."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _days(span: Span, zone: ZoneInfo) -> Iterator[date]:
    """The days on which a shift that touches the span may have begun."""
    day, last = span.start.astimezone(zone).date() - DAYS_BEFORE, span.end.astimezone(zone).date()
    while day <= last:
        yield day
        day += _A_DAY


def _repeats_on(shift: WeeklyShift, day: date) -> bool:
    over = shift.until_day is not None and shift.until_day <= day
    return day.weekday() == shift.weekday and shift.from_day <= day and not over


def _weekly_on(day: date, shift: WeeklyShift, zone: ZoneInfo) -> tuple[date, Duty]:
    span = wall_span(day, shift.starts, shift.ends, zone)
    return day, Duty(span.start, span.end, shift.officer_id, shift.group)


def _adds_on(change: RosterChange, day: date) -> bool:
    return change.kind == EXTRA and change.holds_on(day)


def _extra_on(day: date, change: RosterChange, zone: ZoneInfo) -> tuple[date, Duty]:
    assert change.starts is not None and change.ends is not None and change.group is not None  # noqa: S101, PT018
    span = wall_span(day, change.starts, change.ends, zone)
    return day, Duty(span.start, span.end, change.officer_id, change.group)


def _as_changed(duty: Duty, day: date, changes: list[RosterChange]) -> Duty | None:
    """The shift as it is held: by the officer, by the stand-in, or by nobody.

    A stand-in who is off does not come. One whose own shifts go to somebody else does: so two officers swap."""
    away = [change for change in changes if change.holds_on(day) and change.kind != EXTRA]
    off = {change.officer_id for change in away if change.kind == OFF}
    if duty.officer_id in off:
        return None
    stand_in = next((change.stand_in_id for change in away if change.officer_id == duty.officer_id), None)
    if stand_in is None:
        return duty
    return None if stand_in in off else replace(duty, officer_id=stand_in, instead_of=duty.officer_id)


def _touches(duty: Duty, span: Span) -> bool:
    return duty.start < span.end and span.start < duty.end
