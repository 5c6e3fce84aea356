"""A province's month as a document: the lines of the monthly report, a column for each commune."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hotline.casework.statistics.printed import (
    BLANK,
    Cell,
    Column,
    Document,
    Fact,
    Notice,
    Row,
    Section,
    Suppressed,
    Withheld,
    Words,
)
from hotline.casework.statistics.printed_month import letterhead
from hotline.casework.statistics.printed_rows import Indicator, Lines
from hotline.casework.statistics.printed_words import day, month_name, sentence, word
from hotline.casework.statistics.province_lines import ProvinceLine, noughts_of
from hotline.casework.statistics.province_table import Issue, ProvinceTable, Shown, ShownColumn

_SECTIONS = ("calls", "subjects", "work", "spread", "registers", "also")
_PAIRED = ("due", "kept", "of", "n")
"""Two lines where a commune's own month has one with a share."""


def province_document(table: ProvinceTable, language: str) -> Document:
    """The table in Vietnamese, Russian or English. It adds nothing to it but names."""
    columns = _in_order(table, language)
    heads = tuple(Column(one.head.code, one.head.name) for one in columns)
    lines = {line.key: line for line in table.lines}
    sections = [Section(_said("state", language), heads, tuple(_state(table, columns, language)))]
    for name, indicators in indicators_of(table.lines, language).items():
        rows = [_filled(row, table, heads) for row in _rows(indicators, lines, language)]
        sections.append(Section(word("sections", name, language), heads, tuple(rows)))
    return Document(
        title=_said("title", language),
        unit=table.unit_name,
        period=_period(table, language),
        language=language,
        sections=tuple(sections),
        notices=tuple(_notices(table, language)),
        facts=(
            *([Fact(_said("issue", language), _issue_told(table.issue, language))] if table.issue else []),
            Fact(word("facts", "timezone", language), table.timezone),
        ),
        letterhead=letterhead(language),
        footnotes=footnotes(table.cells.values(), language),
        wide=True,
    )


def _issue_told(issue: Issue, language: str) -> str:
    """Which issue of the month it is and of which day, with those before it."""
    *earlier, this = [
        _said("issue_at", language).format(number=number, at=day(at, language))
        for number, at in enumerate((*issue.earlier, issue.at), 1)
    ]
    return _said("earlier", language).format(this=this, earlier="; ".join(earlier)) if earlier else this


def footnotes(cells: Iterable[Shown], language: str) -> tuple[str, ...]:
    """What the marks mean that stand in the table."""
    kinds = {type(cell) for cell in cells}
    marks = {Suppressed: "few", Withheld: "hidden"}
    return tuple(_said(name, language) for kind, name in marks.items() if kind in kinds)


def line_names(lines: Sequence[ProvinceLine], language: str) -> Mapping[str, str]:
    """What each line is called where it stands alone, such as in a choice."""
    keys = {line.key: line for line in lines}
    named: dict[str, str] = {}
    for indicators in indicators_of(lines, language).values():
        above = ""
        for row in _rows(indicators, keys, language):
            if row.heading:
                above = row.label
            elif row.key in keys:
                apart = row.level and row.key.rpartition(".")[2] in _PAIRED
                named[row.key] = f"{above}: {row.label}" if apart and above else row.label
    return named


def indicators_of(lines: Sequence[ProvinceLine], language: str) -> Mapping[str, Sequence[Indicator]]:
    """The lines of the monthly report that a month with these names has, by section."""
    made = Lines([noughts_of(line.key for line in lines)], language)
    return {name: getattr(made, name)() for name in _SECTIONS}


def _rows(indicators: Sequence[Indicator], lines: Mapping[str, ProvinceLine], language: str) -> Iterator[Row]:
    """The rows without their cells: of each line that the table has, and the headings over them."""
    for one in indicators:
        pair = [f"{one.key}.{name}" for name in _PAIRED if f"{one.key}.{name}" in lines]
        row = Row(one.key, one.label, (), one.number, one.level, sum_of=one.sum_of, less=one.less)
        if one.key in lines:
            yield row
        elif len(pair) == 1:
            yield replace(row, key=pair[0])
        elif pair:
            yield replace(row, heading=True)
            for key in pair:
                yield Row(key, _said(key.rpartition(".")[2], language), (), level=min(one.level + 1, 2))
        elif any(key.startswith(f"{one.key}.") for key in lines):
            yield replace(row, heading=True, sum_of=(), less=())


