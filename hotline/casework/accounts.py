"""The accounts of a unit: who may see and who may change which, and what must not happen to them.

An administrator holds no keys and shall not get at them by a detour: chiefs' accounts are closed to administrators,
and an account that one has made, promoted, brought back or given a password gets keys only when a chief says so."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, Row, func, select

from hotline.casework.desk import NotTheirTaskError
from hotline.casework.people import DUE_KEYS, PHONE_PURPOSE, OfficerRow, may_belong
from hotline.casework.roster import officer_of_number
from hotline.errors import AccessRefusedError, HotlineError, NotFoundError
from storage.sealing import ApplicationSecret
from storage.tables import grants, officers, units

ROLES_THAT_READ = frozenset({"chief", "deputy", "administrator"})
ROLES_THAT_KEEP = frozenset({"chief", "administrator"})
CHIEF = "chief"


class Refusal(Enum):
    """Why an account cannot be changed like that."""

    LAST_CHIEF = "This is the last chief who holds the keys: without one, nobody could hand them over any more."
    OWN_ACCOUNT = "Nobody closes the account or changes the role of himself; another chief does."
    TELEPHONE_TAKEN = "Another officer of the unit is rung under this number."
    KEYLESS = "A unit above has nothing sealed: its people are of the role province or administrator."


class AccountRefusedError(HotlineError):
    """The account cannot be changed like that."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class AccountChangedError(HotlineError):
    """Somebody else has changed the account since the page was opened; nothing was overwritten."""


@dataclass(frozen=True)
class Account:
    """An account as it lies open: `version` names all that can be changed of it."""

    id: int
    unit_id: int
    login: str
    name: str
    role: str
    language: str
    active: bool
    must_change: bool
    vouched: bool
    has_telephone: bool
    version: str


@dataclass(frozen=True)
class Hand:
    """Who works on which account, in the version that was on the page, and when."""

    officer: OfficerRow
    account_id: int
    version: str
    now: datetime


def account_of(connection: Connection, reader: OfficerRow, account_id: int) -> Account:
    """An account of the reader's own unit. Raises AccessRefusedError, NotFoundError."""
    refuse_who_may_not_read(reader)
    query = select(officers).where(officers.c.id == account_id, officers.c.unit_id == reader.unit_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError
    return account(row)


def refuse_who_may_not_read(reader: OfficerRow) -> None:
    if reader.role not in ROLES_THAT_READ:
        raise AccessRefusedError("Accounts are seen by the chief, the deputies and the administrator.")


def account(row: Row[tuple[object, ...]]) -> Account:
    """A row of `officers`."""
    known = row._asdict()
    copied = ("id", "unit_id", "login", "name", "role", "language", "active", "must_change", "vouched")
    parts = ("name", "role", "active", "vouched", "phone", "salt")
    told = repr([bytes(known[part]) if part in ("phone", "salt") and known[part] else known[part] for part in parts])
    return Account(
        **{name: known[name] for name in copied},
        has_telephone=known["phone"] is not None,
        version=hashlib.sha256(told.encode()).hexdigest()[:16],
    )


def may_keep(keeper: OfficerRow, role: str) -> bool:
    """Whether an officer may make or change accounts of this role."""
    return keeper.role in ROLES_THAT_KEEP and (keeper.role == CHIEF or role != CHIEF)


def telephone(connection: Connection, found: Account, secret: ApplicationSecret) -> str | None:
    """The number under which an officer is rung."""
    kept = connection.scalar(select(officers.c.phone).where(officers.c.id == found.id))
    return secret.decrypt(PHONE_PURPOSE, kept, found.login).decode() if kept else None


def take_up(connection: Connection, hand: Hand) -> Account:
    """An account, held until the transaction ends. Raises NotTheirTaskError, NotFoundError, AccountChangedError."""
    found = kept(connection, hand)
    if found.version != hand.version:
        raise AccountChangedError
    return found


def kept(connection: Connection, hand: Hand) -> Account:
    """An account that this hand may change, in whatever version. Raises NotTheirTaskError, NotFoundError."""
    if hand.officer.role not in ROLES_THAT_KEEP:
        raise NotTheirTaskError
    lock(connection, hand.officer.unit_id)
    found = account_of(connection, hand.officer, hand.account_id)
    if not may_keep(hand.officer, found.role):
        raise NotTheirTaskError
    return found


def lock(connection: Connection, unit_id: int) -> None:
    """One change of accounts at a time in a unit: two chiefs who dismiss each other at once would leave none."""
    connection.execute(select(units.c.id).where(units.c.id == unit_id).with_for_update())


def refuse_own(hand: Hand) -> None:
    """Raise AccountRefusedError where this is the account of whoever works on it."""
    if hand.account_id == hand.officer.id:
        raise AccountRefusedError(Refusal.OWN_ACCOUNT)


def refuse_without_chief(connection: Connection, found: Account) -> None:
    """Raise AccountRefusedError where without this account no chief were left who can hand the keys over."""
    chiefs = (
        select(officers.c.id, func.count(grants.c.id).label("keys"))
        .outerjoin(grants, grants.c.officer_id == officers.c.id)
        .where(officers.c.unit_id == found.unit_id, officers.c.active, officers.c.role == CHIEF)
        .group_by(officers.c.id)
    )
    held = {row.id: row.keys >= len(DUE_KEYS[CHIEF]) for row in connection.execute(chiefs)}
    if found.id not in held:
        return
    holds = held.pop(found.id)
    if not held or (holds and not any(held.values())):
        raise AccountRefusedError(Refusal.LAST_CHIEF)


def refuse_keyless(connection: Connection, unit_id: int, role: str) -> None:
    """Raise AccountRefusedError for a role that is due keys, in a unit that has none."""
    if not may_belong(connection, unit_id, role):
        raise AccountRefusedError(Refusal.KEYLESS)


def refuse_taken(
    connection: Connection, unit_id: int, number: str | None, but: int | None, secret: ApplicationSecret
) -> None:
    """Raise AccountRefusedError where another officer has this number: an answer by text is known by it."""
    if number and officer_of_number(connection, unit_id, number, secret) not in (None, but):
        raise AccountRefusedError(Refusal.TELEPHONE_TAKEN)
