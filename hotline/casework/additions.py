"""A caller comes back: the call is tied to the earlier report, and a closed report is taken to hand again."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from hotline.casework import timeline, transitions
from hotline.casework.desk import Case, case_by_id
from hotline.casework.progress import count_again, reopen_values
from hotline.casework.reports import link_call
from hotline.casework.timeline import Happened
from storage.tables import report_calls, reports


def take_in(connection: Connection, report_id: int, call_id: int, now: datetime) -> None:
    """Tie a call that adds something to its report; the same call a second time changes nothing."""
    if link_call(connection, report_id, call_id, "addition"):
        _look_again(connection, case_by_id(connection, report_id), now)


def take_in_report(connection: Connection, report_id: int, added_by: int, now: datetime) -> None:
    """Let the calls of one report, which turned out to add to another, belong to that other too."""
    made = select(report_calls.c.call_id).where(report_calls.c.report_id == added_by)
    linked = [link_call(connection, report_id, call_id, "addition") for call_id in connection.scalars(made).all()]
    if any(linked) or not linked:
        _look_again(connection, case_by_id(connection, report_id), now)


def _look_again(connection: Connection, case: Case, now: datetime) -> None:
    """Whoever has the report open must see that there is more to it; a closed one is opened again, and counted."""
    if case.status != transitions.CLOSED:
        grown = update(reports).where(reports.c.id == case.id).values(version=reports.c.version + 1)
        connection.execute(grown)
        timeline.add(connection, case.id, Happened(timeline.ADDED_TO), None, case.content_public, now)
        return
    closed = update(reports).where(reports.c.id == case.id, reports.c.status == transitions.CLOSED)
    if connection.execute(closed.values(reopen_values(case))).rowcount == 1:
        reopened = Happened(timeline.REOPENED, transitions.CLOSED, transitions.VERIFYING)
        timeline.add(connection, case.id, reopened, None, case.content_public, now)
        count_again(connection, case.id)
