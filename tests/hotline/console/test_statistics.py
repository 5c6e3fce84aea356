"""The month on the screen: the same document as on paper, its charts, its files, and its signature."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from hotline.casework.months import Month
from hotline.casework.statistics.figures import MonthlyStatistics
from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.printed import Document
from hotline.casework.statistics.printed_month import monthly_document
from hotline.forms.reading import plain
from storage.database import Store
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor, Wall
from tests.hotline.forms import read_back
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]
OCTOBER, NOVEMBER = "2026-10", "2026-11"
SIGN = f"/statistics/{OCTOBER}/signature"
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} & 'Khe'"


@pytest.fixture
def autumn(store: Store, commune: Station, neighbour: Station) -> Station:
    """Twelve calls in October and two in November; the neighbours had one, which is nobody's here."""
    with store.write() as connection:
        place = station.place(connection, commune, "03", HOSTILE)
        for number in range(12):
            facts = {"started_at": NOW - timedelta(days=20, hours=number)}
            if number < 8:
                facts |= {"kind": "admin", "category": "ADM-REST", "outcome": "answered_by_ivr", "privacy": None}
            call_id = station.call(connection, commune, f"CA-oct-{number}", **facts)
            if number == 11:
                received = NOW - timedelta(days=20)
                station.report(connection, commune, "R-1", call_id, place_id=place, received_at=received)
        for number in range(2):
            station.call(connection, commune, f"CA-nov-{number}", started_at=NOW - timedelta(days=number))
        station.call(connection, neighbour, "CA-elsewhere", started_at=NOW - timedelta(days=20))
    return commune


