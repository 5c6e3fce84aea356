"""A month is the sum of its days, whatever becomes of its calls and wherever its clock is put forward or back."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, delete, insert, select, update

from hotline.casework.hours import OfficeHours
from hotline.casework.months import Month
from hotline.casework.setup import load_unit
from hotline.casework.statistics import call_figures, day_counts
from hotline.casework.statistics.call_tally import EndedCall, additions, hours_of
from hotline.casework.statistics.figures import KINDS, Figures
from hotline.casework.statistics.month import figures_of
from hotline.casework.statistics.span import span_of, unit_by_id
from storage.database import Store
from storage.tables import calls, periodic_runs, report_calls, reports, steps, units
from storage.tables import day_counts as day_count_rows
from storage.tables import month_counts as month_count_rows
from tests.hotline import station
from tests.hotline.station import Station

ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "Pacific/Apia", "America/Asuncion", "Asia/Kathmandu")
MONTHS = (Month(2026, 2), Month(2026, 3), Month(2026, 10), Month(2026, 12))
OFFICE = {"mon": ["07:30-11:30", "13:30-17:00"], "sat": ["08:00-11:00"]}
OUTCOMES = ("hung_up", "left", "recorded", "answered_by_ivr", "officer")

near_the_border = some.integers(-3600 * 30, 3600 * 30)
within = some.integers(0, 3600 * 24 * 27)


@dataclass(frozen=True)
class Ring:
    """A call as it begins: how many seconds after the start of the month, or around its end."""

    seconds: int
    at_the_end: bool
    kind: str | None
    outcome: str
    place: int | None
    language: str
    duration: int | None


rings = some.builds(
    Ring,
    some.one_of(within, near_the_border),
    some.booleans(),
    some.sampled_from([*KINDS, None, "riddle"]),
    some.sampled_from(OUTCOMES),
    some.sampled_from([None, 0, 1]),
    some.sampled_from(["vi", "ru"]),
    some.sampled_from([None, 0, 59, 61]),
)
changes = some.tuples(
    some.integers(0, 30),
    some.sampled_from(["kind", "duration", "place", "outcome", "end again"]),
    some.sampled_from([*KINDS, None]),
    some.integers(0, 600),
)


class Book:
    """A unit's calls, written and changed the way the application does: inside `counting`."""

    def __init__(self, connection: Connection, of: Station, places: list[int], month: Month, zone: ZoneInfo) -> None:
        self.connection, self.of, self.places, self.month, self.zone = connection, of, places, month, zone
        self.calls: list[int] = []
        self.reports: dict[int, int] = {}

    def rings(self, ring: Ring) -> None:
        start, end = self.month.bounds(self.zone)
        began = (end if ring.at_the_end else start) + timedelta(seconds=ring.seconds)
        facts = {"kind": None, "category": None, "outcome": None, "ended_at": None, "duration_s": None}
        call_id = station.call(self.connection, self.of, f"CA{len(self.calls)}", started_at=began, **facts)
        with day_counts.counting(self.connection, (call_id,)):
            ended = {"ended_at": began, "kind": ring.kind, "outcome": ring.outcome, "duration_s": ring.duration}
            self.sets(call_id, **ended, language=ring.language, category="RPT-THEFT" if ring.kind == "report" else None)
            if ring.place is not None:
                place = {"place_id": self.places[ring.place]}
                self.reports[call_id] = station.report(self.connection, self.of, f"R-{call_id}", call_id, **place)
        self.calls.append(call_id)

    def becomes(self, which: int, what: str, kind: str | None, number: int) -> None:
        if not self.calls:
            return
        call_id = self.calls[which % len(self.calls)]
        with day_counts.counting(self.connection, (call_id,)):
            match what:
                case "kind":
                    self.sets(call_id, kind=kind)
                case "duration":
                    self.sets(call_id, duration_s=number)
                case "outcome":
                    self.sets(call_id, outcome=OUTCOMES[number % len(OUTCOMES)])
                case "place" if call_id in self.reports:
                    place = {"place_id": [None, *self.places][number % 3]}
                    theirs = update(reports).where(reports.c.id == self.reports[call_id])
                    self.connection.execute(theirs.values(place))

    def sets(self, call_id: int, **values: Any) -> None:
        self.connection.execute(update(calls).where(calls.c.id == call_id).values(values))


