"""Climbing and paging at a beat: which follow-ups are due, which pages go out, and which nobody knows about."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from hotline.casework import follow_ups, pages
from hotline.casework.pages import Channel, Page
from hotline.channels.mail import MailChannel
from hotline.channels.text import TextCarrier, TextChannel
from hotline.channels.voice import VoiceCarrier, VoiceChannel
from hotline.channels.webhook import WebhookChannel
from hotline.settings import Settings
from hotline.worker.metronome import Beat
from hotline.worker.sender import Sender
from storage.database import Store
from storage.sealing import ApplicationSecret

_IN_A_ROW = 20  # at one beat, so that the next beat's `now` is not old
_SENDERS = 2  # of each kind: one slow answer does not hold up the others
_BY_CARRIER = frozenset({"voice", "text"})


class PagingCarrier(TextCarrier, VoiceCarrier, Protocol):
    """What paging asks of a carrier."""


@dataclass
class PagingJobs:
    """The clock on every report. Any number of these may work on the same rows."""

    store: Store
    secret: ApplicationSecret
    channels: Mapping[str, Channel]
    stopping: threading.Event = field(default_factory=threading.Event)
    _sender: Sender[Page] = field(init=False)

    def __post_init__(self) -> None:
        self._sender = Sender("page", self.store, self.secret, pages, self.channels, self.stopping)

    def beats(self) -> list[Beat]:
        """The jobs and their paces. A mail server that hangs must not keep a telephone from ringing."""
        by_carrier, elsewhere = _BY_CARRIER & self.channels.keys(), self.channels.keys() - _BY_CARRIER
        senders = [
            Beat(f"page {number} {kind}", 1, partial(self.page_by, channels))
            for kind, channels in (("officers", by_carrier), ("groups", elsewhere))
            for number in range(1, _SENDERS + 1)
            if channels
        ]
        return [Beat("climb", 1, self.climb), *senders, Beat("settle pages", 5, self.settle)]

    def climb(self, now: datetime) -> int:
        """Stop the clocks of what was taken, and take the steps that are due; tell how many."""
        with self.store.read() as connection:
            answered = follow_ups.any_answered(connection)
        if answered:
            with self.store.write() as connection:
                follow_ups.settle_answered(connection, now)
        done = 0
        while done < _IN_A_ROW and not self.stopping.is_set() and self._climb_next(now):
            done += 1
        return done

    def _climb_next(self, now: datetime) -> bool:
        with self.store.read() as connection:
            if not follow_ups.any_due(connection, now):
                return False
        try:
            with self.store.write() as connection:
                return follow_ups.climb(connection, frozenset(self.channels), self.secret, now)
        except follow_ups.OvertakenError:
            return True

    def page(self, now: datetime) -> int:
        """Send what is due on every channel; tell how many messages were tried."""
        return self._sender.send(self.channels.keys(), now)

    def page_by(self, channels: Iterable[str], now: datetime) -> int:
        """Send what is due on these channels; tell how many messages were tried."""
        return self._sender.send(channels, now)

    def settle(self, now: datetime) -> int:
        """Find out about the pages that nobody knows of; tell how many are to be sent again."""
        return self._sender.settle(now)


def channels_of(settings: Settings, carrier: PagingCarrier | None) -> dict[str, Channel]:
    """The ways that are set up here."""
    base_url = settings.hotline_public_url
    found: dict[str, Channel] = {}
    if carrier is not None:
        found |= {"voice": VoiceChannel(carrier, base_url), "text": TextChannel(carrier, base_url)}
    if (mail := mail_of(settings)) is not None:
        found["mail"] = mail
    if settings.hotline_webhook_url:
        secret = settings.hotline_webhook_secret.get_secret_value().encode()
        found["webhook"] = WebhookChannel(settings.hotline_webhook_url, secret, base_url)
    return found


def mail_of(settings: Settings) -> MailChannel | None:
    """The mail server that is set up here."""
    if not settings.hotline_smtp_host:
        return None
    return MailChannel(
        host=settings.hotline_smtp_host,
        port=settings.hotline_smtp_port,
        security=settings.hotline_smtp_security,
        user=settings.hotline_smtp_user,
        password=settings.hotline_smtp_password.get_secret_value(),
        sender=settings.hotline_smtp_from,
        console_url=settings.hotline_public_url,
    )
