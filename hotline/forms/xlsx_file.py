"""XLSX: the document as a sheet that calculates its own sums, shares and changes, and holds what they come to.

Text is only ever written as text. A formula is made of references and whole numbers and stands only where it comes to
the very figure of the document; that figure is stored beside it, for readers that do not calculate."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from hotline.casework.statistics.printed import (
    BLANK,
    Cell,
    Change,
    Document,
    Number,
    Points,
    Row,
    Section,
    Share,
    Words,
)
from hotline.forms.reading import plain, written
from hotline.forms.xlsx_styles import Styles

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIRST_CELL = 2  # after the number and the name of the line
_LABEL_WIDTH, _CELL_WIDTH, _NOTE_WIDTH = 58, 13, 24
_MOST_EXACT = 2**53  # a spreadsheet's numbers are floating


def write_xlsx(document: Document) -> bytes:
    """The document as a workbook of one sheet."""
    kept = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(kept, options) as book:
        book.set_properties({"title": plain(document.title), "company": plain(document.unit), "author": ""})
        _Sheet(document, book.add_worksheet(), Styles(book)).write()
    return kept.getvalue()


@dataclass
class _Sheet:
    """The one sheet, written from top to bottom."""

    document: Document
    sheet: Worksheet
    styles: Styles
    line: int = 0
    places: dict[str, int] = field(default_factory=dict)  # of each line of the document on the sheet
    amounts: dict[str, tuple[Cell, ...]] = field(default_factory=dict)

    def write(self) -> None:
        self._head()
        self._place_rows()
        columns: Sequence[object] = ()
        for section in self.document.sections:
            if section.columns != columns:
                self._column_heads(section)
                columns = section.columns
            self._section(section)
        for note in self.document.footnotes:
            self._say(note, self.styles.quiet)
        self._lay_out()

    def _head(self) -> None:
        document = self.document
        self._say(document.unit, self.styles.unit)
        self._say(document.title, self.styles.title)
        self._say(document.period, self.styles.period)
        for fact in document.facts:
            self._say(f"{fact.label}: {fact.value}", self.styles.quiet)
        for notice in document.notices:
            self._say(notice.text, self.styles.alarm if notice.alarming else self.styles.notice)
        self.line += 1

    def _say(self, text: str, style: Any) -> None:
        self.sheet.write_string(self.line, 0, plain(text), style)
        self.line += 1

    def _place_rows(self) -> None:
        """Where every line will stand, because a sum may stand above what it adds up."""
        line, columns = self.line, None
        for section in self.document.sections:
            line += 2 if section.columns != columns else 1
            columns = section.columns
            for row in section.rows:
                self.places[row.key], self.amounts[row.key] = line, row.cells
                line += 1

    def _column_heads(self, section: Section) -> None:
        letterhead = self.document.letterhead
        for place, words in enumerate((letterhead.number, letterhead.indicator, *(c.heading for c in section.columns))):
            self.sheet.write_string(self.line, place, plain(words), self.styles.column)
        self.sheet.set_row(self.line, 32)
        self.line += 1

    def _section(self, section: Section) -> None:
        for place in range(_FIRST_CELL + len(section.columns)):
            self.sheet.write_blank(self.line, place, None, self.styles.section)
        self.sheet.write_string(self.line, 0, plain(section.heading), self.styles.section)
        self.line += 1
        for row in section.rows:
            self._row(section, row)
            self.line += 1

    def _row(self, section: Section, row: Row) -> None:
        self.sheet.write_string(self.line, 0, row.number, self.styles.number(row.level))
        self.sheet.write_string(self.line, 1, plain(row.label), self.styles.label(row.level))
        for place, cell in enumerate(row.cells):
            self._cell(section, row, place, cell)
        note = "; ".join(part for part in (row.note, ", ".join(map(str, row.calls))) if part)
        if note:
            self.sheet.write_string(self.line, _FIRST_CELL + len(row.cells), plain(note), self.styles.quiet)

    def _cell(self, section: Section, row: Row, place: int, cell: Cell) -> None:
        at, style = (self.line, _FIRST_CELL + place), self.styles.of(cell, row.level, self.document)
        value = _value(cell)
        if cell == BLANK:
            self.sheet.write_blank(*at, None, style)
        elif value is None:
            self.sheet.write_string(*at, written(cell, self.document), style)
        elif formula := self._formula(section, row, place, cell):
            self.sheet.write_formula(*at, formula, style, value)
        else:
            self.sheet.write_number(*at, value, style)

    def _lay_out(self) -> None:
        most = max(len(section.columns) for section in self.document.sections)
        self.sheet.set_column(0, 0, 6)
        self.sheet.set_column(1, 1, _LABEL_WIDTH)
        self.sheet.set_column(_FIRST_CELL, _FIRST_CELL + most - 1, _CELL_WIDTH)
        self.sheet.set_column(_FIRST_CELL + most, _FIRST_CELL + most, _NOTE_WIDTH)
        self.sheet.hide_gridlines(2)
        first = min(self.places.values(), default=self.line)
        self.sheet.freeze_panes(first - 1, _FIRST_CELL)
        self.sheet.repeat_rows(first - 2)
        self.sheet.set_paper(9)  # A4
        if self.document.wide:
            self._lie_across()
        self.sheet.fit_to_pages(0 if self.document.wide else 1, 0)
        self.sheet.set_footer("&R&P / &N")
        self.sheet.ignore_errors({"number_stored_as_text": f"A1:B{self.line + 1}"})

    def _lie_across(self) -> None:
        """As many pages beside one another as the columns need, each with the names of the lines."""
        self.sheet.set_landscape()
        self.sheet.repeat_columns(0, 1)

    # ---- formulas

    def _formula(self, section: Section, row: Row, place: int, cell: Cell) -> str | None:
        """What calculates the cell from others, or nothing where it is a number of its own."""
        named = {column.key: number for number, column in enumerate(section.columns)}
        match cell:
            case Number(int(n)) if section.columns[place].key == "base":
                return self._reference(row, n)
            case Number(int(n)):
                return self._sum(row, place, n)
            case Share(n, of) if section.columns[place].key == "share":
                return self._of(row, named, ("count", "base"), (n, of), lambda part, whole: f"={part}/{whole}")
            case Share(n, of):
                return f"={n}/{of}"
            case Change(now, before):
                values = (now, before)
                return self._of(row, named, ("count", "previous"), values, lambda new, old: f"=({new}-{old})/{old}")
            case Points():
                at = [self._at(row.key, named[name]) for name in ("share", "previous") if name in named]
                return f"=({at[0]}-{at[1]})*100" if len(at) == 2 else None
        return None

    def _reference(self, row: Row, n: int) -> str | None:
        """To the number of the line that this one is a share of."""
        section = next((one for one in self.document.sections if any(r.key == row.base for r in one.rows)), None)
        if section is None:
            return None
        place = next((number for number, column in enumerate(section.columns) if column.key == "count"), None)
        if place is None or self.amounts[row.base][place] != Number(n):
            return None
        return f"={self._at(row.base, place)}"

    def _sum(self, row: Row, place: int, n: int) -> str | None:
        """Of the lines that add up to this one, if they do."""
        if not row.sum_of or not {*row.sum_of, *row.less} <= self.places.keys():
            return None
        added, taken = ([self.amounts[key][place] for key in keys] for keys in (row.sum_of, row.less))
        if not all(isinstance(one, Number) and one.n is not None for one in (*added, *taken)):
            return None
        if sum(_counted(one) for one in added) - sum(_counted(one) for one in taken) != n:
            return None
        return (
            "="
            + _sum_of(sorted(self.places[key] for key in row.sum_of), place)
            + "".join(f"-{self._at(key, place)}" for key in row.less)
        )

    def _of(
        self,
        row: Row,
        named: dict[str, int],
        names: tuple[str, str],
        values: tuple[int | None, int | None],
        formula: Callable[[str, str], str],
    ) -> str | None:
        """From two cells of the same line, if they hold these values."""
        if not all(name in named for name in names):
            return None
        cells = [row.cells[named[name]] for name in names]
        if [one.n if isinstance(one, Number) else None for one in cells] != list(values):
            return None
        return formula(*(self._at(row.key, named[name]) for name in names))

    def _at(self, key: str, place: int) -> str:
        return str(xl_rowcol_to_cell(self.places[key], _FIRST_CELL + place))


def _counted(cell: Cell) -> int:
    return cell.n or 0 if isinstance(cell, Number) else 0


def _value(cell: Cell) -> float | int | None:
    """The number of a cell; None where it is text, also where a spreadsheet could not hold it exactly."""
    match cell:
        case Number(int(n)) if abs(n) <= _MOST_EXACT:
            return n
        case Share() | Change():
            return None if cell.rate is None else float(cell.rate)
        case Points():
            return None if cell.rate is None else float(cell.rate * 100)
        case Words():
            return None
    return None


def _sum_of(lines: Sequence[int], place: int) -> str:
    """SUM over these lines of one column, neighbours as a range."""
    ranges: list[list[int]] = []
    for line in lines:
        if ranges and ranges[-1][-1] == line - 1:
            ranges[-1].append(line)
        else:
            ranges.append([line])
    column = _FIRST_CELL + place
    parts = (":".join(xl_rowcol_to_cell(line, column) for line in sorted({one[0], one[-1]})) for one in ranges)
    return f"SUM({','.join(parts)})"
