"""What the line costs: minutes by day and line, and an alarm when a day is out of the ordinary. Never a refusal.

Carriers charge every minute begun, so that is what is counted: of a finished call its length, of one that runs what it
has lasted so far. The legs to officers are charged as well and not counted here; the carrier's bill has them.

At 80 % of the unit's limit (`minutes_a_day` of its file) there is a warning, at 100 % an alarm, each once a day.
Nothing else happens by itself, and that is a decision:

- Not answering would save the money and lose the call of the one who needs help. A flood hides an emergency.
- A shorter recording would cut off the witness and not the nuisance, who costs as much by silence in the menu; and a
  report broken off means a second call. A call ends anyway: every recording, every try and every step has its limit.
- So a person looks. The alarm says how many calls it were and how long the longest was: many short ones look like a
  machine (have the carrier block its number), one long one like a receiver that was not hung up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, select

from hotline.casework.alarms import raise_alarm
from hotline.casework.statistics.funnel import quarter_of, quarter_starts
from storage.tables import calls, lines, units

NEAR, PASSED = "minutes_nearly_used", "minutes_used"
NEAR_SHARE = 0.8
_LONGEST_CALL_S = 4 * 3600  # what still seems to run after that has only not been closed


@dataclass(frozen=True)
class LineDay:
    """One day of one line: calls begun on it, and the minutes begun in them."""

    day: date
    line: str  # the duty number, which stands on every card
    calls: int
    minutes: int
    longest: int  # minutes of the longest call


@dataclass(frozen=True)
class Cost:
    """Calls of one line that began in the same quarter of an hour: how many, their minutes, those of the longest."""

    line: str
    began_at: datetime
    calls: int
    minutes: int
    longest: int


@dataclass(frozen=True)
class CostlyDay:
    """A day of a unit that somebody must look at: `what` is NEAR or PASSED; the rest as in `LineDay`."""

    unit_id: int
    what: str
    day: date
    minutes: int
    limit: int
    calls: int
    longest: int


def minutes_by_day(
    connection: Connection, unit_id: int, since: datetime, until: datetime, now: datetime
) -> list[LineDay]:
    """The days of [since, until) in the unit's time zone on which it had calls, line by line, the earliest first."""
    zone = ZoneInfo(str(connection.scalar(select(units.c.timezone).where(units.c.id == unit_id))))
    theirs = (calls.c.unit_id == unit_id) & (calls.c.started_at >= since) & (calls.c.started_at < until)
    return days_of([*_charged(connection, theirs), *_running(connection, theirs, now)], zone)


def days_of(costs: Iterable[Cost], zone: ZoneInfo) -> list[LineDay]:
    """Costs, added up by line and by the day on which the calls began."""
    found: dict[tuple[date, str], list[Cost]] = {}
    for one in costs:
        found.setdefault((one.began_at.astimezone(zone).date(), one.line), []).append(one)
    return [
        LineDay(
            day,
            line,
            sum(one.calls for one in each),
            sum(one.minutes for one in each),
            max(one.longest for one in each),
        )
        for (day, line), each in sorted(found.items())
    ]


def minutes_begun(began_at: datetime, until: datetime) -> int:
    """The minutes that a carrier charges for a call that lasted so long, or seems to."""
    lasted = min(max((until - began_at) / timedelta(seconds=1), 0), _LONGEST_CALL_S)
    return ceil(lasted / 60)


def costly_days(connection: Connection, now: datetime) -> list[CostlyDay]:
    """The units whose day has cost so much by now that somebody must hear of it."""
    found = []
    for unit_id, limit, timezone in connection.execute(_LIMITS).all():
        today = _midnight(now, ZoneInfo(timezone))
        lines_today = minutes_by_day(connection, unit_id, today, now + timedelta(seconds=1), now)
        minutes = sum(one.minutes for one in lines_today)
        if what := judged(minutes, limit):
            counted, longest = sum(one.calls for one in lines_today), max(one.longest for one in lines_today)
            found.append(CostlyDay(unit_id, what, today.date(), minutes, limit, counted, longest))
    return found


def alarm_cost(connection: Connection, day: CostlyDay, now: datetime) -> None:
    """Raise the alarm of a costly day; a second time on the same day changes nothing."""
    details = {"minutes": day.minutes, "limit": day.limit, "calls": day.calls, "longest": day.longest}
    raise_alarm(connection, day.what, f"{day.unit_id}:{day.day:%Y-%m-%d}", details, now, day.unit_id)


def judged(minutes: int, limit: int) -> str | None:
    """What a day's minutes give cause for: PASSED, NEAR, or nothing."""
    if minutes >= limit:
        return PASSED
    return NEAR if minutes >= NEAR_SHARE * limit else None


def limit_of(connection: Connection, unit_id: int) -> int:
    """How many minutes a day the unit expects at most."""
    return int(connection.execute(select(units.c.minutes_a_day).where(units.c.id == unit_id)).scalar_one())


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _charged(connection: Connection, theirs: ColumnElement[bool]) -> list[Cost]:
    """The calls of which the carrier has told how long they were: counted where they are, however many."""
    minutes = (calls.c.duration_s + 59) // 60
    quarter = quarter_of(calls.c.started_at)
    query = (
        select(lines.c.number, quarter, func.count(), func.sum(minutes), func.max(minutes))
        .join_from(calls, lines, lines.c.id == calls.c.line_id)
        .where(theirs, calls.c.duration_s.is_not(None))
        .group_by(lines.c.number, quarter)
    )
    return [
        Cost(line, quarter_starts(int(began)), int(count), int(total), int(longest))
        for line, began, count, total, longest in connection.execute(query)
    ]


def _running(connection: Connection, theirs: ColumnElement[bool], now: datetime) -> list[Cost]:
    """The few others: what runs, and what ended without a word about its length."""
    query = select(lines.c.number, calls.c.started_at, calls.c.ended_at).join(lines, lines.c.id == calls.c.line_id)
    found = []
    for line, began_at, ended_at in connection.execute(query.where(theirs, calls.c.duration_s.is_(None))):
        minutes = minutes_begun(began_at, ended_at or now)
        found.append(Cost(line, began_at, 1, minutes, minutes))
    return found


_LIMITS = select(units.c.id, units.c.minutes_a_day, units.c.timezone).order_by(units.c.id)
