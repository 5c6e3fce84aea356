"""The clocks of a month: deadlines kept, reports taken up in time, what was open at its end and for how long.

A report that was opened again later stood settled before that: what it was at a moment is read from its events, so
that an old month still gives what was true then. Every question is asked once for all the units that are wanted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, false, func, literal_column, or_, select

from hotline.casework.statistics.figures import InTime
from hotline.casework.statistics.span import Span, Whose
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

    def and_those(self, others: "OpenReports") -> "OpenReports":
        """Both together."""
        known = [oldest for oldest in (self.oldest, others.oldest) if oldest is not None]
        return OpenReports(self.count + others.count, min(known, default=None))


def deadlines(connection: Connection, whose: Whose, span: Span) -> Mapping[int, InTime]:
    """The deadlines of the month, of reports but not of what only adds to one; kept: closed or transferred by then."""
    of_month = (
        whose.owns(reports.c.unit_id, reports.c.line_id) & span.holds(reports.c.due_at) & (reports.c.kind != "addition")
    )
    in_time = func.coalesce(reports.c.settled_at <= reports.c.due_at, false())
    ran_out = reports.c.due_at < span.until
    under = whose.under(reports.c.unit_id)
    counts = select(under, func.count().filter(in_time | ran_out), func.count().filter(in_time))
    found = {unit_id: [0, 0] for unit_id in whose.ids}
    for unit_id, due, kept in connection.execute(counts.where(of_month, reports.c.reopened == 0).group_by(under)):
        found[unit_id] = [due, kept]
    again = select(reports.c.id, under.label("unit_id"), reports.c.due_at, reports.c.settled_at)
    rows = connection.execute(again.where(of_month, reports.c.reopened > 0)).all()
    pasts = _pasts(connection, [row.id for row in rows])
    for row in rows:
        by_then = was_settled(pasts.get(row.id), row.settled_at, row.due_at)
        found[row.unit_id][0] += by_then or row.due_at < span.until
        found[row.unit_id][1] += by_then
    return {unit_id: InTime(*both) for unit_id, both in found.items()}


def acknowledged_in_time(connection: Connection, whose: Whose, span: Span) -> Mapping[int, Mapping[str, InTime]]:
    """By urgency, the clocks that ended in the month: because somebody took the report, or because they ran out."""
    taken, limit = reports.c.acknowledged_at, reports.c.acknowledge_by
    way = (whose.under(reports.c.unit_id).label("unit_id"), reports.c.urgency, (taken <= limit).label("kept"))
    query = select(*way, func.count().label("n")).where(
        whose.owns(reports.c.unit_id, reports.c.line_id), _clock_ended(span)
    )
    found = {unit_id: {urgency: [0, 0] for urgency in load_taxonomy().urgencies} for unit_id in whose.ids}
    for row in connection.execute(query.group_by(*way)):
        counted = found[row.unit_id].setdefault(row.urgency, [0, 0])
        counted[0] += row.n
        counted[1] += row.n if row.kept else 0
    return {unit_id: {urgency: InTime(*both) for urgency, both in clocks.items()} for unit_id, clocks in found.items()}


def _clock_ended(span: Span) -> ColumnElement[bool]:
    """Taken in the month before the limit, or the limit passed in it with nobody there (so far, if it is in course)."""
    taken, limit = reports.c.acknowledged_at, reports.c.acknowledge_by
    in_time = span.holds(taken) & (taken <= limit)
    missed = (limit >= span.start) & (limit < span.until) & or_(taken.is_(None), taken > limit)
    return or_(in_time, missed)


def open_reports(connection: Connection, whose: Whose, moment: datetime) -> Mapping[int, OpenReports]:
    """The reports that were neither closed nor transferred at a moment.

    `settled_at` is the last time; so whatever has an earlier one than the moment was settled then. The two questions
    are asked by it alone, so that an index leads to the few reports that there are, and not through all of them."""
    found = {unit_id: OpenReports(0, None) for unit_id in whose.ids}
    for settled in (reports.c.settled_at.is_(None), reports.c.settled_at >= moment):
        for unit_id, some in _never_reopened(connection, whose, moment, settled):
            found[unit_id] = found[unit_id].and_those(some)
        for unit_id, received_at in _reopened(connection, whose, moment, settled):
            found[unit_id] = found[unit_id].and_those(OpenReports(1, received_at))
    return found


def _never_reopened(
    connection: Connection, whose: Whose, moment: datetime, settled: ColumnElement[bool]
) -> Iterator[tuple[int, OpenReports]]:
    there = (reports.c.received_at < moment) & (reports.c.reopened == 0)
    counts = (func.count().filter(there), func.min(reports.c.received_at).filter(there))
    under = whose.under(reports.c.unit_id)
    query = select(under, *counts).where(whose.owns(reports.c.unit_id, reports.c.line_id), settled)
    for unit_id, count, oldest in connection.execute(query.group_by(under)):
        yield unit_id, OpenReports(count, oldest)


def _reopened(
    connection: Connection, whose: Whose, moment: datetime, settled: ColumnElement[bool]
) -> Iterator[tuple[int, datetime]]:
    """Of each report that was open then and had been opened again: whose it is, and when it was received."""
    under = whose.under(reports.c.unit_id).label("unit_id")
    query = select(reports.c.id, under, reports.c.received_at, reports.c.settled_at)
    rows = connection.execute(
        query.where(whose.owns(reports.c.unit_id, reports.c.line_id), _WAS_REOPENED, settled)
    ).all()
    rows = [row for row in rows if row.received_at < moment]
    pasts = _pasts(connection, [row.id for row in rows])
    just_before = moment - timedelta(microseconds=1)  # what is closed at midnight is closed in the month that begins
    for row in rows:
        if not was_settled(pasts.get(row.id), row.settled_at, just_before):
            yield row.unit_id, row.received_at


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
