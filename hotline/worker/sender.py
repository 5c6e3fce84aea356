"""Sending what waits in a queue of rows: claimed, sent and finished in three transactions. For whatever goes out."""

import secrets
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from hotline.casework.sending import Claimed
from hotline.errors import CarrierError
from hotline.worker.journal import trouble
from storage.database import Store
from storage.sealing import ApplicationSecret

_IN_A_ROW = 20  # at one beat, so that the next beat's `now` is not old
_jitter = secrets.SystemRandom().random


class ByChannel(Claimed, Protocol):
    """Something claimed that goes out by a channel."""

    @property
    def channel(self) -> str: ...


Item = TypeVar("Item", bound=ByChannel)
Wanted = TypeVar("Wanted", contravariant=True)


class Channel(Protocol[Wanted]):
    """A way out. Trouble is a CarrierError; `outcome_unknown` where it may have gone out all the same."""

    def send(self, item: Wanted, /) -> str | None: ...
    def sent_since(self, item: Wanted, /) -> Iterable[str] | None: ...


class Queue(Protocol[Item]):
    """The rows that wait, as `casework.pages` and `casework.officer_legs` are."""

    def any_due(self, connection: Connection, channels: Collection[str], now: datetime, /) -> bool: ...
    def claim(
        self, connection: Connection, channels: Collection[str], owner: str, secret: ApplicationSecret, now: datetime, /
    ) -> Item | None: ...
    def finish(self, connection: Connection, claimed: Item, carrier_id: str | None, now: datetime, /) -> None: ...
    def put_off(
        self, connection: Connection, claimed: Item, error: CarrierError, now: datetime, jitter: float, /
    ) -> None: ...
    def any_abandoned(self, connection: Connection, now: datetime, /) -> bool: ...
    def notice_abandoned(self, connection: Connection, now: datetime, /) -> None: ...
    def unknown(
        self, connection: Connection, channels: Collection[str], secret: ApplicationSecret, now: datetime, /
    ) -> list[Item]: ...
    def settle_unknown(self, connection: Connection, claimed: Item, found: Iterable[str], now: datetime, /) -> bool: ...


@dataclass
class Sender(Generic[Item]):
    """Works one queue off. Any number of these may work on the same rows."""

    name: str
    store: Store
    secret: ApplicationSecret
    queue: Queue[Item]
    channels: Mapping[str, Channel[Item]]
    stopping: threading.Event = field(default_factory=threading.Event)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))

    def send(self, channels: Iterable[str], now: datetime) -> int:
        """Send what is due on these channels; tell how many were tried."""
        wanted, done = frozenset(channels), 0
        while done < _IN_A_ROW and not self.stopping.is_set() and self._send_next(wanted, now):
            done += 1
        return done

    def _send_next(self, channels: frozenset[str], now: datetime) -> bool:
        with self.store.read() as connection:
            if not self.queue.any_due(connection, channels, now):
                return False
        with self.store.write() as connection:
            item = self.queue.claim(connection, channels, self.owner, self.secret, now)
        if item is None:
            return False
        self._send(item, now)
        return True

    def _send(self, item: Item, now: datetime) -> None:
        try:
            carrier_id = self.channels[item.channel].send(item)
        except CarrierError as error:
            trouble(f"{self.name} by {item.channel}", str(error))
            with self.store.write() as connection:
                self.queue.put_off(connection, item, error, now, _jitter())
        else:
            with self.store.write() as connection:
                self.queue.finish(connection, item, carrier_id, now)

    def settle(self, now: datetime) -> int:
        """Find out about what nobody knows to have gone out; tell how many are to be sent again."""
        with self.store.read() as connection:
            abandoned = self.queue.any_abandoned(connection, now)
        if abandoned:
            with self.store.write() as connection:
                self.queue.notice_abandoned(connection, now)
        with self.store.read() as connection:
            unknown = self.queue.unknown(connection, self.channels.keys(), self.secret, now)
        return sum(self._sent_again(item, now) for item in unknown)

    def _sent_again(self, item: Item, now: datetime) -> bool:
        try:
            found = self.channels[item.channel].sent_since(item)
        except CarrierError as error:
            trouble(f"ask about a {self.name} by {item.channel}", str(error))
            return False
        with self.store.write() as connection:
            return not self.queue.settle_unknown(connection, item, found or (), now)
