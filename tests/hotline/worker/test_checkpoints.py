"""The worker vouches for the audit, and lets it be while nothing happens."""

from datetime import timedelta

from sqlalchemy import delete, select, text, update

from hotline.casework import audit
from hotline.worker.jobs import AuditJobs
from storage.database import Store
from storage.tables import alarms, audit_checkpoints, audit_head, audit_rows
from tests.hotline.worker.scene import NOW, SECRET


def test_new_rows_get_a_checkpoint_and_no_rows_none(store: Store) -> None:
    jobs = AuditJobs(store, SECRET)
    assert not jobs.checkpoint(NOW)
    for minutes in (1, 2):
        with store.write() as connection:
            audit.append(connection, audit.SYSTEM, "refused", "page/calls", {}, NOW)
        assert jobs.checkpoint(NOW + timedelta(minutes=minutes))
        assert not jobs.checkpoint(NOW + timedelta(minutes=minutes, seconds=30))
    with store.read() as connection:
        written = connection.execute(select(audit_checkpoints.c.seq, audit_checkpoints.c.at)).all()
    assert [tuple(row) for row in written] == [(1, NOW + timedelta(minutes=1)), (2, NOW + timedelta(minutes=2))]


def act(store: Store, number: int) -> None:
    with store.write() as connection:
        audit.append(connection, audit.SYSTEM, "refused", f"page/{number}", {}, NOW)


def put_back(store: Store, count: int) -> None:
    """Cut off what came after so many rows, and whatever vouches for it."""
    with store.write() as connection:
        for table in ("audit", "audit_head", "audit_checkpoints"):
            disarm = f"DROP TRIGGER {table}_is_not_%s"
            if store.dialect == "postgresql":
                disarm += f" ON {table}"
            for what in ("deleted", "changed"):
                connection.execute(text(disarm % what))
        connection.execute(delete(audit_rows).where(audit_rows.c.seq > count))
        connection.execute(delete(audit_checkpoints).where(audit_checkpoints.c.seq > count))
        last = connection.scalar(select(audit_rows.c.hash).where(audit_rows.c.seq == count))
        connection.execute(update(audit_head).values(seq=count, hash=last))


def test_a_worker_that_saw_more_rings_and_vouches_for_nothing(store: Store) -> None:
    jobs = AuditJobs(store, SECRET)
    for number in range(4):
        act(store, number)
    assert jobs.checkpoint(NOW)
    put_back(store, 2)
    for number in range(4, 9):
        act(store, number)
    assert not jobs.checkpoint(NOW)
    assert not jobs.checkpoint(NOW + timedelta(minutes=1))
    with store.read() as connection:
        assert list(connection.scalars(select(alarms.c.what))) == ["audit_altered"]
        assert list(connection.scalars(select(audit_checkpoints.c.seq))) == []


def test_it_is_asked_every_minute(store: Store) -> None:
    assert [(beat.name, beat.seconds) for beat in AuditJobs(store, SECRET).beats()] == [("checkpoint", 60)]
