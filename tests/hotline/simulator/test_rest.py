"""The stand-in's REST calls, read by the carrier's own client library."""

import logging
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client as TwilioClient
from werkzeug.test import Client

from hotline.simulator.rest import rest_blueprint
from tests.cast import ANOTHER_LINE, HANH, MAY, SEN, THE_LINE
from tests.hotline.simulator.application import ACCOUNT, BASE, TOKEN, Application, carrier_of

NOW = datetime(2026, 3, 2, 23, 10, tzinfo=UTC)
RECORD = f'<Dial action="/rec">{HANH.number}</Dial>'


class IntoTheApplication(HttpClient):
    """twilio's client, led into a Flask application instead of the network."""

    def __init__(self, app):
        super().__init__(logging.getLogger(__name__), False)
        self.app = app

    def request(self, method, url, params=None, data=None, headers=None, auth=None, **_others):  # noqa: ARG002
        answer = Client(self.app).open(
            urlsplit(url).path, method=method, query_string=params or urlsplit(url).query, data=data, auth=auth
        )
        return Response(answer.status_code, answer.text)


class Time:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def carrier(time):
    documents = {"/voice/incoming": RECORD, "/rec": '<Record action="/end"/>', "/end": "<Hangup/>"}
    return carrier_of(Application(documents), time)


@pytest.fixture
def app(carrier):
    flask = Flask(__name__)
    flask.register_blueprint(rest_blueprint(carrier, numbers=lambda: [THE_LINE, ANOTHER_LINE]))
    return flask


@pytest.fixture
def client(app):
    return TwilioClient(ACCOUNT, TOKEN, http_client=IntoTheApplication(app))


def a_call(carrier, time, number=MAY.number, seconds=7):
    call = carrier.dial(number, THE_LINE)
    call.record(seconds)
    time.now += timedelta(seconds=60)
    call.finish_recording()
    return call


def test_a_call_is_listed_with_its_times_and_its_length(carrier, client, time):
    call = a_call(carrier, time)
    [inbound] = [c for c in client.calls.list() if c.direction == "inbound"]
    assert (inbound.sid, inbound._from, inbound.to, inbound.status) == (call.id, MAY.number, THE_LINE, "completed")
    assert (inbound.start_time, inbound.end_time) == (NOW, NOW + timedelta(seconds=60))
    assert inbound.duration == "60"


def test_the_officers_leg_is_listed_with_its_parent(carrier, client, time):
    call = a_call(carrier, time)
    [leg] = [c for c in client.calls.list() if c.direction == "outbound-dial"]
    assert (leg.parent_call_sid, leg.to, leg.status) == (call.id, HANH.number, "no-answer")


def test_calls_are_found_by_the_time_they_began(carrier, client, time):
    a_call(carrier, time)
    time.now = NOW + timedelta(days=2)
    late = a_call(carrier, time, SEN.number)
    found = client.calls.list(start_time_after=NOW + timedelta(days=1), to=THE_LINE)
    assert [c.sid for c in found] == [late.id]
    assert len(client.calls.list(start_time_before=NOW + timedelta(days=1), to=THE_LINE)) == 1


def test_long_lists_come_in_pages(carrier, client, time):
    for _ in range(7):
        carrier.dial(SEN.number, THE_LINE).hang_up()
    assert len(client.calls.list(to=THE_LINE, page_size=2)) == 7
    assert len(client.calls.list(to=THE_LINE, page_size=2, limit=3)) == 3


def test_one_call_is_fetched_and_deleted(carrier, client, time):
    call = a_call(carrier, time)
    assert client.calls(call.id).fetch().status == "completed"
    assert client.calls(call.id).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.calls(call.id).fetch()
    assert gone.value.status == 404


def test_recordings_are_listed_fetched_and_deleted(carrier, client, time):
    call = a_call(carrier, time)
    [recording] = client.recordings.list(date_created_after=NOW - timedelta(hours=1))
    assert (recording.call_sid, recording.duration, recording.status) == (call.id, "7", "completed")
    assert client.recordings.list(call_sid="CAother") == []
    assert client.recordings(recording.sid).fetch().source == "RecordVerb"
    assert client.recordings(recording.sid).delete()
    assert client.recordings.list() == []


def test_messages_are_listed_and_deleted(carrier, client):
    carrier.text(MAY.number, THE_LINE, "hello")
    [message] = client.messages.list()
    assert (message.body, message.direction) == ("hello", "inbound")
    assert client.messages(message.sid).delete()
    assert client.messages.list() == []


def test_the_accounts_numbers_are_listed_with_the_addresses_that_are_asked(client):
    [found] = client.incoming_phone_numbers.list(phone_number=THE_LINE)
    assert (found.phone_number, found.voice_url, found.voice_method) == (THE_LINE, f"{BASE}/voice/incoming", "POST")
    assert (found.status_callback, found.sms_url) == (f"{BASE}/voice/status", f"{BASE}/sms/incoming")
    assert found.voice_fallback_url == f"{BASE}/voice/fallback"
    assert (found.voice_application_sid, found.trunk_sid) == ("", None)
    assert found.capabilities["sms"] is True


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", [THE_LINE, ANOTHER_LINE]),
        ("210123", [THE_LINE, ANOTHER_LINE]),
        ("4567", [THE_LINE]),
        ("456*", [THE_LINE, ANOTHER_LINE]),
        ("+8421012345670", []),
        (".", []),
    ],
)
def test_numbers_are_found_by_any_part_with_a_star_for_a_digit(client, asked, found):
    assert [one.phone_number for one in client.incoming_phone_numbers.list(phone_number=asked)] == found


@pytest.mark.parametrize("login", [None, (ACCOUNT, "wrong"), ("ACother", TOKEN), (ACCOUNT, "")])
@pytest.mark.parametrize("path", [f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", "/stand-in/calls/CA1"])
def test_without_the_right_login_nothing_is_told_or_taken(app, carrier, login, path):
    method = "PUT" if path.startswith("/stand-in") else "GET"
    form = {"data": {"From": "anonymous", "To": THE_LINE}} if method == "PUT" else {}
    assert Client(app).open(path, method=method, auth=login, **form).status_code == 401
    assert carrier.legs == {}


def test_another_accounts_address_is_refused(app):
    path = "/2010-04-01/Accounts/ACother/Calls.json"
    assert Client(app).get(path, auth=(ACCOUNT, TOKEN)).status_code == 401


def test_a_call_dialled_elsewhere_is_left_here(app, carrier, client):
    web = Client(app)
    login = (ACCOUNT, TOKEN)
    form = {"From": MAY.number, "To": THE_LINE, "CallStatus": "in-progress"}
    assert web.put("/stand-in/calls/CAfar", data=form, auth=login).status_code == 204
    assert web.put("/stand-in/recordings/REfar?CallSid=CAfar", data=b"RIFFnotreally", auth=login).status_code == 204
    web.put("/stand-in/calls/CAfar", data={**form, "CallStatus": "completed", "CallDuration": "31"}, auth=login)
    assert client.calls("CAfar").fetch().duration == "31"
    assert client.recordings.list()[0].call_sid == "CAfar"
    assert web.put("/stand-in/calls/CAfar2", data={}, auth=login).status_code == 400
