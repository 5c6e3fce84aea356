"""What every store promises, on both databases: all or nothing, on the disk before the answer, never late."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.database import Store, StoreBusy, open_store
from storage.tables import alarms, calls, heartbeats
from tests.storage.conftest import Elsewhere
from tests.storage.rows import NOON, a_call, add_calls


def _beat(process: str, at: datetime = NOON) -> Callable[[Connection], str]:
    def write(connection: Connection) -> str:
        connection.execute(insert(heartbeats).values(process=process, at=at))
        return process

    return write


def _processes(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.execute(select(heartbeats.c.process)).scalars())


def test_a_committed_change_is_seen_by_whoever_reads_next(store: Store) -> None:
    assert store.commit(_beat("web")) == "web"
    assert _processes(store) == {"web"}


def test_a_failing_change_fails_its_own_caller_only(store: Store) -> None:
    store.commit(_beat("taken"))

    def change(number: int) -> str:
        try:
            store.commit(_beat("taken" if number % 8 == 0 else f"p{number}"))
        except IntegrityError:
            return "refused"
        return "done"

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(change, range(160)))
    assert outcomes == ["refused" if number % 8 == 0 else "done" for number in range(160)]
    assert _processes(store) == {"taken"} | {f"p{number}" for number in range(160) if number % 8}


def test_a_failing_change_leaves_nothing_of_itself(store: Store) -> None:
    def half(connection: Connection) -> None:
        _beat("half")(connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.commit(half)
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        half(connection)
    assert _processes(store) == set()


def test_an_error_that_looks_like_lateness_is_the_callers_own(store: Store) -> None:
    def impatient(connection: Connection) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        store.commit(impatient)


def test_a_change_given_up_is_never_applied_later(store: Store, locked_elsewhere: Elsewhere) -> None:
    with locked_elsewhere(), pytest.raises(StoreBusy) as refusal:
        store.commit(_beat("late"), timeout_s=0.2)
    assert not refusal.value.outcome_unknown
    store.commit(_beat("next"))
    store.close()
    assert _processes(store) == {"next"}


def test_a_locked_database_is_busy_and_then_well_again(hasty_store: Store, locked_elsewhere: Elsewhere) -> None:
    with locked_elsewhere():
        with pytest.raises(StoreBusy), hasty_store.write() as connection:
            _beat("web")(connection)
        with pytest.raises(StoreBusy):
            hasty_store.commit(_beat("web"), timeout_s=0.3)
    hasty_store.commit(_beat("web"))
    assert _processes(hasty_store) == {"web"}


def test_a_reader_sees_one_moment_and_holds_up_nobody(store: Store) -> None:
    with store.read() as connection:
        count = select(func.count()).select_from(heartbeats)
        assert connection.execute(count).scalar_one() == 0
        store.commit(_beat("web"))
        assert connection.execute(count).scalar_one() == 0
    assert _processes(store) == {"web"}


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreBusy, match=r"READONLY|25006"), store.read() as connection:
        _beat("web")(connection)


def test_a_wrong_statement_is_not_called_busy(store: Store) -> None:
    with pytest.raises(DBAPIError), store.read() as connection:
        connection.execute(text("SELECT nonsense FROM nowhere"))
    with pytest.raises(DBAPIError):
        store.commit(lambda connection: connection.execute(text("SELECT nonsense FROM nowhere")))


def test_an_error_says_nothing_of_the_values(line_store: Store) -> None:
    secret = "+84912345678"
    with pytest.raises(IntegrityError) as refusal:
        line_store.commit(lambda c: c.execute(insert(calls).values(a_call("k", node=secret, line_id=99))))
    assert secret not in str(refusal.value)


def test_what_points_nowhere_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(insert(alarms).values(unit_id=77, what="x", dedupe_key="x", details={}, at=NOON))


def test_steps_of_one_call_from_many_threads_are_counted_each_once(line_store: Store) -> None:
    add_calls(line_store, "k")

    def step(connection: Connection) -> int:
        visit: int = connection.execute(select(calls.c.visit).where(calls.c.key == "k").with_for_update()).scalar_one()
        connection.execute(update(calls).where(calls.c.key == "k").values(visit=visit + 1))
        return visit

    with ThreadPoolExecutor(16) as pool:
        visits = list(pool.map(lambda _: line_store.commit(step, timeout_s=20), range(100)))
    assert sorted(visits) == list(range(1, 101))


def test_a_plain_write_gets_its_turn_among_a_stream_of_commits(store: Store) -> None:
    store.commit(_beat("web"))
    stop = threading.Event()

    def stream() -> None:
        while not stop.is_set():
            store.commit(lambda c: c.execute(update(heartbeats).where(heartbeats.c.process == "web").values(at=NOON)))

    with ThreadPoolExecutor(8) as pool:
        streams = [pool.submit(stream) for _ in range(8)]
        for number in range(20):
            with store.write() as connection:
                _beat(f"w{number}", NOON + timedelta(seconds=number))(connection)
        stop.set()
        for each in streams:
            each.result()
    assert len(_processes(store)) == 21


def test_the_child_of_a_fork_opens_its_own_connections(store: Store) -> None:
    store.commit(_beat("parent"))
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            store.commit(_beat("child"))
            os._exit(0 if _processes(store) == {"parent", "child"} else 1)
        except BaseException:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.commit(_beat("parent again"))
    assert _processes(store) == {"parent", "child", "parent again"}


def test_a_closed_store_refuses(store: Store) -> None:
    store.commit(_beat("web"))
    store.close()
    with pytest.raises(StoreBusy, match="closed"):
        store.commit(_beat("worker"))


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql+pymysql://h/d"])
def test_other_databases_are_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite"):
        open_store(url)
