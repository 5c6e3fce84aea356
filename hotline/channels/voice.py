"""A call to an officer's telephone; what is said in it, telephony knows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

_CLOCKS_DIFFER = timedelta(seconds=30)
_OURS = "outbound-api"  # a caller's emergency rings the same telephones; those legs are none of ours


class PlacedCall(Protocol):
    """A call as the carrier's list has it."""

    @property
    def id(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def started_at(self) -> datetime | None: ...


class Ring(Protocol):
    """A telephone to be rung: a page, or an officer's call in an emergency."""

    @property
    def key(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def line_number(self) -> str: ...
    @property
    def fired_at(self) -> datetime: ...
    @property
    def ring_s(self) -> int: ...


class VoiceCarrier(Protocol):
    """What a call needs of a carrier. Trouble is a CarrierError."""

    def create_call(self, to: str, from_: str, url: str, status_url: str, ring_s: int, /) -> str: ...
    def calls_to(self, number: str, moment: datetime, /) -> Iterator[PlacedCall]: ...


@dataclass(frozen=True)
class VoiceChannel:
    """Rings, and has the carrier ask us what to say when somebody picks up."""

    carrier: VoiceCarrier
    base_url: str
    asks: str = "follow-up"  # what is asked, as the address names it

    def send(self, ring: Ring) -> str | None:
        """Have it ring; return the carrier's id of the call."""
        asks_at = f"{self.base_url}/voice/{self.asks}/{ring.key}"
        return self.carrier.create_call(ring.address, ring.line_number, asks_at, f"{asks_at}/status", ring.ring_s)

    def sent_since(self, ring: Ring) -> Iterable[str] | None:
        """The calls that we placed to this telephone since then, the oldest first."""
        since = ring.fired_at - _CLOCKS_DIFFER
        found = [
            one
            for one in self.carrier.calls_to(ring.address, since)
            if one.direction == _OURS and (one.started_at is None or one.started_at >= since)
        ]
        return [one.id for one in sorted(found, key=lambda one: one.started_at or ring.fired_at)]
