"""The requests for callers' numbers as chief and deputy see them: what is to be decided, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from hotline.casework import audit
from hotline.casework.desk import NotTheirTaskError, case_of
from hotline.casework.people import OfficerRow, UnitKeys
from hotline.casework.reveals import APPROVED, ASKED, DECIDE_WITHIN, SEE_WITHIN, may_reveal, reason_place
from storage.database import Store
from storage.sealing import unseal
from storage.tables import officers, reports, reveals, units


@dataclass(frozen=True)
class RevealRow:
    """A request as it is shown, times on the clock of the unit. `reason` is None where it stays sealed to who looks.

    `open`: still to be decided; `waits`: granted to the one who looks, and not read yet."""

    id: int
    reference: str
    asked_by: str
    asked_at: datetime
    state: str
    lapsed: bool
    decided_by: str | None
    decided_at: datetime | None
    seen_at: datetime | None
    until: datetime | None
    own: bool
    reason: str | None = field(default=None, repr=False)

    @property
    def open(self) -> bool:
        return self.state == ASKED and not self.lapsed

    @property
    def waits(self) -> bool:
        return self.state == APPROVED and not self.lapsed and self.own


def of_report(connection: Connection, officer: OfficerRow, reference: str, now: datetime) -> tuple[RevealRow, ...]:
    """The requests about one report, the newest first; to who may not ask, none. Reasons are in its timeline."""
    case = case_of(connection, officer, reference)
    return _rows(connection, officer, None, reveals.c.report_id == case.id, now) if may_reveal(officer) else ()


def newest(store: Store, officer: OfficerRow, keys: UnitKeys, now: datetime, limit: int = 50) -> tuple[RevealRow, ...]:
    """The requests of the officer's unit, the newest first; reasons are opened once the audit says who reads them.

    Raises NotTheirTaskError, UnsealError, AuditError or StoreBusy where the audit cannot be written."""
    if not may_reveal(officer):
        raise NotTheirTaskError
    with store.read() as connection:
        found = _rows(connection, officer, keys.content, reveals.c.unit_id == officer.unit_id, now, limit)
    read = sorted({one.reference for one in found if one.reason is not None})
    if read:
        store.commit(lambda connection: _note_reading(connection, officer, read, now))
    return found


def any_open(connection: Connection, officer: OfficerRow, now: datetime) -> bool:
    """Whether something waits for this officer: to decide, or granted and not read yet."""
    others = (reveals.c.state == ASKED) & (reveals.c.asked_by != officer.id)
    to_decide = others & (reveals.c.asked_at > now - DECIDE_WITHIN)
    own = (reveals.c.state == APPROVED) & (reveals.c.asked_by == officer.id)
    to_read = own & (reveals.c.decided_at > now - SEE_WITHIN)
    query = select(reveals.c.id).where(reveals.c.unit_id == officer.unit_id, or_(to_decide, to_read)).limit(1)
    return connection.execute(query).first() is not None


# ---- the parts -----------------------------------------------------------------------------------------------------


def _note_reading(connection: Connection, officer: OfficerRow, references: list[str], now: datetime) -> None:
    for reference in references:
        audit.append_once(connection, officer.id, "notes read", f"report/{reference}", now, audit.ONE_READING)


def _rows(
    connection: Connection,
    officer: OfficerRow,
    private: bytes | None,
    wanted: ColumnElement[bool],
    now: datetime,
    limit: int = 50,
) -> tuple[RevealRow, ...]:
    asking, deciding = officers.alias("asking"), officers.alias("deciding")
    query = (
        select(
            reveals,
            reports.c.reference,
            units.c.timezone,
            asking.c.name.label("asker"),
            deciding.c.name.label("decider"),
        )
        .join(reports, reports.c.id == reveals.c.report_id)
        .join(units, units.c.id == reveals.c.unit_id)
        .join(asking, asking.c.id == reveals.c.asked_by)
        .outerjoin(deciding, deciding.c.id == reveals.c.decided_by)
        .where(wanted)
        .order_by(reveals.c.id.desc())
        .limit(limit)
    )
    return tuple(_shown(row, officer, private, now) for row in connection.execute(query))


def _shown(row: Row[Any], officer: OfficerRow, private: bytes | None, now: datetime) -> RevealRow:
    zone = ZoneInfo(row.timezone)
    until = _until(row)
    lapsed = until is not None and until <= now
    return RevealRow(
        id=row.id,
        reference=row.reference,
        asked_by=row.asker,
        asked_at=row.asked_at.astimezone(zone),
        state=row.state,
        lapsed=lapsed,
        decided_by=row.decider,
        decided_at=_local(row.decided_at, zone),
        seen_at=_local(row.seen_at, zone),
        until=_local(until, zone),
        own=row.asked_by == officer.id,
        reason=_opened_reason(row, private) if row.state == ASKED and not lapsed else None,
    )


def _opened_reason(row: Row[Any], private: bytes | None) -> str | None:
    if private is None or row.sealed_reason is None:
        return None
    return unseal(private, bytes(row.sealed_reason), reason_place(row.id)).decode(errors="replace")


def _until(row: Row[Any]) -> datetime | None:
    """The moment at which what is open falls away."""
    if row.state == ASKED:
        return row.asked_at + DECIDE_WITHIN  # type: ignore[no-any-return]
    return row.decided_at + SEE_WITHIN if row.state == APPROVED else None


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None
