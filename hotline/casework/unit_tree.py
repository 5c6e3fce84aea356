"""The units of an installation: how they hang under one another, which numbers are theirs, what they were called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update

from hotline.casework import audit
from hotline.casework.founding import UnitRefusedError
from hotline.errors import NotFoundError
from storage.tables import lines, units


@dataclass(frozen=True)
class Numbered:
    """A duty number; `former`: the code of the unit that it belonged to before a merger."""

    number: str
    former: str | None


@dataclass(frozen=True)
class UnitRow:
    """A unit as it is listed. `merged_on`: from which day on `merged_into` (a code) has its lines."""

    code: str
    name: str
    superior: str | None
    numbers: tuple[Numbered, ...]
    former_names: tuple[Mapping[str, str], ...]
    merged_into: str | None
    merged_on: date | None

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name,
            "superior": self.superior,
            "numbers": [{"number": one.number, "former": one.former} for one in self.numbers],
            "former_names": [dict(one) for one in self.former_names],
            "merged_into": self.merged_into,
            "merged_on": self.merged_on.isoformat() if self.merged_on else None,
        }


def listed(connection: Connection) -> list[UnitRow]:
    """All units, the oldest first."""
    rows = connection.execute(select(units).order_by(units.c.id)).all()
    codes = {row.id: row.code for row in rows}
    numbers: dict[int, list[Numbered]] = {}
    for line in connection.execute(select(lines).where(lines.c.retired_at.is_(None)).order_by(lines.c.id)):
        numbers.setdefault(line.unit_id, []).append(Numbered(line.number, codes.get(line.former_unit_id)))
    return [_listed(row, codes, numbers.get(row.id, [])) for row in rows]


def _listed(row: Row[Any], codes: Mapping[int, str], numbers: Sequence[Numbered]) -> UnitRow:
    merged = row.merged_at.astimezone(ZoneInfo(row.timezone)).date() if row.merged_at else None
    superior, successor = codes.get(row.parent_id), codes.get(row.merged_into_id)
    return UnitRow(row.code, row.name, superior, tuple(numbers), tuple(row.old_names), successor, merged)


def unit_row(connection: Connection, code: str | None) -> Row[Any]:
    """The unit of this code, or the first there is. Raises NotFoundError."""
    query = select(units).order_by(units.c.id).limit(1)
    known = code is None or code.isprintable()  # PostgreSQL may not be asked for a NUL
    row = connection.execute(query if code is None else query.where(units.c.code == code)).first() if known else None
    if row is None:
        raise NotFoundError(
            f"There is no unit with the code {code!r}; `hotline unit list` shows those there are."
            if code is not None
            else "There is no unit yet; run `hotline init` first."
        )
    return row


def unit_meant(connection: Connection, code: str | None) -> Row[Any]:
    """The unit of this code, or the only one, or the only one with a line in service. Raises NotFoundError."""
    if code is not None:
        return unit_row(connection, code)
    rows = connection.execute(select(units).order_by(units.c.id)).all()
    found = answering(connection, rows)
    if len(found) > 1:
        known = ", ".join(row.code for row in rows)
        raise NotFoundError(f"There are several units ({known}); say which: `--unit CODE`.")
    return found[0] if found else unit_row(connection, None)


def answering(connection: Connection, rows: Sequence[Any]) -> Sequence[Any]:
    """Of these units the one with a line in service, if it is only one; a superior unit has none."""
    in_service = set(connection.scalars(select(lines.c.unit_id).where(lines.c.retired_at.is_(None))))
    return [row for row in rows if row.id in in_service] if len(in_service) == 1 else rows


def hold(connection: Connection) -> None:
    """One change of the tree at a time: two that are right each for itself could make a circle together.

    Weaker than FOR UPDATE, so that calls still come in."""
    connection.execute(select(units.c.id).order_by(units.c.id).with_for_update(key_share=True)).all()


def place_under(
    connection: Connection, unit_id: int, above_id: int | None, now: datetime, by: int | str = audit.COMMAND_LINE
) -> bool:
    """Hang a unit under another one, or (None) under none; tell whether that is new.

    Raises UnitRefusedError where it would hang under itself."""
    hold(connection)
    row = connection.execute(select(units.c.code, units.c.parent_id).where(units.c.id == unit_id)).one()
    if row.parent_id == above_id:
        return False
    if above_id is not None and unit_id in chain(connection, above_id):
        raise UnitRefusedError(f"{row.code} cannot hang under itself, nor under a unit that hangs under it.")
    connection.execute(update(units).where(units.c.id == unit_id).values(parent_id=above_id))
    audit.append(connection, by, "unit placed", f"unit/{unit_id}", {}, now, unit_id=unit_id)
    return True


def chain(connection: Connection, unit_id: int) -> list[int]:
    """The unit and those above it, the nearest first."""
    above = {row.id: row.parent_id for row in connection.execute(select(units.c.id, units.c.parent_id))}
    found: list[int] = []
    at: int | None = unit_id
    while at is not None and at not in found:
        found.append(at)
        at = above[at]
    return found


def absorbed(connection: Connection, unit_id: int) -> list[int]:
    """The units that have merged into this one, also those that had merged into those, the oldest first."""
    merged = connection.execute(select(units.c.id, units.c.merged_into_id).order_by(units.c.id)).all()
    found = {unit_id}
    while more := {row.id for row in merged if row.merged_into_id in found} - found:
        found |= more
    return sorted(found - {unit_id})


def successors(connection: Connection, unit_id: int) -> list[int]:
    """The units that have had the lines of this one since it merged, the first one first."""
    known = {row.id: row.merged_into_id for row in connection.execute(select(units.c.id, units.c.merged_into_id))}
    found: list[int] = []
    at = known[unit_id]
    while at is not None:
        found.append(at)
        at = known[at]
    return found
