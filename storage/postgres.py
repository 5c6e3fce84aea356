"""PostgreSQL: each change its own transaction, with limits on every wait."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, exc, text

from storage.busy import StoreBusy, busy_when_unavailable
from storage.forks import reopen_after_fork
from storage.waiting import answer_in_time

T = TypeVar("T")

BUSY_MS = 3000
WRITERS = 8  # connections that commit, in each process; more were slower on two cores, and a server has about 100
_LIMITS = text("SELECT set_config('statement_timeout', :limit, true), set_config('lock_timeout', :limit, true)")
_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: the same change may well succeed now


class PostgresStore:
    """A database on a server, for any number of processes on any number of machines."""

    dialect = "postgresql"

    def __init__(self, url: URL) -> None:
        self.engine = postgres_engine(url, pool_size=8, pool_pre_ping=True, lock_timeout=BUSY_MS)
        self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._hot = postgres_engine(url, pool_size=WRITERS, lock_timeout=BUSY_MS, statement_timeout=BUSY_MS)
        self._writers = _writers()
        reopen_after_fork(self)

    def reopen(self) -> None:
        self.engine.dispose(close=False)
        self._hot.dispose(close=False)
        self._writers = _writers()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with busy_when_unavailable(), self._snapshots.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with busy_when_unavailable(), self.engine.begin() as connection:
            yield connection

    def commit(self, work: Callable[[Connection], T], timeout_s: float = 3.0) -> T:
        # First come, first served: a connection pool alone lets some of many threads starve.
        try:
            answer = self._writers.submit(self._committed, work, timeout_s)
        except RuntimeError:
            raise StoreBusy("closed") from None
        return answer_in_time(answer, timeout_s)

    def checkpoint(self) -> bool:
        """Nothing to do: the server's journal is the server's own."""
        return True

    def close(self) -> None:
        self._writers.shutdown()
        self._hot.dispose()
        self.engine.dispose()

    def _committed(self, work: Callable[[Connection], T], timeout_s: float) -> T:
        with busy_when_unavailable():
            try:
                return self._once(work, timeout_s)
            except exc.DBAPIError as error:
                if not _worth_repeating(error):
                    raise
            return self._once(work, timeout_s)

    def _once(self, work: Callable[[Connection], T], timeout_s: float) -> T:
        with self._hot.connect() as connection:
            connection.begin()
            if timeout_s * 1000 != BUSY_MS:
                connection.execute(_LIMITS, {"limit": f"{timeout_s * 1000:.0f}ms"})
            result = work(connection)
            try:
                connection.commit()
            except exc.DBAPIError as error:
                if error.connection_invalidated:
                    raise StoreBusy("the server went away in COMMIT", outcome_unknown=True) from None
                raise
            return result


def _writers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WRITERS, thread_name_prefix="commit")


def postgres_engine(url: URL, *, pool_size: int = 1, pool_pre_ping: bool = False, **limits_ms: int) -> Engine:
    """An engine that waits for nothing without end; `limits_ms` are the server's settings, such as lock_timeout."""
    # Said aloud, because a server may have been told to acknowledge before its disk has the rows.
    settings = {"timezone": "UTC", "synchronous_commit": "on", **limits_ms}
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        pool_pre_ping=pool_pre_ping,
        max_overflow=24,
        pool_timeout=BUSY_MS / 1000,
        hide_parameters=True,  # an error's text must hold nothing of a caller
        connect_args={
            "connect_timeout": BUSY_MS // 1000,
            "tcp_user_timeout": BUSY_MS,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
    )


def _worth_repeating(error: exc.DBAPIError) -> bool:
    """Whether nothing was wrong with the change: it met another one, or a connection that had died while idle."""
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _AGAIN
