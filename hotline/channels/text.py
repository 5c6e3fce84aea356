"""A text message to an officer's telephone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from hotline.casework.page_words import text_words
from hotline.casework.pages import Page

_CLOCKS_DIFFER = timedelta(seconds=30)


class SentMessage(Protocol):
    """A message as the carrier's list has it."""

    @property
    def id(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def sent_at(self) -> datetime | None: ...


class TextCarrier(Protocol):
    """What a text message needs of a carrier. Trouble is a CarrierError."""

    def create_message(self, to: str, from_: str, body: str, status_url: str, /) -> str: ...
    def messages_to(self, number: str, moment: datetime, /) -> Iterator[SentMessage]: ...


@dataclass(frozen=True)
class TextChannel:
    """Texts by the line's own number, so that the officer can reply."""

    carrier: TextCarrier
    base_url: str

    def send(self, page: Page) -> str | None:
        """Send it; return the carrier's id of the message."""
        words = text_words(page.subjects, page.language)
        heard_at = f"{self.base_url}/sms/follow-up/{page.key}/status"
        return self.carrier.create_message(page.address, page.line_number, words, heard_at)

    def sent_since(self, page: Page) -> Iterable[str] | None:
        """The messages that we sent to this telephone since then, the oldest first."""
        since = page.fired_at - _CLOCKS_DIFFER
        found = [
            one
            for one in self.carrier.messages_to(page.address, since)
            if one.direction != "inbound" and (one.sent_at is None or one.sent_at >= since)
        ]
        return [one.id for one in sorted(found, key=lambda one: one.sent_at or page.fired_at)]
