"""Whether what is kept of the months is still what the calls and the audit say."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from hotline.casework.months import Month
from hotline.casework.statistics import day_counts, signatures
from hotline.casework.statistics.day_counts import Cell
from storage.tables import units


def counted_months(connection: Connection) -> list[tuple[int, Month]]:
    """Every month of every unit whose days are counted."""
    ids = connection.scalars(select(units.c.id).order_by(units.c.id)).all()
    return [(unit_id, month) for unit_id in ids for month in sorted(day_counts.counted_months(connection, unit_id))]


def disagreements(connection: Connection, unit_id: int, month: Month) -> Iterator[str]:
    """Each day and figure of a month where the count is not what the calls come to, in a few words."""
    counted = day_counts.from_days(connection, unit_id, month)
    real = day_counts.from_calls(connection, unit_id, month)
    for cell in sorted(counted.keys() | real.keys()):
        if counted[cell] != real[cell]:
            yield f"{cell.day} {_named(cell)}: {counted[cell]} counted, {real[cell]} by the calls"


def altered_closings(connection: Connection) -> list[str]:
    """The drafted and signed figures that are not those of the audit."""
    return list(signatures.altered(connection))


def _named(cell: Cell) -> str:
    return f"{cell.dimension} {cell.key}" if cell.key else cell.dimension
