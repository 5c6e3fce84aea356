"""A worker that pages into a file and dies at random.

`python -m tests.faults.paging_worker URL FILE SEED START asked|silent`; `silent`: nobody can be asked what went out, as
it is with a webhook. Time runs ten times as fast, so that leases end soon."""

import os
import random
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotline.casework.pages import Page
from hotline.worker.paging import PagingJobs
from storage.database import StoreBusy, open_store
from storage.sealing import ApplicationSecret

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

    def send(self, page: Page) -> str | None:
        self._die_perhaps(page)
        self._note(SENT, page)
        self._die_perhaps(page)
        return page.key

    def sent_since(self, page: Page) -> Iterable[str] | None:
        if not self.can_be_asked:
            return None
        return [page.key for key, _ in noted(self.file, SENT) if key == page.key]

    def _die_perhaps(self, page: Page) -> None:
        if self.draw.random() < DEADLY:
            self._note(DIED, page)
            os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, what: str, page: Page) -> None:
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{what} {page.key} {page.attempts}\n".encode())
        os.close(descriptor)


def noted(file: Path, what: str) -> list[tuple[str, int]]:
    """The key and the attempt of each page that was sent, or over which a worker died; in that order."""
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return [(key, int(attempt)) for kind, key, attempt in lines if kind == what]


def main(url: str, file: str, seed: str, start: str, carrier: str) -> None:
    """Work until somebody ends it."""
    channel = FileChannel(Path(file), random.Random(int(seed)), carrier == "asked")
    store = open_store(url)
    jobs = PagingJobs(store, ApplicationSecret(b"only for the tests of killed workers"), {"webhook": channel})
    while True:
        passed = time.time() - float(start)
        now = datetime.fromtimestamp(float(start), UTC) + timedelta(seconds=passed * SPEED)
        done = 0
        for job in (jobs.climb, jobs.page, jobs.settle):
            try:
                done += job(now)
            except StoreBusy:
                continue
        time.sleep(0.02 if done else 0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
