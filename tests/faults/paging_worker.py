"""A worker that pages, or rings officers for somebody in danger, into a file, and dies at random.

`python -m tests.faults.paging_worker URL FILE SEED START pages|legs asked|silent`; `silent`: nobody can be asked what
went out, as it is with a webhook. Time runs ten times as fast, so that leases end soon."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from hotline.casework import officer_legs
from hotline.casework.officer_legs import Leg
from hotline.casework.policies import VOICE
from hotline.casework.sending import Claimed
from hotline.worker.paging import PagingJobs
from hotline.worker.sender import Sender
from storage.database import Store, StoreBusy, open_store
from tests.hotline import station

SPEED = 10
DEADLY = 0.06  # of all sendings, before as well as after
SENT, DIED = "sent", "died"


@dataclass
class FileChannel:
    """Whoever is paged finds it in this file; the carrier's list is the same file, where it can be asked.

    A worker that dies in mid-work says so first: what it was sending, nobody knows any more."""

    file: Path
    draw: random.Random
    can_be_asked: bool

    def send(self, item: Claimed) -> str | None:
        self._die_perhaps(item)
        self._note(SENT, item)
        self._die_perhaps(item)
        return item.key

    def sent_since(self, item: Claimed) -> Iterable[str] | None:
        if not self.can_be_asked:
            return None
        return [item.key for key, _ in noted(self.file, SENT) if key == item.key]

    def _die_perhaps(self, item: Claimed) -> None:
        if self.draw.random() < DEADLY:
            self._note(DIED, item)
            os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, what: str, item: Claimed) -> None:
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{what} {item.key} {item.attempts}\n".encode())
        os.close(descriptor)


def noted(file: Path, what: str) -> list[tuple[str, int]]:
    """The key and the attempt of each page that was sent, or over which a worker died; in that order."""
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return [(key, int(attempt)) for kind, key, attempt in lines if kind == what]


def _jobs(queue: str, store: Store, channel: FileChannel) -> list[Callable[[datetime], int]]:
    if queue == "pages":
        paging = PagingJobs(store, station.SECRET, {"webhook": channel})
        return [paging.climb, paging.page, paging.settle]
    sender: Sender[Leg] = Sender("call to an officer", store, station.SECRET, officer_legs, {VOICE: channel})
    return [partial(sender.send, (VOICE,)), sender.settle]


def main(url: str, file: str, seed: str, start: str, queue: str, carrier: str) -> None:
    """Work until somebody ends it."""
    jobs = _jobs(queue, open_store(url), FileChannel(Path(file), random.Random(int(seed)), carrier == "asked"))
    while True:
        passed = time.time() - float(start)
        now = datetime.fromtimestamp(float(start), UTC) + timedelta(seconds=passed * SPEED)
        done = 0
        for job in jobs:
            try:
                done += job(now)
            except StoreBusy:
                continue
        time.sleep(0.02 if done else 0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
