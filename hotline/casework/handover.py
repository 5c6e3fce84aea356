"""The end of a shift: what is still open goes from one officer to the next, who accepts it with one sign."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select

from hotline.casework import audit
from hotline.casework.deadlines import RED, colour
from hotline.casework.once import insert_once
from hotline.casework.people import OfficerRow
from hotline.casework.roster import DUTY, duties, zone_of
from hotline.casework.roster_plan import ROLES_ON_DUTY, names
from hotline.casework.shift_patterns import Duty, Span
from hotline.errors import AccessRefusedError, HotlineError
from ivr_flows.taxonomy import load_taxonomy
from storage.tables import call_officers, calls, handovers, officers, places, reports

_AROUND = timedelta(hours=12)  # whose shift ends within this time may be the one who hands over


class HandoverOvertakenError(HotlineError):
    """What was accepted is not what is open now, or somebody else has accepted it."""


class PredecessorError(HotlineError):
    """A shift is taken over from another officer of the unit, or from nobody."""


@dataclass(frozen=True)
class OpenReport:
    """A report that is not settled. `late`: it is overdue, or nobody has taken it up in time."""

    reference: str
    kind: str
    category: str | None
    urgency: str
    status: str
    locality: str | None
    received_at: datetime
    due_at: datetime | None
    late: bool
    taken_by: str | None


@dataclass(frozen=True)
class OpenCall:
    """A caller on the line. `with_officer` is who talks to them."""

    id: int
    started_at: datetime
    emergency: bool
    with_officer: str | None


@dataclass(frozen=True)
class OpenItems:
    """All that is open in a unit, what is red first; `number` is that of the hand-over that would accept it."""

    number: int
    reports: tuple[OpenReport, ...]
    calls: tuple[OpenCall, ...]

    @property
    def seen(self) -> str:
        """A digest of what is listed, in whatever order, so that nobody accepts what was not on the page."""
        listed = [self.number, *sorted([report.reference, report.status] for report in self.reports)]
        return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class HandoverRow:
    """A shift handed over, with the items as they stood."""

    number: int
    accepted_at: datetime
    from_name: str | None
    to_name: str
    items: Sequence[dict[str, Any]]


# ---- what is open --------------------------------------------------------------------------------------------------


def open_items(connection: Connection, officer: OfficerRow, now: datetime) -> OpenItems:
    """What the officer's unit has open. Raises AccessRefusedError for those who are never on duty."""
    unit_id = _unit_of(officer)
    zone = zone_of(connection, unit_id)
    last = connection.scalar(select(func.max(handovers.c.number)).where(handovers.c.unit_id == unit_id))
    return OpenItems((last or 0) + 1, _open_reports(connection, unit_id, zone, now), _calls(connection, unit_id, zone))


def _unit_of(officer: OfficerRow) -> int:
    if officer.role not in ROLES_ON_DUTY:
        raise AccessRefusedError("Shifts are handed over by those who are on duty.")
    return officer.unit_id


def _open_reports(connection: Connection, unit_id: int, zone: ZoneInfo, now: datetime) -> tuple[OpenReport, ...]:
    query = (
        select(reports, places.c.name.label("locality"), officers.c.name.label("taken_by"))
        .outerjoin(places, places.c.id == reports.c.place_id)
        .outerjoin(officers, officers.c.id == reports.c.assigned_to)
        .where(reports.c.unit_id == unit_id, reports.c.settled_at.is_(None))
    )
    found = (_open_report(row, zone, now) for row in connection.execute(query))
    return tuple(sorted(found, key=_red_first))


def _open_report(row: Row[Any], zone: ZoneInfo, now: datetime) -> OpenReport:
    return OpenReport(
        reference=row.reference,
        kind=row.kind,
        category=row.category,
        urgency=row.urgency,
        status=row.status,
        locality=row.locality,
        received_at=row.received_at.astimezone(zone),
        due_at=row.due_at.astimezone(zone) if row.due_at else None,
        late=_is_late(row, now),
        taken_by=row.taken_by,
    )


def _is_late(row: Row[Any], now: datetime) -> bool:
    taken_by = row.acknowledge_by if row.acknowledged_at is None else None
    return RED in (colour(row.received_at, due, None, now) for due in (row.due_at, taken_by))


