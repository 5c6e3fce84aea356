"""The worker as a process of its own: it begins, ends when it is told to, and is killed without loss."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.database import Store
from storage.tables import heartbeats, outbox, recordings
from tests.hotline.worker.loopback import LoopbackCarrier
from tests.hotline.worker.scene import Scene, commune, wav

_RUN = "import logging; logging.basicConfig(level='INFO'); " + (
    "from hotline.worker import run; from hotline.settings import load_settings; run(load_settings())"
)
_SECRET = "only for the tests of this process, 32 bytes and more"
_HANGS_S = 60  # no promise: who takes so long, hangs
_REPOSITORY = Path(__file__).parents[3]


@contextmanager
def _process(folder: Path, database_url: str, carrier_url: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "PYTHONPATH": str(_REPOSITORY),
        "HOTLINE_DATABASE_URL": database_url,
        "HOTLINE_RECORDINGS_URL": folder.as_uri(),
        "HOTLINE_SECRET_KEY": _SECRET,
        "HOTLINE_CARRIER": "local",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "a token",
        "TWILIO_API_URL": carrier_url,
    }
    worker = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", _RUN], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()
        assert worker.stdout is not None
        worker.stdout.close()


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for another process, at most `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def _all_deleted_at_the_carrier(scene: Scene) -> bool:
    return all(row["removed_at_carrier"] is not None for row in scene.rows(recordings))


def _events(output: bytes) -> list[str]:
    """What the worker has said happened, in order."""
    return re.findall(r'"event": "([^"]+)"', output.decode())


@pytest.fixture
def scene(store: Store, tmp_path: Path) -> Scene:
    """A call of now, for these processes ask the real clock."""
    found = commune(store, tmp_path / "recordings")
    found.has_call("C1")
    return found


def test_the_worker_works_and_ends_by_itself_when_told_to(scene: Scene, database_url: str) -> None:
    scene.hears_of_now("R1", "C1")
    with (
        LoopbackCarrier({"R1"}) as carrier,
        _process(scene.folder, database_url, carrier.url) as worker,
    ):
        _until(lambda: _all_deleted_at_the_carrier(scene))
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=_HANGS_S)
    assert worker.returncode == 0
    assert b"Traceback" not in output
    assert _events(output)[-1] == "stopped", "with nothing left in hand"
    assert [row["process"] for row in scene.rows(heartbeats)] == ["worker"]
    assert scene.plain("R1") == wav(3)
    assert carrier.recordings == set()


def test_the_worker_does_not_wait_for_a_carrier_that_is_silent(scene: Scene, database_url: str) -> None:
    scene.hears_of_now("R1", "C1")
    with (
        LoopbackCarrier({"R1"}) as carrier,
        _process(scene.folder, database_url, carrier.url) as worker,
    ):
        carrier.slow.set()
        assert carrier.held.acquire(timeout=_HANGS_S)
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=_HANGS_S)
        assert carrier.answered_late == 0, "the worker was gone before the carrier said anything"
    assert worker.returncode == 0
    assert b"Traceback" not in output
    assert _events(output)[-1] == "stopped in mid-work"
    assert scene.recording("R1")["status"] == "awaited"


@pytest.mark.faults
def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(scene: Scene, database_url: str) -> None:
    names = {f"R{number}" for number in range(30)}
    for name in sorted(names):
        scene.hears_of_now(name, "C1")

    def is_safe_here(name: str) -> None:
        row = scene.recording(name)
        assert row["status"] == "kept"
        assert scene.vault.verify(row["vault_name"], row["sha256"], row["bytes"])

    with LoopbackCarrier(set(names), is_safe_here) as carrier:
        for done in (0, 3, 9, 15, 24):
            with _process(scene.folder, database_url, carrier.url) as worker:
                _until(lambda done=done: _progress(scene) > done)  # type: ignore[misc]
                worker.kill()
            _free_leases(scene)
        with _process(scene.folder, database_url, carrier.url):
            _until(lambda: _all_deleted_at_the_carrier(scene))
    assert carrier.refused_deletions == []
    assert carrier.recordings == set()
    assert {row["status"] for row in scene.rows(recordings)} == {"kept"}
    assert all(scene.plain(name) == wav(3) for name in names)
    assert len(scene.rows(outbox)) == len(names)
    assert not list(scene.folder.glob("*.part"))


def _progress(scene: Scene) -> int:
    """Half-steps taken: recordings kept, and recordings deleted at the carrier."""
    rows = scene.rows(recordings)
    return sum((row["kept_at"] is not None) + (row["removed_at_carrier"] is not None) for row in rows)


def _free_leases(scene: Scene) -> None:
    """As if the leases of the killed worker had run out."""
    with scene.store.write() as connection:
        long_ago = scene.long_ago()
        connection.execute(recordings.update().where(recordings.c.status == "awaited").values(not_before=long_ago))
        connection.execute(outbox.update().where(outbox.c.state == "sending").values(lease_until=long_ago))
