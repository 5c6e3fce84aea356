"""The telephones of officers: what happens when the carrier rings one."""

from dataclasses import dataclass, field
from enum import Enum


class Behaviour(Enum):
    ANSWERS = "answers"  # picks up and presses `keys`
    RINGS = "rings"  # nobody picks up
    BUSY = "busy"
    VOICEMAIL = "voicemail"  # a machine picks up and presses nothing
    REFUSES = "refuses"  # picks up and presses 2
    UNREACHABLE = "unreachable"
    CALLER_GIVES_UP = "caller gives up"  # the caller hangs up while it rings
    BY_HAND = "by hand"  # whoever holds the handset decides


@dataclass(frozen=True, slots=True)
class Ring:
    """One time that the telephone rang."""

    call_id: str
    caller_shown: str


@dataclass
class OfficerPhone:
    """A telephone with a habit. `rings`, `whispers` and `texts` tell afterwards what it went through."""

    behaviour: Behaviour = Behaviour.RINGS
    keys: str = ""
    talk_seconds: int = 60
    rings: list[Ring] = field(default_factory=list)
    whispers: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    bridged: int = 0

    def answers_and_presses(self, keys: str, talk_seconds: int = 60) -> "OfficerPhone":
        return self._from_now_on(Behaviour.ANSWERS, keys, talk_seconds)

    def lets_it_ring(self) -> "OfficerPhone":
        return self._from_now_on(Behaviour.RINGS)

    def busy(self) -> "OfficerPhone":
        return self._from_now_on(Behaviour.BUSY)

    def voicemail(self) -> "OfficerPhone":
        return self._from_now_on(Behaviour.VOICEMAIL)

    def refuses(self) -> "OfficerPhone":
        return self._from_now_on(Behaviour.REFUSES, "2")

    def unreachable(self) -> "OfficerPhone":
        return self._from_now_on(Behaviour.UNREACHABLE)

    def rings_until_the_caller_gives_up(self) -> "OfficerPhone":
        return self._from_now_on(Behaviour.CALLER_GIVES_UP)

    def by_hand(self) -> "OfficerPhone":
        return self._from_now_on(Behaviour.BY_HAND)

    def _from_now_on(self, behaviour: Behaviour, keys: str = "", talk_seconds: int = 60) -> "OfficerPhone":
        self.behaviour, self.keys, self.talk_seconds = behaviour, keys, talk_seconds
        return self
