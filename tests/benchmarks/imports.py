"""Taking in old call books: lines a second, against a bare `executemany` of the very rows it writes: calls, and what
became of those that are reports."""

import gc
import os
import sqlite3
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection

from hotline.casework.past.book_map import CallMap
from hotline.casework.past.call_books import Imported, import_calls
from hotline.casework.past.described import read_described
from hotline.casework.setup import FirstUnit, load_unit, set_up
from hotline.installation import read_unit_file
from ivr_flows.loader import CATALOG, shipped_flow
from storage.database import Store, open_store
from storage.migrations import migrate
from storage.sealing import ApplicationSecret
from tests.benchmarks.figures import Figure
from tests.cast import THAO, THE_LINE
from tests.hotline.casework.past import foreign_book

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LINES = 100_000
WRITTEN = ("calls", "reports", "report_calls", "report_events")
_AT_ONCE = 2000
_SECRET = ApplicationSecret(b"only for the benchmarks of the imports, 32 bytes")


@dataclass(frozen=True, slots=True)
class Imports:
    """Lines a second, of the wall and of computing; the most memory that Python held meanwhile (MiB), for a book and
    for one ten times shorter."""

    lines: int
    per_second: float
    per_cpu_second: float
    again_per_second: float
    bare_per_second: float
    peak_mib: float
    short_peak_mib: float

    def figures(self) -> list[Figure]:
        return [
            Figure("call book, lines a second", self.per_second, 20_000, 40_000, True),
            Figure("call book / bare executemany of its rows", self.per_second / self.bare_per_second, 0.3, 0.5, True),
            Figure("memory of a book / of one ten times shorter", self.peak_mib / self.short_peak_mib, 1.5, 1.1, False),
        ]


def measure(lines: int = LINES) -> Imports:
    """Take a book in, take it in again, and write its rows barely."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book, mapping = foreign_book.write(folder, lines)
        call_map = read_described(mapping, CallMap)
        store = _commune(folder / "one")
        (seconds, cpu), done = _timed(store, book, call_map)
        bare = _bare(store, folder)
        (again, _), _ = _timed(store, book, call_map)
        peak = _peak(_commune(folder / "two"), book, call_map)
        short, _ = foreign_book.write(folder, lines // 10)
        short_peak = _peak(_commune(folder / "three"), short, call_map)
        store.close()
    assert done.taken == lines - lines // 60, done
    return Imports(lines, lines / seconds, lines / cpu, lines / again, done.taken / bare, peak, short_peak)


def _commune(folder: Path) -> Store:
    url = f"sqlite:///{folder / 'hotline.sqlite3'}"
    migrate(url)
    store = open_store(url)
    first = FirstUnit("Suối Đá", THE_LINE, "Asia/Ho_Chi_Minh", "VN", ("vi", "ru"), THAO.login, THAO.password)
    with store.write() as connection:
        set_up(connection, first, shipped_flow(), _SECRET, NOW)
        load_unit(connection, read_unit_file(CATALOG / "demo_unit.yaml"), NOW)
    return store


def _timed(store: Store, book: Path, call_map: CallMap) -> tuple[tuple[float, float], Imported]:
    """Seconds on the wall, and of computing, in all processes."""
    gc.collect()
    began, computing = time.perf_counter(), sum(os.times()[:4])
    done = import_calls(store, book, call_map, NOW)
    return (time.perf_counter() - began, sum(os.times()[:4]) - computing), done


def _peak(store: Store, book: Path, call_map: CallMap) -> float:
    """In one process, as where there is one core: what reads and what writes are weighed together."""
    tracemalloc.start()
    with patch("os.cpu_count", return_value=1):
        import_calls(store, book, call_map, NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    store.close()
    return peak / 2**20


def _bare(store: Store, folder: Path) -> float:
    """The seconds that the driver alone takes for the same rows, tables and indexes, in batches."""
    bare = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    with store.read() as connection:
        written = [_written(connection, table) for table in WRITTEN]
    for made, _, _ in written:
        for sql in made:
            bare.execute(sql)
    began = time.perf_counter()
    for start in range(0, LINES, _AT_ONCE):
        bare.execute("BEGIN IMMEDIATE")
        for _, statement, rows in written:
            batch = len(rows) * _AT_ONCE // LINES
            bare.executemany(statement, rows[start * batch // _AT_ONCE :][:batch])
        bare.execute("COMMIT")
    seconds = time.perf_counter() - began
    bare.close()
    return seconds


def _written(connection: Connection, table: str) -> tuple[list[str], str, list[tuple[Any, ...]]]:
    """How a table was made, the statement that fills it, and its rows."""
    rows = [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]  # noqa: S608
    made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE tbl_name = ?", (table,))
    places = ", ".join("?" * len(rows[0]))
    return [sql for (sql,) in made if sql], f"INSERT INTO {table} VALUES ({places})", rows  # noqa: S608


def main() -> None:
    """`python -m tests.benchmarks.imports`."""
    measured = measure()
    print(measured)
    for figure in measured.figures():
        print(f"{figure.name}: {figure.value:,.2f} ({figure.verdict})")


if __name__ == "__main__":
    main()
