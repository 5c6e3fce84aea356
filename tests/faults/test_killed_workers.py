"""Workers are killed while they page: no page that was planned is missing, and none is claimed by two at once."""

import itertools
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.casework import follow_ups
from storage.database import Store
from storage.tables import pages, units
from tests import cast
from tests.faults.paging_worker import sent
from tests.hotline import station

REPORTS, GROUPS, WORKERS = 40, 2, 4
PATIENCE_S = 90
POLICY = {
    "normal": {
        "steps": [{"to": ["duty", "command"], "by": ["webhook"]}],
        "again_minutes": 1440,
        "quiet": False,
    }
}


@pytest.mark.faults
def test_no_page_is_lost_and_none_is_claimed_twice(store: Store, database_url: str, tmp_path: Path) -> None:
    _reports_wait(store)
    file, seeds = tmp_path / "sent", itertools.count(1)
    arguments = [sys.executable, "-m", "tests.faults.paging_worker", database_url, str(file)]
    root, start, killed = Path(__file__).parents[2], str(time.time()), 0
    workers: list[subprocess.Popen[bytes]] = []
    try:
        while not _all_sent(store) and time.time() < float(start) + PATIENCE_S:
            killed += sum(worker.poll() is not None for worker in workers)
            workers = [worker for worker in workers if worker.poll() is None]
            while len(workers) < WORKERS:
                workers.append(subprocess.Popen([*arguments, str(next(seeds)), start], cwd=root))
            time.sleep(0.1)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    _check(store, sent(file), killed)


def _reports_wait(store: Store) -> None:
    commune = station.station(store, "suoi-da", "Suối Đá", cast.THE_LINE, ())
    now = datetime.now(UTC)  # noqa: TID251 - the workers live in the present
    with store.write() as connection:
        connection.execute(update(units).values(follow_ups=POLICY))
        for number in range(REPORTS):
            report_id = station.report(connection, commune, f"R-2026-{number + 1:04d}", None)
            follow_ups.open_for(connection, report_id, now)


def _all_sent(store: Store) -> bool:
    with store.read() as connection:
        states = Counter(connection.scalars(select(pages.c.state)))
    return states == {"sent": REPORTS * GROUPS}


def _check(store: Store, lines: list[str], killed: int) -> None:
    with store.read() as connection:
        planned = connection.execute(select(pages.c.key, pages.c.attempts, pages.c.state)).all()
    assert len(planned) == REPORTS * GROUPS, "every page of every report was planned, and only once"
    assert {row.state for row in planned} == {"sent"}
    tried = Counter(tuple(line.split()[:2]) for line in lines)
    assert max(tried.values()) == 1, "no attempt was made by two"
    times = Counter(line.split()[0] for line in lines)
    assert set(times) == {row.key for row in planned}, "every page went out"
    twice = [key for key, count in times.items() if count > 1]
    assert twice == [], "the carrier was asked before anything was sent again"
    print(f"{store.dialect}: {len(planned)} pages, {killed} workers killed, {len(twice)} sent twice")
