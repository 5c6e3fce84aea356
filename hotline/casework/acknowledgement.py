"""Taking a report up: the first officer wins, by whatever way; the others hear who it was."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from hotline.casework import timeline
from hotline.casework.desk import ACKNOWLEDGE, Case, NotTheirTaskError, case_by_id, case_of, may, write_down
from hotline.casework.people import OfficerRow
from hotline.casework.timeline import Happened
from storage.tables import officers, reports


@dataclass(frozen=True)
class Taken:
    """Who has the report: whoever asked `first`, else the officer who was quicker.

    `by` is None where an officer answered the call itself, or the report was over before anybody took it."""

    first: bool
    by: str | None
    at: datetime | None


def acknowledge(connection: Connection, officer: OfficerRow, reference: str, now: datetime) -> Taken:
    """An officer takes a report at the console. Raises NotFoundError, NotTheirTaskError."""
    case = case_of(connection, officer, reference)
    if not may(officer, ACKNOWLEDGE):
        raise NotTheirTaskError
    return _take(connection, case, officer.id, now)


def take(connection: Connection, report_id: int, officer_id: int, now: datetime) -> Taken:
    """An officer takes a report by a key press or a reply, having been asked."""
    return _take(connection, case_by_id(connection, report_id), officer_id, now)


def _take(connection: Connection, case: Case, officer_id: int, now: datetime) -> Taken:
    untaken = update(reports).where(
        reports.c.id == case.id, reports.c.acknowledged_at.is_(None), reports.c.settled_at.is_(None)
    )
    won = connection.execute(
        untaken.values(
            acknowledged_at=now,
            acknowledged_by=officer_id,
            assigned_to=func.coalesce(reports.c.assigned_to, officer_id),
            version=reports.c.version + 1,
        )
    )
    if won.rowcount == 1:
        write_down(connection, case, officer_id, Happened(timeline.ACKNOWLEDGED), now)
    return _who_has_it(connection, case, first=won.rowcount == 1)


def _who_has_it(connection: Connection, case: Case, *, first: bool) -> Taken:
    query = (
        select(officers.c.name, reports.c.acknowledged_at)
        .outerjoin_from(reports, officers, officers.c.id == reports.c.acknowledged_by)
        .where(reports.c.id == case.id)
    )
    row = connection.execute(query).one()
    at = row.acknowledged_at.astimezone(case.calendar.zone) if row.acknowledged_at else None
    return Taken(first, row.name, at)
