"""A recording is kept whole, sealed and on the disk, or nothing of it is left."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.sealing import UnsealError, new_key_pair
from storage.vault import Kept, NotKeptError, TooLargeError, Vault

OURS, OTHERS = new_key_pair(), new_key_pair()
SOUND = b"RIFF" + b"+84912345678" * 20_000
LIMIT = 10**6

HALF_WRITER = """
import sys, time
from storage.vault import Vault
def chunks():
    yield b"s" * 300_000
    print("half", flush=True)
    sys.stdin.read()
Vault(sys.argv[1]).keep(bytes.fromhex(sys.argv[2]), chunks(), 10**9)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def vault(folder: Path) -> Vault:
    return Vault(folder.as_uri())


def test_a_recording_is_kept_and_read_back(vault: Vault) -> None:
    kept = vault.keep(OURS.public, [SOUND[:1000], b"", SOUND[1000:]], LIMIT)
    assert b"".join(vault.read(kept.name, OURS.private)) == SOUND
    assert list(vault.names()) == [kept.name]
    assert vault.verify(kept.name, kept.sha256, kept.bytes)


def test_what_is_kept_says_nothing(vault: Vault, folder: Path) -> None:
    kept = vault.keep(OURS.public, [SOUND], LIMIT)
    (file,) = folder.iterdir()
    sealed = file.read_bytes()
    assert file.name == kept.name
    assert b"RIFF" not in sealed
    assert b"84912345678" not in sealed
    assert (len(sealed), hashlib.sha256(sealed).hexdigest()) == (kept.bytes, kept.sha256)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_only_the_holder_of_the_key_can_read(vault: Vault) -> None:
    kept = vault.keep(OURS.public, [SOUND], LIMIT)
    with pytest.raises(UnsealError):
        vault.read(kept.name, OTHERS.private)


def test_a_recording_under_anothers_name_does_not_open(vault: Vault, folder: Path) -> None:
    one = vault.keep(OURS.public, [b"one"], LIMIT)
    two = vault.keep(OURS.public, [b"two"], LIMIT)
    (folder / one.name).replace(folder / two.name)
    with pytest.raises(UnsealError):
        vault.read(two.name, OURS.private)
    assert not vault.verify(two.name, two.sha256, two.bytes)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=2000), max_size=6))
def test_any_recording_comes_back(vault: Vault, chunks: list[bytes]) -> None:
    kept = vault.keep(OURS.public, chunks, LIMIT)
    assert b"".join(vault.read(kept.name, OURS.private)) == b"".join(chunks)


def test_exactly_as_much_as_is_allowed_is_kept_and_no_more(vault: Vault, folder: Path) -> None:
    kept = vault.keep(OURS.public, [b"s" * 60, b"s" * 40], 100)
    with pytest.raises(TooLargeError):
        vault.keep(OURS.public, [b"s" * 60, b"s" * 41], 100)
    assert [file.name for file in folder.iterdir()] == [kept.name]


def test_a_source_that_breaks_leaves_nothing(vault: Vault, folder: Path) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"s" * 300_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        vault.keep(OURS.public, breaks(), LIMIT)
    assert list(folder.iterdir()) == []


def test_a_disk_that_keeps_something_else_is_noticed(
    vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def rename_and_rot(file: Path, target: Path) -> None:
        rename(file, target)
        with target.open("r+b") as rotten:
            rotten.seek(200)
            rotten.write(b"\0\0\0\0")

    monkeypatch.setattr(Path, "rename", rename_and_rot)
    with pytest.raises(NotKeptError):
        vault.keep(OURS.public, [SOUND], LIMIT)
    assert list(folder.iterdir()) == []


def test_the_file_is_on_the_disk_before_it_has_its_name_and_the_folder_after(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = []
    rename, fsync = Path.rename, os.fsync

    def note_fsync(handle: int) -> None:
        happened.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "fsync file")  # noqa: PTH112
        fsync(handle)

    def note_rename(file: Path, target: Path) -> None:
        happened.append("rename")
        rename(file, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "rename", note_rename)
    vault.keep(OURS.public, [SOUND], LIMIT)
    assert happened == ["fsync file", "rename", "fsync folder"]


def test_what_is_removed_is_gone_and_may_be_removed_again(vault: Vault) -> None:
    kept = vault.keep(OURS.public, [SOUND], LIMIT)
    vault.remove(kept.name)
    vault.remove(kept.name)
    assert list(vault.names()) == []
    assert not vault.verify(kept.name, kept.sha256, kept.bytes)
    with pytest.raises(FileNotFoundError):
        vault.read(kept.name, OURS.private)


@pytest.mark.parametrize("name", ["../hotline.sqlite3", "", "/etc/passwd", "A" * 32, "0" * 32 + "\n", "0" * 31])
def test_only_names_that_it_gave_are_names(vault: Vault, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        vault.read(name, OURS.private)
    with pytest.raises(FileNotFoundError):
        vault._path(name)
    assert not vault.verify(name, "", 0)


@pytest.mark.faults
def test_a_half_written_recording_is_swept_up_once_its_writer_is_dead(vault: Vault, folder: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", HALF_WRITER, folder.as_uri(), OURS.public.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout
    assert writer.stdout.readline() == "half\n"
    assert list(vault.names()) == []
    assert vault.remove_leftovers() == 0, "it is still being written"
    writer.kill()
    writer.communicate()
    assert writer.returncode == -signal.SIGKILL
    assert len(list(folder.iterdir())) == 1
    assert vault.remove_leftovers() == 1
    assert list(folder.iterdir()) == []


def test_an_empty_vault_has_no_names_and_no_leftovers(vault: Vault) -> None:
    assert list(vault.names()) == []
    assert vault.remove_leftovers() == 0
    assert not vault.verify(Kept("0" * 32, 0, "").name, "", 0)
