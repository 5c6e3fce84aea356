"""How a recording comes home, whatever the carrier does."""

import threading
from datetime import timedelta

import pytest

from hotline.casework import fetching
from hotline.errors import CarrierError
from storage.tables import alarms, outbox, tombstones
from tests.hotline.worker.scene import CARRIER, NOW, Scene, Served, wav

_NOT_THERE_YET = CarrierError("The carrier answered 404.")


def _announced(scene: Scene, *answers: Served | CarrierError) -> None:
    scene.has_call("C1")
    scene.hears_of("R1", "C1")
    scene.carrier.serves("R1", *answers)


def test_a_recording_is_kept_sealed_and_only_then_deleted_at_the_carrier(scene: Scene) -> None:
    _announced(scene, Served(wav(5)))
    worker = scene.worker()

    assert worker.fetch(scene.now) == 1
    row = scene.recording("R1")
    assert (row["status"], row["suspect"], row["duration_s"], row["media_type"]) == ("kept", None, 5, "audio/wav")
    assert scene.vault.verify(row["vault_name"], row["sha256"], row["bytes"])
    assert scene.plain("R1") == wav(5)
    assert scene.carrier.deleted == []
    assert row["removed_at_carrier"] is None

    assert worker.send(scene.later(seconds=2)) == 1
    assert scene.carrier.deleted == ["R1"]
    assert scene.recording("R1")["removed_at_carrier"] == scene.now
    assert [(t["kind"], t["carrier_id"]) for t in scene.rows(tombstones)] == [("recording", "R1")]
    assert worker.fetch(scene.later(days=1)) == 0
    assert worker.send(scene.now) == 0


def test_no_plain_byte_of_a_recording_is_written_to_the_disk(scene: Scene) -> None:
    _announced(scene, Served(wav(5)))
    scene.worker().fetch(scene.now)
    files = list(scene.folder.iterdir())
    assert len(files) == 1
    assert b"RIFF" not in files[0].read_bytes()


def test_a_recording_that_is_not_there_five_times_is_had_at_the_sixth(scene: Scene) -> None:
    _announced(scene, *[_NOT_THERE_YET] * 5, Served())
    worker = scene.worker()
    waits = []
    for _ in range(6):
        scene.now = scene.recording("R1")["not_before"]
        assert worker.fetch(scene.now) == 1
        waits.append((scene.recording("R1")["not_before"] - scene.now).total_seconds())
    assert scene.recording("R1")["status"] == "kept"
    for number, wait in enumerate(waits[:5]):
        assert 0.75 * 2 ** (number + 1) <= wait <= 1.25 * 2 ** (number + 1)


def test_retry_after_is_honoured_and_the_carrier_left_in_peace(scene: Scene) -> None:
    _announced(scene, CarrierError("The carrier answered 429.", retry_after=90), Served())
    scene.hears_of("R2", "C1")
    scene.carrier.serves("R2", Served())
    worker = scene.worker()

    worker.fetch(scene.now)
    assert scene.carrier.fetched == ["R1"]
    worker.fetch(scene.later(seconds=89))
    assert scene.carrier.fetched == ["R1"]
    worker.fetch(scene.later(seconds=1))
    assert sorted(scene.carrier.fetched) == ["R1", "R1", "R2"]
    assert scene.recording("R1")["status"] == "kept"


def test_after_two_days_a_recording_is_lost_with_an_alarm_and_still_asked_for(scene: Scene) -> None:
    _announced(scene, _NOT_THERE_YET)
    worker = scene.worker()
    worker.fetch(scene.now)
    for _ in range(70):
        scene.now = max(scene.now, scene.recording("R1")["not_before"])
        worker.fetch(scene.now)
        if scene.recording("R1")["status"] == "lost":
            break
    assert timedelta(hours=48) <= scene.now - NOW <= timedelta(hours=50)
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["recording_lost"]
    assert scene.rows(alarms)[0]["unit_id"] == scene.unit_id

    scene.carrier.serves("R1", Served())
    assert worker.fetch(scene.later(hours=25)) == 1
    assert scene.recording("R1")["status"] == "kept"
    assert scene.count(alarms) == 1


