"""The forms of a month by name, as the console and the command line offer them."""

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hotline.casework.statistics.figures import MonthlyStatistics
from hotline.casework.statistics.printed import Document
from hotline.casework.statistics.printed_month import monthly_document
from hotline.casework.statistics.printed_province import province_document
from hotline.casework.statistics.printed_year import year_document
from hotline.casework.statistics.province_table import ProvinceTable
from hotline.casework.statistics.province_year import ProvinceYear


@dataclass(frozen=True, slots=True)
class Paper:
    """A month in one form."""

    content: bytes
    media_type: str


_WRITERS = {
    "csv": "hotline.forms.csv_file:write_csv",
    "xlsx": "hotline.forms.xlsx_file:write_xlsx",
    "pdf": "hotline.forms.pdf_file:write_pdf",
}
PRINTED = tuple(_WRITERS)
"""The forms that have words in a language."""
FORMS = ("json", *PRINTED)
"""What a month can be had as."""


def month_as(form: str, statistics: MonthlyStatistics, language: str) -> Paper:
    """A month in one of FORMS; the words of all but JSON in Vietnamese, Russian or English.

    What writes a form is loaded when the form is wanted: a typesetter is heavy."""
    if form == "json":
        return json_of(statistics.to_json())
    return document_as(form, monthly_document(statistics, language))


def province_as(form: str, table: ProvinceTable, language: str) -> Paper:
    """A province's month in one of FORMS, as `month_as`."""
    return json_of(table.to_json()) if form == "json" else document_as(form, province_document(table, language))


def year_as(form: str, year: ProvinceYear, language: str) -> Paper:
    """A province's year in one of FORMS, as `month_as`."""
    return json_of(year.to_json()) if form == "json" else document_as(form, year_document(year, language))


def json_of(figures: Mapping[str, Any]) -> Paper:
    """Figures for programs."""
    return Paper(f"{json.dumps(figures, ensure_ascii=False, indent=2)}\n".encode(), "application/json")


def document_as(form: str, document: Document) -> Paper:
    """Any document as csv, xlsx or pdf."""
    place, _, name = _WRITERS[form].partition(":")
    module = importlib.import_module(place)
    write: Callable[[Document], bytes] = getattr(module, name)
    return Paper(write(document), module.MEDIA_TYPE)
