"""A year of a superior unit in one line: of each commune and month the very cell that the month's own table shows.

Nothing is added up over the months: a sum over hidden cells would give them away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics.printed import Number
from hotline.casework.statistics.province import ProvinceStatistics, province_figures
from hotline.casework.statistics.province_lines import ProvinceLine
from hotline.casework.statistics.province_suppression import WHOLE
from hotline.casework.statistics.province_table import ProvinceTable, Shown, ShownColumn, province_table
from hotline.casework.statistics.span import CountedUnit, FutureMonthError, unit_by_id
from hotline.casework.statistics.units_below import communes_below
from hotline.errors import NotFoundError


@dataclass(frozen=True)
class ProvinceYear:
    """`months`: those of the year that have begun. `cells` by the code of the commune (or WHOLE) and month."""

    unit: str
    unit_name: str
    year: int
    timezone: str
    line: str
    lines: tuple[ProvinceLine, ...]
    months: tuple[Month, ...]
    communes: tuple[ShownColumn, ...]
    cells: Mapping[tuple[str, Month], Shown]

    def to_json(self) -> dict[str, Any]:
        """The cells by month; a hidden one is null, a month that has not begun is not there."""
        return {
            "unit": self.unit,
            "unit_name": self.unit_name,
            "year": self.year,
            "timezone": self.timezone,
            "province": True,
            "line": self.line,
            "communes": [
                {"code": one.head.code, "name": one.head.name, "months": self._months(one.head.code)}
                for one in self.communes
            ],
            "whole": {"months": self._months(WHOLE)},
        }

    def _months(self, code: str) -> dict[str, int | None]:
        cells = {month: self.cells[code, month] for month in self.months}
        return {str(month): cell.n if isinstance(cell, Number) else None for month, cell in cells.items()}


@dataclass(frozen=True)
class YearFigures:
    """The months of a year that have begun, before anything is hidden."""

    unit: CountedUnit
    year: int
    months: Mapping[Month, ProvinceStatistics]


def year_figures(connection: Connection, unit_id: int, year: int, now: datetime) -> YearFigures:
    """Count the year. Raises FutureMonthError, NotFoundError for an unknown unit."""
    unit, communes = unit_by_id(connection, unit_id), communes_below(connection, unit_id)
    months = [month for number in range(1, 13) if (month := Month(year, number)).bounds(unit.zone)[0] <= now]
    if not months:
        raise FutureMonthError
    counted = {month: province_figures(connection, unit_id, communes, month, now) for month in months}
    return YearFigures(unit, year, counted)


def province_year(counted: YearFigures, line: str) -> ProvinceYear:
    """The year in the line of this key, with everything hidden that has to be: seconds, where communes are many, and
    so no work to do inside a transaction. Raises NotFoundError for a line that no month has."""
    unit, months = counted.unit, tuple(counted.months)
    tables = {month: province_table(statistics) for month, statistics in counted.months.items()}
    lines = tuple({one.key: one for table in tables.values() for one in table.lines}.values())
    if line not in {one.key for one in lines}:
        raise NotFoundError
    newest = {column.head.code: column for table in tables.values() for column in table.columns}
    columns = tuple(column for _, column in sorted(newest.items()))
    codes = (*newest, WHOLE)
    return ProvinceYear(
        unit=unit.code,
        unit_name=unit.name,
        year=counted.year,
        timezone=unit.zone.key,
        line=line,
        lines=lines,
        months=months,
        communes=columns,
        cells={(code, month): _cell(table, line, code) for month, table in tables.items() for code in codes},
    )


def _cell(table: ProvinceTable, line: str, code: str) -> Shown:
    """Nought where the month has no such line: nobody had any."""
    return table.cells.get((line, code), Number(0))
