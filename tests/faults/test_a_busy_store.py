"""The database cannot take a change: callers hear the fallback in time, callbacks are refused, and then all is well."""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from werkzeug.test import TestResponse

from storage.tables import calls, recordings, reports, texts
from tests.hotline.posts import awaited, call_form, post, recording_form, text_form, twiml
from tests.stories.conftest import Commune, clock, commune

__all__ = ["clock", "commune"]

pytestmark = pytest.mark.faults
PATIENCE_S = 4.5  # the carrier's is 15
_LOCKED = "calls, steps, recordings, texts, reports, lines"


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds the database, as a backup or a stuck program would."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        other = sqlite3.connect(str(parsed.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as server:
        server.execute(f"LOCK TABLE {_LOCKED} IN ACCESS EXCLUSIVE MODE")
        yield
        server.rollback()


def is_fallback(answer: TestResponse) -> bool:
    root = twiml(answer.data)
    record = root.find("Record")
    said = " ".join(one.text or "" for one in root.iter("Say"))
    return answer.status_code == 200 and record is not None and "113" in said


def test_a_locked_store_costs_nobody_the_call(commune: Commune, database_url: str) -> None:
    first = post(commune, "/voice/incoming", call_form("CAlive"))
    told = {
        "/voice/incoming": call_form("CAnew"),
        awaited(first.data): call_form("CAlive", Digits="1"),
        "/voice/status": call_form("CAlive", CallStatus="completed", CallDuration="9"),
        "/voice/recording": recording_form("CAlive", "RE1", "completed", RecordingDuration="5"),
        "/sms/incoming": text_form("SM1", "the dog is gone"),
    }
    with locked(database_url):
        answers = _all_at_once(commune, told)
    for path, (answer, seconds) in answers.items():
        assert seconds < PATIENCE_S, (path, seconds)
        if path in ("/voice/status", "/voice/recording", "/sms/incoming"):
            assert answer.status_code == 503, path
        else:
            assert is_fallback(answer), path
    for table in (recordings, texts, reports):
        assert commune.rows(table) == [], "what was refused is not written later"
    assert [row["visit"] for row in commune.rows(calls)] == [1]
    _all_works_again(commune, awaited(first.data))


def _all_at_once(commune: Commune, told: dict[str, dict[str, str]]) -> dict[str, tuple[TestResponse, float]]:
    answers: dict[str, tuple[TestResponse, float]] = {}

    def ask(path: str, form: dict[str, str]) -> None:
        began = time.perf_counter()
        answer = post(commune, path, form)
        answers[path] = (answer, time.perf_counter() - began)

    asking = [threading.Thread(target=ask, args=one) for one in told.items()]
    for one in asking:
        one.start()
    for one in asking:
        one.join(30)
    assert len(answers) == len(told), "every webhook was answered"
    return answers


def _all_works_again(commune: Commune, path: str) -> None:
    step = post(commune, path, call_form("CAlive", Digits="1"))
    assert not is_fallback(step)
    assert not is_fallback(post(commune, "/voice/incoming", call_form("CAnew")))
    assert post(commune, "/voice/recording", recording_form("CAlive", "RE1", "completed")).status_code == 204
    assert post(commune, "/voice/status", call_form("CAlive", CallStatus="completed")).status_code == 204
    assert post(commune, "/sms/incoming", text_form("SM1", "the dog is gone")).status_code == 200
    assert len(commune.rows(calls)) == 2
    assert len(commune.rows(texts)) == 1


def test_an_officer_who_picks_up_is_connected_even_while_the_store_is_locked(
    commune: Commune, database_url: str
) -> None:
    post(commune, "/voice/incoming", call_form("CAlive"))
    (call,) = commune.rows(calls)
    with locked(database_url):
        whispered = post(commune, f"/voice/{call['key']}/1/whisper", call_form("CAleg"))
        joined = post(commune, f"/voice/{call['key']}/1/screen", call_form("CAleg", Digits="1"))
    for answer in (whispered, joined):
        assert answer.status_code == 200
        assert twiml(answer.data).tag == "Response"


def test_a_store_that_takes_no_change_is_not_ready(commune: Commune, database_url: str) -> None:
    def is_ready() -> bool:
        return commune.app.test_client().get("/readyz").status_code == 200

    commune.worker_runs()
    commune.at_home.beat(commune.clock())
    assert is_ready()
    commune.clock.goes_on(seconds=6)
    with locked(database_url):
        assert not is_ready()
    assert is_ready()


def test_of_many_who_ask_whether_it_is_ready_one_waits_for_the_store(commune: Commune, database_url: str) -> None:
    """Else as many as ask would keep those places in which calls are answered."""
    told: list[int] = []

    def ask() -> None:
        told.append(commune.app.test_client().get("/readyz").status_code)

    with locked(database_url):
        asking = [threading.Thread(target=ask) for _ in range(20)]
        for one in asking:
            one.start()
        patience_ends = time.perf_counter() + PATIENCE_S
        for one in asking:
            one.join(max(0, patience_ends - time.perf_counter()))
        assert told == [503] * 20, "all were answered while the store was still locked, and in one patience"


def test_the_fallback_itself_needs_no_store(commune: Commune, database_url: str) -> None:
    with locked(database_url):
        began = time.perf_counter()
        answer = post(commune, "/voice/fallback", {**call_form("CAx"), "ErrorCode": "11205"})
        assert time.perf_counter() - began < 1
    assert is_fallback(answer)


def test_a_store_that_is_gone_is_told_in_the_log_and_to_nobody_else(
    commune: Commune, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The file of the database is missing, as after a disk that was not mounted."""
    if commune.store.dialect != "sqlite":
        pytest.skip("a server's files are its own")
    live = awaited(post(commune, "/voice/incoming", call_form("CAlive")).data)
    commune.store.close()
    commune.store.reopen()  # type: ignore[attr-defined] # only SQLite's has it
    for file in tmp_path.glob("hotline.sqlite3*"):
        file.rename(file.with_name(f"away.{file.name}"))
    commune.clock.goes_on(seconds=30)
    caplog.set_level(logging.ERROR)
    for path in ("/voice/incoming", live):
        assert is_fallback(post(commune, path, call_form("CAlive", Digits="1")))
    for path in ("/voice/status", "/voice/recording"):
        form = {**call_form("CAlive", CallStatus="completed"), "RecordingSid": "RE1", "RecordingStatus": "completed"}
        assert post(commune, path, form).status_code == 503, path
    assert post(commune, "/sms/incoming", text_form("SM1", "no bridge")).status_code == 503
    assert caplog.records
    assert "91234" not in caplog.text
    assert "no bridge" not in caplog.text
