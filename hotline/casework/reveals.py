"""Reading a confidential caller's number: asked for with a reason, granted by somebody else, shown once, written down.

Chiefs and deputies hold the key that the number is sealed to; this is the only way in the house that turns it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from hotline.casework import audit, timeline
from hotline.casework.callers import Source, sealed_of, sources_of
from hotline.casework.desk import Case, NotTheirTaskError, WorkRefusedError, case_by_id, case_of
from hotline.casework.people import DUE_KEYS, IDENTITY, OfficerRow, UnitKeys
from hotline.casework.timeline import Happened
from hotline.errors import AccessRefusedError, HotlineError, NotFoundError
from storage.database import Store
from storage.sealing import seal, unseal
from storage.tables import reveals

ASKED, APPROVED, REFUSED, SEEN = "asked", "approved", "refused", "seen"
DECIDE_WITHIN = timedelta(hours=24)
SEE_WITHIN = timedelta(hours=1)
LONGEST_REASON = 1000
ROLES = frozenset(role for role, keys in DUE_KEYS.items() if IDENTITY in keys)
"""Who may ask and decide: whoever is due the key to callers' numbers."""

OWN, SETTLED, NOT_YOURS, GONE = "own", "settled", "not yours", "gone"


class RevealRefusedError(HotlineError):
    """That cannot be done with this request. `why` is a code that the page has words for."""

    def __init__(self, why: str, reference: str) -> None:
        super().__init__(why)
        self.why, self.reference = why, reference


@dataclass(frozen=True)
class Number:
    """What was sealed, for one page and nothing else."""

    reference: str
    unsafe_to_ring_back: bool
    number: str = field(repr=False)


def may_reveal(officer: OfficerRow) -> bool:
    return officer.role in ROLES


def ask(connection: Connection, officer: OfficerRow, reference: str, source: str, reason: str, now: datetime) -> None:
    """Ask for the number behind one call or text of a report; a second person must agree.

    Raises NotFoundError, NotTheirTaskError, WorkRefusedError: without a reason, for a source without a number, or
    where the same is asked already."""
    case = case_of(connection, officer, reference)
    if not may_reveal(officer):
        raise NotTheirTaskError
    if not reason.strip():
        raise WorkRefusedError("reason", "needed")
    if len(reason) > LONGEST_REASON:
        raise WorkRefusedError("reason", "too long")
    known = sources_of(connection, case.id, case.calendar.zone)
    wanted = next((one for one in known if one.name == source), None)
    if wanted is None:
        raise WorkRefusedError("source", "no number")
    if _asked_already(connection, case.id, wanted, officer.id, now):
        raise WorkRefusedError("source", "asked already")
    row = insert(reveals).values(
        unit_id=case.unit_id,
        report_id=case.id,
        call_id=wanted.call_id,
        text_id=wanted.text_id,
        asked_by=officer.id,
        asked_at=now,
        state=ASKED,
    )
    reveal_id = int(connection.execute(row.returning(reveals.c.id)).scalar_one())
    sealed = seal(case.content_public, reason.strip().encode(errors="replace"), reason_place(reveal_id))
    connection.execute(update(reveals).where(reveals.c.id == reveal_id).values(sealed_reason=sealed))
    _write_down(connection, case, officer, timeline.NUMBER_ASKED, now, reason.strip())


def decide(
    connection: Connection,
    officer: OfficerRow,
    keys: UnitKeys,
    reveal_id: int,
    approved: bool,
    words: str,
    now: datetime,
) -> None:
    """Grant or refuse what somebody else has asked for.

    Raises NotTheirTaskError, NotFoundError, AccessRefusedError without the key to numbers, RevealRefusedError for
    one's own request and for what is decided or too old."""
    row, case = _of_unit(connection, officer, reveal_id)
    if row.asked_by == officer.id:
        raise RevealRefusedError(OWN, case.reference)
    if keys.identity is None:
        raise AccessRefusedError("Only who holds the key to callers' numbers decides about them.")
    open_still = (reveals.c.id == row.id) & (reveals.c.state == ASKED) & (reveals.c.asked_at > now - DECIDE_WITHIN)
    values = {"state": APPROVED if approved else REFUSED, "decided_by": officer.id, "decided_at": now}
    if connection.execute(update(reveals).where(open_still).values(**values)).rowcount != 1:
        raise RevealRefusedError(SETTLED, case.reference)
    what = timeline.NUMBER_GRANTED if approved else timeline.NUMBER_REFUSED
    _write_down(connection, case, officer, what, now, words.strip())


def see(store: Store, officer: OfficerRow, keys: UnitKeys, reveal_id: int, now: datetime) -> Number:
    """The number, once, for who asked for it, once the audit says so.

    Raises NotTheirTaskError, NotFoundError, AccessRefusedError without the key, RevealRefusedError where it is not
    granted, seen or too old, UnsealError, AuditError or StoreBusy where the audit cannot be written: then it was
    not shown, and may be asked for again."""

    def open_it(connection: Connection) -> Number:
        row, case = _of_unit(connection, officer, reveal_id)
        if row.asked_by != officer.id:
            raise RevealRefusedError(NOT_YOURS, case.reference)
        number = _opened_number(connection, row, keys, case.reference)
        fresh = (reveals.c.state == APPROVED) & (reveals.c.decided_at > now - SEE_WITHIN)
        seen = update(reveals).where(reveals.c.id == row.id, fresh).values(state=SEEN, seen_at=now)
        if connection.execute(seen).rowcount != 1:
            raise RevealRefusedError(SETTLED, case.reference)
        _write_down(connection, case, officer, timeline.NUMBER_SEEN, now)
        return Number(case.reference, case.unsafe_to_ring_back, number)

    return store.commit(open_it)


# ---- the parts -----------------------------------------------------------------------------------------------------


def _of_unit(connection: Connection, officer: OfficerRow, reveal_id: int) -> tuple[Row[Any], Case]:
    if not may_reveal(officer):
        raise NotTheirTaskError
    query = select(reveals).where(reveals.c.id == reveal_id, reveals.c.unit_id == officer.unit_id)
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        raise NotFoundError
    return row, case_by_id(connection, row.report_id)


def _asked_already(connection: Connection, report_id: int, source: Source, officer_id: int, now: datetime) -> bool:
    same = (reveals.c.report_id == report_id) & (reveals.c.asked_by == officer_id)
    behind = reveals.c.call_id == source.call_id if source.call_id else reveals.c.text_id == source.text_id
    live = or_(
        (reveals.c.state == ASKED) & (reveals.c.asked_at > now - DECIDE_WITHIN),
        (reveals.c.state == APPROVED) & (reveals.c.decided_at > now - SEE_WITHIN),
    )
    return connection.execute(select(reveals.c.id).where(same, behind, live)).first() is not None


def _opened_number(connection: Connection, row: Row[Any], keys: UnitKeys, reference: str) -> str:
    if keys.identity is None:
        raise AccessRefusedError("This account does not hold the key to callers' numbers.")
    found = sealed_of(connection, row.call_id, row.text_id)
    if found is None:
        raise RevealRefusedError(GONE, reference)
    return unseal(keys.identity, found.sealed, found.place).decode()


def _write_down(
    connection: Connection, case: Case, officer: OfficerRow, what: str, now: datetime, reason: str = ""
) -> None:
    timeline.add(connection, case.id, Happened(what, reason=reason), officer.id, case.content_public, now)
    audit.append(connection, officer.id, what, f"report/{case.reference}", {}, now, reason=reason or None)


def reason_place(reveal_id: int) -> str:
    """What a sealed reason is bound to."""
    return f"reveals/{reveal_id}/reason"
