"""Never more than two memory-hungry hashes at once on a machine, whoever asks."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import hashing
from storage.hashing import hashing_slot

HOLDER = """
import sys
from storage.hashing import hashing_slot
with hashing_slot():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_slots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_no_more_than_two_threads_hash_at_once() -> None:
    counting, now, most = threading.Lock(), 0, 0
    both = threading.Event()

    def hash_something() -> None:
        nonlocal now, most
        with hashing_slot():
            with counting:
                now += 1
                most = max(most, now)
                if now == 2:
                    both.set()
            assert both.wait(10)
            with counting:
                now -= 1

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(hash_something) for _ in range(8)]:
            each.result()
    assert most == 2


def test_processes_share_the_two_slots_and_a_dead_one_frees_its_own() -> None:
    holders = [_holder(), _holder()]
    done = threading.Event()

    def hash_something() -> None:
        with hashing_slot():
            done.set()

    waiting = threading.Thread(target=hash_something)
    waiting.start()
    assert not done.wait(0.3)
    for each in holders:
        each.kill()
        each.communicate()
    assert done.wait(10)
    waiting.join()


def _holder() -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_strangers_lock_file_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hashing_slot():
        pass
    monkeypatch.setattr(hashing.os, "geteuid", lambda: 12345)
    for number in range(hashing.AT_ONCE):
        (tmp_path / f"keychain-hotline-12345-hash-{number}").touch()
        assert hashing._open(number) is None
    with hashing_slot():
        pass


def test_lock_files_are_ours_and_no_symbolic_link_is_followed(tmp_path: Path) -> None:
    with hashing_slot():
        pass
    files = list(tmp_path.glob("keychain-hotline-*"))
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    files[0].unlink()
    files[0].symlink_to(tmp_path / "target")
    with hashing_slot():
        pass
    assert not (tmp_path / "target").exists()
