"""What the carrier says of recordings: in any order, any number of times, before or after their call."""

from itertools import permutations

import pytest

from hotline.casework import outbox, recordings
from storage.tables import alarms, reports
from storage.tables import recordings as recording_rows
from tests.hotline.worker.scene import CARRIER, Scene, Served

_COMPLETED = ("completed", 30)
_BY_THE_ACTION = ("awaited", None)
_ABSENT = ("absent", None)


def test_the_same_message_three_times_is_one_recording(scene: Scene) -> None:
    scene.has_call("C1")
    ids = {scene.hears_of("R1", "C1") for _ in range(3)}
    assert len(ids) == 1
    assert scene.count(recording_rows) == 1


@pytest.mark.parametrize(
    ("messages", "status", "duration_s"),
    [
        ((_COMPLETED, _BY_THE_ACTION), "awaited", 30),
        ((_ABSENT, _BY_THE_ACTION), "absent", None),
        ((_COMPLETED, _BY_THE_ACTION, _COMPLETED), "awaited", 30),
        ((_COMPLETED, ("awaited", 29)), "awaited", None),
        ((_COMPLETED, _ABSENT), "awaited", 30),
    ],
)
def test_the_order_of_the_messages_does_not_matter(
    scene: Scene, messages: tuple[tuple[str, int | None], ...], status: str, duration_s: int | None
) -> None:
    for number, order in enumerate(permutations(messages)):
        for word, seconds in order:
            scene.hears_of(f"R{number}", "C1", word, seconds)
        row = scene.recording(f"R{number}")
        assert row["status"] == status, order
        assert duration_s is None or row["duration_s"] == duration_s, order


def test_nothing_undoes_what_is_kept(scene: Scene) -> None:
    scene.has_call("C1")
    scene.hears_of("R1", "C1")
    scene.carrier.serves("R1", Served())
    scene.worker().fetch(scene.now)
    before = scene.recording("R1")
    for word, seconds in (_ABSENT, _COMPLETED, _BY_THE_ACTION):
        scene.hears_of("R1", "C1", word, seconds)
    assert scene.recording("R1") == before


def test_a_repeated_message_does_not_hurry_a_recording_that_is_being_fetched(scene: Scene) -> None:
    scene.has_call("C1")
    scene.hears_of("R1", "C1")
    scene.worker().fetch(scene.now)
    due = scene.recording("R1")["not_before"]
    scene.hears_of("R1", "C1")
    assert scene.recording("R1")["not_before"] == due


def test_a_recording_announced_before_its_call_waits_for_it(scene: Scene) -> None:
    scene.hears_of("R1", "C1")
    scene.carrier.serves("R1", Served())
    worker = scene.worker()
    assert worker.fetch(scene.now) == 0

    call_id = scene.has_call("C1")
    with scene.store.write() as connection:
        assert recordings.link_orphans(connection, call_id, CARRIER, "C1") == 1
    assert worker.fetch(scene.now) == 1
    assert scene.recording("R1")["call_id"] == call_id


def test_a_recording_whose_call_slipped_in_beside_it_is_given_to_it_by_the_sweep(scene: Scene) -> None:
    scene.hears_of("R1", "C1")
    call_id = scene.has_call("C1", ended_at=scene.now)
    scene.worker().sweep(scene.now)
    assert scene.recording("R1")["call_id"] == call_id
    assert scene.count(reports) == 1  # somebody spoke: an officer must see it


def test_a_recording_of_a_call_that_nobody_knows_rings_after_two_days(scene: Scene) -> None:
    scene.hears_of("R1", "C-of-nobody")
    worker = scene.worker()
    worker.sweep(scene.later(hours=47))
    assert scene.recording("R1")["status"] == "awaited"
    worker.sweep(scene.later(hours=1))
    assert scene.recording("R1")["status"] == "lost"
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["recording_without_call"]
    worker.sweep(scene.later(hours=1))
    assert scene.count(alarms) == 1


def test_a_recording_deleted_on_purpose_is_not_noted_again(scene: Scene) -> None:
    with scene.store.write() as connection:
        outbox.queue_deletion(connection, "recording", CARRIER, "R1", scene.now)
    scene.worker().send(scene.now)
    assert scene.hears_of("R1", "C1") is None
    assert scene.count(recording_rows) == 0
