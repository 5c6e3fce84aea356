"""Counting a unit's month anew keeps that unit's calls waiting for it, and nobody else's."""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import OperationalError

from hotline.casework.months import Month
from hotline.casework.statistics import day_counts
from storage.database import Store
from storage.tables import calls
from tests import cast
from tests.hotline import station
from tests.hotline.station import Station

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
NOVEMBER = Month.at(station.NOW, ZoneInfo("Asia/Ho_Chi_Minh"))


def suoi_da(store: Store) -> Station:
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, ())


def ends(connection: Connection, call_id: int) -> None:
    with day_counts.counting(connection, (call_id,)):
        connection.execute(update(calls).where(calls.c.id == call_id).values(ended_at=station.NOW))


def in_course(store: Store, of: Station) -> int:
    with store.write() as connection:
        return station.call(connection, of, f"CA{of.unit_id}", ended_at=None)


@contextmanager
def impatient(store: Store) -> Iterator[Connection]:
    """Another process, that would rather fail than wait."""
    with store.engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '200ms'"))
        yield connection


@ON_POSTGRESQL
def test_while_one_commune_is_counted_anew_anothers_calls_end_and_its_own_wait(store: Store) -> None:
    counted, beside = suoi_da(store), station.station(store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, ())
    own, other = in_course(store, counted), in_course(store, beside)
    with store.write() as counting:
        day_counts.recount(counting, counted.unit_id, NOVEMBER, station.NOW)
        with impatient(store) as connection:
            ends(connection, other)
        with pytest.raises(OperationalError, match="lock timeout"), impatient(store) as connection:
            ends(connection, own)
    with store.write() as connection:
        ends(connection, own)
    with store.read() as connection:
        for unit in (counted, beside):
            assert day_counts.tally(connection, unit.unit_id, NOVEMBER)["received", ""] == 1


@ON_POSTGRESQL
def test_a_call_that_ends_is_waited_for_by_whoever_counts_anew(store: Store) -> None:
    commune = suoi_da(store)
    call_id = in_course(store, commune)
    with store.write() as ending:
        ends(ending, call_id)
        with pytest.raises(OperationalError, match="lock timeout"), impatient(store) as connection:
            day_counts.recount(connection, commune.unit_id, NOVEMBER, station.NOW)
    with store.write() as connection:
        day_counts.recount(connection, commune.unit_id, NOVEMBER, station.NOW)
        assert day_counts.tally(connection, commune.unit_id, NOVEMBER)["received", ""] == 1
        kept = day_counts.from_days(connection, commune.unit_id, NOVEMBER)
        assert kept == day_counts.from_calls(connection, commune.unit_id, NOVEMBER)


@ON_POSTGRESQL
@pytest.mark.parametrize("forgets", [day_counts.forget, lambda *whose: day_counts.distrust(*whose, [NOVEMBER])])
def test_who_forgets_a_count_waits_for_one_under_way_and_takes_its_mark(store: Store, forgets: object) -> None:
    commune = suoi_da(store)
    assert callable(forgets)
    with store.write() as counting:
        day_counts.recount(counting, commune.unit_id, NOVEMBER, station.NOW)
        with pytest.raises(OperationalError, match="lock timeout"), impatient(store) as connection:
            forgets(connection, commune.unit_id)
    with store.write() as connection:
        forgets(connection, commune.unit_id)
        assert day_counts.counted_months(connection, commune.unit_id) == set()
