"""`python -m tests.benchmarks.pages`: how lists grow: the same pages over ten thousand calls and over a million.

The years go by at the same three hundred calls a day, and one report in a hundred is never closed. Each page is asked
for in turn of both, in this process, so that the load of the machine falls on both alike."""

# ruff: noqa: S608 - the database makes the rows itself, of numbers that stand in this file

import json
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from flask import Flask
from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from hotline.casework.roster import add_shift
from hotline.console.blueprint import create_console
from hotline.console.services import Services
from hotline.settings import Settings
from storage.database import Store, open_store
from storage.migrations import migrate
from storage.vault import Vault
from tests import cast
from tests.benchmarks.figures import Figure
from tests.hotline import station
from tests.hotline.station import SECRET, Station

FEW, MANY = 10_000, 1_000_000
ROUNDS = 15
NOW = datetime(2026, 11, 14, 14, 4, tzinfo=UTC)
_A_DAYS_CALLS = 300
_EVERY_S = 86_400 // _A_DAYS_CALLS
JUDGED = ("/board", "/calls")
PAGES = (
    *JUDGED,
    "/board/now",
    "/calls?before={middle}",
    "/calls?kind=emergency",
    "/calls?category=RPT-WEAPON",
    "/calls?kind=emergency&category=RPT-WEAPON",
    "/calls?outcome=officer",
    "/calls?language=ru",
    "/calls?month=2026-10",
    "/calls?q=14/11/2026",
    "/calls?q=R-2026-0007",
    "/calls?officer=1",
    "/reports",
    "/reports?status=CLOSED",
    "/reports?outcome=MEDIATED",
    "/reports?category=RPT-WEAPON",
    "/reports?place=2",
    "/reports?q=R-2026-0007",
    "/reports?mine=yes",
)


@dataclass(frozen=True, slots=True)
class Grown:
    """A page's medians in milliseconds: on the clock, and computed, over few calls and over many."""

    page: str
    few_ms: float
    many_ms: float
    few_cpu_ms: float
    many_cpu_ms: float

    @property
    def ratio(self) -> float:
        return self.many_ms / self.few_ms


