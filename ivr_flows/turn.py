"""What travels between the engine and its caller: a Position, what was Heard, and the Turn that follows."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Position:
    """Where a call stands: plain JSON between two webhooks, all that the engine needs besides the flow."""

    node: str
    language: str
    variables: dict[str, str] = field(default_factory=dict)
    attempt: int = 1  # at this node, counted from 1; silence and wrong keys share it
    steps: int = 0  # nodes walked since the call began
    returns: tuple[str, ...] = ()  # nodes to come back to, innermost last
    failed: bool = False  # the flow's on_error path was taken; it is taken once
    ended: bool = False

    def to_json(self) -> bytes:
        return _POSITION.dump_json(self)

    @staticmethod
    def from_json(text: bytes | str) -> "Position":
        return _POSITION.validate_json(text)


_POSITION: TypeAdapter[Position] = TypeAdapter(Position)


# ---- what was heard ----


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys pressed. `finished` is the key that ended the entry, where the carrier says so."""

    keys: str
    finished: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller said and pressed nothing in time."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording ended. `seconds` is None where the carrier did not say; `key` is the key that ended it."""

    seconds: int | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Dialled:
    """The officers were rung; `answered` only if an officer accepted and was connected."""

    answered: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The application did what an Action asked: `outcome` is one of the exits, `variables` are kept."""

    outcome: str
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StillRinging:
    """Officers are being rung together, and none has taken the call yet."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Of the officers who are rung together, one has taken the call and waits for the caller."""


Heard = Keys | Silence | Recorded | Dialled | StillRinging | Taken | Done

# ---- what follows ----


@dataclass(frozen=True, slots=True)
class Speak:
    """Say one prompt. `text` is final (variables filled in), `audio` a path below catalog/audio or None.

    `slow` asks for a pause between sentences (the second time, for who did not hear the first)."""

    prompt: str
    language: str
    tag: str
    text: str
    audio: str | None = None
    slow: bool = False
    bargein: bool = True


@dataclass(frozen=True, slots=True)
class AwaitKeys:
    """Wait for keys: one in a menu (`length` 1, `finish_on` empty), several in a digit entry."""

    length: int
    timeout: int
    finish_on: str = ""


@dataclass(frozen=True, slots=True)
class AwaitRecording:
    max_seconds: int
    silence_seconds: int
    finish_on: str


@dataclass(frozen=True, slots=True)
class AwaitOfficer:
    """Ring the officers of a group. `record`: keep what is heard on the line from here on."""

    group: str
    strategy: Literal["sequential", "simultaneous", "together"]
    screen: bool
    ring_seconds: int
    whisper: Speak | None
    record: bool = False


@dataclass(frozen=True, slots=True)
class AwaitHold:
    """Officers are being rung together: look again in so many seconds. Nothing the caller does can be heard."""

    seconds: int


@dataclass(frozen=True, slots=True)
class AwaitConversation:
    """Join the caller to the officer who took the call. The application knows in which `room` that one waits."""

    room: str = ""


@dataclass(frozen=True, slots=True)
class AwaitAction:
    """Not the caller's turn: the application must act, then resume with Done. `keyed` holds secret digits."""

    do: str
    keyed: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """Hang up."""


Awaited = AwaitKeys | AwaitRecording | AwaitOfficer | AwaitHold | AwaitConversation | AwaitAction | End


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller hears next and what is then awaited. A key interrupts `speak` before AwaitKeys."""

    speak: tuple[Speak, ...]
    awaits: Awaited
    position: Position

    def after(self, earlier: tuple[Speak, ...]) -> "Turn":
        """This turn with words from before an action in front of it."""
        return Turn(earlier + self.speak, self.awaits, self.position)