@contextmanager
def empty(store: Store) -> Iterator[Connection]:
    """The store without calls, for the length of one history; nothing of it is kept."""
    with store.engine.connect() as connection:
        for table in (report_calls, reports, steps, calls, day_count_rows, month_count_rows, periodic_runs):
            connection.execute(delete(table))
        yield connection
        connection.rollback()


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    some.lists(rings, max_size=12),
    some.lists(changes, max_size=12),
    some.sampled_from(ZONES),
    some.sampled_from(MONTHS),
    some.booleans(),
)
def test_whatever_becomes_of_the_calls_a_month_is_the_sum_of_its_days(
    store: Store, commune: Station, came: list[Ring], went: list[Any], zone: str, month: Month, counted_late: bool
) -> None:
    with empty(store) as connection:
        connection.execute(update(units).values(timezone=zone, office_hours=OFFICE))
        places = [station.place(connection, commune, digits, f"Village {digits}") for digits in ("01", "02")]
        book = Book(connection, commune, places, month, ZoneInfo(zone))
        around = (month.previous, month, month.next)
        if not counted_late:
            mark(connection, commune, *around)
        for ring in came:
            book.rings(ring)
        for change in went:
            book.becomes(*change)
        if counted_late:
            mark(connection, commune, *around)
        now = month.next.next.bounds(ZoneInfo(zone))[0]
        for one in around:
            days = day_counts.from_days(connection, commune.unit_id, one)
            assert days == day_counts.from_calls(connection, commune.unit_id, one)
            assert day_counts.summed(days) == day_counts.tally(connection, commune.unit_id, one)
            assert day_counts.summed(days) == day_counts.from_month(connection, commune.unit_id, one)
            told_apart(connection, commune, one, now)
        everything = [day_counts.tally(connection, commune.unit_id, one)["received", ""] for one in around]
        assert sum(everything) == len(came), "each call is of one day of one month"


def mark(connection: Connection, of: Station, *months: Month) -> None:
    for month in months:
        day_counts.recount(connection, of.unit_id, month, station.NOW)


def told_apart(connection: Connection, of: Station, month: Month, now: datetime) -> None:
    """Every call is hung up, of one kind, or named as what breaks the identity; parts add up to what is connected."""
    unit = unit_by_id(connection, of.unit_id)
    span = span_of(month, unit.zone, now)
    figures: Figures = figures_of(connection, unit, span)
    breaking = call_figures.out_of_balance(connection, unit, span)
    assert figures.received == figures.hung_up + sum(figures.kinds.values()) + len(breaking)
    assert figures.balances == (not breaking)
    for parts in (figures.places.values(), figures.languages.values(), figures.hours):
        assert sum(parts) == figures.connected
    assert figures.office_hours + figures.evening + figures.night == figures.connected
    assert Figures.from_json(figures.to_json()) == figures


@given(some.integers(0, 3600 * 24 * 700), some.sampled_from(ZONES))
def test_a_call_is_of_one_band_of_hours(seconds: int, zone: str) -> None:
    office = OfficeHours.from_settings(OFFICE, {})
    local = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(ZoneInfo(zone))
    band = hours_of(office, local)
    assert band == ("office" if office.open_at(local) else "evening" if 6 <= local.hour < 22 else "night")


def test_the_hours_of_a_call_are_those_of_its_time_even_where_the_office_has_others_now() -> None:
    morning = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    call = EndedCall(1, morning, "admin", None, "left", "vi", None, 60, None, "office")
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    assert ("band", "office", 1) in set(additions(call, zone, OfficeHours()))


def test_a_hang_up_before_any_choice_is_no_call_about_other_things() -> None:
    call = EndedCall(1, datetime(2026, 3, 2, tzinfo=UTC), "other", None, "hung_up", "vi", None, 3, None, None)
    found = Counter({(of, key): n for of, key, n in additions(call, ZoneInfo("UTC"), OfficeHours())})
    assert found == {("received", ""): 1, ("seconds", ""): 3, ("hung up", ""): 1}


def test_a_new_time_zone_has_its_days_counted_anew(store: Store, commune: Station) -> None:
    november = Month(2026, 11)
    with store.write() as connection:
        station.call(connection, commune, "CA1", started_at=datetime(2026, 10, 31, 16, 30, tzinfo=UTC))
        mark(connection, commune, november.previous, november)
        assert day_counts.tally(connection, commune.unit_id, november)["received", ""] == 0
        load_unit(connection, {"code": "suoi-da", "timezone": "Asia/Tokyo"}, station.NOW)
        assert connection.execute(select(day_count_rows)).all() == []
        assert connection.execute(select(month_count_rows)).all() == []
        assert day_counts.tally(connection, commune.unit_id, november)["received", ""] == 1
        assert day_counts.uncounted(connection, commune.unit_id, station.NOW) == [november]
        load_unit(connection, {"code": "suoi-da", "timezone": "Asia/Tokyo"}, station.NOW)


@pytest.mark.parametrize("missing", [(), (7,)])
def test_counting_no_call_or_one_that_is_not_there_changes_nothing(
    store: Store, commune: Station, missing: tuple[int, ...]
) -> None:
    with store.write() as connection:
        with day_counts.counting(connection, missing):
            connection.execute(insert(periodic_runs).values(task="x", unit_id=1, period="y", at=station.NOW))
        assert connection.execute(select(day_count_rows)).all() == []
