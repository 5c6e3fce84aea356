"""Moments are the same moment after a visit to either database, and naive ones do not get in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import DateTime, insert, select
from sqlalchemy.exc import StatementError
from sqlmodel import SQLModel

import storage.tables  # noqa: F401
from storage.database import Store
from storage.tables import heartbeats
from storage.tables.base import UtcDateTime

HANOI = timezone(timedelta(hours=7))


def _write(store: Store, **moments: datetime) -> None:
    with store.write() as connection:
        for process, at in moments.items():
            connection.execute(insert(heartbeats).values(process=process, at=at))


def test_a_moment_comes_back_in_utc_whatever_offset_it_went_in_with(store: Store) -> None:
    at = datetime(2026, 3, 1, 6, 30, 0, 123456, tzinfo=HANOI)
    _write(store, worker=at)
    with store.read() as connection:
        (back,) = connection.execute(select(heartbeats.c.at)).scalars()
    assert back == at
    assert back.tzinfo is UTC
    assert back.hour == 23


def test_moments_compare_across_offsets_and_without_microseconds(store: Store) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    _write(store, before=noon - timedelta(microseconds=1), same=noon, after=noon + timedelta(microseconds=1))
    as_seen_in_hanoi = noon.astimezone(HANOI)
    with store.read() as connection:
        until = connection.execute(select(heartbeats.c.process).where(heartbeats.c.at <= as_seen_in_hanoi)).scalars()
        assert set(until) == {"before", "same"}
        ordered = connection.execute(select(heartbeats.c.process).order_by(heartbeats.c.at)).scalars()
        assert list(ordered) == ["before", "same", "after"]


def test_a_naive_moment_is_refused(store: Store) -> None:
    naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - that is the point
    with pytest.raises(StatementError, match="naive"):
        _write(store, worker=naive)


def test_no_column_of_ours_keeps_moments_in_any_other_way() -> None:
    columns = [column for table in SQLModel.metadata.tables.values() for column in table.columns]
    assert len([column for column in columns if isinstance(column.type, UtcDateTime)]) > 20
    assert [str(column) for column in columns if isinstance(column.type, DateTime)] == []
