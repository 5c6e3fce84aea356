"""The stand-in carrier executes TwiML as the carriers document it."""

import pytest

from hotline.simulator.phone_call import WrongMomentError
from tests.hotline.simulator.application import BASE, Application, ring

MENU = '<Gather numDigits="1" finishOnKey="" action="/menu"><Say language="vi-VN">Xin chào</Say></Gather>'


def said(call):
    return [words.text for words in call.heard]


def test_verbs_are_executed_in_order_and_the_end_of_the_document_ends_the_call():
    application = Application({"/voice/incoming": '<Say>one</Say><Pause length="3"/><Say language="ru-RU">два</Say>'})
    call = ring(application)
    assert [(w.text, w.language) for w in call.heard] == [("one", "en-US"), ("два", "ru-RU")]
    assert call.ended
    assert call.awaits is None
    [status] = application.forms("/voice/status")
    assert (status["CallStatus"], status["CallDuration"], status["SequenceNumber"]) == ("completed", "3", "0")
    assert status["CallbackSource"] == "call-progress-events"
    assert status["Timestamp"].endswith("+0000")


def test_the_first_webhook_says_ringing_and_the_later_ones_in_progress():
    application = Application({"/voice/incoming": MENU, "/menu": "<Hangup/>"})
    ring(application).press("1")
    assert [f["CallStatus"] for _, f in application.asked] == ["ringing", "in-progress", "completed"]


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "finished"),
    [
        ('numDigits="1"', "1", "1", ""),
        ('numDigits="1" finishOnKey=""', "#", "#", ""),
        ('numDigits="1" finishOnKey=""', "*", "*", ""),
        ('numDigits="4"', "1234", "1234", ""),
        ('numDigits="4"', "12#", "12", "#"),
        ("", "123456789012#", "123456789012", "#"),
        ('finishOnKey="*"', "12#3*", "12#3", "*"),
        ('actionOnEmptyResult="true"', "#", "", "#"),
    ],
)
def test_keys_are_gathered_until_there_are_enough_or_the_finishing_key_comes(attributes, keys, digits, finished):
    application = Application({"/voice/incoming": f'<Gather action="/keyed" {attributes}/>', "/keyed": "<Hangup/>"})
    ring(application).key_in(keys)
    [form] = application.forms("/keyed")
    assert (form["Digits"], form["FinishedOnKey"]) == (digits, finished)


def test_digits_keyed_before_the_silence_are_sent():
    application = Application({"/voice/incoming": '<Gather numDigits="4" action="/keyed"/>', "/keyed": "<Hangup/>"})
    call = ring(application)
    call.key_in("12")
    assert call.gather.digits == "12"
    call.wait()
    assert application.forms("/keyed")[0]["Digits"] == "12"


@pytest.mark.parametrize("silent", ["wait", "finish"])
def test_nothing_keyed_falls_through_to_the_next_verb(silent):
    application = Application({"/voice/incoming": '<Gather action="/keyed"/><Say>behind</Say>', "/keyed": ""})
    call = ring(application)
    call.wait() if silent == "wait" else call.press("#")
    assert said(call) == ["behind"]
    assert application.forms("/keyed") == []


def test_nothing_keyed_is_posted_where_the_document_asks_for_it():
    document = '<Gather action="/keyed" actionOnEmptyResult="true"/><Say>behind</Say>'
    application = Application({"/voice/incoming": document, "/keyed": "<Say>empty</Say>"})
    call = ring(application)
    call.wait()
    assert said(call) == ["empty"]
    assert application.forms("/keyed")[0]["Digits"] == ""


def test_a_gather_without_an_action_asks_its_own_address_again():
    application = Application({"/voice/incoming": ["<Gather><Say>again</Say></Gather>", "<Hangup/>"]})
    ring(application).key_in("7#")
    assert application.forms("/voice/incoming")[1]["Digits"] == "7"


def test_addresses_are_resolved_against_the_document_that_names_them():
    documents = {"/voice/incoming": "<Redirect>abc/1</Redirect>", "/voice/abc/1": '<Gather action="2"/>'}
    application = Application({**documents, "/voice/abc/2": "<Play>../prompts/vi/x.wav</Play>"})
    call = ring(application)
    call.key_in("1#")
    assert call.heard[-1].audio == f"{BASE}/voice/prompts/vi/x.wav"


def test_what_is_awaited_is_described_to_the_handset():
    document = '<Gather timeout="7" numDigits="2" finishOnKey="#*"/>'
    call = ring(Application({"/voice/incoming": document}))
    assert (call.awaits, call.gather.num_digits, call.gather.timeout_s, call.gather.finish_on) == ("keys", 2, 7, "#*")
    with pytest.raises(WrongMomentError, match="not for recording"):
        call.record(5)
    with pytest.raises(WrongMomentError, match="keys 0 to 9"):
        call.press("x")


# ---- recordings ------------------------------------------------------------------------------------------------------

RECORD = (
    '<Record action="/recorded" maxLength="30" finishOnKey="#9" recordingStatusCallback="/rec" '
    'recordingStatusCallbackEvent="completed absent"/><Say>behind</Say>'
)


