"""A month counted: every figure of the monthly report, once, from rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics import call_figures, clocks, day_counts, repeat_callers, report_figures
from hotline.casework.statistics.day_counts import Tally
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
    [common] = figures_in_common(connection, {unit.id: tally}, span).values()
    return replace(
        common,
        places=call_figures.by_place(tally, call_figures.names_of_places(connection, unit.id)),
        first_officer_s=call_figures.first_officer_s(connection, unit.id, span),
        entered={entry.name: entry.value for entry in entries_of(connection, unit.id, span.month)},
        repeat_callers=repeat_callers.counted(connection, unit.id, span.month),
    )


def figures_in_common(connection: Connection, tallies: Mapping[int, Tally], span: Span) -> dict[int, Figures]:
    """Of each unit, by id, what can be added up with others': all but places, medians and what is entered by hand.

    `tallies`: what the calls of the month come to, of every unit that is wanted. As many questions for four hundred
    units as for one."""
    ids = sorted(tallies)
    closed = report_figures.closed_reports(connection, ids, span)
    steps = report_figures.steps_taken(connection, ids, span)
    measures = report_figures.persons_by_measure(connection, ids, span)
    persons = report_figures.persons(connection, ids, span)
    texts = report_figures.texts_received(connection, ids, span)
    deadlines = clocks.deadlines(connection, ids, span)
    acknowledged = clocks.acknowledged_in_time(connection, ids, span)
    still_open = clocks.open_reports(connection, ids, span.until)
    incidents = incidents_in(connection, ids, span.month)
    return {
        unit_id: Figures(
            **call_figures.call_figures(tallies[unit_id]),
            **_closings(closed.get(unit_id, Counter()), steps.get(unit_id, {})),
            texts=texts.get(unit_id, 0),
            measures=measures.get(unit_id, {}),
            persons=persons.get(unit_id, 0),
            deadlines=deadlines[unit_id],
            acknowledged_in_time=acknowledged[unit_id],
            open_at_end=still_open[unit_id].count,
            oldest_open_days=_days_since(still_open[unit_id].oldest, span.until),
            incidents=incidents.get(unit_id, {}),
        )
        for unit_id in ids
    }


def _closings(closed: report_figures.Closed, taken: Mapping[str, int]) -> dict[str, Any]:
    return {
        "steps": report_figures.steps(taken, closed),
        "outcomes": report_figures.outcomes(closed),
        "confirmed": report_figures.confirmed(closed),
        "valuable": report_figures.valuable(closed),
    }


def _days_since(oldest: datetime | None, until: datetime) -> int | None:
    return (until - oldest).days if oldest else None
