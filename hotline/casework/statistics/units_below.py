"""The communes of a superior unit: every unit below it, at any depth, that has or had a line, or calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, exists, or_, select

from hotline.casework.statistics.span import CountedUnit
from storage.tables import calls, lines, units


@dataclass(frozen=True, slots=True)
class _Known:
    parent_id: int | None
    unit: CountedUnit
    answers: bool


def communes_below(connection: Connection, unit_id: int) -> tuple[CountedUnit, ...]:
    """In the order of their codes. The unit itself is none of them, whatever lines it has."""
    a_line = or_(lines.c.unit_id == units.c.id, lines.c.former_unit_id == units.c.id)
    called = or_(exists().where(a_line), exists().where(calls.c.unit_id == units.c.id))
    known = [_known(row) for row in connection.execute(select(units, called.label("answers")))]
    found = [one.unit for one in _below(known, unit_id) if one.answers]
    return tuple(sorted(found, key=lambda unit: unit.code))


def superior_units(connection: Connection) -> list[int]:
    """The units of which `is_superior` is true."""
    above = select(units.c.parent_id).where(units.c.parent_id.is_not(None))
    answers = exists().where(lines.c.unit_id == units.c.id)
    return list(connection.scalars(select(units.c.id).where(units.c.id.in_(above), ~answers).order_by(units.c.id)))


def is_superior(connection: Connection, unit_id: int) -> bool:
    """Whether any unit is below this one, which answers no telephone itself: a commune is counted as one whatever
    hangs under it."""
    answers = exists().where(lines.c.unit_id == unit_id)
    below = exists().where(units.c.parent_id == unit_id)
    return bool(connection.execute(select(below & ~answers)).scalar_one())


def _known(row: Row[Any]) -> _Known:
    zone, names = ZoneInfo(row.timezone), tuple(row.old_names)
    unit = CountedUnit(row.id, row.code, row.name, zone, names, since=row.created_at, until=row.merged_at)
    return _Known(row.parent_id, unit, bool(row.answers))


def _below(known: Sequence[_Known], unit_id: int) -> list[_Known]:
    """Walked down from the unit; a tree that bites its tail ends where it has been already."""
    children: dict[int | None, list[_Known]] = {}
    for one in known:
        children.setdefault(one.parent_id, []).append(one)
    seen, found, waiting = {unit_id}, [], [unit_id]
    while waiting:
        for one in children.get(waiting.pop(), ()):
            if one.unit.id not in seen:
                seen.add(one.unit.id)
                found.append(one)
                waiting.append(one.unit.id)
    return found
