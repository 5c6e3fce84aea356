"""Whatever the form, the numbers are the same: JSON, CSV, XLSX and PDF read back and compared cell by cell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hotline.casework.statistics.figures import KINDS, Figures, InTime, MonthlyStatistics, Part
from hotline.casework.statistics.printed import SUPPRESSED, Document, Number, Row
from hotline.casework.statistics.printed_month import monthly_document
from hotline.forms.csv_file import harmless, write_csv
from hotline.forms.pdf_file import write_pdf
from hotline.forms.reading import percentage, plain
from hotline.forms.xlsx_file import write_xlsx
from tests.hotline.forms import read_back
from tests.hotline.forms.months import ENTERED, MONTHS, NOVEMBER, TYPICAL, month

LANGUAGES = ("vi", "ru", "en")
each_month = pytest.mark.parametrize("name", MONTHS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def printed(name: str, language: str = "vi") -> Document:
    return monthly_document(MONTHS[name], language)


def languages_of(name: str) -> tuple[str, ...]:
    """One month is tried in all of them, the others in Vietnamese."""
    return LANGUAGES if name == "typical" else ("vi",)


# ---- the document against the figures' own JSON


def numbers(figures: Mapping[str, Any]) -> dict[str, int | None]:
    """Every number of a month's JSON by its path; what stands beside the month is another month's."""
    others = (
        "in_course",
        "entered_by",
        "signatures",
        "previous",
        "same_month_last_year",
        "signed",
        "out_of_balance",
        "balances",
    )
    return dict(_numbers("", {name: value for name, value in figures.items() if name not in others}))


def _numbers(path: str, value: Any) -> Iterator[tuple[str, int | None]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _numbers(f"{path}.{name}" if path else name, part)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _numbers(f"{path}.{place}", part)
    elif value is None or isinstance(value, int):
        yield path, value


ELSEWHERE = {
    "confirmed": ("confirmed.n", "confirmed.of"),
    "valuable": ("valuable.n", "valuable.of"),
    "deadlines": ("deadlines.kept", "deadlines.due"),
    "entered.keychain_households": ("entered.keychain_households", "entered.keychain_households_of"),
    "entered.keychain_agencies": ("entered.keychain_agencies", "entered.keychain_agencies_of"),
    "entered.footage_received": ("entered.footage_received", "entered.footage_requested"),
    "balances": (None, "calls.received"),
}
"""Where a line's count and base stand in the JSON, if not under the line's own key."""
NOT_NUMBERS_OF_A_MONTH = {"so_far", "signature", "former"}


def paths_of(row: Row) -> tuple[str | None, str | None]:
    if row.key.startswith("acknowledged_in_time."):
        return f"{row.key}.kept", f"{row.key}.due"
    return ELSEWHERE.get(row.key, (row.key, None))


@each_month
def test_the_document_has_every_number_of_the_json_and_no_other(name: str) -> None:
    statistics = MONTHS[name]
    known = {path: value for path, value in numbers(statistics.to_json()).items() if path not in NOT_NUMBERS_OF_A_MONTH}
    missing = set(known) - ({"repeat_callers"} if statistics.of_former_lines else set())  # of the whole unit only
    for section, row in printed(name).rows():
        cells = {column.key: cell for column, cell in zip(section.columns, row.cells, strict=True)}
        for column, path in zip(("count", "base"), paths_of(row), strict=True):
            if path in known:
                cell = cells[column]
                assert isinstance(cell, Number), (row.key, column)
                assert cell.n == known[path], (row.key, column)
                missing.discard(path)
    assert missing == set()


@pytest.mark.parametrize(("column", "beside"), [("previous", "previous"), ("last_year", "same_month_last_year")])
@each_month
def test_the_months_beside_it_are_those_of_the_json(name: str, column: str, beside: str) -> None:
    known = numbers(MONTHS[name].to_json()[beside])
    compared = 0
    for section, row in printed(name).rows():
        cells = {one.key: cell for one, cell in zip(section.columns, row.cells, strict=True)}
        cell, (path, _) = cells.get(column), paths_of(row)
        if isinstance(cell, Number) and path in known:
            assert cell.n == known[path], row.key
            compared += 1
    assert compared > 20


@each_month
def test_what_was_signed_stands_beside_the_revision_only_where_they_differ(name: str) -> None:
    statistics, document = MONTHS[name], printed(name)
    headed = [column.key for column in document.sections[0].columns]
    assert ("signed" in headed) == statistics.revised
    if statistics.signed and statistics.revised:
        known = numbers(statistics.signed.to_json())
        place = headed.index("signed")
        signed = {row.key: row.cells[place] for section, row in document.rows() if section.columns[0].key == "signed"}
        for key in ("calls.received", "kinds.admin", "kinds.report", "anonymous_reports"):
            assert signed[key] == Number(known[key])


# ---- the forms against the document


@each_language
@each_month
def test_the_csv_has_every_cell(name: str, language: str) -> None:
    document = printed(name, language)
    lines = read_back.csv_lines(write_csv(document), document)
    assert lines == [tuple(map(harmless_words, line)) for line in read_back.document_lines(document)]


def harmless_words(told: str) -> str:
    return told if re.match(r"-[0-9]", told) else harmless(told)


@each_month
def test_the_workbook_has_every_cell(name: str) -> None:
    for language in languages_of(name):
        document = printed(name, language)
        assert read_back.xlsx_lines(write_xlsx(document), document) == read_back.document_lines(document)


@each_month
def test_another_program_calculates_the_same_from_the_formulas(name: str, tmp_path: Path) -> None:
    path = tmp_path / "month.xlsx"
    path.write_bytes(write_xlsx(printed(name)))
    found = list(read_back.recalculated(str(path)))
    assert len(found) > 100
    for formula, stored, calculated in found:
        assert calculated == pytest.approx(stored, rel=1e-9, abs=1e-9), formula


@pytest.mark.parametrize("name", ["typical", "unbalanced", "revised", "huge", "hostile"])
def test_the_paper_has_every_cell_and_nothing_besides(name: str) -> None:
    for language in languages_of(name):
        on_paper(printed(name, language))


@cache
def paper_of(document: Document) -> str:
    """The text of its pages; read once, because that takes a while."""
    return squeezed(read_back.pdf_text(write_pdf(document)))


def on_paper(document: Document) -> None:
    """Take every line of the document off the paper, in order; what is left has no figures."""
    rest = paper_of(document)
    place = 0
    for section, row in document.rows():
        note = f"({row.note})" if row.note else ""
        start, end = found(rest, " ".join([row.number, plain(row.label), note]), place)
        if not row.heading:
            said = [understood for cell in row.cells if (understood := read_back.told(cell))]
            shown, end = following(rest, end, document, len(said))
            assert shown == [squeezed(plain(one)) for one in said], (section.heading, row.key)
        rest, place = rest[:start] + rest[end:], start
    for column in (column for section in document.sections for column in section.columns):
        rest = rest.replace(squeezed(plain(column.heading)), "")
    assert not re.search(r"[0-9][.,]?[0-9]*%", rest)


def found(text: str, wanted: str, start: int) -> tuple[int, int]:
    """Where it stands, however its lines were broken."""
    at = re.compile(r"\s*".join(map(re.escape, wanted.replace(" ", "")))).search(text, start)
    assert at, f"{wanted!r} is not on the paper after {text[max(0, start - 80) : start + 120]!r}"
    return at.span()


WORDS_IN_CELLS = "KHÔNG KHỚP|KHỚP|DOES NOT BALANCE|BALANCES|НЕ СХОДИТСЯ|СХОДИТСЯ|không có|н/д|n/a|<3"
FIGURE = r"[-+\N{MINUS SIGN}]?[0-9]{1,3}(?:[.,\N{NO-BREAK SPACE}][0-9]{3})*(?:[.,][0-9](?![0-9]))?"
CELL = re.compile(rf"\s*(?P<cell>{WORDS_IN_CELLS}|{FIGURE}(?:\s?%|\s(?:điểm %|п\. п\.|pp))?)")


def following(text: str, place: int, document: Document, many: int) -> tuple[list[str], int]:
    shown = []
    for _ in range(many):
        cell = CELL.match(text, place)
        assert cell, text[place : place + 80]
        shown.append(read_back.understood(cell["cell"], document))
        place = cell.end()
    return shown, place


def squeezed(text: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


# ---- any month at all

COUNTS = st.integers(0, 10_000)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
MAPPED = st.dictionaries(NAMES, COUNTS, max_size=6)
PARTS = st.tuples(COUNTS, COUNTS).map(lambda two: Part(min(two), max(two)))
CLOCKS = st.tuples(COUNTS, COUNTS).map(lambda two: InTime(max(two), min(two)))
SOMETIMES = st.none() | COUNTS
FIGURES = st.builds(
    Figures,
    received=COUNTS,
    hung_up=COUNTS,
    kinds=st.dictionaries(st.sampled_from(KINDS), COUNTS),
    categories=st.dictionaries(st.sampled_from(["ADM-ID", "RPT-THEFT", "RPT-ADDINFO", "=1+1"]), COUNTS),
    places=MAPPED,
    languages=st.dictionaries(st.sampled_from(["vi", "ru", "en", "hmn", "?"]), COUNTS),
    hours=st.tuples(*[COUNTS] * 24),
    office_hours=COUNTS,
    first_officer_s=SOMETIMES,
    anonymous_reports=COUNTS,
    confirmed=PARTS,
    valuable=PARTS,
    deadlines=CLOCKS,
    acknowledged_in_time=st.dictionaries(st.sampled_from(["critical", "high", "normal", "low"]), CLOCKS),
    oldest_open_days=SOMETIMES,
    incidents=MAPPED,
    entered=st.dictionaries(st.sampled_from(["keychain_households", "keychain_households_of", "=x"]), COUNTS),
    repeat_callers=SOMETIMES,
)
ANY_MONTH = st.builds(month, FIGURES, previous=FIGURES, same_month_last_year=FIGURES, signed=st.none() | FIGURES)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
@given(ANY_MONTH, st.sampled_from(LANGUAGES))
def test_any_month_is_the_same_in_every_table(statistics: MonthlyStatistics, language: str) -> None:
    document = monthly_document(statistics, language)
    lines = read_back.document_lines(document)
    assert len({row.key for _, row in document.rows()}) == len(lines)
    assert read_back.csv_lines(write_csv(document), document) == lines
    assert read_back.xlsx_lines(write_xlsx(document), document) == lines


@settings(max_examples=15, deadline=None, phases=[Phase.generate])
@given(st.lists(NAMES, unique=True, min_size=1, max_size=20))
def test_no_name_becomes_a_formula_in_a_table(names: list[str]) -> None:
    document = monthly_document(month(replace(NOVEMBER, places=dict.fromkeys(names, 1))), "vi")
    for row in read_back.csv_rows(write_csv(document)):
        for text in (row["label"], row["note"], row["key"]):
            assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))


# ---- what the numbers are


def test_nothing_has_no_sign() -> None:
    """A hair less is "0.0%" and never "-0.0%"."""
    assert str(percentage(Fraction(-1, 10_000))) == "0.0"


def test_a_share_is_rounded_as_people_round() -> None:
    [said] = [line for line in read_back.document_lines(printed("typical", "en")) if line[:2] == ("9", "127")]
    assert said == ("9", "127", "7.1%", "3", "200.0%", "0")
    assert Fraction(9, 127) == TYPICAL.figures.hung_up / Fraction(127)


def test_a_rate_without_a_base_is_not_nought() -> None:
    rows = {row.key: row for _, row in printed("empty", "en").rows()}
    for key in ("confirmed", "valuable", "deadlines", "acknowledged_in_time.high"):
        assert read_back.told(rows[key].cells[2]) == "n/a"
    assert read_back.told(rows["calls.received"].cells[4]) == "n/a"


def test_a_month_that_does_not_balance_says_so_in_every_form() -> None:
    document = printed("unbalanced", "en")
    rows = {row["key"]: row for row in read_back.csv_rows(write_csv(document))}
    assert "DOES NOT BALANCE: 129 calls" in rows["alarm"]["note"]
    assert rows["balances"]["share"] == "DOES NOT BALANCE"
    assert "1017, 1018" in rows["balances"]["note"]
    paper = paper_of(document)
    assert paper.count("DOES NOT BALANCE") == 2
    assert "1017, 1018" in paper
    assert "and 20 more" in paper
    sheet = read_back.xlsx_lines(write_xlsx(document), document)
    assert ("127", "129", "DOES NOT BALANCE") in [line[:3] for line in sheet]


def test_a_suppressed_cell_is_less_than_three_in_every_form() -> None:
    document = printed("typical")
    [first, *rest] = document.sections
    hidden = replace(first.rows[0], cells=(SUPPRESSED, *first.rows[0].cells[1:]))
    changed = replace(document, sections=(replace(first, rows=(hidden, *first.rows[1:])), *rest))
    assert read_back.csv_lines(write_csv(changed), changed)[0][0] == "<3"
    assert read_back.xlsx_lines(write_xlsx(changed), changed)[0][0] == "<3"
    assert "đến <3" in squeezed(read_back.pdf_text(write_pdf(changed)))


def test_names_that_are_commands_elsewhere_are_printed_as_they_stand() -> None:
    paper = paper_of(printed("hostile", "vi"))
    for name in ("#strong[x] $x$ *y* _z_ `q` \\ // <a> @ref ~", "@Thào *#panic()*", "<script>alert(1)</script>"):
        assert name in paper


def test_who_entered_a_figure_by_hand_stands_beside_it() -> None:
    document = monthly_document(ENTERED, "en")
    notes = {row["key"]: row["note"] for row in read_back.csv_rows(write_csv(document))}
    assert notes["entered.keychain_households"] == "entered by hand: Lý, 30 Nov 2026"
    assert notes["entered.footage_received"] == "entered by hand"
    assert [notice.text for notice in document.notices][1:] == [
        "Calls still on the line: 1. They are counted once they end."
    ]


def test_the_same_document_is_the_same_paper() -> None:
    assert write_pdf(printed("signed")) == write_pdf(printed("signed"))
