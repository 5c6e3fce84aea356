"""A caller comes back: the call is tied to the earlier report, and a closed report is taken to hand again."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from hotline.casework import timeline, transitions
from hotline.casework.alarms import raise_alarm
from hotline.casework.call_log_filters import ROLES_THAT_SEE_CALLS
from hotline.casework.desk import Case, case_by_id
from hotline.casework.progress import count_again, reopen_values
from hotline.casework.reports import link_call
from hotline.casework.timeline import Happened
from storage.tables import calls, officers, report_calls, reports

NOBODY_READS = "addition_nobody_reads"


def take_in(connection: Connection, report_id: int, call_id: int, now: datetime) -> None:
    """Tie a call that adds something to its report; the same call a second time changes nothing."""
    if link_call(connection, report_id, call_id, "addition"):
        case = case_by_id(connection, report_id)
        _look_again(connection, case, now)
        _warn_successor(connection, case.unit_id, call_id, now)


def take_in_report(connection: Connection, report_id: int, added_by: int, now: datetime) -> None:
    """Let the calls of one report, which turned out to add to another, belong to that other too."""
    made = select(report_calls.c.call_id).where(report_calls.c.report_id == added_by)
    linked = [link_call(connection, report_id, call_id, "addition") for call_id in connection.scalars(made).all()]
    if any(linked) or not linked:
        _look_again(connection, case_by_id(connection, report_id), now)


def _warn_successor(connection: Connection, unit_id: int, call_id: int, now: datetime) -> None:
    """Where the report is of a unit that has merged and has nobody left, whoever answers its line now is told."""
    answered_by = connection.execute(select(calls.c.unit_id).where(calls.c.id == call_id)).scalar_one()
    readers = (officers.c.unit_id == unit_id) & officers.c.active & officers.c.role.in_(ROLES_THAT_SEE_CALLS)
    if answered_by != unit_id and connection.execute(select(officers.c.id).where(readers).limit(1)).first() is None:
        raise_alarm(connection, NOBODY_READS, str(call_id), {"call": call_id}, now, answered_by)


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
