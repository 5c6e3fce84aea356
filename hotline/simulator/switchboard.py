"""The calls that are being made from browsers: found by a random token, bounded in number and in time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from threading import Lock

from hotline.clock import Clock
from hotline.errors import HotlineError, NotFoundError
from hotline.simulator.phone_call import PhoneCall


class AllBusyError(HotlineError):
    """All lines are busy."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    call: PhoneCall
    since: datetime


class Switchboard:
    """At most `most` calls at once, each for at most half an hour."""

    def __init__(self, clock: Clock, most: int = 50, longest: timedelta = timedelta(minutes=30)) -> None:
        self._clock = clock
        self._most = most
        self._longest = longest
        self._calls: dict[str, LiveCall] = {}
        self._lock = Lock()

    def connect(self, call: PhoneCall) -> str:
        """Keep a call; return its token."""
        token = token_urlsafe(16)
        with self._lock:
            self._calls[token] = LiveCall(call, self._clock())
        return token

    def make_room(self) -> None:
        """Hang up what went on too long, forget what is over. Raises AllBusyError where that frees no line."""
        with self._lock:
            old = [t for t, live in self._calls.items() if self._clock() - live.since > self._longest]
            dropped = [self._calls.pop(token).call for token in old]
            if len(self._calls) >= self._most:
                over = [token for token, live in self._calls.items() if live.call.ended]
                for token in over:
                    del self._calls[token]
            full = len(self._calls) >= self._most
        for call in dropped:
            call.hang_up()
        if full:
            raise AllBusyError

    def call(self, token: str) -> PhoneCall:
        """The call of a token. Raises NotFoundError."""
        with self._lock:
            live = self._calls.get(token)
        if live is None:
            raise NotFoundError
        return live.call
