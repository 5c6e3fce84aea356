"""What a unit was called when: it is renamed, and the figures of before go on under the name of their time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from hotline.casework import audit
from hotline.casework.founding import UnitRefusedError, check_name
from hotline.casework.unit_places import names_before
from hotline.casework.unit_tree import unit_row
from storage.tables import units


def name_on(name: str, old_names: Sequence[Mapping[str, Any]], day: date) -> str:
    """What a unit that is called `name` now was called on a day. A name that was used `until` a day is not that day's
    any more."""
    later = sorted((str(one["until"]), str(one["name"])) for one in old_names if str(one["until"]) > day.isoformat())
    return later[0][1] if later else name


def rename(connection: Connection, code: str, name: str, on: date | None, now: datetime) -> str:
    """Call a unit by another name since the day `on` (today where None); return the name it had.

    Raises NotFoundError, UnitRefusedError; then nothing is changed."""
    row = unit_row(connection, code)
    check_name(name)
    today = now.astimezone(ZoneInfo(row.timezone)).date()
    day = on or today
    if name == row.name:
        raise UnitRefusedError(f"{code} is called that already.")
    if day > today:
        raise UnitRefusedError(f"{day} is still to come; callers would hear the new name at once.")
    if any(str(one["until"]) > day.isoformat() for one in row.old_names):
        raise UnitRefusedError(f"{code} was renamed after {day} already; its names follow one another.")
    old_names = names_before(row.old_names, row.name, name, day)
    connection.execute(update(units).where(units.c.id == row.id).values(name=name, old_names=old_names))
    audit.append(connection, audit.COMMAND_LINE, "unit renamed", f"unit/{row.id}", {}, now, unit_id=row.id)
    return str(row.name)
