"""The metronome: every job at its pace, no trouble of one the trouble of another, and an end in time."""

import json
import logging
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest

from hotline.casework import heartbeat
from hotline.clock import system_clock
from hotline.worker.metronome import Beat, Metronome
from storage.database import StoreBusy
from storage.tables import console_sessions, heartbeats, officers, sign_in_attempts
from tests import cast
from tests.hotline.worker.scene import NOW, Scene

_NUMBER = cast.MAY.number


def test_a_job_in_trouble_stops_no_other_and_its_words_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    asked_twice = threading.Event()
    seen: list[datetime] = []

    def fails(_: datetime) -> None:
        raise ValueError(f"a row that holds {_NUMBER}")

    def busy(_: datetime) -> None:
        raise StoreBusy("database is locked")

    def works(now: datetime) -> None:
        seen.append(now)
        if len(seen) == 2:
            asked_twice.set()

    metronome = Metronome(system_clock)
    with caplog.at_level(logging.INFO):
        metronome.start([Beat("fails", 1, fails), Beat("busy", 1, busy), Beat("works", 1, works)])
        assert asked_twice.wait(10)
        assert metronome.stop()
    lines = [json.loads(record.message) for record in caplog.records if record.name == "hotline.worker"]
    assert {line["job"] for line in lines} == {"fails", "busy"}
    assert any(line["trouble"].startswith("ValueError in fails (test_metronome.py:") for line in lines)
    assert _NUMBER not in caplog.text


def test_a_job_never_runs_twice_at_once() -> None:
    running, most = 0, 0
    lock, three_beats_on, go_on = threading.Lock(), threading.Event(), threading.Event()
    beats: list[datetime] = []

    def slow(_: datetime) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(10)
        with lock:
            running -= 1

    def counts(now: datetime) -> None:
        beats.append(now)
        if len(beats) == 3:
            three_beats_on.set()

    metronome = Metronome(system_clock)
    metronome.start([Beat("slow", 1, slow), Beat("counts", 1, counts)])
    assert three_beats_on.wait(10)
    go_on.set()
    assert metronome.stop()
    assert most == 1


def test_stopping_does_not_wait_for_ever() -> None:
    begun, never = threading.Event(), threading.Event()

    def hangs(_: datetime) -> None:
        begun.set()
        never.wait(30)

    metronome = Metronome(system_clock)
    metronome.start([Beat("hangs", 60, hangs)])
    assert begun.wait(10)
    before = system_clock()
    assert not metronome.stop()
    assert system_clock() - before < timedelta(seconds=2)
    never.set()


def test_the_heartbeat_tells_how_long_ago_it_was(scene: Scene) -> None:
    with scene.store.read() as connection:
        assert heartbeat.age(connection, heartbeat.WORKER, NOW) is None
    scene.at_home().beat(scene.now)
    scene.at_home().beat(scene.later(seconds=5))
    assert scene.count(heartbeats) == 1
    with scene.store.read() as connection:
        assert heartbeat.age(connection, heartbeat.WORKER, scene.later(seconds=7)) == timedelta(seconds=7)


def test_dead_sessions_and_old_tries_are_forgotten(scene: Scene) -> None:
    officer = {
        "unit_id": scene.unit_id,
        "login": cast.HANH.login,
        "name": cast.HANH.name,
        "role": "duty",
        "language": "vi",
        "public_key": b"p",
        "salt": b"s",
        "wrapped_private": b"w",
        "active": True,
        "created_at": NOW,
    }
    with scene.store.write() as connection:
        officer_id = connection.execute(officers.insert().values(officer).returning(officers.c.id)).scalar_one()
        for name, started, seen in (("live", 60, 1), ("idle", 60, 31), ("old", 13 * 60, 1)):
            row = {"id": name, "officer_id": officer_id, "wrapped_private": b"w"}
            at = {"started_at": NOW - timedelta(minutes=started), "seen_at": NOW - timedelta(minutes=seen)}
            connection.execute(console_sessions.insert().values(**row, **at))
        for minutes in (1, 14, 16, 600):
            tried = {"login_hash": "l", "source_hash": "s", "at": NOW - timedelta(minutes=minutes)}
            connection.execute(sign_in_attempts.insert().values(tried))
    assert scene.at_home().expire(scene.now) == 4
    assert [row["id"] for row in scene.rows(console_sessions)] == ["live"]
    assert scene.count(sign_in_attempts) == 2


def test_the_worker_carries_no_web_framework_about() -> None:
    asked = (
        "import sys, hotline.worker; print([m for m in ('flask', 'twilio', 'alembic', 'holidays') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert "flask" not in found.stdout
    assert "twilio" not in found.stdout
    assert "alembic" not in found.stdout
