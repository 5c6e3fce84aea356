"""The database behind everything: SQLite in the data folder, or PostgreSQL when one machine is outgrown."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, make_url

from storage.busy import StoreBusy
from storage.postgres import PostgresStore
from storage.sqlite import SqliteStore

__all__ = ["Store", "StoreBusy", "open_store"]

T = TypeVar("T")


class Store(Protocol):
    """Rows, read consistently and written durably. Every method may raise StoreBusy."""

    @property
    def dialect(self) -> str:
        """Return "sqlite" or "postgresql"."""

    @property
    def engine(self) -> Engine:
        """Return the engine that writes."""

    def read(self) -> AbstractContextManager[Connection]:
        """See one moment of the database; neither blocks a writer nor waits for one."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction, on the disk when the block ends, undone when it raises."""

    def commit(self, work: Callable[[Connection], T], timeout_s: float = 3.0) -> T:
        """Do `work` in a transaction and return its result once it is on the disk.

        The hot path: `work` shares its commit with others where that is faster, but not their fate. It must be
        short, must not commit by itself, and may be done again when it meets a rival or a dead connection."""

    def checkpoint(self) -> bool:
        """Leave no deleted value behind in a journal. False where a reader stood in the way: try again later."""

    def close(self) -> None:
        """Finish what waits and close every connection."""


def open_store(url: str) -> Store:
    """Open the database at `url`, connecting on first use. ValueError if it is neither of the two kinds."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return PostgresStore(parsed)
    if parsed.get_backend_name() == "sqlite":
        return SqliteStore(parsed)
    raise ValueError("the database must be an SQLite file or PostgreSQL")
