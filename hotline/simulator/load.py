"""Many callers at once over HTTP, for benchmarks and for tests that kill processes. Bounded in number and in time."""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from threading import local
from time import perf_counter
from typing import Literal, Self
from urllib.parse import urlencode, urlsplit

from hotline.errors import HotlineError
from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.leg import Exchange
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import CARRIER_TIMEOUT_S, Answer, NoAnswerError

MOST_CALLERS = 1000
Script = Callable[[PhoneCall], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One webhook: `status` is 0 where no answer came, `digest` the SHA-256 of the answer's body."""

    call_id: str
    kind: str
    url: str
    status: int
    digest: str
    seconds: float

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Trace:
    """What many callers went through, in the order of the answers of each."""

    steps: tuple[Step, ...]
    calls: int
    failed_calls: int
    seconds: float

    @property
    def acknowledged(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.acknowledged)


class ThreadPoster:
    """Posts over connections that are kept open, one for each thread and host: a client that costs little."""

    def __init__(self, timeout_s: float = CARRIER_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._own = local()
        self._all: list[HTTPConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._all:
            connection.close()

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", url, urlencode(form).encode(), {**headers, **kind})

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        return self._send("GET", url, b"", headers)

    def _send(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._connection(urlsplit(url).netloc)
        target = f"/{url.split('/', 3)[3]}"
        kept_open = connection.sock is not None
        try:
            return _asked(connection, method, target, body, headers)
        except (RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            connection.close()
            if not kept_open:
                raise NoAnswerError("the application hung up", "rt") from None
        except (OSError, HTTPException) as error:
            connection.close()
            stage: Literal["ct", "rt"] = "ct" if isinstance(error, ConnectionRefusedError) else "rt"
            raise NoAnswerError("the application did not answer", stage) from None
        return self._send(method, url, body, headers)  # it was closed while idle, as servers do

    def _connection(self, host: str) -> HTTPConnection:
        open_ones = self._own.__dict__.setdefault("connections", {})
        if host not in open_ones:
            open_ones[host] = HTTPConnection(host, timeout=self._timeout_s)
            self._all.append(open_ones[host])
        connection: HTTPConnection = open_ones[host]
        return connection


def _asked(connection: HTTPConnection, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection.request(method, target, body, dict(headers))
    answer = connection.getresponse()
    return Answer(answer.status, dict(answer.getheaders()), answer.read())


def callers(
    count: int, carrier: StandInCarrier, script: Script, numbers: Callable[[int], str], to: str, for_seconds: float
) -> Trace:
    """Let so many callers ring again and again until the time is up; a call that has begun is played to its end.

    `script` acts one call; `numbers` gives the number that the n-th call comes from."""
    if not 1 <= count <= MOST_CALLERS:
        raise HotlineError(f"Between 1 and {MOST_CALLERS} callers can ring at once.")
    began = perf_counter()
    with ThreadPoolExecutor(count, thread_name_prefix="caller") as pool:
        each = [
            pool.submit(_one_caller, first, count, carrier, script, numbers, to, began + for_seconds)
            for first in range(count)
        ]
        calls = [call for future in each for call in future.result()]
    steps = tuple(_step(call, exchange) for call in calls for exchange in call.requests)
    return Trace(steps, len(calls), sum(call.failed for call in calls), perf_counter() - began)


def _one_caller(
    first: int,
    stride: int,
    carrier: StandInCarrier,
    script: Script,
    numbers: Callable[[int], str],
    to: str,
    until: float,
) -> list[PhoneCall]:
    calls: list[PhoneCall] = []
    while not calls or perf_counter() < until:
        call = carrier.dial(numbers(first + stride * len(calls)), to)
        calls.append(call)
        if not call.ended:
            script(call)
        call.hang_up()
    return calls


def _step(call: PhoneCall, exchange: Exchange) -> Step:
    answer = exchange.answer
    status, body = (answer.status, answer.body) if answer else (0, b"")
    return Step(call.id, exchange.kind, exchange.url, status, hashlib.sha256(body).hexdigest(), exchange.seconds)
