"""The timeline of a report: every step with who, when, what and why. Rows are added and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from storage.sealing import seal, unseal
from storage.tables import officers, report_events

RECEIVED = "received"  # never a row: every report begins with it
ACKNOWLEDGED, TRIAGED, ASSIGNED, STARTED = "acknowledged", "triaged", "assigned", "started"
VERIFIED, FILED, TRANSFERRED, CLOSED, REOPENED = "verified", "filed", "transferred", "closed", "reopened"
CLASSIFIED, DUE_CHANGED, NOTED, MEASURED = "classified", "deadline changed", "noted", "measured"
MEASURE_WITHDRAWN = "measure withdrawn"
TRANSFER_CONFIRMED, RATED, ADDED_TO, LINKED = "transfer confirmed", "rated", "added to", "linked"
PAGED, NOBODY_TO_PAGE, PASSED_ON, NOT_TAKEN = "paged", "nobody to page", "passed on", "not taken"
RUNG_BACK, UNSAFE_TO_RING, SAFE_TO_RING = "rung back", "unsafe to ring back", "safe to ring back"
NUMBER_ASKED, NUMBER_GRANTED = "number asked for", "number granted"
NUMBER_REFUSED, NUMBER_SEEN = "number refused", "number seen"


@dataclass(frozen=True)
class Happened:
    """One step as it is written down. `details` are codes and moments, a `reason` is somebody's own words."""

    what: str
    before: str | None = None
    after: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = field(default="", repr=False)


@dataclass(frozen=True)
class TimelineRow:
    """One step as it is shown. `who` is None where the line itself did it.

    `reason` is None where there is none, or where it stays `sealed` to who looks."""

    at: datetime
    who: str | None
    what: str
    before: str | None
    after: str | None
    details: Mapping[str, Any]
    reason: str | None = field(default=None, repr=False)
    sealed: bool = False


def add(
    connection: Connection,
    report_id: int,
    happened: Happened,
    officer_id: int | None,
    content_public: bytes,
    now: datetime,
) -> None:
    """Write a step down; its reason is sealed to the content key, and bound to its own row."""
    row = insert(report_events).values(
        report_id=report_id,
        at=now,
        officer_id=officer_id,
        what=happened.what,
        status_before=happened.before,
        status_after=happened.after,
        details=dict(happened.details),
    )
    event_id = int(connection.execute(row.returning(report_events.c.id)).scalar_one())
    if happened.reason:
        sealed = seal(content_public, happened.reason.encode(), reason_place(event_id))
        connection.execute(update(report_events).where(report_events.c.id == event_id).values(sealed_reason=sealed))


def timeline_of(
    connection: Connection, report_id: int, zone: ZoneInfo, content_private: bytes | None
) -> tuple[TimelineRow, ...]:
    """The steps of a report, the first one first; reasons are opened where the key is there. UnsealError."""
    query = (
        select(report_events, officers.c.name.label("who"))
        .outerjoin(officers, officers.c.id == report_events.c.officer_id)
        .where(report_events.c.report_id == report_id)
        .order_by(report_events.c.id)
    )
    return tuple(
        TimelineRow(
            at=row.at.astimezone(zone),
            who=row.who,
            what=row.what,
            before=row.status_before,
            after=row.status_after,
            details=row.details,
            reason=_opened(row.sealed_reason, row.id, content_private),
            sealed=row.sealed_reason is not None and content_private is None,
        )
        for row in connection.execute(query)
    )


def last_change(connection: Connection, report_id: int) -> tuple[str | None, datetime] | None:
    """Who changed a report last, and when; None where nobody has yet."""
    query = (
        select(officers.c.name, report_events.c.at)
        .outerjoin_from(report_events, officers, officers.c.id == report_events.c.officer_id)
        .where(report_events.c.report_id == report_id)
        .order_by(report_events.c.id.desc())
    )
    row = connection.execute(query.limit(1)).first()
    return (row.name, row.at) if row else None


def reason_place(event_id: int) -> str:
    """What a sealed reason is bound to."""
    return f"report_events/{event_id}/reason"


def _opened(sealed: bytes | None, event_id: int, content_private: bytes | None) -> str | None:
    if sealed is None or content_private is None:
        return None
    return unseal(content_private, bytes(sealed), reason_place(event_id)).decode(errors="replace")
