"""Key 0: the officer on duty, day and night; about papers in office hours, and a message otherwise."""

from datetime import datetime

import pytest

from storage.tables import calls, classifications, reports
from tests.cast import HANH, LY, MAY, PAO, QUAN
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard, words
from tests.stories.officers_ring import help_comes

pytestmark = ON_SQLITE

OPEN = {
    "a Monday morning": (2026, 3, 2, 7, 30),
    "the last minute before lunch": (2026, 3, 2, 11, 29),
    "a Friday afternoon": (2026, 3, 6, 16, 59),
    "the Monday before Tet": (2026, 2, 9, 10, 0),
    "the Monday after Tet": (2026, 2, 23, 10, 0),
}
CLOSED = {
    "too early": (2026, 3, 2, 7, 29),
    "lunch": (2026, 3, 2, 12, 0),
    "the evening": (2026, 3, 2, 17, 0),
    "a Sunday": (2026, 3, 1, 10, 0),
    "the first day of Tet": (2026, 2, 17, 10, 0),
    "the third day of Tet": (2026, 2, 19, 14, 0),
    "the day of the Hung kings, kept on a Monday": (2026, 4, 27, 10, 0),
    "Liberation Day": (2026, 4, 30, 10, 0),
}


@pytest.mark.parametrize("moment", OPEN)
def test_in_office_hours_the_duty_officer_is_rung(commune: Commune, moment: str) -> None:
    commune.clock.strikes(*OPEN[moment])
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials()
    call.key_in("10")
    assert heard(call, "officer.hold") == 1
    assert hanh.bridged == 1
    assert heard(call, "bye") == 1
    row = commune.call(call)
    assert (row["kind"], row["outcome"], row["officer_joined_at"]) == ("other", "officer", commune.clock())


@pytest.mark.parametrize("moment", CLOSED)
def test_about_papers_a_message_is_taken_out_of_hours(commune: Commune, moment: str) -> None:
    commune.clock.strikes(*CLOSED[moment])
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials(PAO)
    call.key_in("120")
    assert heard(call, "officer.closed") == 1
    assert hanh.rings == []
    call.wait()
    assert heard(call, "message.record") == 1


@pytest.mark.parametrize("moment", ["the evening", "the first day of Tet"])
@pytest.mark.parametrize("keys", ["10", "0", "110"])
def test_about_anything_else_the_officer_on_duty_is_rung_at_any_hour(commune: Commune, moment: str, keys: str) -> None:
    commune.clock.strikes(*CLOSED[moment])
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials(PAO)
    call.key_in(keys)
    assert heard(call, "officer.hold") == 1
    assert hanh.bridged == 1


def test_an_old_woman_who_presses_nothing_at_night_reaches_the_officer_on_duty(commune: Commune) -> None:
    commune.clock.strikes(2026, 2, 17, 3)
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials(MAY)
    for _ in range(3):
        call.wait()
    assert hanh.bridged == 1


def test_a_message_out_of_hours_becomes_a_report_with_a_code(commune: Commune) -> None:
    commune.clock.strikes(2026, 2, 17, 21)
    call = commune.dials(PAO)
    call.key_in("103")
    assert commune.numbers() == [("content", PAO.number)], "call me back"
    call.record(14)
    call.press("#")
    assert len(code(call)) == 12
    call.hang_up()
    commune.worker_runs()
    row, report = commune.call(call), commune.report()
    assert (row["kind"], row["outcome"], row["privacy"]) == ("other", "recorded", "call_back")
    assert (report["kind"], report["category"], report["urgency"]) == ("other", None, "normal")


@pytest.mark.parametrize("habit", ["lets_it_ring", "busy", "voicemail", "refuses", "unreachable"])
def test_where_the_officers_cannot_answer_a_message_is_taken(commune: Commune, habit: str) -> None:
    phones = [getattr(commune.puts_on_duty(officer), habit)() for officer in (HANH, QUAN)]
    commune.puts_on_duty(LY, "command")
    call = commune.dials()
    call.key_in("10")
    assert [len(phone.rings) for phone in phones] == [1, 1]
    assert heard(call, "officer.busy") == 1
    call.wait()
    call.record(6)
    call.press("#")
    call.hang_up()
    assert commune.call(call)["outcome"] == "recorded"