def _red_first(report: OpenReport) -> tuple[bool, int, datetime, str]:
    urgency = load_taxonomy().urgencies.get(report.urgency)
    return (not report.late, -(urgency.rank if urgency else 0), report.received_at, report.reference)


def _calls(connection: Connection, unit_id: int, zone: ZoneInfo) -> tuple[OpenCall, ...]:
    query = (
        select(calls.c.id, calls.c.started_at, calls.c.emergency, officers.c.name.label("with_officer"))
        .outerjoin(call_officers, (call_officers.c.call_id == calls.c.id) & (call_officers.c.visit == calls.c.visit))
        .outerjoin(officers, officers.c.id == call_officers.c.officer_id)
        .where(calls.c.unit_id == unit_id, calls.c.ended_at.is_(None))
        .order_by(calls.c.emergency.desc(), calls.c.started_at, calls.c.id)
    )
    return tuple(
        OpenCall(row.id, row.started_at.astimezone(zone), row.emergency, row.with_officer)
        for row in connection.execute(query)
    )


# ---- who hands over ------------------------------------------------------------------------------------------------


def predecessor(connection: Connection, officer: OfficerRow, now: datetime) -> int | None:
    """Who most likely hands over to this officer: the colleague on duty whose shift ends nearest to now."""
    around = Span(now - _AROUND, now + _AROUND)
    return nearest_end(duties(connection, officer.unit_id, around), officer.id, now)


def nearest_end(held: Sequence[Duty], officer_id: int, now: datetime) -> int | None:
    """The officer of the duty group, other than this one, whose shift has begun and ends nearest to now."""
    others = [d for d in held if d.group == DUTY and d.officer_id != officer_id and d.start <= now]
    ending = [duty for duty in others if abs(duty.end - now) <= _AROUND]
    nearest = min(ending, key=lambda duty: abs(duty.end - now), default=None)
    return nearest.officer_id if nearest else None


def accept(connection: Connection, officer: OfficerRow, from_id: int | None, seen: str, now: datetime) -> int:
    """Take over what is open, as it was seen, and return the number of the hand-over.

    Raises AccessRefusedError, PredecessorError, and HandoverOvertakenError where the list is another by now."""
    items = open_items(connection, officer, now)
    if from_id is not None and (from_id == officer.id or from_id not in names(connection, officer.unit_id)):
        raise PredecessorError
    if seen != items.seen:
        raise HandoverOvertakenError
    row = {
        "unit_id": officer.unit_id,
        "number": items.number,
        "from_officer_id": from_id,
        "to_officer_id": officer.id,
        "accepted_at": now,
        "items": _as_rows(items),
    }
    if not insert_once(connection, handovers, row):
        raise HandoverOvertakenError
    details: dict[str, audit.Detail] = {"from": from_id, "reports": len(items.reports), "calls": len(items.calls)}
    audit.append(connection, officer.id, "shift handed over", f"handover/{items.number}", details, now)
    return items.number


def _as_rows(items: OpenItems) -> list[dict[str, Any]]:
    """References and how they stood; never what a report says."""
    of_reports = [
        {"report": one.reference, "status": one.status, "urgency": one.urgency, "late": one.late}
        for one in items.reports
    ]
    return [*of_reports, *({"call": one.id, "emergency": one.emergency} for one in items.calls)]


def handed_over(connection: Connection, unit_id: int, span: Span | None = None, limit: int = 20) -> list[HandoverRow]:
    """The hand-overs of a unit, the newest first; those accepted within a span, the end included, if one is given."""
    giver, taker = officers.alias("giver"), officers.alias("taker")
    query = (
        select(handovers, giver.c.name.label("from_name"), taker.c.name.label("to_name"))
        .outerjoin(giver, giver.c.id == handovers.c.from_officer_id)
        .join(taker, taker.c.id == handovers.c.to_officer_id)
        .where(handovers.c.unit_id == unit_id)
        .order_by(handovers.c.number.desc())
        .limit(limit)
    )
    if span is not None:
        query = query.where(handovers.c.accepted_at >= span.start, handovers.c.accepted_at <= span.end)
    zone = zone_of(connection, unit_id)
    return [
        HandoverRow(row.number, row.accepted_at.astimezone(zone), row.from_name, row.to_name, row.items)
        for row in connection.execute(query)
    ]
