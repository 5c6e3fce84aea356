"""Ringing officers for a caller: in turn or at once, with a whisper that must be accepted."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from hotline.simulator.document import Document, Verb
from hotline.simulator.leg import Leg, Words
from hotline.simulator.officers import Behaviour, OfficerPhone, Ring
from hotline.simulator.script import (
    CallerGoneError,
    CallFailedError,
    CarrierSide,
    Event,
    HangUp,
    Ringing,
    Talking,
    Waiting,
)

_MOST_NUMBERS = 10
_UNANSWERED = {Behaviour.RINGS: "no-answer", Behaviour.BUSY: "busy", Behaviour.UNREACHABLE: "failed"}
_KEYS_BY_HAND = {Behaviour.ANSWERS: "1", Behaviour.REFUSES: "2"}
Whisper = Callable[[Leg, str], tuple[list[Words], Generator[Waiting, Event, None]]]


@dataclass(frozen=True, slots=True)
class DialResult:
    """How ringing the officers ended, in the carrier's words."""

    status: str = "failed"
    call_id: str = ""
    seconds: int = 0
    picked_up: bool = False
    bridged: bool = False
    caller_hung_up: bool = False

    def form(self) -> dict[str, str]:
        told = {"DialCallStatus": self.status, "DialBridged": str(self.bridged).lower()}
        leg = {"DialCallSid": self.call_id} if self.call_id else {}
        return {**told, **leg, **({"DialCallDuration": str(self.seconds)} if self.picked_up else {})}


class Dialling:
    """One <Dial>: rings for `leg` until an officer is connected or nobody is left."""

    def __init__(self, leg: Leg, carrier: CarrierSide, whisper: Whisper, document: Document) -> None:
        self._leg = leg
        self._carrier = carrier
        self._whisper = whisper
        self._document = document

    def ring(self, dial: Verb) -> Generator[Waiting, Event, DialResult]:
        """Ring each number. At once means: who picks up first has the call, and the others fall silent.

        Raises CallerGoneError where the caller gives up while it rings."""
        numbers = [child for child in dial.children if child.name == "Number"] or ([dial] if dial.text else [])
        result = DialResult()
        for number in numbers[:_MOST_NUMBERS]:
            result = yield from self._ring_one(number, dial)
            if result.bridged or (result.picked_up and not dial.flag("sequential")):
                break
        return result

    def _ring_one(self, number: Verb, dial: Verb) -> Generator[Waiting, Event, DialResult]:
        phone = self._carrier.phone(number.text)
        leg = self._carrier.new_leg(self._leg, dial.attributes.get("callerId") or self._leg.from_, number.text)
        phone.rings.append(Ring(leg.call_id, leg.from_))
        try:
            behaviour, keys = yield from self._what_happens(phone, dial.number("timeout", 30))
        except CallerGoneError:
            behaviour, keys = Behaviour.CALLER_GIVES_UP, ""
        if behaviour is Behaviour.CALLER_GIVES_UP:
            self._end(leg, "canceled")
            raise CallerGoneError
        if (unanswered := _UNANSWERED.get(behaviour)) is not None:
            self._leg.elapsed += dial.number("timeout", 30) if unanswered == "no-answer" else 1
            self._end(leg, unanswered)
            return DialResult(unanswered, leg.call_id)
        return (yield from self._picked_up(leg, phone, keys, number))

    def _what_happens(self, phone: OfficerPhone, timeout_s: int) -> Generator[Waiting, Event, tuple[Behaviour, str]]:
        if phone.behaviour is not Behaviour.BY_HAND:
            return phone.behaviour, phone.keys
        event = yield Ringing(timeout_s)
        behaviour = event if isinstance(event, Behaviour) else Behaviour.RINGS
        return behaviour, _KEYS_BY_HAND.get(behaviour, "")

    def _picked_up(
        self, leg: Leg, phone: OfficerPhone, keys: str, number: Verb
    ) -> Generator[Waiting, Event, DialResult]:
        leg.status = "in-progress"
        whisper = number.attributes.get("url", "")
        if whisper and not self._accepts(leg, phone, keys, self._document.resolve(whisper)):
            self._end(leg, "completed")
            return DialResult("completed", leg.call_id, picked_up=True)
        phone.bridged += 1
        caller_hung_up = yield from self._talk(phone)
        self._leg.elapsed += phone.talk_seconds
        self._end(leg, "completed")
        return DialResult("completed", leg.call_id, phone.talk_seconds, True, True, caller_hung_up)

    def _talk(self, phone: OfficerPhone) -> Generator[Waiting, Event, bool]:
        """Wait for the end of the conversation; True where it was the caller who hung up."""
        if phone.behaviour is not Behaviour.BY_HAND:
            return False
        try:
            yield Talking()
        except CallerGoneError:
            return True
        return False

    def _accepts(self, leg: Leg, phone: OfficerPhone, keys: str, url: str) -> bool:
        """Run the whisper on the officer's leg; falling off its end joins the two, anything else does not."""
        words, script = self._whisper(leg, url)
        start = len(words)
        to_press = iter(keys)
        try:
            next(script)
            while True:
                script.send(next(to_press, None))
        except StopIteration:
            return True
        except (HangUp, CallFailedError):
            return False
        finally:
            phone.whispers += [said.text for said in words[start:]]

    def _end(self, leg: Leg, status: str) -> None:
        leg.status = status
        leg.ended_at = self._carrier.clock()
