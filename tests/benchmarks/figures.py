"""The figures beside what they are to be. Only ratios within one run mean anything on a shared machine."""

from dataclasses import dataclass

from tests.benchmarks.footprint import Footprint
from tests.benchmarks.throughput import Measured


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and its bar; `aim` is what it should be one day."""

    name: str
    value: float
    bar: float
    aim: float
    at_least: bool
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    @property
    def aimed(self) -> bool:
        return self.value >= self.aim if self.at_least else self.value <= self.aim

    @property
    def verdict(self) -> str:
        return "MISSED" if not self.met else "aim reached" if self.aimed else "met"


def figures(servers: list[Measured], footprint: Footprint) -> list[Figure]:
    """All figures that have a bar."""
    by_name = {server.name: server for server in servers}
    bare, signed, ours = by_name["bare"], by_name["signed"], by_name["sqlite"]
    found = [
        Figure("durable step / signed sample, SQLite FULL", ours.per_second / signed.per_second, 0.6, 1.0, True),
        Figure("durable step p99 / bare p99, SQLite FULL", ours.p99_ms / bare.p99_ms, 3, 1.2, False),
    ]
    if other := by_name.get("postgresql"):
        ratio = other.per_second / signed.per_second
        found.append(Figure("durable step / signed sample, PostgreSQL, 2 processes", ratio, 0.35, 0.6, True))
    return [
        *found,
        Figure("idle memory, web and worker", footprint.idle_mib, 180, 110, False, " MiB"),
        Figure("`hotline run` to the first answered call", footprint.first_call_s, 4, 2, False, " s"),
    ]
