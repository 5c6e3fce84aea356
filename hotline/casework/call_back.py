"""Ringing a caller back through the hotline: whether it may be done, and the officer's leg with which it begins.

Nobody is shown the caller's number. The officer's session opens it, and it waits under a key that is written nowhere:
that key travels in the address of the officer's leg alone, and opens nothing any more after two minutes."""

import base64
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select

from hotline.casework import audit
from hotline.casework.call_back_leg import BEGUN, ENDED, NOT_PLACED, end, name_leg
from hotline.casework.callers import Caller, callers_of
from hotline.casework.desk import Case, case_of
from hotline.casework.people import OfficerRow, UnitKeys
from hotline.casework.privacy import bound_to_call
from hotline.casework.roster import on_a_call, phone_of
from hotline.errors import CarrierError, HotlineError, NotFoundError, PhoneNumberError
from hotline.phone import dialable
from storage.database import Store, StoreBusy
from storage.sealing import ApplicationSecret, unseal
from storage.tables import call_backs, lines, officers, report_calls, reports, units

LIVES_FOR = timedelta(minutes=2)
MOST_A_REPORT = 6  # a day: one who does not answer the sixth time is not to be pestered
_NEWS_WITHIN = timedelta(minutes=3)  # of the officer's leg; it rings for half a minute and asks for another

UNSAFE, NO_CALL, KEY_NOT_OPEN, UNDIALLABLE = "unsafe", "no call", "key not open", "undiallable"
NO_CARRIER, NO_TELEPHONE, BUSY, CAP_REACHED, ASKED_TOO_OFTEN = (
    *("no carrier", "no telephone", "busy", "cap reached"),
    "asked too often",
)
"""Why a caller is not rung back; besides, in `callers`, what the caller chose."""


class CallBackRefusedError(HotlineError):
    """This caller is not rung back. `why` is a code that the page has words for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class OfficerLeg:
    """The telephone that rings first: `to` is the officer's, `from_` the line's own number."""

    key: str
    one_time_key: str = field(repr=False)
    to: str = field(repr=False)
    from_: str


class Dialler(Protocol):
    """Whoever can have the carrier ring an officer."""

    def ring(self, leg: OfficerLeg, /) -> str:
        """Ring, and return the carrier's id of the call. Raises CarrierError."""


@dataclass(frozen=True)
class Asker:
    """The officer who wants to ring back, with what the sign-in has opened. `most_a_day`: of the whole unit."""

    officer: OfficerRow
    keys: UnitKeys
    secret: ApplicationSecret
    dialler: Dialler | None
    most_a_day: int
    now: datetime


@dataclass(frozen=True)
class Facts:
    """All that decides. `wish`: None where a caller agreed or was in danger, else why there is nobody to ring."""

    unsafe: bool
    wish: str | None
    key_open: bool
    diallable: bool
    carrier: bool
    telephone: bool
    busy: bool
    of_unit: int
    of_report: int


def refusal(facts: Facts, most_a_day: int) -> str | None:
    """Why nobody is rung back, what weighs most first; None where nothing stands against it."""
    against = {
        UNSAFE: facts.unsafe,
        facts.wish or "": facts.wish is not None,
        KEY_NOT_OPEN: not facts.key_open,
        UNDIALLABLE: not facts.diallable,
        NO_CARRIER: not facts.carrier,
        NO_TELEPHONE: not facts.telephone,
        BUSY: facts.busy,
        ASKED_TOO_OFTEN: facts.of_report >= MOST_A_REPORT,
        CAP_REACHED: facts.of_unit >= most_a_day,
    }
    return next((why for why, stands in against.items() if stands), None)


@dataclass(frozen=True)
class Offer:
    """What a report's page says of ringing back: the calls whose callers may be rung, or why nobody is."""

    reference: str
    version: int
    unsafe: bool
    callers: tuple[Caller, ...]
    refusal: str | None


def offer(connection: Connection, asker: Asker, reference: str) -> Offer:
    """Whether the callers of a report may be rung back by this officer now.

    Their numbers are opened to see whether they can be dialled, and forgotten. Raises NotFoundError, UnsealError."""
    case = case_of(connection, asker.officer, reference)
    known = callers_of(connection, case.id, case.calendar.zone)
    found = tuple(one for one in known if one.agreed and _number(connection, asker, case, one) is not None)
    why = refusal(_facts(connection, asker, case, known, diallable=bool(found)), asker.most_a_day)
    return Offer(case.reference, case.version, case.unsafe_to_ring_back, () if why else found, why)


def ring_back(store: Store, asker: Asker, reference: str, call_id: int | None) -> None:
    """Have the officer's telephone ring; the key 1 then rings the caller. `call_id`: which of the report's callers,
    the only one where None.

    Raises NotFoundError for a foreign report or call, CallBackRefusedError, and CarrierError: where its outcome is
    unknown the telephone may ring all the same. Nothing is dialled that was not written down first."""
    if (dialler := asker.dialler) is None:
        raise CallBackRefusedError(NO_CARRIER)
    leg = store.commit(lambda connection: _begin(connection, asker, reference, call_id))
    try:
        carrier_id = dialler.ring(leg)
    except CarrierError as error:
        if not error.outcome_unknown:
            store.commit(lambda connection: end(connection, leg.key, NOT_PLACED, None, asker.now))
        raise
    with suppress(StoreBusy):  # it rings; the leg tells its own name when it is picked up
        store.commit(lambda connection: name_leg(connection, leg.key, carrier_id))


