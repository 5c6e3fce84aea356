"""The flow as those at work see it: the version on the line, its history, and where callers are lost in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework.call_log import ROLES_THAT_SEE_CALLS
from hotline.casework.cost_guard import LineDay, limit_of, minutes_by_day
from hotline.casework.flow_versions import Publication, live_flow, live_version, publications
from hotline.casework.people import OfficerRow
from hotline.casework.statistics.funnel import Funnel, NodeFigures, funnel
from hotline.errors import AccessRefusedError
from ivr_flows.definition import Flow
from storage.tables import units

ROLES_THAT_SEE_THE_FLOW = ROLES_THAT_SEE_CALLS | {"province"}
MOST_LOST = 3
FEWEST_LOST = 2
"""One caller who hangs up says nothing about a prompt."""


@dataclass(frozen=True)
class FlowView:
    """One month of a unit's flow. `languages` are those of the flow, code to name."""

    version: str
    history: tuple[Publication, ...]
    flow: Flow
    month: str
    language: str | None
    languages: Mapping[str, str]
    funnel: Funnel
    most_lost: frozenset[str]
    days: tuple[LineDay, ...]
    limit: int
    now: datetime


def flow_view(
    connection: Connection, officer: OfficerRow, month: str | None, language: str | None, now: datetime
) -> FlowView:
    """The flow of the officer's own unit in a month (None, or one that is none: this one).

    Raises AccessRefusedError, NotFoundError where the unit has no line."""
    refuse_who_may_not_see(officer)
    flow, zone = live_flow(connection, officer.unit_id), _zone(connection, officer.unit_id)
    shown = language if language in flow.languages else None
    first = _first_day(month) or now.astimezone(zone).date().replace(day=1)
    since, until = (_midnight(day, zone) for day in (first, _next_month(first)))
    found = funnel(connection, officer.unit_id, since, until, shown)
    return FlowView(
        live_version(connection, officer.unit_id),
        tuple(publications(connection, officer.unit_id)),
        flow,
        f"{first:%Y-%m}",
        shown,
        {code: spec.name for code, spec in flow.languages.items()},
        found,
        most_lost(found.nodes),
        tuple(minutes_by_day(connection, officer.unit_id, since, until, now)),
        limit_of(connection, officer.unit_id),
        now.astimezone(zone),
    )


def most_lost(nodes: tuple[NodeFigures, ...]) -> frozenset[str]:
    """The places where the most callers are lost: three at most, and none where it is only one."""
    lost = sorted((one for one in nodes if one.lost >= FEWEST_LOST), key=lambda one: (-one.lost, one.node))
    return frozenset(one.node for one in lost[:MOST_LOST])


def refuse_who_may_not_see(officer: OfficerRow) -> None:
    if officer.role not in ROLES_THAT_SEE_THE_FLOW:
        raise AccessRefusedError


def _first_day(month: str | None) -> date | None:
    """The first day of "2026-11"; None for anything else, and for years in which nobody telephoned."""
    try:
        day = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _zone(connection: Connection, unit_id: int) -> ZoneInfo:
    return ZoneInfo(str(connection.scalar(select(units.c.timezone).where(units.c.id == unit_id))))
