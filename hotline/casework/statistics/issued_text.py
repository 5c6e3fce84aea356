"""A province's table as the text in which an issue of it is kept: what a reader may see, and nothing besides.

Of a hidden cell there is only the mark that stands in its place. Who has signed is not part of it: that is no figure,
and most communes sign after the table was issued."""

import json
from collections.abc import Mapping
from typing import Any

from hotline.casework.months import Month
from hotline.casework.statistics.printed import SUPPRESSED, WITHHELD, Number
from hotline.casework.statistics.province import ColumnHead
from hotline.casework.statistics.province_lines import lines_named
from hotline.casework.statistics.province_suppression import WHOLE
from hotline.casework.statistics.province_table import Issue, ProvinceTable, Shown, ShownColumn, number, unit_of
from hotline.casework.statistics.suppression import Cell

_MARKS: Mapping[Shown, str] = {SUPPRESSED: "<3", WITHHELD: "•"}
_MARKED: Mapping[str, Shown] = {mark: cell for cell, mark in _MARKS.items()}


def text_of(table: ProvinceTable) -> str:
    """The table as canonical JSON: the same table always gives the same text."""
    codes = [*(one.head.code for one in table.columns), WHOLE]
    kept = {
        "unit": table.unit,
        "unit_name": table.unit_name,
        "month": str(table.month),
        "timezone": table.timezone,
        "columns": [_kept(one) for one in table.columns],
        "whole": _kept(table.whole),
        "lines": [[line.key, [_written(table.cells[line.key, code]) for code in codes]] for line in table.lines],
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def table_of(text: str, issue: Issue, only: str | None = None) -> ProvinceTable:
    """The table that gave this text. `only`: the line of this key has cells, and no other."""
    kept = json.loads(text)
    columns = tuple(_column(one) for one in kept["columns"])
    cells = dict(kept["lines"])
    lines = lines_named(cells)
    codes = [*(one.head.code for one in columns), WHOLE]
    shown: dict[Cell, Shown] = {}
    for line in lines if only is None else [line for line in lines if line.key == only]:
        unit = unit_of(line)
        for code, cell in zip(codes, cells[line.key], strict=True):
            shown[line.key, code] = number(cell, unit) if isinstance(cell, int) else _MARKED[cell]
    return ProvinceTable(
        unit=kept["unit"],
        unit_name=kept["unit_name"],
        month=Month.of(kept["month"]),
        timezone=kept["timezone"],
        so_far=False,
        columns=columns,
        whole=_column(kept["whole"]),
        lines=lines,
        cells=shown,
        issue=issue,
    )


def _written(cell: Shown) -> int | str | None:
    return cell.n if isinstance(cell, Number) else _MARKS[cell]


def _kept(column: ShownColumn) -> dict[str, Any]:
    return {
        "head": _head_kept(column.head),
        "balances": column.balances,
        "heir": column.heir and _head_kept(column.heir),
        "without": [_head_kept(one) for one in column.without],
    }


def _head_kept(head: ColumnHead) -> dict[str, str]:
    return {"code": head.code, "name": head.name}


def _column(kept: Mapping[str, Any]) -> ShownColumn:
    return ShownColumn(
        head=ColumnHead(**kept["head"]),
        balances=kept["balances"],
        so_far=False,
        heir=ColumnHead(**kept["heir"]) if kept["heir"] else None,
        without=tuple(ColumnHead(**one) for one in kept["without"]),
    )
