"""What only SQLite has to be watched for: its file, its gathered commits, its full disk, its journal."""

import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, insert, select, update

from storage.database import Store, StoreBusy, open_store
from storage.migrations import migrate
from storage.tables import heartbeats, steps
from tests.storage.conftest import Elsewhere
from tests.storage.rows import NOON, add_calls

pytestmark = [
    pytest.mark.usefixtures("database_url"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

WRITER = Path(__file__).with_name("writer.py")
SECRET = b"SPOKEN-ONLY-ONCE" * 40


def _beat(process: str):
    return lambda connection: connection.execute(insert(heartbeats).values(process=process, at=NOON))


@pytest.fixture
def file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def test_a_new_database_is_ours_alone_to_read(tmp_path: Path) -> None:
    file = tmp_path / "data" / "hotline.sqlite3"
    migrate(f"sqlite:///{file}")
    store = open_store(f"sqlite:///{file}")
    store.commit(_beat("web"))
    assert file.parent.stat().st_mode & 0o777 == 0o700
    names = {each.name: each.stat().st_mode & 0o777 for each in file.parent.iterdir()}
    assert set(names.values()) == {0o600}
    assert "hotline.sqlite3-wal" in names
    store.close()


def test_every_connection_carries_the_settings(store: Store) -> None:
    asked = ("synchronous", "foreign_keys", "secure_delete", "trusted_schema", "busy_timeout", "journal_mode")

    def settings(connection: Connection) -> list[object]:
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked]

    expected = [2, 1, 1, 0, 3000, "wal"]
    assert store.commit(settings) == expected
    with store.read() as reader, store.write() as writer:
        assert settings(reader) == settings(writer) == expected


def test_changes_that_wait_together_are_committed_together(store: Store, locked_elsewhere: Elsewhere) -> None:
    store.commit(_beat("first"))
    commits = []
    event.listen(store.engine, "commit", commits.append)
    waiting = threading.Barrier(21)

    def change(number: int) -> None:
        waiting.wait()
        store.commit(_beat(f"p{number}"))

    with ThreadPoolExecutor(20) as pool:
        with locked_elsewhere():
            changes = [pool.submit(change, number) for number in range(20)]
            waiting.wait()
        for each in changes:
            each.result()
    assert 1 <= len(commits) <= 10


def test_a_full_disk_is_busy_and_the_next_change_has_a_new_connection(store: Store) -> None:
    def on_a_full_disk(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        connection.execute(insert(heartbeats), [{"process": f"p{n}" + "x" * 900, "at": NOON} for n in range(200)])

    with pytest.raises(StoreBusy, match="SQLITE_FULL"):
        store.commit(on_a_full_disk)
    store.commit(_beat("web"))
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(heartbeats)).scalar_one() == 1


def test_a_file_that_cannot_be_opened_is_busy(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}")
    with pytest.raises(StoreBusy):
        store.commit(_beat("web"))
    with pytest.raises(StoreBusy), store.read():
        pass
    with pytest.raises(StoreBusy), store.write():
        pass
    store.close()


def test_a_damaged_file_is_busy(store: Store, file: Path) -> None:
    store.close()
    file.write_bytes(b"this is not a database, and never was one" * 100)
    broken = open_store(f"sqlite:///{file}")
    with pytest.raises(StoreBusy, match="NOTADB"):
        broken.commit(_beat("web"))
    broken.close()


def test_what_is_wiped_is_gone_from_every_file(line_store: Store, file: Path) -> None:
    add_calls(line_store, "k")
    row = {"call_id": 1, "visit": 0, "node": "n", "language": "vi", "at": NOON, "answer": SECRET}
    line_store.commit(lambda c: c.execute(insert(steps).values(row)))
    assert line_store.checkpoint()
    assert _files_with(SECRET[:16], file.parent) == [file.name]
    line_store.commit(lambda c: c.execute(update(steps).values(answer=None)))
    assert line_store.checkpoint()
    assert _files_with(SECRET[:16], file.parent) == []


def test_a_checkpoint_does_not_wait_long_for_a_reader(store: Store) -> None:
    store.commit(_beat("web"))
    with store.read() as connection:
        connection.execute(select(heartbeats)).all()
        store.commit(_beat("worker"))
        assert not store.checkpoint()
    assert store.checkpoint()


def test_a_change_that_would_wait_for_itself_is_told_so(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside itself"):
        store.commit(lambda _: store.commit(_beat("web")))
    store.commit(_beat("web"))


def _files_with(needle: bytes, folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.is_file() and needle in each.read_bytes())


@pytest.mark.faults
@pytest.mark.parametrize("acknowledged", [1, 40, 400])
def test_kill_9_takes_nothing_that_was_acknowledged(store: Store, file: Path, acknowledged: int) -> None:
    writer = subprocess.Popen([sys.executable, str(WRITER), str(file)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    with writer.stdout:
        told = [writer.stdout.readline().strip() for _ in range(acknowledged)]
        writer.send_signal(signal.SIGKILL)
        told += [line.strip() for line in writer.stdout if line.endswith("\n")]
    assert writer.wait() == -signal.SIGKILL
    with store.read() as connection:
        kept = set(connection.execute(select(heartbeats.c.process)).scalars())
    assert set(told) <= kept
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store.commit(_beat("after the restart"))


def test_two_processes_share_the_file_without_starving(store: Store, file: Path) -> None:
    writer = subprocess.Popen([sys.executable, str(WRITER), str(file)], stdout=subprocess.DEVNULL)
    try:
        before = _count(store)
        for number in range(60):
            store.commit(_beat(f"here-{number}"))
        while _count(store) - before < 120:
            assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()


def _count(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(heartbeats)).scalar_one()


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_the_store_leaves_no_open_file_behind(tmp_path: Path, database_url: str) -> None:
    migrate(database_url)
    before = _open_files()
    store = open_store(database_url)
    store.commit(_beat("web"))
    with store.read() as connection:
        connection.execute(select(heartbeats)).all()
    store.close()
    assert _open_files() == before
