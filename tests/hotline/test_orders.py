"""A carrier tells of one call in any order and as often as it likes; the books end the same."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlmodel import SQLModel

from hotline.casework.announcements import StatusNews, recording_announced, status_announced
from hotline.casework.lines import LineBook
from storage.tables import calls, recordings, report_calls, reports, steps
from tests.hotline.posts import CALLER, Post, awaited, call_form, recording_form
from tests.stories.conftest import LINE, Commune

CALL, RECORDING = "CAorder", "REorder"
_OF_CALLS = {"calls", "texts", "reports", "report_numbers", "recordings", "outbox", "alarms", "tombstones"}
_OF_CALLS |= {"day_counts", "month_counts", "month_keys", "month_callers"}
_RANDOM = {("calls", "key"), ("receipts", "live_locator")}

Snapshot = dict[str, list[tuple[tuple[str, Any], ...]]]


# ---- the books, with everything left out that chance decides ---------------------------------------------------------


def snapshot(commune: Commune) -> Snapshot:
    """All tables, row by row: ids by rank, sealed and random bytes only as present or not."""
    with commune.store.read() as connection:
        found = {table.name: connection.execute(select(table)).mappings().all() for table in _tables()}
    ranks = {
        name: {row["id"]: rank for rank, row in enumerate(sorted(rows, key=lambda row: row["id"]))}
        for name, rows in found.items()
        if rows and "id" in rows[0]
    }
    return {
        table.name: sorted(
            (
                tuple((c.name, _plain(table.name, c, row[c.name], ranks)) for c in table.columns)
                for row in found[table.name]
            ),
            key=repr,
        )
        for table in _tables()
    }


def _plain(table: str, column: Any, value: Any, ranks: dict[str, dict[int, int]]) -> Any:
    if value is None:
        return None
    if isinstance(value, bytes) or (table, column.name) in _RANDOM:
        return "something"
    if column.name == "id":
        return ranks[table][value]
    for key in column.foreign_keys:
        target = key.column.table.name
        if key.column.name == "id" and target in ranks:
            return ranks[target][value]
    return value.isoformat() if isinstance(value, datetime) else value


def _tables() -> list[Any]:
    return SQLModel.metadata.sorted_tables


def wipe(commune: Commune) -> None:
    """Forget all calls and what hangs on them; the commune and its line stay."""
    of_calls = set(_OF_CALLS)
    for table in _tables():
        if any(key.column.table.name in _OF_CALLS for key in table.foreign_keys):
            of_calls.add(table.name)
    with commune.store.write() as connection:
        for table in reversed(_tables()):
            if table.name in of_calls:
                connection.execute(table.delete())


def differences(one: Snapshot, other: Snapshot) -> list[str]:
    return [f"{name}: {one[name]} <> {other[name]}" for name in one if one[name] != other[name]]


@pytest.fixture
def hasty(commune: Commune) -> Commune:
    """The commune without the wait for the disk: here only what is written counts."""
    if commune.store.dialect == "sqlite":

        @event.listens_for(commune.store.engine, "connect")
        def _do_not_wait(driver: Any, _: object) -> None:
            driver.execute("PRAGMA synchronous=OFF")

        commune.store.engine.dispose()
    return commune


# ---- six events, all of them in one moment, for the clock stands still ----------------------------------------------

SIX = (
    Post("/voice/incoming", call_form(CALL, CallStatus="ringing")),
    Post("/voice/status", call_form(CALL, CallStatus="ringing", SequenceNumber="0")),
    Post("/voice/status", call_form(CALL, SequenceNumber="1")),
    Post("/voice/recording", recording_form(CALL, RECORDING, "in-progress")),
    Post("/voice/recording", recording_form(CALL, RECORDING, "completed", RecordingDuration="9")),
    Post("/voice/status", call_form(CALL, CallStatus="completed", CallDuration="0", SequenceNumber="2")),
)


def _orders(commune: Commune) -> list[tuple[Post, ...]]:
    every = list(permutations(SIX))
    return every if commune.store.dialect == "sqlite" else random.Random(6).sample(every, 60)


def deliver(commune: Commune, posts: Sequence[Post]) -> Snapshot:
    for one in posts:
        answer = one.send(commune)
        assert 200 <= answer.status_code < 300, (one.path, answer.status_code)
    return snapshot(commune)


def _all_end_alike(commune: Commune, repeat: Callable[[Sequence[Post]], Sequence[Post]]) -> None:
    expected = deliver(commune, SIX)
    assert [len(expected[name]) for name in ("calls", "steps", "recordings", "reports", "sealed_numbers")] == [1] * 5
    for order in _orders(commune):
        wipe(commune)
        found = deliver(commune, repeat(order))
        assert found == expected, (_names(order), differences(expected, found))


def _names(order: Sequence[Post]) -> list[str]:
    return [f"{one.path} {one.form.get('RecordingStatus') or one.form.get('CallStatus')}" for one in order]


@pytest.mark.timeout(300)
def test_six_events_of_a_call_end_in_the_same_rows_in_every_order_each_told_twice(hasty: Commune) -> None:
    _all_end_alike(hasty, lambda order: [one for one in order for _ in range(2)])


def test_six_events_told_once_and_then_all_over_again_backwards_end_in_the_same_rows(hasty: Commune) -> None:
    expected = deliver(hasty, SIX)
    for order in random.Random(7).sample(_orders(hasty), 40):
        wipe(hasty)
        found = deliver(hasty, [*order, *reversed(order)])
        assert found == expected, (_names(order), differences(expected, found))


# ---- a call with steps, its callbacks strewn among them --------------------------------------------------------------

_KEYS = ("1", "1", "2", "1", "2", "2", "03")  # Vietnamese, a report, stolen or cheated, theft, not now, confidential
_ANNOUNCED = (
    Post("/voice/status", call_form(CALL, CallStatus="ringing", SequenceNumber="0")),
    Post("/voice/status", call_form(CALL, SequenceNumber="1")),
    Post("/voice/recording", recording_form(CALL, RECORDING, "in-progress")),
    Post("/voice/recording", recording_form(CALL, RECORDING, "completed", RecordingDuration="9")),
)
_OVER = Post("/voice/status", call_form(CALL, CallStatus="completed", CallDuration="0", SequenceNumber="2"))


def _step_forms() -> list[dict[str, str]]:
    keyed = [call_form(CALL, Digits=keys) for keys in _KEYS]
    recorded = call_form(CALL, RecordingSid=RECORDING, RecordingDuration="9", Digits="#")
    return [*keyed, recorded]


def _call_with_callbacks(commune: Commune, places: Sequence[int]) -> Snapshot:
    """Play the call; callback n comes before the step that `places` tells. Everything comes twice."""
    path, forms = "/voice/incoming", [call_form(CALL, CallStatus="ringing"), *_step_forms()]
    for number, form in enumerate(forms):
        for callback, place in zip(_ANNOUNCED, places, strict=True):
            if place == number:
                deliver_twice(commune, callback)
        path = awaited(deliver_twice(commune, Post(path, form)))
    for callback, place in zip((*_ANNOUNCED, _OVER), (*places, len(forms)), strict=True):
        if place >= len(forms):
            deliver_twice(commune, callback)
    return snapshot(commune)


def deliver_twice(commune: Commune, one: Post) -> bytes:
    first, again = one.send(commune), one.send(commune)
    assert 200 <= first.status_code < 300, (one.path, first.status_code)
    assert (again.status_code, again.data) == (first.status_code, first.data), "a repeat gets the very same answer"
    return first.data


def test_callbacks_strewn_among_the_steps_of_a_call_change_nothing(hasty: Commune) -> None:
    dice = random.Random(11)
    expected = _call_with_callbacks(hasty, (0, 1, 9, 9))
    assert [len(expected[name]) for name in ("calls", "recordings", "reports", "receipts")] == [1] * 4
    assert len(expected["steps"]) == 9
    for _ in range(25):
        wipe(hasty)
        places = [dice.randrange(10) for _ in _ANNOUNCED]
        found = _call_with_callbacks(hasty, places)
        assert found == expected, (places, differences(expected, found))


def test_a_call_said_to_be_over_before_its_last_step_loses_neither_words_nor_report(hasty: Commune) -> None:
    """The end overtakes the step that brings the recording, as it may."""
    for at in range(1, 9):
        wipe(hasty)
        path = "/voice/incoming"
        forms = [call_form(CALL, CallStatus="ringing"), *_step_forms()]
        for number, form in enumerate(forms):
            if number == at:
                deliver_twice(hasty, _OVER)
            answer = deliver_twice(hasty, Post(path, form))
            path = awaited(answer) if number < at else path
        deliver_twice(hasty, _ANNOUNCED[3])
        (call,), (recording,), (report,) = (hasty.rows(table) for table in (calls, recordings, reports))
        assert recording["call_id"] == call["id"]
        assert call["position"] is None
        assert report["incomplete"] is False, at
        assert len(hasty.rows(report_calls)) == 1
        assert all(step["answer"] is None and step["heard"] is None for step in hasty.rows(steps))


def test_a_recording_told_of_in_the_moment_of_the_calls_end_still_becomes_a_report(commune: Commune) -> None:
    """Two webhooks side by side, neither committed when the other begins: somebody must see both."""
    if commune.store.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    assert SIX[0].send(commune).status_code == 200
    ended = threading.Thread(target=_end, args=(commune,))
    with commune.store.write() as connection:
        recording_announced(connection, "twilio", CALL, RECORDING, "completed", 9, commune.clock())
        ended.start()
        ended.join(0.5)  # long enough to commit, were it not for the row that is held
    ended.join(10)
    assert len(commune.rows(reports)) == 1
    assert commune.rows(calls)[0]["outcome"] == "recorded"


def _end(commune: Commune) -> None:
    now = commune.clock()
    news = StatusNews("twilio", CALL, "completed", CALLER, LINE, 31, 2)
    commune.store.commit(lambda c: status_announced(c, LineBook(commune.store), news, commune.secret, now))
