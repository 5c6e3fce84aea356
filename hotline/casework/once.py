"""Inserting a row that may be there already, the same way on both databases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert of the connection's own dialect, which knows ON CONFLICT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert the row unless one of its unique keys is taken; tell whether it was inserted."""
    statement = insert_into(connection, table).values(**values).on_conflict_do_nothing()
    # Not rowcount: PostgreSQL's driver does not tell it for an insert.
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None
