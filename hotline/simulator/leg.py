"""One telephone on the carrier's line, and what the carrier knows of it. In memory only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hotline.simulator.faults import Kind
from hotline.simulator.poster import Answer

Side = Literal["caller", "officer"]


@dataclass(frozen=True, slots=True)
class Words:
    """Something said to a telephone: text, or a sound to be played from `audio`."""

    text: str
    language: str
    audio: str | None = None
    to: Side = "caller"
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of the carrier and the application's answer; `answer` is None where none came."""

    kind: Kind
    url: str
    form: Mapping[str, str] = field(repr=False)
    answer: Answer | None
    error: str = ""
    seconds: float = 0

    @property
    def twiml(self) -> str:
        return self.answer.body.decode("utf-8", "replace") if self.answer else ""


@dataclass(frozen=True, slots=True)
class Callback:
    """Something the carrier has still to tell about a call."""

    leg: "Leg"
    kind: Kind
    url: str
    form: Mapping[str, str] = field(repr=False)


@dataclass
class Leg:
    """A call as the carrier keeps it: `status` in the carrier's words, `elapsed` in simulated seconds."""

    call_id: str
    account_id: str
    from_: str
    to: str
    direction: Literal["inbound", "outbound-dial", "outbound-api"]
    started_at: datetime
    parent_call_id: str = ""
    status: str = "ringing"
    elapsed: float = 0
    ended_at: datetime | None = None
    requests: list[Exchange] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    soon: list[Callback] = field(default_factory=list)

    def form(self) -> dict[str, str]:
        """The fields that every request about this call carries, blank ones included, as carriers send them."""
        country = {f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip")}
        names = {"From": self.from_, "To": self.to, "Caller": self.from_, "Called": self.to}
        parent = {"ParentCallSid": self.parent_call_id} if self.parent_call_id else {}
        fixed = {
            "CallSid": self.call_id,
            "AccountSid": self.account_id,
            "CallStatus": self.status,
            "Direction": self.direction,
            "ApiVersion": "2010-04-01",
        }
        return {**fixed, **names, **country, "FromCountry": "VN", "ToCountry": "VN", **parent}

    def seconds(self, now: datetime) -> int:
        """Whole seconds so far: those that passed, or those that were simulated, whichever are more."""
        return max(round(self.elapsed), int((now - self.started_at).total_seconds()))
