from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.errors import SettingsError
from hotline.telephony import twiml
from hotline.telephony.fallback import fallback, fallback_thanks
from hotline.telephony.profiles import Profile, profile_of
from hotline.telephony.twiml import Address, fixed_texts, render, speakable, whisper
from ivr_flows.definition import Flow, Prompt
from ivr_flows.turn import (
    AwaitAction,
    AwaitConversation,
    Awaited,
    AwaitHold,
    AwaitKeys,
    AwaitOfficer,
    AwaitRecording,
    End,
    Position,
    Speak,
    Turn,
)

TWILIO, SOMLENG, LOCAL = profile_of("twilio"), profile_of("somleng"), profile_of("local")
HERE = Address("https://line.example.org", "k3y", 4)
ACTION = "https://line.example.org/voice/k3y/4"
OFFICERS = [f"+849123456{n:02d}" for n in range(70, 85)]
KEYS = AwaitKeys(1, 6)
DUTY = AwaitOfficer("duty", "sequential", True, 20, None)


def said(text: str = "Xin chào. Bấm phím chín.", **how: object) -> Speak:
    return Speak("greeting", "vi", "vi-VN", text, **how)  # type: ignore[arg-type]


def parsed(answer: str) -> ET.Element:
    return ET.fromstring(answer)  # noqa: S314 - our own words


def turn(awaits: Awaited, *speak: Speak) -> Turn:
    return Turn(speak, awaits, Position("menu", "vi"))


def document(awaits: Awaited, *speak: Speak, profile: Profile = TWILIO, **more: object) -> ET.Element:
    return parsed(render(turn(awaits, *speak), HERE, profile, **more))  # type: ignore[arg-type]


def verbs(element: ET.Element) -> list[str]:
    return [child.tag for child in element]


def test_a_menu_waits_for_one_key_and_every_key_counts() -> None:
    answer = document(KEYS, said())
    gather = answer[0]
    assert verbs(answer) == ["Gather", "Redirect"]
    assert gather.attrib == {
        "input": "dtmf",
        "numDigits": "1",
        "timeout": "6",
        "finishOnKey": "",
        "actionOnEmptyResult": "true",
        "action": ACTION,
        "method": "POST",
    }
    assert gather[0].text == "Xin chào. Bấm phím chín."
    assert gather[0].attrib == {"language": "vi-VN", "voice": "Google.vi-VN-Wavenet-A"}
    assert (answer[1].text, answer[1].get("method")) == (ACTION, "POST")


def test_several_digits_end_with_a_key() -> None:
    gather = document(AwaitKeys(12, 10, "#"), said())[0]
    assert (gather.get("numDigits"), gather.get("finishOnKey"), gather.get("timeout")) == ("12", "#", "10")


def test_words_that_must_be_heard_stand_before_the_gather_and_in_their_order() -> None:
    answer = document(KEYS, said("một"), said("hai", bargein=False), said("ba"))
    assert verbs(answer) == ["Say", "Say", "Gather", "Redirect"]
    assert [say.text for say in answer.iter("Say")] == ["một", "hai", "ba"]


def test_a_recording_is_announced_made_and_called_back_about() -> None:
    answer = document(AwaitRecording(120, 5, "#*"), said())
    assert verbs(answer) == ["Say", "Record", "Redirect"]
    assert answer[1].attrib == {
        "action": ACTION,
        "method": "POST",
        "maxLength": "120",
        "timeout": "5",
        "finishOnKey": "#*",
        "playBeep": "true",
        "trim": "do-not-trim",
        "recordingStatusCallback": "https://line.example.org/voice/recording",
        "recordingStatusCallbackMethod": "POST",
        "recordingStatusCallbackEvent": "completed absent",
    }


def test_officers_are_rung_one_after_the_other_and_asked_first() -> None:
    dial = document(DUTY, said(), officers=OFFICERS[:2], caller_id="+842101234567")[1]
    assert dial.attrib == {
        "action": ACTION,
        "method": "POST",
        "timeout": "20",
        "callerId": "+842101234567",
        "sequential": "true",
    }
    assert [(number.text, number.get("url")) for number in dial] == [(n, f"{ACTION}/whisper") for n in OFFICERS[:2]]


def test_no_more_officers_are_rung_than_the_carrier_takes() -> None:
    assert len(document(DUTY, officers=OFFICERS)[0]) == 10


def test_officers_rung_together_or_unscreened_are_not_asked_for_more() -> None:
    dial = document(AwaitOfficer("duty", "simultaneous", False, 20, None), officers=OFFICERS[:2])[0]
    assert "sequential" not in dial.attrib
    assert all("url" not in number.attrib for number in dial)


