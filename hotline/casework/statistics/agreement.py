"""Whether what is kept of the months is still what the calls and the audit say."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from hotline.casework.months import Month
from hotline.casework.statistics import day_counts, province_issues, signatures
from storage.tables import units


def counted_months(connection: Connection) -> list[tuple[int, Month]]:
    """Every month of every unit whose days are counted."""
    ids = connection.scalars(select(units.c.id).order_by(units.c.id)).all()
    return [(unit_id, month) for unit_id in ids for month in sorted(day_counts.counted_months(connection, unit_id))]


def disagreements(connection: Connection, unit_id: int, month: Month) -> Iterator[str]:
    """Each figure of a month and of its days where the count is not what the calls come to, in a few words."""
    counted = day_counts.from_days(connection, unit_id, month)
    real = day_counts.from_calls(connection, unit_id, month)
    for cell in sorted(counted.keys() | real.keys()):
        if counted[cell] != real[cell]:
            yield f"{cell.day} {_named(cell.dimension, cell.key)}: {counted[cell]} counted, {real[cell]} by the calls"
    kept, summed = day_counts.from_month(connection, unit_id, month), day_counts.summed(real)
    for dimension, key in sorted(kept.keys() | summed.keys()):
        if kept[dimension, key] != summed[dimension, key]:
            both = f"{kept[dimension, key]} counted, {summed[dimension, key]} by the calls"
            yield f"{month} {_named(dimension, key)}: {both}"


def altered_closings(connection: Connection) -> list[str]:
    """The drafted and signed figures, and the issued tables, that are not those of the audit."""
    return [*signatures.altered(connection), *province_issues.altered(connection)]


def _named(dimension: str, key: str) -> str:
    return f"{dimension} {key}" if key else dimension
