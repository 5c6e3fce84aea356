"""A worker that pages into a file and dies at random. `python -m tests.faults.paging_worker URL FILE SEED START`

Time runs ten times as fast, so that leases end soon."""

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


@dataclass
class FileChannel:
    """Whoever is paged finds it in this file; the carrier's list is the same file."""

    file: Path
    draw: random.Random

    def send(self, page: Page) -> str | None:
        self._die_perhaps()
        line = f"{page.key} {page.attempts} {','.join(map(str, page.ids))}\n"
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line.encode())
        os.close(descriptor)
        self._die_perhaps()
        return page.key

    def sent_since(self, page: Page) -> Iterable[str] | None:
        return [key for key in (line.split()[0] for line in sent(self.file)) if key == page.key]

    def _die_perhaps(self) -> None:
        if self.draw.random() < DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)


def sent(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def main(url: str, file: str, seed: str, start: str) -> None:
    """Work until somebody ends it."""
    store, channel = open_store(url), FileChannel(Path(file), random.Random(int(seed)))
    jobs = PagingJobs(store, ApplicationSecret(b"only for the tests of killed workers"), {"webhook": channel})
    while True:
        passed = time.time() - float(start)
        now = datetime.fromtimestamp(float(start), UTC) + timedelta(seconds=passed * SPEED)
        for job in (jobs.climb, jobs.page, jobs.settle):
            try:
                job(now)
            except StoreBusy:
                continue
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