def test_what_the_carrier_will_never_have_is_lost_at_once(scene: Scene) -> None:
    _announced(scene, CarrierError("The carrier answered 410.", permanent=True))
    scene.worker().fetch(scene.now)
    assert scene.recording("R1")["status"] == "lost"
    assert scene.count(alarms) == 1


def test_a_revoked_token_rings_at_once_and_loses_nothing(scene: Scene) -> None:
    _announced(scene, CarrierError("The carrier answered 401.", refused=True), Served())
    worker = scene.worker()
    worker.fetch(scene.now)
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["carrier_refuses"]
    assert worker.fetch(scene.later(seconds=30)) == 0
    assert worker.fetch(scene.later(seconds=30)) == 1
    assert scene.recording("R1")["status"] == "kept"


@pytest.mark.parametrize(
    ("served", "why"),
    [
        (Served(b""), "empty"),
        (Served(b"<html>Service unavailable</html>"), "not audio"),
        (Served(wav(5)[:-1000]), "truncated"),
        (Served(wav(5), announced=len(wav(5)) + 1), "truncated"),
    ],
)
def test_what_may_heal_is_tried_again_and_then_kept_as_suspect(scene: Scene, served: Served, why: str) -> None:
    _announced(scene, served)
    worker = scene.worker()
    for _ in range(5):
        worker.fetch(scene.now)
        assert scene.recording("R1")["status"] == "awaited"
        assert list(scene.vault.names()) == []
        scene.later(minutes=2)
    worker.fetch(scene.now)

    row = scene.recording("R1")
    assert (row["status"], row["suspect"]) == ("suspect", why)
    assert scene.plain("R1") == served.body
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["recording_suspect"]
    assert scene.count(outbox) == 0  # the carrier's copy may be the better one


def test_a_truncated_recording_that_heals_is_kept_whole(scene: Scene) -> None:
    _announced(scene, Served(wav(5)[:-1000]), Served(wav(5)))
    worker = scene.worker()
    worker.fetch(scene.now)
    worker.fetch(scene.later(seconds=10))
    assert scene.recording("R1")["status"] == "kept"
    assert scene.plain("R1") == wav(5)


def test_a_recording_of_a_second_is_kept_as_suspect(scene: Scene) -> None:
    _announced(scene, Served(wav(1)))
    scene.worker().fetch(scene.now)
    row = scene.recording("R1")
    assert (row["status"], row["suspect"], row["duration_s"]) == ("suspect", "short", 1)
    assert scene.count(outbox) == 1


@pytest.mark.parametrize("announced", [None, 3])
def test_five_hundred_megabytes_are_refused_with_an_alarm(
    scene: Scene, announced: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1_000_000)
    _announced(scene, Served(wav(5), announced=announced, blocks=50))
    scene.worker().fetch(scene.now)
    row = scene.recording("R1")
    assert (row["status"], row["suspect"], row["vault_name"]) == ("suspect", "too large", None)
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["recording_suspect"]
    assert list(scene.vault.names()) == []
    assert list(scene.folder.glob("*")) == []
    assert scene.worker().fetch(scene.later(days=1)) == 0


