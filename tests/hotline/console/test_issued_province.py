"""The clerk of the province and the table of October: it reads the same on the screen and in every file until she
issues it anew."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hotline.casework.statistics import day_counts
from hotline.casework.statistics.printed_province import province_document
from hotline.casework.statistics.province_reading import read_province
from hotline.casework.statistics.province_table import ProvinceTable
from hotline.worker.months import MonthJobs
from storage.database import Store
from storage.tables import calls
from tests import cast
from tests.hotline import province
from tests.hotline.console.conftest import Visitor, Wall
from tests.hotline.console.test_province import shown
from tests.hotline.forms import read_back
from tests.hotline.province import OCTOBER, Province
from tests.hotline.station import NOW, SECRET

SignedIn = Callable[[cast.Officer], Visitor]
MONTH = "/statistics/province/2026-10"
FORMS = ("csv", "xlsx", "json", "pdf")


@pytest.fixture
def commune(store: Store) -> Province:
    """Instead of the one commune of the other pages: October is issued, and a call of it was corrected since."""
    of = province.with_small_figures(store)
    worker(store).count_days(NOW)
    worker(store).issue_provinces(NOW)
    return of


def worker(store: Store) -> MonthJobs:
    return MonthJobs(store, SECRET, "https://line.example.org")


def corrected(store: Store, name: str = "CA0") -> None:
    with store.write() as connection:
        call_id = connection.scalar(select(calls.c.id).where(calls.c.carrier_call_id == name))
        with day_counts.counting(connection, [call_id]):
            connection.execute(update(calls).where(calls.c.id == call_id).values(kind="other", category=None))


def looked_at(store: Store, wall: Wall) -> None:
    wall.forward(timedelta(minutes=10))
    worker(store).look_at_issues(wall())


def files(of: Visitor, period: str = "2026-10") -> dict[str, bytes]:
    return {form: of.opens(f"/statistics/province/{period}.{form}").data for form in ("csv", "json")}


def table(store: Store, of: Province) -> ProvinceTable:
    return read_province(store, SECRET, of.over.unit_id, OCTOBER, NOW)


def test_the_table_is_the_same_whatever_was_corrected_and_says_when_it_was_issued(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    dung = signed_in(cast.DUNG)
    page, papers, year = dung.opens(MONTH).text, files(dung), files(dung, "2026")
    assert "Issued: no. 1, 14 Nov 2026" in page
    assert "Issue the table anew" not in page, "nothing has changed"
    corrected(store)
    assert shown(dung.opens(MONTH).text) == shown(page)
    assert files(dung) == papers
    assert json.loads(files(dung, "2026")["json"])["communes"] == json.loads(year["json"])["communes"]


def test_the_clerk_is_told_that_figures_have_changed_and_issues_the_table_anew(
    store: Store, commune: Province, signed_in: SignedIn, wall: Wall
) -> None:
    dung = signed_in(cast.DUNG)
    before = shown(dung.opens(MONTH).text)
    corrected(store)
    looked_at(store, wall)
    page = dung.opens(MONTH).text
    assert "have changed since; this is the table as it was issued on 14 Nov 2026" in page
    assert shown(page) == before
    assert "Issue the table anew" in page
    answer = dung.sends(f"{MONTH}/issue", seen="1")
    assert (answer.status_code, answer.location) == (303, MONTH)
    page = dung.opens(MONTH).text
    assert "The table is issued anew, as no. 2 of this month." in page
    assert "A new issue of this table: no. 2, 14 Nov 2026. It replaces no. 1, 14 Nov 2026." in page
    assert shown(page) != before
    assert "Issued the table of the communes" not in page


def test_every_form_says_that_it_is_a_new_issue_and_has_the_same_cells(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    corrected(store)
    dung = signed_in(cast.DUNG)
    assert dung.sends(f"{MONTH}/issue", seen="1").status_code == 303
    wanted = table(store, commune)
    document, made = province_document(wanted, "en"), {form: dung.opens(f"{MONTH}.{form}") for form in FORMS}
    assert all("-issue-2." in one.headers["Content-Disposition"] for one in made.values())
    assert read_back.csv_lines(made["csv"].data, document) == read_back.document_lines(document)
    assert read_back.xlsx_lines(made["xlsx"].data, document) == read_back.document_lines(document)
    assert json.loads(made["json"].data) == wanted.to_json()
    said = "A new issue of this table: no. 2, 14 Nov 2026."
    assert said in made["csv"].data.decode("utf-8-sig")
    assert said in " ".join(read_back.pdf_text(made["pdf"].data).split())
    assert said in _sheet(made["xlsx"].data)
    assert json.loads(made["json"].data)["issued"]["number"] == 2
    assert "no. 2, 14 Nov 2026" in dung.opens("/statistics/province/2026").text
    assert "-issue-" not in dung.opens("/statistics/province/2026.csv").headers["Content-Disposition"]


def test_the_issue_that_somebody_has_on_paper_can_be_looked_up_and_says_that_it_was_replaced(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    dung = signed_in(cast.DUNG)
    first, paper = shown(dung.opens(MONTH).text), files(dung)
    corrected(store)
    dung.sends(f"{MONTH}/issue", seen="1")
    page = dung.opens(MONTH).text
    assert f'href="{MONTH}?issue=1"' in page
    old = dung.opens(f"{MONTH}?issue=1").text
    assert shown(old) == first
    assert "This issue, no. 1, has been replaced by no. 2." in old
    assert f'href="{MONTH}"' in old
    told = dung.opens(f"{MONTH}.json?issue=1")
    assert "-issue-1." in told.headers["Content-Disposition"]
    assert json.loads(told.data)["communes"] == json.loads(paper["json"])["communes"]
    assert json.loads(told.data)["issued"]["replaced_by"] == 2
    for number in ("3", "0", "x", "-1", "99999"):
        assert dung.opens(f"{MONTH}?issue={number}").status_code == 404
    assert dung.opens("/statistics/province/2026-11?issue=1").status_code == 404, "never issued"


def _sheet(content: bytes) -> str:
    import io

    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return " ".join(str(cell.value) for row in sheet.iter_rows(max_row=12) for cell in row if cell.value)


def test_what_cannot_be_issued_is_refused_in_words_on_the_page(
    store: Store, commune: Province, signed_in: SignedIn, wall: Wall
) -> None:
    dung = signed_in(cast.DUNG)

    def refused(seen: str = "1") -> str:
        answer = dung.sends(f"{MONTH}/issue", seen=seen)
        assert answer.status_code == 409
        return answer.text

    assert "figures are the same as in the table" in refused()
    corrected(store)
    for seen in ("2", "0", "x", "", "-1"):
        assert "not the last issue of the month any more" in refused(seen)
    assert dung.sends(f"{MONTH}/issue", seen="1").status_code == 303
    corrected(store, "CA5")
    looked_at(store, wall)
    page = dung.opens(MONTH).text
    assert "have changed since" in page
    assert "Issue the table anew" not in page, "not twice a day"
    assert "once a day at most" in refused("2")
    wall.forward(timedelta(days=1))
    assert dung.sends(f"{MONTH}/issue", seen="2").status_code == 303


def test_who_commands_the_province_may_issue_and_who_commands_a_commune_may_not(
    store: Store, commune: Province, signed_in: SignedIn
) -> None:
    corrected(store)
    for stranger in (cast.LY, cast.SINH):
        assert signed_in(stranger).sends(f"{MONTH}/issue", seen="1").status_code == 403
    assert signed_in(cast.THAO).sends(f"{MONTH}/issue", seen="1").status_code == 303


@pytest.mark.parametrize("period", ["2026", "2026-13", "x", "2026-12"])
def test_only_a_month_can_be_issued(commune: Province, signed_in: SignedIn, period: str) -> None:
    answer = signed_in(cast.DUNG).sends(f"/statistics/province/{period}/issue", seen="1")
    assert answer.status_code in (404, 409)
