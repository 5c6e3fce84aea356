"""Key 9 rings everybody at once, each by a call of their own: who is first, who is late, and what dies meanwhile."""

from typing import Any

import pytest

from hotline.casework.emergencies import LiveEmergency, live_emergencies
from hotline.casework.officer_legs import Leg
from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.faults import Faults
from hotline.simulator.leg import Exchange
from hotline.simulator.officers import Behaviour
from hotline.simulator.phone_call import PhoneCall
from hotline.worker.sender import Sender
from storage.tables import alarms, audit_rows, call_officers, follow_ups, officer_legs, officers, recordings, ringings
from tests.cast import GRACE, HANH, IVAN, LY, MAY, QUAN, THE_LINE
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import heard
from tests.stories.officers_ring import a_moment, help_comes

LEG = "https://line.example.org/voice/officer-leg"


def is_in_danger(commune: Commune, keys: str = "9") -> PhoneCall:
    call = commune.dials(MAY)
    call.key_in(keys)
    assert call.awaits == "hold"
    return call


def answers_at(commune: Commune, leg: dict[str, Any], digits: str | None = None) -> Exchange:
    """An officer's telephone asks what to say, or tells which key was pressed."""
    form = {"CallSid": leg["carrier_id"] or "CA" + "7" * 32, "AccountSid": commune.carrier.account_sid}
    asked = {**form, "Digits": digits} if digits is not None else form
    return commune.carrier.exchange("voice", f"{LEG}/{leg['key']}{'/answer' if digits is not None else ''}", asked)


def live(commune: Commune) -> list[LiveEmergency]:
    with commune.store.read() as connection:
        return live_emergencies(connection, 1, commune.clock())


def carrier_statuses(carrier: StandInCarrier) -> dict[str, str]:
    """How the calls to officers stand, by number."""
    return {leg.to: leg.status for leg in carrier.legs.values() if leg.direction == "outbound-api"}


# ---- everybody at once -----------------------------------------------------------------------------------------------


def test_within_half_a_second_every_telephone_on_duty_rings(commune: Commune) -> None:
    phones = [commune.puts_on_duty(officer).by_hand() for officer in (HANH, QUAN)]
    ly = commune.puts_on_duty(LY, "command").by_hand()
    call = is_in_danger(commune)
    assert [row["state"] for row in commune.rows(officer_legs)] == ["pending", "pending"], (
        "planned with the step itself"
    )
    a_moment(commune)
    assert [len(phone.rings) for phone in phones] == [1, 1]
    assert {ring.caller_shown for phone in phones for ring in phone.rings} == {THE_LINE}
    assert ly.rings == []
    assert call.awaits == "officer", "they ring on, and somebody is to answer"


@ON_SQLITE
@pytest.mark.parametrize(("language", "says"), [("vi", "khẩn cấp"), ("en", "emergency"), ("ru", "экстренный")])
def test_what_is_known_is_said_in_the_officers_own_language(commune: Commune, language: str, says: str) -> None:
    hanh = commune.puts_on_duty(HANH).voicemail()
    with commune.store.write() as connection:
        connection.execute(officers.update().values(language=language))
    call = commune.dials(GRACE)
    call.key_in("21311" + "9")  # in English: violence at home, now, in danger
    a_moment(commune, call)
    assert says in hanh.whispers[0]
    assert {"vi": "Bạo lực gia đình", "en": "Domestic violence", "ru": "насили"}[language] in hanh.whispers[0]


@ON_SQLITE
def test_the_place_is_said_where_it_was_keyed(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).voicemail()
    call = commune.dials(MAY)
    call.key_in("1133" + "22" + "03")
    call.record(3)
    call.press("9")
    a_moment(commune, call)
    assert "Assault" in hanh.whispers[0]
    assert "Na Hoi" in hanh.whispers[0]


