"""Inserting a row that may be there already, the same way on both databases."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert

INSERTS: dict[str, Callable[[Table], Insert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""The inserts that know ON CONFLICT, by the name of their dialect."""


def insert_into(connection: Connection, table: Table) -> Insert:
    """An insert of the connection's own dialect, which knows ON CONFLICT."""
    return INSERTS[connection.dialect.name](table)


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert the row unless one of its unique keys is taken; tell whether it was inserted."""
    statement = insert_into(connection, table).values(**values).on_conflict_do_nothing()
    # Not rowcount: PostgreSQL's driver does not tell it for an insert.
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None