def _begin(connection: Connection, asker: Asker, reference: str, call_id: int | None) -> OfficerLeg:
    """Write down who rings whom, with the number under its one-time key."""
    case = case_of(connection, asker.officer, reference)
    # Two clicks at once are counted one after the other. Weaker than FOR UPDATE, so that calls still come in.
    connection.execute(select(units.c.id).where(units.c.id == case.unit_id).with_for_update(key_share=True))
    known = callers_of(connection, case.id, case.calendar.zone)
    chosen = _chosen(known, call_id)
    number = _number(connection, asker, case, chosen) if chosen else None
    telephone = _telephone(connection, asker)
    why = refusal(_facts(connection, asker, case, known, diallable=number is not None), asker.most_a_day)
    if why is not None or chosen is None or number is None or telephone is None:
        raise CallBackRefusedError(why or UNDIALLABLE)
    key, one_time = secrets.token_urlsafe(18), secrets.token_bytes(32)
    row = {
        "key": key,
        "unit_id": case.unit_id,
        "report_id": case.id,
        "call_id": chosen.call_id,
        "line_id": chosen.line_id,
        "officer_id": asker.officer.id,
        "at": asker.now,
        "expires_at": asker.now + LIVES_FOR,
        "due_at": asker.now + _NEWS_WITHIN,
        "state": BEGUN,
        "number": ApplicationSecret(one_time).encrypt("call-back", number.encode(), key),
    }
    connection.execute(insert(call_backs).values(**row))
    audit.append(connection, asker.officer.id, "call back begun", f"report/{case.reference}", {}, asker.now)
    line = connection.execute(select(lines.c.number).where(lines.c.id == chosen.line_id)).scalar_one()
    return OfficerLeg(key, base64.urlsafe_b64encode(one_time).decode().rstrip("="), telephone, line)


def _chosen(known: tuple[Caller, ...], call_id: int | None) -> Caller | None:
    """Whom to ring: who was named, else the last who agreed. Raises NotFoundError for a call of another report."""
    agreed = [one for one in known if one.agreed]
    if call_id is None:
        return agreed[-1] if agreed else None
    if all(one.call_id != call_id for one in known):
        raise NotFoundError
    return next((one for one in agreed if one.call_id == call_id), None)


def _facts(connection: Connection, asker: Asker, case: Case, known: tuple[Caller, ...], *, diallable: bool) -> Facts:
    of_unit = (call_backs.c.unit_id == case.unit_id) & (call_backs.c.at >= _midnight(case, asker.now))
    tried = of_unit & call_backs.c.outcome.is_distinct_from(NOT_PLACED)
    return Facts(
        unsafe=case.unsafe_to_ring_back or _unsafe_elsewhere(connection, case.id),
        wish=_wish(known),
        key_open=asker.keys.content is not None,
        diallable=diallable,
        carrier=asker.dialler is not None,
        telephone=_telephone(connection, asker) is not None,
        busy=_busy(connection, asker),
        of_unit=_count(connection, tried),
        of_report=_count(connection, tried & (call_backs.c.report_id == case.id)),
    )


def _wish(known: tuple[Caller, ...]) -> str | None:
    if not known:
        return NO_CALL
    return None if any(one.agreed for one in known) else known[-1].wish


def _number(connection: Connection, asker: Asker, case: Case, caller: Caller) -> str | None:
    """The caller's number, where it may be dialled at all: valid, of the unit's region, neither short nor dear."""
    if asker.keys.content is None or caller.sealed is None:
        return None
    number = unseal(asker.keys.content, caller.sealed, bound_to_call(caller.call_id)).decode()
    region = connection.execute(select(units.c.region).where(units.c.id == case.unit_id)).scalar_one()
    try:
        return dialable(number, region)
    except PhoneNumberError:
        return None


def _unsafe_elsewhere(connection: Connection, report_id: int) -> bool:
    """Whether a call of this report also belongs to one on which ringing back is unsafe: it is the same telephone."""
    ours = select(report_calls.c.call_id).where(report_calls.c.report_id == report_id)
    theirs = report_calls.c.call_id.in_(ours) & reports.c.unsafe_to_ring_back
    also = exists().where(report_calls.c.report_id == reports.c.id, theirs)
    return bool(connection.scalar(select(also)))


def _telephone(connection: Connection, asker: Asker) -> str | None:
    row = connection.execute(select(officers.c.phone).where(officers.c.id == asker.officer.id)).one()
    return phone_of(bytes(row.phone), asker.officer.login, asker.secret) if row.phone is not None else None


def _busy(connection: Connection, asker: Asker) -> bool:
    rings = (call_backs.c.officer_id == asker.officer.id) & (call_backs.c.state != ENDED)
    open_one = select(exists().where(rings & (call_backs.c.due_at > asker.now)))
    return asker.officer.id in on_a_call(connection, asker.officer.unit_id) or bool(connection.scalar(open_one))


def _midnight(case: Case, now: datetime) -> datetime:
    return datetime.combine(case.day(now), time(), case.calendar.zone)


def _count(connection: Connection, wanted: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(call_backs).where(wanted)).scalar_one())
