"""What the application asks the carrier to do by itself: ring an officer, deliver a text."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Protocol
from xml.etree import ElementTree

from hotline.simulator.faults import Kind
from hotline.simulator.interpreter import Interpreter
from hotline.simulator.leg import Exchange, Leg, Words
from hotline.simulator.officers import Behaviour, Ring
from hotline.simulator.script import CallerGoneError, CallFailedError, CarrierSide, Event, HangUp, Request, Waiting

_UNANSWERED = {Behaviour.BUSY: "busy", Behaviour.UNREACHABLE: "failed"}
_PICKS_UP = frozenset({Behaviour.ANSWERS, Behaviour.REFUSES, Behaviour.VOICEMAIL})


class Exchanges(CarrierSide, Protocol):
    """A carrier that can also tell the application something."""

    account_sid: str

    def exchange(self, kind: Kind, url: str, form: dict[str, str], /) -> Exchange:
        """Send one signed request."""


@dataclass(frozen=True)
class PlacedCall:
    """A call to an officer; whoever holds that telephone decides what becomes of it."""

    leg: Leg
    carrier: Exchanges
    url: str
    status_url: str

    def happens(self) -> None:
        """Ring, let the officer hear and press, and tell how it ended."""
        leg, phone = self.leg, self.carrier.phone(self.leg.to)
        leg.status = "ringing"
        phone.rings.append(Ring(leg.call_id, leg.from_))
        if phone.behaviour in _PICKS_UP:
            phone.whispers += self._talk(phone.keys)
            leg.status = "completed"
        else:
            leg.status = _UNANSWERED.get(phone.behaviour, "no-answer")
        leg.ended_at = self.carrier.clock()
        if self.status_url and "status" not in self.carrier.faults.missing:
            ended = {"CallDuration": str(round(leg.elapsed)), "SequenceNumber": "0"}
            self.carrier.exchange("status", self.status_url, {**leg.form(), **ended})

    def _talk(self, keys: str) -> list[str]:
        """What was said; a key is pressed whenever one is awaited, until there are none left."""
        heard: list[Words] = []
        script: Generator[Waiting, Event, None] = Interpreter(self.leg, self.carrier, heard, "officer").perform(
            Request(self.url)
        )
        to_press = iter(keys)
        try:
            next(script)
            while True:
                script.send(next(to_press, None))
        except (StopIteration, HangUp, CallFailedError, CallerGoneError):
            return [said.text for said in heard]


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
