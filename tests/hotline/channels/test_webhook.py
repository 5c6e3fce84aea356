"""A signed request to a program of the unit's own, through a real server on the loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from hotline.channels.webhook import DELIVERY, SIGNATURE, TIMESTAMP, WebhookChannel, signature
from hotline.errors import CarrierError
from tests.hotline.channels.letters import FIGHT, NOW, page

SECRET = b"only for the tests: 0123456789"


class Bridge(BaseHTTPRequestHandler):
    """Remembers what it was sent; answers what the test says."""

    taken: list[tuple[dict[str, str], bytes]]
    answers: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).taken.append((dict(self.headers), body))
        self.send_response(self.answers)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def bridge(answers: int = 200) -> Iterator[tuple[WebhookChannel, type[Bridge]]]:
    kind = type("OneBridge", (Bridge,), {"taken": [], "answers": answers})
    server = HTTPServer(("127.0.0.1", 0), kind)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/hotline"
        yield WebhookChannel(url, SECRET, "https://line.example.org"), kind
    finally:
        server.shutdown()
        server.server_close()


def test_what_is_posted_is_signed_and_says_nothing_of_the_caller() -> None:
    with bridge() as (channel, kind):
        assert channel.send(page("webhook", FIGHT)) is None
    ((headers, body),) = kind.taken
    assert headers[TIMESTAMP] == str(int(NOW.timestamp()))
    assert headers[SIGNATURE] == f"sha256={signature(SECRET, headers[TIMESTAMP], body)}"
    assert headers[DELIVERY] == "a-key-of-the-tests"
    told = json.loads(body)
    assert told.keys() == {"event", "delivery", "unit", "group", "reports"}
    (report,) = told["reports"]
    assert report == {
        "reference": "R-2026-0042",
        "urgency": "high",
        "category": "RPT-ASSAULT",
        "place": "Nà Hoi",
        "happening_now": True,
        "received_at": NOW.isoformat(),
        "address": "https://line.example.org/reports/R-2026-0042",
        "words": report["words"],
    }
    assert set(report["words"]) == {"vi", "en", "ru"}


def test_another_secret_or_another_moment_makes_another_signature() -> None:
    assert signature(SECRET, "1", b"{}") != signature(b"another", "1", b"{}")
    assert signature(SECRET, "1", b"{}") != signature(SECRET, "2", b"{}")


@pytest.mark.parametrize(
    ("status", "permanent", "unknown"),
    [(302, True, False), (400, True, False), (404, True, False), (429, False, False), (500, False, True)],
)
def test_a_refusal_is_told_apart_from_a_bad_day(status: int, permanent: bool, unknown: bool) -> None:
    with bridge(status) as (channel, kind), pytest.raises(CarrierError) as refused:
        channel.send(page("webhook", FIGHT))
    assert (refused.value.permanent, refused.value.outcome_unknown) == (permanent, unknown)
    assert len(kind.taken) == 1, "a redirect is not followed"


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(CarrierError) as refused:
        WebhookChannel("http://127.0.0.1:1/", SECRET, "https://line.example.org").send(page("webhook", FIGHT))
    assert (refused.value.permanent, refused.value.outcome_unknown) == (False, False)
