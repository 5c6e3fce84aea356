"""The rows that programs and pages read: exact keys, local times, one unit's only."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from hotline.casework.call_log import Filter, newest_calls, newest_reports, report_page
from hotline.casework.months import MonthError
from hotline.casework.people import find_officer
from hotline.errors import NotFoundError
from storage.database import Store
from storage.tables import recordings, report_calls
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, Station

CALL_KEYS = [
    *("id", "carrier_call_id", "line", "started_at", "ended_at", "duration_s", "language", "kind", "category"),
    *("outcome", "privacy", "flow", "flow_version", "steps", "hung_up_at", "recordings", "report"),
    "unit",  # added: references are counted in each unit anew
]
REPORT_KEYS = [
    *("reference", "kind", "category", "urgency", "status", "outcome", "locality", "privacy", "received_at"),
    *("acknowledged_at", "due_at", "closed_at", "calls", "assigned_to", "measures"),
    "unit",
]


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def commune(store: Store) -> Station:
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.HANH,))


@pytest.fixture
def island(store: Store) -> Station:
    return station.station(store, "far", "Far away", cast.ANOTHER_LINE, (cast.SINH,), zone="America/New_York")


def test_a_call_in_json_is_exactly_what_the_contract_names(store: Store, commune: Station) -> None:
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA1")
        station.report(connection, commune, "R-2026-0001", call_id)
        connection.execute(
            recordings.insert().values(
                call_id=call_id,
                carrier="local",
                carrier_call_id="CA1",
                carrier_recording_id="RE1",
                status="awaited",
                attempts=0,
                not_before=NOW,
                first_seen_at=NOW,
            )
        )
        [row] = newest_calls(connection, None, Filter())
    written = json.loads(json.dumps(row.to_json()))
    assert list(written) == CALL_KEYS
    [recording] = written.pop("recordings")
    assert {**recording, "id": 0} == {"id": 0, "status": "awaited", "duration_s": None, "sha256": None, "bytes": None}
    assert written["started_at"] == "2026-11-14T21:04:00+07:00"
    assert written["ended_at"] == "2026-11-14T21:06:07+07:00"
    assert (written["line"], written["flow"], written["flow_version"]) == (cast.THE_LINE, "keychain", station.FLOW)
    assert (written["steps"], written["report"], written["privacy"]) == (3, "R-2026-0001", "confidential")


def test_a_report_in_json_is_exactly_what_the_contract_names(store: Store, commune: Station) -> None:
    with store.write() as connection:
        village = station.place(connection, commune, "12", "Thôn Bản Pho")
        call_id = station.call(connection, commune, "CA1")
        facts = {"place_id": village, "assigned_to": commune.officers["hanh"], "due_at": NOW + timedelta(hours=4)}
        report_id = station.report(connection, commune, "R-2026-0001", call_id, **facts)
        added = station.call(connection, commune, "CA2", started_at=NOW + timedelta(hours=1))
        connection.execute(report_calls.insert().values(report_id=report_id, call_id=added, role="addition"))
        [row] = newest_reports(connection, {commune.unit_id}, Filter())
    written = json.loads(json.dumps(row.to_json()))
    assert list(written) == REPORT_KEYS
    assert written["calls"] == [call_id, added]
    assert (written["locality"], written["assigned_to"], written["measures"]) == ("Thôn Bản Pho", "hanh", [])
    assert written["due_at"] == "2026-11-15T01:04:00+07:00"
    assert written["closed_at"] is None


def test_each_units_months_begin_at_its_own_midnight(store: Store, commune: Station, island: Station) -> None:
    at = datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC)  # the 1st in the commune, still 31 October in New York
    with store.write() as connection:
        here = station.call(connection, commune, "CA1", started_at=at)
        there = station.call(connection, island, "CA2", started_at=at)
        later = station.call(connection, island, "CA3", started_at=at + timedelta(seconds=1))
        november = newest_calls(connection, None, Filter(month="2026-11"))
        october = newest_calls(connection, None, Filter(month="2026-10"))
    assert [row.id for row in november] == [later, here]
    assert [row.id for row in october] == [there]


def test_december_ends_with_the_year(store: Store, commune: Station) -> None:
    with store.write() as connection:
        station.call(connection, commune, "CA1", started_at=datetime(2026, 12, 31, 16, 59, tzinfo=UTC))
        station.call(connection, commune, "CA2", started_at=datetime(2026, 12, 31, 17, 0, tzinfo=UTC))
        [row] = newest_calls(connection, None, Filter(month="2026-12"))
    assert row.carrier_call_id == "CA1"


@pytest.mark.usefixtures("commune")
@pytest.mark.parametrize("month", ["2026-1", "2026-00", "2026-13", "26-01", "2026-11-01", "٢٠٢٦-١١", ""])
def test_a_month_that_is_none_is_refused(store: Store, month: str) -> None:
    with store.read() as connection, pytest.raises(MonthError):
        newest_calls(connection, None, Filter(month=month or "x"))


def test_pages_of_the_log_hold_every_call_once(store: Store, commune: Station, island: Station) -> None:
    with store.write() as connection:
        ours = [
            station.call(connection, commune, f"CA{n}", started_at=NOW + timedelta(seconds=n % 4)) for n in range(23)
        ]
        for n in range(5):
            station.call(connection, island, f"CB{n}")
        seen: list[int] = []
        while page := newest_calls(connection, {commune.unit_id}, Filter(limit=5, before=seen[-1] if seen else None)):
            seen += [row.id for row in page]
            assert [row.started_at for row in page] == sorted((row.started_at for row in page), reverse=True)
    assert sorted(seen) == sorted(ours)


def test_a_report_is_looked_up_through_the_officer(store: Store, commune: Station, island: Station) -> None:
    with store.write() as connection:
        station.report(connection, commune, "R-2026-0001", None, urgency="high")
        station.report(connection, island, "R-2026-0001", None, urgency="low")
        hanh, sinh = find_officer(connection, "hanh"), find_officer(connection, "sinh")
        assert hanh is not None
        assert sinh is not None
        assert report_page(connection, hanh, "R-2026-0001").report.urgency == "high"
        assert report_page(connection, sinh, "R-2026-0001").report.urgency == "low"
        with pytest.raises(NotFoundError):
            report_page(connection, hanh, "R-2026-0002")


def test_a_list_of_very_many_calls_is_whole(store: Store, commune: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.casework.call_log_rows._ROWS_AT_ONCE", 3)
    with store.write() as connection:
        made = [station.call(connection, commune, f"CA{n}", started_at=NOW + timedelta(seconds=n)) for n in range(8)]
        for n, call_id in enumerate(made):
            station.report(connection, commune, f"R-2026-{n:04d}", call_id, received_at=NOW + timedelta(seconds=n))
        rows = newest_calls(connection, None, Filter(limit=10**9))
        found = newest_reports(connection, None, Filter(limit=10**9))
    assert [(row.id, row.steps, row.report) for row in reversed(rows)] == [
        (call_id, 3, f"R-2026-{n:04d}") for n, call_id in enumerate(made)
    ]
    assert [row.calls for row in reversed(found)] == [(call_id,) for call_id in made]
