"""Workers are killed while they page: no page that was planned is missing, and none is claimed by two at once.

`make faults` prints a line of the crash table for each store, number of workers and carrier."""

import itertools
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.casework import follow_ups
from storage.database import Store
from storage.tables import pages, units
from tests import cast
from tests.faults.paging_worker import DIED, SENT, noted
from tests.hotline import station

GROUPS = 2
PATIENCE_S = 240
POLICY = {
    "normal": {
        "steps": [{"to": ["duty", "command"], "by": ["webhook"]}],
        "again_minutes": 1440,
        "quiet": False,
    }
}


@dataclass(frozen=True)
class Trial:
    """How many workers page for how many reports; whether the carrier can be asked what went out."""

    workers: int
    reports: int
    carrier: str


SHORT = Trial(4, 40, "asked")
TRIALS = {
    "short": SHORT,
    "silent": Trial(4, 40, "silent"),
    "many": Trial(12, 100, "asked"),
    "many-silent": Trial(12, 100, "silent"),
}


@dataclass(frozen=True)
class Crashes:
    """A line of the crash table: counts of pages, by what became of them."""

    planned: int
    killed: int
    missing: int
    claimed_twice: int
    sent_twice: int
    unexplained: int  # of those sent twice: where nobody had died over the sending before

    def line(self, store: Store, trial: Trial) -> str:
        return (
            f"{store.dialect}, {trial.workers} workers, carrier {trial.carrier}: {self.killed} killed; "
            f"{self.planned} pages planned, {self.missing} missing, {self.claimed_twice} attempts made by two, "
            f"{self.sent_twice} sent twice, of these {self.unexplained} without a crash over them"
        )


@pytest.mark.faults
@pytest.mark.timeout(PATIENCE_S + 60)
@pytest.mark.parametrize("name", TRIALS)
def test_no_page_is_lost_and_none_is_claimed_twice(
    store: Store, database_url: str, tmp_path: Path, name: str, request: pytest.FixtureRequest
) -> None:
    trial = TRIALS[name]
    if trial is not SHORT and not request.config.getoption("--long"):
        pytest.skip("a long form: make faults")
    _reports_wait(store, trial.reports)
    file = tmp_path / "noted"
    first_seed = random.SystemRandom().randrange(10**6) if request.config.getoption("--long") else 1
    killed = _page(store, trial, [database_url, str(file)], first_seed)
    crashes = _crashes(store, file, killed)
    print(crashes.line(store, trial))
    assert crashes.planned == trial.reports * GROUPS, "every page of every report was planned, and only once"
    assert (crashes.missing, crashes.claimed_twice, crashes.unexplained) == (0, 0, 0)
    if trial.carrier == "asked":
        assert crashes.sent_twice == 0, "the carrier was asked before anything was sent again"


def _page(store: Store, trial: Trial, where: list[str], first_seed: int) -> int:
    """Let the workers page until all is sent, another one for each that dies; return how many died."""
    seeds, start, killed = itertools.count(first_seed), time.time(), 0
    workers: list[subprocess.Popen[bytes]] = []
    try:
        while not _all_sent(store, trial.reports) and time.time() < start + PATIENCE_S:
            killed += sum(worker.poll() is not None for worker in workers)
            workers = [worker for worker in workers if worker.poll() is None]
            while len(workers) < trial.workers:
                workers.append(_worker([*where, str(next(seeds)), str(start), trial.carrier]))
            time.sleep(0.1)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    return killed


def _worker(arguments: list[str]) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-m", "tests.faults.paging_worker", *arguments], cwd=root)


def _reports_wait(store: Store, how_many: int) -> None:
    commune = station.station(store, "suoi-da", "Suối Đá", cast.THE_LINE, ())
    now = datetime.now(UTC)  # noqa: TID251 - the workers live in the present
    with store.write() as connection:
        connection.execute(update(units).values(follow_ups=POLICY))
        for number in range(how_many):
            report_id = station.report(connection, commune, f"R-2026-{number + 1:04d}", None)
            follow_ups.open_for(connection, report_id, now)


def _all_sent(store: Store, reports: int) -> bool:
    with store.read() as connection:
        states = Counter(connection.scalars(select(pages.c.state)))
    return states == {"sent": reports * GROUPS}


def _crashes(store: Store, file: Path, killed: int) -> Crashes:
    with store.read() as connection:
        planned = {row.key: row.state for row in connection.execute(select(pages.c.key, pages.c.state))}
    sent, died = noted(file, SENT), set(noted(file, DIED))
    attempts = Counter(sent)
    of_key = {key: sorted(attempt for one, attempt in attempts if one == key) for key in planned}
    twice = {key: tries for key, tries in of_key.items() if sum(attempts[key, one] for one in tries) > 1}
    return Crashes(
        planned=len(planned),
        killed=killed,
        missing=sum(not tries or planned[key] != "sent" for key, tries in of_key.items()),
        claimed_twice=sum(count > 1 for count in attempts.values()),
        sent_twice=len(twice),
        unexplained=sum(any((key, one) not in died for one in tries[:-1]) for key, tries in twice.items()),
    )
