"""Key 9: help is rung, or what is said is kept, whatever else happens. How it is rung: test_officers_rung_together."""

import pytest

from hotline.simulator.officers import OfficerPhone
from hotline.simulator.phone_call import PhoneCall
from storage.tables import calls, officer_legs, reports, ringings
from tests.cast import GRACE, HANH, IVAN, LY, MAY, PAO, QUAN, THE_LINE, Caller
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import heard, words
from tests.stories.officers_ring import a_moment, help_comes


def prompts_before_help(call: PhoneCall) -> int:
    """Of the words for the caller, those before the ring."""
    texts = [said.text for said in call.heard if said.to == "caller"]
    return next(place for place, text in enumerate(texts) if "113" in text and "115" in text)


def test_nine_rings_everybody_on_duty_and_who_presses_one_has_the_caller(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1", talk_seconds=95)
    quan = commune.puts_on_duty(QUAN)
    call = commune.dials(MAY)
    commune.clock.goes_on(seconds=8)
    call.press("9")
    assert heard(call, "emergency.hold") == 1
    assert all(number in words(call) for number in ("113", "114", "115"))
    help_comes(commune, call)
    assert (hanh.bridged, len(quan.rings), quan.bridged) == (1, 1, 0)
    assert heard(call, "emergency.spoken") == 1
    call.wait()
    assert call.ended

    row, report = commune.call(call), commune.report()
    assert (row["kind"], row["outcome"], row["emergency"]) == ("emergency", "officer", True)
    assert row["officer_joined_at"] == commune.clock()
    assert (report["kind"], report["urgency"], report["status"]) == ("emergency", "critical", "NEW")
    assert report["acknowledged_at"] == row["officer_joined_at"]
    assert (report["acknowledged_by"], report["assigned_to"]) == (2, 2), "Hạnh spoke with her"
    assert commune.numbers() == [("content", MAY.number)]


@ON_SQLITE
def test_the_officer_hears_what_it_is_and_never_who_it_is(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials(MAY)
    call.press("9")
    help_comes(commune, call)
    assert "emergency" in hanh.whispers[0]
    assert [ring.caller_shown for ring in hanh.rings] == [THE_LINE]
    rows = str([*commune.rows(ringings), *commune.rows(officer_legs)])
    told = " ".join([*hanh.whispers, *(one.twiml for one in call.requests), rows])
    assert MAY.number not in told
    assert MAY.number[3:] not in told
    assert HANH.number not in told


@ON_SQLITE
@pytest.mark.parametrize("caller", [IVAN, GRACE])
def test_caller_and_officer_are_each_spoken_to_in_their_own_language(commune: Commune, caller: Caller) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials(caller)
    call.key_in({"ru": "3", "en": "2"}[caller.language] + "9")
    assert heard(call, "emergency.hold", caller.language) == 1
    help_comes(commune, call)
    assert "To take it press 1" in hanh.whispers[0]


UNAVAILABLE = ["lets_it_ring", "busy", "voicemail", "refuses", "unreachable"]


@ON_SQLITE
@pytest.mark.parametrize("habit", UNAVAILABLE)
def test_where_the_duty_group_cannot_command_is_rung(commune: Commune, habit: str) -> None:
    hanh = getattr(commune.puts_on_duty(HANH), habit)()
    ly = commune.puts_on_duty(LY, "command").answers_and_presses("1")
    call = commune.dials()
    call.press("9")
    help_comes(commune, call)
    assert len(hanh.rings) == 1
    assert hanh.bridged == 0
    assert heard(call, "emergency.still_ringing") == 1
    assert ly.bridged == 1
    call.hang_up()
    assert commune.call(call)["outcome"] == "officer"
    assert commune.report()["acknowledged_by"] == 3


@ON_SQLITE
def test_with_nobody_on_duty_nobody_is_said_to_be_rung(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.press("9")
    assert call.awaits == "recording"
    assert heard(call, "emergency.hold") == 1, "recorded, the number kept, and whom else to call"
    assert heard(call, "emergency.still_ringing") == 0
    assert heard(call, "emergency.record") == 1


@ON_SQLITE
def test_where_there_is_no_second_group_nobody_else_is_said_to_be_rung(commune: Commune) -> None:
    commune.puts_on_duty(HANH).lets_it_ring()
    call = commune.dials(PAO)
    call.press("9")
    help_comes(commune, call)
    assert call.awaits == "recording"
    assert heard(call, "emergency.still_ringing") == 0
    assert heard(call, "emergency.record") == 1


@ON_SQLITE
@pytest.mark.parametrize("habit", UNAVAILABLE)
def test_where_nobody_can_what_is_said_is_recorded(commune: Commune, habit: str) -> None:
    phones = [commune.puts_on_duty(HANH), commune.puts_on_duty(QUAN), commune.puts_on_duty(LY, "command")]
    for phone in phones:
        getattr(phone, habit)()
    call = commune.dials(PAO)
    call.press("9")
    help_comes(commune, call)
    assert [len(phone.rings) for phone in phones] == [1, 1, 1]
    assert call.awaits == "recording"
    assert heard(call, "emergency.record") == 1
    call.record(11)
    call.press("#")
    assert heard(call, "emergency.saved") == 1
    call.wait()
    assert call.ended
    commune.worker_runs()
    row, report = commune.call(call), commune.report()
    assert (row["kind"], row["outcome"], row["officer_joined_at"]) == ("emergency", "recorded", None)
    assert (report["kind"], report["urgency"], report["incomplete"]) == ("emergency", "critical", False)
    assert report["acknowledged_at"] is None


@ON_SQLITE
def test_a_mailbox_that_picks_up_takes_the_call_from_nobody(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).voicemail()
    quan = commune.puts_on_duty(QUAN).answers_and_presses("1")
    call = commune.dials()
    call.press("9")
    help_comes(commune, call)
    assert (hanh.bridged, quan.bridged) == (0, 1)
    assert heard(call, "emergency.still_ringing") == 0


@ON_SQLITE
def test_with_an_empty_roster_the_recording_begins_at_once(commune: Commune) -> None:
    call = commune.dials()
    call.press("9")
    assert call.awaits == "recording"
    assert [one.form for one in call.requests if one.form.get("DialCallStatus")] == []
    assert all(number in words(call) for number in ("113", "114", "115"))


@ON_SQLITE
def test_who_is_off_duty_is_left_to_sleep(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH, hours=8)
    commune.clock.goes_on(hours=8)
    call = commune.dials()
    call.press("9")
    assert hanh.rings == []
    assert call.awaits == "recording"


@ON_SQLITE
def test_a_child_reaches_help_by_one_key_and_hears_of_111(commune: Commune) -> None:
    """The words are short, nothing is asked, nothing is threatened."""
    call = commune.dials()
    call.press("9")
    assert prompts_before_help(call) <= 4, "the greeting and the three lines of the language menu"
    call.record(6)
    call.press("#")
    assert "111" in words(call)


WAYS_IN = {
    "the language menu": "",
    "the main menu": "1",
    "the main menu in English": "2",
    "the kinds of report": "11",
    "the kinds of violence": "113",
    "is it happening now": "1131",
    "are you in danger": "11311",
    "the privacy choice": "1162",
    "the place, after star": "11622*",
    "the receipt's digits, after star": "13*",
    "questions about papers": "12",
    "an answer": "1211",
    "the report's recording": "11622#",
    "the guest's recording": "1231",
    "the code": "11622#",
}


@ON_SQLITE
@pytest.mark.parametrize("place", WAYS_IN)
def test_nine_works_everywhere(commune: Commune, place: str) -> None:
    hanh = commune.puts_on_duty(HANH).lets_it_ring()
    call = commune.dials()
    call.key_in(WAYS_IN[place])
    if call.awaits == "recording":
        call.record(3)
    if place == "the code":
        call.press("#")
    call.press("9")
    if call.awaits == "keys":
        call.wait()  # the carrier still waits for the rest of a code
    assert heard(call, "emergency.hold", "en" if "English" in place else "vi") == 1
    a_moment(commune)
    assert len(hanh.rings) == 1
    assert commune.call(call)["emergency"] is True


@ON_SQLITE
@pytest.mark.parametrize("place", ["1", "11", "1162", "12", "1231", "11622*", "13*"])
def test_nought_reaches_an_officer_from_everywhere_too(commune: Commune, place: str) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials()
    call.key_in(place)
    if call.awaits == "recording":
        call.record(1)
    call.press("0")
    if not call.ended:
        call.wait()
    assert hanh.bridged == 1
    assert commune.call(call)["emergency"] is False


@ON_SQLITE
def test_what_was_said_before_nine_is_kept_with_the_emergency(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("11622#")
    call.record(10)
    call.press("9")
    call.record(5)
    call.press("#")
    call.wait()
    commune.worker_runs()
    (row,) = commune.rows(calls)
    assert row["kind"] == "emergency"
    assert len(commune.rows(reports)) == 1


@ON_SQLITE
def test_the_officers_may_be_rung_once_more(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).lets_it_ring()
    call = commune.dials()
    call.press("9")
    help_comes(commune, call)
    call.record(1)
    hanh.answers_and_presses("1")
    call.press("9")
    help_comes(commune, call)
    assert hanh.bridged == 1
    call.hang_up()
    assert commune.call(call)["outcome"] == "officer"


@ON_SQLITE
def test_a_caller_who_gives_up_while_it_rings_is_kept_and_may_be_rung_back(commune: Commune) -> None:
    commune.puts_on_duty(HANH).lets_it_ring()
    call = commune.dials(PAO)
    call.press("9")
    call.hang_up()
    report = commune.report()
    assert (report["kind"], report["urgency"], report["incomplete"]) == ("emergency", "critical", True)
    assert report["acknowledged_at"] is None
    assert commune.numbers() == [("content", PAO.number)]


def test_an_officers_telephone_is_never_on_our_disk_in_clear(commune: Commune) -> None:
    phone = commune.puts_on_duty(HANH)
    assert isinstance(phone, OfficerPhone)
    rows = [str(row) for table in (calls, reports) for row in commune.rows(table)]
    assert not any(HANH.number in row for row in rows)
