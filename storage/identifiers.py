"""The ids of rows before they are written, so that rows which point to each other can be written in bulk."""

from collections.abc import Sequence

from sqlalchemy import Connection, Table, func, select


def reserve_ids(connection: Connection, table: Table, number: int) -> Sequence[int]:
    """So many new ids of the table, ascending. They are nobody else's: SQLite has one writer, who must be us (inside
    `write`); PostgreSQL's sequence gives none out twice."""
    if connection.dialect.name == "sqlite":
        last = connection.scalar(select(func.max(table.c.id))) or 0
        return range(last + 1, last + 1 + number)
    each = func.generate_series(1, number).table_valued("value")
    sequence = func.pg_get_serial_sequence(table.name, "id")
    return sorted(connection.scalars(select(func.nextval(sequence)).select_from(each)))
