"""What the calls of a month come to, read off their tally."""

from collections import Counter
from statistics import median
from typing import Any

from sqlalchemy import Connection, func, select

from hotline.casework.statistics import call_tally as tallied
from hotline.casework.statistics.day_counts import Tally
from hotline.casework.statistics.figures import KINDS, UNKNOWN
from hotline.casework.statistics.span import CountedUnit, Span
from hotline.casework.unit_tree import absorbed
from storage.tables import calls, places

_MOST_NAMED = 1000


def call_figures(tally: Tally) -> dict[str, Any]:
    """The fields of Figures that count calls, but for their places."""
    return {
        "received": tally[tallied.RECEIVED, tallied.ALL],
        "hung_up": tally[tallied.HUNG_UP, tallied.ALL],
        "kinds": {kind: tally[tallied.KIND, kind] for kind in KINDS},
        "categories": by_key(tally, tallied.CATEGORY),
        "languages": by_key(tally, tallied.LANGUAGE),
        "hours": tuple(tally[tallied.HOUR, f"{hour:02}"] for hour in range(24)),
        "office_hours": tally[tallied.BAND, tallied.OFFICE],
        "evening": tally[tallied.BAND, tallied.EVENING],
        "night": tally[tallied.BAND, tallied.NIGHT],
        "answered_by_ivr": tally[tallied.ANSWERED_BY_IVR, tallied.ALL],
        "anonymous_reports": tally[tallied.ANONYMOUS, tallied.ALL],
        "minutes": minutes(tally[tallied.SECONDS, tallied.ALL]),
    }


def by_key(tally: Tally, dimension: str) -> dict[str, int]:
    """One dimension of the tally, in the order of its keys."""
    return {key: n for (of, key), n in sorted(tally.items()) if of == dimension and n}


def by_place(tally: Tally, names: dict[str, str]) -> dict[str, int]:
    """By the name of the place; calls that no report ties to one are under "unknown", at the end."""
    found: Counter[str] = Counter()
    for key, n in by_key(tally, tallied.PLACE).items():
        found[names.get(key, UNKNOWN)] += n
    unknown = found.pop(UNKNOWN, 0)
    return {**dict(sorted(found.items())), UNKNOWN: unknown}


def minutes(seconds: int) -> int:
    """Minutes on the line, the last one begun counted as whole."""
    return -(-seconds // 60)


def names_of_places(connection: Connection, unit: CountedUnit) -> dict[str, str]:
    """The places of a unit, of those that have merged into it and of its heirs, by their key in the tally."""
    known = [unit.id, *unit.heirs, *absorbed(connection, unit.id)]
    rows = connection.execute(select(places.c.id, places.c.name).where(places.c.unit_id.in_(known)))
    return {str(row.id): row.name for row in rows}


def first_officer_s(connection: Connection, unit: CountedUnit, span: Span) -> int | None:
    """How many seconds after its start an officer joined an emergency call: the median of those that one joined."""
    query = select(calls.c.started_at, calls.c.officer_joined_at).where(
        unit.owns(calls.c.unit_id, calls.c.line_id),
        span.holds(calls.c.started_at),
        calls.c.officer_joined_at.is_not(None),
        calls.c.kind == "emergency",
    )
    waited = [(row.officer_joined_at - row.started_at).total_seconds() for row in connection.execute(query)]
    return round(median(waited)) if waited else None


def in_course(connection: Connection, unit: CountedUnit, span: Span) -> int:
    """The calls of the month that are still on the line: counted once they end."""
    live = unit.owns(calls.c.unit_id, calls.c.line_id) & calls.c.ended_at.is_(None) & span.holds(calls.c.started_at)
    return int(connection.execute(select(func.count()).select_from(calls).where(live)).scalar_one())


def out_of_balance(connection: Connection, unit: CountedUnit, span: Span) -> tuple[int, ...]:
    """The calls that break the identity: ended, not hung up before any choice, and of no known kind.

    At most a thousand are named."""
    known = calls.c.kind.in_(KINDS)
    of_no_kind = calls.c.kind.is_(None) | ~known
    left_at_once = (calls.c.outcome == "hung_up") & calls.c.kind.is_(None)
    query = select(calls.c.id).where(
        unit.owns(calls.c.unit_id, calls.c.line_id),
        span.holds(calls.c.started_at),
        calls.c.ended_at.is_not(None),
        of_no_kind,
        func.coalesce(left_at_once, False).is_(False),
    )
    return tuple(connection.scalars(query.order_by(calls.c.id).limit(_MOST_NAMED)))
