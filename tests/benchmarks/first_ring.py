"""From a caller in danger to the request to ring the first officer: `python -m tests.benchmarks.first_ring`.

Web and worker as their operator runs them, against a carrier on this machine that notes when it is asked for a call.
Two ways: key 9, from the moment at which the key is sent; and a report of violence left on the machine, from the
moment at which the caller hangs up."""

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from hotline.clock import system_clock
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.leg import Leg
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import HttpPoster
from hotline.simulator.rest import rest_blueprint
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import ACCOUNT, free_port, installation, run, served
from tests.cast import HANH, MAY, THE_LINE

CALLS = 7
BAR_S = 3.0
_LONGEST_S = 15.0
_SHIFT = ("2020-01-01T00:00", "2099-01-01T00:00")


@dataclass(frozen=True, slots=True)
class FirstRing:
    """Seconds to the request for the first call, of each caller."""

    after_nine: tuple[float, ...]
    after_a_report: tuple[float, ...]

    def figures(self) -> list[Figure]:
        """The slowest of each against the bar."""
        return [
            Figure("key 9 to the request to ring, the slowest", max(self.after_nine), BAR_S, 1, False, " s"),
            Figure(
                "end of a report to the request to ring, the slowest", max(self.after_a_report), BAR_S, 2, False, " s"
            ),
        ]


@dataclass
class _Noted:
    """When the carrier was asked for calls, by what is to be said in them."""

    at: dict[str, float] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, url: str) -> None:
        with self.changed:
            self.at.setdefault(url.split("/")[4], time.perf_counter())
            self.changed.notify_all()

    def wait_for(self, kind: str) -> float:
        with self.changed:
            if not self.changed.wait_for(lambda: kind in self.at, _LONGEST_S):
                raise TimeoutError(f"no {kind} was asked for")
            return self.at[kind]


class _NotingCarrier(StandInCarrier):
    """The stand-in carrier with a watch."""

    noted = _Noted()

    def place(self, to: str, from_: str, url: str, status_url: str, ring_s: int = 60) -> Leg:
        self.noted.note(url)
        return super().place(to, from_, url, status_url, ring_s)


logging.getLogger("werkzeug").setLevel(logging.ERROR)


def measure(calls: int = CALLS) -> FirstRing:
    """Let so many callers ring in turn, each way."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        port = free_port()
        environment = installation(Path(folder) / "data", port)
        _hire(environment)
        carrier = _NotingCarrier(
            ACCOUNT["TWILIO_ACCOUNT_SID"],
            ACCOUNT["TWILIO_AUTH_TOKEN"],
            Webhooks.at(f"http://127.0.0.1:{port}"),
            HttpPoster(),
            system_clock,
        )
        with (
            _serving(carrier) as address,
            served(["hotline", "run", "--port", str(port)], port, {**environment, **address}),
        ):
            time.sleep(2)  # the worker starts beside the web process
            nine = [_timed(carrier, "officer-leg", _presses_nine) for _ in range(calls)]
            report = [_timed(carrier, "follow-up", _leaves_a_report) for _ in range(calls)]
    return FirstRing(tuple(nine), tuple(report))


def _hire(environment: dict[str, str]) -> None:
    officer = ["hotline", "user", "add", HANH.login, "--role", HANH.role, "--phone", HANH.number, "--password-stdin"]
    run(officer, environment, f"{HANH.password}\n")
    run(
        ["hotline", "roster", "add", HANH.login, "--group", "duty", "--from", _SHIFT[0], "--to", _SHIFT[1]], environment
    )


@contextmanager
def _serving(carrier: StandInCarrier) -> Iterator[dict[str, str]]:
    api = Flask("the carrier's API")
    api.register_blueprint(rest_blueprint(carrier, by_itself=True))
    server = make_server("127.0.0.1", 0, api, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield {"TWILIO_API_URL": f"http://127.0.0.1:{server.server_port}"}
    finally:
        server.shutdown()
        thread.join()


def _timed(carrier: _NotingCarrier, kind: str, act: Callable[[PhoneCall], float]) -> float:
    call = carrier.dial(MAY.number, THE_LINE)
    carrier.noted = _Noted()
    began = act(call)
    asked = carrier.noted.wait_for(kind)
    call.hang_up()
    time.sleep(1.3)  # so that the callers do not all come at the same point of the worker's beat
    return asked - began


def _presses_nine(call: PhoneCall) -> float:
    began = time.perf_counter()
    call.press("9")
    return began


def _leaves_a_report(call: PhoneCall) -> float:
    """A fight that is over: high, so that it rings at any hour."""
    call.key_in("1133" + "22" + "03")
    call.record(6)
    began = time.perf_counter()
    call.hang_up()
    return began


if __name__ == "__main__":
    for figure in measure().figures():
        print(f"{figure.name}: {figure.value:.2f}{figure.unit} (bar {figure.bar:g}{figure.unit}, {figure.verdict})")
