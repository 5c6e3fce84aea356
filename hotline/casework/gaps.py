"""Times at which nobody is on duty: shown a week ahead, alarmed an hour ahead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework.alarms import raise_alarm
from hotline.casework.roster import DUTY, duties, zone_of
from hotline.casework.shift_patterns import Duty, Span
from storage.tables import lines, officers

WHAT = "roster_gap"
AHEAD = timedelta(hours=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_IN_SERVICE = lines.c.retired_at.is_(None)
_LOOKED_BACK = timedelta(days=35)  # an older end of the last shift is as good as none


@dataclass(frozen=True)
class Gap:
    """A time at which nobody of a group can be rung.

    `start` is None where nobody could before, either; `end` where it is beyond what was looked at."""

    group: str
    start: datetime | None
    end: datetime | None


def uncovered(covered: Iterable[Duty], span: Span) -> list[Span]:
    """The parts of a span in which no shift is held, the earliest first."""
    found, reached = [], span.start
    for duty in sorted(covered, key=lambda duty: duty.start):
        if duty.start >= span.end:
            break
        if duty.start > reached:
            found.append(Span(reached, duty.start))
        reached = max(reached, duty.end)
    return [*found, Span(reached, span.end)] if reached < span.end else found


def gaps_of(connection: Connection, unit_id: int, groups: Sequence[str], span: Span) -> list[Gap]:
    """The gaps that touch a span, in each of the groups, on the unit's clock; an officer without a telephone fills
    none."""
    zone, held = zone_of(connection, unit_id), reachable_on(connection, unit_id, span)
    found = [
        Gap(group, _start(connection, unit_id, group, gap, span), None if gap.end == span.end else gap.end)
        for group in groups
        for gap in uncovered((duty for duty in held if duty.group == group), span)
    ]
    return sorted((_local(gap, zone) for gap in found), key=lambda gap: gap.start or _LONG_AGO)


def _start(connection: Connection, unit_id: int, group: str, gap: Span, span: Span) -> datetime | None:
    """When a gap began, also where that was before the span."""
    if gap.start > span.start:
        return gap.start
    before = reachable_on(connection, unit_id, Span(span.start - _LOOKED_BACK, span.start))
    return max((duty.end for duty in before if duty.group == group), default=None)


def _local(gap: Gap, zone: ZoneInfo) -> Gap:
    start, end = (at.astimezone(zone) if at else None for at in (gap.start, gap.end))
    return Gap(gap.group, start, end)


def coming_gap(connection: Connection, unit_id: int, now: datetime) -> Gap | None:
    """The gap in the duty group that is there or begins within the hour. None for a unit that answers no line."""
    if connection.execute(select(lines.c.id).where(lines.c.unit_id == unit_id, _IN_SERVICE)).first() is None:
        return None
    return next(iter(gaps_of(connection, unit_id, (DUTY,), Span(now, now + AHEAD))), None)


def coming_gaps(connection: Connection, now: datetime) -> list[tuple[int, Gap]]:
    """The coming gap of every unit that has one, with the unit's id."""
    found = ((unit_id, coming_gap(connection, unit_id, now)) for unit_id in _units_in_service(connection))
    return [(unit_id, gap) for unit_id, gap in found if gap is not None]


def alarm_gap(connection: Connection, unit_id: int, gap: Gap, now: datetime) -> None:
    """Raise the alarm for a gap; only once, however often it is seen coming."""
    since = gap.start.astimezone(UTC).isoformat() if gap.start else "ever"
    raise_alarm(connection, WHAT, f"{unit_id}:{gap.group}:{since}", {"group": gap.group, "since": since}, now, unit_id)


def _units_in_service(connection: Connection) -> list[int]:
    return list(connection.scalars(select(lines.c.unit_id).where(_IN_SERVICE).distinct().order_by(lines.c.unit_id)))


def reachable_on(connection: Connection, unit_id: int, span: Span) -> list[Duty]:
    """The shifts of those who can be rung."""
    query = select(officers.c.id).where(officers.c.unit_id == unit_id, officers.c.active, officers.c.phone.is_not(None))
    reachable = frozenset(connection.scalars(query))
    return [duty for duty in duties(connection, unit_id, span) if duty.officer_id in reachable]