def test_of_two_who_press_one_at_once_one_has_the_caller_and_the_other_hears_who(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    commune.puts_on_duty(QUAN).by_hand()
    call = is_in_danger(commune)
    commune.ringing.ring(commune.clock())
    first, second = commune.rows(officer_legs)
    for leg in (first, second):
        assert "press 1" in answers_at(commune, leg).twiml
    took = answers_at(commune, second, "1")
    assert "<Conference" in took.twiml
    late = answers_at(commune, first, "1")
    assert "The call is taken: Quân" in late.twiml
    assert "<Conference" not in late.twiml
    assert commune.carrier.repeat(took).twiml == took.twiml, "a repeated webhook gets the same answer"
    assert {row["officer_id"]: row["answer"] for row in commune.rows(officer_legs)} == {2: "late", 3: "took"}
    assert [row["action"] for row in commune.rows(audit_rows)][-1] == "call taken"
    call.wait()
    assert call.awaits == "conversation"


def test_who_still_rings_is_left_in_peace_when_another_has_the_caller(commune: Commune) -> None:
    commune.puts_on_duty(HANH).answers_and_presses("1")
    commune.puts_on_duty(QUAN).by_hand()
    call = is_in_danger(commune)
    a_moment(commune, call)
    assert carrier_statuses(commune.carrier)[QUAN.number] == "canceled"
    assert {row["officer_id"]: row["ended_at"] is not None for row in commune.rows(officer_legs)} == {2: True, 3: True}


@ON_SQLITE
def test_who_has_picked_up_late_hears_who_was_quicker(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    commune.puts_on_duty(QUAN).by_hand()
    is_in_danger(commune)
    commune.ringing.ring(commune.clock())
    first, second = commune.rows(officer_legs)
    answers_at(commune, first, "1")
    assert "The call is taken: Hạnh" in answers_at(commune, second).twiml


@ON_SQLITE
def test_when_all_have_passed_it_on_the_command_is_rung_at_once(commune: Commune) -> None:
    commune.puts_on_duty(HANH).refuses()
    commune.puts_on_duty(QUAN).refuses()
    ly = commune.puts_on_duty(LY, "command").by_hand()
    began = commune.clock()
    call = is_in_danger(commune)
    a_moment(commune, call)
    a_moment(commune)
    assert len(ly.rings) == 1
    assert (commune.clock() - began).total_seconds() <= 2
    assert [row["answer"] for row in commune.rows(officer_legs)] == ["passed", "passed", None]


@ON_SQLITE
def test_at_the_limit_the_command_is_rung_and_the_duty_telephones_fall_silent(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    ly = commune.puts_on_duty(LY, "command").by_hand()
    call = is_in_danger(commune)
    for _ in range(13):
        a_moment(commune, call)
    assert heard(call, "emergency.waiting") == 3
    assert heard(call, "emergency.still_ringing") == 1
    a_moment(commune)
    assert carrier_statuses(commune.carrier)[HANH.number] == "no-answer"
    assert len(ly.rings) == 1


@ON_SQLITE
def test_who_picks_up_at_the_last_moment_may_still_take_the_call(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    commune.puts_on_duty(LY, "command").by_hand()
    call = is_in_danger(commune)
    commune.ringing.ring(commune.clock())
    commune.clock.goes_on(seconds=24)
    (leg,) = commune.rows(officer_legs)
    answers_at(commune, leg)
    commune.clock.goes_on(seconds=4)
    call.wait()
    assert heard(call, "emergency.still_ringing") == 0
    assert "<Conference" in answers_at(commune, leg, "1").twiml
    call.wait()
    assert call.awaits == "conversation"


@ON_SQLITE
def test_after_the_limit_a_key_is_too_late_and_says_so(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    commune.ringing.ring(commune.clock())
    commune.clock.goes_on(seconds=26)
    call.wait()
    assert call.awaits == "recording"
    (leg,) = commune.rows(officer_legs)
    late = answers_at(commune, leg, "1")
    assert "not waiting any more" in late.twiml
    assert "<Conference" not in late.twiml


@ON_SQLITE
def test_who_talks_to_one_caller_is_not_rung_for_the_next(commune: Commune) -> None:
    hanh, quan = commune.puts_on_duty(HANH).by_hand(), commune.puts_on_duty(QUAN).by_hand()
    first = is_in_danger(commune)
    a_moment(commune)
    first.officer(Behaviour.ANSWERS)
    second = commune.dials(IVAN)
    second.press("9")
    a_moment(commune)  # the first caller's call to Quân ends
    a_moment(commune)
    assert (len(hanh.rings), len(quan.rings)) == (1, 2), "he has taken her call, and she is on the way to him"
    first.wait()
    assert first.awaits == "conversation"


@ON_SQLITE
def test_of_two_callers_an_officer_is_rung_for_the_one_and_then_for_the_other(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    first = is_in_danger(commune)
    a_moment(commune)
    second = commune.dials(IVAN)
    second.press("9")
    a_moment(commune)
    assert len(hanh.rings) == 1
    first.hang_up()
    a_moment(commune)
    a_moment(commune)
    assert len(hanh.rings) == 2
    assert second.awaits == "officer"


# ---- somebody hangs up -----------------------------------------------------------------------------------------------


@ON_SQLITE
def test_when_the_officers_battery_dies_one_key_rings_everybody_again(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1", talk_seconds=7)
    call = is_in_danger(commune)
    help_comes(commune, call)
    assert heard(call, "emergency.spoken") == 1
    call.press("1")
    assert heard(call, "emergency.hold") == 2
    help_comes(commune, call)
    assert hanh.bridged == 2
    call.hang_up()
    assert commune.call(call)["outcome"] == "officer"
    assert len(commune.rows(recordings)) == 1, "the line is recorded once, from the first ring to the end"


def test_a_caller_who_hangs_up_while_it_rings_leaves_a_report_that_climbs(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    a_moment(commune)
    call.hang_up()
    a_moment(commune)
    assert carrier_statuses(commune.carrier)[HANH.number] == "canceled"
    report = commune.report()
    assert (report["urgency"], report["incomplete"], report["acknowledged_at"]) == ("critical", True, None)
    hanh.lets_it_ring()
    commune.pages_go_out()
    assert len(hanh.rings) == 2
    assert "R-2026-0001" in hanh.texts[0]


@ON_SQLITE
def test_a_caller_who_hangs_up_in_the_talk_has_spoken_with_an_officer(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    a_moment(commune)
    call.officer(Behaviour.ANSWERS)
    call.wait()
    assert call.awaits == "conversation"
    commune.clock.goes_on(seconds=40)
    call.hang_up()
    assert "The talk has ended" in hanh.whispers[-1]
    assert carrier_statuses(commune.carrier)[HANH.number] == "completed"
    report = commune.report()
    assert (report["acknowledged_by"], report["incomplete"]) == (2, False)
    (talk,) = commune.rows(call_officers)
    assert talk["officer_id"] == 2
    (follow_up,) = commune.rows(follow_ups)
    assert follow_up["state"] == "acked"


@ON_SQLITE
def test_a_caller_who_hangs_up_before_reaching_the_officer_has_not_been_helped(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    a_moment(commune)
    call.officer(Behaviour.ANSWERS)
    call.hang_up()
    assert commune.report()["acknowledged_at"] is None
    assert carrier_statuses(commune.carrier)[HANH.number] == "in-progress", "alone in the room"
    commune.clock.goes_on(seconds=5)
    a_moment(commune)
    assert "not waiting any more" in hanh.whispers[-1]
    assert carrier_statuses(commune.carrier)[HANH.number] == "completed"
    (follow_up,) = commune.rows(follow_ups)
    assert follow_up["state"] == "open"


@ON_SQLITE
def test_an_officer_who_is_gone_before_the_caller_comes_is_followed_by_the_next(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    ly = commune.puts_on_duty(LY, "command").answers_and_presses("1")
    call = is_in_danger(commune)
    a_moment(commune)
    call.officer(Behaviour.ANSWERS)
    leg = next(one for one in commune.carrier.legs.values() if one.to == HANH.number)
    commune.carrier.handsets[leg.call_id].hang_up()
    help_comes(commune, call)
    assert heard(call, "emergency.still_ringing") == 1
    assert ly.bridged == 1
    call.hang_up()
    assert commune.report()["acknowledged_by"] == 3


@ON_SQLITE
def test_a_caller_who_comes_into_an_empty_room_is_fetched_back(commune: Commune) -> None:
    """The officer's line broke in the very second in which the caller was sent there."""
    commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    commune.ringing.ring(commune.clock())
    (leg,) = commune.rows(officer_legs)
    answers_at(commune, leg, "1")  # the telephone never came to the room
    call.wait()
    assert call.awaits == "conversation"
    over = {"CallSid": leg["carrier_id"], "AccountSid": commune.carrier.account_sid, "CallStatus": "completed"}
    commune.carrier.exchange("status", f"{LEG}/{leg['key']}/status", over)
    commune.clock.goes_on(seconds=3)
    a_moment(commune)
    assert call.awaits == "conversation", "the carrier may yet end it by itself"
    commune.clock.goes_on(seconds=2)
    a_moment(commune)
    assert heard(call, "emergency.spoken") == 1
    assert call.awaits == "keys"


@ON_SQLITE
def test_a_caller_whose_carrier_lost_our_answer_is_fetched_from_the_apology(commune: Commune) -> None:
    """The officers ring all the same, and one takes a call whose caller hears that the line has a fault."""
    commune.puts_on_duty(HANH).by_hand()
    call = commune.dials(MAY)
    commune.carrier.faults = Faults(lost_answers=1)
    call.press("9")
    assert call.awaits == "recording", "the apology's"
    a_moment(commune)
    (leg,) = commune.rows(officer_legs)
    assert "<Conference" in answers_at(commune, leg, "1").twiml
    commune.clock.goes_on(seconds=5)
    a_moment(commune)
    assert call.awaits == "conversation"


# ---- something breaks ------------------------------------------------------------------------------------------------


class Dying:
    """A channel at which the worker dies, before or after the carrier has heard of it."""

    def __init__(self, commune: Commune, after: bool) -> None:
        self._real = commune.ringing._sender.channels["voice"] if after else None

    def send(self, leg: Leg, /) -> str | None:
        if self._real is not None:
            self._real.send(leg)
        raise KeyboardInterrupt(leg.key)

    def sent_since(self, _: Leg, /) -> None:
        return None


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_between_claim_and_finish_costs_seconds_and_no_call(commune: Commune, after: bool) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    sender = commune.ringing._sender
    dying = Sender("leg", commune.store, commune.secret, sender.queue, {"voice": Dying(commune, after)})
    with pytest.raises(KeyboardInterrupt):
        dying.send(("voice",), commune.clock())
    assert [row["state"] for row in commune.rows(officer_legs)] == ["sending"]
    for _ in range(12):
        commune.clock.goes_on(seconds=1)
        commune.ringing.settle(commune.clock())
        a_moment(commune)
    assert len(hanh.rings) == 1, "rung once, by whichever worker"
    assert call.awaits == "officer"
    call.officer(Behaviour.ANSWERS)
    call.wait()
    assert call.awaits == "conversation"


def test_a_web_process_that_dies_in_mid_emergency_is_not_missed(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    a_moment(commune)
    commune.restarts()
    call.officer(Behaviour.ANSWERS)
    commune.restarts()
    call.wait()
    assert call.awaits == "conversation"
    commune.restarts()
    call.wait()
    assert heard(call, "emergency.spoken") == 1


def test_each_look_is_a_step_that_may_be_repeated(commune: Commune) -> None:
    commune.puts_on_duty(HANH).answers_and_presses("1")
    commune.carrier.faults = Faults(copies=3)
    call = is_in_danger(commune)
    help_comes(commune, call)
    call.wait()
    assert call.ended
    assert call.warnings == [], "byte for byte"
    assert [leg.warnings for leg in commune.carrier.legs.values() if leg.warnings] == []
    assert len(commune.rows(ringings)) == len(commune.rows(officer_legs)) == len(commune.rows(call_officers)) == 1


@ON_SQLITE
def test_a_carrier_that_refuses_for_a_moment_is_asked_again(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    commune.carrier.faults = Faults(refused=1)
    call = is_in_danger(commune)
    help_comes(commune, call)
    assert hanh.bridged == 1


@ON_SQLITE
def test_a_call_that_the_carrier_placed_without_saying_so_is_not_placed_again(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    commune.carrier.faults = Faults(unheard=1)
    call = is_in_danger(commune)
    commune.ringing.ring(commune.clock())
    assert [row["state"] for row in commune.rows(officer_legs)] == ["unknown"]
    commune.clock.goes_on(seconds=3)
    assert commune.ringing.settle(commune.clock()) == 0
    a_moment(commune, call)
    assert [row["state"] for row in commune.rows(officer_legs)] == ["sent"]
    assert len(hanh.rings) == 1


@ON_SQLITE
def test_where_the_carrier_places_no_call_at_all_the_words_are_kept_and_the_report_climbs(commune: Commune) -> None:
    commune.puts_on_duty(HANH)
    commune.puts_on_duty(LY, "command")
    commune.carrier.faults = Faults(refused=1000)
    call = is_in_danger(commune)
    help_comes(commune, call)
    assert call.awaits == "recording"
    call.record(9)
    call.hang_up()
    commune.carrier.faults = Faults()
    commune.clock.goes_on(seconds=1)
    commune.pages_go_out()
    assert commune.report()["urgency"] == "critical"
    assert len(commune.carrier.phones[HANH.number].rings) == 1


@ON_SQLITE
def test_without_a_worker_the_caller_is_recorded_and_not_held_for_ever(commune: Commune) -> None:
    commune.puts_on_duty(HANH)
    call = is_in_danger(commune)
    for _ in range(13):
        commune.clock.goes_on(seconds=2)
        call.wait()
    assert call.awaits == "recording"
    assert [row["state"] for row in commune.rows(officer_legs)] == ["cancelled"]


# ---- what is kept, and what is seen ----------------------------------------------------------------------------------


@ON_SQLITE
def test_the_line_is_recorded_from_the_first_second_and_the_recording_is_no_message(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    call = is_in_danger(commune)
    assert call.requests[-1].twiml.index("<Start>") < call.requests[-1].twiml.index("<Say")
    a_moment(commune, call)
    call.hang_up()
    commune.worker_runs()
    (recording,) = commune.rows(recordings)
    assert (recording["of_call"], recording["status"]) == (True, "kept")
    assert commune.call(call)["outcome"] == "left", "she left no message"
    assert commune.report()["incomplete"] is True


@ON_SQLITE
def test_a_carrier_without_rooms_rings_one_after_the_other_by_the_same_flow(commune: Commune) -> None:
    settings = commune.settings.model_copy(update={"hotline_carrier": "somleng"})
    elsewhere = Commune(settings, commune.store, commune.clock)
    hanh = elsewhere.puts_on_duty(HANH).answers_and_presses("", talk_seconds=30)
    call = elsewhere.dials(MAY)
    call.press("9")
    assert hanh.bridged == 1
    assert heard(call, "emergency.spoken") == 1
    assert not any(verb in one.twiml for one in call.requests for verb in ("<Conference", "<Pause", "<Start"))
    assert elsewhere.rows(ringings) == []


@ON_SQLITE
def test_the_board_may_show_who_is_in_danger_and_with_whom(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    commune.puts_on_duty(QUAN).refuses()
    assert live(commune) == []
    call = is_in_danger(commune)
    began = commune.clock()
    (waiting,) = live(commune)
    assert (waiting.state, waiting.since, waiting.language, waiting.officer) == ("ringing", began, "vi", None)
    assert [leg.state for leg in waiting.legs] == ["planned", "planned"]
    a_moment(commune)
    assert [(leg.officer, leg.state) for leg in live(commune)[0].legs] == [("Hạnh", "ringing"), ("Quân", "passed on")]
    call.officer(Behaviour.ANSWERS)
    assert (live(commune)[0].state, live(commune)[0].officer) == ("taken", "Hạnh")
    call.wait()
    assert (live(commune)[0].state, live(commune)[0].officer) == ("talking", "Hạnh")
    call.wait()
    assert (live(commune)[0].state, live(commune)[0].officer) == ("alone", None)
    call.hang_up()
    assert live(commune) == []
    assert commune.rows(alarms) == []
