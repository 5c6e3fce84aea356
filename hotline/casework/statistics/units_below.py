"""The communes of a superior unit: every unit below it, at any depth, that has a line or calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, or_, select

from hotline.casework.statistics.span import CountedUnit
from storage.tables import calls, lines, units


@dataclass(frozen=True, slots=True)
class _Known:
    parent_id: int | None
    unit: CountedUnit
    answers: bool


def communes_below(connection: Connection, unit_id: int) -> tuple[CountedUnit, ...]:
    """In the order of their codes. The unit itself is none of them, whatever lines it has."""
    called = or_(exists().where(lines.c.unit_id == units.c.id), exists().where(calls.c.unit_id == units.c.id))
    query = select(units.c.id, units.c.parent_id, units.c.code, units.c.name, units.c.timezone, called)
    known = [
        _Known(parent, CountedUnit(id_, code, name, ZoneInfo(zone)), bool(answers))
        for id_, parent, code, name, zone, answers in connection.execute(query)
    ]
    found = [one.unit for one in _below(known, unit_id) if one.answers]
    return tuple(sorted(found, key=lambda unit: unit.code))


def is_superior(connection: Connection, unit_id: int) -> bool:
    """Whether any unit is below this one."""
    return connection.execute(select(units.c.id).where(units.c.parent_id == unit_id).limit(1)).first() is not None


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
