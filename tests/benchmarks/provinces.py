"""A province of 400 communes and its year, on SQLite: as a reader is shown it once its months are issued; and before
that, 12 monthly tables counted, and what may be shown of them decided.

`python -m tests.benchmarks.provinces [--communes 400]`: rows by bulk insert, thirty calls a commune and month (the
article's commune had 127 in all), so that nearly every cell is small: the worst case for hiding."""

import random
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from sqlalchemy import Connection, insert

from hotline.casework.hours import OfficeHours
from hotline.casework.months import Month
from hotline.casework.statistics import day_counts, province_suppression
from hotline.casework.statistics.call_tally import EndedCall, additions
from hotline.casework.statistics.printed import Number
from hotline.casework.statistics.province import ProvinceStatistics, province_figures
from hotline.casework.statistics.province_issuing import issue_first
from hotline.casework.statistics.province_lines import RECEIVED
from hotline.casework.statistics.province_reading import read_province
from hotline.casework.statistics.province_table import ProvinceTable, province_table
from hotline.casework.statistics.province_year import province_year, year_figures
from hotline.casework.statistics.units_below import communes_below
from ivr_flows.taxonomy import load_taxonomy
from storage.database import Store, open_store
from storage.migrations import migrate
from storage.sealing import ApplicationSecret
from storage.tables import (
    calls,
    flow_versions,
    lines,
    month_counts,
    periodic_runs,
    report_calls,
    report_events,
    reports,
    units,
)
from tests.benchmarks.figures import Figure

COMMUNES, CALLS = 400, 30
YEAR = 2025
NOW = datetime(2026, 2, 3, tzinfo=UTC)
BAR_S, AIM_S = 2.0, 1.0
_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_KINDS = {"admin": 60, "report": 18, "emergency": 2, "addition": 4, "other": 8, None: 8}
_ENDINGS = ("CONFIRMED", "PARTLY", "UNFOUNDED", "MEDIATED", "ANSWERED", "REFERRED")
_ROUNDS = 3
_SECRET = ApplicationSecret(b"only for the benchmark of a province")


@dataclass(frozen=True, slots=True)
class ProvinceYearTaken:
    """Seconds of computing for all twelve tables, the median of some rounds, and what came of them."""

    communes: int
    issued_s: float  # a year of issued months, as the page and the forms read it
    month_s: float  # one issued month, with who has signed
    counted_s: float  # as they are
    hidden_s: float  # what may be shown of them
    again_s: float  # the same, when it was decided before
    cells: int
    hidden: int  # of the cells

    @property
    def undecided_s(self) -> float:
        return self.counted_s + self.hidden_s


def measure(communes: int = COMMUNES) -> ProvinceYearTaken:
    """Write a year and count it."""
    with tempfile.TemporaryDirectory(prefix="hotline-province-") as folder:
        store = _written(Path(folder) / "province.sqlite3", communes)
        try:
            rounds = [_once(store) for _ in range(_ROUNDS)]
            for number in range(1, 13):
                issue_first(store, _SECRET, 1, Month(YEAR, number), NOW)
            years = [_taken(lambda: _year(store)) for _ in range(_ROUNDS)]
            months = [_taken(lambda: read_province(store, _SECRET, 1, Month(YEAR, 6), NOW)) for _ in range(_ROUNDS)]
        finally:
            store.close()
    tables = rounds[-1][3]
    shown = [cell for table in tables for cell in table.cells.values()]
    return ProvinceYearTaken(
        communes,
        median(years),
        median(months),
        median(counted for counted, _, _, _ in rounds),
        median(hidden for _, hidden, _, _ in rounds),
        median(again for _, _, again, _ in rounds),
        len(shown),
        sum(not isinstance(cell, Number) for cell in shown),
    )


def judged(taken: ProvinceYearTaken) -> tuple[Figure, Figure]:
    """The year beside its bar: as it was issued, and counted and decided on the spot."""
    name = f"the year of a province of {taken.communes} communes"
    return (
        Figure(f"{name}, as issued", taken.issued_s, BAR_S, AIM_S, False, " s"),
        Figure(f"{name}, no month of it issued yet", taken.undecided_s, BAR_S, AIM_S, False, " s"),
    )


def told(taken: ProvinceYearTaken) -> str:
    """What it is made of."""
    return (
        f"{taken.communes} communes x 12 months: {taken.issued_s:.2f} s to read as issued "
        f"({taken.month_s:.2f} s one of them); before that {taken.counted_s:.2f} s to count, "
        f"{taken.hidden_s:.2f} s to hide ({taken.again_s:.2f} s again); "
        f"{taken.hidden:,} of {taken.cells:,} cells are hidden."
    )


def _once(store: Store) -> tuple[float, float, float, list[ProvinceTable]]:
    began = time.process_time()
    with store.read() as connection:
        counted = list(_counted(connection))
    between = time.process_time()
    province_suppression.forget()
    tables = [province_table(month) for month in counted]
    decided = time.process_time()
    tables = [province_table(month) for month in counted]
    return between - began, decided - between, time.process_time() - decided, tables


def _year(store: Store) -> None:
    with store.read() as connection:
        found = year_figures(connection, 1, YEAR, NOW)
    province_year(found, RECEIVED)


def _taken(read: Callable[[], object]) -> float:
    began = time.process_time()
    read()
    return time.process_time() - began


def _counted(connection: Connection) -> Iterator[ProvinceStatistics]:
    communes = communes_below(connection, 1)
    return (province_figures(connection, 1, communes, Month(YEAR, number), NOW) for number in range(1, 13))


# ---- the year --------------------------------------------------------------------------------------------------------