def test_two_workers_never_fetch_the_same_recording_at_once(scene: Scene) -> None:
    scene.has_call("C1")
    for number in range(12):
        scene.hears_of(f"R{number}", "C1")
        scene.carrier.serves(f"R{number}", Served(wav(2)))
    threads = [threading.Thread(target=scene.worker().fetch, args=(scene.now,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(scene.carrier.fetched) == sorted(f"R{number}" for number in range(12))
    assert {scene.recording(f"R{number}")["status"] for number in range(12)} == {"kept"}


def test_a_worker_that_dies_while_fetching_leaves_the_recording_to_the_next(scene: Scene) -> None:
    _announced(scene, Served())
    with scene.store.write() as connection:
        assert fetching.claim(connection, CARRIER, scene.now) is not None
    assert scene.worker().fetch(scene.later(minutes=9)) == 0
    assert scene.worker().fetch(scene.later(minutes=1)) == 1
    assert scene.recording("R1")["status"] == "kept"


def test_a_worker_that_slept_through_its_lease_does_not_overwrite_what_another_kept(scene: Scene) -> None:
    _announced(scene, Served())
    with scene.store.write() as connection:
        slow = fetching.claim(connection, CARRIER, scene.now)
    assert slow is not None
    scene.worker().fetch(scene.later(minutes=11))
    kept = scene.recording("R1")

    fetching.fetch(scene.store, scene.vault, scene.carrier, slow, lambda: True, scene.now, 0.5)
    assert scene.recording("R1") == kept
    assert list(scene.vault.names()) == [kept["vault_name"]]
    assert scene.count(outbox) == 1


def test_a_crash_between_the_file_and_its_row_leaves_an_orphan_that_is_collected(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    _announced(scene, Served())
    monkeypatch.setattr(fetching, "_settle", crash)
    with pytest.raises(Crash):
        scene.worker().fetch(scene.now)
    monkeypatch.undo()
    (orphan,) = scene.vault.names()
    home = scene.at_home()
    assert home.collect(scene.now) == 0

    scene.worker().fetch(scene.later(minutes=10))
    kept = scene.recording("R1")["vault_name"]
    assert sorted(scene.vault.names()) == sorted([orphan, kept])
    assert home.collect(scene.later(hours=23)) == 0
    assert home.collect(scene.later(hours=1)) == 1
    assert list(scene.vault.names()) == [kept]
    assert home.collect(scene.later(days=2)) == 0
    assert home.collect(scene.later(days=2)) == 0
    assert scene.plain("R1") == wav(5)


def test_recordings_beside_the_wrong_database_are_not_removed(scene: Scene) -> None:
    for _ in range(11):
        scene.vault.keep(scene.content.public, [wav(1)], 10**6)
    home = scene.at_home()
    assert home.collect(scene.now) == 0
    assert home.collect(scene.later(days=3)) == 0
    assert len(list(scene.vault.names())) == 11
    assert {alarm["what"] for alarm in scene.rows(alarms)} == {"recordings_without_rows"}


def test_a_stop_breaks_a_slow_recording_off_and_leaves_nothing_behind(scene: Scene) -> None:
    stopping = threading.Event()
    _announced(scene, Served(wav(5), blocks=3))

    jobs = scene.worker(stopping)
    opened = scene.carrier.recording_stream

    def drip(recording_id: str, /):  # type: ignore[no-untyped-def]
        stopping.set()
        return opened(recording_id)

    scene.carrier.recording_stream = drip  # type: ignore[method-assign]
    jobs.fetch(scene.now)
    assert scene.recording("R1")["status"] == "awaited"
    assert list(scene.folder.glob("*")) == []
    scene.carrier.serves("R1", Served())
    assert scene.worker().fetch(scene.later(seconds=5)) == 1
    assert scene.recording("R1")["status"] == "kept"


def test_a_drip_that_never_ends_is_broken_off_after_five_minutes(scene: Scene) -> None:
    _announced(scene, Served(b"drip", blocks=10_000))
    jobs = scene.worker()
    passing = iter(NOW + timedelta(seconds=second) for second in range(10_000))
    jobs.clock = lambda: next(passing)
    jobs.fetch(scene.now)
    assert scene.recording("R1")["status"] == "awaited"
    assert timedelta(seconds=300) <= next(passing) - NOW <= timedelta(seconds=310)
    assert list(scene.folder.glob("*")) == []


def test_a_full_disk_puts_the_recording_off(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    _announced(scene, Served())
    with monkeypatch.context() as patched:
        patched.setattr(scene.vault, "keep", full)
        with pytest.raises(OSError, match="No space"):
            scene.worker().fetch(scene.now)
    assert scene.recording("R1")["not_before"] < NOW + timedelta(seconds=5)
    scene.worker().fetch(scene.later(seconds=5))
    assert scene.recording("R1")["status"] == "kept"


def test_an_mp3_keeps_the_length_that_the_carrier_named(scene: Scene) -> None:
    _announced(scene, Served(b"ID3\x04\0\0" + b"\0" * 5000))
    scene.worker().fetch(scene.now)
    row = scene.recording("R1")
    assert (row["status"], row["media_type"], row["duration_s"]) == ("kept", "audio/mpeg", 5)
