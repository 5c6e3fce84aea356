"""One officer, one telephone: it rings for a report when somebody is in danger, or the other way round."""

from typing import Any

import pytest

from hotline.casework import pages as sending
from hotline.casework.giving_way import InTheWay, gave_way
from hotline.errors import CarrierError
from hotline.simulator.officers import Behaviour, OfficerPhone
from hotline.simulator.phone_call import PhoneCall
from storage.tables import officer_legs, pages
from tests.cast import HANH, IVAN, QUAN
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.officers_ring import a_moment
from tests.stories.test_follow_up import reports_a_fight
from tests.stories.test_officers_rung_together import carrier_statuses


def rings_for_a_report(commune: Commune) -> OfficerPhone:
    """Hạnh is alone on duty at two in the morning, and her telephone rings for a fight that is over."""
    hanh = commune.puts_on_duty(HANH).by_hand()
    reports_a_fight(commune)
    commune.pages_go_out()
    assert len(hanh.rings) == 1
    return hanh


def somebody_is_in_danger(commune: Commune) -> PhoneCall:
    call = commune.dials(IVAN)
    call.press("9")
    return call


def calls_about_reports(commune: Commune) -> list[dict[str, Any]]:
    return [row for row in commune.rows(pages) if row["channel"] == "voice"]


def test_a_page_that_rings_falls_silent_for_somebody_in_danger_and_rings_again_later(commune: Commune) -> None:
    hanh = rings_for_a_report(commune)
    began = commune.clock()
    call = somebody_is_in_danger(commune)
    a_moment(commune, call)
    assert set(carrier_statuses(commune.carrier).values()) == {"canceled"}, "a breath, until the network is free"
    a_moment(commune)
    assert (commune.clock() - began).total_seconds() <= 2
    assert len(hanh.rings) == 2
    assert call.awaits == "officer", "the emergency rings, and is not busy"
    call.officer(Behaviour.ANSWERS)
    a_moment(commune, call)
    commune.clock.goes_on(minutes=4)
    commune.pages_go_out()
    assert len(hanh.rings) == 2, "no page rings into the talk"
    call.hang_up()
    commune.clock.goes_on(seconds=5)
    commune.pages_go_out()
    assert len(hanh.rings) == 3, "put off, not lost"
    first, again = calls_about_reports(commune)
    assert (first["state"], first["last_error"]) == ("cancelled", "gave way")
    assert (again["state"], again["step_no"], again["officer_id"]) == ("sent", first["step_no"], first["officer_id"])


@ON_SQLITE
def test_a_key_that_is_on_its_way_when_the_page_gives_way_still_takes_the_report(commune: Commune) -> None:
    rings_for_a_report(commune)
    (page,) = calls_about_reports(commune)
    call = somebody_is_in_danger(commune)
    a_moment(commune, call)
    form = {"CallSid": page["carrier_id"], "AccountSid": commune.carrier.account_sid, "Digits": "1"}
    told = commune.carrier.exchange("voice", f"https://line.example.org/voice/follow-up/{page['key']}/answer", form)
    assert "You have taken report" in told.twiml
    call.hang_up()
    commune.clock.goes_on(minutes=1)
    commune.pages_go_out()
    again = next(row for row in calls_about_reports(commune) if "again" in row["dedupe_key"])
    assert again["state"] == "cancelled", "it has lost its purpose"


