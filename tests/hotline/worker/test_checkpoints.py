"""The worker vouches for the audit, and lets it be while nothing happens."""

from datetime import timedelta

from sqlalchemy import select

from hotline.casework import audit
from hotline.worker.jobs import AuditJobs
from storage.database import Store
from storage.tables import audit_checkpoints
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


def test_it_is_asked_every_minute(store: Store) -> None:
    assert [(beat.name, beat.seconds) for beat in AuditJobs(store, SECRET).beats()] == [("checkpoint", 60)]
