"""A year of a superior unit in one line: of each commune and month the very cell that the month's own table shows.

Nothing is added up over the months: a sum over hidden cells would give them away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics.printed import Number
from hotline.casework.statistics.province import province_figures
from hotline.casework.statistics.province_lines import RECEIVED, ProvinceLine
from hotline.casework.statistics.province_suppression import WHOLE
from hotline.casework.statistics.province_table import ProvinceTable, Shown, ShownColumn, province_table
from hotline.casework.statistics.span import FutureMonthError, unit_by_id
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


def province_year(connection: Connection, unit_id: int, year: int, line: str, now: datetime) -> ProvinceYear:
    """The year in the line of this key. Raises FutureMonthError, NotFoundError for a line that no month has."""
    unit, communes = unit_by_id(connection, unit_id), communes_below(connection, unit_id)
    months = [month for number in range(1, 13) if (month := Month(year, number)).bounds(unit.zone)[0] <= now]
    if not months:
        raise FutureMonthError
    tables = {month: province_table(province_figures(connection, unit_id, communes, month, now)) for month in months}
    lines = tuple({one.key: one for table in tables.values() for one in table.lines}.values())
    if line not in {one.key for one in lines}:
        raise NotFoundError
    columns = tables[months[-1]].columns
    codes = (*(one.head.code for one in columns), WHOLE)
    return ProvinceYear(
        unit=unit.code,
        unit_name=unit.name,
        year=year,
        timezone=unit.zone.key,
        line=line,
        lines=lines,
        months=tuple(months),
        communes=columns,
        cells={(code, month): _cell(table, line, code) for month, table in tables.items() for code in codes},
    )


def _cell(table: ProvinceTable, line: str, code: str) -> Shown:
    """Nought where the month has no such line: nobody had any."""
    return table.cells.get((line, code), Number(0))


DEFAULT_LINE = RECEIVED
