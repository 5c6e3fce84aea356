"""The figures of the time before: the published table exactly, in every form, and nothing that it does not say."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.past.baseline import Baseline
from hotline.casework.past.baselines import Kept, baseline_of, take_in
from hotline.casework.past.described import PastFileError, read_described
from hotline.casework.past.printed_baseline import baseline_document
from hotline.casework.statistics.incidents import by_year
from hotline.casework.statistics.printed import Document, Number, Share
from hotline.forms.csv_file import write_csv
from hotline.forms.reading import written
from hotline.forms.xlsx_file import write_xlsx
from ivr_flows.loader import CATALOG
from storage.database import Store
from tests import cast
from tests.hotline.forms import read_back
from tests.hotline.forms.test_same_numbers import on_paper
from tests.hotline.station import station
from tests.stories.conftest import HOME

FILE = CATALOG / "demo_baseline.yaml"
NOW = datetime(2026, 11, 14, 3, 0, tzinfo=UTC)
THE_TABLE = [
    ("Calls to the hotline", "127", "100.0%"),
    ("administrative questions", "90", "70.9%"),
    ("other calls", "37", "29.1%"),
    ("Illegal drug use: received, verified, filed", "10", "7.9%"),
    ("not itemised in the source", "27", "21.3%"),
    ("Education in the commune", "2", ""),
    ("Compulsory rehabilitation", "10", ""),
    ("Persons, total", "12", ""),
    ("2021: Intentional injury", "2", ""),
    ("2022: Criminal cases", "0", ""),
    ("2022: Drugs", "0", ""),
    ("2023 (to the day of the source): Criminal cases", "0", ""),
    ("2023 (to the day of the source): Drugs", "0", ""),
    ("Public cameras", "16", ""),
    ("Cameras of households facing the road", "42", ""),
    ("Cameras, total", "58", ""),
    ("Types of models", "6", ""),
    ("Places with a model", "16", ""),
    ("of which villages", "10", ""),
    ("Keychain coverage", "", "100.0%"),
    ("Places recognised as safe", "", "100.0%"),
]


def published() -> Baseline:
    return read_described(FILE, Baseline)


def printed(language: str = "en") -> Document:
    return baseline_document(Kept(published(), 1, NOW), "Suối Đá", HOME, language)


def test_the_published_table_is_reproduced_exactly() -> None:
    document = printed()
    shown = [(row.label, *(written(cell, document) for cell in row.cells)) for _, row in document.rows()]
    assert shown == THE_TABLE
    notes = {row.key: row.note for _, row in document.rows() if row.note}
    assert notes == {
        "measure.REHAB-COMP": "Drug Rehabilitation Centre No. 1",
        "incidents.2022.criminal": "emulation banner",
    }
    assert document.period == "Cumulative since 15 Sep 2021"
    assert any("27 calls are not itemised" in notice.text for notice in document.notices)
    assert "press article" in document.facts[0].value


@pytest.mark.parametrize("language", ["vi", "ru", "en"])
def test_every_form_has_the_same_cells(language: str, tmp_path: Path) -> None:
    document = printed(language)
    lines = read_back.document_lines(document)
    assert read_back.csv_lines(write_csv(document), document) == lines
    workbook = tmp_path / "before.xlsx"
    workbook.write_bytes(write_xlsx(document))
    assert read_back.xlsx_lines(workbook.read_bytes(), document) == lines
    for formula, stored, calculated in read_back.recalculated(str(workbook)):
        assert calculated == pytest.approx(stored), formula
    on_paper(document)


def test_the_parts_add_up_as_the_document_says() -> None:
    document = printed()
    numbers = {row.key: row.cells[0].n or 0 for _, row in document.rows() if isinstance(row.cells[0], Number)}
    for _, row in document.rows():
        if row.sum_of or row.less:
            parts = sum(numbers[key] for key in row.sum_of) - sum(numbers[key] for key in row.less)
            assert numbers[row.key] == parts, row.key


def test_taking_in_twice_changes_nothing_and_a_correction_stands_beside_it(store: Store) -> None:
    of = station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, ())
    with store.write() as connection:
        assert take_in(connection, published(), NOW).new
        again = take_in(connection, published(), NOW)
        assert (again.new, again.number) == (False, 1)
        assert by_year(connection, of.unit_id) == {2021: {"injury": 2}}
    corrected = published().model_dump(mode="json")
    corrected["incidents"][0]["counts"] = {"injury": 1}
    with store.write() as connection:
        assert take_in(connection, Baseline.model_validate(corrected), NOW).number == 2
        kept = baseline_of(connection, of.unit_id)
        assert kept is not None
        assert kept.number == 2
        assert by_year(connection, of.unit_id) == {2021: {"injury": 1}}, "the one left out is withdrawn"
        assert take_in(connection, published(), NOW).number == 3
        assert by_year(connection, of.unit_id) == {2021: {"injury": 2}}, "and stands again"


def test_a_dry_run_keeps_nothing(store: Store) -> None:
    of = station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, ())
    with store.write() as connection:
        assert take_in(connection, published(), NOW, dry_run=True).new
        assert baseline_of(connection, of.unit_id) is None


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("count: 10, steps", "count: 38, steps", ("line 13", "calls.reports", "38", "37")),
        ("administrative: 90", "administrative: 128", ("line 12", "calls.administrative", "128", "127")),
        ("total: 12\n", "total: 11\n", ("persons.by_measure", "12", "11")),
        ("all: 58", "all: 57", ("line 28", "cameras.all", "58")),
        ("villages: 10", "villages: 17", ("models.villages", "17", "16")),
        ("total: 127", 'total: "127"', ("calls.total", "integer")),
        ("total: 127", "total: -1", ("calls.total",)),
        ("total: 127", "total: 010", ("plain number",)),
        ("RPT-DRUG-USE", "RPT-DRUGS", ("RPT-DRUGS",)),
        ("REHAB-COMP", "REHAB", ("REHAB",)),
        ("year: 2022", "year: 2021", ("a year stands twice",)),
        ("since: 2021-09-15", "since: 2021-09-31", ("line 9", "no day of the calendar")),
        ("since: 2021-09-15", "since: 2021-09-15\nuntil: 2020-01-01", ("ends before it begins",)),
        ("cameras:", "kameras:", ("kameras", "not permitted")),
        ("calls:", "calls: [", ("not YAML",)),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(was: str, becomes: str, words: tuple[str, ...], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(FILE.read_text("utf-8").replace(was, becomes, 1), "utf-8")
    with pytest.raises(PastFileError) as refused:
        read_described(wrong, Baseline)
    assert "wrong.yaml" in str(refused.value)
    assert "\n" not in str(refused.value)
    for word in words:
        assert word in str(refused.value)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(0, 10**5), max_size=3))
def test_the_parts_are_the_whole_or_the_file_is_refused(total: int, administrative: int, parts: list[int]) -> None:
    codes = ("RPT-DRUG-USE", "RPT-THEFT", "RPT-ORDER")
    told = {
        **json.loads(published().model_dump_json()),
        "calls": {
            "total": total,
            "administrative": administrative,
            "reports": [{"category": code, "count": n} for code, n in zip(codes, parts, strict=False)],
        },
    }
    fits = administrative + sum(parts) <= total
    try:
        calls = Baseline.model_validate(told).calls
    except ValueError:
        assert not fits
        return
    assert fits
    assert calls.administrative + sum(part.count for part in calls.reports) + calls.not_itemised == calls.total
    document = baseline_document(Kept(Baseline.model_validate(told), 1, NOW), "Suối Đá", HOME, "vi")
    shares = [cell for _, row in document.rows() for cell in row.cells if isinstance(cell, Share)]
    assert all(share.rate is None or 0 <= share.rate <= 1 for share in shares)
