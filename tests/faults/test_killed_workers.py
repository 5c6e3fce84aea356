"""Workers are killed while they page, or ring officers for somebody in danger: nothing that was planned is missing,
and nothing is claimed by two at once.

`make faults` prints a line of the crash table for each store, number of workers and carrier."""

import itertools
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.casework import follow_ups, ringings
from hotline.casework.roster import OnDuty
from ivr_flows.turn import AwaitOfficer, Position
from storage.database import Store
from storage.tables import officer_legs, pages, units
from tests import cast
from tests.faults.paging_worker import DIED, SENT, SPEED, noted
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
    """How many workers send how many pages, or calls to officers; whether the carrier can be asked what went out."""

    workers: int
    planned: int
    carrier: str
    queue: str = "pages"


TRIALS = {
    "short": Trial(4, 80, "asked"),
    "silent": Trial(4, 80, "silent"),
    "many": Trial(12, 200, "asked"),
    "many-silent": Trial(12, 200, "silent"),
    "emergency": Trial(4, 60, "asked", "legs"),
    "many-emergency": Trial(12, 120, "asked", "legs"),
    "many-emergency-silent": Trial(12, 120, "silent", "legs"),
}
SHORT = "short"
ROWS = {"pages": pages, "legs": officer_legs}


@dataclass(frozen=True)
class Crashes:
    """A line of the crash table: counts of pages or calls, by what became of them."""

    planned: int
    killed: int
    missing: int
    claimed_twice: int
    sent_twice: int
    unexplained: int  # of those sent twice: where nobody had died over the sending before

    def line(self, store: Store, trial: Trial) -> str:
        return (
            f"{store.dialect}, {trial.workers} workers, carrier {trial.carrier}: {self.killed} killed; "
            f"{self.planned} {trial.queue} planned, {self.missing} missing, {self.claimed_twice} attempts made by two, "
            f"{self.sent_twice} sent twice, of these {self.unexplained} without a crash over them"
        )


@pytest.mark.faults
@pytest.mark.timeout(PATIENCE_S + 60)
@pytest.mark.parametrize("name", TRIALS)
def test_no_page_is_lost_and_none_is_claimed_twice(
    store: Store,
    database_url: str,
    tmp_path: Path,
    name: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial = TRIALS[name]
    if name != SHORT and not request.config.getoption("--long"):
        pytest.skip("a long form: make faults")
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)
    _WAITS[trial.queue](store, trial.planned)
    file = tmp_path / "noted"
    first_seed = random.SystemRandom().randrange(10**6) if request.config.getoption("--long") else 1
    killed = _page(store, trial, [database_url, str(file)], first_seed)
    crashes = _crashes(store, trial, file, killed)
    print(crashes.line(store, trial))
    assert crashes.planned == trial.planned, "everything was planned, and only once"
    assert (crashes.missing, crashes.claimed_twice, crashes.unexplained) == (0, 0, 0)
    if trial.carrier == "asked":
        assert crashes.sent_twice == 0, "the carrier was asked before anything was sent again"


def _page(store: Store, trial: Trial, where: list[str], first_seed: int) -> int:
    """Let the workers page until all is sent, another one for each that dies; return how many died."""
    seeds, start, killed = itertools.count(first_seed), time.time(), 0
    workers: list[subprocess.Popen[bytes]] = []
    try:
        while not _all_sent(store, trial) and time.time() < start + PATIENCE_S:
            killed += sum(worker.poll() is not None for worker in workers)
            workers = [worker for worker in workers if worker.poll() is None]
            while len(workers) < trial.workers:
                workers.append(_worker([*where, str(next(seeds)), str(start), trial.queue, trial.carrier]))
            time.sleep(0.1)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    return killed


def _worker(arguments: list[str]) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-m", "tests.faults.paging_worker", *arguments], cwd=root)


def _reports_wait(store: Store, planned: int) -> None:
    commune = station.station(store, "suoi-da", "Suối Đá", cast.THE_LINE, ())
    now = datetime.now(UTC)  # noqa: TID251 - the workers live in the present
    with store.write() as connection:
        connection.execute(update(units).values(follow_ups=POLICY))
        for number in range(planned // GROUPS):
            report_id = station.report(connection, commune, f"R-2026-{number + 1:04d}", None)
            follow_ups.open_for(connection, report_id, now)


def _somebody_is_in_danger(store: Store, planned: int) -> None:
    """A caller pressed 9, and a whole district's officers are on duty."""
    commune = station.station(store, "suoi-da", "Suối Đá", cast.THE_LINE, ())
    now = datetime.now(UTC)  # noqa: TID251 - the workers live in the present
    asked = AwaitOfficer("duty", "together", screen=True, ring_seconds=PATIENCE_S * SPEED, whisper=None)
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA9", ended_at=None, started_at=now)
        called = (replace(cast.HANH, login=f"officer-{number}") for number in range(planned))
        on_duty = [OnDuty(station.hire(connection, commune.unit_id, one), one.number) for one in called]
        position = Position("emergency", "vi", {"emergency": "yes"})
        ringings.plan(asked, on_duty, call_id, 3, position, {}, now)(connection)


_WAITS = {"pages": _reports_wait, "legs": _somebody_is_in_danger}


def _all_sent(store: Store, trial: Trial) -> bool:
    with store.read() as connection:
        states = Counter(connection.scalars(select(ROWS[trial.queue].c.state)))
    return states == {"sent": trial.planned}


def _crashes(store: Store, trial: Trial, file: Path, killed: int) -> Crashes:
    rows = ROWS[trial.queue]
    with store.read() as connection:
        planned = {row.key: row.state for row in connection.execute(select(rows.c.key, rows.c.state))}
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
