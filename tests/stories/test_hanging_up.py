"""Who hangs up leaves behind what is worth keeping, and nothing else."""

import pytest

from hotline.simulator.faults import Faults
from storage.tables import recordings, report_calls, reports, steps
from tests.cast import HANH, PAO
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard

pytestmark = ON_SQLITE

WHERE = {
    "": ("hung_up", "other", "language_menu", 0),
    "1": ("hung_up", "other", "main", 0),
    "11": ("left", "report", "report", 0),
    "113": ("left", "report", "report_violence", 0),
    "1131": ("left", "report", "report_now", 1),
    "11311": ("left", "report", "report_danger", 1),
    "1162": ("left", "report", "privacy", 0),
    "1161": ("left", "report", "privacy", 1),  # something else, and it goes on now
    "1162203": ("left", "report", "report_record", 1),  # something else, in a place that is named
    "11221": ("left", "report", "privacy", 1),
    "112112": ("left", "report", "place", 1),
    "1121120": ("left", "report", "place", 1),
    "11211203": ("left", "report", "report_record", 1),
    "12": ("left", "admin", "admin", 0),
    "121": ("left", "admin", "admin_home", 0),
    "1211": ("left", "admin", "adm_id", 0),
    "1231": ("left", "admin", "stay_record", 0),
    "13": ("left", "other", "earlier", 0),
    "1312": ("left", "other", "earlier", 0),
}


@pytest.mark.parametrize("keys", WHERE)
def test_hanging_up_keeps_what_was_said_by_keys(commune: Commune, keys: str) -> None:
    outcome, kind, node, count = WHERE[keys]
    call = commune.dials(PAO)
    call.key_in(keys)
    call.hang_up()
    row = commune.call(call)
    assert (row["outcome"], row["kind"], row["hung_up_at"]) == (outcome, kind, node)
    assert row["ended_at"] is not None
    assert commune.numbers() == [("identity", PAO.number)]
    found = commune.rows(reports)
    assert len(found) == count
    assert all(one["incomplete"] and one["status"] == "NEW" for one in found)
    assert all(step["answer"] is None and step["heard"] is None for step in commune.rows(steps))


def test_who_wishes_to_be_rung_back_and_hangs_up_before_speaking_is_not_forgotten(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.key_in("11623")  # something else, over by now; the police may ring back
    call.hang_up()
    report = commune.report()
    assert (report["incomplete"], report["privacy"], report["category"]) == (True, "call_back", None)
    assert commune.numbers() == [("content", PAO.number)]


def test_who_hangs_up_while_speaking_has_reported(commune: Commune) -> None:
    """No hash key, no code: what was said is kept and the report is whole."""
    call = commune.dials(PAO)
    call.key_in("11211303")
    call.record(17)
    call.hang_up()
    commune.worker_runs()
    row, report = commune.call(call), commune.report()
    assert (row["outcome"], row["kind"]) == ("recorded", "report")
    assert (report["category"], report["incomplete"], report["privacy"]) == ("RPT-THEFT", False, "call_back")
    assert commune.numbers() == [("content", PAO.number)]
    (recording,) = commune.rows(recordings)
    assert (recording["status"], recording["call_id"]) == ("kept", row["id"])


def test_a_recording_that_is_announced_after_the_end_completes_the_report(commune: Commune) -> None:
    commune.carrier.faults = Faults(held=frozenset({"recording", "status"}))
    call = commune.dials(PAO)
    call.key_in("11211203")
    call.record(17)
    call.hang_up()
    commune.carrier.deliver(order=[1, 0], times=2)
    commune.worker_runs()
    assert len(commune.rows(reports)) == len(commune.rows(recordings)) == len(commune.rows(report_calls)) == 1
    assert commune.report()["incomplete"] is False


def test_who_hangs_up_an_addition_in_the_middle_has_added(commune: Commune) -> None:
    first = commune.dials(PAO)
    first.key_in("11622#")
    first.record(5)
    first.press("#")
    first.hang_up()
    second = commune.dials(PAO)
    second.key_in("13" + code(first) + "1")
    second.record(9)
    second.hang_up()
    commune.worker_runs()
    row = commune.call(second)
    assert (row["kind"], row["outcome"]) == ("addition", "recorded")
    assert len(commune.rows(reports)) == 1
    assert {(link["call_id"], link["role"]) for link in commune.rows(report_calls)} == {(1, "first"), (2, "addition")}


def test_who_asks_after_a_report_and_is_then_in_danger_opens_a_new_one(commune: Commune) -> None:
    first = commune.dials(PAO)
    first.key_in("11622#")
    first.record(5)
    first.press("#")
    first.hang_up()
    second = commune.dials(PAO)
    second.key_in("13" + code(first) + "9")
    second.hang_up()
    row = commune.call(second)
    assert row["kind"] == "emergency"
    assert [one["kind"] for one in commune.rows(reports)] == ["report", "emergency"]


def test_who_only_hears_the_status_has_added_nothing(commune: Commune) -> None:
    first = commune.dials(PAO)
    first.key_in("11622#")
    first.record(5)
    first.press("#")
    first.hang_up()
    second = commune.dials(PAO)
    second.key_in("13" + code(first))
    second.hang_up()
    assert (commune.call(second)["kind"], commune.call(second)["outcome"]) == ("addition", "status_heard")
    assert len(commune.rows(report_calls)) == 1


def test_who_hangs_up_while_the_telephone_rings_is_an_emergency_all_the_same(commune: Commune) -> None:
    commune.puts_on_duty(HANH).by_hand()
    call = commune.dials(PAO)
    call.press("9")
    call.hang_up()
    row, report = commune.call(call), commune.report()
    assert (row["kind"], row["emergency"]) == ("emergency", True)
    assert (report["kind"], report["urgency"], report["incomplete"]) == ("emergency", "critical", True)


def test_hanging_up_a_second_time_changes_nothing(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.key_in("1131")
    call.hang_up()
    before = commune.call(call)
    ended = next(one for one in call.requests if one.kind == "status")
    for _ in range(3):
        commune.carrier.repeat(ended)
    assert commune.call(call) == before
    assert len(commune.rows(reports)) == 1
    assert heard(call, "report.violence") == 1
