"""The night that `hotline demo --night` plays: the same script, at the speed of the tests."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from hotline.demo.night import Night
from hotline.demo.night_log import escalation_log
from hotline.demo.tonight import last_night
from hotline.simulator.carrier import StandInCarrier
from storage.database import Store
from storage.tables import follow_ups, recordings, reports, ringings
from tests.cast import HANH, LY, QUAN
from tests.stories.conftest import HOME, ON_SQLITE, Commune

_LONGEST = 40  # half seconds


@dataclass
class PlayedScene:
    """The commune of the tests: the worker beats, and half a second passes, until what is waited for is there."""

    commune: Commune

    @property
    def carrier(self) -> StandInCarrier:
        return self.commune.carrier

    @property
    def store(self) -> Store:
        return self.commune.store

    def now(self) -> datetime:
        return self.commune.clock()

    def goes_on(self, span: timedelta) -> None:
        self.commune.clock.moment += span

    def until(self, what: str, happens: Callable[[], bool]) -> None:
        for _ in range(_LONGEST):
            if happens():
                return
            self._half_a_second()
        raise AssertionError(what)

    def _half_a_second(self) -> None:
        now, ringing = self.now(), self.commune.ringing
        for beat in (ringing.make_way, ringing.ring, ringing.let_go):
            beat(now)
            self.carrier.connect()
        self.commune.pages_go_out()
        self.commune.worker_runs()
        self.commune.clock.goes_on(seconds=0.5)


@dataclass
class Told:
    """What the night has told, and its log."""

    night: list[str]
    log: list[str]

    def of_call(self, number: int) -> str:
        start = next(place for place, line in enumerate(self.night) if line.startswith(f"{number}. "))
        rest = self.night[start + 1 :]
        return "\n".join(rest[: rest.index("") if "" in rest else None])


@pytest.fixture
def told(commune: Commune) -> Told:
    for officer, group in ((HANH, "duty"), (QUAN, "duty"), (LY, "command")):
        commune.puts_on_duty(officer, group)
    commune.clock.strikes(2026, 3, 3, 1, 12)
    lines: list[str] = []
    duty, command = {HANH.number: HANH.name, QUAN.number: QUAN.name}, {LY.number: LY.name}
    start = commune.clock()
    Night(PlayedScene(commune), "+842101234567", HOME, duty, command, lines.append).play()
    return Told(lines, list(escalation_log(commune.store, start, HOME)))


def test_the_night_is_told_call_by_call_and_ends_with_its_log(told: Told, commune: Commune) -> None:
    first = told.of_call(1)
    assert "01:12:00  The telephones of Hạnh and Quân ring" in first
    assert "R-2026-0001 is on the board: critical, with Hạnh" in first
    assert "01:40" in told.of_call(2)
    assert "đã có người nhận: Hạnh, lúc 01:40" in told.of_call(2) or "is taken: Hạnh, at 01:40" in told.of_call(2)
    assert "Nobody was woken" in told.of_call(3)
    climbed = re.findall(r"(\d\d:\d\d):\d\d  (Round \d, step \d): ([^:]+) rung", told.of_call(4))
    assert climbed == [
        ("02:20", "Round 1, step 1", "Hạnh, Quân"),
        ("02:35", "Round 1, step 2", "Lý"),
        ("02:50", "Round 2, step 1", "Hạnh, Quân"),
        ("03:05", "Round 2, step 2", "Lý"),
        ("03:20", "Round 3, step 1", "Hạnh, Quân"),
    ]
    assert "ALARM: nobody takes R-2026-0003" in told.of_call(4)
    assert "adds a message" in told.of_call(5)
    assert {row["status"] for row in commune.rows(recordings)} == {"kept"}
    assert [row["state"] for row in commune.rows(follow_ups)] == ["acked", "acked", "exhausted"]
    assert [row["taken_by"] for row in commune.rows(ringings)] == [2]
    assert [row["acknowledged_by"] for row in commune.rows(reports)] == [2, 2, None]


@ON_SQLITE
def test_the_log_is_that_of_the_rows_and_names_neither_callers_nor_codes(told: Told) -> None:
    log = [re.sub(" +", " ", line.strip()) for line in told.log]
    assert log[:3] == [
        "A caller in danger holds the line",
        "together, duty Hạnh telephone took 01:12:00",
        "together, duty Quân telephone called off 01:12:00",
    ]
    assert "round 1, step 1 Hạnh telephone has it 01:40:00" in log
    assert [line for line in log if "Lý" in line] == [
        f"round {number}, step 2 Lý {way} {minute}:00"
        for number, minute in ((1, "02:35"), (2, "03:05"))
        for way in ("telephone nobody picked up", "text arrived")
    ]
    assert not re.search(r"\+?84\d{6}|\d( ?\d){8}", "\n".join([*told.night, *told.log]))


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ((2026, 11, 27, 7, 0), (2026, 11, 27, 1, 12)),
        ((2026, 11, 27, 5, 12), (2026, 11, 27, 1, 12)),
        ((2026, 11, 27, 5, 11), (2026, 11, 26, 1, 12)),
        ((2026, 11, 27, 0, 30), (2026, 11, 26, 1, 12)),
    ],
)
def test_the_night_that_is_played_is_over(now: tuple[int, ...], begins: tuple[int, ...]) -> None:
    def at(*parts: int) -> datetime:
        return datetime(*parts, tzinfo=HOME).astimezone(UTC)  # type: ignore[arg-type,misc]

    assert last_night(at(*now)) == at(*begins)
