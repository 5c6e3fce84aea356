"""Ringing officers together for a caller who holds the line: every half second, since somebody waits.

Whoever holds the line looks every two seconds, and each look is a step that is stored: that brings the caller to the
officer whatever dies meanwhile. Who has not come by that in a few seconds is fetched by a request to the carrier."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hotline.casework import giving_way, officer_legs
from hotline.casework.giving_way import InTheWay
from hotline.casework.officer_legs import Astray, Leg, Needless
from hotline.casework.policies import VOICE
from hotline.channels.voice import VoiceCarrier, VoiceChannel
from hotline.clock import Clock
from hotline.errors import CarrierError
from hotline.worker.journal import trouble
from hotline.worker.metronome import Beat
from hotline.worker.sender import Sender
from storage.database import Store
from storage.sealing import ApplicationSecret

_SENDERS = 3  # one slow answer of the carrier does not keep the other telephones silent
_PACE_S = 0.5


class RingingCarrier(VoiceCarrier, Protocol):
    """What ringing together asks of a carrier. Trouble is a CarrierError; a call that is over is none."""

    def redirect_call(self, call_id: str, url: str, /) -> None: ...
    def end_call(self, call_id: str, /) -> None: ...


@dataclass
class RingingJobs:
    """The calls to officers. Any number of these may work on the same rows."""

    store: Store
    secret: ApplicationSecret
    carrier: RingingCarrier
    base_url: str
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)
    _sender: Sender[Leg] = field(init=False)

    def __post_init__(self) -> None:
        channels = {VOICE: VoiceChannel(self.carrier, self.base_url, "officer-leg")}
        self._sender = Sender("call to an officer", self.store, self.secret, officer_legs, channels, self.stopping)

    def beats(self) -> list[Beat]:
        """The jobs and their paces."""
        senders = [Beat(f"ring {number}", _PACE_S, self.ring) for number in range(1, _SENDERS + 1)]
        return [
            Beat("make way", _PACE_S, self.make_way),
            *senders,
            Beat("let go", 1, self.let_go),
            Beat("settle ringing", 1, self.settle),
        ]

    def make_way(self, now: datetime) -> int:
        """End the calls about reports on telephones that a caller in danger needs; tell how many."""
        with self.store.read() as connection:
            found = giving_way.in_the_way(connection, now)
        return sum(self._silence(page) for page in found)

    def _silence(self, page: InTheWay) -> bool:
        """The breath after it begins when the carrier has answered, however slow it was, not when the beat began."""
        try:
            self.carrier.end_call(page.carrier_id)
        except CarrierError as error:
            trouble("make way", str(error))
            return False
        with self.store.write() as connection:
            giving_way.gave_way(connection, page, self.clock())
        return True

    def ring(self, now: datetime) -> int:
        """Place the calls that are due; tell how many were tried."""
        return self._sender.send((VOICE,), now)

    def settle(self, now: datetime) -> int:
        """Find out about the calls that nobody knows to have been placed; tell how many are to be placed again."""
        return self._sender.settle(now)

    def let_go(self, now: datetime) -> int:
        """End the calls that have lost their purpose, and fetch callers who have gone astray; tell how many."""
        with self.store.read() as connection:
            needless = officer_legs.needless(connection, now)
            astray = officer_legs.astray(connection, now)
        return sum(self._end(leg, now) for leg in needless) + sum(self._fetch(caller, now) for caller in astray)

    def _end(self, leg: Needless, now: datetime) -> bool:
        try:
            if leg.picked_up:
                self.carrier.redirect_call(leg.carrier_id, f"{self.base_url}/voice/officer-leg/{leg.key}/spoken")
            else:
                self.carrier.end_call(leg.carrier_id)
        except CarrierError as error:
            trouble("let go", str(error))
            return False
        with self.store.write() as connection:
            officer_legs.let_go(connection, leg.id, now)
        return True

    def _fetch(self, caller: Astray, now: datetime) -> bool:
        """To the step that is awaited: whatever arrives there first is answered, the other gets the same."""
        try:
            address = f"{self.base_url}/voice/{caller.call_key}/{caller.visit}"
            self.carrier.redirect_call(caller.carrier_call_id, address)
        except CarrierError as error:
            trouble("fetch a caller", str(error))
            return False
        with self.store.write() as connection:
            officer_legs.fetched(connection, caller.ringing_id, now)
        return True
