"""The figures of a month as somebody signed them: rows that are added, never changed, their digests in the audit."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from hotline.casework import audit
from hotline.casework.months import Month
from hotline.casework.once import insert_once
from hotline.casework.people import OfficerRow
from hotline.casework.statistics.figures import Figures, Signature
from storage.tables import audit_rows, month_closings, officers

DRAFTED, SIGNED = "month drafted", "month signed"
DRAFT = 0
"""The revision that the line itself wrote down, before anybody signed."""


@dataclass(frozen=True)
class SignedMonth:
    """Figures as they were signed off; the first signature of a month is revision 1."""

    revision: int
    figures: Figures
    signature: Signature


def signatures_of(connection: Connection, unit_id: int, month: Month, zone: ZoneInfo) -> tuple[SignedMonth, ...]:
    """What was signed of a month, the first signature first."""
    query = (
        select(month_closings.c.revision, month_closings.c.figures, month_closings.c.at, officers.c.name)
        .join(officers, officers.c.id == month_closings.c.officer_id)
        .where(month_closings.c.unit_id == unit_id, month_closings.c.month == str(month))
        .order_by(month_closings.c.revision)
    )
    return tuple(
        SignedMonth(
            row.revision,
            Figures.from_json(json.loads(row.figures)),
            Signature(row.name, row.at.astimezone(zone)),
        )
        for row in connection.execute(query)
    )


def last_revision(connection: Connection, unit_id: int, month: Month) -> int:
    """The number of the last signature of a month; DRAFT where there is none."""
    of_month = (month_closings.c.unit_id == unit_id) & (month_closings.c.month == str(month))
    return connection.scalar(select(func.max(month_closings.c.revision)).where(of_month)) or DRAFT


def keep_draft(connection: Connection, unit_id: int, month: Month, figures: Figures, now: datetime) -> bool:
    """Write down what was counted when the month was over; tell whether that was new."""
    if not _keep(connection, unit_id, month, DRAFT, figures, None, now):
        return False
    details = {"sha256": digest_of(figures)}
    audit.append(connection, audit.SYSTEM, DRAFTED, f"month/{month}", details, now, unit_id=unit_id)
    return True


def keep_signature(
    connection: Connection, officer: OfficerRow, month: Month, revision: int, figures: Figures, now: datetime
) -> bool:
    """Write down what an officer signed; False where somebody else signed this revision first."""
    if not _keep(connection, officer.unit_id, month, revision, figures, officer.id, now):
        return False
    details: dict[str, audit.Detail] = {"revision": revision, "sha256": digest_of(figures)}
    audit.append(connection, officer.id, SIGNED, f"month/{month}", details, now)
    return True


def as_text(figures: Figures) -> str:
    """Figures in the form in which they are kept and their digest is taken."""
    return json.dumps(figures.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(figures: Figures) -> str:
    """The SHA-256 by which a page names the figures that it shows, and the audit those that were signed."""
    return _digest(as_text(figures))


def altered(connection: Connection) -> Iterator[str]:
    """The kept figures that are not those of the audit, each in a few words."""
    query = select(month_closings).order_by(month_closings.c.id)
    for row in connection.execute(query).all():
        acts = select(audit_rows.c.details).where(
            audit_rows.c.unit_id == row.unit_id,
            audit_rows.c.object_ref == f"month/{row.month}",
            audit_rows.c.action.in_((DRAFTED, SIGNED)),
        )
        if _digest(row.figures) not in {json.loads(text).get("sha256") for text in connection.scalars(acts)}:
            yield f"the figures of {row.month}, revision {row.revision}, are not those that were signed"


def _keep(
    connection: Connection,
    unit_id: int,
    month: Month,
    revision: int,
    figures: Figures,
    officer_id: int | None,
    now: datetime,
) -> bool:
    row = {
        "unit_id": unit_id,
        "month": str(month),
        "revision": revision,
        "figures": as_text(figures),
        "officer_id": officer_id,
        "at": now,
    }
    return insert_once(connection, month_closings, row)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
