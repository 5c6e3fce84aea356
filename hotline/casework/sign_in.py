"""Signing in: the password opens the officer's private key, and only the cookie keeps it open."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, func, select

from hotline.casework import audit
from hotline.casework.audit_checkpoints import checkpoint
from hotline.casework.people import (
    OFFICER_COLUMNS,
    OfficerRow,
    UnitKeys,
    find_officer,
    grant_waiting,
    officer_row,
    open_unit_keys,
    tidy_login,
)
from hotline.errors import HotlineError
from storage.database import Store
from storage.sealing import (
    ApplicationSecret,
    Wrapped,
    WrongPasswordError,
    new_key_pair,
    unwrap_private,
    wrap_private,
)
from storage.tables import console_sessions, officers, sign_in_attempts, units

WINDOW = timedelta(minutes=15)
TRIES_PER_LOGIN_AND_SOURCE = 5
TRIES_PER_SOURCE = 20
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # how exactly `seen_at` is kept: one write a minute, not one a page
LONGEST_SECRET = 1024  # characters of a login or password that are looked at at all


class SignInRefusedError(HotlineError):
    """That name and password do not open an account."""


class TooManyTriesError(HotlineError):
    """Too many tries from here; wait a quarter of an hour."""


@dataclass(frozen=True)
class Unlocked:
    """An officer whose password was right, with the private key it opened."""

    officer: OfficerRow
    private: bytes = field(repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A new session: the token belongs into the cookie and nowhere else."""

    token: str = field(repr=False)
    officer: OfficerRow


@dataclass(frozen=True)
class Session:
    """Who is looking at a page, and the means to open what was granted to them."""

    id: str = field(repr=False)
    officer: OfficerRow
    unit_name: str
    _token: bytes = field(repr=False)
    _wrapped_private: bytes = field(repr=False)

    def open_keys(self, connection: Connection) -> UnitKeys:
        """The unit's private keys that this officer holds."""
        private = ApplicationSecret(self._token).decrypt("session", self._wrapped_private, self.id)
        return open_unit_keys(connection, self.officer.id, private)


def unlock(connection: Connection, login: str, password: str) -> Unlocked:
    """Check a password by opening the officer's key with it; an unknown login takes as long as a known one.

    Raises SignInRefusedError; counts nothing (`sign_in` does)."""
    decoy = _decoy()
    found = connection.execute(
        select(*OFFICER_COLUMNS, officers.c.salt, officers.c.wrapped_private).where(
            officers.c.login == tidy_login(login[:LONGEST_SECRET]), officers.c.active
        )
    )
    row = found.mappings().first()
    wrapped = Wrapped(row["salt"], row["wrapped_private"]) if row else decoy
    try:
        private = unwrap_private(wrapped, password[:LONGEST_SECRET])
    except WrongPasswordError:
        raise SignInRefusedError from None
    if row is None:
        raise SignInRefusedError
    return Unlocked(officer_row(row), private)


@cache
def _decoy() -> Wrapped:
    return wrap_private(new_key_pair().private, secrets.token_hex(16))


def sign_in(store: Store, login: str, password: str, source: str, secret: ApplicationSecret, now: datetime) -> SignedIn:
    """Open a session; at a chief's sign-in, officers who wait for the unit's keys get them.

    A try is counted before the password is looked at, so that many at once gain nothing. However it ends, the audit
    has it. Raises SignInRefusedError, or TooManyTriesError without looking at the password."""
    unlocked = prove(store, login, password, source, secret, now)
    token = secrets.token_bytes(32)

    def begin(connection: Connection) -> None:
        _open_session(connection, unlocked, token, now)
        audit.append(connection, unlocked.officer.id, "signed in", f"officer/{unlocked.officer.id}", {}, now)
        checkpoint(connection, secret, now)

    store.commit(begin)
    return SignedIn(base64.urlsafe_b64encode(token).decode(), unlocked.officer)


@dataclass(frozen=True)
class _Hashes:
    login: str
    source: str


def prove(store: Store, login: str, password: str, source: str, secret: ApplicationSecret, now: datetime) -> Unlocked:
    """Have a password tried, counted and written down as at the sign-in; the right one makes earlier slips forgotten.

    Raises SignInRefusedError, TooManyTriesError."""
    who = _hashes(secret, login, source)
    if not store.commit(lambda connection: _may_try(connection, who, now)):
        raise TooManyTriesError
    try:
        with store.read() as connection:
            unlocked = unlock(connection, login, password)
    except SignInRefusedError:
        store.commit(lambda connection: _note_refusal(connection, login, now))
        raise
    store.commit(lambda connection: _forget_tries(connection, who))
    return unlocked


