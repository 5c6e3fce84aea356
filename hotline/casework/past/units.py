"""The unit and the line that a file about the past belongs to."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework.unit_tree import answering
from hotline.errors import NotFoundError
from storage.tables import lines, units


@dataclass(frozen=True)
class UnitOfPast:
    """A unit as its past needs it."""

    id: int
    code: str
    name: str
    zone: ZoneInfo
    region: str


def unit_named(connection: Connection, code: str | None) -> UnitOfPast:
    """The unit of this code, or the only one, or the only one with a line in service. Raises NotFoundError."""
    query = select(units.c.id, units.c.code, units.c.name, units.c.timezone, units.c.region).order_by(units.c.id)
    rows = connection.execute(query).all()
    if not rows:
        raise NotFoundError("There is no unit yet; run `hotline init` first.")
    found = [row for row in rows if row.code == code] if code else answering(connection, rows)
    if not found:
        raise NotFoundError(f"There is no unit with the code {code!r}.")
    if len(found) > 1:
        known = ", ".join(row.code for row in rows)
        raise NotFoundError(f"There are several units ({known}); the file must say which: `unit: CODE`.")
    [row] = found
    return UnitOfPast(row.id, row.code, row.name, ZoneInfo(row.timezone), row.region)


def line_of_unit(connection: Connection, unit: UnitOfPast, number: str | None) -> int:
    """The unit's line of this number, or its oldest; also one out of service, or another unit's since a merger.

    Raises NotFoundError."""
    theirs = (lines.c.unit_id == unit.id) | (lines.c.former_unit_id == unit.id)
    query = select(lines.c.id).where(theirs).order_by(lines.c.unit_id != unit.id, lines.c.id)
    if number is not None:
        query = query.where(lines.c.number == number)
    line_id = connection.scalar(query.limit(1))
    if line_id is None:
        raise NotFoundError(f"line: the unit {unit.code} has no such line.")
    return int(line_id)
