"""CSV: one line for each line of the document, for programs, with column names that no language changes.

Commas and decimal points as RFC 4180 readers expect, whatever the language: who wants to open it in Excel takes the
XLSX. The mark at its beginning (BOM) is for those who open it all the same: without it Excel reads Vietnamese letters
as something else. A share is written with its sign ("70.9%"), because "0.709" is seven hundred and nine in Viet Nam."""

import csv
import io
from collections.abc import Iterator, Sequence
from fractions import Fraction

from hotline.casework.statistics.printed import (
    Blank,
    Cell,
    Change,
    Document,
    Number,
    Points,
    Row,
    Section,
    Share,
    Suppressed,
    Withheld,
    Words,
)
from hotline.forms.reading import FEW, HIDDEN, percentage, plain

MEDIA_TYPE = "text/csv; charset=utf-8"
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # and their wide twins
NOBODY_KNOWS = "n/a"
_NAMES = ("section", "key", "number", "label")


def write_csv(document: Document) -> bytes:
    """The document as UTF-8 with a BOM. No text in it begins a formula."""
    keys = _column_keys(document)
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow([*_NAMES, *keys, "note"])
    lines.writerows(_head(document, len(keys)))
    lines.writerows(_line(section, row, keys) for section, row in document.rows())
    lines.writerows(["", "footnote", "", "", *[""] * len(keys), harmless(note)] for note in document.footnotes)
    return text.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    cleaned = plain(text)
    return f"'{cleaned}" if cleaned.lstrip().startswith(_BEGINS_A_FORMULA) else cleaned


def _column_keys(document: Document) -> list[str]:
    """Every column of any section, each once."""
    return list(dict.fromkeys(harmless(column.key) for section in document.sections for column in section.columns))


def _head(document: Document, columns: int) -> Iterator[list[str]]:
    """What stands above the table, as lines like the others with the words in their note."""
    empty = [""] * columns
    named = [("title", "", document.title), ("unit", "", document.unit), ("period", "", document.period)]
    named += [("fact", fact.label, fact.value) for fact in document.facts]
    named += [("alarm" if notice.alarming else "notice", "", notice.text) for notice in document.notices]
    for key, label, words in named:
        yield ["", key, "", harmless(label), *empty, harmless(words)]


def _line(section: Section, row: Row, keys: Sequence[str]) -> list[str]:
    cells = {harmless(column.key): cell for column, cell in zip(section.columns, row.cells, strict=True)}
    texts = [harmless(text) for text in (section.heading, row.key, row.number, row.label)]
    note = "; ".join(part for part in (row.note, ", ".join(map(str, row.calls))) if part)
    return [*texts, *(_written(cells.get(key)) for key in keys), harmless(note)]


def _written(cell: Cell | None) -> str:
    match cell:
        case Number(n):
            return NOBODY_KNOWS if n is None else str(n)
        case Share() | Change():
            return _percent(cell.rate, "%")
        case Points():
            return _percent(cell.rate, "")
        case Words(text):
            return harmless(text)
        case Suppressed():
            return FEW
        case Withheld():
            return HIDDEN
        case Blank() | None:
            return ""


def _percent(rate: Fraction | None, sign: str) -> str:
    return NOBODY_KNOWS if rate is None else f"{percentage(rate)}{sign}"
