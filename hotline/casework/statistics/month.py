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
from hotline.casework.statistics.figures import Figures, Former, MonthlyStatistics
from hotline.casework.statistics.former import heirs_by
from hotline.casework.statistics.incidents import incidents_in
from hotline.casework.statistics.signatures import signatures_of
from hotline.casework.statistics.span import CountedUnit, FormerUnit, Span, Whose, span_of, unit_by_id


def monthly_statistics(
    connection: Connection, unit_id: int, month: Month, now: datetime, former: FormerUnit | None = None
) -> MonthlyStatistics:
    """The figures of a unit's month beside those of the month before and of the same month last year.

    `former`, one of `former.former_units`: only what came in over the lines that were that unit's.
    A month in course is counted up to now. Calls that are still on the line are told apart, not counted.
    Raises FutureMonthError, NotFoundError for an unknown unit."""
    return _statistics(connection, replace(unit_by_id(connection, unit_id), former=former), month, now)


def statistics_over_mergers(connection: Connection, unit_id: int, month: Month, now: datetime) -> MonthlyStatistics:
    """The same as one series for a unit that has merged: what was its own, and what came in over its lines since.

    Of a month before the merger, and of any other unit, this is `monthly_statistics`. Raises as that."""
    unit = unit_by_id(connection, unit_id)
    heirs = heirs_by(connection, unit_id, month.bounds(unit.zone)[1])
    return _statistics(connection, replace(unit, heirs=heirs), month, now)


def _statistics(connection: Connection, unit: CountedUnit, month: Month, now: datetime) -> MonthlyStatistics:
    span = span_of(month, unit.zone, now)
    figures = figures_of(connection, unit, span)
    # Signed is a unit's whole month, and figures that are entered by hand are for the whole unit.
    signed = signatures_of(connection, unit.id, month, unit.zone) if unit.whole else ()
    return MonthlyStatistics(
        unit=unit.code,
        unit_name=unit.named_in(month),
        month=month,
        timezone=unit.zone.key,
        figures=figures,
        previous=figures_of(connection, unit, span_of(month.previous, unit.zone, now)),
        same_month_last_year=figures_of(connection, unit, span_of(month.a_year_before, unit.zone, now)),
        so_far=span.so_far,
        out_of_balance=() if figures.balances else call_figures.out_of_balance(connection, unit, span),
        signature=signed[-1].signature if signed else None,
        signed=signed[-1].figures if signed else None,
        signatures=tuple(one.signature for one in signed),
        entries=entries_of(connection, unit.id, month) if unit.former is None else (),
        in_course=call_figures.in_course(connection, unit, span),
        former=_heading(unit),
    )


def _heading(unit: CountedUnit) -> Former | None:
    """That these are the figures of a former unit: of its lines in this one, or of itself over its merger."""
    if unit.former is not None:
        return Former(unit.former.code, unit.former.name)
    return Former(unit.code, unit.name) if unit.heirs else None


def figures_of(connection: Connection, unit: CountedUnit, span: Span) -> Figures:
    """The figures of one month of a unit, without what they are compared to.

    Of a part of a unit there is no register, no figure entered by hand and no repeat caller: none of them knows a
    line."""
    tally = day_counts.tally_of(connection, unit, span.month)
    [common] = figures_in_common(connection, Whose((unit,)), {unit.id: tally}, span).values()
    counted = replace(
        common,
        places=call_figures.by_place(tally, call_figures.names_of_places(connection, unit)),
        first_officer_s=call_figures.first_officer_s(connection, unit, span),
    )
    if unit.former is not None:
        return replace(counted, incidents=Figures().incidents)
    return replace(
        counted,
        entered={entry.name: entry.value for entry in entries_of(connection, unit.id, span.month)},
        repeat_callers=repeat_callers.counted(connection, unit.id, span.month),
    )


def figures_in_common(
    connection: Connection, whose: Whose, tallies: Mapping[int, Tally], span: Span
) -> dict[int, Figures]:
    """Of each unit, by id, what can be added up with others': all but places, medians and what is entered by hand.

    `tallies`: what the calls of the month come to, of every one of these units. As many questions for four hundred
    units as for one."""
    closed = report_figures.closed_reports(connection, whose, span)
    steps = report_figures.steps_taken(connection, whose, span)
    measures = report_figures.persons_by_measure(connection, whose, span)
    persons = report_figures.persons(connection, whose, span)
    texts = report_figures.texts_received(connection, whose, span)
    deadlines = clocks.deadlines(connection, whose, span)
    acknowledged = clocks.acknowledged_in_time(connection, whose, span)
    still_open = clocks.open_reports(connection, whose, span.until)
    incidents = incidents_in(connection, whose.ids, span.month)
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
        for unit_id in whose.ids
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
