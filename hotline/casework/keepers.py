"""Whose people are to read what a call leaves: those of its unit, except where it only adds to another unit's report.

That is so after a merger: the receipt on the old number still opens the old unit's report, its officers work on it,
and their key must open what the caller adds. All else on that line is the new unit's."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from storage.tables import calls, recordings, report_calls, reports, sealed_numbers


def keeper_of(connection: Connection, call: Mapping[Any, Any]) -> int:
    """The unit to whose keys the recordings and the number of a call (a row of `calls`) are sealed, at its end.

    A call that also made a report of its own, or was an emergency, stays whole with its own unit: those who were
    called upon must be able to hear all of it. To have begun a report (`reported`) is not to have made one; whoever
    leaves early may make one as the call ends, so ask after that."""
    own = int(call["unit_id"])
    if call["added_to"] is None or call["emergency"] or _made_a_report(connection, call["id"]):
        return own
    return int(connection.execute(select(reports.c.unit_id).where(reports.c.id == call["added_to"])).scalar_one())


def keeper_of_recording() -> ColumnElement[int]:
    """The unit whose key opens a kept recording, in a question that holds `recordings` and `calls`."""
    return func.coalesce(recordings.c.unit_id, calls.c.unit_id)


def keeper_of_number() -> ColumnElement[int]:
    """The unit whose key opens a caller's number, in a question that holds `sealed_numbers` and `calls`."""
    return func.coalesce(sealed_numbers.c.unit_id, calls.c.unit_id)


def _made_a_report(connection: Connection, call_id: int) -> bool:
    made = select(report_calls.c.report_id).where(report_calls.c.call_id == call_id, report_calls.c.role == "first")
    return connection.execute(made.limit(1)).first() is not None
