"""`python -m tests.benchmarks`: measure, print, and write JSON beside. A missed bar is printed and is no failure."""

import json
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks import footprint, forms, imports, months, pages, parts, provinces, throughput
from tests.benchmarks.figures import Figure, figures
from tests.benchmarks.throughput import CALLERS, Measured

RESULTS = Path("bench-results")


def main() -> int:
    """Run everything once; returns 1 only where a server answered wrongly or lost a step."""
    asked = _arguments()
    console = Console(width=110)
    weighed = footprint.measure()
    pieces = parts.measure()
    printed, taken_in = forms.measure(), imports.measure()
    servers = throughput.measure(asked.rounds, asked.seconds, postgres=not asked.no_postgres)
    grown = months.measure(months.SIZES if asked.million else months.SIZES[:-1])
    province = provinces.measure()
    opened = pages.measure()
    judged = [
        *figures(servers, weighed),
        *forms.figures(printed),
        *taken_in.figures(),
        *pages.figures(opened),
        months.judged(grown),
        *provinces.judged(province),
    ]
    console.print(_served(servers, asked), _pieces(pieces), months.table(grown), pages.table(opened), _judged(judged))
    console.print(provinces.told(province))
    console.print(
        f"Until the first answered call: {weighed.first_call_cpu_s:.1f} s of computing in all processes; "
        f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )
    _write(asdict(weighed), pieces, servers, asdict(printed), [asdict(one) for one in opened], judged)
    broken = [server.name for server in servers if server.refused or server.kept not in (None, server.answered)]
    if broken:
        console.print(f"WRONG: {', '.join(broken)} answered wrongly, or does not hold every step that it answered.")
    return 1 if broken else 0


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, choices=range(1, 21), default=5, metavar="1-20")
    parser.add_argument("--seconds", type=int, choices=range(1, 31), default=3, metavar="1-30", help="of each round")
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--million", action="store_true", help="let the month grow to a million calls: minutes more")
    return parser.parse_args()


def _served(servers: list[Measured], asked: Namespace) -> Table:
    table = Table(title=f"{CALLERS} callers, medians of {asked.rounds} rounds of {asked.seconds} s in turn")
    for name in ("server", "requests/s", "p50 ms", "p99 ms", "/ bare", "/ signed", "answered", "refused", "kept"):
        table.add_column(name, justify="left" if name == "server" else "right")
    bare, signed = (next(s.per_second for s in servers if s.name == name) for name in ("bare", "signed"))
    for server in servers:
        table.add_row(
            server.name,
            f"{server.per_second:,.0f}",
            f"{server.p50_ms:.1f}",
            f"{server.p99_ms:.1f}",
            f"{server.per_second / bare:.2f}",
            f"{server.per_second / signed:.2f}",
            f"{server.answered:,}",
            f"{server.refused:,}",
            "-" if server.kept is None else f"{server.kept:,}",
        )
    return table


def _pieces(pieces: dict[str, float]) -> Table:
    table = Table("part of a step", title="one process, one thread")
    table.add_column("µs", justify="right")
    for name, microseconds in pieces.items():
        table.add_row(name, f"{microseconds:,.0f}" if microseconds >= 10 else f"{microseconds:.1f}")
    return table


def _judged(judged: list[Figure]) -> Table:
    table = Table("figure", title="against the bars")
    for name in ("value", "bar", "aim"):
        table.add_column(name, justify="right")
    table.add_column("")
    for figure in judged:
        sign = "≥" if figure.at_least else "≤"
        value = f"{figure.value:.2f}{figure.unit}"
        table.add_row(figure.name, value, f"{sign} {figure.bar:g}", f"{sign} {figure.aim:g}", figure.verdict)
    return table


def _write(
    weighed: dict[str, Any],
    pieces: dict[str, float],
    servers: list[Measured],
    printed: dict[str, float],
    opened: list[dict[str, Any]],
    judged: list[Figure],
) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - a benchmark is an edge of its own
    result = {
        "at": now.isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()},
        "servers": [asdict(server) for server in servers],
        "footprint": weighed,
        "parts_us": pieces,
        "forms": printed,
        "pages_ms": opened,
        "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in judged],
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now:%Y-%m-%dT%H%M%S}.json"
    file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Written to {file}.")


if __name__ == "__main__":
    sys.exit(main())
