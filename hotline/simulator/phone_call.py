"""A call as whoever holds the handset sees it: what was heard, what is awaited, and the keys."""

from collections.abc import Callable, Generator
from contextlib import suppress
from threading import RLock
from typing import Literal

from hotline.errors import HotlineError
from hotline.simulator import audio
from hotline.simulator.interpreter import Interpreter
from hotline.simulator.leg import Exchange, Leg, Words
from hotline.simulator.officers import Behaviour
from hotline.simulator.script import (
    CallerGoneError,
    CallFailedError,
    CarrierSide,
    Event,
    Gathering,
    HangUp,
    Holding,
    Meeting,
    Recording,
    RedirectedError,
    Request,
    Ringing,
    Spoke,
    Talking,
    Waiting,
)

Awaits = Literal["keys", "recording", "officer", "conversation", "hold"]
ERROR_WORDS = "We are sorry, an application error has occurred. Goodbye."
_AWAITS: dict[type[Waiting], Awaits] = {
    Gathering: "keys",
    Recording: "recording",
    Ringing: "officer",
    Talking: "conversation",
    Holding: "hold",
    Meeting: "conversation",
}


class WrongMomentError(HotlineError):
    """That cannot be done at this moment of the call."""


class PhoneCall:
    """One call, from the caller's side. Every method returns when the call waits again, or is over."""

    def __init__(self, leg: Leg, carrier: CarrierSide, voice_url: str) -> None:
        self.leg = leg
        self.heard: list[Words] = []
        self.failed = False
        self.waiting: Waiting | None = None
        self._carrier = carrier
        self._told = 0
        self._lock = RLock()
        self._interpreter = Interpreter(leg, carrier, self.heard)
        self._script = self._play(Request(voice_url))

    # ---- what the caller does --------------------------------------------------------------------------------------

    def begin(self) -> "PhoneCall":
        self._advance(lambda: next(self._script))
        return self

    def press(self, key: str) -> None:
        """Press one key. Raises WrongMomentError where no key can be heard, or it is no key."""
        if len(key) != 1 or key not in "0123456789*#ABCD":
            raise WrongMomentError("A telephone has the keys 0 to 9, * and #.")
        self._expect("keys", "recording")
        self._advance(lambda: self._script.send(key))

    def key_in(self, keys: str) -> None:
        """Press keys one after another, each for whatever is then awaited; stops where the call ends."""
        for key in keys:
            if self.ended:
                return
            self.press(key)

    def wait(self) -> None:
        """Say and press nothing until something happens. In a talk it is the other who hangs up."""
        if isinstance(self.waiting, Meeting):
            self._carrier.others_leave(self.leg)
            self._carrier.settle_rooms()
            return
        self._advance(lambda: self._script.send(None))

    def record(self, what: int | bytes) -> None:
        """Speak into the recording: so many seconds, or this WAV file. The recording goes on afterwards."""
        self._expect("recording")
        sound = audio.tone(what) if isinstance(what, int) else what
        self._advance(lambda: self._script.send(Spoke(sound)))

    def finish_recording(self, key: str = "#") -> None:
        """End the recording with a key (where the recording listens for it)."""
        self._expect("recording")
        self.press(key)

    def officer(self, behaviour: Behaviour) -> None:
        """Say what the officer does whose telephone rings (only where `awaits` is "officer")."""
        self._expect("officer")
        if isinstance(self.waiting, Holding):
            self.heard += self._carrier.officer_does(behaviour)
            self._carrier.settle_rooms()
            return
        self._advance(lambda: self._script.send(behaviour))

    def hang_up(self) -> None:
        """Put the telephone down; nothing happens where the call is over already."""
        if not self.ended:
            with suppress(WrongMomentError):  # it ended this very moment
                self._advance(lambda: self._script.throw(CallerGoneError()))

    # ---- what others do --------------------------------------------------------------------------------------------

    def met(self) -> None:
        """An officer is in the room; the two talk until one of them hangs up."""

    def nudge(self) -> None:
        """The talk is over."""
        with suppress(WrongMomentError):
            self._advance(lambda: self._script.send(None))

    def redirect(self, url: str) -> None:
        """The application has the call ask for another document."""
        with suppress(WrongMomentError):
            self._advance(lambda: self._script.throw(RedirectedError(Request(url))))

    # ---- what the caller knows -------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self.leg.call_id

    @property
    def awaits(self) -> Awaits | None:
        """What the call waits for. Who holds the line waits for an officer where one's telephone rings by hand."""
        if isinstance(self.waiting, Holding) and self._carrier.rings_by_hand():
            return "officer"
        return _AWAITS[type(self.waiting)] if self.waiting is not None else None

    @property
    def gather(self) -> Gathering:
        """What the keys are for: num_digits (0: any number), finish_on, timeout_s, and the digits so far."""
        if not isinstance(self.waiting, Gathering):
            raise WrongMomentError("The call does not wait for keys.")
        return self.waiting

    @property
    def ended(self) -> bool:
        return self.leg.ended_at is not None

    @property
    def status(self) -> str:
        return self.leg.status

    @property
    def requests(self) -> list[Exchange]:
        """Every request about this call, callbacks too, oldest first."""
        return self.leg.requests

    @property
    def warnings(self) -> list[str]:
        """What the carrier's debugger would list: unknown verbs, answers that differ, failed fetches."""
        return self.leg.warnings

    def heard_since(self) -> list[Words]:
        """What was said since this was asked the last time."""
        with self._lock:
            start, self._told = self._told, len(self.heard)
            return self.heard[start:]

    # ---- how it goes on --------------------------------------------------------------------------------------------

    def _play(self, request: Request) -> Generator[Waiting, Event, None]:
        try:
            yield from self._interpreter.perform(request)
            self.leg.status = "completed"
        except CallerGoneError:
            self.leg.status = "completed"
        except HangUp as end:
            self.leg.status = end.status
        except CallFailedError as error:
            self.failed = True
            self.leg.warnings.append(str(error))
            self.heard.append(Words(ERROR_WORDS, "en-US"))
            self.leg.status = "failed" if self.leg.status == "ringing" else "completed"

    def _advance(self, step: Callable[[], Waiting]) -> None:
        with self._lock:
            if self.ended:
                raise WrongMomentError("The call is over.")
            try:
                self.waiting = step()
            except StopIteration:
                self.waiting = None
                self._interpreter.hung_up()
                self._carrier.call_ended(self.leg)
            self._carrier.flush(self.leg)
        self._carrier.settle_rooms()

    def _expect(self, *awaited: Awaits) -> None:
        if self.ended:
            raise WrongMomentError("The call is over.")
        if self.awaits not in awaited:
            raise WrongMomentError(f"The call waits for {self.awaits}, not for {' or '.join(awaited)}.")
