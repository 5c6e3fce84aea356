"""A month counted: every figure of the monthly report, once, from rows."""

from datetime import datetime

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics import call_figures, clocks, day_counts, repeat_callers, report_figures
from hotline.casework.statistics.entries import entries_of
from hotline.casework.statistics.figures import Figures, MonthlyStatistics
from hotline.casework.statistics.incidents import incidents_in
from hotline.casework.statistics.signatures import signatures_of
from hotline.casework.statistics.span import CountedUnit, Span, span_of, unit_by_id


def monthly_statistics(connection: Connection, unit_id: int, month: Month, now: datetime) -> MonthlyStatistics:
    """The figures of a unit's month beside those of the month before and of the same month last year.

    A month in course is counted up to now. Calls that are still on the line are told apart, not counted.
    Raises FutureMonthError, NotFoundError for an unknown unit."""
    unit = unit_by_id(connection, unit_id)
    span = span_of(month, unit.zone, now)
    figures = figures_of(connection, unit, span)
    signed = signatures_of(connection, unit_id, month, unit.zone)
    return MonthlyStatistics(
        unit=unit.code,
        unit_name=unit.name,
        month=month,
        timezone=unit.zone.key,
        figures=figures,
        previous=figures_of(connection, unit, span_of(month.previous, unit.zone, now)),
        same_month_last_year=figures_of(connection, unit, span_of(month.a_year_before, unit.zone, now)),
        so_far=span.so_far,
        out_of_balance=() if figures.balances else call_figures.out_of_balance(connection, unit_id, span),
        signature=signed[-1].signature if signed else None,
        signed=signed[-1].figures if signed else None,
        signatures=tuple(one.signature for one in signed),
        entries=entries_of(connection, unit_id, month),
        in_course=call_figures.in_course(connection, unit_id, span),
    )


def figures_of(connection: Connection, unit: CountedUnit, span: Span) -> Figures:
    """The figures of one month of a unit, without what they are compared to."""
    tally = day_counts.tally(connection, unit.id, span.month)
    closed = report_figures.closed_reports(connection, unit.id, span)
    still_open = clocks.open_reports(connection, unit.id, span.until)
    return Figures(
        **call_figures.call_figures(tally, call_figures.names_of_places(connection, unit.id)),
        texts=report_figures.texts_received(connection, unit.id, span),
        first_officer_s=call_figures.first_officer_s(connection, unit.id, span),
        steps=report_figures.steps(connection, unit.id, span, closed),
        outcomes=report_figures.outcomes(closed),
        measures=report_figures.persons_by_measure(connection, unit.id, span),
        persons=report_figures.persons(connection, unit.id, span),
        confirmed=report_figures.confirmed(closed),
        valuable=report_figures.valuable(closed),
        deadlines=clocks.deadlines(connection, unit.id, span),
        acknowledged_in_time=clocks.acknowledged_in_time(connection, unit.id, span),
        open_at_end=still_open.count,
        oldest_open_days=(span.until - still_open.oldest).days if still_open.oldest else None,
        incidents=incidents_in(connection, unit.id, span.month),
        entered={entry.name: entry.value for entry in entries_of(connection, unit.id, span.month)},
        repeat_callers=repeat_callers.counted(connection, unit.id, span.month),
    )
