"""What was done with reports in a month: each step by the date of the step, each measure by that of its decision."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, distinct, func, select

from hotline.casework import timeline
from hotline.casework.statistics.figures import Part
from hotline.casework.statistics.span import CountedUnit, Span
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


def closed_reports(connection: Connection, unit: CountedUnit, span: Span) -> tuple[ClosedReport, ...]:
    """The reports closed in the month; one that was opened again and closed again counts once, by the later outcome."""
    query = (
        select(report_events.c.report_id, report_events.c.details, reports.c.kind, reports.c.usefulness)
        .join(reports, reports.c.id == report_events.c.report_id)
        .where(_happened(timeline.CLOSED, "CLOSED", unit, span))
        .order_by(report_events.c.id)
    )
    last = {
        row.report_id: ClosedReport(row.kind, row.details.get("outcome", ""), row.usefulness)
        for row in connection.execute(query)
    }
    return tuple(last.values())


def steps(connection: Connection, unit: CountedUnit, span: Span, closed: Iterable[ClosedReport]) -> dict[str, int]:
    """How many reports took each step in the month, a report once a step."""
    outcomes = [report.outcome for report in closed]
    taken = {step: _count(connection, _who_took(step, unit, span)) for step in _STEPS}
    return {**taken, "mediated": outcomes.count(MEDIATED), "closed": len(outcomes)}


def outcomes(closed: Iterable[ClosedReport]) -> dict[str, int]:
    """How many reports were closed with each outcome."""
    return dict(sorted(Counter(report.outcome for report in closed).items()))


def confirmed(closed: Iterable[ClosedReport]) -> Part:
    """How many of the reports whose truth was asked turned out true, wholly or in part."""
    asked = [report.outcome for report in closed if report.outcome in OF_TRUTH]
    return Part(sum(outcome in CONFIRMED for outcome in asked), len(asked))


def valuable(closed: Iterable[ClosedReport]) -> Part:
    """How many of the closed reports of the kind `report` came from a source that was rated valuable."""
    of = [report for report in closed if report.kind == "report"]
    return Part(sum(report.usefulness == "valuable" for report in of), len(of))


def persons_by_measure(connection: Connection, unit: CountedUnit, span: Span) -> dict[str, int]:
    """On how many persons each measure was decided in the month."""
    query = select(measures.c.measure, func.count(distinct(measures.c.person_id)).label("persons"))
    rows = connection.execute(_decided(query, unit, span).group_by(measures.c.measure).order_by(measures.c.measure))
    return {row.measure: row.persons for row in rows}


def persons(connection: Connection, unit: CountedUnit, span: Span) -> int:
    """On how many persons any measure was decided: who got two is one person."""
    return _count(connection, _decided(select(func.count(distinct(measures.c.person_id))), unit, span))


def texts_received(connection: Connection, unit: CountedUnit, span: Span) -> int:
    """How many text messages came in."""
    query = select(func.count()).select_from(texts)
    return _count(connection, query.where(unit.owns(texts.c.unit_id, texts.c.line_id), span.holds(texts.c.received_at)))


def _who_took(step: str, unit: CountedUnit, span: Span) -> Select[int]:
    return (
        select(func.count(distinct(report_events.c.report_id)))
        .join(reports, reports.c.id == report_events.c.report_id)
        .where(_happened(step, step.upper(), unit, span))
    )


def _happened(what: str, status_after: str, unit: CountedUnit, span: Span) -> Any:
    """An event of this kind in the month. The status leads to it by an index; to be assigned keeps the status."""
    of_step = (report_events.c.status_after == status_after) & (report_events.c.what == what)
    return of_step & span.holds(report_events.c.at) & unit.owns(reports.c.unit_id, reports.c.line_id)


def _decided(query: Select[Any], unit: CountedUnit, span: Span) -> Select[Any]:
    days = (measures.c.decided_on >= span.month.first_day) & (measures.c.decided_on < span.month.next.first_day)
    # Not a join: that would be walked from every report of the unit, of which there are more than measures in a month.
    of_report = reports.c.id == measures.c.report_id
    unit_id, line_id = (
        select(column).where(of_report).correlate(measures).scalar_subquery()
        for column in (reports.c.unit_id, reports.c.line_id)
    )
    return query.where(days, unit.owns(unit_id, line_id))


def _count(connection: Connection, query: Select[int]) -> int:
    return int(connection.execute(query).scalar_one())
