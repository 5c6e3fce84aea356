"""Which former units can be counted in a unit: "former Trì Quang" inside the one it has merged into."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, Row, select

from hotline.casework.months import Month
from hotline.casework.statistics.span import FormerUnit, unit_by_id
from storage.tables import units


def former_units(connection: Connection, unit_id: int, month: Month) -> tuple[FormerUnit, ...]:
    """The units whose lines were this one's in a month, by way of others too, the oldest first.

    For `monthly_statistics(…, former=…)`; with the unit's own lines they make up its calls. Each line counts for the
    unit that it belonged to at first: of A that merged into B, and B into C, C has "former A" beside "former B".
    Raises NotFoundError for an unknown unit."""
    end = month.bounds(unit_by_id(connection, unit_id).zone)[1]
    known = {row.id: row for row in connection.execute(select(units).order_by(units.c.id))}
    return tuple(
        FormerUnit(row.id, row.code, row.name)
        for row in known.values()
        if row.id != unit_id and unit_id in _until(known, row, end)
    )


def heirs_by(connection: Connection, unit_id: int, end: datetime) -> tuple[int, ...]:
    """The units that have had the lines of this one before a moment, the first one first."""
    known = {row.id: row for row in connection.execute(select(units))}
    return tuple(_until(known, known[unit_id], end))


def _until(known: dict[int, Row[tuple[object, ...]]], row: Row[tuple[object, ...]], end: datetime) -> Iterator[int]:
    """Into which units a unit had merged before a moment, one after the other."""
    while row.merged_into_id is not None and row.merged_at < end:
        yield row.merged_into_id
        row = known[row.merged_into_id]
