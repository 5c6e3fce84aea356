"""`hotline import`: the figures of the time before, and an old call book of somebody else."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from ivr_flows.loader import CATALOG
from tests.hotline.casework.past import foreign_book
from tests.hotline.cli.conftest import Terminal

BASELINE = CATALOG / "demo_baseline.yaml"


@pytest.fixture
def commune(installed: Terminal) -> Terminal:
    assert installed("unit", "load", str(CATALOG / "demo_unit.yaml")).code == 0
    return installed


def test_the_published_figures_are_taken_in_once(commune: Terminal) -> None:
    tried = commune("import", "baseline", str(BASELINE), "--dry-run")
    assert "would be kept" in tried.out
    first = commune("import", "baseline", str(BASELINE))
    assert first.code == 0
    assert "127 calls: 90 administrative, 37 other, of which 27 not itemised" in first.out
    assert "are kept (number 1)" in first.out
    assert "known already" in commune("import", "baseline", str(BASELINE)).out


def test_figures_that_do_not_add_up_are_refused_with_the_line(commune: Terminal, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(BASELINE.read_text(encoding="utf-8").replace("count: 10, steps", "count: 38, steps"), "utf-8")
    assert commune("import", "baseline", str(wrong)).refused("wrong.yaml", "line 13", "calls.reports", "38", "37")


def test_the_foreign_book(commune: Terminal, tmp_path: Path) -> None:
    book, mapping = foreign_book.write(tmp_path)
    rejects = tmp_path / "rejects.csv"
    asked = ("import", "calls", str(book), "--map", str(mapping))

    tried = commune(*asked, "--dry-run")
    assert "2950 calls would be taken, 0 known already, 50 lines rejected" in tried.out
    assert commune("calls", "--format", "json").json == []

    first = commune(*asked, "--rejects", str(rejects))
    assert first.code == 0, first.err
    assert "2950 calls taken, 0 known already, 50 lines rejected" in first.out
    assert "… and 30 more" in first.out
    told = list(csv.DictReader(rejects.read_text("utf-8-sig").splitlines()))
    assert len(told) == 50
    kinds = Counter(name for row in told for name in foreign_book.BREAKS if name in row["reason"])
    assert kinds == dict.fromkeys(foreign_book.BREAKS, foreign_book.OF_EACH_KIND)
    assert [int(row["line"]) for row in told] == [1 + 60 * number for number in range(1, 51)]
    assert "погоду" not in rejects.read_text("utf-8-sig") + first.out, "what stands in a line is not told"

    again = commune(*asked)
    assert "0 calls taken, 2950 known already, 50 lines rejected" in again.out
    rows = commune("calls", "--format", "json").json
    assert len(rows) == 2950
    assert {row["kind"] for row in rows} == {"admin", "report", "addition", "duplicate", "emergency", "other"}
    assert all(row["ended_at"] and row["flow"] == "book" for row in rows)
    reports = commune("reports", "--format", "json").json
    assert len(reports) == sum(row["kind"] in ("report", "emergency") for row in rows)
    assert sum(one["persons"] for report in reports for one in report["measures"]) > 0
    assert "Khe Mận" in {report["locality"] for report in reports}, "a Russian and an English name are names of it"


def test_a_wrong_map_is_refused_with_file_line_and_field(commune: Terminal, tmp_path: Path) -> None:
    book, mapping = foreign_book.write(tmp_path, 20)
    good = mapping.read_text("utf-8")
    for wrong, words in {
        good.replace("windows-1251", "windows-1258"): ("no column 'Дата'", "`encoding: windows-1251`"),
        good.replace("windows-1251", "klingon"): ("encoding", "klingon"),
        good.replace("encoding: windows-1251\n", ""): ("is not UTF-8", "windows-1251"),
        good.replace('separator: ";"', 'separator: ","'): ("no column", "';'"),
        good.replace("Справка: admin", "Справка: admim"): ("line 9", "columns.kind", "admim"),
        good.replace("%d.%m.%Y %H:%M", "%d.%m.%Y"): ("line 8", "columns.started_at.formats", "no hour"),
        good.replace('column: "Место"', 'column: "Село"'): ("no column 'Село'",),
        good + "  caller: {column: Телефон}\n": ("columns.caller", "not permitted"),
        good.replace("book:", "buch:"): ("book: Field required",),
    }.items():
        mapping.write_text(wrong, "utf-8")
        assert commune("import", "calls", str(book), "--map", str(mapping)).refused(*words)
    assert commune("calls", "--format", "json").json == []


def test_the_encoding_may_be_told_on_the_spot(commune: Terminal, tmp_path: Path) -> None:
    book, mapping = foreign_book.write(tmp_path, 100)
    mapping.write_text(mapping.read_text("utf-8").replace("encoding: windows-1251\n", ""), "utf-8")
    ran = commune("import", "calls", str(book), "--map", str(mapping), "--encoding", "windows-1251")
    assert "99 calls taken" in ran.out
