"""What chief and administrator do to the accounts of their unit. `accounts` says what each of them may."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from hotline.casework import audit, leaving, passwords, people
from hotline.casework.accounts import (
    CHIEF,
    Account,
    Hand,
    kept,
    lock,
    may_keep,
    refuse_keyless,
    refuse_own,
    refuse_taken,
    refuse_without_chief,
    take_up,
    telephone,
)
from hotline.casework.desk import NotTheirTaskError
from hotline.casework.people import DUE_KEYS, PHONE_PURPOSE, LockedKey, OfficerRow, UnitKeys
from storage.sealing import ApplicationSecret
from storage.tables import grants, officers


@dataclass(frozen=True)
class NewOfficer:
    """What is typed in for somebody new; `telephone` is dialable."""

    login: str
    name: str
    role: str
    language: str
    telephone: str | None = field(repr=False)
    key: LockedKey = field(repr=False)


def hire(connection: Connection, keeper: OfficerRow, new: NewOfficer, secret: ApplicationSecret, now: datetime) -> int:
    """Make an account whose password has to be changed at the first sign-in; return its id.

    Raises NotTheirTaskError, AccountRefusedError, LoginTakenError, OfficerRefusedError."""
    if not may_keep(keeper, new.role):
        raise NotTheirTaskError
    lock(connection, keeper.unit_id)
    refuse_keyless(connection, keeper.unit_id, new.role)
    refuse_taken(connection, keeper.unit_id, new.telephone, None, secret)
    return people.add_officer(
        connection,
        keeper.unit_id,
        new.login,
        new.name,
        new.role,
        new.telephone,
        new.key,
        secret,
        now,
        new.language,
        by=keeper.id,
        must_change=True,
        vouched=keeper.role == CHIEF,
    )


def change_details(
    connection: Connection, hand: Hand, name: str, number: str | None, take_away: bool, secret: ApplicationSecret
) -> None:
    """Call an officer by another name; ring under another number, where one is given, or, `take_away`, no more.

    Raises AccountRefusedError, and as `take_up`."""
    found = take_up(connection, hand)
    if name != found.name:
        _set(connection, found, name=name)
        _note(connection, hand, "officer renamed")
    if number or take_away:
        set_telephone(connection, found, number, hand.officer.id, secret, hand.now)


def set_telephone(
    connection: Connection, found: Account, number: str | None, by: int, secret: ApplicationSecret, now: datetime
) -> None:
    """Keep the number, which must be dialable; None: the officer is rung no more. Raises AccountRefusedError."""
    refuse_taken(connection, found.unit_id, number, found.id, secret)
    kept = secret.encrypt(PHONE_PURPOSE, number.encode(), found.login) if number else None
    _set(connection, found, phone=kept)
    details = {"rung": number is not None}
    audit.append(connection, by, "telephone changed", f"officer/{found.id}", details, now)


def change_role(connection: Connection, hand: Hand, role: str) -> None:
    """Give an officer another role: keys it is not due are taken away, those it is due wait for a chief.

    Raises AccountRefusedError, and as `take_up`."""
    found = take_up(connection, hand)
    if role not in DUE_KEYS or not may_keep(hand.officer, role):
        raise NotTheirTaskError
    if role == found.role:
        return
    if role != CHIEF:
        refuse_without_chief(connection, found)
    refuse_own(hand)
    refuse_keyless(connection, found.unit_id, role)
    _set(connection, found, role=role, vouched=_vouched(hand))
    too_many = grants.c.key_kind.not_in(DUE_KEYS[role])
    connection.execute(grants.delete().where(grants.c.officer_id == found.id, too_many))
    _note(connection, hand, "role changed", was=found.role, role=role)


def give_password(connection: Connection, hand: Hand, key: LockedKey) -> None:
    """Give an account a first password again. Raises AccountRefusedError, and as `take_up`."""
    found = take_up(connection, hand)
    refuse_without_chief(connection, found)
    _set(connection, found, vouched=_vouched(hand))
    passwords.replace_key(connection, found.id, key, hand.now, hand.officer.id)


def dismiss(connection: Connection, hand: Hand) -> None:
    """Close an account. Raises AccountRefusedError, and as `take_up`."""
    found = take_up(connection, hand)
    refuse_without_chief(connection, found)
    refuse_own(hand)
    if found.active:
        leaving.deactivate(connection, found.id, hand.now, hand.officer.id)


def restore(connection: Connection, hand: Hand, secret: ApplicationSecret) -> None:
    """Open a closed account again, with its old password; keys wait for a chief.

    Raises AccountRefusedError where the number is another's by now, and as `take_up`."""
    found = take_up(connection, hand)
    if found.active:
        return
    refuse_taken(connection, found.unit_id, telephone(connection, found, secret), found.id, secret)
    _set(connection, found, active=True, vouched=_vouched(hand))
    _note(connection, hand, "officer restored")


def hand_keys(connection: Connection, hand: Hand, keys: UnitKeys) -> tuple[str, ...]:
    """A chief vouches for an officer and gives at once those of the due keys that the chief holds; tell which.

    Raises as `take_up`."""
    if hand.officer.role != CHIEF:
        raise NotTheirTaskError
    found = take_up(connection, hand)
    _set(connection, found, vouched=True)
    return people.grant_unit_keys(connection, found.id, keys.content, keys.identity, hand.now, hand.officer.id)


def sign_out(connection: Connection, hand: Hand) -> int:
    """End all sessions of an officer; return how many those were. Raises NotTheirTaskError, NotFoundError."""
    found = kept(connection, hand)
    ended = leaving.end_sessions(connection, found.id)
    _note(connection, hand, "sessions ended", sessions=ended)
    return ended


def _vouched(hand: Hand) -> bool:
    """What a chief does to an account vouches for it; what an administrator does, not any more."""
    return hand.officer.role == CHIEF


def _set(connection: Connection, found: Account, **values: object) -> None:
    connection.execute(officers.update().where(officers.c.id == found.id).values(**values))


def _note(connection: Connection, hand: Hand, action: str, **details: audit.Detail) -> None:
    audit.append(connection, hand.officer.id, action, f"officer/{hand.account_id}", details, hand.now)
