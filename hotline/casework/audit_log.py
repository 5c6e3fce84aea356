"""The audit as chief and deputy read it: who did what and when, in their own unit, the newest first."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from hotline.casework.audit import reason_place
from hotline.casework.audit_chain import intact, link_of
from hotline.casework.people import OfficerRow, UnitKeys
from hotline.errors import AccessRefusedError
from storage.sealing import unseal
from storage.tables import audit_rows, calls, officers, recordings, units

ROLES_THAT_READ_THE_AUDIT = frozenset({"deputy", "chief"})


@dataclass(frozen=True)
class ActRow:
    """One act, its time in the time zone of the unit. `who` is None where no officer did it.

    `kind` and `name` are the two halves of the thing's reference; `officer` is who that is, where it is an officer,
    `call_id` the call of a recording. `altered`: this is not what was written; then nothing of it can be trusted."""

    id: int
    at: datetime
    actor: str
    who: str | None
    action: str
    kind: str
    name: str
    officer: str | None
    call_id: int | None
    details: Mapping[str, Any]
    altered: bool
    reason: str | None = field(default=None, repr=False)


def newest_acts(
    connection: Connection, reader: OfficerRow, keys: UnitKeys, limit: int, before: int | None = None
) -> list[ActRow]:
    """The acts of the reader's unit and of the whole installation before number `before`, the newest first.

    Raises AccessRefusedError for everyone but chief and deputy."""
    if reader.role not in ROLES_THAT_READ_THE_AUDIT:
        raise AccessRefusedError("The audit is read by the chief and the deputy.")
    here = (audit_rows.c.unit_id == reader.unit_id) | audit_rows.c.unit_id.is_(None)
    query = select(audit_rows).where(here).order_by(audit_rows.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_rows.c.seq < before)
    found = connection.execute(query).all()
    zone = connection.execute(select(units.c.timezone).where(units.c.id == reader.unit_id)).scalar_one()
    known = _Known(ZoneInfo(zone), _names(connection, reader, found), _calls_of(connection, reader, found), keys)
    return [_act(row, known) for row in found]


@dataclass(frozen=True)
class _Known:
    zone: ZoneInfo
    names: Mapping[int, str]
    call_ids: Mapping[int, int]
    keys: UnitKeys


def _act(row: Row[Any], known: _Known) -> ActRow:
    whole = intact(link_of(row._asdict()))
    kind, _, name = row.object_ref.partition("/")
    number = int(name) if name.isdecimal() else 0
    return ActRow(
        id=row.seq,
        at=row.at.astimezone(known.zone),
        actor=row.actor,
        who=known.names.get(row.officer_id),
        action=row.action,
        kind=kind,
        name=name,
        officer=known.names.get(number) if kind == "officer" else None,
        call_id=known.call_ids.get(number) if kind == "recording" else None,
        details=json.loads(row.details) if whole else {},
        altered=not whole,
        reason=_reason(row, known.keys) if whole else None,
    )


def _reason(row: Row[Any], keys: UnitKeys) -> str | None:
    """The reason that was given, where the reader holds the key."""
    if row.sealed_reason is None or row.unit_id is None or keys.content is None:
        return None
    return unseal(keys.content, bytes(row.sealed_reason), reason_place(row.seq)).decode()


def _names(connection: Connection, reader: OfficerRow, found: Sequence[Row[Any]]) -> dict[int, str]:
    """The officers of the reader's unit who appear in these rows."""
    wanted = {row.officer_id for row in found if row.officer_id is not None} | _numbers(found, "officer")
    ours = officers.c.unit_id == reader.unit_id
    query = select(officers.c.id, officers.c.name).where(officers.c.id.in_(wanted), ours)
    return {row.id: row.name for row in connection.execute(query)}


def _calls_of(connection: Connection, reader: OfficerRow, found: Sequence[Row[Any]]) -> dict[int, int]:
    """The calls of the recordings in these rows."""
    query = (
        select(recordings.c.id, recordings.c.call_id)
        .join(calls, calls.c.id == recordings.c.call_id)
        .where(recordings.c.id.in_(_numbers(found, "recording")), calls.c.unit_id == reader.unit_id)
    )
    return {row.id: row.call_id for row in connection.execute(query)}


def _numbers(found: Iterable[Row[Any]], kind: str) -> set[int]:
    names = (row.object_ref.partition("/") for row in found)
    return {int(name) for of, _, name in names if of == kind and name.isdecimal()}
