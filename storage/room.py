"""Room for a transaction that writes much."""

from sqlalchemy import Connection

_KIB = 16 * 1024


def make_room(connection: Connection) -> None:
    """Let this connection keep 16 MiB of pages. Of SQLite's usual 2 MiB a batch of a large book spills before its
    commit, and reads twice what it has just written. PostgreSQL has its own room."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_KIB}")
