"""Making an installation: the first unit with its keys and line, the first chief, and the flow that is played."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, insert, select, update

from hotline.casework import audit, unit_rules
from hotline.casework.audit_checkpoints import checkpoint
from hotline.casework.flow_versions import keep_version, note_publication
from hotline.casework.people import add_officer, grant_unit_keys
from hotline.casework.statistics import day_counts
from hotline.casework.unit_places import keep_place, names_before
from hotline.errors import HotlineError, NotFoundError
from ivr_flows.definition import Flow
from storage.sealing import ApplicationSecret, grant, new_key_pair, recovery_text
from storage.tables import grants, lines, units

MOST_MINUTES_A_DAY = 100_000
_KEPT_UNLESS_NAMED: dict[str, Any] = {"deadlines": {}, "follow_ups": {}, "transfer_to": [], "call_backs_a_day": None}
"""What a file that says nothing of it leaves as it is, and what it is where the file says: nothing."""


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
    content, identity, recovery = new_key_pair(), new_key_pair(), new_key_pair()
    unit = insert(units).values(
        code=unit_code(first.name),
        name=first.name,
        timezone=first.timezone,
        region=first.region,
        languages=",".join(first.languages),
        office_hours={},
        holidays={},
        content_public=content.public,
        identity_public=identity.public,
        recovery_public=recovery.public,
        created_at=now,
    )
    unit_id = int(connection.execute(unit.returning(units.c.id)).scalar_one())
    for kind, private in (("content", content.private), ("identity", identity.private)):
        sealed = grant(private, recovery.public)
        connection.execute(insert(grants).values(unit_id=unit_id, key_kind=kind, sealed_private=sealed, granted_at=now))
    flow_hash = keep_version(connection, flow, now)
    add_line(connection, unit_id, first.number, flow_hash)
    note_publication(connection, unit_id, flow_hash, now, audit.COMMAND_LINE)
    name = first.admin_name or first.admin
    chief = add_officer(connection, unit_id, first.admin, name, "chief", None, first.password, secret, now)
    grant_unit_keys(connection, chief, content.private, identity.private, now)
    audit.append(connection, audit.COMMAND_LINE, "installation made", f"unit/{unit_id}", {}, now, unit_id=unit_id)
    checkpoint(connection, secret, now)
    return recovery_text(recovery.private)


def add_line(connection: Connection, unit_id: int, number: str, flow_hash: str) -> None:
    connection.execute(insert(lines).values(unit_id=unit_id, number=number, flow_hash=flow_hash))


def load_unit(
    connection: Connection, settings: dict[str, Any], now: datetime, by: int | str = audit.COMMAND_LINE
) -> int:
    """Bring a unit's places, hours and holidays up to date from its file; the same file twice changes nothing.

    Returns the number of places. Raises UnitFileError, NotFoundError."""
    unit_id = _unit_to_load(connection, settings)
    values: dict[str, Any] = {name: settings.get(name) or {} for name in ("office_hours", "holidays")}
    values |= {name: settings[name] or empty for name, empty in _KEPT_UNLESS_NAMED.items() if name in settings}
    values |= {name: str(settings[name]) for name in ("name", "timezone", "region") if name in settings}
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
    wanted = [_place(entry) for entry in _listed(settings, "places")]
    for place in wanted:
        keep_place(connection, unit_id, place, now)
    audit.append(connection, by, "unit loaded", f"unit/{unit_id}", {"places": len(wanted)}, now, unit_id=unit_id)
    return len(wanted)


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


def _place(entry: Any) -> dict[str, Any]:
    try:
        return unit_rules.place(entry)
    except ValueError as error:
        raise UnitFileError(f"places: {error}.") from None