class Figures(HTMLParser):
    """The cells of the report's tables, line by line, with the key of each line."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines: list[tuple[str, list[str]]] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "tr" and "data-key" in known:
            self.lines.append((known["data-key"] or "", []))
        if tag == "td" and "data-label" in known and "digits" in (known.get("class") or ""):
            self._inside = bool(self.lines)
            if self._inside:
                self.lines[-1][1].append("")
        if tag == "table" and known.get("class") != "figures":
            self._inside = False

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "table"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.lines[-1][1][-1] += data


def counted(store: Store, of: Station, month: str = OCTOBER) -> MonthlyStatistics:
    with store.read() as connection:
        return monthly_statistics(connection, of.unit_id, Month.of(month), NOW)


def document(store: Store, of: Station, language: str = "en") -> Document:
    return monthly_document(counted(store, of), language)


def test_the_page_has_every_cell_of_the_document(store: Store, autumn: Station, signed_in: SignedIn) -> None:
    page = signed_in(cast.THAO).opens(f"/statistics/{OCTOBER}").text
    wanted = document(store, autumn)
    shown = [
        (key, tuple(read_back.understood(cell.strip(), wanted) for cell in cells)) for key, cells in Figures(page).lines
    ]
    keys = [plain(row.key) for _, row in wanted.rows()]
    assert shown == list(zip(keys, read_back.document_lines(wanted), strict=True))
    assert ("calls.received", "12") in [(key, cells[0]) for key, cells in shown]


def test_the_files_are_the_same_month_in_the_officers_language(
    store: Store, autumn: Station, signed_in: SignedIn
) -> None:
    thao = signed_in(cast.THAO)
    wanted = document(store, autumn)
    figures = json.loads(thao.opens(f"/statistics/{OCTOBER}.json").data)
    assert figures == json.loads(json.dumps(counted(store, autumn).to_json()))
    table = thao.opens(f"/statistics/{OCTOBER}.csv")
    assert read_back.csv_lines(table.data, wanted) == read_back.document_lines(wanted)
    assert table.headers["Content-Disposition"] == f"attachment; filename=suoi-da-{OCTOBER}.csv"
    workbook = thao.opens(f"/statistics/{OCTOBER}.xlsx").data
    assert read_back.xlsx_lines(workbook, wanted) == read_back.document_lines(wanted)
    paper = thao.opens(f"/statistics/{OCTOBER}.pdf")
    assert paper.mimetype == "application/pdf"
    assert "Monthly report of the police hotline".upper() in read_back.pdf_text(paper.data)
    assert HOSTILE.replace(" ", "") in re.sub(r"\s", "", read_back.pdf_text(paper.data))
    assert thao.opens(f"/statistics/{OCTOBER}.docx").status_code == 404


@pytest.mark.usefixtures("autumn")
def test_a_chart_is_a_picture_with_a_name_a_description_and_a_table_behind(signed_in: SignedIn) -> None:
    thao = signed_in(cast.THAO)
    page = thao.opens(f"/statistics/{OCTOBER}").text
    pictures = re.findall(r'<img src="(/statistics/[^"]+\.svg)" alt="([^"]+)"', page)
    assert {address.rpartition("/")[2] for address, _ in pictures} == {
        "kinds.svg",
        "categories.svg",
        "hours.svg",
        "places.svg",
    }
    assert page.count("The figures of this chart") == len(pictures)
    for address, described in pictures:
        answer = thao.opens(address)
        assert answer.mimetype == "image/svg+xml"
        assert "script" not in answer.headers["Content-Security-Policy"]
        tree = ElementTree.fromstring(answer.data)  # noqa: S314 - our own drawing
        assert tree[0].tag.endswith("title")
        assert tree[0].text
        assert tree[0].text in described
        assert not [one for one in tree.iter() if str(one.tag).endswith("script")]
        assert not [name for one in tree.iter() for name in one.attrib if name.startswith("on")]
    assert thao.opens(f"/statistics/{OCTOBER}/callers.svg").status_code == 404


@pytest.mark.usefixtures("autumn")
def test_the_list_shows_the_months_and_their_course(signed_in: SignedIn) -> None:
    page = signed_in(cast.LY).opens("/statistics").text
    assert re.findall(r'href="/statistics/(\d{4}-\d\d)"', page) == [NOVEMBER, OCTOBER]
    assert "so far" in page
    assert "/statistics/trend.svg" in page
    assert b"<title>Calls by month</title>" in signed_in(cast.LY).opens("/statistics/trend.svg").data


@pytest.mark.usefixtures("autumn")
def test_a_month_in_course_says_so_and_cannot_be_signed(signed_in: SignedIn) -> None:
    thao = signed_in(cast.THAO)
    page = thao.opens(f"/statistics/{NOVEMBER}").text
    assert "November 2026, so far" in page
    assert "Sign off" not in page
    answer = thao.sends(f"/statistics/{NOVEMBER}/signature", seen="x")
    assert answer.status_code == 409
    assert "Nothing was signed" in answer.text


@pytest.mark.usefixtures("autumn")
def test_a_month_that_is_none_or_is_to_come_is_not_there(signed_in: SignedIn) -> None:
    thao = signed_in(cast.THAO)
    for month in ("2026-12", "2027-01", "2026-13", "2026-00", "26-10", "2026-1", "1899-01", "x", "٢٠٢٦-١٠"):
        for address in (f"/statistics/{month}", f"/statistics/{month}.csv", f"/statistics/{month}/kinds.svg"):
            assert thao.opens(address).status_code == 404, address
        assert thao.sends(f"/statistics/{month}/signature", seen="x").status_code in (404, 409)


@pytest.mark.usefixtures("autumn")
def test_any_month_can_be_asked_for(signed_in: SignedIn) -> None:
    thao = signed_in(cast.THAO)
    answer = thao.opens("/statistics?month=2025-03")
    assert (answer.status_code, answer.location) == (303, "/statistics/2025-03")
    assert thao.opens("/statistics?month=2025-13").status_code == 200


def test_a_month_without_a_call_says_so(commune: Station, signed_in: SignedIn) -> None:
    page = signed_in(cast.THAO).opens("/statistics/2025-03").text
    assert "Nobody called in this month." in page
    assert '<img src="/statistics' not in page


def seen_on(page: str) -> str:
    [seen] = re.findall(r'name="seen" value="([0-9a-f]+)"', page)
    return str(seen)


def test_the_chief_signs_what_stands_on_the_page_and_a_correction_stands_beside_it(
    store: Store, autumn: Station, signed_in: SignedIn
) -> None:
    thao = signed_in(cast.THAO)
    seen = seen_on(thao.opens(f"/statistics/{OCTOBER}").text)
    answer = thao.sends(SIGN, seen=seen)
    assert (answer.status_code, answer.location) == (303, f"/statistics/{OCTOBER}")
    page = thao.opens(f"/statistics/{OCTOBER}").text
    assert "You have signed off the figures." in page
    assert "Thào, 14 Nov 2026, 21:04" in page
    assert 'name="seen"' not in page
    assert "Thào" in thao.opens("/statistics").text
    with store.write() as connection:
        station.call(connection, autumn, "CA-late", started_at=NOW - timedelta(days=20))
    page = thao.opens(f"/statistics/{OCTOBER}").text
    assert "The figures were corrected after they were signed." in page
    lines = dict(Figures(page).lines)
    assert lines["calls.received"][:2] == ["12", "13"]
    assert "corrected since" in thao.opens("/statistics").text
    ly = signed_in(cast.LY)
    assert ly.sends(SIGN, seen=seen_on(page)).status_code == 303
    page = ly.opens(f"/statistics/{OCTOBER}").text
    assert "Thào, 14 Nov 2026, 21:04; Lý, 14 Nov 2026, 21:04" in page


def test_figures_that_changed_under_the_page_are_not_signed(store: Store, autumn: Station, signed_in: SignedIn) -> None:
    thao = signed_in(cast.THAO)
    seen = seen_on(thao.opens(f"/statistics/{OCTOBER}").text)
    with store.write() as connection:
        station.call(connection, autumn, "CA-late", started_at=NOW - timedelta(days=20))
    answer = thao.sends(SIGN, seen=seen)
    assert answer.status_code == 409
    assert "have changed since you opened the page" in answer.text
    assert seen_on(answer.text) != seen
    assert counted(store, autumn).signature is None


def test_a_month_that_does_not_balance_is_red_and_leads_to_the_calls(
    store: Store, autumn: Station, signed_in: SignedIn
) -> None:
    with store.write() as connection:
        lost = station.call(
            connection, autumn, "CA-lost", started_at=NOW - timedelta(days=20), kind=None, outcome="left"
        )
    page = signed_in(cast.THAO).opens(f"/statistics/{OCTOBER}").text
    assert "DOES NOT BALANCE: 13 calls were received, but the kinds add up to 12." in page
    assert '<b class="alarm">DOES NOT BALANCE</b>' in page
    assert f'<a href="/calls/{lost}">' in page
    assert "Does not balance" in signed_in(cast.LY).opens("/statistics").text


@pytest.mark.usefixtures("autumn")
def test_words_from_outside_are_words_on_the_page(signed_in: SignedIn) -> None:
    page = signed_in(cast.THAO).opens(f"/statistics/{OCTOBER}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} &amp;" in page


@pytest.mark.usefixtures("autumn")
def test_the_page_is_in_the_officers_language(signed_in: SignedIn, wall: Wall) -> None:
    thao = signed_in(cast.THAO)
    thao.sends("/language", language="vi", page=f"/statistics/{OCTOBER}")
    page = thao.opens(f"/statistics/{OCTOBER}").text
    for words in ("Tháng 10 năm 2026", "Tổng số cuộc gọi đến", "Ký duyệt", "66,7%"):
        assert words in page
    assert "Tải" in page or "PDF" in page
