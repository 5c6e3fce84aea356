"""Where callers are lost: node by node, language by language; when they call, and how long an emergency waits.

From the rows of `calls` and `steps` alone: a step says at which node a caller waited, in which language and since
when, and stays when the call is over. Nothing here can tell one caller from another.

The database counts and hands over histograms (nodes × seconds, quarters of an hour), so that what travels does not
grow with the calls; the medians are taken here."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Integer, Select, cast, distinct, extract, func, null, select

from hotline.casework.lines import flow_of
from ivr_flows.definition import Dial, Flow
from storage.tables import calls, steps, units

HOURS = 24
_QUARTER_S = 900  # every zone is a whole number of quarters of an hour away from UTC
_WITH_NOTHING = ("left", "hung_up")  # outcomes of calls that got nothing and left nothing
_LONGEST_WAIT_S = 3600  # at one node; beyond it a row is wrong

Histogram = Mapping[int, int]
"""How often each value was seen."""


@dataclass(frozen=True)
class NodeFigures:
    """What happened at one node in one language (None: in all).

    `reached`: calls that waited there. `left`: calls whose last place it was; of these `hung_up` were not at their end
    yet, and of those `lost` had neither an answer nor an officer nor left a word: who hangs up after the receipt code
    has what the call was for. `median_s`: how long one visit took, seconds, words included; None without visits."""

    node: str
    language: str | None
    reached: int
    left: int
    hung_up: int
    lost: int
    median_s: float | None

    @property
    def lost_share(self) -> float:
        """Of all calls that came here, the part that was lost here."""
        return self.lost / self.reached if self.reached else 0.0


@dataclass(frozen=True)
class Funnel:
    """The calls that began in [since, until): `calls` in all, `ended` so far; `unseen` ended without a step of ours
    (known from the carrier's list only). The `left` of all nodes and `unseen` add up to `ended`."""

    calls: int
    ended: int
    unseen: int
    nodes: tuple[NodeFigures, ...]  # all languages together, most reached first
    by_language: Mapping[str, tuple[NodeFigures, ...]]
    hours: tuple[int, ...]  # calls begun in each hour of the unit's day
    emergencies: int
    answered_emergencies: int
    first_officer_s: float | None  # median from the first ring to an officer on the line, emergencies
    median_steps: float | None
    median_seconds: float | None


def funnel(
    connection: Connection, unit_id: int, since: datetime, until: datetime, language: str | None = None
) -> Funnel:
    """The funnel of a unit's calls begun in [since, until); with `language`, of what was heard in that language."""
    begun = (calls.c.unit_id == unit_id) & (calls.c.started_at >= since) & (calls.c.started_at < until)
    if language is not None:
        begun &= calls.c.language == language
    counted, ended, unseen = _counts(connection, begun)
    figures = node_figures(_reached(connection, begun), _left(connection, begun), _waits(connection, begun))
    rings = _rings(connection, begun)
    answered = [seconds for seconds in rings if seconds is not None]
    return Funnel(
        calls=counted,
        ended=ended,
        unseen=unseen,
        nodes=figures[None],
        by_language={name: figures[name] for name in sorted(name for name in figures if name is not None)},
        hours=hours_of(_quarters(connection, begun), _zone(connection, unit_id)),
        emergencies=len(rings),
        answered_emergencies=len(answered),
        first_officer_s=median_of(Counter(answered)),
        median_steps=median_of(_histogram(connection, begun & (calls.c.visit > 0), calls.c.visit)),
        median_seconds=median_of(_histogram(connection, begun & calls.c.duration_s.is_not(None), calls.c.duration_s)),
    )


# ---- decisions, pure -----------------------------------------------------------------------------------------------

_At = tuple[str, str | None]  # node and language; None: in any


class Gone(NamedTuple):
    """How the calls ended whose last place this was."""

    left: int
    hung_up: int
    lost: int


NOBODY = Gone(0, 0, 0)


def node_figures(
    reached: Mapping[_At, int], left: Mapping[_At, Gone], waits: Mapping[_At, Histogram]
) -> dict[str | None, tuple[NodeFigures, ...]]:
    """The figures of every node by language, and under None of all languages together.

    `reached` has an entry under None for every node, because a call that changes its language there came but once.
    `left`: how the calls ended whose last place it was."""
    seen = {at for at in (*reached, *left) if at[1] is not None}
    languages: dict[str | None, list[NodeFigures]] = {None: []}
    for at in seen:
        one = _figures(*at, reached.get(at, 0), [left.get(at, NOBODY)], [waits.get(at, {})])
        languages.setdefault(at[1], []).append(one)
    for node in {node for node, _ in seen}:
        here = [at for at in seen if at[0] == node]
        gone, waited = [left.get(at, NOBODY) for at in here], [waits.get(at, {}) for at in here]
        languages[None].append(_figures(node, None, reached.get((node, None), 0), gone, waited))
    return {name: tuple(sorted(found, key=lambda one: (-one.reached, one.node))) for name, found in languages.items()}


def _figures(
    node: str,
    language: str | None,
    reached: int,
    left: Sequence[Gone],
    waits: Sequence[Histogram],
) -> NodeFigures:
    together = sum((Counter(one) for one in waits), Counter[int]())
    gone = Gone(*(sum(each) for each in zip(*left, strict=True)))
    return NodeFigures(node, language, reached, gone.left, gone.hung_up, gone.lost, median_of(together))


def median_of(seen: Histogram) -> float | None:
    """The median of a histogram's values; None where there are none."""
    values = sorted(value for value, count in seen.items() if count > 0)
    if not values:
        return None
    ends = list(accumulate(seen[value] for value in values))
    total = ends[-1]

    def nth(place: int) -> int:
        return next(value for value, end in zip(values, ends, strict=True) if end > place)

    return (nth((total - 1) // 2) + nth(total // 2)) / 2


def hours_of(quarters: Histogram, zone: ZoneInfo) -> tuple[int, ...]:
    """24 numbers: the calls of each hour on the unit's wall. `quarters`: calls by quarter of an hour since 1970."""
    hours = [0] * HOURS
    for quarter, count in quarters.items():
        hours[quarter_starts(quarter).astimezone(zone).hour] += count
    return tuple(hours)


def rang_for_s(walked: Iterable[tuple[str, datetime]], flow: Flow, joined_at: datetime) -> int | None:
    """Seconds from the first ring to the officer: from the first step at a place that rings officers. None: no ring
    was noted before."""
    ringing = (at for node, at in walked if isinstance(flow.nodes.get(node), Dial) and at <= joined_at)
    first = min(ringing, default=None)
    return None if first is None else round((joined_at - first) / timedelta(seconds=1))


# ---- what the database counts --------------------------------------------------------------------------------------


def _counts(connection: Connection, begun: ColumnElement[bool]) -> tuple[int, int, int]:
    over = calls.c.ended_at.is_not(None)
    query = select(func.count(), func.count().filter(over), func.count().filter(over & (calls.c.visit == 0))).where(
        begun
    )
    counted, ended, unseen = connection.execute(query).one()
    return int(counted), int(ended), int(unseen)


def _reached(connection: Connection, begun: ColumnElement[bool]) -> dict[_At, int]:
    each = func.count(distinct(steps.c.call_id))
    walked = select(steps.c.node).join_from(calls, steps, steps.c.call_id == calls.c.id).where(begun)
    in_each = walked.add_columns(steps.c.language, each).group_by(steps.c.node, steps.c.language)
    in_any = walked.add_columns(null(), each).group_by(steps.c.node)
    rows = (*connection.execute(in_each), *connection.execute(in_any))
    return {(node, language): int(count) for node, language, count in rows}


def _left(connection: Connection, begun: ColumnElement[bool]) -> dict[_At, Gone]:
    hung_up = calls.c.hung_up_at.is_not(None)
    lost = hung_up & calls.c.outcome.in_(_WITH_NOTHING)
    query = (
        select(
            calls.c.node,
            calls.c.language,
            func.count(),
            func.count().filter(hung_up),
            func.count().filter(lost),
        )
        .where(begun, calls.c.ended_at.is_not(None), calls.c.visit > 0)
        .group_by(calls.c.node, calls.c.language)
    )
    return {(node, language): Gone(*map(int, counted)) for node, language, *counted in connection.execute(query)}


def _waits(connection: Connection, begun: ColumnElement[bool]) -> dict[_At, Counter[int]]:
    """How many visits of each node took how many seconds, to the next step or to the call's end."""
    next_at = func.lead(steps.c.at).over(partition_by=steps.c.call_id, order_by=steps.c.visit)
    until = func.coalesce(next_at, calls.c.ended_at)
    seconds = cast(extract("epoch", until), Integer) - cast(extract("epoch", steps.c.at), Integer)
    walked = (
        select(steps.c.node, steps.c.language, seconds.label("seconds"))
        .join_from(calls, steps, steps.c.call_id == calls.c.id)
        .where(begun)
        .subquery()
    )
    query = (
        select(walked.c.node, walked.c.language, walked.c.seconds, func.count())
        .where(walked.c.seconds.between(0, _LONGEST_WAIT_S))
        .group_by(walked.c.node, walked.c.language, walked.c.seconds)
    )
    found: dict[_At, Counter[int]] = {}
    for node, language, waited, count in connection.execute(query):
        found.setdefault((node, language), Counter())[int(waited)] += int(count)
    return found


def _quarters(connection: Connection, begun: ColumnElement[bool]) -> dict[int, int]:
    return _counted(connection, select(quarter_of(calls.c.started_at), func.count()).where(begun).group_by("quarter"))


def _histogram(connection: Connection, wanted: ColumnElement[bool], value: ColumnElement[int]) -> dict[int, int]:
    return _counted(connection, select(value, func.count()).where(wanted).group_by(value))


def _counted(connection: Connection, query: Select[int, int]) -> dict[int, int]:
    return {int(value): int(count) for value, count in connection.execute(query)}


def quarter_of(moment: ColumnElement[datetime]) -> ColumnElement[int]:
    """The quarter of an hour since 1970 in which a moment lies, named "quarter"."""
    return (cast(func.floor(extract("epoch", moment)), Integer) // _QUARTER_S).label("quarter")


def quarter_starts(quarter: int) -> datetime:
    """The moment at which a quarter of an hour since 1970 begins."""
    return datetime.fromtimestamp(quarter * _QUARTER_S, UTC)


def _rings(connection: Connection, begun: ColumnElement[bool]) -> list[int | None]:
    """For each emergency how long it rang until an officer was there; None where none came."""
    query = (
        select(calls.c.id, calls.c.flow_hash, calls.c.officer_joined_at, steps.c.node, steps.c.at)
        .join_from(calls, steps, steps.c.call_id == calls.c.id)
        .where(begun, calls.c.emergency)
        .order_by(calls.c.id, steps.c.visit)
    )
    walked: dict[tuple[int, str, datetime | None], list[tuple[str, datetime]]] = {}
    for call_id, flow_hash, joined_at, node, at in connection.execute(query):
        walked.setdefault((call_id, flow_hash, joined_at), []).append((node, at))
    return [
        None if joined_at is None else rang_for_s(places, flow_of(connection, flow_hash), joined_at)
        for (_, flow_hash, joined_at), places in walked.items()
    ]


def _zone(connection: Connection, unit_id: int) -> ZoneInfo:
    return ZoneInfo(str(connection.scalar(select(units.c.timezone).where(units.c.id == unit_id))))
