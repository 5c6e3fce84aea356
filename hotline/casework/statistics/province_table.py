"""A province's month as every form shows it: the columns, the lines, and of each cell what may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from hotline.casework.months import Month
from hotline.casework.statistics.printed import SUPPRESSED, WITHHELD, Number, Suppressed, Unit, Withheld
from hotline.casework.statistics.province import ColumnHead, CommuneMonth, ProvinceStatistics
from hotline.casework.statistics.province_lines import ProvinceLine
from hotline.casework.statistics.province_signatures import SignedOff
from hotline.casework.statistics.province_suppression import WHOLE, hidden_of
from hotline.casework.statistics.suppression import NO_ISSUE, Cell, Earlier, Hidden

Shown = Number | Suppressed | Withheld


@dataclass(frozen=True, slots=True)
class Issue:
    """That this is the table as it was issued: which issue of the month, and when, on the clock of the province.

    `earlier`: when the issues before it were made; `changed`: the communes' figures are others by now; `replaced_by`:
    the number of the issue that counts, where it is not this one."""

    number: int
    at: datetime
    earlier: tuple[datetime, ...] = ()
    changed: bool = False
    replaced_by: int | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "earlier": [at.isoformat() for at in self.earlier],
            "changed_since": self.changed,
            "replaced_by": self.replaced_by,
        }


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A commune of the table, or all of them together, and how far its figures are settled."""

    head: ColumnHead
    balances: bool
    so_far: bool
    signed: SignedOff | None = None
    revised: bool = False
    heir: ColumnHead | None = None
    without: tuple[ColumnHead, ...] = ()

    @property
    def signed_by(self) -> str:
        """The code of the commune whose chief signs for these figures."""
        return self.heir.code if self.heir else self.head.code

    @property
    def is_whole(self) -> bool:
        return self.head.code == WHOLE


@dataclass(frozen=True)
class ProvinceTable:
    """A province's month as every form shows it. `columns`: the communes; the whole is apart from them.

    `issue`: None where the table was decided just now, of a month in course or one that nobody has issued yet."""

    unit: str
    unit_name: str
    month: Month
    timezone: str
    so_far: bool
    columns: tuple[ShownColumn, ...]
    whole: ShownColumn
    lines: tuple[ProvinceLine, ...]
    cells: Mapping[Cell, Shown]
    issue: Issue | None = None

    @property
    def awaits_issue(self) -> bool:
        """Whether the month has ended, for every commune, and its table may change all the same.

        One in which nothing has happened is never issued where it lies before all others."""
        return (
            self.issue is None
            and not self.whole.so_far
            and not all(isinstance(cell, Number) and not cell.n for cell in self.cells.values())
        )

    def to_json(self) -> dict[str, Any]:
        """The figures under the names that a commune's month has them by; a hidden one is null."""
        return {
            "unit": self.unit,
            "unit_name": self.unit_name,
            "month": str(self.month),
            "timezone": self.timezone,
            "so_far": self.so_far,
            "province": True,
            "issued": self.issue and self.issue.to_json(),
            "communes": [
                {
                    "code": one.head.code,
                    "name": one.head.name,
                    **_state(one),
                    "signed": one.signed and {"role": one.signed.role, "at": one.signed.at.isoformat()},
                    "revised": one.revised,
                    "merged_into": one.heir and one.heir.code,
                    "without": [former.code for former in one.without],
                    **self._figures(one),
                }
                for one in self.columns
            ],
            "whole": {**_state(self.whole), **self._figures(self.whole)},
        }

    def _figures(self, column: ShownColumn) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for line in self.lines:
            cell, place = self.cells[line.key, column.head.code], found
            *groups, name = line.key.split(".", 2)
            for group in groups:
                place = place.setdefault(group, {})
            place[name] = cell.n if isinstance(cell, Number) else None
        return found


def province_table(statistics: ProvinceStatistics, before: "ProvinceTable | None" = None) -> ProvinceTable:
    """The table with everything hidden that has to be; also all that an issue `before` it hid."""
    lines, values = statistics.lines, values_of(statistics)
    hidden = hidden_of(values, lines, tuple(one.head.code for one in statistics.communes), _earlier(before, values))
    return ProvinceTable(
        unit=statistics.unit,
        unit_name=statistics.unit_name,
        month=statistics.month,
        timezone=statistics.timezone,
        so_far=statistics.so_far,
        columns=tuple(_column(one) for one in statistics.communes),
        whole=ShownColumn(
            ColumnHead(WHOLE, statistics.unit_name),
            all(one.figures.balances for one in statistics.communes),
            statistics.so_far or any(one.so_far for one in statistics.communes),
        ),
        lines=lines,
        cells=_shown(lines, values, hidden),
    )


def values_of(statistics: ProvinceStatistics) -> dict[Cell, int]:
    """Every cell as it is: line by line each commune, then the whole."""
    values: dict[Cell, int] = {}
    codes = [one.head.code for one in statistics.communes]
    for line in statistics.lines:
        counts = [line.read(commune.figures) for commune in statistics.communes]
        values |= {(line.key, code): n for code, n in zip(codes, counts, strict=True)}
        values[line.key, WHOLE] = sum(counts)
    return values


def _earlier(table: ProvinceTable | None, values: Mapping[Cell, int]) -> Earlier:
    """What readers of an issue have been shown, and what not."""
    if table is None:
        return NO_ISSUE
    cells = table.cells.items()
    small, withheld = (frozenset(cell for cell, shown in cells if shown == mark) for mark in (SUPPRESSED, WITHHELD))
    same = frozenset(cell for cell, shown in cells if isinstance(shown, Number) and shown.n == values.get(cell, 0))
    return Earlier(Hidden(small, withheld), same)


@lru_cache(maxsize=4096)
def number(n: int, unit: Unit) -> Number:
    """A number, made once: in a large table most of them are small and the same."""
    return Number(n, unit)


def unit_of(line: ProvinceLine) -> Unit:
    """What the numbers of a line count."""
    return Unit.PERSONS if line.of_persons else Unit.COUNT


def _column(commune: CommuneMonth) -> ShownColumn:
    return ShownColumn(
        commune.head,
        commune.figures.balances,
        commune.so_far,
        commune.signed,
        commune.revised,
        commune.heir,
        commune.without,
    )


def _state(column: ShownColumn) -> dict[str, Any]:
    return {"balances": column.balances, "so_far": column.so_far}


def _shown(lines: tuple[ProvinceLine, ...], values: Mapping[Cell, int], hidden: Hidden) -> dict[Cell, Shown]:
    units = {line.key: unit_of(line) for line in lines}
    shown: dict[Cell, Shown] = {cell: number(n, units[cell[0]]) for cell, n in values.items()}
    return shown | dict.fromkeys(hidden.small, SUPPRESSED) | dict.fromkeys(hidden.withheld, WITHHELD)
