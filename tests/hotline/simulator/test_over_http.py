"""Calls over a real socket: a distant hotline, and many callers at once."""

import io
import socket
import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.distant import Publisher, distant_carrier
from hotline.simulator.load import ThreadPoster, callers
from hotline.simulator.rest import rest_blueprint
from hotline.simulator.terminal import run
from tests.cast import MAY, THE_LINE
from tests.hotline.simulator.application import ACCOUNT, TOKEN, Application, carrier_of

MENU = '<Gather numDigits="1" action="/menu"/>'
PUBLIC = "https://line.example.org"
RECORD = '<Record action="/recorded" finishOnKey="#"/>'


@contextmanager
def served(application):
    """The address of an application on loopback."""
    server = make_server("127.0.0.1", 0, application.flask, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def application():
    return Application({"/voice/incoming": MENU, "/menu": RECORD, "/recorded": "<Say>Thank you</Say>"})


def test_a_call_from_another_process_leaves_its_recording_with_the_servers_own_carrier(application):
    near = carrier_of(application)
    application.flask.register_blueprint(rest_blueprint(near))
    with served(application) as address:
        far = distant_carrier(ACCOUNT, TOKEN, address, system_clock, api_url=address)
        lines = io.StringIO("1\n/record 6\n#\n")
        assert run(far, MAY.number, THE_LINE, lines, io.StringIO()) == 0
    [form] = application.forms("/recorded")
    kept = near.recordings[form["RecordingSid"]]
    assert (kept.call_id, kept.seconds) == (form["CallSid"], 6)
    assert near.legs[form["CallSid"]].status == "completed"
    assert form["RecordingUrl"].startswith(address)
    assert all(application.genuine)


def test_requests_are_signed_for_the_public_address_wherever_the_server_really_is(application):
    with served(application) as address:
        far = distant_carrier(ACCOUNT, TOKEN, PUBLIC, system_clock, api_url=address, really_at=address)
        call = far.dial(MAY.number, THE_LINE)
        assert call.awaits == "keys"
        call.hang_up()
    assert not any(application.genuine)  # the small application checks for its own address, as a wrong one would
    assert call.requests[0].url == "https://line.example.org/voice/incoming"
    assert any("takes no recordings" in warning for warning in call.warnings)


def test_a_real_carrier_is_sent_neither_sound_nor_numbers(application, monkeypatch):
    def nothing_may_be_left(*_):
        raise AssertionError("something was sent to the carrier")

    monkeypatch.setattr(Publisher, "_put", nothing_may_be_left)
    with served(application) as address:
        far = distant_carrier(
            ACCOUNT,
            TOKEN,
            "https://line.example.org",
            system_clock,
            api_url="https://api.twilio.com",
            really_at=address,
        )
        call = far.dial(MAY.number, THE_LINE)
        call.press("1")
        call.record(3)
        call.hang_up()
    assert application.forms("/recorded")


def test_a_hotline_that_is_not_running_is_said_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        far = distant_carrier(ACCOUNT, TOKEN, nobody, system_clock, api_url=nobody)
        printed = io.StringIO()
        assert run(far, MAY.number, THE_LINE, io.StringIO(), printed) == 1
    assert f"The hotline does not answer at {nobody}" in printed.getvalue()


def test_many_callers_ring_at_once_and_every_step_is_in_the_trace(application):
    def report(call):
        call.press("1")
        call.record(2)
        call.finish_recording()

    with served(application) as address, ThreadPoster() as poster:
        carrier = StandInCarrier(ACCOUNT, TOKEN, Webhooks.at(address), poster, system_clock)
        trace = callers(8, carrier, report, lambda n: f"+849123456{n % 100:02}", THE_LINE, for_seconds=0.2)
    assert trace.calls >= 8
    assert trace.failed_calls == 0
    assert len(trace.acknowledged) == len(trace.steps) == 4 * trace.calls
    assert len({step.call_id for step in trace.steps}) == trace.calls
    assert all(0 < step.seconds < 15 for step in trace.steps)


def test_a_crowd_without_bounds_is_refused(application):
    with pytest.raises(HotlineError, match="1000"):
        callers(100_000, carrier_of(application), lambda _: None, lambda _: MAY.number, THE_LINE, 1)
