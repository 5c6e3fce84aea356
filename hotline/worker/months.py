"""What is done once a month, and what keeps the counting cheap. Any number of workers may ask at once."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from hotline.casework import letters
from hotline.casework.letters import Post
from hotline.casework.statistics import closings, day_counts, province_issuing, province_looks, repeat_callers
from hotline.errors import CarrierError
from hotline.worker.journal import trouble
from hotline.worker.metronome import Beat
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import units

_IN_A_ROW = 20  # at one beat, so that the next beat's `now` is not old
_TABLES_IN_A_ROW, _LOOKS_IN_A_ROW = 6, 12  # a second and a fifth of one each, where communes are many
_jitter = secrets.SystemRandom().random


@dataclass
class MonthJobs:
    """The days counted, the month drafted, its letter sent, its key destroyed, the province's table issued.

    `post`: None where no mail is set up."""

    store: Store
    secret: ApplicationSecret
    console: str
    post: Post | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))

    def beats(self) -> list[Beat]:
        """The jobs and their paces."""
        return [
            Beat("count the days", 60, self.count_days),
            Beat("draft the month", 300, self.draft),
            Beat("issue the provinces' tables", 60, self.issue_provinces),
            Beat("look at issued tables", 300, self.look_at_issues),
            Beat("forget the month's callers", 3600, self.forget_callers),
            *([Beat("send letters", 30, self.send_letters)] if self.post else []),
            Beat("drop stale letters", 3600, self.drop_stale_letters),
        ]

    def count_days(self, now: datetime) -> int:
        """Count the months that nobody has counted by day yet, each in a transaction of its own; tell how many."""
        with self.store.read() as connection:
            unit_ids = list(connection.scalars(select(units.c.id).order_by(units.c.id)))
            found = [
                (unit_id, month) for unit_id in unit_ids for month in day_counts.uncounted(connection, unit_id, now)
            ]
        for done, (unit_id, month) in enumerate(found[:_IN_A_ROW]):
            if self.stopping.is_set():
                return done
            with self.store.write() as connection:
                day_counts.recount(connection, unit_id, month, now)
        return min(len(found), _IN_A_ROW)

    def draft(self, now: datetime) -> int:
        """Draft the month that is over, once a unit; tell how many were drafted here."""
        with self.store.read() as connection:
            waiting = closings.months_to_draft(connection, now)
        done, console = 0, self.console if self.post else None
        for unit_id, month in waiting:
            with self.store.write() as connection:
                done += closings.draft(connection, unit_id, month, console, now)
        return done

    def issue_provinces(self, now: datetime) -> int:
        """Issue the tables of superior units that nobody has issued yet, a few at a beat; tell how many were here."""
        with self.store.read() as connection:
            waiting = province_issuing.months_to_issue(connection, now)
        done = 0
        for unit_id, month in waiting[:_TABLES_IN_A_ROW]:
            if self.stopping.is_set():
                break
            done += province_issuing.issue_first(self.store, self.secret, unit_id, month, now)
        return done

    def look_at_issues(self, now: datetime) -> int:
        """Find out whether the figures under issued tables have changed; tell of how many that is so."""
        with self.store.read() as connection:
            waiting = province_looks.issues_to_look_at(connection, now, _LOOKS_IN_A_ROW)
        done = 0
        for unit_id, month in waiting:
            if self.stopping.is_set():
                break
            done += province_looks.look_again(self.store, self.secret, unit_id, month, now)
        return done

    def forget_callers(self, now: datetime) -> int:
        """Count the repeat callers of the months that are over and destroy their keys; tell how many.

        What was wiped leaves the journal, too."""
        with self.store.read() as connection:
            waiting = repeat_callers.due(connection, now)
        done = 0
        for unit_id, month in waiting:
            with self.store.write() as connection:
                done += repeat_callers.settle(connection, unit_id, month, now)
        if done:
            self.store.checkpoint()
        return done

    def send_letters(self, now: datetime) -> int:
        """Send the letters that are due; tell how many were tried."""
        done = 0
        while done < _IN_A_ROW and not self.stopping.is_set() and self._send_next(now):
            done += 1
        return done

    def drop_stale_letters(self, now: datetime) -> int:
        """Give up the letters that nobody could send for long; tell how many."""
        with self.store.write() as connection:
            return letters.drop_stale(connection, now)

    def _send_next(self, now: datetime) -> bool:
        if self.post is None:
            return False
        with self.store.read() as connection:
            if not letters.any_due(connection, now):
                return False
        with self.store.write() as connection:
            claimed = letters.claim(connection, self.owner, now)
        if claimed is None:
            return False
        try:
            self.post.post(claimed.letter)
        except CarrierError as error:
            trouble("send letters", str(error))
            with self.store.write() as connection:
                letters.put_off(connection, claimed, error, now, _jitter())
        else:
            with self.store.write() as connection:
                letters.finish(connection, claimed)
        return True
