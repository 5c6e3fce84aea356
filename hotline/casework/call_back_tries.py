"""The call backs of a report, as its page shows them: who, when, what came of it; never whom."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework.call_back_leg import UNKNOWN
from storage.tables import call_backs, officers


@dataclass(frozen=True)
class Try:
    """One call back as it is shown. `outcome` is None while it goes on."""

    at: datetime
    who: str
    outcome: str | None
    seconds: int | None


def tries_of(connection: Connection, report_id: int, zone: ZoneInfo, now: datetime) -> tuple[Try, ...]:
    """The call backs of a report, the newest first; times on the clock of the unit."""
    query = (
        select(call_backs, officers.c.name)
        .join(officers, officers.c.id == call_backs.c.officer_id)
        .where(call_backs.c.report_id == report_id)
        .order_by(call_backs.c.id.desc())
    )
    return tuple(
        Try(
            at=row.at.astimezone(zone),
            who=row.name,
            outcome=row.outcome or (UNKNOWN if row.due_at <= now else None),
            seconds=row.seconds,
        )
        for row in connection.execute(query)
    )
