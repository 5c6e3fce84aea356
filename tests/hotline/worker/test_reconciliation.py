"""What no webhook brought is found in the carrier's own lists, and nothing that was to be forgotten comes back."""

from datetime import timedelta

import pytest

from hotline.casework import outbox
from hotline.errors import CarrierError
from storage.tables import alarms, calls, recordings, reports, sealed_numbers
from tests import cast
from tests.hotline.worker.scene import CARRIER, NOW, SECRET, ListedCall, ListedRecording, Scene, Served

_OVERDUE = NOW - timedelta(minutes=41)  # the shipped flow allows a call of 30 minutes


def test_a_call_that_no_webhook_told_of_becomes_a_row_with_its_number_sealed(scene: Scene) -> None:
    scene.carrier.calls = [ListedCall("C1")]
    scene.worker().reconcile(scene.now)

    call = scene.call("C1")
    assert call is not None
    assert (call["suspect"], call["kind"], call["privacy"], call["visit"]) == ("reconciled", "other", "confidential", 0)
    assert (call["language"], call["duration_s"], call["carrier_status"]) == ("vi", 120, "completed")
    assert call["started_at"] == NOW - timedelta(hours=1)
    assert call["ended_at"] == NOW - timedelta(minutes=58)
    assert scene.number_of(call["id"]) == ("identity", cast.MAY.number)
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["missed_call"]
    assert scene.count(reports) == 0


def test_reconciling_again_changes_nothing(scene: Scene) -> None:
    scene.carrier.calls = [ListedCall("C1")]
    scene.carrier.recordings = [ListedRecording("R1", "C1")]
    worker = scene.worker()
    worker.reconcile(scene.now)
    before = [scene.rows(table) for table in (calls, recordings, reports, alarms, sealed_numbers)]
    worker.reconcile(scene.later(minutes=5))
    assert [scene.rows(table) for table in (calls, recordings, reports, alarms, sealed_numbers)] == before


def test_a_withheld_number_is_no_number(scene: Scene) -> None:
    scene.carrier.calls = [ListedCall("C1", from_=cast.WITHHELD)]
    scene.worker().reconcile(scene.now)
    call = scene.call("C1")
    assert call is not None
    assert call["withheld"]
    assert scene.count(sealed_numbers) == 0


def test_what_a_caller_said_while_we_were_down_becomes_a_report(scene: Scene) -> None:
    scene.carrier.calls = [ListedCall("C1")]
    scene.carrier.recordings = [ListedRecording("R1", "C1")]
    scene.carrier.serves("R1", Served())
    worker = scene.worker()
    worker.reconcile(scene.now)
    worker.fetch(scene.now)
    assert scene.recording("R1")["status"] == "kept"
    assert scene.count(reports) == 1


def test_an_announced_recording_leads_to_its_unknown_call(scene: Scene) -> None:
    scene.hears_of("R1", "C-old")
    scene.carrier.calls = [
        ListedCall("C-old", started_at=NOW - timedelta(hours=60), ended_at=NOW - timedelta(hours=60))
    ]
    scene.worker().reconcile(scene.now)
    call = scene.call("C-old")
    assert call is not None
    assert scene.recording("R1")["call_id"] == call["id"]
    assert scene.count(reports) == 1


@pytest.mark.parametrize(
    "listed",
    [
        ListedCall("C1", to="+842101239999"),
        ListedCall("C1", direction="outbound-api"),
        ListedCall("C1", status="in-progress", ended_at=None),
        ListedCall("C1", ended_at=NOW - timedelta(seconds=30)),
        ListedCall("C1", started_at=None, ended_at=None),
    ],
    ids=["another line", "outbound", "not over yet", "its webhooks are still coming", "no times"],
)
def test_what_is_not_ours_or_not_over_is_left_alone(scene: Scene, listed: ListedCall) -> None:
    scene.carrier.calls = [listed]
    scene.worker().reconcile(scene.now)
    assert scene.count(calls) == 0


@pytest.mark.parametrize("sent", [False, True])
def test_a_call_that_was_to_be_forgotten_does_not_come_back(scene: Scene, sent: bool) -> None:
    with scene.store.write() as connection:
        outbox.queue_deletion(connection, "call", CARRIER, "C1", scene.now)
    if sent:
        scene.worker().send(scene.now)
    scene.carrier.calls = [ListedCall("C1")]
    scene.worker().reconcile(scene.now)
    assert scene.count(calls) == 0


