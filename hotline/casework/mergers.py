"""Authorities merge: the lines of one unit become another's, and everything that was there before stays as it was.

The number on the old key fobs goes on, now answered by the new unit's officers under its flow and keys. Reports of
before stay with the people and the keys under which they were sealed: no key is handed over by a command. That the
lines were the old unit's stays on them, so that "former Trì Quang" can be counted for ever."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select, update

from hotline.casework import audit
from hotline.casework.follow_ups import CLIMBING
from hotline.casework.founding import UnitRefusedError
from hotline.casework.unit_tree import chain, hold, unit_row
from storage.tables import calls, follow_ups, lines, reports, units


@dataclass(frozen=True)
class Merged:
    """What a merger found: the numbers that moved, and what is left to be worked by the old unit's people."""

    old: str
    new: str
    numbers: tuple[str, ...]
    open_reports: int
    climbing: int  # follow-ups that page the old unit's officers until somebody takes them
    calls_in_course: int


def merge(connection: Connection, code: str, into: str, on: date | None, now: datetime) -> Merged:
    """Merge a unit into another: on paper since the day `on` (today where None), on the telephone from now on.

    Raises NotFoundError, UnitRefusedError; then nothing is changed."""
    hold(connection)
    old, new = unit_row(connection, code), unit_row(connection, into)
    _refuse(connection, old, new)
    merged_at = _moment(old, on, now)
    moved = _move_lines(connection, old.id, new.id)
    connection.execute(update(units).where(units.c.parent_id == old.id).values(parent_id=new.id))
    connection.execute(update(units).where(units.c.id == old.id).values(merged_into_id=new.id, merged_at=merged_at))
    for unit_id in (old.id, new.id):
        audit.append(
            connection, audit.COMMAND_LINE, "unit merged", f"unit/{old.id}", {"into": new.code}, now, unit_id=unit_id
        )
    still_open = (reports.c.unit_id == old.id) & reports.c.settled_at.is_(None)
    climbing = (follow_ups.c.unit_id == old.id) & follow_ups.c.state.in_(CLIMBING)
    in_course = (calls.c.unit_id == old.id) & calls.c.ended_at.is_(None)
    return Merged(
        old.name,
        new.name,
        moved,
        _count(connection, reports, still_open),
        _count(connection, follow_ups, climbing),
        _count(connection, calls, in_course),
    )


def _refuse(connection: Connection, old: Row[tuple[object, ...]], new: Row[tuple[object, ...]]) -> None:
    if old.merged_into_id is not None:
        raise UnitRefusedError(f"{old.code} has merged already; nothing was changed.")
    if new.merged_into_id is not None:
        raise UnitRefusedError(f"{new.code} has merged itself; name the unit that it is part of now.")
    if old.id == new.id:
        raise UnitRefusedError("A unit cannot merge into itself.")
    if old.content_public is None or new.content_public is None:
        raise UnitRefusedError("Only communes merge, each with a line and keys; a unit above others has neither.")
    if old.id in chain(connection, new.id):
        raise UnitRefusedError(f"{new.code} hangs under {old.code}; a unit cannot merge into what is part of it.")


def _moment(old: Row[tuple[object, ...]], on: date | None, now: datetime) -> datetime:
    """The first moment of the day from which the merger counts. A day to come is refused: the lines move at once."""
    zone = ZoneInfo(str(old.timezone))
    today = now.astimezone(zone).date()
    day = on or today
    if day > today:
        raise UnitRefusedError(f"{day} is still to come, and the lines move at once; merge on the day itself.")
    if day < old.created_at.astimezone(zone).date():
        raise UnitRefusedError(f"On {day} there was no unit {old.code} here yet.")
    return datetime.combine(day, time(), zone)


def _move_lines(connection: Connection, old_id: int, new_id: int) -> tuple[str, ...]:
    """Give the lines to the new unit, to play what its own play; whose they were at first stays on them."""
    plays = select(lines.c.flow_hash).where(lines.c.unit_id == new_id, lines.c.retired_at.is_(None))
    flow_hash = connection.scalar(plays.order_by(lines.c.id).limit(1))
    values = {"flow_hash": flow_hash} if flow_hash else {}
    moved = (
        update(lines)
        .where(lines.c.unit_id == old_id)
        .values(unit_id=new_id, former_unit_id=func.coalesce(lines.c.former_unit_id, old_id), **values)
    )
    return tuple(sorted(connection.scalars(moved.returning(lines.c.number))))


def _count(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(which)).scalar_one())
