"""What the application asks the carrier to do by itself: ring an officer, change a call, deliver a text."""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Protocol
from xml.etree import ElementTree

from hotline.simulator.faults import Kind
from hotline.simulator.interpreter import Interpreter
from hotline.simulator.leg import Exchange, Leg, Words
from hotline.simulator.officers import Behaviour, OfficerPhone, Ring
from hotline.simulator.script import (
    CallerGoneError,
    CallFailedError,
    CarrierSide,
    Event,
    HangUp,
    Meeting,
    RedirectedError,
    Request,
    Waiting,
)

_UNANSWERED = {Behaviour.BUSY: "busy", Behaviour.UNREACHABLE: "failed"}
_KEYS_BY_HAND = {Behaviour.ANSWERS: "1", Behaviour.REFUSES: "2"}
_PICKS_UP = frozenset({Behaviour.ANSWERS, Behaviour.REFUSES, Behaviour.VOICEMAIL})


class Exchanges(CarrierSide, Protocol):
    """A carrier that can also tell the application something."""

    account_sid: str

    def exchange(self, kind: Kind, url: str, form: dict[str, str], /) -> Exchange:
        """Send one signed request."""


class PlacedCall:
    """A call to an officer; whoever holds that telephone decides what becomes of it.

    It rings, is answered, and may wait in a room; `heard` is what the officer was told."""

    def __init__(self, leg: Leg, carrier: Exchanges, url: str, status_url: str, ring_s: int) -> None:
        self.leg = leg
        self.heard: list[Words] = []
        self.waiting: Waiting | None = None
        self.rings_until: datetime | None = None
        self._carrier = carrier
        self.url = url
        self._status_url = status_url
        self._ring_s = ring_s
        self._keys: Iterator[str] = iter("")
        self._script: Generator[Waiting, Event, None] | None = None
        self._lock = RLock()

    # ---- what the officer does -------------------------------------------------------------------------------------

    def happens(self) -> None:
        """Ring; who has a habit follows it at once, a telephone that is held by hand rings on."""
        with self._lock:
            if self.leg.status != "queued":
                return  # it was ended before it rang
            if self._carrier.is_busy(self.leg.to):
                self._end("busy")
                return
            self.leg.status = "ringing"
            self._phone.rings.append(Ring(self.leg.call_id, self.leg.from_))
            if self._phone.behaviour is Behaviour.BY_HAND:
                self.rings_until = self._carrier.clock() + timedelta(seconds=self._ring_s)
                return
        self._does(self._phone.behaviour, self._phone.keys)

    def rings_by_hand(self) -> bool:
        """Whether it waits for somebody to say what the officer does."""
        return self.rings_until is not None and self.leg.status == "ringing"

    def does(self, behaviour: Behaviour) -> None:
        """Say what the officer does whose telephone rings by hand; nothing where it does not ring any more."""
        self._does(behaviour, _KEYS_BY_HAND.get(behaviour, ""))

    def ring_out(self, now: datetime) -> None:
        """Fall silent where it has rung long enough."""
        if self.rings_by_hand() and self.rings_until is not None and now >= self.rings_until:
            self.does(Behaviour.RINGS)

    def _does(self, behaviour: Behaviour, keys: str) -> None:
        with self._lock:
            if self.leg.status != "ringing":
                return
            if behaviour not in _PICKS_UP:
                self._end(_UNANSWERED.get(behaviour, "no-answer"))
                return
            self._keys = iter(keys)
            self._script = self._play()
            self._go_on(lambda script: next(script))
        self._carrier.settle_rooms()

    @property
    def _phone(self) -> OfficerPhone:
        return self._carrier.phone(self.leg.to)

    # ---- what the carrier does -------------------------------------------------------------------------------------

    def met(self) -> None:
        """The caller is in the room: who has a habit talks for so long, and hangs up."""
        phone = self._phone
        phone.bridged += 1
        if self.rings_until is None:
            self._carrier.time_passes(self.leg, phone.talk_seconds)
            self.hang_up()

    def nudge(self) -> None:
        """The talk is over."""
        self._continue(lambda script: script.send(None))

    def hang_up(self) -> None:
        self._continue(lambda script: script.throw(CallerGoneError()))

    def redirect(self, url: str) -> None:
        self._continue(lambda script: script.throw(RedirectedError(Request(url))))

    def complete(self) -> None:
        """The application ends it, whether it rings or talks."""
        with self._lock:
            if self.leg.status in ("queued", "ringing"):
                self._end("canceled")
                return
        self.hang_up()

    def _continue(self, step: Callable[[Generator[Waiting, Event, None]], Waiting]) -> None:
        with self._lock:
            if self._script is not None and self.leg.ended_at is None:
                self._go_on(step)
        self._carrier.settle_rooms()

    def _go_on(self, step: Callable[[Generator[Waiting, Event, None]], Waiting]) -> None:
        """Press the keys whenever one is awaited, until there are none left; wait only in a room."""
        assert self._script is not None  # noqa: S101 - set by whoever calls
        start = len(self.heard)
        try:
            self.waiting = step(self._script)
            while not isinstance(self.waiting, Meeting):
                self.waiting = self._script.send(next(self._keys, None))
        except StopIteration:
            self.waiting = None
        self._phone.whispers += [said.text for said in self.heard[start:]]
        if self.waiting is None:
            self._end("completed")

    def _play(self) -> Generator[Waiting, Event, None]:
        with suppress(HangUp, CallerGoneError, CallFailedError):
            yield from Interpreter(self.leg, self._carrier, self.heard, "officer").perform(Request(self.url))

    def _end(self, status: str) -> None:
        """Tell how it ended, and how long it took."""
        leg = self.leg
        leg.status, leg.ended_at = status, self._carrier.clock()
        if self._status_url and "status" not in self._carrier.faults.missing:
            ended = {"CallDuration": str(round(leg.elapsed)), "SequenceNumber": "0"}
            self._carrier.exchange("status", self._status_url, {**leg.form(), **ended})


@dataclass(frozen=True)
class ChangedCall:
    """A change of a live call that the application has asked for: another document, or its end."""

    change: Callable[[], None]

    def happens(self) -> None:
        """Change it."""
        self.change()


@dataclass(frozen=True)
class DeliveredText:
    """A text message on its way."""

    message_id: str
    to: str
    body: str = field(repr=False)
    carrier: Exchanges
    status_url: str

    def happens(self) -> None:
        """Deliver it, and tell so."""
        self.carrier.phone(self.to).texts.append(self.body)
        if self.status_url and "sms" not in self.carrier.faults.missing:
            told = {"MessageSid": self.message_id, "AccountSid": self.carrier.account_sid, "ApiVersion": "2010-04-01"}
            self.carrier.exchange("sms", self.status_url, {**told, "MessageStatus": "delivered"})


def words_back(exchange: Exchange) -> list[str]:
    """The messages that an answer to a text sends back."""
    if exchange.answer is None or not exchange.answer.ok or not exchange.answer.body.strip():
        return []
    try:
        root = ElementTree.fromstring(exchange.answer.body)  # noqa: S314 - our own application's answer
    except ElementTree.ParseError:
        return []
    return ["".join(message.itertext()) for message in root.iter("Message")]
