"""The audit from the console: what gets into it, who reads it, and that nothing is opened without it."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from hotline.casework import audit
from hotline.console import acts
from storage.database import Store
from storage.tables import audit_head, audit_rows, calls, console_sessions, recordings
from storage.vault import Vault
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor, Wall
from tests.hotline.console.test_pages import Links
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]
SOUND = b"RIFF" + bytes(range(256)) * 700
WORDS = "một lời nhắn"


@pytest.fixture
def case(store: Store, vault: Vault, commune: Station) -> dict[str, str]:
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA-theft")
        recording_id = station.recording(connection, commune, vault, call_id, SOUND)
        station.report(connection, commune, "R-2026-0042", call_id)
        report_id = station.report(connection, commune, "R-2026-0043", None, channel="text")
        text_id = station.text(connection, commune, report_id, WORDS)
    return {
        "sound": f"/calls/{call_id}/recordings/{recording_id}",
        "call": f"/calls/{call_id}",
        "recording": f"recording/{recording_id}",
        "report": "/reports/R-2026-0043",
        "text": f"text/{text_id}",
    }


def acts_of(store: Store, *actions: str) -> list[tuple[Any, ...]]:
    """(officer, action, thing, details) of these acts, the oldest first."""
    query = select(audit_rows).order_by(audit_rows.c.seq)
    with store.read() as connection:
        return [
            (row.officer_id, row.action, row.object_ref, json.loads(row.details))
            for row in connection.execute(query)
            if row.action in actions
        ]


def break_the_audit(store: Store) -> None:
    """Take away what every new row needs: none can be written any more."""
    with store.write() as connection:
        connection.execute(text("DROP TRIGGER audit_head_is_not_deleted"))
        connection.execute(delete(audit_head))


# ---- what gets into it ---------------------------------------------------------------------------------------------


def test_coming_and_going_is_written_down(signed_in: SignedIn, store: Store, commune: Station) -> None:
    hanh, number = signed_in(cast.HANH), commune.officers["hanh"]
    hanh.sends("/sign-out")
    thing = f"officer/{number}"
    assert acts_of(store, "signed in", "signed out") == [
        (number, "signed in", thing, {}),
        (number, "signed out", thing, {}),
    ]


def test_whose_account_was_tried_is_written_down_and_never_what_was_typed(
    stranger: Visitor, store: Store, commune: Station
) -> None:
    stranger.signs_in(cast.HANH, "a guess")
    stranger.sends("/sign-in", login="my password in the wrong field", password="x")
    assert acts_of(store, "sign-in refused") == [
        (None, "sign-in refused", f"officer/{commune.officers['hanh']}", {}),
        (None, "sign-in refused", "officer/unknown", {}),
    ]
    with store.read() as connection:
        assert "wrong field" not in repr(connection.execute(select(audit_rows)).all())


def test_a_stopped_guesser_is_written_down_once_a_quarter_of_an_hour(
    stranger: Visitor, store: Store, wall: Wall
) -> None:
    for _ in range(9):
        stranger.signs_in(cast.HANH, "a guess")
    assert len(acts_of(store, "sign-in refused")) == 5
    [(_, _, source, _)] = acts_of(store, "sign-in stopped")
    assert stranger.address not in source
    wall.forward(timedelta(minutes=15))
    for _ in range(9):
        stranger.signs_in(cast.HANH, "a guess")
    assert len(acts_of(store, "sign-in stopped")) == 2


def test_a_recording_is_heard_once_however_often_the_player_winds_back(
    signed_in: SignedIn, store: Store, commune: Station, case: dict[str, str], wall: Wall
) -> None:
    hanh, thao = signed_in(cast.HANH), signed_in(cast.THAO)
    for part in ("bytes=0-", "bytes=70000-", "bytes=100-200"):
        assert hanh.opens(case["sound"], headers={"Range": part}).status_code == 206
    assert thao.opens(case["sound"]).data == SOUND
    wall.forward(timedelta(minutes=15))
    assert hanh.opens(case["sound"]).status_code == 200
    who = [(officer, thing) for officer, _, thing, _ in acts_of(store, "recording heard")]
    hanhs, thaos = commune.officers["hanh"], commune.officers["thao"]
    assert who == [(hanhs, case["recording"]), (thaos, case["recording"]), (hanhs, case["recording"])]


def test_looking_at_a_page_is_not_listening(signed_in: SignedIn, store: Store, case: dict[str, str]) -> None:
    assert "<audio" in signed_in(cast.HANH).opens(case["call"]).text
    assert acts_of(store, "recording heard") == []


def test_reading_a_text_is_written_down(
    signed_in: SignedIn, store: Store, commune: Station, case: dict[str, str]
) -> None:
    hanh = signed_in(cast.HANH)
    for _ in range(3):
        assert WORDS in hanh.opens(case["report"]).text
    assert acts_of(store, "text read") == [(commune.officers["hanh"], "text read", case["text"], {})]


def test_a_key_that_a_chief_hands_out_is_written_down(signed_in: SignedIn, store: Store, commune: Station) -> None:
    new = cast.Officer("Mới", "moi", "officer", "+84912345690", "moi-starts-on-monday")
    with store.write() as connection:
        number = station.hire(connection, commune.unit_id, new)
    before = len(acts_of(store, "key granted"))
    signed_in(cast.THAO)
    assert acts_of(store, "key granted")[before:] == [
        (commune.officers["thao"], "key granted", f"officer/{number}", {"key": "content"})
    ]


def test_every_refusal_is_written_down(signed_in: SignedIn, store: Store, commune: Station) -> None:
    dung, hanh = signed_in(cast.DUNG), signed_in(cast.HANH)
    for address in ("/calls", "/audit", "/calls/77", "/calls/77/recordings/8", "/reports/R-1999-0001"):
        assert dung.opens(address).status_code in (403, 404)
    hanh.browser.post("/sign-out", data={"csrf_token": "forged"})
    numbers = commune.officers
    assert acts_of(store, "refused") == [
        (numbers["dung"], "refused", "page/calls", {"method": "GET", "status": 403}),
        (numbers["dung"], "refused", "page/audit", {"method": "GET", "status": 403}),
        (numbers["dung"], "refused", "page/call", {"method": "GET", "status": 404, "call_id": 77}),
        (
            numbers["dung"],
            "refused",
            "page/recording",
            {"method": "GET", "status": 404, "call_id": 77, "recording_id": 8},
        ),
        (numbers["dung"], "refused", "page/report", {"method": "GET", "status": 404}),
        (numbers["hanh"], "refused", "page/leave", {"method": "POST", "status": 400}),
    ]


@pytest.mark.parametrize("typed", ["calls/84912345678", "calls/" + "9" * 30, "reports/+84912345678", "reports/%00"])
def test_a_number_typed_into_an_address_stays_out_of_it(signed_in: SignedIn, store: Store, typed: str) -> None:
    answer = signed_in(cast.HANH).opens(f"/{typed}")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    [(_, _, _, details)] = acts_of(store, "refused")
    assert set(details) == {"method", "status"}


def test_strangers_write_nothing_into_it(stranger: Visitor, store: Store) -> None:
    begun = len(acts_of(store, *audit.ACTIONS))
    for address in ("/calls", "/audit", "/calls/1/recordings/1", "/nowhere"):
        stranger.opens(address)
    stranger.browser.post("/sign-in", data={"csrf_token": "forged"})
    assert len(acts_of(store, *audit.ACTIONS)) == begun


# ---- nothing without it --------------------------------------------------------------------------------------------


def test_nothing_is_released_when_it_cannot_be_written(
    signed_in: SignedIn, stranger: Visitor, store: Store, case: dict[str, str]
) -> None:
    hanh = signed_in(cast.HANH)
    break_the_audit(store)
    sound, report = hanh.opens(case["sound"]), hanh.opens(case["report"])
    assert (sound.status_code, report.status_code) == (503, 503)
    assert b"RIFF" not in sound.data
    assert WORDS not in report.text
    for answer in (sound, report):
        assert "Who opens what is written down first" in answer.text
    assert stranger.signs_in(cast.THAO).status_code == 503
    with store.read() as connection:
        assert len(connection.execute(select(console_sessions.c.id)).all()) == 1
    assert hanh.opens("/calls").status_code == 200
    assert hanh.opens("/calls/77").status_code == 404, "a refusal needs nothing to stand"


def test_nothing_is_released_while_the_store_is_busy(
    signed_in: SignedIn, store: Store, case: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hanh, patient = signed_in(cast.HANH), type(store).commit
    monkeypatch.setattr(type(store), "commit", lambda self, work: patient(self, work, 0.1))
    with store.write():
        answer = hanh.opens(case["sound"])
    assert answer.status_code == 503
    assert b"RIFF" not in answer.data


# ---- who reads it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("person", "status"), [(cast.HANH, 403), (cast.LY, 200), (cast.THAO, 200), (cast.DUNG, 403)])
def test_chief_and_deputy_read_it(signed_in: SignedIn, person: cast.Officer, status: int) -> None:
    visitor = signed_in(person)
    assert visitor.opens("/audit").status_code == status
    assert ('href="/audit"' in visitor.opens("/", follow_redirects=True).text) == (status == 200)


def test_it_tells_who_what_and_when(signed_in: SignedIn, case: dict[str, str]) -> None:
    signed_in(cast.HANH).opens(case["sound"])
    page = signed_in(cast.THAO).opens("/audit").text
    assert "Listened to a recording" in page
    assert "<span>Hạnh</span>" in page
    assert f'<a href="{case["call"]}">Recording ' in page
    assert "14 Nov 2026, 21:04" in page
    assert "Command line" in page
    assert "Made an account <span" in page
    assert "· Duty officer" in page


def test_reading_it_is_no_act(signed_in: SignedIn, store: Store) -> None:
    thao = signed_in(cast.THAO)
    begun = len(acts_of(store, *audit.ACTIONS))
    thao.opens("/audit")
    assert len(acts_of(store, *audit.ACTIONS)) == begun


def test_another_commune_is_not_in_it(signed_in: SignedIn, store: Store, neighbour: Station) -> None:
    signed_in(cast.SINH).opens("/calls/77")
    page = signed_in(cast.THAO).opens("/audit").text
    assert "Sinh" not in page
    assert "77" not in page
    assert "Sinh" not in signed_in(cast.LY).opens("/audit").text


def test_it_is_paged_without_a_gap_or_a_repeat(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        for number in range(120):
            audit.append(connection, audit.SYSTEM, "refused", f"report/R-{number}", {}, NOW, unit_id=commune.unit_id)
    thao, address, seen = signed_in(cast.THAO), "/audit", []
    while address:
        page = Links(thao.opens(address).text)
        seen += [link for link in page.links if link.startswith("/reports/R-")]
        address = page.next or ""
    assert seen == [f"/reports/R-{number}" for number in reversed(range(120))]


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=" + "9" * 40, "before=²"])
def test_an_address_that_means_nothing_shows_the_newest(signed_in: SignedIn, query: str) -> None:
    assert "Signed in" in signed_in(cast.THAO).opens(f"/audit?{query}").text


def test_a_reason_is_shown_to_who_holds_the_key(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        officer = commune.officers["ly"]
        audit.append(
            connection, officer, "report deadline changed", "report/R-2026-0042", {}, NOW, reason="người đi vắng"
        )
    assert "<q>người đi vắng</q>" in signed_in(cast.THAO).opens("/audit").text


def test_an_altered_line_says_so(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        number = audit.append(connection, commune.officers["hanh"], "recording heard", "recording/1", {}, NOW)
    thao = signed_in(cast.THAO)
    assert "altered afterwards" not in thao.opens("/audit").text
    with store.write() as connection:
        connection.execute(text("DROP TRIGGER audit_is_not_changed"))
        other = {"officer_id": commune.officers["quan"], "details": "no JSON", "object_ref": "report/"}
        connection.execute(update(audit_rows).where(audit_rows.c.seq == number).values(**other))
    page = thao.opens("/audit").text
    assert page.count("altered afterwards") == 1


def test_hostile_words_are_only_words(signed_in: SignedIn, store: Store) -> None:
    with store.write() as connection:
        audit.append(connection, audit.SYSTEM, "refused", "page/x", {"what": "<script>alert(1)</script>"}, NOW)
    assert "<script" not in signed_in(cast.THAO).opens("/audit").text


def test_it_holds_no_number_of_a_caller_or_officer(signed_in: SignedIn, store: Store, case: dict[str, str]) -> None:
    thao = signed_in(cast.THAO)
    for address in case.values():
        thao.opens(address)
    with store.read() as connection:
        written = repr(connection.execute(select(audit_rows)).all())
        assert connection.execute(select(calls.c.id).join(recordings, recordings.c.call_id == calls.c.id)).all()
    assert "912345" not in written
    assert "912345" not in thao.opens("/audit").text


def test_what_only_verification_needs_is_not_on_the_page(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        what = {"sha256": "0f" * 32, "bytes": 1234}
        audit.append(connection, audit.SYSTEM, "recording kept", "recording/9", what, NOW, unit_id=commune.unit_id)
    page = signed_in(cast.THAO).opens("/audit").text
    assert "Kept a recording" in page
    assert "0f0f" not in page


def test_a_step_is_told_in_words(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        steps = {"before": "NEW", "after": "TRIAGED"}
        audit.append(connection, commune.officers["hanh"], "report triaged", "report/R-2026-0042", steps, NOW)
    page = signed_in(cast.THAO).opens("/audit").text
    assert re.search("· Received</span> <span[^>]*>→ Classified by an officer<", page)
    assert "TRIAGED" not in page


def test_every_act_has_its_words() -> None:
    assert set(acts.ACTS) == audit.ACTIONS
    assert set(acts.ACTORS) == audit.ACTORS | {audit.OFFICER}
