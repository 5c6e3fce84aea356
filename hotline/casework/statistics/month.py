"""A month counted: every figure of the monthly report, once, from rows."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics import call_figures, clocks, day_counts, repeat_callers, report_figures
from hotline.casework.statistics.entries import entries_of
from hotline.casework.statistics.figures import Figures, Former, MonthlyStatistics
from hotline.casework.statistics.former import heirs_by
from hotline.casework.statistics.incidents import incidents_in
from hotline.casework.statistics.signatures import signatures_of
from hotline.casework.statistics.span import CountedUnit, FormerUnit, Span, span_of, unit_by_id


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
    closed = report_figures.closed_reports(connection, unit, span)
    still_open = clocks.open_reports(connection, unit, span.until)
    return Figures(
        **_calls(connection, unit, span),
        texts=report_figures.texts_received(connection, unit, span),
        first_officer_s=call_figures.first_officer_s(connection, unit, span),
        steps=report_figures.steps(connection, unit, span, closed),
        outcomes=report_figures.outcomes(closed),
        measures=report_figures.persons_by_measure(connection, unit, span),
        persons=report_figures.persons(connection, unit, span),
        confirmed=report_figures.confirmed(closed),
        valuable=report_figures.valuable(closed),
        deadlines=clocks.deadlines(connection, unit, span),
        acknowledged_in_time=clocks.acknowledged_in_time(connection, unit, span),
        open_at_end=still_open.count,
        oldest_open_days=(span.until - still_open.oldest).days if still_open.oldest else None,
        **(_of_whole_units(connection, unit, span) if unit.former is None else {}),
    )


def _calls(connection: Connection, unit: CountedUnit, span: Span) -> dict[str, Any]:
    tally = day_counts.tally_of(connection, unit, span.month)
    return call_figures.call_figures(tally, call_figures.names_of_places(connection, unit))


def _of_whole_units(connection: Connection, unit: CountedUnit, span: Span) -> dict[str, Any]:
    return {
        "incidents": incidents_in(connection, unit.id, span.month),
        "entered": {entry.name: entry.value for entry in entries_of(connection, unit.id, span.month)},
        "repeat_callers": repeat_callers.counted(connection, unit.id, span.month),
    }
