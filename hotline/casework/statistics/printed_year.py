"""A province's year in one line as a document: a row for each commune, a column for each month."""

from collections.abc import Iterator
from dataclasses import replace

from babel.dates import get_month_names

from hotline.casework.months import Month
from hotline.casework.statistics.printed import (
    BLANK,
    Cell,
    Column,
    Document,
    Fact,
    Notice,
    Number,
    Row,
    Section,
    Words,
)
from hotline.casework.statistics.printed_month import letterhead
from hotline.casework.statistics.printed_province import footnotes, line_names
from hotline.casework.statistics.printed_words import day, word
from hotline.casework.statistics.province_suppression import WHOLE
from hotline.casework.statistics.province_year import ProvinceYear


def year_document(shown: ProvinceYear, language: str) -> Document:
    """The year in Vietnamese, Russian or English."""
    named = line_names(shown.lines, language).get(shown.line, shown.line)
    rows = [(WHOLE, _said("whole", language)), *((one.head.code, one.head.name) for one in shown.communes)]
    months = get_month_names("abbreviated", context="stand-alone", locale=language)
    section = Section(
        named,
        tuple(Column(str(month), months[month.number]) for month in shown.months),
        tuple(
            Row(code, name, tuple(shown.cells[code, month] for month in shown.months), level=0 if code == WHOLE else 1)
            for code, name in rows
        ),
    )
    state = Section(_said("state", language), section.columns, tuple(_state(shown, language)))
    return Document(
        title=_said("year_title", language).format(line=named),
        unit=shown.unit_name,
        period=_said("year", language).format(year=shown.year),
        language=language,
        sections=(section, state) if state.rows else (section,),
        notices=() if shown.communes else (Notice(_said("nobody", language)),),
        facts=(Fact(word("facts", "timezone", language), shown.timezone),),
        letterhead=replace(letterhead(language), indicator=_said("commune", language)),
        footnotes=footnotes(shown.cells.values(), language),
        wide=True,
    )


def _told(shown: ProvinceYear, month: Month, language: str) -> Cell:
    """Nothing of a month in which nothing has happened, before all others."""
    if (issue := shown.issues.get(month)) is not None:
        return Words(_said("issue_at", language).format(number=issue.number, at=day(issue.at, language)))
    return BLANK if shown.cells[WHOLE, month] == Number(0) else Words(_said("not_issued", language))


def _state(shown: ProvinceYear, language: str) -> Iterator[Row]:
    """Of each month: was it issued, when and how often, and have the communes' figures changed since."""
    issues = [shown.issues.get(month) for month in shown.months]
    if not any(issues):
        return
    told = [_told(shown, month, language) for month in shown.months]
    yield Row("state.issued", _said("issue", language), tuple(told))
    if any(issue and issue.changed for issue in issues):
        marks = [Words(_said("changed_mark", language)) if issue and issue.changed else BLANK for issue in issues]
        yield Row("state.changed", _said("changed", language), tuple(marks))


def _said(name: str, language: str) -> str:
    return word("province", name, language)
