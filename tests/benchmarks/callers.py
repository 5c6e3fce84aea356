"""Callers who never think: each posts the next webhook of its call as soon as the last one was answered.

A process of its own (`python -m tests.benchmarks.callers PORT CALLERS SECONDS`), so that it shares nothing with the
server but the machine. Every server gets the same signed forms of twenty fields; the result is JSON on stdout."""

import asyncio
import hmac
import json
import re
import secrets
import sys
from base64 import b64encode
from dataclasses import asdict, dataclass
from time import perf_counter
from urllib.parse import urlencode

from tests.benchmarks.processes import ACCOUNT

KEYS = ("", "1", "1", "2", "1", "2", "2")
"""One call: it comes in, then Vietnamese, report, theft (two keys), not now, confidential."""

MOST_CALLERS = 256
LONGEST_S = 60.0
_ACTION = re.compile(rb'action="https?://[^/"]+(/voice/[^"]+)"')
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What the callers went through: answered requests and their seconds, and those that were answered wrongly."""

    requests: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class Caller(asyncio.Protocol):
    """One telephone on one kept connection, calling again and again until the time is up."""

    def __init__(self, port: int, token: bytes, number: str, until: float, times: list[float]) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._host = f"127.0.0.1:{port}"
        self._token, self._number, self._until, self._times = token, number, until, times
        self._refused, self._step, self._call_id = 0, 0, ""
        self._answer = b""
        self._posted_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._call()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server hung up on a caller"))

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not separator or length is None or len(body) < int(length.group(1)):
            return
        self._answer = b""
        self._times.append(perf_counter() - self._posted_at)
        if perf_counter() >= self._until:
            self.done.set_result(self._refused)
            self._transport.close()
        else:
            self._go_on(head, body)

    def _go_on(self, head: bytes, body: bytes) -> None:
        action = _ACTION.search(body)
        if not head.startswith(b"HTTP/1.1 200") or action is None:
            self._refused += 1
            self._call()
        elif self._step + 1 < len(KEYS):
            self._step += 1
            self._post(action.group(1).decode())
        else:
            self._call()

    def _call(self) -> None:
        self._step, self._call_id = 0, f"CA{secrets.token_hex(16)}"
        self._post("/voice/incoming")

    def _post(self, path: str) -> None:
        body, signature = _signed(self._host, path, _form(self._call_id, self._number, KEYS[self._step]), self._token)
        self._posted_at = perf_counter()
        self._transport.write(
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nX-Twilio-Signature: {signature}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )


def first_webhook(host: str, token: bytes) -> tuple[str, str, dict[str, str]]:
    """One call that comes in: its path, body and headers."""
    path = "/voice/incoming"
    body, signature = _signed(host, path, _form(f"CA{secrets.token_hex(16)}", "+84912345678", ""), token)
    return path, body, {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}


def _signed(host: str, path: str, form: list[tuple[str, str]], token: bytes) -> tuple[str, str]:
    text = f"http://{host}{path}" + "".join(name + value for name, value in form)
    return urlencode(form), b64encode(hmac.digest(token, text.encode(), "sha1")).decode()


def _form(call_id: str, number: str, key: str) -> list[tuple[str, str]]:
    """What a carrier sends, sorted by name."""
    line = "+842101234567"
    form = {
        "AccountSid": ACCOUNT["TWILIO_ACCOUNT_SID"],
        "ApiVersion": "2010-04-01",
        "CallSid": call_id,
        "CallStatus": "in-progress",
        "Called": line,
        "Caller": number,
        "Direction": "inbound",
        "From": number,
        "To": line,
        "StirVerstat": "",
        **{f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip")},
        **{f"{side}Country": "VN" for side in ("From", "To")},
    }
    pressed = {"Digits": key, "FinishedOnKey": ""} if key else {}
    return sorted((form | pressed).items())


async def load(port: int, callers: int, seconds: float) -> Load:
    """Have so many callers ring for so long."""
    loop, times = asyncio.get_running_loop(), list[float]()
    token = ACCOUNT["TWILIO_AUTH_TOKEN"].encode()
    began = perf_counter()
    everyone = [
        (await loop.create_connection(lambda n=n: _caller(port, token, n, began + seconds, times), "127.0.0.1", port))[
            1
        ]
        for n in range(callers)
    ]
    refused = await asyncio.wait_for(asyncio.gather(*(caller.done for caller in everyone)), seconds + 30)
    took = perf_counter() - began
    times.sort()
    return Load(len(times), sum(refused), took, *(1000 * times[int(len(times) * part)] for part in (0.5, 0.99)))


def _caller(port: int, token: bytes, n: int, until: float, times: list[float]) -> Caller:
    return Caller(port, token, f"+849123456{n % 100:02}", until, times)


if __name__ == "__main__":
    port, callers, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    if not 1 <= callers <= MOST_CALLERS or not 0 < seconds <= LONGEST_S:
        sys.exit(f"At most {MOST_CALLERS} callers and {LONGEST_S:.0f} seconds.")
    print(json.dumps(asdict(asyncio.run(load(port, callers, seconds)))))
