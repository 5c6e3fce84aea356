"""Things that a person must look at, each once; and who has dealt with them. An alarm is never deleted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from hotline.casework import audit
from hotline.casework.call_log_filters import seen_units
from hotline.casework.once import insert_once
from hotline.casework.people import OfficerRow
from hotline.casework.roster import zone_of
from hotline.errors import AccessRefusedError, NotFoundError
from storage.tables import alarms, officers, recordings

ROLES_THAT_READ = frozenset({"duty", "officer", "deputy", "chief", "administrator"})
ROLES_THAT_DEAL = frozenset({"deputy", "chief"})
MOST_OPEN = 100
A_PAGE_OF_HISTORY = 25


@dataclass(frozen=True)
class AlarmRow:
    """An alarm on the unit's clock. `of_machine`: it is about the installation, not about one unit.

    `call_id` and `report` (a reference) are where to go on, for those who see cases."""

    id: int
    what: str
    at: datetime
    of_machine: bool
    call_id: int | None
    report: str | None
    seen_at: datetime | None
    seen_by: str | None


def raise_alarm(
    connection: Connection,
    what: str,
    once: str,
    details: dict[str, Any],
    now: datetime,
    unit_id: int | None = None,
) -> None:
    """Write an alarm; the same `what` and `once` a second time changes nothing."""
    row = {"unit_id": unit_id, "what": what, "dedupe_key": f"{what}:{once}", "details": details, "at": now}
    insert_once(connection, alarms, row)


def may_deal(officer: OfficerRow) -> bool:
    return officer.role in ROLES_THAT_DEAL


def open_alarms(connection: Connection, officer: OfficerRow, most: int = MOST_OPEN) -> list[AlarmRow]:
    """What nobody has dealt with yet, the newest first. Raises AccessRefusedError."""
    return _rows(connection, officer, alarms.c.seen_at.is_(None), most)


def past_alarms(connection: Connection, officer: OfficerRow, before: int | None = None) -> list[AlarmRow]:
    """A page of what has been dealt with, the newest first. `before`: the last alarm of the page before.

    Raises AccessRefusedError."""
    dealt = alarms.c.seen_at.is_not(None)
    return _rows(connection, officer, dealt if before is None else dealt & (alarms.c.id < before), A_PAGE_OF_HISTORY)


def deal_with(connection: Connection, officer: OfficerRow, alarm_id: int, now: datetime) -> bool:
    """Mark an alarm as dealt with and write down who did; False where somebody has before.

    Raises NotFoundError, also where it is another unit's; AccessRefusedError."""
    if not may_deal(officer):
        raise AccessRefusedError("Alarms are for the command to deal with.")
    found = connection.execute(select(alarms.c.what).where(alarms.c.id == alarm_id, _shown_to(officer))).first()
    if found is None:
        raise NotFoundError
    unseen = update(alarms).where(alarms.c.id == alarm_id, alarms.c.seen_at.is_(None))
    if connection.execute(unseen.values(seen_at=now, seen_by=officer.id)).rowcount != 1:
        return False
    audit.append(connection, officer.id, "alarm dealt with", f"alarm/{alarm_id}", {"what": found.what}, now)
    return True


def _shown_to(officer: OfficerRow) -> ColumnElement[bool]:
    """The unit's own alarms, and those of the machine, which are everybody's."""
    return or_(alarms.c.unit_id.is_(None), alarms.c.unit_id == officer.unit_id)


def _rows(connection: Connection, officer: OfficerRow, which: ColumnElement[bool], most: int) -> list[AlarmRow]:
    if officer.role not in ROLES_THAT_READ:
        raise AccessRefusedError("Alarms are for those who work here.")
    query = (
        select(alarms, officers.c.name)
        .outerjoin(officers, officers.c.id == alarms.c.seen_by)
        .where(which, _shown_to(officer))
        .order_by(alarms.c.id.desc())
        .limit(most)
    )
    rows, zone = connection.execute(query).all(), zone_of(connection, officer.unit_id)
    heard_in = _calls_of(connection, [row.details["recording"] for row in rows if "recording" in row.details])
    return [_row(row, heard_in.get(row.details.get("recording")), zone, seen_units(officer)) for row in rows]


def _calls_of(connection: Connection, recording_ids: Sequence[int]) -> dict[int, int]:
    query = select(recordings.c.id, recordings.c.call_id).where(recordings.c.id.in_(recording_ids))
    return {row.id: row.call_id for row in connection.execute(query)}


def _row(row: Row[Any], heard_in: int | None, zone: ZoneInfo, cases_of: Collection[int]) -> AlarmRow:
    shows_case = row.unit_id in cases_of  # an administrator sees no cases; the machine's may be another unit's
    return AlarmRow(
        id=row.id,
        what=row.what,
        at=row.at.astimezone(zone),
        of_machine=row.unit_id is None,
        call_id=row.details.get("call", heard_in) if shows_case else None,
        report=row.details.get("report") if shows_case else None,
        seen_at=row.seen_at.astimezone(zone) if row.seen_at else None,
        seen_by=row.name,
    )