TOGETHER = AwaitOfficer("duty", "together", True, 25, None, record=True)
NO_TAPE = Profile("another", start_recording=False)


def test_who_is_rung_for_is_recorded_first_then_spoken_to_then_held() -> None:
    answer = document(TOGETHER, said(), officers=OFFICERS)
    assert verbs(answer) == ["Start", "Say", "Pause", "Redirect"]
    assert answer[0][0].attrib["recordingStatusCallback"] == "https://line.example.org/voice/recording/call"
    assert answer[3].text == ACTION
    assert not any(number in ET.tostring(answer, "unicode") for number in OFFICERS)


def test_a_look_is_a_pause_and_the_next_question() -> None:
    assert verbs(document(AwaitHold(2))) == ["Pause", "Redirect"]
    assert document(AwaitHold(2))[0].get("length") == "2"
    assert verbs(document(AwaitHold(2), said())) == ["Say", "Pause", "Redirect"]


def test_two_meet_without_a_beep_and_whoever_leaves_ends_it() -> None:
    dial = document(AwaitConversation("r00m"))[0]
    assert (dial.get("action"), dial.get("callerId")) == (ACTION, None)
    assert (dial[0].tag, dial[0].text) == ("Conference", "r00m")
    assert dial[0].attrib == {
        "beep": "false",
        "startConferenceOnEnter": "true",
        "endConferenceOnExit": "true",
        "waitUrl": "",
        "maxParticipants": "2",
    }


def test_where_the_line_cannot_be_recorded_the_room_is() -> None:
    assert verbs(document(TOGETHER, said(), profile=NO_TAPE, officers=OFFICERS)) == ["Say", "Pause", "Redirect"]
    room = document(AwaitConversation("r00m"), profile=NO_TAPE)[0][0]
    assert room.get("record") == "record-from-start"
    assert room.get("recordingStatusCallback") == "https://line.example.org/voice/k3y/recording"


def test_an_officer_who_takes_the_call_goes_to_the_room() -> None:
    answer = parsed(twiml.meet(said(), "r00m", f"{ACTION}/spoken", "https://line.example.org", TWILIO))
    assert verbs(answer) == ["Say", "Dial"]
    assert (answer[1].get("action"), answer[1][0].text) == (f"{ACTION}/spoken", "r00m")


@pytest.mark.parametrize(("profile", "can"), [(TWILIO, True), (LOCAL, True), (SOMLENG, False)])
def test_who_can_ring_together(profile: Profile, can: bool) -> None:
    assert profile.rings_together is can


def test_with_nobody_to_ring_the_carrier_asks_again_at_once() -> None:
    assert verbs(document(DUTY, said())) == ["Say", "Redirect"]


def test_the_last_words_end_the_call() -> None:
    assert verbs(document(End(), said())) == ["Say", "Hangup"]
    assert verbs(parsed(twiml.goodbye([said()], "https://x", TWILIO))) == ["Say", "Hangup"]


def test_an_action_is_never_rendered() -> None:
    with pytest.raises(TypeError):
        render(turn(AwaitAction("make_report")), HERE, TWILIO)


def test_slowly_means_a_pause_after_each_sentence() -> None:
    gather = document(KEYS, said("Một. Hai! Ba?", slow=True))[0]
    assert verbs(gather) == ["Say", "Pause", "Say", "Pause", "Say"]
    assert [say.text for say in gather.iter("Say")] == ["Một.", "Hai!", "Ba?"]


def test_a_recorded_prompt_is_played_from_our_own_address() -> None:
    for audio in ("vi/menu main.wav", "menu main.wav"):
        play = document(KEYS, said(audio=audio))[0][0]
        assert (play.tag, play.text) == ("Play", "https://line.example.org/prompts/vi/menu%20main.wav")


def test_a_plainer_carrier_gets_only_verbs_that_it_knows() -> None:
    answer = document(DUTY, said("Một. Hai.", slow=True), profile=SOMLENG, officers=OFFICERS[:2])
    assert verbs(answer) == ["Say", "Say", "Dial"]
    assert all("url" not in number.attrib for number in answer[2])
    assert "Pause" not in whisper(said(), HERE, SOMLENG)


def test_a_carrier_without_a_list_of_voices_chooses_one() -> None:
    assert document(End(), said(), profile=LOCAL)[0].attrib == {"language": "vi-VN"}


def test_an_officer_hears_the_words_twice_and_takes_the_call_with_a_key() -> None:
    answer = parsed(whisper(said("Khẩn cấp, thôn Đông. Bấm một."), HERE, TWILIO))
    assert verbs(answer) == ["Gather", "Hangup"]
    assert (answer[0].get("action"), answer[0].get("numDigits")) == (f"{ACTION}/screen", "1")
    assert verbs(answer[0]) == ["Say", "Pause", "Say"]
    assert verbs(parsed(twiml.join())) == []
    assert verbs(parsed(twiml.hang_up())) == ["Hangup"]