def _written(file: Path, communes: int) -> Store:
    url = f"sqlite:///{file}"
    migrate(url)
    store = open_store(url)
    draw = random.Random(1)
    with store.write() as connection:
        _write_units(connection, communes)
    for number in range(1, 13):
        month = Month(YEAR, number)
        with store.write() as connection:
            _write_month(connection, draw, month, communes)
    store.checkpoint()
    return store


def _write_units(connection: Connection, communes: int) -> None:
    keys = {f"{name}_public": b"\0" * 32 for name in ("content", "identity", "recovery")}
    empty: dict[str, Any] = {name: {} for name in ("office_hours", "holidays", "deadlines", "follow_ups")}
    made = {"timezone": _ZONE.key, "region": "VN", "languages": "vi", "created_at": NOW, "transfer_to": []}
    rows = [
        {"id": number, "code": f"xa-{number:03}", "name": f"Xã {number}", "parent_id": 1 if number > 1 else None}
        for number in range(1, communes + 2)
    ]
    connection.execute(insert(units), [{**row, **keys, **empty, **made} for row in rows])
    connection.execute(insert(flow_versions).values(hash="f", flow_id="f", definition="{}", published_at=NOW))
    connection.execute(
        insert(lines),
        [{"id": n, "unit_id": n, "number": f"+8421{n:07}", "flow_hash": "f"} for n in range(2, communes + 2)],
    )


def _write_month(connection: Connection, draw: random.Random, month: Month, communes: int) -> None:
    start, end = month.bounds(_ZONE)
    first = ((month.number - 1) * communes) * CALLS + 1
    made = [
        _call(draw, first + number, 2 + number // CALLS, start + (end - start) * draw.random())
        for number in range(communes * CALLS)
    ]
    connection.execute(insert(calls), made)
    _count(connection, month, made)
    reported = [call for call in made if call["kind"] in ("report", "emergency")]
    connection.execute(insert(reports), [_report(call) for call in reported])
    connection.execute(
        insert(report_calls), [{"report_id": one["id"], "call_id": one["id"], "role": "first"} for one in reported]
    )
    connection.execute(insert(report_events), [event for call in reported for event in _events(draw, call)])


def _count(connection: Connection, month: Month, made: list[dict[str, Any]]) -> None:
    """As `day_counts.recount` leaves them, without asking the database for every commune: that would take minutes."""
    found: Counter[tuple[int, str, str]] = Counter()
    for call in made:
        ended = EndedCall(*(call.get(name) for name in EndedCall.__dataclass_fields__))
        for dimension, key, n in additions(ended, _ZONE, OfficeHours()):
            found[call["unit_id"], dimension, key] += n
    rows = [{"unit_id": u, "month": str(month), "dimension": d, "key": k, "n": n} for (u, d, k), n in found.items()]
    connection.execute(insert(month_counts), rows)
    marks = [
        {"task": day_counts.COUNTED, "unit_id": u, "period": str(month), "at": NOW} for u in {u for u, _, _ in found}
    ]
    connection.execute(insert(periodic_runs), marks)


def _call(draw: random.Random, number: int, commune: int, began: datetime) -> dict[str, Any]:
    (kind,) = draw.choices(list(_KINDS), list(_KINDS.values()))
    codes = [code.code for code in load_taxonomy().of_kind(kind or "") if code.counts_as_new]
    return {
        "id": number,
        "key": f"key{number}",
        "carrier": "local",
        "carrier_call_id": f"CA{number}",
        "unit_id": commune,
        "line_id": commune,
        "flow_hash": "f",
        "language": draw.choice(("vi", "vi", "vi", "en", "ru")),
        "visit": 4,
        "node": "goodbye",
        "kind": kind,
        "category": "RPT-ADDINFO" if kind == "addition" else draw.choice(codes) if codes else None,
        "outcome": "answered_by_ivr" if kind == "admin" else "recorded" if kind else "hung_up",
        "privacy": draw.choice(("confidential", "anonymous")),
        "hours": draw.choice(("office", "evening", "night")),
        "started_at": began,
        "ended_at": began + timedelta(seconds=90),
        "duration_s": 90,
    }


def _report(call: dict[str, Any]) -> dict[str, Any]:
    began = call["started_at"]
    settled = began + timedelta(days=2 + call["id"] % 6)
    return {
        "id": call["id"],
        "reference": f"R-{call['id']}",
        "unit_id": call["unit_id"],
        "line_id": call["line_id"],
        "kind": call["kind"],
        "category": call["category"],
        "urgency": "critical" if call["kind"] == "emergency" else "normal",
        "status": "CLOSED",
        "received_at": began,
        "acknowledged_at": began + timedelta(minutes=9),
        "acknowledge_by": began + timedelta(hours=4),
        "due_at": began + timedelta(days=5),
        "settled_at": settled,
        "closed_at": settled,
        "usefulness": "valuable" if call["id"] % 3 else None,
    }


def _events(draw: random.Random, call: dict[str, Any]) -> Iterator[dict[str, Any]]:
    began = call["started_at"]
    for day, what in enumerate(("verified", "filed", "closed"), 1):
        details = {"outcome": draw.choice(_ENDINGS)} if what == "closed" else {}
        at = began + timedelta(days=day)
        yield {"report_id": call["id"], "at": at, "what": what, "status_after": what.upper(), "details": details}


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.benchmarks.provinces", description=__doc__)
    parser.add_argument("--communes", type=int, default=COMMUNES)
    taken = measure(parser.parse_args().communes)
    console = Console(width=110)
    console.print(told(taken))
    for one in judged(taken):
        console.print(f"{one.name}: {one.value:.2f}{one.unit}, bar {one.bar}{one.unit}: {one.verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
