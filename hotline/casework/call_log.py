"""The log of calls and reports: the pages of one call and of one report, and the front door to their lists."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, select

from hotline.casework.call_log_calls import CALLS, CallRow, RecordingRow, newest_calls, with_parts
from hotline.casework.call_log_filters import (
    ROLES_THAT_SEE_CALLS,
    Filter,
    narrowed,
    of_units,
    seen_units,
    units_of,
)
from hotline.casework.call_log_reports import REPORTS, ReportRow, newest_reports, one_report, report_rows
from hotline.casework.call_log_rows import local
from hotline.casework.keepers import keeper_of
from hotline.casework.people import OfficerRow
from hotline.errors import NotFoundError
from storage.tables import calls, report_calls, reports, steps, texts

__all__ = [
    "REPORTS",
    "ROLES_THAT_SEE_CALLS",
    "CallPage",
    "CallRow",
    "Filter",
    "RecordingRow",
    "ReportPage",
    "ReportRow",
    "StepRow",
    "call_page",
    "narrowed",
    "newest_calls",
    "newest_reports",
    "of_units",
    "report_page",
    "report_rows",
    "seen_units",
    "units_of",
]


@dataclass(frozen=True)
class StepRow:
    """One thing the caller heard: at which node of the flow, when, and how many seconds into the call."""

    visit: int
    node: str
    language: str
    at: datetime
    after_s: int


@dataclass(frozen=True)
class CallPage:
    """Everything that is shown of one call."""

    call: CallRow
    steps: tuple[StepRow, ...]
    report: ReportRow | None
    emergency: bool
    withheld: bool
    suspect: str | None
    officer_joined_at: datetime | None


@dataclass(frozen=True)
class ReportPage:
    """Everything that is shown of one report: the calls it came from, the newest last.

    `open_calls`: the ids of those whose pages the reader may open."""

    report: ReportRow
    calls: tuple[CallRow, ...]
    open_calls: frozenset[int]
    text_id: int | None


def call_page(connection: Connection, officer: OfficerRow, call_id: int) -> CallPage:
    """One call of the officer's own unit, or one that only adds to a report of it: after a merger it is another's.

    Raises NotFoundError, also where it is only another unit's."""
    tied = _tied_to(officer, call_id)
    ours = calls.c.unit_id.in_(seen_units(officer)) | tied.exists()
    rows = connection.execute(CALLS.where(calls.c.id == call_id, ours)).all()
    if not rows or not _is_open(connection, officer, rows[0]):
        raise NotFoundError
    [call], [row] = with_parts(connection, rows), rows
    zone, reference = ZoneInfo(row.timezone), connection.scalar(tied.limit(1))
    return CallPage(
        call=call,
        steps=_steps_of(connection, call_id, row.started_at, zone),
        report=one_report(connection, officer, reference) if reference else None,
        emergency=row.emergency,
        withheld=row.withheld,
        suspect=row.suspect,
        officer_joined_at=local(row.officer_joined_at, zone),
    )


def report_page(connection: Connection, officer: OfficerRow, reference: str) -> ReportPage:
    """One report of the officer's own unit. Raises NotFoundError, also where it is another unit's."""
    report = one_report(connection, officer, reference)
    of_report = CALLS.where(calls.c.id.in_(report.calls)).order_by(calls.c.started_at, calls.c.id)
    rows = connection.execute(of_report).all()
    return ReportPage(
        report=report,
        calls=tuple(with_parts(connection, rows)),
        open_calls=frozenset(row.id for row in rows if _is_open(connection, officer, row)),
        text_id=connection.scalar(select(texts.c.id).where(texts.c.report_id == report.id)),
    )


def _is_open(connection: Connection, officer: OfficerRow, call: Row[Any]) -> bool:
    """Whether all of a call may be read: it is of the officer's unit, or left nothing but what adds to its report."""
    seen = seen_units(officer)
    return call.unit_id in seen or keeper_of(connection, call._mapping) in seen


def _tied_to(officer: OfficerRow, call_id: int) -> Select[str]:
    """The references of the officer's unit that a call belongs to, the one that it made first."""
    return (
        select(reports.c.reference)
        .join(report_calls, report_calls.c.report_id == reports.c.id)
        .where(report_calls.c.call_id == call_id, reports.c.unit_id.in_(seen_units(officer)))
        .order_by(report_calls.c.role != "first", reports.c.id.desc())
    )


def _steps_of(connection: Connection, call_id: int, began: datetime, zone: ZoneInfo) -> tuple[StepRow, ...]:
    query = select(steps.c.visit, steps.c.node, steps.c.language, steps.c.at).where(steps.c.call_id == call_id)
    return tuple(
        StepRow(
            row.visit,
            row.node,
            row.language,
            row.at.astimezone(zone),
            round((row.at - began).total_seconds()),
        )
        for row in connection.execute(query.order_by(steps.c.visit))
    )
