"""The audit: who did what to which thing, and when. A row is written in the transaction of the act itself."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, exc, insert, select, update

from hotline.casework.audit_chain import Act, Head, digest
from hotline.errors import HotlineError
from storage.sealing import seal
from storage.tables import audit_head, audit_rows, officers, units

OFFICER = "officer"
SYSTEM = "system"
COMMAND_LINE = "command line"
STRANGER = "stranger"  # at the sign-in
ACTORS = frozenset({SYSTEM, COMMAND_LINE, STRANGER})

# A new act is a line here and its words in hotline/console/acts.py.
ACTIONS = frozenset(
    {
        "signed in",
        "signed out",
        "sign-in refused",
        "sign-in stopped",
        "refused",
        "recording kept",
        "recording heard",
        "text read",
        "officer added",
        "officer dismissed",
        "officer restored",
        "officer renamed",
        "role changed",
        "telephone changed",
        "password changed",
        "password replaced",
        "sessions ended",
        "keys recovered",
        "settings changed",
        "place added",
        "place changed",
        "place closed",
        "place reopened",
        "key granted",
        "installation made",
        "unit loaded",
        "unit added",
        "unit placed",
        "unit renamed",
        "unit merged",
        "flow published",
        "prompt recorded",
        "prompt chosen",
        "shift added",
        "shift ended",
        "weekly shift added",
        "weekly shift ended",
        "exception added",
        "exception ended",
        "shift handed over",
        "report acknowledged",
        "report triaged",
        "report assigned",
        "report started",
        "report verified",
        "report filed",
        "report transferred",
        "report closed",
        "report reopened",
        "report classified",
        "report deadline changed",
        "report noted",
        "report measured",
        "report measure withdrawn",
        "notes read",
        "report transfer confirmed",
        "report rated",
        "report added to",
        "report linked",
        "incident recorded",
        "incident withdrawn",
        "month figures entered",
        "month drafted",
        "month signed",
        "month callers counted",
        "province issued",
        "baseline imported",
        "call book begun",
        "call book imported",
        "call back begun",
        "call back ended",
        "report unsafe to ring back",
        "report safe to ring back",
        "number asked for",
        "number granted",
        "number refused",
        "number seen",
        "alarm dealt with",
        "call taken",
        "call passed on",
    }
)
ONE_READING = timedelta(minutes=15)  # who winds back in a recording hears it once, not ten times

Detail = str | int | bool | None
_LARGEST_DETAILS = 1000
_OBJECT = re.compile(r"[a-z][a-z -]*/[\w.-]+", re.ASCII)
_NAME = re.compile(r"[a-z_]\w*", re.ASCII)
_LIKE_A_NUMBER = re.compile(r"(?<![\w-])(\+\d|\d{10,}(?![\w-])|\d{4} \d{4} \d{4})")


class AuditError(HotlineError):
    """This cannot be written into the audit, so it is not done either."""


def append(
    connection: Connection,
    actor: int | str,
    action: str,
    object_ref: str,
    details: Mapping[str, Detail],
    now: datetime,
    *,
    unit_id: int | None = None,
    reason: str | None = None,
) -> int:
    """Write one act into the chain and return its number. Last in a transaction: until it ends nobody else can.

    `actor` is an officer's id or one of ACTORS; `action` is one of ACTIONS; `object_ref` is like "recording/7";
    `details` are few and never about a caller; a `reason` is sealed to the content key of the unit, which is the
    officer's own unless one is given. Raises AuditError where no row can be written, ValueError for what none
    may hold."""
    _refuse_unfit(actor, action, object_ref)
    text = _as_text(details)
    if isinstance(actor, int) and unit_id is None:
        unit_id = connection.scalar(select(officers.c.unit_id).where(officers.c.id == actor))
    try:
        head = _take_head(connection)
        act = Act(
            seq=head.count + 1,
            at=now,
            actor=OFFICER if isinstance(actor, int) else actor,
            officer_id=actor if isinstance(actor, int) else None,
            unit_id=unit_id,
            action=action,
            object_ref=object_ref,
            details=text,
            sealed_reason=_sealed(connection, reason, unit_id, head.count + 1),
        )
        found = digest(act, head.hash)
        connection.execute(insert(audit_rows).values(**asdict(act), prev=head.hash, hash=found))
        connection.execute(update(audit_head).values(seq=act.seq, hash=found))
    except (exc.IntegrityError, exc.NoResultFound):
        raise AuditError from None
    return act.seq


def append_once(
    connection: Connection, actor: int | str, action: str, object_ref: str, now: datetime, within: timedelta
) -> None:
    """Write an act unless the same one by the same actor was written of late."""
    who = audit_rows.c.officer_id == actor if isinstance(actor, int) else audit_rows.c.actor == actor
    same = (audit_rows.c.object_ref == object_ref) & (audit_rows.c.action == action) & who
    of_late = (audit_rows.c.at > now - within) & (audit_rows.c.at <= now)
    if connection.execute(select(audit_rows.c.seq).where(same, of_late).limit(1)).first() is None:
        append(connection, actor, action, object_ref, {}, now)


def head_of(connection: Connection) -> Head:
    """The end of the chain as it is now. Raises AuditError where there is none."""
    try:
        row = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one()
        return Head(row.seq, bytes(row.hash))
    except (exc.NoResultFound, ValueError, TypeError):
        raise AuditError from None


def reason_place(seq: int) -> str:
    """What a sealed reason is bound to."""
    return f"audit:{seq}:reason"


def _take_head(connection: Connection) -> Head:
    """The end of the chain, for us alone until the transaction ends; SQLite has one writer anyway."""
    row = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one()
    return Head(row.seq, bytes(row.hash))


def _sealed(connection: Connection, reason: str | None, unit_id: int | None, seq: int) -> bytes | None:
    if reason is None:
        return None
    public = connection.execute(select(units.c.content_public).where(units.c.id == unit_id)).scalar_one()
    return seal(bytes(public), reason.encode(), reason_place(seq))


def _refuse_unfit(actor: int | str, action: str, object_ref: str) -> None:
    if isinstance(actor, str) and actor not in ACTORS:
        raise ValueError("the actor is an officer's id or one of ACTORS")
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not one of ACTIONS")
    if len(object_ref) > audit_rows.c.object_ref.type.length or not _OBJECT.fullmatch(object_ref):  # type: ignore[attr-defined]
        raise ValueError("the object is named like recording/7")


def _as_text(details: Mapping[str, Detail]) -> str:
    for name, value in details.items():
        if not _NAME.fullmatch(name) or not isinstance(value, str | int | None):
            raise ValueError("details are names and short plain values")
        if _LIKE_A_NUMBER.search(str(value)):
            raise ValueError("details hold no number that could be a telephone's or a receipt's")
    text = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(text) > _LARGEST_DETAILS:
        raise ValueError("details are short")
    return text
