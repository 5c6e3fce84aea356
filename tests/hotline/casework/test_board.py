"""What hangs where on the board: decided from plain values, and read from both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.casework.alarms import deal_with, open_alarms, past_alarms, raise_alarm
from hotline.casework.board import OPEN, SOON, URGENT, BoardRow, arranged, board
from hotline.casework.call_log import Filter, newest_calls, newest_reports
from hotline.casework.call_log_choices import log_choices
from hotline.casework.people import find_officer
from storage.database import Store
from storage.tables import call_officers
from tests import cast
from tests.hotline import station

NOW = datetime(2026, 11, 14, 14, 4, tzinfo=UTC)
QUIET = BoardRow(
    id=1,
    reference="R-2026-0001",
    kind="report",
    category="RPT-THEFT",
    urgency="normal",
    happening_now=False,
    locality="Khe Mận",
    status="ASSIGNED",
    received_at=NOW,
    acknowledge_by=None,
    due_at=None,
    taken=True,
    taken_by="Hạnh",
    untaken_clock=None,
    due_clock=None,
)


@pytest.mark.parametrize(
    ("facts", "shelf"),
    [
        ({}, OPEN),
        ({"taken": False}, OPEN),
        ({"urgency": "high"}, OPEN),
        ({"urgency": "high", "taken": False}, URGENT),
        ({"urgency": "critical", "taken": False, "untaken_clock": "green"}, URGENT),
        ({"due_clock": "red"}, URGENT),
        ({"taken": False, "untaken_clock": "red"}, URGENT),
        ({"due_clock": "yellow"}, SOON),
        ({"taken": False, "untaken_clock": "yellow", "due_clock": "green"}, SOON),
        ({"urgency": "an unknown one", "taken": False}, OPEN),
    ],
)
def test_each_report_hangs_on_its_shelf(facts: dict[str, object], shelf: str) -> None:
    assert replace(QUIET, **facts).shelf == shelf


def test_a_fresh_critical_one_hangs_above_what_is_only_late() -> None:
    late = replace(QUIET, id=2, due_clock="red", received_at=NOW - timedelta(days=9))
    fresh = replace(QUIET, id=3, urgency="critical", taken=False)
    rows, more = arranged([late, QUIET, fresh])
    assert [row.id for row in rows] == [3, 2, 1]
    assert more == frozenset()


def test_of_what_is_due_soon_the_soonest_comes_first_by_whichever_clock() -> None:
    by = {"due_at": NOW + timedelta(hours=3), "due_clock": "yellow"}
    later = replace(QUIET, id=2, **by)
    sooner = replace(QUIET, id=3, **by, taken=False, acknowledge_by=NOW + timedelta(hours=1), untaken_clock="yellow")
    assert [row.id for row in arranged([later, sooner])[0]] == [3, 2]


def test_both_databases_give_the_same_board(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)
    commune = station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.LY,))
    with store.write() as connection:
        ly = find_officer(connection, "ly")
        assert ly is not None
        village = station.place(connection, commune, "01", "Khe Mận")
        live = station.call(connection, commune, "CA-live", emergency=True, ended_at=None, kind=None, language="ru")
        theft = station.call(connection, commune, "CA-theft")
        late = {"due_at": NOW - timedelta(hours=1), "place_id": village, "acknowledged_at": NOW}
        station.report(connection, commune, "R-2026-0001", theft, **late)
        station.report(connection, commune, "R-2026-0002", None, urgency="critical", acknowledge_by=NOW)
        station.report(connection, commune, "R-2026-0003", None, settled_at=NOW)
        raise_alarm(connection, "missed_call", "1", {"call": theft}, NOW, commune.unit_id)
        joined = {"call_id": theft, "visit": 2, "officer_id": ly.id, "joined_at": NOW}
        connection.execute(call_officers.insert().values(joined))
        hung = board(connection, ly, NOW)
        assert [row.reference for row in hung.rows] == ["R-2026-0002", "R-2026-0001"]
        assert hung.rows[1].locality == "Khe Mận"
        assert [one.call_id for one in hung.emergencies] == [live]
        assert (hung.calls_today, hung.reports_today) == (2, 3)
        [alarm] = open_alarms(connection, ly)
        assert alarm.call_id == theft
        assert deal_with(connection, ly, alarm.id, NOW)
        assert not deal_with(connection, ly, alarm.id, NOW)
        assert [one.seen_by for one in past_alarms(connection, ly)] == ["Lý"]
        units = {commune.unit_id}
        assert [row.id for row in newest_calls(connection, units, Filter(spoke_with=ly.id))] == [theft]
        assert [row.id for row in newest_calls(connection, None, Filter(reference="R-2026-0001"))] == [theft]
        assert [row.id for row in newest_calls(connection, units, Filter(language="ru", day=NOW.date()))] == [live]
        assert [row.reference for row in newest_reports(connection, units, Filter(place_id=village))] == ["R-2026-0001"]
        assert dict(log_choices(connection, ly).places) == {village: "Khe Mận"}
