"""Today's board, as Hạnh opens it at seven in the evening and looks up at it all night."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from hotline.casework.roster import add_shift
from storage.database import Store
from storage.tables import alarms, officer_legs, ringings
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor, Wall
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]
_TICKET = re.compile(r'href="/reports/(R-[\d-]+)">')


@dataclass
class Night:
    """What comes in during a night."""

    store: Store
    commune: Station

    def report(self, number: int, of: Station | None = None, **facts: Any) -> str:
        reference = f"R-2026-{number:04d}"
        with self.store.write() as connection:
            station.report(connection, of or self.commune, reference, None, **facts)
        return reference

    def rings(self, what: str = "missed_call", of: Station | None = None, **details: Any) -> None:
        row = {"unit_id": (of or self.commune).unit_id, "what": what, "dedupe_key": f"{what}{details}", "at": NOW}
        with self.store.write() as connection:
            connection.execute(alarms.insert().values(**row, details=details))


@pytest.fixture
def night(store: Store, commune: Station) -> Night:
    return Night(store, commune)


def order(page: str) -> list[str]:
    """The references in the order in which they hang."""
    return _TICKET.findall(page.partition('id="board"')[2].partition("board-aside")[0]) + _TICKET.findall(
        page.partition("board-rest")[2]
    )


def tag(page: str) -> str:
    return f'"{re.findall(r"data-tag=.([0-9a-f]+)", page)[0]}"'


def test_an_empty_board_says_what_will_happen(signed_in: SignedIn) -> None:
    page = signed_in(cast.HANH).opens("/board").text
    assert "appears here by itself" in page
    assert "nobody" in page
    assert "0 calls" in page


def test_the_most_urgent_hangs_on_top_then_what_is_late_then_the_newest(signed_in: SignedIn, night: Night) -> None:
    taken = {"acknowledged_at": NOW, "acknowledged_by": night.commune.officers["quan"]}
    minutes = timedelta(minutes=1)
    older = night.report(1, received_at=NOW - 300 * minutes, due_at=NOW + 9000 * minutes, **taken)
    newer = night.report(2, received_at=NOW - 20 * minutes, due_at=NOW + 9000 * minutes, **taken)
    soon = night.report(3, received_at=NOW - 900 * minutes, due_at=NOW + 100 * minutes, **taken)
    late = night.report(4, received_at=NOW - 900 * minutes, due_at=NOW - minutes, **taken)
    waits = night.report(5, received_at=NOW - 500 * minutes, acknowledge_by=NOW - minutes)
    high = night.report(6, urgency="high", received_at=NOW - minutes, acknowledge_by=NOW + 14 * minutes)
    critical = night.report(7, urgency="critical", received_at=NOW, acknowledge_by=NOW + minutes)
    night.report(8, settled_at=NOW, due_at=NOW - minutes)
    page = signed_in(cast.HANH).opens("/board").text
    assert order(page) == [critical, high, waits, late, soon, newer, older]
    assert "overdue" in page
    assert "due soon" in page
    assert page.count("Quân</p>") == 4


def test_one_tap_takes_a_report(signed_in: SignedIn, night: Night) -> None:
    reference = night.report(42, urgency="high", acknowledge_by=NOW + timedelta(minutes=15))
    hanh = signed_in(cast.HANH)
    assert f'action="/reports/{reference}/acknowledgement"' in hanh.opens("/board").text
    assert hanh.sends(f"/reports/{reference}/acknowledgement").location == f"/reports/{reference}"
    page = hanh.opens("/board").text
    assert "Hạnh</p>" in page
    assert "acknowledgement" not in page
    assert "data-rings" not in page


def test_whoever_shows_it_already_is_told_so_in_a_few_bytes(signed_in: SignedIn, night: Night, wall: Wall) -> None:
    night.report(1, urgency="high", acknowledge_by=NOW + timedelta(minutes=15))
    hanh = signed_in(cast.HANH)
    known = tag(hanh.opens("/board").text)
    again = hanh.opens("/board/now", headers={"If-None-Match": known})
    assert (again.status_code, again.data) == (304, b"")
    wall.forward(timedelta(minutes=13))
    yellow = hanh.opens("/board/now", headers={"If-None-Match": known, "Accept-Encoding": "gzip"})
    assert yellow.status_code == 200
    known = yellow.headers["ETag"]
    assert hanh.opens("/board/now", headers={"If-None-Match": known}).status_code == 304
    night.report(2)
    news = hanh.opens("/board/now", headers={"If-None-Match": known})
    assert "R-2026-0002" in news.text
    assert "<html" not in news.text


def test_the_forms_tokens_do_not_grow_old_while_nothing_happens(signed_in: SignedIn, night: Night, wall: Wall) -> None:
    hanh = signed_in(cast.HANH)
    known = tag(hanh.opens("/board").text)
    for _ in range(6):
        wall.forward(timedelta(minutes=10))
        answer = hanh.opens("/board/now", headers={"If-None-Match": known})
    assert answer.status_code == 200


def test_a_session_that_has_ended_leads_to_the_sign_in(signed_in: SignedIn, wall: Wall) -> None:
    hanh = signed_in(cast.HANH)
    wall.forward(timedelta(hours=12, minutes=1))
    answer = hanh.opens("/board/now")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/board/now")
    assert hanh.opens("/board").location == "/sign-in?next=/board"


def test_an_emergency_in_course_stands_above_everything(
    signed_in: SignedIn, night: Night, store: Store, neighbour: Station
) -> None:
    with store.write() as connection:
        live = {"emergency": True, "ended_at": None, "kind": None}
        call_id = station.call(connection, night.commune, "CA-live", **live)
        station.call(connection, neighbour, "CA-theirs", **live)
    hanh = signed_in(cast.HANH)
    page = hanh.opens("/board").text
    assert page.count("a caller is on the line</h2>") == 1
    assert f'href="/calls/{call_id}"' in page
    assert "no officer is on the line" in page
    ringing_id = _rings(store, night.commune, call_id)
    page = hanh.opens("/board").text
    assert "being rung: Hạnh, Quân" in page
    assert "Assault" in page
    _answers(store, ringing_id, night.commune, taken_at=NOW)
    assert "Quân has taken the call" in hanh.opens("/board").text
    _answers(store, ringing_id, night.commune, joined_at=NOW)
    assert "Quân is talking with the caller" in hanh.opens("/board").text


def _rings(store: Store, commune: Station, call_id: int) -> int:
    """Both officers on duty, for a caller in danger."""
    ringing = {
        "call_id": call_id,
        "visit": 2,
        "group_name": "duty",
        "emergency": True,
        "category": "RPT-ASSAULT",
        "room": "a room",
        "ring_seconds": 25,
        "rung_at": NOW,
        "until": NOW + timedelta(seconds=25),
    }
    moments = dict.fromkeys(("planned_at", "not_before", "expires_at", "changed_at"), NOW)
    with store.write() as connection:
        row = ringings.insert().values(ringing).returning(ringings.c.id)
        ringing_id = int(connection.execute(row).scalar_one())
        for login in ("hanh", "quan"):
            leg = {"ringing_id": ringing_id, "officer_id": commune.officers[login], "key": login, "state": "sent"}
            connection.execute(officer_legs.insert().values(**leg, **moments))
    return ringing_id


def _answers(store: Store, ringing_id: int, commune: Station, **moment: datetime) -> None:
    with store.write() as connection:
        values = {"taken_by": commune.officers["quan"], **moment}
        connection.execute(ringings.update().where(ringings.c.id == ringing_id).values(values))


def test_it_tells_who_is_on_duty_and_until_when_and_how_the_day_was(
    signed_in: SignedIn, night: Night, store: Store
) -> None:
    with store.write() as connection:
        add_shift(connection, "hanh", "duty", NOW - timedelta(hours=2), NOW + timedelta(hours=10))
        add_shift(connection, "quan", "duty", NOW + timedelta(hours=10), NOW + timedelta(hours=22))
        station.call(connection, night.commune, "CA-1", started_at=NOW - timedelta(hours=21))  # 00:04 of today
        station.call(connection, night.commune, "CA-2", started_at=NOW - timedelta(hours=22))
    night.report(1)
    page = signed_in(cast.HANH).opens("/board").text
    assert "until tomorrow 07:04" in page
    assert "Quân" not in page
    assert "1 call<" in page
    assert "1 report<" in page


def test_open_alarms_are_on_the_board_until_the_command_has_dealt_with_them(
    signed_in: SignedIn, night: Night, neighbour: Station
) -> None:
    reference = night.report(1)
    night.rings("nobody_takes_report", report=reference)
    night.rings("carrier_refuses", of=neighbour)
    hanh, ly = signed_in(cast.HANH), signed_in(cast.LY)
    assert "Nobody takes a report" in hanh.opens("/board").text
    assert "carrier refuses" not in hanh.opens("/board").text
    assert hanh.sends("/alarms/1/settlement").status_code == 403
    assert ly.sends("/alarms/1/settlement").location == "/alarms"
    assert "Nobody takes a report" not in hanh.opens("/board").text


def test_a_shelf_that_is_full_says_that_there_is_more(signed_in: SignedIn, night: Night) -> None:
    for number in range(1, 28):
        night.report(number, received_at=NOW - timedelta(minutes=number))
    page = signed_in(cast.HANH).opens("/board").text
    assert len(order(page)) == 25
    assert "see all reports" in page


def test_everybody_begins_where_their_work_is(signed_in: SignedIn, commune: Station) -> None:
    assert signed_in(cast.HANH).opens("/").location == "/board"
    assert signed_in(cast.THAO).opens("/").location == "/board"


def test_the_board_works_without_scripts(signed_in: SignedIn, night: Night) -> None:
    night.report(1)
    page = signed_in(cast.HANH).opens("/board").text
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page
    assert "R-2026-0001" in page
