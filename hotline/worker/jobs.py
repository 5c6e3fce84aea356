"""What there is to do at a beat, each job for itself. No scheduler in here: a test calls them one by one."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from hotline.casework import audit_checkpoints, call_back_leg, cost_guard, expiry, fetching, gaps, heartbeat, outbox
from hotline.casework.alarms import raise_alarm
from hotline.casework.audit import head_of
from hotline.casework.audit_chain import Head
from hotline.casework.leftovers import Leftovers
from hotline.casework.reconciliation import CarrierLists, Reconciler
from hotline.clock import Clock
from hotline.errors import CarrierError
from hotline.worker.journal import event, trouble
from hotline.worker.metronome import Beat
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.vault import Vault

_IN_A_ROW = 20  # pieces of work at one beat, so that the next beat's `now` is not old
_FETCHERS = 2  # one slow recording does not hold up the others
_REST = timedelta(minutes=1)  # after the carrier refused; longer where it says so
_LONGEST_REST_S = 3600
_jitter = secrets.SystemRandom().random


class Carrier(fetching.RecordingSource, outbox.Deletions, CarrierLists, Protocol):
    """All that the worker asks of a carrier."""


@dataclass
class HomeJobs:
    """What needs no carrier."""

    store: Store
    vault: Vault
    _leftovers: Leftovers = field(default_factory=Leftovers)

    def beats(self) -> list[Beat]:
        """The jobs and their paces."""
        return [
            Beat("beat", 5, self.beat),
            Beat("collect", 3600, self.collect),
            Beat("expire", 3600, self.expire),
            Beat("watch the roster", 60, self.watch_roster),
            Beat("settle call backs", 20, self.settle_call_backs),
            Beat("watch the minutes", 300, self.watch_minutes),
        ]

    def beat(self, now: datetime) -> None:
        """Say that a worker is alive."""
        with self.store.write() as connection:
            heartbeat.beat(connection, heartbeat.WORKER, now)

    def collect(self, now: datetime) -> int:
        """Remove sealed files that have belonged to no row for long; tell how many."""
        return self._leftovers.collect(self.store, self.vault, now)

    def expire(self, now: datetime) -> int:
        """Forget dead sessions and old sign-in tries; tell how many. What was wiped leaves the journal, too."""
        with self.store.write() as connection:
            forgotten = expiry.forget_expired(connection, now)
        self.store.checkpoint()
        return forgotten

    def watch_roster(self, now: datetime) -> int:
        """Raise an alarm an hour before nobody is on duty, once a gap; tell in how many units that is so."""
        with self.store.read() as connection:
            found = gaps.coming_gaps(connection, now)
        if found:
            with self.store.write() as connection:
                for unit_id, gap in found:
                    gaps.alarm_gap(connection, unit_id, gap, now)
        return len(found)

    def settle_call_backs(self, now: datetime) -> int:
        """Wipe numbers that were not dialled in time, close what the carrier tells nothing of; tell how many."""
        with self.store.read() as connection:
            stale = call_back_leg.any_stale(connection, now)
        if not stale:
            return 0
        with self.store.write() as connection:
            return call_back_leg.settle_stale(connection, now)

    def watch_minutes(self, now: datetime) -> int:
        """Warn of a day that costs more than the unit expects, once a day; tell how many units that is so in."""
        with self.store.read() as connection:
            found = cost_guard.costly_days(connection, now)
        if found:
            with self.store.write() as connection:
                for day in found:
                    cost_guard.alarm_cost(connection, day, now)
        return len(found)


@dataclass
class AuditJobs:
    """What keeps the audit from being rewritten unseen."""

    store: Store
    secret: ApplicationSecret
    _seen: Head | None = None

    def beats(self) -> list[Beat]:
        """The jobs and their paces."""
        return [Beat("checkpoint", 60, self.checkpoint)]

    def checkpoint(self, now: datetime) -> bool:
        """Vouch for the rows written since the last checkpoint; tell whether there were any.

        Where the audit is not the one that was there a minute ago, an alarm rings and nothing is vouched for."""
        with self.store.read() as connection:
            whole = self._seen is None or audit_checkpoints.holds(connection, self._seen)
            head, any_new = head_of(connection), audit_checkpoints.any_new(connection)
        if not whole:
            self._ring(now)
            return False
        self._seen = head
        if not any_new:
            return False
        return self.store.commit(lambda connection: audit_checkpoints.checkpoint(connection, self.secret, now))

    def _ring(self, now: datetime) -> None:
        with self.store.write() as connection:
            raise_alarm(connection, "audit_altered", f"{now:%Y-%m-%d}", {}, now)


@dataclass
class CarrierJobs:
    """What is asked of one carrier. Any number of these may work on the same rows."""

    store: Store
    vault: Vault
    carrier: Carrier
    carrier_name: str
    secret: ApplicationSecret
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    _resting_until: datetime | None = None

    def beats(self) -> list[Beat]:
        """The jobs and their paces."""
        fetchers = [Beat(f"fetch {number}", 2, self.fetch) for number in range(1, _FETCHERS + 1)]
        return [
            Beat("send", 2, self.send),
            *fetchers,
            Beat("sweep", 60, self.sweep),
            Beat("reconcile", 300, self.reconcile),
        ]

    def fetch(self, now: datetime) -> int:
        """Bring home the recordings that are due; tell how many were tried."""
        return self._work_off(self._fetch_next, now)

    def send(self, now: datetime) -> int:
        """Send what is due in the outbox; tell how many were tried."""
        return self._work_off(self._send_next, now)

    def sweep(self, now: datetime) -> None:
        """Give recordings to their calls, and end the calls of which nobody told that they ended."""
        self._reconciler.settle_orphans(now)
        with self._speaking_to_carrier("sweep", now):
            if not self._resting(now):
                self._reconciler.sweep(now)

    def reconcile(self, now: datetime) -> None:
        """Hold the carrier's list of the last two days against ours."""
        with self._speaking_to_carrier("reconcile", now):
            if not self._resting(now):
                found = self._reconciler.reconcile(now)
                event("reconciled", calls=found.calls, ended=found.ended, recordings=found.recordings)

    @property
    def _reconciler(self) -> Reconciler:
        return Reconciler(self.store, self.carrier_name, self.carrier, self.secret)

    def _work_off(self, do_next: Callable[[datetime], bool], now: datetime) -> int:
        done = 0
        while done < _IN_A_ROW and not self.stopping.is_set() and not self._resting(now) and do_next(now):
            done += 1
        return done

    def _fetch_next(self, now: datetime) -> bool:
        with self.store.read() as connection:
            if not fetching.any_due(connection, self.carrier_name, now):
                return False
        with self.store.write() as connection:
            awaited = fetching.claim(connection, self.carrier_name, now)
        if awaited is None:
            return False
        with self._speaking_to_carrier("fetch", now):
            self._fetch(awaited, now)
        return True

    def _fetch(self, awaited: fetching.Awaited, now: datetime) -> None:
        deadline = self.clock() + fetching.LONGEST_FETCH

        def going_on() -> bool:
            return not self.stopping.is_set() and self.clock() < deadline

        try:
            fetching.fetch(self.store, self.vault, self.carrier, awaited, going_on, now, _jitter())
        except fetching.BrokenOffError:
            trouble("fetch", "broken off")

    def _send_next(self, now: datetime) -> bool:
        with self.store.read() as connection:
            if not outbox.any_due(connection, self.carrier_name, now):
                return False
        with self.store.write() as connection:
            request = outbox.claim(connection, self.carrier_name, self.owner, now)
        if request is None:
            return False
        with self._speaking_to_carrier("send", now):
            self._send(request, now)
        return True

    def _send(self, request: outbox.Request, now: datetime) -> None:
        try:
            outbox.send(self.store, self.vault, self.carrier, request)
        except outbox.NotYetError:
            with self.store.write() as connection:
                outbox.postpone(connection, request, now)
        except outbox.DamagedCopyError:
            with self.store.write() as connection:
                outbox.fetch_anew(connection, request, now)
        except CarrierError as error:
            with self.store.write() as connection:
                outbox.put_off(connection, request, error, now, _jitter())
            raise
        else:
            with self.store.write() as connection:
                outbox.finish(connection, request, now)

    def _resting(self, now: datetime) -> bool:
        return self._resting_until is not None and now < self._resting_until

    @contextmanager
    def _speaking_to_carrier(self, job: str, now: datetime) -> Iterator[None]:
        """Take note of the carrier's troubles: leave it in peace as long as it asks, ring when it refuses."""
        try:
            yield
        except CarrierError as error:
            trouble(job, str(error))
            if error.refused:
                self._ring(now)
            if error.refused or error.retry_after is not None:
                asked_for = timedelta(seconds=min(error.retry_after or 0, _LONGEST_REST_S))
                self._resting_until = now + (asked_for or _REST)

    def _ring(self, now: datetime) -> None:
        with self.store.write() as connection:
            key = f"carrier_refuses:{self.carrier_name}:{now:%Y-%m-%d}"
            raise_alarm(connection, "carrier_refuses", key, {"carrier": self.carrier_name}, now)
