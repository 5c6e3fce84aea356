"""Inserting a row that may be there already, the same way on both databases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_of(dialect: str, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that knows ON CONFLICT, for a database by the name of its dialect."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    # Loaded where it is used: an eighth of a second, and the first call after a start waits for it.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def insert_into(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert of the connection's own dialect, which knows ON CONFLICT."""
    return insert_of(connection.dialect.name, table)


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert the row unless one of its unique keys is taken; tell whether it was inserted."""
    statement = insert_into(connection, table).values(**values).on_conflict_do_nothing()
    # Not rowcount: PostgreSQL's driver does not tell it for an insert.
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None