def test_a_recording_ends_with_a_key_and_its_action_is_asked():
    application = Application({"/voice/incoming": RECORD, "/recorded": "<Hangup/>"})
    call = ring(application)
    call.record(12)
    call.press("5")  # not one of the finishing keys
    assert call.awaits == "recording"
    call.finish_recording("#")
    [form] = application.forms("/recorded")
    assert (form["RecordingDuration"], form["Digits"], form["CallStatus"]) == ("12", "#", "in-progress")
    [callback] = application.forms("/rec")
    assert callback["RecordingSid"] == form["RecordingSid"]
    assert (callback["RecordingStatus"], callback["RecordingSource"]) == ("completed", "RecordVerb")
    paths = [path for path, _ in application.asked]
    assert paths == ["/voice/incoming", "/recorded", "/rec", "/voice/status"]


def test_a_caller_who_hangs_up_while_recording_is_recorded():
    application = Application({"/voice/incoming": RECORD, "/recorded": "<Say>nobody hears this</Say>"})
    call = ring(application)
    call.record(8)
    call.hang_up()
    [form] = application.forms("/recorded")
    assert (form["Digits"], form["CallStatus"], form["RecordingDuration"]) == ("hangup", "completed", "8")
    assert said(call) == []
    assert call.status == "completed"


def test_silence_ends_a_recording_without_a_key():
    application = Application({"/voice/incoming": RECORD, "/recorded": "<Hangup/>"})
    call = ring(application)
    call.record(3)
    call.wait()
    assert "Digits" not in application.forms("/recorded")[0]


def test_a_recording_is_cut_at_its_greatest_length():
    application = Application({"/voice/incoming": RECORD, "/recorded": "<Hangup/>"})
    call = ring(application)
    call.record(300)
    assert application.forms("/recorded")[0]["RecordingDuration"] == "30"


def test_an_empty_recording_falls_through_and_is_announced_as_absent():
    application = Application({"/voice/incoming": RECORD, "/recorded": "<Hangup/>"})
    call = ring(application)
    call.finish_recording("#")
    assert said(call) == ["behind"]
    assert application.forms("/recorded") == []
    assert application.forms("/rec")[0]["RecordingStatus"] == "absent"


# ---- where a call goes on --------------------------------------------------------------------------------------------


def test_a_caller_may_hang_up_at_any_wait_and_gather_is_not_asked_then():
    application = Application({"/voice/incoming": MENU, "/menu": "<Hangup/>"})
    call = ring(application)
    call.hang_up()
    call.hang_up()
    assert application.forms("/menu") == []
    assert len(application.forms("/voice/status")) == 1
    with pytest.raises(WrongMomentError, match="over"):
        call.press("1")


def test_eleven_redirects_in_a_row_are_one_too_many():
    application = Application({"/voice/incoming": "<Redirect>/voice/incoming</Redirect>"})
    call = ring(application)
    assert call.failed
    assert len(application.forms("/voice/incoming")) == 11
    assert "11215" in call.warnings[0]


def test_redirects_between_which_the_caller_was_heard_are_not_counted():
    document = '<Gather timeout="1"/><Redirect>/voice/incoming</Redirect>'
    call = ring(Application({"/voice/incoming": document}))
    for _ in range(30):
        call.wait()
    assert not call.ended


def test_a_call_that_never_ends_is_ended():
    document = '<Gather timeout="1"/><Redirect>/voice/incoming</Redirect>'
    call = ring(Application({"/voice/incoming": document}))
    for _ in range(300):
        if call.ended:
            break
        call.wait()
    assert call.failed


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (500, "11200"),
        (404, "11200"),
        (b"<Response><Say>cut", "12100"),
        (b"<html/>", "12100"),
        (b"<Response>" + b" " * 70_000 + b"</Response>", "11750"),
    ],
)
def test_an_answer_that_cannot_be_used_goes_to_the_fallback_address(answer, code):
    application = Application({"/voice/incoming": answer, "/voice/fallback": "<Say>call 113</Say>"})
    call = ring(application)
    assert said(call) == ["call 113"]
    [form] = application.forms("/voice/fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, f"{BASE}/voice/incoming")
    assert all(application.genuine)


def test_where_the_fallback_fails_too_the_caller_hears_the_carriers_apology():
    application = Application({"/voice/incoming": 500, "/voice/fallback": 500})
    call = ring(application)
    assert call.failed
    assert said(call) == ["We are sorry, an application error has occurred. Goodbye."]
    assert application.forms("/voice/status")[0]["CallStatus"] == "failed"


def test_an_unknown_verb_is_skipped_and_noted():
    call = ring(Application({"/voice/incoming": "<say>small</say><Say>heard</Say>"}))
    assert said(call) == ["heard"]
    assert call.warnings == ["12200: <say> is no verb"]


def test_a_rejected_call_is_never_answered():
    application = Application({"/voice/incoming": '<Reject reason="busy"/>'})
    ring(application)
    assert application.forms("/voice/status")[0]["CallStatus"] == "busy"


def test_a_document_may_be_asked_for_by_get_and_the_address_is_signed_whole():
    application = Application({"/voice/incoming": '<Redirect method="GET">/next</Redirect>', "/next": "<Say>got</Say>"})
    call = ring(application)
    assert said(call) == ["got"]
    assert application.forms("/next")[0]["CallSid"] == call.id
    assert all(application.genuine)


def test_every_webhook_is_signed_as_the_carriers_own_library_checks_it():
    application = Application({"/voice/incoming": RECORD, "/recorded": MENU, "/menu": "<Hangup/>"})
    call = ring(application, "anonymous")
    call.record(4)
    call.finish_recording("9")
    call.press("0")
    assert len(application.genuine) == 5
    assert all(application.genuine)
