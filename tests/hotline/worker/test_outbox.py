"""What is asked of the carrier: once decided, sent at least once, and never before it is safe."""

import threading
from datetime import timedelta

import pytest

from hotline.casework import outbox
from hotline.errors import CarrierError
from storage.tables import alarms, tombstones
from storage.tables import outbox as outbox_rows
from tests.hotline.worker.scene import CARRIER, NOW, Scene, Served, wav


def _queue(scene: Scene, kind: outbox.Kind, carrier_id: str, carrier: str = CARRIER) -> bool:
    with scene.store.write() as connection:
        return outbox.queue_deletion(connection, kind, carrier, carrier_id, scene.now)


def _state(scene: Scene) -> tuple[str, int]:
    (row,) = scene.rows(outbox_rows)
    return row["state"], row["attempts"]


def test_the_same_request_is_queued_once(scene: Scene) -> None:
    assert _queue(scene, "message", "M1")
    assert not _queue(scene, "message", "M1")
    scene.worker().send(scene.now)
    assert scene.carrier.deleted == ["M1"]
    assert not _queue(scene, "message", "M1")


def test_a_request_waits_for_its_time(scene: Scene) -> None:
    with scene.store.write() as connection:
        outbox.queue_deletion(connection, "message", CARRIER, "M1", scene.now + timedelta(minutes=10))
    worker = scene.worker()
    assert worker.send(scene.later(minutes=9)) == 0
    assert worker.send(scene.later(minutes=1)) == 1


def test_a_worker_that_dies_while_sending_leaves_the_request_to_the_next(scene: Scene) -> None:
    _queue(scene, "message", "M1")
    with scene.store.write() as connection:
        assert outbox.claim(connection, CARRIER, "the one that dies", scene.now) is not None
    assert scene.worker().send(scene.later(minutes=1)) == 0
    assert scene.worker().send(scene.later(minutes=1)) == 1
    assert _state(scene) == ("sent", 2)


def test_a_worker_that_slept_through_its_lease_does_not_undo_what_another_sent(scene: Scene) -> None:
    _queue(scene, "message", "M1")
    with scene.store.write() as connection:
        slow = outbox.claim(connection, CARRIER, "sleeper", scene.now)
    assert slow is not None
    scene.worker().send(scene.later(minutes=3))
    with scene.store.write() as connection:
        outbox.put_off(connection, slow, CarrierError("too late"), scene.now, 0.5)
    assert _state(scene) == ("sent", 2)


def test_trouble_is_met_with_patience_and_then_with_an_alarm(scene: Scene) -> None:
    _queue(scene, "message", "M1")
    scene.carrier.trouble = CarrierError("The carrier answered 503.")
    worker = scene.worker()
    for _ in range(outbox.MOST_ATTEMPTS):
        assert _state(scene)[0] == "pending"
        assert worker.send(scene.later(hours=2)) == 1
    assert _state(scene) == ("failed", outbox.MOST_ATTEMPTS)
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["not_deleted_at_carrier"]
    assert worker.send(scene.later(days=1)) == 0
    assert scene.count(tombstones) == 0


def test_the_carrier_is_left_in_peace_as_long_as_it_asks(scene: Scene) -> None:
    _queue(scene, "message", "M1")
    scene.carrier.trouble = CarrierError("The carrier answered 429.", retry_after=300)
    worker = scene.worker()
    worker.send(scene.now)
    scene.carrier.trouble = None
    assert worker.send(scene.later(seconds=299)) == 0
    assert worker.send(scene.later(seconds=1)) == 1
    assert _state(scene) == ("sent", 2)


def test_another_carriers_requests_are_not_ours_to_send(scene: Scene) -> None:
    _queue(scene, "call", "C1", carrier="somleng")
    assert scene.worker().send(scene.now) == 0
    assert _state(scene) == ("pending", 0)


def test_a_damaged_copy_keeps_the_carriers_and_is_fetched_anew(scene: Scene) -> None:
    scene.has_call("C1")
    scene.hears_of("R1", "C1")
    scene.carrier.serves("R1", Served())
    worker = scene.worker()
    worker.fetch(scene.now)
    damaged = scene.recording("R1")["vault_name"]
    file = scene.folder / damaged
    sealed = file.read_bytes()
    file.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))

    worker.send(scene.later(seconds=2))
    assert scene.carrier.deleted == []
    assert scene.recording("R1")["status"] == "awaited"
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["recording_damaged"]

    worker.fetch(scene.later(seconds=2))
    worker.send(scene.later(seconds=2))
    assert scene.plain("R1") == wav(5)
    assert scene.recording("R1")["vault_name"] != damaged
    assert scene.carrier.deleted == ["R1"]


def test_a_calls_record_stays_until_the_call_is_over_and_its_recordings_are_here(scene: Scene) -> None:
    scene.has_call("C1", ended_at=NOW)
    scene.hears_of("R1", "C1")
    _queue(scene, "call", "C1")
    worker = scene.worker()
    for _ in range(3):
        assert worker.send(scene.later(minutes=5)) == 1
    assert scene.carrier.deleted == []
    assert _state(scene) == ("pending", 0)

    scene.carrier.serves("R1", Served())
    worker.fetch(scene.later(minutes=5))
    worker.send(scene.later(minutes=5))
    assert sorted(scene.carrier.deleted) == ["C1", "R1"]


def test_a_lost_recording_does_not_keep_an_anonymous_callers_record_at_the_carrier(scene: Scene) -> None:
    scene.has_call("C1", ended_at=NOW, privacy="anonymous")
    scene.hears_of("R1", "C1")
    _queue(scene, "call", "C1")
    worker = scene.worker()
    worker.fetch(scene.later(hours=48))
    worker.send(scene.now)
    assert scene.recording("R1")["status"] == "lost"
    assert scene.carrier.deleted == ["C1"]


def test_two_workers_never_send_the_same_request_at_once(scene: Scene) -> None:
    for number in range(12):
        _queue(scene, "message", f"M{number}")
    threads = [threading.Thread(target=scene.worker().send, args=(scene.now,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(scene.carrier.deleted) == sorted(f"M{number}" for number in range(12))
    assert {row["attempts"] for row in scene.rows(outbox_rows)} == {1}


def test_a_live_calls_record_is_never_deleted(scene: Scene) -> None:
    scene.has_call("C1")
    _queue(scene, "call", "C1")
    scene.worker().send(scene.now)
    assert scene.carrier.deleted == []


def test_a_recording_that_was_purged_here_may_go_at_the_carrier(scene: Scene) -> None:
    _queue(scene, "recording", "R-purged")
    scene.worker().send(scene.now)
    assert scene.carrier.deleted == ["R-purged"]


@pytest.mark.parametrize("kind", ["recording", "call", "message"])
def test_what_is_deleted_leaves_a_tombstone(scene: Scene, kind: outbox.Kind) -> None:
    _queue(scene, kind, "X1")
    with scene.store.read() as connection:
        assert outbox.deletion_is_wanted(connection, kind, CARRIER, "X1")
    scene.worker().send(scene.now)
    (grave,) = scene.rows(tombstones)
    assert (grave["carrier"], grave["kind"], grave["carrier_id"], grave["at"]) == (CARRIER, kind, "X1", NOW)