def measure(rounds: int = ROUNDS, many: int = MANY, database_url: str = "") -> list[Grown]:
    """Fill two databases and ask for every page of both, in turn."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-pages-")))
        few = stack.enter_context(_console(folder / "few", FEW, _named(database_url, "few")))
        more = stack.enter_context(_console(folder / "many", many, _named(database_url, "many")))
        return [_measured(page, (few, FEW), (more, many), rounds) for page in PAGES]


def figures(grown: Sequence[Grown]) -> list[Figure]:
    """The bars: what an officer leaves open all night, and what is looked at most, must not grow."""
    by_page = {one.page: one for one in grown}
    found = []
    for page in JUDGED:
        one = by_page[page]
        found.append(Figure(f"{page}, a million calls / ten thousand", one.ratio, 1.5, 1.1, False))
        # Computed, not waited: on a busy machine the clock on the wall tells how many others want the core.
        found.append(Figure(f"{page}, computed at a million calls", one.many_cpu_ms, 60, 20, False, " ms"))
    return found


def table(grown: Sequence[Grown]) -> Table:
    """What was measured, to be printed."""
    shown = Table(title=f"pages over {FEW:,} and {MANY:,} calls, medians of server time")
    for name in ("page", "few ms", "many ms", "ratio", "few cpu ms", "many cpu ms"):
        shown.add_column(name, justify="left" if name == "page" else "right")
    for one in grown:
        numbers = (one.few_ms, one.many_ms, one.ratio, one.few_cpu_ms, one.many_cpu_ms)
        shown.add_row(one.page, *(f"{number:.1f}" for number in numbers))
    return shown


# ---- asking --------------------------------------------------------------------------------------------------------


def _measured(page: str, few: tuple[FlaskClient, int], many: tuple[FlaskClient, int], rounds: int) -> Grown:
    addresses = [(client, page.format(middle=count // 2)) for client, count in (few, many)]
    times: list[list[tuple[float, float]]] = [[], []]
    for turn in range(rounds + 1):
        for kept, (client, address) in zip(times, addresses, strict=True):
            took = _once(client, address)
            if turn:  # the first warms the page's template and the database's cache
                kept.append(took)
    wall_few, wall_many = (1000 * median(wall for wall, _ in one) for one in times)
    cpu_few, cpu_many = (1000 * median(cpu for _, cpu in one) for one in times)
    return Grown(page, wall_few, wall_many, cpu_few, cpu_many)


def _once(client: FlaskClient, address: str) -> tuple[float, float]:
    began, computed = time.perf_counter(), time.process_time()
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    took = time.perf_counter() - began, time.process_time() - computed
    if answer.status_code != 200:
        raise RuntimeError(f"{address} was answered with {answer.status_code}")
    return took


@contextmanager
def _console(folder: Path, count: int, database_url: str | None) -> Iterator[FlaskClient]:
    """A browser in which Hạnh has signed in, before a commune of so many calls."""
    folder.mkdir()
    url = database_url or f"sqlite:///{folder / 'hotline.sqlite3'}"
    migrate(url)
    store = open_store(url)
    commune = station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.HANH, cast.QUAN))
    fill(store, commune, count)
    app = Flask("tests.benchmarks.pages")
    settings = Settings(hotline_data_dir=folder)
    vault = Vault((folder / "recordings").as_uri())
    app.register_blueprint(create_console(Services(store, SECRET, vault, lambda: NOW, settings)))
    client = app.test_client()
    _sign_in(client)
    yield client
    store.close()


def _sign_in(client: FlaskClient) -> None:
    token = client.get("/sign-in").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "login": cast.HANH.login, "password": cast.HANH.password}
    if client.post("/sign-in", data=form).status_code != 303:
        raise RuntimeError("Hạnh could not sign in")


# ---- filling -------------------------------------------------------------------------------------------------------


def fill(store: Store, commune: Station, count: int) -> None:
    """So many calls until now, made by the database itself: some seconds for a million."""
    with store.write() as connection:
        for digits, name in (("01", "Khe Mận"), ("02", "Thôn Bản Pho")):
            station.place(connection, commune, digits, name)
        add_shift(connection, "hanh", "duty", NOW - timedelta(hours=2), NOW + timedelta(hours=10))
        for statement in _statements(commune, count, store.dialect):
            connection.execute(text(statement))


def _statements(commune: Station, count: int, dialect: str) -> Iterator[str]:
    """A call of each number; each third made a report. Rare things lie far back, where they are hard to find."""

    def at(seconds: str) -> str:
        if dialect == "sqlite":
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{NOW:%Y-%m-%d %H:%M:%S}', '-' || ({seconds}) || ' seconds')"
        return f"CAST('{NOW.isoformat()}' AS timestamptz) - ({seconds}) * interval '1 second'"

    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    age = f"({count} - i) * {_EVERY_S}"
    no, yes = ("0", "1") if dialect == "sqlite" else ("false", "true")
    rare = "i % 5000 = 7 AND i < 50000"
    yield f"""INSERT INTO calls (id, key, carrier, carrier_call_id, unit_id, line_id, flow_hash, language, visit, node,
            chose, reported, emergency, kind, category, outcome, privacy, withheld, started_at, ended_at, duration_s,
            carrier_sequence)
        {numbers} SELECT i, 'k' || i, 'local', 'CA' || i, {commune.unit_id}, {commune.line_id}, '{station.FLOW}',
            CASE WHEN {rare} THEN 'ru' ELSE 'vi' END, 3, 'record_report', {yes}, {yes}, {no},
            CASE WHEN {rare} THEN 'emergency' WHEN i % 3 = 0 THEN 'report' ELSE 'admin' END,
            CASE WHEN {rare} THEN 'RPT-WEAPON' WHEN i % 3 = 0 THEN 'RPT-THEFT' ELSE 'ADM-ID' END,
            CASE WHEN {rare} THEN 'officer' WHEN i % 3 = 0 THEN 'recorded' ELSE 'answered_by_ivr' END,
            'confidential', {no}, {at(age)}, {at(age)}, 90, -1 FROM n"""
    yield f"""INSERT INTO steps (call_id, visit, node, language, at)
        {numbers} SELECT i, 0, 'main_menu', 'vi', {at(age)} FROM n """
    third = f"{numbers.replace(str(count) + ')', str(count // 3) + ')')}"
    age_of_report = f"({count} - 3 * i) * {_EVERY_S}"
    is_open = f"i % 100 = 1 OR 3 * i > {count - 60}"
    yield f"""INSERT INTO reports (id, reference, unit_id, line_id, kind, category, urgency, status, outcome, privacy,
            place_id, incomplete, interpreter, channel, received_at, acknowledged_at, acknowledged_by, acknowledge_by,
            due_at, closed_at, settled_at, assigned_to, version, reopened, unsafe_to_ring_back)
        {third} SELECT i, 'R-2026-' || substr('0000' || i, CASE WHEN i < 10000 THEN length('' || i) + 1 ELSE 5 END),
            {commune.unit_id}, {commune.line_id}, 'report',
            CASE WHEN {rare} THEN 'RPT-WEAPON' ELSE 'RPT-THEFT' END,
            CASE i % 20 WHEN 1 THEN 'high' WHEN 2 THEN 'critical' ELSE 'normal' END,
            CASE WHEN {is_open} THEN 'ASSIGNED' ELSE 'CLOSED' END,
            CASE WHEN {is_open} THEN NULL WHEN {rare} THEN 'MEDIATED' ELSE 'CONFIRMED' END, 'confidential',
            CASE WHEN {rare} THEN 2 ELSE 1 END, {no}, {no}, 'voice', {at(age_of_report)},
            CASE WHEN 3 * i > {count - 15} THEN NULL ELSE {at(age_of_report)} END, 1, {at(age_of_report + " - 900")},
            {at(age_of_report + " - 432000")}, CASE WHEN {is_open} THEN NULL ELSE {at(age_of_report)} END,
            CASE WHEN {is_open} THEN NULL ELSE {at(age_of_report)} END, CASE WHEN {rare} THEN 1 ELSE 2 END, 0, 0, {no}
        FROM n"""
    yield f"INSERT INTO report_calls (report_id, call_id, role) {third} SELECT i, 3 * i, 'first' FROM n"
    yield f"""INSERT INTO call_officers (call_id, visit, officer_id, joined_at)
        {numbers} SELECT i, 3, 1, {at(age)} FROM n WHERE {rare}"""


def _named(database_url: str, name: str) -> str | None:
    return f"{database_url}_{name}" if database_url else None


def main() -> int:
    """Measure, print, and fail where a bar is missed."""
    parser = ArgumentParser(prog="python -m tests.benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, choices=range(1, 101), default=ROUNDS, metavar="1-100")
    parser.add_argument("--json", action="store_true", help="one document for programs instead of a table")
    asked = parser.parse_args()
    grown = measure(asked.rounds)
    judged = figures(grown)
    if asked.json:
        print(json.dumps({"pages": [asdict(one) for one in grown], "figures": [asdict(one) for one in judged]}))
    else:
        console = Console(width=110)
        console.print(table(grown))
        for one in judged:
            console.print(f"{one.name}: {one.value:.2f}{one.unit}, at most {one.bar:g}: {one.verdict}")
    return 0 if all(one.met for one in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
