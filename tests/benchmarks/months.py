"""How the month grows: the same 5,000 calls among 10,000, 100,000 and 1,000,000, on SQLite.

`python -m tests.benchmarks.months [--most 1000000]`: rows by bulk insert, one unit. The ratio is of one month's
figures; as `hotline stats` prints it, two more months stand beside it, which the smallest book is too short for."""

import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert

from hotline.casework.months import Month
from hotline.casework.statistics import day_counts
from hotline.casework.statistics.month import figures_of, monthly_statistics
from hotline.casework.statistics.span import span_of, unit_by_id
from storage.database import Store, open_store
from storage.migrations import migrate
from storage.tables import calls, flow_versions, lines, places, report_calls, report_events, reports, units
from tests.benchmarks.figures import Figure

SIZES = (10_000, 100_000, 1_000_000)
A_MONTH = 5_000
MONTH = Month(2026, 10)
NOW = datetime(2026, 11, 14, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BAR, AIM = 1.3, 1.0
_ROUNDS = 7
_AT_ONCE = 20_000
_KINDS = ("admin",) * 14 + ("report",) * 3 + ("other", "addition", "emergency")
_STEPS = (("triaged", "TRIAGED"), ("verified", "VERIFIED"), ("filed", "FILED"), ("closed", "CLOSED"))


@dataclass(frozen=True, slots=True)
class Grown:
    """What the month took among so many calls, in milliseconds."""

    calls: int
    month_ms: float
    as_printed_ms: float
    from_calls_ms: float  # the tally alone, straight from the calls: before the days are counted, and to check them


def measure(sizes: tuple[int, ...] = SIZES, say: Callable[[str], None] = lambda _: None) -> list[Grown]:
    """The same month in books of these sizes, which take turns: so a noisy moment is nobody's in particular."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-months-"))
    stores: dict[int, Store] = {}
    try:
        for size in sizes:
            say(f"writing {size:,} calls …")
            stores[size] = _written(folder / f"{size}.sqlite3", size)
        say("counting …")
        took = {name: _ms(stores, work) for name, work in _WORK.items()}
        return [Grown(size, **{name: took[name][size] for name in _WORK}) for size in sizes]
    finally:
        for store in stores.values():
            store.close()
        shutil.rmtree(folder, ignore_errors=True)


def ratio(grown: list[Grown]) -> float:
    """The month in the largest book to the month in the smallest."""
    return grown[-1].month_ms / grown[0].month_ms


def judged(grown: list[Grown]) -> Figure:
    """The ratio beside its bar."""
    name = f"a month among {grown[-1].calls:,} calls / among {grown[0].calls:,}"
    return Figure(name, ratio(grown), BAR, AIM, False)


def table(grown: list[Grown]) -> Table:
    found = Table(
        "calls in the book", title=f"a month of {A_MONTH:,} calls, SQLite, computing alone, median of {_ROUNDS}"
    )
    for name in ("month, ms", "/ smallest", "as printed, ms", "tally from calls, ms"):
        found.add_column(name, justify="right")
    for one in grown:
        times = one.month_ms / grown[0].month_ms
        figures = (f"{one.month_ms:.1f}", f"{times:.2f}", f"{one.as_printed_ms:.1f}", f"{one.from_calls_ms:.1f}")
        found.add_row(f"{one.calls:,}", *figures)
    return found


def _month(connection: Connection) -> object:
    return figures_of(connection, unit_by_id(connection, 1), span_of(MONTH, ZONE, NOW))


def _as_printed(connection: Connection) -> object:
    return monthly_statistics(connection, 1, MONTH, NOW)


def _from_calls(connection: Connection) -> object:
    return day_counts.summed(day_counts.from_calls(connection, 1, MONTH))


_WORK = {"month_ms": _month, "as_printed_ms": _as_printed, "from_calls_ms": _from_calls}


def _ms(stores: dict[int, Store], work: Callable[[Connection], object]) -> dict[int, float]:
    """Of this process's own computing: SQLite works inside it, and other processes are not its business."""
    took: dict[int, list[float]] = {size: [] for size in stores}
    for _ in range(_ROUNDS + 1):
        for size, store in stores.items():
            with store.read() as connection:
                began = time.process_time()
                work(connection)
                took[size].append(1000 * (time.process_time() - began))
    return {size: median(times[1:]) for size, times in took.items()}


# ---- the book ------------------------------------------------------------------------------------------------------


def _written(file: Path, size: int) -> Store:
    """All the calls, 5,000 a month, back from the end of the month; then every month counted by day."""
    url = f"sqlite:///{file}"
    migrate(url)
    store = open_store(url)
    with store.write() as connection:
        _write_unit(connection)
        for rows in _batches(size):
            _write(connection, rows)
    for month in _months(store):
        with store.write() as connection:
            day_counts.recount(connection, 1, month, NOW)
    store.checkpoint()
    return store


def _months(store: Store) -> list[Month]:
    with store.read() as connection:
        return day_counts.uncounted(connection, 1, NOW)


def _write_unit(connection: Connection) -> None:
    keys = {f"{name}_public": b"\0" * 32 for name in ("content", "identity", "recovery")}
    connection.execute(
        insert(units).values(
            id=1,
            code="suoi-da",
            name="Suối Đá",
            timezone=ZONE.key,
            region="VN",
            languages="vi",
            created_at=NOW,
            **keys,
            **{name: {} for name in ("office_hours", "holidays", "deadlines", "follow_ups")},
            transfer_to=[],
        )
    )
    connection.execute(insert(flow_versions).values(hash="f", flow_id="f", definition="{}", published_at=NOW))
    connection.execute(insert(lines).values(id=1, unit_id=1, number="+842101234567", flow_hash="f"))
    village = {"unit_id": 1, "kind": "village", "names": {}}
    connection.execute(
        insert(places), [{**village, "id": n, "digits": f"{n:02}", "name": f"Village {n}"} for n in range(1, 17)]
    )


def _batches(size: int) -> Iterator[range]:
    for start in range(0, size, _AT_ONCE):
        yield range(start, min(start + _AT_ONCE, size))


def _write(connection: Connection, numbers: range) -> None:
    connection.execute(insert(calls), [_call(number) for number in numbers])
    reported = [number for number in numbers if _kind(number) in ("report", "emergency")]
    connection.execute(insert(reports), [_report(number) for number in reported])
    connection.execute(
        insert(report_calls), [{"report_id": n + 1, "call_id": n + 1, "role": "first"} for n in reported]
    )
    connection.execute(insert(report_events), [event for number in reported for event in _events(number)])


def _kind(number: int) -> str:
    return _KINDS[number * 7 % len(_KINDS)]


def _began(number: int) -> datetime:
    return MONTH.next.bounds(ZONE)[0] - timedelta(seconds=1 + number * 31 * 86_400 / A_MONTH)


def _call(number: int) -> dict[str, Any]:
    kind, began = _kind(number), _began(number)
    return {
        "id": number + 1,
        "key": f"key{number}",
        "carrier": "local",
        "carrier_call_id": f"CA{number}",
        "unit_id": 1,
        "line_id": 1,
        "flow_hash": "f",
        "language": ("vi", "vi", "vi", "en", "ru")[number % 5],
        "visit": 4,
        "node": "goodbye",
        "kind": kind,
        "category": {"admin": "ADM-ID", "report": "RPT-THEFT", "emergency": "EMG-MED"}.get(kind),
        "outcome": "hung_up" if kind == "other" and number % 2 else "recorded",
        "privacy": "confidential",
        "hours": ("office", "evening", "night")[number % 3],
        "started_at": began,
        "ended_at": began + timedelta(seconds=90),
        "duration_s": 90,
        "officer_joined_at": began + timedelta(seconds=20) if kind == "emergency" else None,
    }


def _report(number: int) -> dict[str, Any]:
    """Four days of work each; one in fifty is open for ever."""
    began, done = _began(number), number % 50 != 0
    settled = began + timedelta(days=4) if done else None
    return {
        "id": number + 1,
        "reference": f"R-{number}",
        "unit_id": 1,
        "line_id": 1,
        "kind": _kind(number),
        "category": "RPT-THEFT",
        "urgency": "normal",
        "status": "CLOSED" if done else "NEW",
        "outcome": "CONFIRMED" if done else None,
        "place_id": number % 16 + 1,
        "received_at": began,
        "acknowledged_at": began + timedelta(minutes=9),
        "acknowledge_by": began + timedelta(hours=4),
        "due_at": began + timedelta(days=5),
        "settled_at": settled,
        "closed_at": settled,
    }


def _events(number: int) -> list[dict[str, Any]]:
    if number % 50 == 0:
        return []
    began = _began(number)
    return [
        {
            "report_id": number + 1,
            "at": began + timedelta(days=day + 1),
            "what": what,
            "status_after": after,
            "details": {"outcome": "CONFIRMED"} if what == "closed" else {},
        }
        for day, (what, after) in enumerate(_STEPS)
    ]


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.benchmarks.months", description=__doc__)
    parser.add_argument("--most", type=int, choices=SIZES, default=SIZES[-1])
    most = parser.parse_args().most
    console = Console(width=110)
    grown = measure(tuple(size for size in SIZES if size <= most), console.print)
    console.print(table(grown))
    figure = judged(grown)
    console.print(f"{figure.name}: {figure.value:.2f}, bar {figure.bar}: {figure.verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