def _in_order(table: ProvinceTable, language: str) -> tuple[ShownColumn, ...]:
    """The whole first: on a telephone it is what is seen beside the names of the lines."""
    whole = replace(table.whole, head=replace(table.whole.head, name=_said("whole", language)))
    return (whole, *table.columns)


def _filled(row: Row, table: ProvinceTable, heads: Sequence[Column]) -> Row:
    return replace(row, cells=tuple(BLANK if row.heading else table.cells[row.key, head.key] for head in heads))


def _state(table: ProvinceTable, columns: Sequence[ShownColumn], language: str) -> Iterator[Row]:
    """Of each column: does it balance, is the month over, who signed it and when, are those the figures."""
    balances = [Words(word("balance", "holds" if c.balances else "broken", language), not c.balances) for c in columns]
    yield Row("state.balances", _said("balances", language), tuple(balances), "✓")
    if any(column.so_far for column in columns):
        marks = [Words(_said("so_far_mark", language)) if column.so_far else BLANK for column in columns]
        yield Row("state.so_far", _said("so_far", language), tuple(marks))
    if any(column.heir or column.without for column in columns):
        yield Row("state.merged", _said("merged", language), tuple(_merged(column, language) for column in columns))
    yield Row("state.signed", _said("signed", language), tuple(_signed(column, language) for column in columns))
    if any(column.revised for column in columns):
        name = "signed_other" if table.issue else "revised"
        marks = [Words(_said(f"{name}_mark", language), True) if column.revised else BLANK for column in columns]
        yield Row("state.revised", _said(name, language), tuple(marks))


def _merged(column: ShownColumn, language: str) -> Cell:
    said = [_said("heir", language).format(name=column.heir.name)] if column.heir else []
    if column.without:
        said.append(_said("without", language).format(names=", ".join(one.name for one in column.without)))
    return Words("; ".join(said)) if said else BLANK


def _signed(column: ShownColumn, language: str) -> Cell:
    if column.signed is None:
        return BLANK if column.is_whole else Words(_said("unsigned", language))
    return Words(f"{_said(column.signed.role, language)}, {day(column.signed.at, language)}")


def _period(table: ProvinceTable, language: str) -> str:
    name = month_name(table.month, language)
    return sentence("so_far", language).format(period=name) if table.so_far else name


def _notices(table: ProvinceTable, language: str) -> Iterator[Notice]:
    if not table.columns:
        yield Notice(_said("nobody", language))
    if broken := [column.head.name for column in table.columns if not column.balances]:
        yield Notice(_said("unbalanced", language).format(names=", ".join(broken)), alarming=True)
    if table.so_far:
        yield Notice(word("notices", "so_far", language))
    yield from _issue_notices(table, language)
    if revised := [column.head.name for column in table.columns if column.revised]:
        said = "signed_others" if table.issue else "revised_since"
        yield Notice(_said(said, language).format(names=", ".join(revised)))


def _issue_notices(table: ProvinceTable, language: str) -> Iterator[Notice]:
    issue = table.issue
    if table.awaits_issue:
        yield Notice(_said("awaits_issue", language))
    if issue and issue.earlier:
        moments = {"at": day(issue.at, language), "before_at": day(issue.earlier[-1], language)}
        said = _said("new_issue", language).format(number=issue.number, before=issue.number - 1, **moments)
        yield Notice(said)
    if issue and issue.replaced_by:
        yield Notice(_said("replaced", language).format(number=issue.number, by=issue.replaced_by), alarming=True)
    if issue and issue.changed:
        yield Notice(_said("changed_since", language).format(at=day(issue.at, language)))


def _said(name: str, language: str) -> str:
    return word("province", name, language)
