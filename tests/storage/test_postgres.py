"""What only PostgreSQL has to be watched for: dead connections, deadlocks, and threads that wait for their turn."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, insert, select, text, update

from storage.database import Store, StoreBusy
from storage.postgres import WRITERS
from storage.tables import heartbeats
from tests.storage.rows import NOON

pytestmark = [
    pytest.mark.usefixtures("database_url"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


def _beat(process: str) -> Callable[[Connection], str]:
    def write(connection: Connection) -> str:
        connection.execute(insert(heartbeats).values(process=process, at=NOON))
        return process

    return write


def _drop_all_connections(connection: Connection) -> None:
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )


def test_a_server_that_was_restarted_meanwhile_costs_no_change(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store.commit(_beat(f"before-{n}")), range(20)))
    with store.write() as connection:
        _drop_all_connections(connection)
    for number in range(WRITERS):
        store.commit(_beat(f"after-{number}"))
    with store.write() as connection:
        _beat("written")(connection)
    with store.read() as connection:
        found = set(connection.execute(select(heartbeats.c.process)).scalars())
    assert {"written", *(f"after-{number}" for number in range(WRITERS))} <= found


def test_an_answer_lost_in_commit_is_said_to_be_unknown_and_not_repeated(store: Store) -> None:
    done = []

    def cut_off(connection: Connection) -> None:
        done.append(_beat("web")(connection))
        with store.engine.begin() as other:
            _drop_all_connections(other)

    with pytest.raises(StoreBusy) as refusal:
        store.commit(cut_off)
    assert refusal.value.outcome_unknown
    assert done == ["web"]


def test_two_changes_that_deadlock_are_both_done(store: Store) -> None:
    store.commit(_beat("a"))
    store.commit(_beat("b"))
    both_hold_one = threading.Barrier(2)

    def update_both(first: str, second: str) -> int:
        tries = 0

        def work(connection: Connection) -> None:
            nonlocal tries
            tries += 1
            connection.execute(update(heartbeats).where(heartbeats.c.process == first).values(at=NOON))
            if tries == 1:
                both_hold_one.wait()
            connection.execute(update(heartbeats).where(heartbeats.c.process == second).values(at=NOON))

        store.commit(work, timeout_s=10)
        return tries

    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(update_both, "a", "b"), pool.submit(update_both, "b", "a")]
        assert sorted(each.result() for each in tries) == [1, 2]


def test_the_server_may_not_acknowledge_before_its_disk_has_the_rows(store: Store, database_url: str) -> None:
    with store.write() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    store.engine.dispose()
    setting = text("SELECT current_setting('synchronous_commit')")
    assert store.commit(lambda connection: connection.execute(setting).scalar_one()) == "on"