def test_the_fallback_says_the_emergency_numbers_in_each_language_and_records() -> None:
    answer = parsed(fallback("https://line.example.org", TWILIO))
    assert verbs(answer) == ["Say", "Say", "Say", "Record", "Hangup"]
    assert [say.get("language") for say in answer.iter("Say")] == ["vi-VN", "en-US", "ru-RU"]
    assert all(number in (say.text or "") for say in answer.iter("Say") for number in ("113", "114", "115"))
    assert answer[3].get("action") == "https://line.example.org/voice/fallback"
    assert verbs(parsed(fallback_thanks(TWILIO))) == ["Say", "Say", "Say", "Hangup"]


def test_every_carrier_of_the_settings_has_a_profile() -> None:
    assert [profile_of(name).name for name in ("twilio", "somleng", "local")] == ["twilio", "somleng", "local"]
    with pytest.raises(SettingsError, match="HOTLINE_CARRIER"):
        profile_of("other")


# ---- what is kept for the next caller -------------------------------------------------------------------------


def test_a_kept_template_and_a_fresh_document_are_the_same() -> None:
    for awaits in (KEYS, AwaitRecording(60, 5, "#"), End()):
        for profile in (TWILIO, SOMLENG):
            asked = turn(awaits, said(), said("Hai. Ba.", slow=True), said(audio="a.wav"))
            fresh = render(asked, HERE, profile)
            kept = [render(asked, HERE, profile, fixed={s.text for s in asked.speak}) for _ in range(2)]
            assert kept == [fresh, fresh]


def test_a_template_serves_every_call_with_its_own_address() -> None:
    asked = turn(KEYS, said())
    render(asked, HERE, TWILIO, fixed={said().text})
    other = render(asked, Address("https://line.example.org", "other", 9), TWILIO, fixed={said().text})
    assert "/voice/other/9" in other
    assert "k3y" not in other


def test_a_receipt_code_is_never_kept() -> None:
    twiml._template.cache_clear()
    render(turn(End(), said(), said("Mã của bạn: 1234")), HERE, TWILIO, fixed={said().text})
    render(turn(DUTY, said()), HERE, TWILIO, OFFICERS[:1], fixed={said().text})
    assert twiml._template.cache_info().currsize == 0


def test_only_texts_without_a_variable_are_fixed() -> None:
    prompts = {"vi": {"a": Prompt(text="Xin chào"), "b": Prompt(text="Mã {receipt}")}}
    assert fixed_texts(Flow.model_construct(None, prompts=prompts)) == {"Xin chào"}  # type: ignore[call-arg]


# ---- anything at all can be said -------------------------------------------------------------------------------

anything = st.text(st.characters(), max_size=200)


@given(st.lists(st.tuples(anything, st.booleans(), st.booleans()), max_size=4), st.sampled_from([KEYS, End(), DUTY]))
def test_any_words_become_twiml_that_parses_and_still_says_them(
    words: list[tuple[str, bool, bool]], awaits: Awaited
) -> None:
    speak = [said(text, slow=slow, bargein=bargein) for text, slow, bargein in words]
    answer = document(awaits, *speak, officers=OFFICERS[:1])
    heard = " ".join(say.text or "" for say in answer.iter("Say"))
    assert heard.split() == " ".join(speakable(text) for text, _, _ in words).split()


@settings(max_examples=30)
@given(st.integers(1, 12), st.sampled_from(["&", "ộ", "<b>", "a. ", "💥", '"']), st.booleans())
def test_no_document_is_longer_than_a_carrier_takes(prompts: int, piece: str, slow: bool) -> None:
    answer = render(turn(KEYS, *[said(piece * 9000, slow=slow)] * prompts), HERE, TWILIO)
    assert len(answer.encode()) <= 64 * 1024
    parsed(answer)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("a\x00\x0bb\ufffe\ud800c", "abc"),
        ("số \u202e987\u202c \u2066x\u2069", "số 987 x"),
        ("một\r\n\thai\u2028 ba\xa0", "một hai ba"),
        ("<Hangup/> & \"'", "<Hangup/> & \"'"),
    ],
)
def test_what_a_voice_cannot_say_is_left_out(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


def test_words_cannot_become_verbs() -> None:
    answer = document(End(), said("</Say><Dial>+84912345678</Dial><Say>"))
    assert verbs(answer) == ["Say", "Hangup"]
