"""What passes between a handset, the interpreter and the carrier while a document is executed."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Protocol

from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.simulator.document import Document
from hotline.simulator.faults import Faults, Kind
from hotline.simulator.leg import Leg, Words
from hotline.simulator.officers import Behaviour, OfficerPhone


@dataclass(frozen=True, slots=True)
class Gathering:
    """The caller may press keys. `timeout_s` counts after the words were heard and after each key."""

    num_digits: int
    finish_on: str
    timeout_s: int
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """The caller is being recorded."""

    max_seconds: int
    finish_on: str
    silence_s: int
    beep: bool


@dataclass(frozen=True, slots=True)
class Ringing:
    """An officer's telephone rings, and whoever holds the handset says what the officer does (a Behaviour)."""

    timeout_s: int


@dataclass(frozen=True, slots=True)
class Talking:
    """Caller and officer are connected until one of them hangs up."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The caller holds the line for so many seconds, and the application is asked again. No key is heard."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """The call is in a room, alone or with others, until somebody leaves whose leaving ends it."""

    room: str


Waiting = Gathering | Recording | Ringing | Talking | Holding | Meeting


@dataclass(frozen=True, slots=True)
class Spoke:
    """The caller spoke into a recording."""

    sound: bytes = field(repr=False)


Event = str | Spoke | Behaviour | None  # None: time passed and nothing happened
Play = Generator[Waiting, Event, "Request | None"]


class CallerGoneError(HotlineError):
    """The telephone at the other end was put down."""


class HangUp(Exception):
    """The document ends this leg."""

    def __init__(self, status: str = "completed") -> None:
        super().__init__(status)
        self.status = status


class CallFailedError(HotlineError):
    """The carrier gave the call up."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the carrier asks the application next."""

    url: str
    form: dict[str, str] = field(default_factory=dict)
    method: str = "POST"


class RedirectedError(Exception):
    """The application has the call leave its document and ask for another."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.url)
        self.request = request


class CarrierSide(Protocol):
    """What the interpreter needs of its carrier."""

    clock: Clock
    faults: Faults

    def fetch(self, leg: Leg, request: Request) -> Document:
        """Ask the application. Raises CallFailedError where neither it nor the fallback answers."""

    def tell(self, leg: Leg, request: Request) -> None:
        """Ask, and ignore the answer: nobody is there to hear it."""

    def keep_recording(self, leg: Leg, sound: bytes, seconds: int, source: str = "RecordVerb") -> tuple[str, str]:
        """Keep a recording; return its id and address."""

    def call_back(self, leg: Leg, kind: Kind, url: str, form: dict[str, str]) -> None:
        """Tell the application something, some time, perhaps."""

    def flush(self, leg: Leg) -> None:
        """Send the callbacks that are due."""

    def new_leg(self, parent: Leg, caller_id: str, to: str) -> Leg:
        """A call placed to an officer."""

    def phone(self, number: str) -> OfficerPhone:
        """The telephone at that number."""

    def is_busy(self, number: str) -> bool:
        """Whether the telephone at that number rings or talks: it can do one thing at a time."""

    def enter(self, leg: Leg, room: str, *, starts: bool, ends: bool, most: int) -> bool:
        """Join a call to a room; False where that is full."""

    def leave(self, leg: Leg, room: str) -> None:
        """Take a call out of its room."""

    def talk_is_over(self, leg: Leg) -> bool:
        """Whether the room in which a call waits was ended by another."""

    def time_passes(self, leg: Leg, seconds: int) -> None:
        """Those in the room of this call talk for so long."""

    def settle_rooms(self) -> None:
        """Tell the telephones what others have changed for them. Never while one of them is held."""

    def others_leave(self, leg: Leg) -> None:
        """The others in the room of this call hang up."""

    def rings_by_hand(self) -> bool:
        """Whether an officer's telephone rings that is held by hand."""

    def officer_does(self, behaviour: Behaviour) -> list[Words]:
        """Say what the officer does whose telephone rings the longest; return what that one was told."""

    def call_ended(self, leg: Leg) -> None:
        """Note the end of a caller's call and report it."""
