"""Making an installation: the first unit with its keys and line, the first chief, and the flow that is played."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select, update

from hotline.casework import audit, unit_rules
from hotline.casework.audit_checkpoints import checkpoint
from hotline.casework.founding import FirstChief, NewUnit, UnitRefusedError, add_commune
from hotline.casework.statistics import day_counts
from hotline.casework.unit_places import keep_place, names_before
from hotline.casework.unit_tree import place_under, unit_row
from hotline.errors import HotlineError, NotFoundError
from hotline.phone import known_region
from ivr_flows.definition import Flow
from storage.sealing import ApplicationSecret
from storage.tables import units

MOST_MINUTES_A_DAY = 100_000
_KEPT_UNLESS_NAMED: dict[str, Any] = {"deadlines": {}, "follow_ups": {}, "transfer_to": [], "call_backs_a_day": None}
"""What a file that says nothing of it leaves as it is, and what it is where the file says: nothing."""


_READ = _KEPT_UNLESS_NAMED.keys() | {
    *("code", "name", "timezone", "region", "superior", "office_hours", "holidays", "places", "minutes_a_day")
}


class AlreadySetUpError(HotlineError):
    """There is an installation here already; nothing was changed."""


class UnitFileError(HotlineError):
    """The unit's file cannot be used."""


@dataclass(frozen=True)
class FirstUnit:
    """What `hotline init` is told."""

    name: str
    number: str  # E.164
    timezone: str
    region: str
    languages: tuple[str, ...]
    admin: str
    password: str = field(repr=False)
    admin_name: str = ""


def set_up(connection: Connection, first: FirstUnit, flow: Flow, secret: ApplicationSecret, now: datetime) -> str:
    """Make the first unit, its keys, its line and its chief; return the paper recovery key, which is kept nowhere.

    Raises AlreadySetUpError."""
    if connection.execute(select(units.c.id)).first() is not None:
        raise AlreadySetUpError
    new = NewUnit(unit_code(first.name), first.name, first.timezone, first.region, first.languages)
    chief = FirstChief(first.admin, first.admin_name or first.admin, first.password)
    recovery = add_commune(connection, new, first.number, chief, flow, secret, now, "installation made")
    checkpoint(connection, secret, now)
    return recovery


def load_unit(
    connection: Connection,
    settings: dict[str, Any],
    now: datetime,
    by: int | str = audit.COMMAND_LINE,
    code: str | None = None,
) -> int:
    """Bring a unit's places, hours and holidays up to date from its file; the same file twice changes nothing.

    `code`: the unit, where the file names none, or the same. Returns the number of places. Raises UnitFileError,
    NotFoundError."""
    unit_id = _unit_named(connection, settings, code) if code is not None else _unit_to_load(connection, settings)
    values: dict[str, Any] = {name: settings.get(name) or {} for name in ("office_hours", "holidays")}
    values |= {name: settings[name] or empty for name, empty in _KEPT_UNLESS_NAMED.items() if name in settings}
    values |= {name: str(settings[name]) for name in ("name", "timezone") if name in settings}
    if "region" in settings:
        values["region"] = known_region(str(settings["region"]))
    try:
        unit_rules.check(values)
    except ValueError as error:
        raise UnitFileError(f"{error}.") from None
    _check_timezone(settings)
    values |= _cost(settings)
    if "timezone" in values and values["timezone"] != connection.scalar(
        select(units.c.timezone).where(units.c.id == unit_id)
    ):
        day_counts.forget(connection, unit_id)
    if "name" in values:
        values["old_names"] = _old_names(connection, unit_id, values["name"], now)
    connection.execute(update(units).where(units.c.id == unit_id).values(**values))
    if "superior" in settings:
        _place(connection, unit_id, settings["superior"], now, by)
    wanted = [_place_of(entry) for entry in _listed(settings, "places")]
    _refuse_twice([str(place["digits"]) for place in wanted])
    for place in wanted:
        keep_place(connection, unit_id, place, now)
    audit.append(connection, by, "unit loaded", f"unit/{unit_id}", {"places": len(wanted)}, now, unit_id=unit_id)
    return len(wanted)


def unknown_names(settings: dict[str, Any]) -> list[str]:
    """What a unit's file says under names that nothing is read from: slips, most likely."""
    return sorted(str(name) for name in settings.keys() - _READ)


def _refuse_twice(digits: list[str]) -> None:
    """A caller keys one number and means one place."""
    if twice := sorted({one for one in digits if digits.count(one) > 1}):
        raise UnitFileError(f"places: {', '.join(twice)} stands beside two places; a number on the card is of one.")


def _place(connection: Connection, unit_id: int, superior: Any, now: datetime, by: int | str) -> None:
    """Hang the unit under the one of this code; under none where the file says: nothing."""
    try:
        above_id = None if superior is None else int(unit_row(connection, str(superior)).id)
        place_under(connection, unit_id, above_id, now, by)
    except (NotFoundError, UnitRefusedError) as error:
        raise UnitFileError(f"superior: {error}") from None


def _old_names(connection: Connection, unit_id: int, name: str, now: datetime) -> list[dict[str, Any]]:
    row = connection.execute(select(units).where(units.c.id == unit_id)).one()
    return names_before(row.old_names, row.name, name, now.astimezone(ZoneInfo(row.timezone)).date())


def _cost(settings: dict[str, Any]) -> dict[str, int]:
    """How many minutes of calls a day are more than the unit expects, where the file says so."""
    if "minutes_a_day" not in settings:
        return {}
    minutes = settings["minutes_a_day"]
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= MOST_MINUTES_A_DAY:
        raise UnitFileError(f"minutes_a_day: a whole number of minutes from 1 to {MOST_MINUTES_A_DAY}.")
    return {"minutes_a_day": minutes}


def unit_code(name: str) -> str:
    """A unit's code from its name: plain letters, digits and hyphens."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-")[:40] or "unit"


def _unit_named(connection: Connection, settings: dict[str, Any], code: str) -> int:
    """The unit of this code. Where the file names another one, one of the two is a slip."""
    unit_id = int(unit_row(connection, code).id)
    if (said := settings.get("code")) is not None and str(said) != code:
        raise UnitFileError(f"code: the file is about the unit {said!r}, not about {code}.")
    return unit_id


def _unit_to_load(connection: Connection, settings: dict[str, Any]) -> int:
    rows = connection.execute(select(units.c.id, units.c.code).order_by(units.c.id)).all()
    if not rows:
        raise NotFoundError("There is no unit yet; run `hotline init` first.")
    by_code = {row.code: row.id for row in rows}
    if (code := settings.get("code")) in by_code:
        return int(by_code[code])
    if len(rows) == 1:
        return int(rows[0].id)
    raise NotFoundError(f"There is no unit with the code {code!r}.")


def _listed(settings: dict[str, Any], name: str) -> list[Any]:
    entries = settings.get(name) or []
    if not isinstance(entries, list):
        raise UnitFileError(f"{name}: must be a list, each entry on a line that begins with a hyphen.")
    return entries


def _check_timezone(settings: dict[str, Any]) -> None:
    name = str(settings.get("timezone", "UTC"))
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnitFileError(f"timezone: {name!r} is not a time zone such as Asia/Ho_Chi_Minh.") from None


def _place_of(entry: Any) -> dict[str, Any]:
    try:
        return unit_rules.place(entry)
    except ValueError as error:
        raise UnitFileError(f"places: {error}.") from None
