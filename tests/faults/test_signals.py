"""Told to stop, impatiently: many signals at once end it as cleanly as one."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.processes import alive, installation

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def test_a_burst_of_signals_ends_it_and_leaves_no_process_behind(tmp_path: Path) -> None:
    with installation(tmp_path) as (home, _):
        if home.process is None:
            home.start()
        assert home.process is not None
        below = [pid for pid in (home.web(), home.worker()) if pid is not None]
        for _number in range(3000):
            for each in (signal.SIGTERM, signal.SIGINT):
                with suppress(ProcessLookupError):
                    os.kill(home.process.pid, each)
        home.process.wait(30)
        assert not [pid for pid in below if alive(pid)]


def test_a_worker_that_was_started_again_leaves_with_its_parent(tmp_path: Path) -> None:
    with installation(tmp_path) as (home, _):
        home.kill("worker")
        second = home.worker()
        assert second is not None
        home.kill("parent")
        assert not alive(second)
        home.kill("worker")
        third = home.worker()
        assert home.process is not None
        assert third is not None
        home.process.terminate()
        home.process.wait(30)
        assert not alive(third)
