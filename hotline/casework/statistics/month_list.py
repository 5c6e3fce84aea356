"""The months of a unit with their key figures, the newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from hotline.casework.months import Month
from hotline.casework.statistics.figures import Figures, Signature
from hotline.casework.statistics.month import figures_of
from hotline.casework.statistics.signatures import signatures_of
from hotline.casework.statistics.span import CountedUnit, span_of, unit_by_id
from storage.tables import calls, units


@dataclass(frozen=True)
class MonthLine:
    """One month: its figures as they stand now, who signed it last, and whether it has been corrected since."""

    month: Month
    so_far: bool
    figures: Figures
    signature: Signature | None
    revised: bool


def months_of(connection: Connection, unit_id: int, now: datetime, many: int) -> list[MonthLine]:
    """The month in course and those before it, back to the first that has anything, at most so many.

    Raises NotFoundError for an unknown unit."""
    unit = unit_by_id(connection, unit_id)
    month, first = Month.at(now, unit.zone), _first(connection, unit)
    lines: list[MonthLine] = []
    while month >= first and len(lines) < many:
        lines.append(_line(connection, unit, month, now))
        month = month.previous
    return lines


def _first(connection: Connection, unit: CountedUnit) -> Month:
    """That of the first call, or that in which the unit was set up."""
    called = connection.scalar(select(func.min(calls.c.started_at)).where(calls.c.unit_id == unit.id))
    made = connection.execute(select(units.c.created_at).where(units.c.id == unit.id)).scalar_one()
    return Month.at(min(called or made, made), unit.zone)


def _line(connection: Connection, unit: CountedUnit, month: Month, now: datetime) -> MonthLine:
    span = span_of(month, unit.zone, now)
    figures = figures_of(connection, unit, span)
    signed = signatures_of(connection, unit.id, month, unit.zone)
    return MonthLine(
        month=month,
        so_far=span.so_far,
        figures=figures,
        signature=signed[-1].signature if signed else None,
        revised=bool(signed) and signed[-1].figures != figures,
    )
