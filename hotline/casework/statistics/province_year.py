"""A year of a superior unit in one line: of each commune and month the very cell that the month's own table shows.

Nothing is added up over the months: a sum over hidden cells would give them away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics.printed import Number
from hotline.casework.statistics.province import ProvinceStatistics, province_figures
from hotline.casework.statistics.province_issues import KeptIssue, issues_of_year
from hotline.casework.statistics.province_lines import ProvinceLine
from hotline.casework.statistics.province_suppression import WHOLE
from hotline.casework.statistics.province_table import Issue, ProvinceTable, Shown, ShownColumn, province_table
from hotline.casework.statistics.span import CountedUnit, FutureMonthError, unit_by_id
from hotline.casework.statistics.units_below import communes_below
from hotline.errors import NotFoundError


@dataclass(frozen=True)
class ProvinceYear:
    """`months`: those of the year that have begun; `issues` of those that were issued. `cells` by the code of the
    commune (or WHOLE) and month."""

    unit: str
    unit_name: str
    year: int
    timezone: str
    line: str
    lines: tuple[ProvinceLine, ...]
    months: tuple[Month, ...]
    communes: tuple[ShownColumn, ...]
    cells: Mapping[tuple[str, Month], Shown]
    issues: Mapping[Month, Issue] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The cells by month; a hidden one is null, a month that has not begun is not there."""
        return {
            "unit": self.unit,
            "unit_name": self.unit_name,
            "year": self.year,
            "timezone": self.timezone,
            "province": True,
            "line": self.line,
            "issued": {str(month): issue.to_json() for month, issue in self.issues.items()},
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
    """The months of a year that have begun: those that were issued, and of the others what is not hidden yet."""

    unit: CountedUnit
    year: int
    months: tuple[Month, ...]
    issued: Mapping[Month, KeptIssue]
    counted: Mapping[Month, ProvinceStatistics]


def year_figures(connection: Connection, unit_id: int, year: int, now: datetime) -> YearFigures:
    """The year as it was issued, and counted where it was not. Raises FutureMonthError, NotFoundError for an unknown
    unit."""
    unit, communes = unit_by_id(connection, unit_id), communes_below(connection, unit_id)
    months = tuple(month for number in range(1, 13) if (month := Month(year, number)).bounds(unit.zone)[0] <= now)
    if not months:
        raise FutureMonthError
    issued = issues_of_year(connection, unit_id, year)
    counted = {
        month: province_figures(connection, unit_id, communes, month, now) for month in months if month not in issued
    }
    return YearFigures(unit, year, months, issued, counted)


def province_year(counted: YearFigures, line: str) -> ProvinceYear:
    """The year in the line of this key, with everything hidden that has to be: of a month that was not issued that may
    take a second, where communes are many, and so it is no work to do inside a transaction.

    Raises NotFoundError for a line that no month has."""
    unit, months = counted.unit, counted.months
    tables = {month: _table(counted, month, line) for month in months}
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
        issues={month: table.issue for month, table in tables.items() if table.issue},
        communes=columns,
        cells={(code, month): _cell(table, line, code) for month, table in tables.items() for code in codes},
    )


def _table(counted: YearFigures, month: Month, line: str) -> ProvinceTable:
    """A month's table with the cells of one line at least."""
    if month in counted.issued:
        return counted.issued[month].table(only=line)
    return province_table(counted.counted[month])


def _cell(table: ProvinceTable, line: str, code: str) -> Shown:
    """Nought where the month has no such line: nobody had any."""
    return table.cells.get((line, code), Number(0))
