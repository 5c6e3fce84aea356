"""Statements compiled once do what Core does with them, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import StatementError

from storage.database import Store
from storage.prepared import Prepared
from storage.tables import tombstones

_COLUMNS = ("carrier", "kind", "carrier_id", "at")
_KEEP = Prepared(insert(tombstones).values({name: bindparam(name) for name in _COLUMNS}))
_BY_ID = Prepared(
    select(tombstones.c.carrier_id, tombstones.c.kind).where(
        tombstones.c.carrier == "local", tombstones.c.carrier_id == bindparam("wanted")
    )
)
_RENAME = Prepared(
    update(tombstones).where(tombstones.c.carrier_id == bindparam("wanted")).values(kind=bindparam("new"))
)
MOMENT = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=7)))


def _keep(store: Store, carrier_id: str, at: datetime = MOMENT) -> None:
    row = {"carrier": "local", "kind": "call", "carrier_id": carrier_id, "at": at}
    with store.write() as connection:
        _KEEP(connection, row)


def test_a_row_written_by_a_prepared_insert_is_read_as_core_reads_it(store: Store) -> None:
    _keep(store, "CA1")
    with store.read() as connection:
        assert connection.execute(select(tombstones)).one() == ("local", "call", "CA1", MOMENT.astimezone(UTC))


def test_a_constant_of_the_statement_need_not_be_given(store: Store) -> None:
    _keep(store, "CA1")
    with store.read() as connection:
        assert tuple(_BY_ID(connection, {"wanted": "CA1"}).fetchone()) == ("CA1", "call")
        assert _BY_ID(connection, {"wanted": "CA2"}).fetchone() is None


def test_a_prepared_update_tells_how_many_rows_it_changed(store: Store) -> None:
    _keep(store, "CA1")
    with store.write() as connection:
        assert _RENAME(connection, {"wanted": "CA1", "new": "recording"}).rowcount == 1
        assert _RENAME(connection, {"wanted": "CA2", "new": "recording"}).rowcount == 0


def test_a_prepared_statement_works_inside_a_shared_commit(store: Store) -> None:
    row = {"carrier": "local", "kind": "call", "carrier_id": "CA1", "at": MOMENT}
    store.commit(lambda connection: _KEEP(connection, row))
    with store.read() as connection:
        assert _BY_ID(connection, {"wanted": "CA1"}).fetchone() is not None


def test_a_moment_without_its_offset_is_refused_here_too(store: Store) -> None:
    with pytest.raises((ValueError, StatementError), match="offset"):
        _keep(store, "CA1", MOMENT.replace(tzinfo=None))


def test_a_forgotten_parameter_is_an_error_and_not_an_empty_column(store: Store) -> None:
    with store.write() as connection, pytest.raises(KeyError):
        _KEEP(connection, {"carrier": "local", "kind": "call", "carrier_id": "CA1"})


def test_many_rows_are_given_column_by_column(store: Store) -> None:
    same_kind = Prepared(insert(tombstones).values({**{name: bindparam(name) for name in _COLUMNS}, "kind": "call"}))
    with store.write() as connection:
        same_kind.many(connection, {"carrier": ["local"] * 2, "carrier_id": ["CA1", "CA2"], "at": [MOMENT] * 2})
        same_kind.many(connection, {"carrier": [], "carrier_id": [], "at": []})
    with store.read() as connection:
        rows = connection.execute(select(tombstones).order_by(tombstones.c.carrier_id)).all()
    assert rows == [("local", "call", name, MOMENT.astimezone(UTC)) for name in ("CA1", "CA2")]


def test_a_forgotten_column_is_an_error_too(store: Store) -> None:
    with store.write() as connection, pytest.raises(KeyError):
        _KEEP.many(connection, {"carrier": ["local"], "kind": ["call"], "carrier_id": ["CA1"]})
