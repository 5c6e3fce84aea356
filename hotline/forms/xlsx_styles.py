"""How the cells of a sheet look."""

from functools import cached_property
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from hotline.casework.statistics.printed import Cell, Change, Document, Number, Points, Share, Words

_INK, _QUIET, _RED, _LINE, _SHADE = "#18252B", "#52626A", "#9C1C1C", "#9AA6A3", "#E8EEEB"
_WHOLE, _RATE, _CHANGE = "#,##0", "0.0%", "+0.0%;-0.0%;0.0%"


class Styles:
    """Every style is made once, because a workbook keeps only so many."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def _style(self, **properties: Any) -> Format:
        given = {"font_name": "Times New Roman", "font_size": 11, "font_color": _INK, "valign": "vcenter", **properties}
        key = tuple(sorted(given.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(given)
        return self._made[key]

    @cached_property
    def unit(self) -> Format:
        return self._style(bold=True)

    @cached_property
    def title(self) -> Format:
        return self._style(bold=True, font_size=15)

    @cached_property
    def period(self) -> Format:
        return self._style(bold=True, font_size=12)

    @cached_property
    def quiet(self) -> Format:
        return self._style(font_color=_QUIET, italic=True)

    @cached_property
    def notice(self) -> Format:
        return self._style(italic=True)

    @cached_property
    def alarm(self) -> Format:
        return self._style(bold=True, font_color=_RED)

    @cached_property
    def column(self) -> Format:
        return self._style(bold=True, text_wrap=True, align="center", bg_color=_SHADE, border=1, border_color=_LINE)

    @cached_property
    def section(self) -> Format:
        return self._style(bold=True, bg_color=_SHADE, border_color=_LINE, top=1, bottom=1)

    def number(self, level: int) -> Format:
        return self._style(bold=level == 0, align="center", border=1, border_color=_LINE)

    def label(self, level: int) -> Format:
        return self._style(bold=level == 0, indent=level, text_wrap=True, border=1, border_color=_LINE)

    def of(self, cell: Cell, level: int, document: Document) -> Format:
        alarming = isinstance(cell, Words) and cell.alarming
        return self._style(
            bold=level == 0 or alarming,
            font_color=_RED if alarming else _INK,
            align="right",
            border=1,
            border_color=_LINE,
            num_format=_format(cell, document),
        )


def _format(cell: Cell, document: Document) -> str:
    match cell:
        case Number():
            return _WHOLE
        case Share():
            return _RATE
        case Change():
            return _CHANGE
        case Points():
            points = document.letterhead.points.replace('"', "")
            return f'+0.0" {points}";-0.0" {points}";0.0" {points}"'
    return "@"
