"""Receipt codes: 4 digits that find a receipt, 7 that prove it, 1 that catches a typing error.

Whoever holds a code may hear a status and add words, nothing else. The code itself is never kept: only Argon2id of
its secret under a salt of its own and a pepper. Tries are rows, so that a restart forgives nothing."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update
from stdnum import damm

from hotline.casework.alarms import raise_alarm
from hotline.casework.once import insert_once
from storage.database import Store
from storage.sealing import ApplicationSecret, hash_receipt, new_salt
from storage.tables import lines, receipt_attempts, receipts

LENGTH = 12
WRONG_PER_CALL = 3
WRONG_PER_LOCATOR = 10  # in a day
WRONG_PER_LINE = 60  # in a day
_DAY = timedelta(days=1)

Outcome = Literal["found", "unknown", "typo", "locked"]


class LocatorTakenError(Exception):
    """Another receipt took this locator in the same moment; mint again."""


class NoLocatorFreeError(Exception):
    """All ten thousand locators of the line are in use."""


@dataclass(frozen=True)
class Minted:
    """A code that can be spoken now and a hash that can be kept."""

    code: str = field(repr=False)
    locator: str
    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)


@dataclass(frozen=True)
class CodeLookup:
    """What a code led to."""

    outcome: Outcome
    report_id: int | None = None


def mint(store: Store, secret: ApplicationSecret, line_id: int) -> Minted:
    """Make a new code. Slow on purpose (Argon2id): call it outside any transaction."""
    locator = _free_locator(store, line_id)
    proof = f"{secrets.randbelow(10**7):07d}"
    salt = new_salt()
    body = locator + proof
    return Minted(body + damm.calc_check_digit(body), locator, salt, hash_receipt(proof, _pepper(secret), salt))


def issue(connection: Connection, minted: Minted, line_id: int, report_id: int, now: datetime) -> None:
    """Write the receipt of a report. Raises LocatorTakenError when two calls drew the same locator at once."""
    receipt = {
        "report_id": report_id,
        "line_id": line_id,
        "live_locator": minted.locator,
        "salt": minted.salt,
        "hash": minted.hash,
        "created_at": now,
    }
    if not insert_once(connection, receipts, receipt):
        raise LocatorTakenError


def spoken(code: str) -> str:
    """The code in groups of four, digit by digit, as a voice should read it."""
    return ", ".join(" ".join(code[start : start + 4]) for start in range(0, LENGTH, 4))


def look_up(
    store: Store, secret: ApplicationSecret, line_id: int, call_id: int, visit: int, code: str, now: datetime
) -> CodeLookup:
    """Find the report of a keyed code. A typing error costs no attempt; every other try is counted before it is
    checked, so that many at once gain nothing."""
    if len(code) != LENGTH or not damm.is_valid(code):
        return CodeLookup("typo")
    locator, proof = code[:4], code[4:11]
    if not store.commit(lambda connection: _reserve(connection, line_id, call_id, visit, locator, now)):
        return CodeLookup("locked")
    report_id = _proven(store, secret, line_id, locator, proof)
    if report_id is not None:
        store.commit(lambda connection: _forgive(connection, call_id, visit))
        return CodeLookup("found", report_id)
    with store.read() as connection:
        if _wrong_in_call(connection, call_id) < WRONG_PER_CALL:
            return CodeLookup("unknown")
    store.commit(lambda connection: _alarm(connection, line_id, now))
    return CodeLookup("locked")


def _reserve(connection: Connection, line_id: int, call_id: int, visit: int, locator: str, now: datetime) -> bool:
    """Count a try in advance; False where no more tries are allowed.

    One try a line at a time: on PostgreSQL, tries side by side would not see one another's rows."""
    connection.execute(select(lines.c.id).where(lines.c.id == line_id).with_for_update())
    if _already_tried(connection, call_id, visit):
        return True
    recent = (
        select(func.count())
        .select_from(receipt_attempts)
        .where(
            receipt_attempts.c.line_id == line_id,
            receipt_attempts.c.wrong,
            receipt_attempts.c.at > now - _DAY,
        )
    )
    for_locator = recent.where(receipt_attempts.c.locator == locator)
    locked = (
        _wrong_in_call(connection, call_id) >= WRONG_PER_CALL
        or connection.execute(for_locator).scalar_one() >= WRONG_PER_LOCATOR
        or connection.execute(recent).scalar_one() >= WRONG_PER_LINE
    )
    if locked:
        _alarm(connection, line_id, now)
        return False
    row = insert(receipt_attempts).values(
        line_id=line_id, call_id=call_id, visit=visit, locator=locator, wrong=True, at=now
    )
    connection.execute(row)
    return True


def _alarm(connection: Connection, line_id: int, now: datetime) -> None:
    unit_id = connection.scalar(select(lines.c.unit_id).where(lines.c.id == line_id))
    raise_alarm(connection, "receipts_locked", f"{line_id}:{now:%Y-%m-%d}", {"line": line_id}, now, unit_id)


def _already_tried(connection: Connection, call_id: int, visit: int) -> bool:
    query = select(receipt_attempts.c.id).where(
        receipt_attempts.c.call_id == call_id, receipt_attempts.c.visit == visit
    )
    return connection.execute(query).first() is not None


def _wrong_in_call(connection: Connection, call_id: int) -> int:
    query = select(func.count()).where(receipt_attempts.c.call_id == call_id, receipt_attempts.c.wrong)
    return int(connection.execute(query).scalar_one())


def _forgive(connection: Connection, call_id: int, visit: int) -> None:
    tried = (receipt_attempts.c.call_id == call_id) & (receipt_attempts.c.visit == visit)
    connection.execute(update(receipt_attempts).where(tried).values(wrong=False))


def _proven(store: Store, secret: ApplicationSecret, line_id: int, locator: str, proof: str) -> int | None:
    with store.read() as connection:
        query = select(receipts.c.report_id, receipts.c.salt, receipts.c.hash).where(
            receipts.c.line_id == line_id, receipts.c.live_locator == locator
        )
        row = connection.execute(query).first()
    # An unknown locator costs the same time, so that the clock tells nobody which locators are in use.
    salt, kept = (row.salt, row.hash) if row else (b"\0" * 16, b"")
    right = secrets.compare_digest(hash_receipt(proof, _pepper(secret), salt), kept)
    return int(row.report_id) if row and right else None


def _free_locator(store: Store, line_id: int) -> str:
    with store.read() as connection:
        query = select(receipts.c.live_locator).where(receipts.c.line_id == line_id)
        taken = set(connection.execute(query.where(receipts.c.live_locator.is_not(None))).scalars())
    free = [locator for number in range(10**4) if (locator := f"{number:04d}") not in taken]
    if not free:
        raise NoLocatorFreeError
    return secrets.choice(free)


def _pepper(secret: ApplicationSecret) -> bytes:
    return secret.mac("receipt-pepper")