@ON_SQLITE
@pytest.mark.parametrize("told", ["canceled", "no-answer", "completed"])
def test_a_page_that_gave_way_rings_again_also_where_the_carrier_told_of_its_end_first(
    commune: Commune, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    hanh = rings_for_a_report(commune)
    (page,) = calls_about_reports(commune)
    ends = commune.client.end_call

    def ends_and_tells(carrier_id: str) -> None:
        ends(carrier_id)
        with commune.store.write() as connection:
            sending.heard_of(connection, page["key"], carrier_id, told, 9, commune.clock())

    monkeypatch.setattr(commune.client, "end_call", ends_and_tells)
    call = somebody_is_in_danger(commune)
    a_moment(commune, call)
    first, again = calls_about_reports(commune)
    assert (first["state"], first["last_error"], again["state"]) == ("cancelled", "gave way", "pending")
    with commune.store.write() as connection:
        silenced = InTheWay(page["id"], page["carrier_id"])
        assert not gave_way(connection, silenced, commune.clock()), "another worker has ended the same call"
    a_moment(commune)
    call.officer(Behaviour.ANSWERS)
    a_moment(commune, call)
    call.hang_up()
    commune.clock.goes_on(minutes=4)
    commune.pages_go_out()
    assert (len(hanh.rings), len(calls_about_reports(commune))) == (3, 2), "put off, not lost, and once"


@ON_SQLITE
def test_a_page_of_which_nobody_knows_whether_it_rings_is_waited_for(commune: Commune) -> None:
    rings_for_a_report(commune)
    with commune.store.write() as connection:
        connection.execute(pages.update().where(pages.c.channel == "voice").values(state="unknown"))
    call = somebody_is_in_danger(commune)
    a_moment(commune, call)
    assert [row["state"] for row in commune.rows(officer_legs)] == ["pending"], "it would be busy"
    for _ in range(2):
        a_moment(commune, call)
    assert [row["state"] for row in commune.rows(officer_legs)] == ["failed"], "tried at last, whatever rings there"


@ON_SQLITE
def test_while_somebody_in_danger_rings_no_page_does(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    commune.clock.strikes(2026, 3, 3, 2)
    call = somebody_is_in_danger(commune)
    a_moment(commune)
    reports_a_fight(commune, reference_night=False)
    commune.pages_go_out()
    assert (len(hanh.rings), len(hanh.texts)) == (1, 1), "the text arrives, the call waits"
    call.officer(Behaviour.REFUSES)
    a_moment(commune)
    commune.pages_go_out()
    assert len(hanh.rings) == 2


@ON_SQLITE
def test_a_carrier_that_cannot_end_the_page_does_not_keep_the_emergency_waiting(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: str) -> None:
        raise CarrierError("the carrier is in trouble")

    rings_for_a_report(commune)
    monkeypatch.setattr(commune.client, "end_call", refuses)
    call = somebody_is_in_danger(commune)
    for _ in range(3):
        a_moment(commune, call)
    (leg,) = commune.rows(officer_legs)
    assert (leg["state"], leg["last_error"]) == ("failed", "busy"), "it was tried, and nobody waited for a dead end"


@ON_SQLITE
def test_other_telephones_ring_meanwhile(commune: Commune) -> None:
    """Only the telephone that is needed is waited for: Quân's rings at once."""
    quan = commune.puts_on_duty(QUAN).lets_it_ring()
    rings_for_a_report(commune)
    quan.by_hand()
    somebody_is_in_danger(commune)
    a_moment(commune)
    assert len(quan.rings) == 2


@ON_SQLITE
def test_a_slow_carrier_does_not_eat_the_breath_after_a_page_was_ended(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanh = rings_for_a_report(commune)
    ends = commune.client.end_call

    def ends_slowly(carrier_id: str) -> None:
        ends(carrier_id)
        commune.clock.goes_on(milliseconds=900)

    monkeypatch.setattr(commune.client, "end_call", ends_slowly)
    call = somebody_is_in_danger(commune)
    commune.ringing.make_way(commune.clock())
    commune.clock.goes_on(milliseconds=500)
    assert commune.ringing.ring(commune.clock()) == 0, "it fell silent half a second ago"
    commune.clock.goes_on(milliseconds=600)
    assert commune.ringing.ring(commune.clock()) == 1
    commune.carrier.connect()
    assert len(hanh.rings) == 2
    call.hang_up()
