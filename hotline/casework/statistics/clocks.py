"""The clocks of a month: deadlines kept, reports taken up in time, what was open at its end and for how long.

A report that was opened again later stood settled before that: what it was at a moment is read from its events, so
that an old month still gives what was true then."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, false, func, literal_column, or_, select

from hotline.casework.statistics.figures import InTime
from hotline.casework.statistics.span import CountedUnit, Span
from hotline.casework.transitions import SETTLED
from ivr_flows.taxonomy import load_taxonomy
from storage.tables import report_events, reports

_ROWS_AT_ONCE = 1000
_WAS_REOPENED = reports.c.reopened > literal_column("0")  # in the words of its index, which a parameter is not


class StatusChange(NamedTuple):
    """From when on a report had a status."""

    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class OpenReports:
    """How many reports were open at a moment, and since when the oldest of them."""

    count: int
    oldest: datetime | None


def deadlines(connection: Connection, unit: CountedUnit, span: Span) -> InTime:
    """The deadlines of the month, of reports but not of what only adds to one; kept: closed or transferred by then."""
    of_month = (
        unit.owns(reports.c.unit_id, reports.c.line_id) & span.holds(reports.c.due_at) & (reports.c.kind != "addition")
    )
    in_time = func.coalesce(reports.c.settled_at <= reports.c.due_at, false())
    ran_out = reports.c.due_at < span.until
    counts = select(func.count().filter(in_time | ran_out), func.count().filter(in_time))
    due, kept = connection.execute(counts.where(of_month, reports.c.reopened == 0)).one()
    again = select(reports.c.id, reports.c.due_at, reports.c.settled_at).where(of_month, reports.c.reopened > 0)
    rows = connection.execute(again).all()
    pasts = _pasts(connection, [row.id for row in rows])
    for row in rows:
        by_then = was_settled(pasts.get(row.id), row.settled_at, row.due_at)
        kept += by_then
        due += by_then or row.due_at < span.until
    return InTime(due, kept)


def acknowledged_in_time(connection: Connection, unit: CountedUnit, span: Span) -> dict[str, InTime]:
    """By urgency, the clocks that ended in the month: because somebody took the report, or because they ran out."""
    taken, limit = reports.c.acknowledged_at, reports.c.acknowledge_by
    query = (
        select(reports.c.urgency, (taken <= limit).label("kept"), func.count().label("n"))
        .where(unit.owns(reports.c.unit_id, reports.c.line_id), limit.is_not(None), _clock_ended(span))
        .group_by(reports.c.urgency, (taken <= limit))
    )
    found = {urgency: [0, 0] for urgency in load_taxonomy().urgencies}
    for row in connection.execute(query):
        counted = found.setdefault(row.urgency, [0, 0])
        counted[0] += row.n
        counted[1] += row.n if row.kept else 0
    return {urgency: InTime(due, kept) for urgency, (due, kept) in found.items()}


def _clock_ended(span: Span) -> ColumnElement[bool]:
    """Taken in the month before the limit, or the limit passed in it with nobody there (so far, if it is in course)."""
    taken, limit = reports.c.acknowledged_at, reports.c.acknowledge_by
    in_time = span.holds(taken) & (taken <= limit)
    missed = (limit >= span.start) & (limit < span.until) & or_(taken.is_(None), taken > limit)
    return or_(in_time, missed)


def open_reports(connection: Connection, unit: CountedUnit, moment: datetime) -> OpenReports:
    """The reports that were neither closed nor transferred at a moment.

    `settled_at` is the last time; so whatever has an earlier one than the moment was settled then. The two questions
    are asked by it alone, so that an index leads to the few reports that there are, and not through all of them."""
    after = (reports.c.settled_at.is_(None), reports.c.settled_at >= moment)
    parts = [_never_reopened(connection, unit, moment, settled) for settled in after]
    parts += [_reopened(connection, unit, moment, settled) for settled in after]
    oldest = [part.oldest for part in parts if part.oldest is not None]
    return OpenReports(sum(part.count for part in parts), min(oldest, default=None))


def _never_reopened(
    connection: Connection, unit: CountedUnit, moment: datetime, settled: ColumnElement[bool]
) -> OpenReports:
    there = (reports.c.received_at < moment) & (reports.c.reopened == 0)
    query = select(func.count().filter(there), func.min(reports.c.received_at).filter(there))
    count, oldest = connection.execute(query.where(unit.owns(reports.c.unit_id, reports.c.line_id), settled)).one()
    return OpenReports(count, oldest)


def _reopened(connection: Connection, unit: CountedUnit, moment: datetime, settled: ColumnElement[bool]) -> OpenReports:
    query = select(reports.c.id, reports.c.received_at, reports.c.settled_at)
    rows = connection.execute(
        query.where(unit.owns(reports.c.unit_id, reports.c.line_id), _WAS_REOPENED, settled)
    ).all()
    rows = [row for row in rows if row.received_at < moment]
    pasts = _pasts(connection, [row.id for row in rows])
    just_before = moment - timedelta(microseconds=1)  # what is closed at midnight is closed in the month that begins
    received = [row.received_at for row in rows if not was_settled(pasts.get(row.id), row.settled_at, just_before)]
    return OpenReports(len(received), min(received, default=None))


def was_settled(past: Sequence[StatusChange] | None, settled_at: datetime | None, moment: datetime) -> bool:
    """Whether a report was closed or transferred at this moment; `past` is needed where it was opened again."""
    if not past:
        return settled_at is not None and settled_at <= moment
    until_then = [change.status for change in past if change.at <= moment]
    return bool(until_then) and until_then[-1] in SETTLED


def _pasts(connection: Connection, report_ids: Collection[int]) -> Mapping[int, Sequence[StatusChange]]:
    """What became of these reports, the first change first."""
    found: dict[int, list[StatusChange]] = {}
    ids = sorted(report_ids)
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        query = (
            select(report_events.c.report_id, report_events.c.at, report_events.c.status_after)
            .where(report_events.c.report_id.in_(ids[start : start + _ROWS_AT_ONCE]))
            .where(report_events.c.status_after.is_not(None))
            .order_by(report_events.c.id)
        )
        for row in connection.execute(query):
            found.setdefault(row.report_id, []).append(StatusChange(row.at, row.status_after))
    return found
