"""Adding a unit: a commune with its line, its keys and its first chief; or a unit above, which has none of these."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select

from hotline.casework import audit, unit_rules
from hotline.casework.flow_versions import keep_version, note_publication
from hotline.casework.people import LockedKey, add_officer, grant_unit_keys
from hotline.errors import HotlineError
from ivr_flows.definition import Flow
from storage.sealing import ApplicationSecret, grant, new_key_pair, recovery_text
from storage.tables import grants, lines, units

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


class UnitRefusedError(HotlineError):
    """This unit cannot be made or changed like that; nothing was changed."""


@dataclass(frozen=True)
class NewUnit:
    """A unit as it begins. `above_id`: the unit that it hangs under."""

    code: str
    name: str
    timezone: str
    region: str
    languages: tuple[str, ...]
    above_id: int | None = None


@dataclass(frozen=True)
class FirstChief:
    """Who holds the keys of a new commune at first. A LockedKey has the slow work behind it."""

    login: str
    name: str
    password: str | LockedKey = field(repr=False)


def add_superior(connection: Connection, new: NewUnit, now: datetime) -> int:
    """Make a unit above others, where nothing rings and nothing is sealed; return its id. Raises UnitRefusedError."""
    unit_id = _add(connection, new, {}, now)
    audit.append(connection, audit.COMMAND_LINE, "unit added", f"unit/{unit_id}", {}, now, unit_id=unit_id)
    return unit_id


def add_commune(
    connection: Connection,
    new: NewUnit,
    number: str,
    chief: FirstChief,
    flow: Flow,
    secret: ApplicationSecret,
    now: datetime,
    act: str = "unit added",
) -> str:
    """Make a unit with keys, a line (E.164) that plays this flow, and its first chief. `act`: as the audit has it.

    Returns its paper recovery key, which is kept nowhere. Raises UnitRefusedError, LoginTakenError,
    OfficerRefusedError."""
    refuse_number(connection, number)
    content, identity, recovery = new_key_pair(), new_key_pair(), new_key_pair()
    public = {"content": content.public, "identity": identity.public, "recovery": recovery.public}
    unit_id = _add(connection, new, {f"{kind}_public": key for kind, key in public.items()}, now)
    for kind, private in (("content", content.private), ("identity", identity.private)):
        sealed = grant(private, recovery.public)
        connection.execute(insert(grants).values(unit_id=unit_id, key_kind=kind, sealed_private=sealed, granted_at=now))
    flow_hash = keep_version(connection, flow, now)
    add_line(connection, unit_id, number, flow_hash)
    note_publication(connection, unit_id, flow_hash, now, audit.COMMAND_LINE)
    officer_id = add_officer(connection, unit_id, chief.login, chief.name, "chief", None, chief.password, secret, now)
    grant_unit_keys(connection, officer_id, content.private, identity.private, now)
    audit.append(connection, audit.COMMAND_LINE, act, f"unit/{unit_id}", {}, now, unit_id=unit_id)
    return recovery_text(recovery.private)


def add_line(connection: Connection, unit_id: int, number: str, flow_hash: str) -> None:
    connection.execute(insert(lines).values(unit_id=unit_id, number=number, flow_hash=flow_hash))


def refuse_number(connection: Connection, number: str) -> None:
    """Raise UnitRefusedError where this number is a line already, also one of a unit that has merged."""
    query = select(units.c.name).join(lines, lines.c.unit_id == units.c.id).where(lines.c.number == number)
    if (name := connection.scalar(query)) is not None:
        raise UnitRefusedError(f"That number is already a line of {name}; a new unit needs one of its own.")


def check_name(name: str) -> None:
    """Raise UnitRefusedError for a name that cannot be shown or spoken."""
    if not name.isprintable():
        raise UnitRefusedError("The name of a unit is one line of letters.")
    try:
        unit_rules.check({"name": name})
    except ValueError as error:
        raise UnitRefusedError(f"{error}.") from None


def _add(connection: Connection, new: NewUnit, keys: dict[str, bytes], now: datetime) -> int:
    check_name(new.name)
    _refuse_code(connection, new.code)
    row = insert(units).values(
        code=new.code,
        name=new.name,
        parent_id=new.above_id,
        timezone=new.timezone,
        region=new.region,
        languages=",".join(new.languages),
        office_hours={},
        holidays={},
        created_at=now,
        **keys,
    )
    return int(connection.execute(row.returning(units.c.id)).scalar_one())


def _refuse_code(connection: Connection, code: str) -> None:
    if not _CODE.fullmatch(code):
        raise UnitRefusedError("A code is at most 40 small letters, digits and hyphens, such as deo-gio.")
    if connection.scalar(select(units.c.id).where(units.c.code == code)) is not None:
        raise UnitRefusedError(f"There is a unit with the code {code} already.")