def _forget_tries(connection: Connection, who: _Hashes) -> None:
    tries = sign_in_attempts
    connection.execute(tries.delete().where(tries.c.login_hash == who.login, tries.c.source_hash == who.source))


def _hashes(secret: ApplicationSecret, login: str, source: str) -> _Hashes:
    name = tidy_login(login[:LONGEST_SECRET]).encode(errors="replace")
    return _Hashes(secret.mac("sign-in-login", name).hex(), secret.mac("sign-in-source", source.encode()).hex())


def _may_try(connection: Connection, who: _Hashes, now: datetime) -> bool:
    """Count the try, unless there were too many of late; tell whether it may go on."""
    if _count_try(connection, who, now):
        return True
    audit.append_once(connection, audit.STRANGER, "sign-in stopped", f"source/{who.source[:20]}", now, WINDOW)
    return False


def _note_refusal(connection: Connection, login: str, now: datetime) -> None:
    """Write whose account was tried, and never what was typed: people type passwords into the wrong field."""
    officer = find_officer(connection, login[:LONGEST_SECRET])
    whose, unit_id = (f"officer/{officer.id}", officer.unit_id) if officer else ("officer/unknown", None)
    audit.append(connection, audit.STRANGER, "sign-in refused", whose, {}, now, unit_id=unit_id)


def _count_try(connection: Connection, who: _Hashes, now: datetime) -> bool:
    """Write the try down, unless there were too many of late; tell whether it was."""
    tries = sign_in_attempts
    _one_at_a_time(connection, who)
    connection.execute(tries.delete().where(tries.c.at <= now - WINDOW))
    from_here = select(func.count()).where(tries.c.source_hash == who.source, tries.c.at > now - WINDOW)
    if (connection.scalar(from_here) or 0) >= TRIES_PER_SOURCE:
        return False
    if (connection.scalar(from_here.where(tries.c.login_hash == who.login)) or 0) >= TRIES_PER_LOGIN_AND_SOURCE:
        return False
    connection.execute(tries.insert().values(login_hash=who.login, source_hash=who.source, at=now))
    return True


def _one_at_a_time(connection: Connection, who: _Hashes) -> None:
    """Let no second try of the same source count before this one is written; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(who.source[:15], 16))))


def _open_session(connection: Connection, unlocked: Unlocked, token: bytes, now: datetime) -> None:
    session_id = _session_id(token)
    connection.execute(console_sessions.delete().where(console_sessions.c.started_at <= now - LONGEST))
    connection.execute(
        console_sessions.insert().values(
            id=session_id,
            officer_id=unlocked.officer.id,
            wrapped_private=ApplicationSecret(token).encrypt("session", unlocked.private, session_id),
            started_at=now,
            seen_at=now,
        )
    )
    grant_waiting(connection, unlocked.officer.id, unlocked.private, now)


def _session_id(token: bytes) -> str:
    return hashlib.sha256(token).hexdigest()


def session_of(store: Store, token: str, now: datetime) -> Session | None:
    """The live session of a cookie; None when unknown, idle for too long, too old, or its officer gone."""
    if (raw := _token_bytes(token)) is None:
        return None
    with store.read() as connection:
        found = connection.execute(
            select(
                *OFFICER_COLUMNS,
                console_sessions.c.id.label("session_id"),
                console_sessions.c.wrapped_private,
                console_sessions.c.seen_at,
                units.c.name.label("unit_name"),
            )
            .join(officers, officers.c.id == console_sessions.c.officer_id)
            .join(units, units.c.id == officers.c.unit_id)
            .where(
                console_sessions.c.id == _session_id(raw),
                console_sessions.c.seen_at > now - IDLE,
                console_sessions.c.started_at > now - LONGEST,
                officers.c.active,
            )
        )
        row = found.mappings().first()
    if row is None:
        return None
    if row["seen_at"] <= now - SEEN_EVERY:
        store.commit(lambda connection: _mark_seen(connection, row["session_id"], now))
    return Session(row["session_id"], officer_row(row), row["unit_name"], raw, row["wrapped_private"])


def _token_bytes(token: str) -> bytes | None:
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return raw if len(raw) == 32 else None


def _mark_seen(connection: Connection, session_id: str, now: datetime) -> None:
    connection.execute(console_sessions.update().where(console_sessions.c.id == session_id).values(seen_at=now))


def sign_out(store: Store, session: Session, now: datetime) -> None:
    """End this session; its cookie opens nothing from now on."""

    def end(connection: Connection) -> None:
        connection.execute(console_sessions.delete().where(console_sessions.c.id == session.id))
        audit.append(connection, session.officer.id, "signed out", f"officer/{session.officer.id}", {}, now)

    store.commit(end)