def test_an_anonymous_callers_number_is_not_written_by_reconciling(scene: Scene) -> None:
    call_id = scene.has_call("C1", privacy="anonymous")
    scene.carrier.calls = [ListedCall("C1")]
    scene.worker().reconcile(scene.now)
    call = scene.call("C1")
    assert call is not None
    assert call["ended_at"] is not None
    assert scene.number_of(call_id) is None


def test_a_live_call_that_is_over_at_the_carrier_is_ended(scene: Scene) -> None:
    call_id = scene.has_call("C1")
    scene.carrier.calls = [ListedCall("C1", status="completed", duration_s=77)]
    scene.worker().reconcile(scene.now)
    call = scene.call("C1")
    assert call is not None
    assert (call["duration_s"], call["privacy"], call["suspect"]) == (77, "confidential", None)
    assert scene.number_of(call_id) == ("identity", cast.MAY.number)


def test_a_recording_that_nobody_announced_is_found(scene: Scene) -> None:
    scene.has_call("C1", ended_at=NOW)
    scene.carrier.recordings = [
        ListedRecording("R1", "C1"),
        ListedRecording("R2", "C1", status="absent", duration_s=None),
        ListedRecording("R3", "C-of-somebody-else"),
    ]
    scene.worker().reconcile(scene.now)
    assert {row["carrier_recording_id"]: row["status"] for row in scene.rows(recordings)} == {
        "R1": "awaited",
        "R2": "absent",
    }


def test_a_recording_deleted_on_purpose_is_not_found_again(scene: Scene) -> None:
    scene.has_call("C1", ended_at=NOW)
    with scene.store.write() as connection:
        outbox.queue_deletion(connection, "recording", CARRIER, "R1", scene.now)
    scene.worker().send(scene.now)
    scene.carrier.recordings = [ListedRecording("R1", "C1")]
    scene.worker().reconcile(scene.now)
    assert scene.count(recordings) == 0


# ---- the sweep -----------------------------------------------------------------------------------------------------


def test_the_sweep_ends_a_call_as_the_carrier_knows_it(scene: Scene) -> None:
    scene.has_call("C1", started_at=_OVERDUE)
    scene.has_call("C2", started_at=NOW - timedelta(minutes=39))
    scene.carrier.calls = [ListedCall("C1", status="failed", duration_s=9), ListedCall("C2")]
    scene.worker().sweep(scene.now)
    ended, live = scene.call("C1"), scene.call("C2")
    assert ended is not None
    assert live is not None
    assert (ended["carrier_status"], ended["duration_s"]) == ("failed", 9)
    assert live["ended_at"] is None
    assert scene.carrier.asked_for == ["C1"]


def test_the_sweep_ends_a_call_that_the_carrier_does_not_know(scene: Scene) -> None:
    scene.has_call("C1", started_at=_OVERDUE)
    scene.worker().sweep(scene.now)
    call = scene.call("C1")
    assert call is not None
    assert call["ended_at"] == scene.now
    assert call["privacy"] == "confidential"


def test_the_sweep_leaves_a_call_that_still_lives_at_the_carrier(scene: Scene) -> None:
    scene.has_call("C1", started_at=_OVERDUE)
    scene.carrier.calls = [ListedCall("C1", status="in-progress", ended_at=None)]
    scene.worker().sweep(scene.now)
    call = scene.call("C1")
    assert call is not None
    assert call["ended_at"] is None


def test_while_the_carrier_cannot_be_asked_a_call_is_over_after_a_day(scene: Scene) -> None:
    scene.has_call("C1", started_at=NOW - timedelta(hours=20))
    scene.carrier.trouble = CarrierError("The carrier could not be reached (ConnectError).")
    scene.worker().sweep(scene.now)
    call = scene.call("C1")
    assert call is not None
    assert call["ended_at"] is None
    scene.worker().sweep(scene.later(hours=5))
    call = scene.call("C1")
    assert call is not None
    assert call["ended_at"] is not None


def test_a_live_calls_secrets_are_wiped_by_the_sweep(scene: Scene) -> None:
    position = SECRET.encrypt("position", b"not a position", "key-of-C1")
    scene.has_call("C1", started_at=_OVERDUE, position=position)
    scene.worker().sweep(scene.now)
    call = scene.call("C1")
    assert call is not None
    assert call["position"] is None


def test_two_workers_may_reconcile_the_same_lists(scene: Scene) -> None:
    scene.carrier.calls = [ListedCall(f"C{number}") for number in range(3)]
    scene.carrier.recordings = [ListedRecording("R1", "C1")]
    scene.worker().reconcile(scene.now)
    scene.worker().reconcile(scene.now)
    assert scene.count(calls) == 3
    assert scene.count(recordings) == 1
