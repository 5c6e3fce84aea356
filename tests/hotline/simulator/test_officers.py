"""Officers' telephones: who is rung, what they hear, and what the application is told."""

import pytest

from hotline.simulator.officers import Behaviour, OfficerPhone
from tests.cast import HANH, MAY, QUAN, THE_LINE
from tests.hotline.simulator.application import Application, carrier_of

DIAL = (
    '<Dial action="/dialled" timeout="20" sequential="{sequential}" callerId="+842101234567">'
    f'<Number url="/whisper">{HANH.number}</Number><Number url="/whisper">{QUAN.number}</Number></Dial>'
)
WHISPER = '<Gather numDigits="1" action="/screen" timeout="5"><Say>Emergency. Press 1.</Say></Gather><Hangup/>'


def duty(hanh, quan, sequential=True, screen="", dialled="<Say>goodbye</Say>"):
    """Two officers and a caller who is put through; returns (application, carrier, call)."""
    application = Application(
        {
            "/voice/incoming": DIAL.format(sequential=str(sequential).lower()),
            "/whisper": WHISPER,
            "/screen": screen,
            "/dialled": dialled,
        }
    )
    carrier = carrier_of(application)
    carrier.phones.update({HANH.number: hanh, QUAN.number: quan})
    return application, carrier, carrier.dial(MAY.number, THE_LINE)


def test_the_first_officer_takes_the_call_and_the_second_is_left_in_peace():
    hanh, quan = OfficerPhone().answers_and_presses("1"), OfficerPhone()
    application, _, call = duty(hanh, quan)
    [form] = application.forms("/dialled")
    assert (form["DialCallStatus"], form["DialBridged"], form["DialCallDuration"]) == ("completed", "true", "60")
    assert hanh.whispers == ["Emergency. Press 1."]
    assert (hanh.bridged, quan.rings) == (1, [])
    assert call.ended


def test_the_officer_sees_the_line_and_never_the_caller():
    hanh = OfficerPhone().answers_and_presses("1")
    application, _, _ = duty(hanh, OfficerPhone())
    assert [ring.caller_shown for ring in hanh.rings] == [THE_LINE]
    [whisper] = application.forms("/whisper")
    assert (whisper["From"], whisper["To"], whisper["Direction"]) == (THE_LINE, HANH.number, "outbound-dial")
    assert whisper["ParentCallSid"] == application.forms("/voice/incoming")[0]["CallSid"] != whisper["CallSid"]
    assert application.forms("/screen")[0]["Digits"] == "1"
    assert all(application.genuine)


@pytest.mark.parametrize(
    ("habit", "status"),
    [("lets_it_ring", "no-answer"), ("busy", "busy"), ("unreachable", "failed"), ("voicemail", "completed")],
)
def test_an_officer_who_is_not_there_is_not_connected(habit, status):
    hanh, quan = getattr(OfficerPhone(), habit)(), getattr(OfficerPhone(), habit)()
    application, _, _ = duty(hanh, quan)
    [form] = application.forms("/dialled")
    assert (form["DialCallStatus"], form["DialBridged"]) == (status, "false")
    assert len(hanh.rings) == len(quan.rings) == 1


def test_an_officer_who_refuses_hands_on_to_the_next():
    quan = OfficerPhone().answers_and_presses("1")
    application, _, _ = duty(OfficerPhone().refuses(), quan, screen="<Hangup/>")
    assert [form["Digits"] for form in application.forms("/screen")] == ["2", "1"]
    assert quan.rings


def test_ringing_at_once_a_machine_that_picks_up_takes_the_call_from_everybody():
    quan = OfficerPhone().answers_and_presses("1")
    application, _, _ = duty(OfficerPhone().voicemail(), quan, sequential=False)
    assert application.forms("/dialled")[0]["DialBridged"] == "false"
    assert quan.rings == []


def test_a_caller_who_gives_up_while_it_rings_leaves_a_trace():
    application, _, call = duty(OfficerPhone().rings_until_the_caller_gives_up(), OfficerPhone())
    [form] = application.forms("/dialled")
    assert (form["DialCallStatus"], form["CallStatus"]) == ("canceled", "completed")
    assert call.ended
    assert not call.heard


def test_whoever_holds_the_handset_may_play_the_officer():
    hanh = OfficerPhone().by_hand()
    application, _, call = duty(hanh, OfficerPhone())
    assert call.awaits == "officer"
    call.officer(Behaviour.ANSWERS)
    assert call.awaits == "conversation"
    call.wait()  # the officer hangs up
    assert application.forms("/dialled")[0]["DialBridged"] == "true"
    assert [words.text for words in call.heard] == ["Emergency. Press 1.", "goodbye"]
    assert [words.to for words in call.heard] == ["officer", "caller"]


@pytest.mark.parametrize("answered", [False, True])
def test_the_caller_may_hang_up_on_an_officer_played_by_hand(answered):
    application, carrier, call = duty(OfficerPhone().by_hand(), OfficerPhone())
    if answered:
        call.officer(Behaviour.ANSWERS)
    call.hang_up()
    [form] = application.forms("/dialled")
    assert (form["DialBridged"], form["CallStatus"]) == (str(answered).lower(), "completed")
    assert all(leg.ended_at for leg in carrier.legs.values())


def test_a_whisper_that_fails_connects_nobody():
    application = Application({"/voice/incoming": DIAL.format(sequential="true"), "/whisper": 500})
    carrier = carrier_of(application)
    carrier.phones[HANH.number] = OfficerPhone().answers_and_presses("1")
    carrier.dial(MAY.number, THE_LINE)
    assert application.forms("/dialled")[0]["DialBridged"] == "false"
    assert application.forms("/voice/fallback") == []


def test_without_an_action_the_verbs_behind_the_dial_are_executed():
    application = Application({"/voice/incoming": f"<Dial>{HANH.number}</Dial><Say>behind</Say>"})
    call = carrier_of(application).dial(MAY.number, THE_LINE)
    assert [words.text for words in call.heard] == ["behind"]
