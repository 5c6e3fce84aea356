"""The communes of a province on the screen: who may look, what stands there, and what is no month."""

import json
import re
from collections.abc import Callable

import pytest
from sqlalchemy import update

from hotline.casework.people import find_officer
from hotline.casework.statistics import closings
from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.printed_province import province_document
from hotline.casework.statistics.province import province_statistics
from hotline.casework.statistics.province_table import ProvinceTable, province_table
from hotline.casework.statistics.signatures import digest_of
from hotline.forms.reading import written
from storage.database import Store
from storage.tables import calls
from tests import cast
from tests.hotline import province
from tests.hotline.console.conftest import Visitor
from tests.hotline.forms import read_back
from tests.hotline.province import OCTOBER, Province
from tests.hotline.station import NOW

SignedIn = Callable[[cast.Officer], Visitor]
MONTH = "/statistics/province/2026-10"


@pytest.fixture
def commune(store: Store) -> Province:
    """Instead of the one commune of the other pages."""
    of = province.province(store)
    kinds = ("admin", "report", "hung up", "admin", "emergency", "admin", "text")
    with store.write() as connection:
        for number in range(60):
            happened = province.Event(number // 4 % 3, number * 11 - 330, kinds[number % 7], number)
            province.happens(connection, of, happened, number)
    return of


def table(store: Store, of: Province) -> ProvinceTable:
    with store.read() as connection:
        return province_table(province_statistics(connection, of.over.unit_id, OCTOBER, NOW))


def shown(page: str) -> dict[str, list[str]]:
    """The cells of each line."""
    rows = re.findall(r'<tr class="level-\d" data-key="([^"]*)">(.*?)</tr>', page, re.DOTALL)
    return {key: [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for key, row in rows}


def test_the_page_has_every_cell_and_the_files_are_the_same(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    dung, wanted = signed_in(cast.DUNG), province_document(table(store, commune), "en")
    page = dung.opens(MONTH).text
    cells = {row.key: [written(cell, wanted) for cell in row.cells] for _, row in wanted.rows()}
    assert shown(page.replace("&lt;", "<").replace("<3", "&lt;3")) == {
        key: [cell.replace("<", "&lt;") for cell in row] for key, row in cells.items()
    }
    assert all(note.replace("<", "&lt;") in page for note in wanted.footnotes)
    assert json.loads(dung.opens(f"{MONTH}.json").data) == table(store, commune).to_json()
    assert read_back.csv_lines(dung.opens(f"{MONTH}.csv").data, wanted) == read_back.document_lines(wanted)
    assert read_back.xlsx_lines(dung.opens(f"{MONTH}.xlsx").data, wanted) == read_back.document_lines(wanted)
    paper = dung.opens(f"{MONTH}.pdf")
    assert paper.mimetype == "application/pdf"
    assert paper.headers["Content-Disposition"] == "attachment; filename=tinh-communes-2026-10.pdf"


def test_the_province_begins_at_its_communes_and_sees_no_call_or_name(commune: Province, signed_in: SignedIn) -> None:
    dung = signed_in(cast.DUNG)
    page = dung.opens("/", follow_redirects=True)
    assert page.request.path == MONTH, "the last full month"
    for hidden in ("/calls", "/reports", "R-1", "R-2", cast.SINH.name):
        assert hidden not in page.text
    assert dung.opens("/statistics/province?month=2026-09").location == "/statistics/province/2026-09"
    assert dung.opens("/statistics").status_code == 403


def test_only_who_sees_figures_of_a_province_or_commands_one_opens_it(commune: Province, signed_in: SignedIn) -> None:
    thao = signed_in(cast.THAO)
    assert thao.opens(MONTH).status_code == 200, "the chief of the superior unit"
    assert 'href="/statistics/province"' in thao.opens("/statistics").text
    ly = signed_in(cast.LY)
    assert ly.opens(MONTH).status_code == 403, "a deputy whose commune has none below it"
    assert 'href="/statistics/province"' not in ly.opens("/statistics").text
    assert signed_in(cast.SINH).opens(MONTH).status_code == 403


@pytest.mark.parametrize(
    "address",
    ["2026-13", "2026-00", "2026-1", "2098-01", "2098", "26", "x", "2026-10.docx", "2026?line=places.Khe", "2026-12"],
)
def test_what_is_no_month_is_not_found(commune: Province, signed_in: SignedIn, address: str) -> None:
    assert signed_in(cast.DUNG).opens(f"/statistics/province/{address}").status_code == 404


def test_the_year_shows_one_line_with_the_cells_of_each_month(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    dung = signed_in(cast.DUNG)
    page = dung.opens("/statistics/province/2026?line=kinds.admin").text
    wanted, october = table(store, commune), shown(page)
    document = province_document(wanted, "en")
    for code, cells in october.items():
        assert cells[9] == written(wanted.cells["kinds.admin", code], document).replace("<", "&lt;")
    assert 'href="/statistics/province/2026-10"' in page
    assert '<option value="kinds.admin" selected>' in page
    for form in ("csv", "xlsx", "json", "pdf"):
        answer = dung.opens(f"/statistics/province/2026.{form}?line=kinds.admin")
        assert answer.status_code == 200, form
    assert dung.opens("/statistics/province/2019").status_code == 200, "noughts"


def test_a_month_in_course_and_one_that_does_not_balance_are_marked(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    with store.write() as connection:
        connection.execute(update(calls).where(calls.c.kind == "admin").values(kind="riddle"))
    dung = signed_in(cast.DUNG)
    page = dung.opens(MONTH).text
    assert "DOES NOT BALANCE: Xã 1, Xã 2, Xã 3." in page
    assert '<th scope="col" class="alarm">' in page
    now = dung.opens("/statistics/province/2026-11").text
    assert "so far" in now
    assert "The month is not over" in now


def test_the_table_can_be_moved_with_the_keyboard_and_read_aloud(commune: Province, signed_in: SignedIn) -> None:
    page = signed_in(cast.DUNG).opens(MONTH).text
    assert '<div class="across" tabindex="0" role="region" aria-label="Table of the communes' in page
    assert page.count('<th scope="col"') == 5
    assert page.count('<th scope="row"') == len(shown(page))


def test_choosing_a_language_comes_back_to_the_table(commune: Province, signed_in: SignedIn) -> None:
    dung = signed_in(cast.DUNG)
    for here in (MONTH, "/statistics/province/2026?line=kinds.admin"):
        assert dung.sends("/language", language="vi", page=here).location == here


def test_a_signed_month_says_by_which_rank_and_not_by_whom(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    with store.write() as connection:
        ly = find_officer(connection, cast.LY.login)
        assert ly is not None
        seen = monthly_statistics(connection, ly.unit_id, OCTOBER, NOW).figures
        closings.sign(connection, ly, OCTOBER, digest_of(seen), NOW)
    page = signed_in(cast.DUNG).opens(MONTH).text
    assert "deputy, 14 Nov 2026" in page
    assert f">{cast.LY.name}" not in page
