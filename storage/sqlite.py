"""SQLite: readers beside one writer, whose commits are gathered and reach the disk before they are answered."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from storage.busy import StoreBusy, busy_when_unavailable
from storage.forks import reopen_after_fork
from storage.group_commit import GroupCommit
from storage.turnstile import turnstile

T = TypeVar("T")

BUSY_MS = 3000
CHECKPOINT_MS = 200  # while it waits for readers nobody can write
_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # NORMAL lost acknowledged rows in simulated power cuts
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "trusted_schema": "OFF",
}


class SqliteStore:
    """One file, its readers, and one writer at a time over all processes of the machine."""

    dialect = "sqlite"

    def __init__(self, url: URL) -> None:
        self._url = url
        self._file = file_of(url)
        self._turnstile = turnstile_of(self._file)
        self._left_to_parent: list[Any] = []
        self._open()
        reopen_after_fork(self)

    def _open(self) -> None:
        self.engine = sqlite_engine(self._url, begin="BEGIN IMMEDIATE")
        self._readers = sqlite_engine(self._url, begin="BEGIN", query_only="ON")
        self._group = GroupCommit(self.engine.connect, self._begin)

    def reopen(self) -> None:
        # Closing a connection of the parent's would drop locks that it relies on.
        self._left_to_parent += [self.engine.pool, self._readers.pool, self._group]
        self._open()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with busy_when_unavailable(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with busy_when_unavailable(), self.engine.connect() as connection:
            self._begin(connection)
            yield connection
            connection.commit()

    def commit(self, work: Callable[[Connection], T], timeout_s: float = 3.0) -> T:
        return self._group.commit(work, timeout_s)

    def checkpoint(self) -> bool:
        with busy_when_unavailable(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA busy_timeout={CHECKPOINT_MS}")
            try:
                busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                driver.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            return not busy

    def close(self) -> None:
        self._group.close()
        self._readers.dispose()
        self.engine.dispose()

    def _begin(self, connection: Connection) -> None:
        # SQLite lets writers retry at random, so that one of two busy processes starves; a queue does not.
        with _storage_errors(), turnstile(self._turnstile):
            connection.begin()


def file_of(url: URL) -> Path:
    """The database's file. Raises ValueError for a database in memory."""
    if url.database in (None, "", ":memory:") or "mode" in url.query:
        raise ValueError("the SQLite database must be a file")
    return Path(url.database or "")


def turnstile_of(file: Path) -> Path:
    """The lock file at which those who want to write queue."""
    return file.with_name(file.name + ".turn")


def sqlite_engine(url: URL, *, begin: str, **pragmas: str) -> Engine:
    """An engine whose transactions start with `begin` and whose connections carry our pragmas and these."""
    file = file_of(url)
    engine = create_engine(
        url,
        pool_size=16,
        max_overflow=112,
        pool_timeout=BUSY_MS / 1000,
        hide_parameters=True,  # an error's text must hold nothing of a caller
    )
    settings = {"busy_timeout": BUSY_MS, **_PRAGMAS, **pragmas}
    statements = [f"PRAGMA {name}={value}" for name, value in settings.items()]

    @event.listens_for(engine, "do_connect")
    def _make_private(*_: object) -> None:
        make_private(file)

    @event.listens_for(engine, "connect")
    def _set_up(driver: Any, _: object) -> None:
        driver.isolation_level = None  # else Python begins transactions by itself, and deferred ones
        for statement in statements:
            driver.execute(statement)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def make_private(file: Path) -> None:
    """Make the file and its folder readable by us alone; SQLite gives its journals the file's permissions."""
    if file.exists():
        return
    with _storage_errors():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreBusy(type(error).__name__) from None
