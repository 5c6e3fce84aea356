"""A call to an officer's telephone; what is said in it, telephony knows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from hotline.casework.pages import Page

RING_S = 30  # short of most mailboxes
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


class VoiceCarrier(Protocol):
    """What a call needs of a carrier. Trouble is a CarrierError."""

    def create_call(self, to: str, from_: str, url: str, status_url: str, ring_s: int, /) -> str: ...
    def calls_to(self, number: str, moment: datetime, /) -> Iterator[PlacedCall]: ...


@dataclass(frozen=True)
class VoiceChannel:
    """Rings, and has the carrier ask us what to say when somebody picks up."""

    carrier: VoiceCarrier
    base_url: str

    def send(self, page: Page) -> str | None:
        """Have it ring; return the carrier's id of the call."""
        asks_at = f"{self.base_url}/voice/follow-up/{page.key}"
        return self.carrier.create_call(page.address, page.line_number, asks_at, f"{asks_at}/status", RING_S)

    def sent_since(self, page: Page) -> Iterable[str] | None:
        """The calls that we placed to this telephone since then, the oldest first."""
        since = page.fired_at - _CLOCKS_DIFFER
        found = [
            one
            for one in self.carrier.calls_to(page.address, since)
            if one.direction == _OURS and (one.started_at is None or one.started_at >= since)
        ]
        return [one.id for one in sorted(found, key=lambda one: one.started_at or page.fired_at)]
