"""The places of a unit: their two digits on the card, their names now and before, and those that are closed.

A place is never deleted: reports and figures of past months go on naming it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update

from hotline.casework import audit, unit_rules
from hotline.casework.once import insert_once
from hotline.errors import HotlineError, NotFoundError
from storage.tables import places, units


class PlaceRefusal(Enum):
    """Why a place is not kept like that."""

    DIGITS_TAKEN = "Another place has these two digits; a closed one keeps them, too."


class PlaceRefusedError(HotlineError):
    """The place cannot be kept like that."""

    def __init__(self, refusal: PlaceRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class PlaceRow:
    """A place as it lies open; `version` names all that can be changed of it."""

    id: int
    digits: str
    name: str
    names: Mapping[str, str]
    kind: str
    households: int | None
    old_names: Sequence[Mapping[str, str]]
    closed_at: datetime | None
    version: str


def places_of(connection: Connection, unit_id: int) -> list[PlaceRow]:
    """All places of a unit by their digits, the closed ones last."""
    query = select(places).where(places.c.unit_id == unit_id).order_by(places.c.closed_at.is_not(None), places.c.digits)
    return [_place(row) for row in connection.execute(query)]


def place_of(connection: Connection, unit_id: int, place_id: int) -> PlaceRow:
    """A place of this unit. Raises NotFoundError, also where it is another unit's."""
    query = select(places).where(places.c.id == place_id, places.c.unit_id == unit_id).with_for_update()
    if (row := connection.execute(query).first()) is None:
        raise NotFoundError
    return _place(row)


def _place(row: Row[Any]) -> PlaceRow:
    known = {name: getattr(row, name) for name in PlaceRow.__dataclass_fields__ if name != "version"}
    return PlaceRow(**known, version=version_of({**known, "closed_at": row.closed_at is not None}))


def version_of(value: Any) -> str:
    """A short name for exactly this value, by which a page tells which one it was made from."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


# ---- changing, once it is known that this hand may --------------------------------------------------------------


def add_place(connection: Connection, unit_id: int, entry: Mapping[str, Any], by: int, now: datetime) -> int:
    """Keep a new place; return its id. Raises PlaceRefusedError, ValueError."""
    if not insert_once(connection, places, {"unit_id": unit_id, "old_names": [], **unit_rules.place(dict(entry))}):
        raise PlaceRefusedError(PlaceRefusal.DIGITS_TAKEN)
    same = (places.c.unit_id == unit_id) & (places.c.digits == entry["digits"])
    place_id = int(connection.execute(select(places.c.id).where(same)).scalar_one())
    audit.append(connection, by, "place added", f"place/{place_id}", {"digits": entry["digits"]}, now)
    return place_id


def change_place(
    connection: Connection, unit_id: int, found: PlaceRow, entry: Mapping[str, Any], by: int, now: datetime
) -> None:
    """Change all but the digits, which are printed on every card. Raises ValueError."""
    keep_place(connection, unit_id, unit_rules.place({**entry, "digits": found.digits}), now)
    audit.append(connection, by, "place changed", f"place/{found.id}", {"digits": found.digits}, now)


def close_place(connection: Connection, found: PlaceRow, by: int, now: datetime) -> None:
    """Offer a place to callers no more; a call that has named it keeps it."""
    if found.closed_at is None:
        connection.execute(update(places).where(places.c.id == found.id).values(closed_at=now))
        audit.append(connection, by, "place closed", f"place/{found.id}", {"digits": found.digits}, now)


def reopen_place(connection: Connection, found: PlaceRow, by: int, now: datetime) -> None:
    """Offer a place again."""
    if found.closed_at is not None:
        connection.execute(update(places).where(places.c.id == found.id).values(closed_at=None))
        audit.append(connection, by, "place reopened", f"place/{found.id}", {"digits": found.digits}, now)


def keep_place(connection: Connection, unit_id: int, place: Mapping[str, Any], now: datetime) -> None:
    """Keep a place under its digits; the name it had before stays with it, so that old papers can be read."""
    if insert_once(connection, places, {"unit_id": unit_id, "old_names": [], **place}):
        return
    same = (places.c.unit_id == unit_id) & (places.c.digits == place["digits"])
    query = select(places.c.name, places.c.old_names, units.c.timezone).join(units, units.c.id == places.c.unit_id)
    row = connection.execute(query.where(same)).one()
    before = names_before(row.old_names, row.name, place["name"], now.astimezone(ZoneInfo(row.timezone)).date())
    connection.execute(update(places).where(same).values(**place, old_names=before))


def names_before(before: Sequence[Mapping[str, Any]], old: str, new: str, today: date) -> list[dict[str, Any]]:
    """The old names with the day until which each was used."""
    kept = [dict(one) for one in before]
    return kept if old == new else [*kept, {"name": old, "until": today.isoformat()}]
