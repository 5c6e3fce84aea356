"""Each form read back by other hands than wrote it, into the same plain words: line by line, cell by cell.

A cell is told as "1234", "70.9%", "-3.2" (points), "n/a", "<3" or its words; an empty one as ""."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ironcalc
import openpyxl
import pypdf

from hotline.casework.statistics.printed import (
    Cell,
    Change,
    Document,
    Number,
    Points,
    Share,
    Suppressed,
    Withheld,
    Words,
)

Lines = list[tuple[str, ...]]
"""The cells of each line, in the order of the document."""
_TENTH = Decimal("0.1")
_GROUPS = {"vi": ".", "ru": "\N{NO-BREAK SPACE}", "en": ","}
_POINT = {"vi": ",", "ru": ",", "en": "."}


def told(cell: Cell) -> str:
    """What a form has to say of this cell."""
    match cell:
        case Number(n):
            return "n/a" if n is None else str(n)
        case Share() | Change():
            return "n/a" if cell.rate is None else f"{_tenths(Decimal(cell.rate.numerator), cell.rate.denominator)}%"
        case Points():
            return "n/a" if cell.rate is None else str(_tenths(Decimal(cell.rate.numerator), cell.rate.denominator))
        case Words(text):
            return text
        case Suppressed():
            return "<3"
        case Withheld():
            return "•"
    return ""


def document_lines(document: Document) -> Lines:
    return [tuple(told(cell) for cell in row.cells) for _, row in document.rows()]


def _tenths(part: Decimal, whole: int) -> Decimal:
    value = (part * 100 / whole).quantize(_TENTH, ROUND_HALF_UP)
    return value if value else abs(value)


# ---- CSV


def csv_rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "Excel would not read the letters"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def csv_lines(content: bytes, document: Document) -> Lines:
    rows = [row for row in csv_rows(content) if row["section"]]
    told_of = [[column.key for column in section.columns] for section, _ in document.rows()]
    assert len(rows) == len(told_of)
    return [tuple(row[key] for key in keys) for row, keys in zip(rows, told_of, strict=True)]


# ---- XLSX


def xlsx_lines(content: bytes, document: Document) -> Lines:
    """From the stored values, as a reader sees them that does not calculate."""
    sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    return [
        tuple(_shown(cell, document) for cell in cells[2 : 2 + len(row.cells)])
        for cells, (_, row) in zip(_body(sheet, document), document.rows(), strict=True)
    ]


def _body(sheet: Any, document: Document) -> list[tuple[Any, ...]]:
    """The lines of the sheet that belong to lines of the document: those whose name has a border all round."""
    found = [
        row for row in sheet.iter_rows() if len(row) > 2 and row[1].border.left.style and not row[1].fill.fill_type
    ]
    assert len(found) == len(list(document.rows()))
    return found


def _shown(cell: Any, document: Document) -> str:
    if cell.value is None:
        return ""
    if isinstance(cell.value, str):
        return "n/a" if cell.value == document.letterhead.no_value else cell.value
    value = Decimal(repr(cell.value)) if isinstance(cell.value, float) else Decimal(cell.value)
    if cell.number_format == "#,##0":
        return str(value)
    if "%" in cell.number_format and document.letterhead.points not in cell.number_format:
        return f"{_near(value * 100)}%"
    return str(_near(value))


def _near(value: Decimal) -> Decimal:
    """To a tenth; a floating number just under a half was a half."""
    rounded = value.quantize(Decimal("1e-9")).quantize(_TENTH, ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)


def recalculated(path: str) -> Iterator[tuple[str, float, float]]:
    """Every formula of a workbook with what is stored beside it and what another program makes of it."""
    formulas = openpyxl.load_workbook(path).active
    stored = openpyxl.load_workbook(path, data_only=True).active
    engine = ironcalc.load_from_xlsx(path, "en", "UTC", "en")
    engine.evaluate()
    for row in formulas.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                yield cell.value, stored[cell.coordinate].value, engine.get_cell_value(0, cell.row, cell.column)


# ---- PDF and the page


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def understood(text: str, document: Document) -> str:
    """A cell as people read it in their language, told plainly."""
    if text == document.letterhead.no_value:
        return "n/a"
    bare = text.removesuffix(document.letterhead.points).replace("\N{MINUS SIGN}", "-").removeprefix("+").strip()
    pattern = re.compile(r"-?[0-9]{1,3}(?:[.,\s]?[0-9]{3})*(?:[.,][0-9])?\s?%?")
    if not pattern.fullmatch(bare):
        return text
    plain = bare.replace(_GROUPS[document.language], "").replace(_POINT[document.language], ".")
    return plain.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
