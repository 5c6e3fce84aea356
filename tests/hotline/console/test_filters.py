"""Finding a call or a report again: by what is written in its row, however it is typed, whatever is forged."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from storage.database import Store
from storage.tables import call_officers
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]
_CALL = re.compile(r'href="/calls/(\d+)"')
_REPORT = re.compile(r'href="/reports/(R-[\d-]+)">R-')


@pytest.fixture
def month(store: Store, commune: Station, neighbour: Station) -> dict[str, int]:
    """Three calls and their reports, and one of the neighbours'."""
    with store.write() as connection:
        here = station.place(connection, commune, "01", "Khe Mận")
        there = station.place(connection, neighbour, "01", "Bản Lùng")
        night = station.call(connection, commune, "CA-night", started_at=NOW - timedelta(days=1), language="ru")
        talk = station.call(connection, commune, "CA-talk", outcome="officer", category="ADM-ID", kind="admin")
        theft = station.call(connection, commune, "CA-theft")
        station.report(connection, commune, "R-2026-0041", night, place_id=here, received_at=NOW - timedelta(days=1))
        facts = {"assigned_to": commune.officers["quan"], "outcome": "MEDIATED", "status": "CLOSED", "settled_at": NOW}
        station.report(connection, commune, "R-2026-0042", theft, **facts)
        station.report(connection, neighbour, "R-2026-0042", station.call(connection, neighbour, "CA-theirs"))
        joined = {"call_id": talk, "visit": 2, "officer_id": commune.officers["quan"], "joined_at": NOW}
        connection.execute(call_officers.insert().values(joined))
    return {"night": night, "talk": talk, "theft": theft, "here": here, "there": there, **commune.officers}


def calls(page: str) -> set[int]:
    return set(map(int, _CALL.findall(page)))


def test_calls_are_found_by_what_is_known_of_them(signed_in: SignedIn, month: dict[str, int]) -> None:
    hanh = signed_in(cast.HANH)

    def found(**asked: object) -> set[int]:
        return calls(hanh.opens(f"/calls?{urlencode(asked)}").text)

    assert found() == {month["night"], month["talk"], month["theft"]}
    assert found(language="ru") == {month["night"]}
    assert found(outcome="officer") == found(officer=month["quan"]) == {month["talk"]}
    assert found(officer=month["hanh"]) == set()
    assert found(q="13/11/2026") == found(q="2026-11-13") == found(q=" 13.11.2026 ") == {month["night"]}
    for reference in ("R-2026-0042", "r-2026-42", "2026/42", "R 2026-0042"):
        assert found(q=reference) == {month["theft"]}, reference
    assert found(q="R-2026-0042", language="ru") == set()


def test_reports_are_found_by_place_outcome_officer_reference_and_day(
    signed_in: SignedIn, month: dict[str, int]
) -> None:
    hanh = signed_in(cast.HANH)

    def found(**asked: object) -> set[str]:
        return set(_REPORT.findall(hanh.opens(f"/reports?{urlencode(asked)}").text))

    assert found() == {"R-2026-0041", "R-2026-0042"}
    assert found(place=month["here"]) == found(q="13/11/2026") == {"R-2026-0041"}
    assert found(outcome="MEDIATED") == found(officer=month["quan"]) == found(q="2026-42") == {"R-2026-0042"}
    assert found(place=month["here"], outcome="MEDIATED") == set()
    assert found(place=month["there"]) == found(), "another unit's place means nothing here"


@pytest.mark.parametrize("page", ["/calls", "/reports"])
def test_a_search_that_is_neither_says_what_would_be(signed_in: SignedIn, month: dict[str, int], page: str) -> None:
    answer = signed_in(cast.HANH).opens(f"{page}?q=the+old+woman").text
    assert "neither a reference such as R-2026-0042 nor a day" in answer
    assert 'value="the old woman"' in answer
    assert not calls(answer)
    assert not _REPORT.findall(answer)


NAMES = ("kind", "category", "month", "status", "mine", "outcome", "language", "place", "officer", "before", "q")
ABSURD = (
    *("", "-1", "0", "9" * 30, "2147483648", "1e5", "٣", "\0", "'; --", "<b>", "x" * 4000),
    *("32/13/2026", "0000-1", "R-2026-99999999", "31/12/9999"),
)


@pytest.mark.parametrize("page", ["/calls", "/reports"])
def test_a_forged_filter_is_answered_plainly(signed_in: SignedIn, month: dict[str, int], page: str) -> None:
    hanh = signed_in(cast.HANH)
    asked = [dict.fromkeys(NAMES, value) for value in ABSURD] + [{name: "9" * 30} for name in NAMES]
    for one in asked:
        answer = hanh.opens(f"{page}?{urlencode(one)}")
        assert answer.status_code == 200, one
        assert "<b>" not in answer.text.partition("<main")[2].partition('class="list"')[0]


def test_the_next_page_keeps_what_the_list_is_narrowed_to(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        for n in range(53):
            station.call(connection, commune, f"CA-{n}", language="ru", started_at=NOW - timedelta(minutes=n))
    hanh = signed_in(cast.HANH)
    first = hanh.opens("/calls?language=ru&q=14/11/2026").text
    older = re.findall(r'rel="next" href="([^"]+)"', first)[0].replace("&amp;", "&")
    assert "language=ru" in older
    assert "q=14/11/2026" in older
    assert len(calls(first)) == 50
    assert len(calls(hanh.opens(older).text)) == 3