def test_with_an_empty_roster_nobody_waits_for_a_ring(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("10")
    assert heard(call, "officer.busy") == 1
    assert not any(one.form.get("DialCallStatus") for one in call.requests)


def test_even_at_night_nine_in_the_message_rings(commune: Commune) -> None:
    commune.clock.strikes(2026, 2, 17, 3)
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials()
    call.key_in("120")
    call.wait()
    call.record(2)
    call.press("9")
    help_comes(commune, call)
    assert hanh.bridged == 1


def test_a_message_in_mid_report_keeps_what_was_chosen_before(commune: Commune) -> None:
    """A witness who chose anonymity asks for an officer at night: no second question, no number."""
    commune.clock.strikes(2026, 3, 2, 22)
    call = commune.dials(MAY)
    call.key_in("112221#")  # fraud, over, anonymous, no place
    call.record(1)
    call.press("0")
    assert heard(call, "message.call_back") == 0
    assert heard(call, "message.record") == 1
    call.record(6)
    call.press("#")
    call.hang_up()
    assert commune.call(call)["privacy"] == "anonymous"
    report = commune.rows(reports)[-1]
    assert (report["kind"], report["category"], report["privacy"]) == ("report", "RPT-FRAUD", "anonymous")


def test_an_officers_leg_is_not_counted_as_a_call(commune: Commune) -> None:
    commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials()
    call.key_in("10")
    assert "115" not in words(call), "no emergency is announced where there is none"
    assert commune.rows(classifications) == []
    leg = next(one for one in commune.carrier.legs.values() if one.direction == "outbound-dial")
    status = {**leg.form(), "CallStatus": "completed", "CallDuration": "60"}
    answer = commune.carrier.exchange("status", commune.carrier.webhooks.status_url, status).answer
    assert answer is not None
    assert answer.ok
    assert [row["carrier_call_id"] for row in commune.rows(calls)] == [call.id]


def test_who_picks_up_too_late_is_not_connected_to_nobody(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    call = commune.dials(PAO)
    call.key_in("10")
    assert call.awaits == "officer"
    ring = next(one for one in call.requests if "<Dial" in one.twiml)
    call.hang_up()
    key, visit = ring.twiml.partition("/voice/")[2].partition('"')[0].split("/")[:2]
    leg = next(one for one in commune.carrier.legs.values() if one.direction == "outbound-dial")
    base = commune.settings.hotline_public_url
    whisper = commune.carrier.exchange("voice", f"{base}/voice/{key}/{visit}/whisper", leg.form())
    assert "<Say" not in whisper.twiml
    late = commune.carrier.exchange("voice", f"{base}/voice/{key}/{visit}/screen", {**leg.form(), "Digits": "1"})
    assert "<Hangup" in late.twiml
    assert commune.call(call)["officer_joined_at"] is None


def test_the_moment_an_officer_joined_is_the_first_one(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    call = commune.dials(PAO)
    call.key_in("10")
    ring = next(one for one in call.requests if "<Dial" in one.twiml)
    key, visit = ring.twiml.partition("/voice/")[2].partition('"')[0].split("/")[:2]
    screen = f"{commune.settings.hotline_public_url}/voice/{key}/{visit}/screen"
    leg = next(one for one in commune.carrier.legs.values() if one.direction == "outbound-dial")
    moments: list[datetime] = []
    for _ in range(2):
        commune.carrier.exchange("voice", screen, {**leg.form(), "Digits": "1"})
        moments.append(commune.call(call)["officer_joined_at"])
        commune.clock.goes_on(seconds=4)
    assert moments[0] == moments[1] is not None
