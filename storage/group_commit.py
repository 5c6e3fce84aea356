"""Many waiting changes, one commit: a single thread writes them together and answers each after the fsync."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from storage.busy import StoreBusy, busy_when_unavailable, is_unavailable
from storage.waiting import answer_in_time

T = TypeVar("T")

_Outcome = tuple[Any, Exception | None]

LARGEST_BATCH = 64  # so that one commit stays short enough for the reader that waits for it


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    work: Callable[[Connection], Any]
    answer: Future[Any] = field(default_factory=Future)


class GroupCommit:
    """One writer thread over one long-lived connection, which `begin` puts into a transaction each time."""

    def __init__(self, connect: Callable[[], Connection], begin: Callable[[Connection], None]) -> None:
        self._connect = connect
        self._begin = begin
        self._waiting: SimpleQueue[_Change | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None
        self._closed = False

    def commit(self, work: Callable[[Connection], T], timeout_s: float) -> T:
        """Return what `work` returned, once it is on the disk. Raises StoreBusy, or what `work` raised."""
        change = _Change(work)
        self._put(change)
        return cast(T, answer_in_time(change.answer, timeout_s))

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._starting:
            self._closed = True
            writer, self._writer = self._writer, None
        if writer:
            self._waiting.put(None)
            writer.join()

    def _put(self, change: _Change) -> None:
        if self._writer is None:
            self._start()
        if threading.current_thread() is self._writer:
            raise RuntimeError("a change cannot wait for another one inside itself")
        self._waiting.put(change)

    def _start(self) -> None:
        with self._starting:
            if self._closed:
                raise StoreBusy("closed")
            if self._writer is None:
                self._writer = threading.Thread(target=self._run, name="group-commit", daemon=True)
                self._writer.start()

    def _run(self) -> None:
        connection: Connection | None = None
        while change := self._waiting.get():
            if change.answer.cancelled():
                continue
            batch = [change]
            try:
                with busy_when_unavailable():
                    connection = connection or self._connect()
                    self._write(connection, batch)
            except BaseException as error:
                _refuse(batch, error)
                _discard(connection)
                connection = None
        if connection:
            connection.close()

    def _write(self, connection: Connection, batch: list[_Change]) -> None:
        self._begin(connection)
        batch.extend(self._also_waiting())
        batch[:] = [change for change in batch if change.answer.set_running_or_notify_cancel()]
        outcomes = _together(batch, connection) or self._one_by_one(batch, connection)
        connection.commit()
        for change, (result, error) in zip(batch, outcomes, strict=True):
            if error is not None:
                change.answer.set_exception(error)
            else:
                change.answer.set_result(result)

    def _one_by_one(self, batch: list[_Change], connection: Connection) -> list[_Outcome]:
        """Undo a batch in which some change failed and do each again alone: the others do not pay for it."""
        connection.rollback()
        self._begin(connection)
        return [_outcome(change.work, connection) for change in batch]

    def _also_waiting(self) -> Iterator[_Change]:
        for _ in range(1, LARGEST_BATCH):
            try:
                change = self._waiting.get_nowait()
            except Empty:
                return
            if change is None:  # the end: seen again once this batch is through
                self._waiting.put(None)
                return
            yield change


def _together(batch: list[_Change], connection: Connection) -> list[_Outcome] | None:
    """Do all changes without a savepoint for each, which is half of their statements; None where one failed."""
    try:
        return [(change.work(connection), None) for change in batch]
    except Exception as error:
        if is_unavailable(error):
            raise
        return None


def _outcome(work: Callable[[Connection], Any], connection: Connection) -> _Outcome:
    """Do one change in a savepoint of its own, so that its failure takes nothing else with it."""
    # Straight at the driver: SQLAlchemy's own savepoint costs as much as a statement.
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    driver.execute("SAVEPOINT work")
    try:
        result = work(connection)
    except Exception as error:
        if is_unavailable(error):
            raise
        driver.execute("ROLLBACK TO work")
        driver.execute("RELEASE work")
        return None, error
    driver.execute("RELEASE work")
    return result, None


def _refuse(batch: list[_Change], error: BaseException) -> None:
    for change in batch:
        if change.answer.running() or change.answer.set_running_or_notify_cancel():
            change.answer.set_exception(copy(error))  # each caller adds its own traceback


def _discard(connection: Connection | None) -> None:
    if connection is None:
        return
    try:
        connection.invalidate()
        connection.close()
    except Exception:  # noqa: S110 - it is thrown away because it is broken
        pass
