"""A long list of calls as XLSX, row by row: the memory it takes does not grow with the list."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hotline.casework.call_log import CallRow
from hotline.forms.reading import plain

ROWS_A_SHEET = 1_000_000  # a sheet holds 1,048,576
_COLUMNS = (
    ("id", 9),
    ("started_at", 20),
    ("ended_at", 20),
    ("utc_offset", 10),
    ("duration_s", 11),
    ("line", 15),
    ("language", 9),
    ("kind", 11),
    ("category", 17),
    ("outcome", 16),
    ("privacy", 13),
    ("report", 14),
    ("steps", 7),
    ("recordings", 11),
    ("hung_up_at", 20),
    ("carrier_call_id", 38),
    ("flow", 12),
)


def write_calls(rows: Iterable[CallRow], file: Path) -> int:
    """Write the calls to a file and return how many there were. No caller's number is in a `CallRow`.

    What is written meanwhile lies beside the file and is gone in the end."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".calls-") as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            head = book.add_format({"bold": True, "bg_color": "#E8EEEB", "bottom": 1})
            count = 0
            for place, values in _placed(rows):
                if place == 1:
                    sheet = _sheet(book, head)
                _write(sheet, place, values, moment)
                count += 1
            if not count:
                _sheet(book, head)
    return count


def _placed(rows: Iterable[CallRow]) -> Iterator[tuple[int, Sequence[Any]]]:
    """Each call with its row on its sheet; row 0 is the heading."""
    for number, row in enumerate(rows):
        yield number % ROWS_A_SHEET + 1, _values(row)


def _values(row: CallRow) -> Sequence[Any]:
    return (
        row.id,
        row.started_at.replace(tzinfo=None),  # a spreadsheet knows no zones: its own column says the offset
        row.ended_at and row.ended_at.replace(tzinfo=None),
        row.started_at.strftime("%z"),
        row.duration_s,
        row.line,
        row.language,
        row.kind,
        row.category,
        row.outcome,
        row.privacy,
        row.report,
        row.steps,
        len(row.recordings),
        row.hung_up_at,
        row.carrier_call_id,
        row.flow,
    )


def _sheet(book: xlsxwriter.Workbook, head: Format) -> Worksheet:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 2)
    for place, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, name, head)
    return sheet


def _write(sheet: Worksheet, line: int, values: Sequence[Any], moment: Format) -> None:
    for place, value in enumerate(values):
        match value:
            case None:
                continue
            case datetime():
                sheet.write_datetime(line, place, value, moment)
            case int():
                sheet.write_number(line, place, value)
            case _:
                sheet.write_string(line, place, plain(str(value)))
