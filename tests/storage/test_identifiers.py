"""Ids that are known before their rows are written."""

from typing import Any

from sqlalchemy import insert, select

from storage.database import Store
from storage.identifiers import reserve_ids
from storage.tables import alarms
from tests.storage.rows import NOON


def _alarm(key: str, **more: Any) -> dict[str, Any]:
    return {"what": "tried", "dedupe_key": key, "details": {}, "at": NOON, **more}


def test_reserved_ids_are_new_and_rows_written_later_have_others(store: Store) -> None:
    with store.write() as connection:
        first = connection.execute(insert(alarms).returning(alarms.c.id), _alarm("first")).scalar_one()
        ids = reserve_ids(connection, alarms, 3)
        connection.execute(insert(alarms), [_alarm(f"reserved {n}", id=n) for n in ids])
        last = connection.execute(insert(alarms).returning(alarms.c.id), _alarm("last")).scalar_one()
        found = connection.scalars(select(alarms.c.id).order_by(alarms.c.id)).all()
    assert found == [first, *ids, last]


def test_of_an_empty_table_and_none_at_all(store: Store) -> None:
    with store.write() as connection:
        assert list(reserve_ids(connection, alarms, 0)) == []
        assert list(reserve_ids(connection, alarms, 2)) == [1, 2]
