"""PDF: the document on A4, with a head, page numbers and places to sign, set by typst with the fonts in its wheel."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import typst

from hotline.casework.statistics.printed import Cell, Document, Row, Section, Words
from hotline.forms.reading import plain, written

MEDIA_TYPE = "application/pdf"
_SHORT, _HALVED = 16, range(12, 61)  # so few letters and so many lines fit beside one another
_ABREAST, _SHORT_ABREAST, _SHORT_HEADING = 9, 12, 9  # columns on a page that lies across; letters of a short name
_PAGE = Path(__file__).with_name("page.typ")


def write_pdf(document: Document) -> bytes:
    """The document as PDF/UA, which a screen reader can read; the same bytes for the same document."""
    return typeset(_PAGE, _paper(document), pdf_standards=["ua-1"])


def typeset(page: Path, paper: Mapping[str, Any], **how: Any) -> bytes:
    """A page of typst filled with what it is told, as PDF. `how` goes to typst."""
    told = {"paper": json.dumps(paper, ensure_ascii=False)}
    pdf: bytes = typst.compile(page.read_bytes(), format="pdf", font_paths=_fonts(), sys_inputs=told, **how)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    """Those that came with typst: a page looks the same on every machine, and no machine needs any."""
    return typst.Fonts(include_system_fonts=False)


def _paper(document: Document) -> dict[str, Any]:
    """What the page is told; it sets every text as it stands, so that nobody's name can be a command."""
    letterhead = document.letterhead
    return {
        "title": plain(document.title),
        "unit": plain(document.unit),
        "period": plain(document.period),
        "language": document.language,
        "motto": letterhead.motto,
        "dateline": letterhead.dateline,
        "page": letterhead.page,
        "number": letterhead.number,
        "indicator": letterhead.indicator,
        "notices": [{"text": plain(one.text), "alarming": one.alarming} for one in document.notices],
        "facts": [{"label": plain(one.label), "value": plain(one.value)} for one in document.facts],
        "signatories": [{"role": one.role, "how": one.how, "name": plain(one.name)} for one in letterhead.signatories],
        "wide": document.wide,
        "footnotes": [plain(note) for note in document.footnotes],
        "parts": list(_across(document) if document.wide else _parts(document)),
    }


def _parts(document: Document) -> Iterator[dict[str, Any]]:
    """Sections with the same columns are one table, so that its columns stand under one another."""
    for columns, grouped in groupby(document.sections, key=lambda section: section.columns):
        keys, sections = [column.key for column in columns], list(grouped)
        short = all(len(row.label) < _SHORT for section in sections for row in section.rows)
        yield {
            "columns": [plain(column.heading) for column in columns],
            "whole": {"count", "previous", "change", "last_year"} <= set(keys),
            "halved": len(sections) == 1 and len(keys) < 4 and short and len(sections[0].rows) in _HALVED,
            "sections": [_section(section, document) for section in sections],
        }


def _across(document: Document) -> Iterator[dict[str, Any]]:
    """More columns than one page has room for: group by group, each with the names of all lines."""
    columns = document.sections[0].columns
    abreast = _SHORT_ABREAST if all(len(column.heading) <= _SHORT_HEADING for column in columns) else _ABREAST
    for start in range(0, len(columns), abreast):
        shown = slice(start, start + abreast)
        yield {
            "columns": [plain(column.heading) for column in columns[shown]],
            "sections": [_section(_cut(section, shown), document) for section in document.sections],
        }


def _cut(section: Section, shown: slice) -> Section:
    rows = tuple(replace(row, cells=row.cells[shown]) for row in section.rows)
    return replace(section, columns=section.columns[shown], rows=rows)


def _section(section: Section, document: Document) -> dict[str, Any]:
    return {"heading": plain(section.heading), "rows": [_row(row, document) for row in section.rows]}


def _row(row: Row, document: Document) -> dict[str, Any]:
    return {
        "number": row.number,
        "label": plain(row.label),
        "note": plain(row.note),
        "level": row.level,
        "heading": row.heading,
        "cells": [_cell(cell, document) for cell in row.cells],
    }


def _cell(cell: Cell, document: Document) -> dict[str, Any]:
    alarming = isinstance(cell, Words) and cell.alarming
    return {"text": written(cell, document), "words": isinstance(cell, Words), "alarming": alarming}
