"""A carrier's bad days, on demand."""

import base64
from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.test import Client

from hotline.clock import system_clock
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.faults import Faults
from hotline.simulator.poster import Answer, NoAnswerError
from hotline.simulator.rest import rest_blueprint
from tests.cast import MAY, SEN, THE_LINE
from tests.hotline.simulator.application import ACCOUNT, BASE, TOKEN, Application, carrier_of

MENU = '<Gather numDigits="1" action="/menu"/>'
RECORD = '<Record action="/recorded" recordingStatusCallback="/rec"/>'


def test_a_duplicated_webhook_is_sent_again_and_equal_answers_pass():
    application = Application({"/voice/incoming": MENU, "/menu": "<Hangup/>"})
    carrier = carrier_of(application)
    carrier.faults = Faults(copies=3)
    call = carrier.dial(MAY.number, THE_LINE)
    call.press("1")
    assert [len(application.forms(p)) for p in ("/voice/incoming", "/menu", "/voice/status")] == [3, 3, 3]
    assert call.warnings == []


def test_a_duplicated_webhook_with_another_answer_is_noted():
    application = Application({"/voice/incoming": ["<Say>one</Say>", "<Say>two</Say>"]})
    carrier = carrier_of(application)
    carrier.faults = Faults(copies=2)
    assert carrier.dial(MAY.number, THE_LINE).warnings == ["a repeated voice webhook got another answer"]


def test_an_answer_that_comes_too_late_goes_to_the_fallback_address():
    application = Application({"/voice/incoming": MENU, "/menu": MENU, "/voice/fallback": "<Say>call 113</Say>"})
    carrier = carrier_of(application)
    call = carrier.dial(MAY.number, THE_LINE)
    carrier.faults = Faults(lost_answers=1)
    call.press("1")
    assert len(application.forms("/menu")) == 1  # the application did its work
    assert call.heard[-1].text == "call 113"
    assert application.forms("/voice/fallback")[0]["ErrorCode"] == "11200"


def test_an_application_that_cannot_be_reached_is_tried_once_more():
    application = Application({"/voice/incoming": "<Say>answered</Say>"})
    carrier = carrier_of(application)
    carrier.faults = Faults(unreachable=1)
    assert carrier.dial(MAY.number, THE_LINE).heard[-1].text == "answered"
    carrier.faults = Faults(unreachable=100)
    assert carrier.dial(MAY.number, THE_LINE).failed


def test_an_address_may_ask_for_more_retries_and_its_wishes_are_not_signed():
    application = Application(
        {"/voice/incoming": "<Redirect>/next#rc=2&amp;rp=5xx</Redirect>", "/next": [500, 500, "<Say>at last</Say>"]}
    )
    call = carrier_of(application).dial(MAY.number, THE_LINE)
    assert call.heard[-1].text == "at last"
    assert all(application.genuine)
    tokens = [h["I-Twilio-Idempotency-Token"] for h in application.headers]
    assert tokens[0] != tokens[1] == tokens[2] == tokens[3]


def test_callbacks_can_be_late_reordered_and_doubled():
    application = Application({"/voice/incoming": RECORD, "/recorded": "<Hangup/>"})
    carrier = carrier_of(application)
    carrier.faults = Faults(held=frozenset({"status", "recording"}))
    call = carrier.dial(MAY.number, THE_LINE)
    call.record(4)
    call.finish_recording()
    assert len(carrier.waiting_callbacks) == 2
    assert application.forms("/voice/status") == []
    carrier.deliver(order=[1, 0], times=2)
    paths = [path for path, _ in application.asked]
    assert paths[-4:] == ["/voice/status", "/voice/status", "/rec", "/rec"]


def test_callbacks_can_be_missing():
    application = Application({"/voice/incoming": "<Hangup/>"})
    carrier = carrier_of(application)
    carrier.faults = Faults(missing=frozenset({"status"}))
    carrier.dial(MAY.number, THE_LINE)
    assert application.forms("/voice/status") == []


def test_the_last_webhook_can_be_sent_again_by_hand():
    application = Application({"/voice/incoming": MENU, "/menu": MENU})
    carrier = carrier_of(application)
    call = carrier.dial(MAY.number, THE_LINE)
    call.press("4")
    again = carrier.repeat(call.requests[-1])
    assert again.twiml == call.requests[-1].twiml
    assert [form["Digits"] for form in application.forms("/menu")] == ["4", "4"]


def test_a_text_message_is_posted_as_a_carrier_posts_it():
    application = Application({})
    carrier = carrier_of(application)
    sent = carrier.text(SEN.number, THE_LINE, "Có người lạ ở đầu bản")
    [form] = application.forms("/sms/incoming")
    assert form["MessageSid"] == form["SmsSid"]
    assert (form["Body"], form["NumMedia"], form["From"]) == ("Có người lạ ở đầu bản", "0", "anonymous")
    assert sent.answer == Answer(204, sent.answer.headers)
    assert application.genuine == [True]


def test_nobody_listening_is_no_crash():
    def nobody(*_):
        raise NoAnswerError("nobody", "ct")

    poster = SimpleNamespace(post=nobody, get=nobody)
    call = StandInCarrier(ACCOUNT, TOKEN, Webhooks.at(BASE), poster, system_clock).dial(MAY.number, THE_LINE)
    assert call.failed
    assert call.ended


# ---- fetching a recording --------------------------------------------------------------------------------------------


@pytest.fixture
def recorded():
    """(carrier, fetch) after a call with a recording of five seconds."""
    carrier = carrier_of(Application({"/voice/incoming": RECORD, "/recorded": "<Hangup/>"}))
    call = carrier.dial(MAY.number, THE_LINE)
    call.record(5)
    call.finish_recording()
    app = Flask(__name__)
    app.register_blueprint(rest_blueprint(carrier))
    login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    [recording_id] = carrier.recordings
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording_id}.wav"
    return carrier, lambda **more: Client(app).get(path, headers={"Authorization": f"Basic {login}"}, **more)


def test_a_recording_may_be_missing_busy_or_broken_at_first(recorded):
    carrier, fetch = recorded
    carrier.faults = Faults(not_found=2)
    assert [fetch().status_code for _ in range(3)] == [404, 404, 200]
    carrier.faults = Faults(too_many_requests=1, retry_after_s=7)
    refused = fetch()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    carrier.faults = Faults(unavailable=1)
    assert [fetch().status_code for _ in range(2)] == [503, 200]


def test_a_recording_may_come_spoilt(recorded):
    carrier, fetch = recorded
    whole = fetch()
    assert whole.data[:4] == b"RIFF"
    assert len(whole.data) == 44 + 2 * 8000 * 5
    carrier.faults = Faults(truncated=True)
    assert len(fetch().data) == len(whole.data) // 2
    carrier.faults = Faults(wrong_type=True)
    assert fetch().mimetype == "text/html"
    carrier.faults = Faults(emptied=True)
    assert fetch().data == b""
    carrier.faults = Faults(dropped=1)
    broken = fetch()
    assert int(broken.headers["Content-Length"]) > len(broken.data)


def test_a_recording_of_half_a_gigabyte_costs_no_memory(recorded):
    carrier, fetch = recorded
    carrier.faults = Faults(huge_bytes=500_000_000)
    answer = fetch(buffered=False)
    assert answer.headers["Content-Length"] == "500000000"
    assert len(next(iter(answer.response))) <= 64 * 1024
    answer.close()
