"""What was done with reports in a month: each step by the date of the step, each measure by that of its decision.

Every question is asked once for all the units that are wanted, and answered by unit; who has none is not in it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Subquery, and_, distinct, func, select

from hotline.casework import timeline
from hotline.casework.statistics.figures import Part
from hotline.casework.statistics.span import Span, Whose
from storage.tables import measures, report_events, reports, texts

_STEPS = (timeline.VERIFIED, timeline.FILED, timeline.TRANSFERRED)
MEDIATED = "MEDIATED"
CONFIRMED = frozenset({"CONFIRMED", "PARTLY"})
OF_TRUTH = CONFIRMED | {"UNFOUNDED", "INSUFFICIENT"}
"""The outcomes that answer whether it was so; what ended without proof belongs to the base, else the rate flatters."""


@dataclass(frozen=True, slots=True)
class ClosedReport:
    """A report and the outcome with which it was last closed in the month."""

    kind: str
    outcome: str
    usefulness: str | None


Closed = Counter[ClosedReport]
"""How many reports were closed in each way."""


def closed_reports(connection: Connection, whose: Whose, span: Span) -> Mapping[int, Closed]:
    """The reports closed in the month; one that was opened again and closed again counts once, by the later outcome."""
    last = (
        select(func.max(report_events.c.id))
        .join(reports, reports.c.id == report_events.c.report_id)
        .where(_happened(timeline.CLOSED, "CLOSED", whose, span))
        .group_by(report_events.c.report_id)
    )
    under = whose.under(reports.c.unit_id)
    way = (under, reports.c.kind, report_events.c.details["outcome"].as_string(), reports.c.usefulness)
    query = (
        select(*way, func.count())
        .join_from(report_events, reports, reports.c.id == report_events.c.report_id)
        .where(report_events.c.id.in_(last))
        .group_by(*way)
    )
    found: dict[int, Closed] = {}
    for unit_id, kind, outcome, usefulness, n in connection.execute(query).all():
        found.setdefault(unit_id, Counter())[ClosedReport(kind, outcome or "", usefulness)] += n
    return found


def steps_taken(connection: Connection, whose: Whose, span: Span) -> Mapping[int, Mapping[str, int]]:
    """How many reports were verified, filed and transferred in the month, a report once a step."""
    found: dict[int, dict[str, int]] = {}
    under = whose.under(reports.c.unit_id)
    for step in _STEPS:
        query = (
            select(under, func.count(distinct(report_events.c.report_id)))
            .join(reports, reports.c.id == report_events.c.report_id)
            .where(_happened(step, step.upper(), whose, span))
            .group_by(under)
        )
        for unit_id, n in connection.execute(query):
            found.setdefault(unit_id, {})[step] = n
    return found


def steps(taken: Mapping[str, int], closed: Closed) -> dict[str, int]:
    """The steps with the two that are ways of closing."""
    ended = outcomes(closed)
    return {
        **{step: taken.get(step, 0) for step in _STEPS},
        "mediated": ended.get(MEDIATED, 0),
        "closed": sum(ended.values()),
    }


def outcomes(closed: Closed) -> dict[str, int]:
    """How many reports were closed with each outcome."""
    found: Counter[str] = Counter()
    for report, n in closed.items():
        found[report.outcome] += n
    return dict(sorted(found.items()))


def confirmed(closed: Closed) -> Part:
    """How many of the reports whose truth was asked turned out true, wholly or in part."""
    ended = outcomes(closed)
    return Part(*(sum(n for outcome, n in ended.items() if outcome in among) for among in (CONFIRMED, OF_TRUTH)))


def valuable(closed: Closed) -> Part:
    """How many of the closed reports of the kind `report` came from a source that was rated valuable."""
    of = {report: n for report, n in closed.items() if report.kind == "report"}
    return Part(sum(n for report, n in of.items() if report.usefulness == "valuable"), sum(of.values()))


def persons_by_measure(connection: Connection, whose: Whose, span: Span) -> Mapping[int, Mapping[str, int]]:
    """On how many persons each measure was decided in the month."""
    decided = _decided(whose, span)
    way = (decided.c.unit_id, decided.c.measure)
    query = select(*way, func.count(distinct(decided.c.person_id))).group_by(*way).order_by(*way)
    found: dict[int, dict[str, int]] = {}
    for unit_id, measure, n in connection.execute(query):
        found.setdefault(unit_id, {})[measure] = n
    return found


def persons(connection: Connection, whose: Whose, span: Span) -> Mapping[int, int]:
    """On how many persons any measure was decided: who got two is one person."""
    decided = _decided(whose, span)
    query = select(decided.c.unit_id, func.count(distinct(decided.c.person_id))).group_by(decided.c.unit_id)
    return dict(connection.execute(query).all())


def texts_received(connection: Connection, whose: Whose, span: Span) -> Mapping[int, int]:
    """How many text messages came in."""
    under = whose.under(texts.c.unit_id)
    query = select(under, func.count()).where(
        whose.owns(texts.c.unit_id, texts.c.line_id), span.holds(texts.c.received_at)
    )
    return dict(connection.execute(query.group_by(under)).all())


def _happened(what: str, status_after: str, whose: Whose, span: Span) -> ColumnElement[bool]:
    """An event of this kind in the month. The status leads to it by an index; to be assigned keeps the status."""
    of_step = and_(report_events.c.status_after == status_after, report_events.c.what == what)
    return and_(of_step, span.holds(report_events.c.at), whose.owns(reports.c.unit_id, reports.c.line_id))


def _decided(whose: Whose, span: Span) -> Subquery:
    """The measures of the month with the unit of their report."""
    days = (measures.c.decided_on >= span.month.first_day) & (measures.c.decided_on < span.month.next.first_day)
    # Not a join: that would be walked from every report of the unit, of which there are more than measures in a month.
    of_report = reports.c.id == measures.c.report_id
    unit_id, line_id = (
        select(column).where(of_report).correlate(measures).scalar_subquery()
        for column in (reports.c.unit_id, reports.c.line_id)
    )
    query = select(measures.c.measure, measures.c.person_id, whose.under(unit_id).label("unit_id"))
    return query.where(days, whose.owns(unit_id, line_id)).subquery()
