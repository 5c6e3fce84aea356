"""Officers and their keys: who may sign in, and whose sign-in opens which of the unit's sealed things."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, select
from sqlalchemy.exc import IntegrityError

from hotline.casework import audit
from hotline.errors import HotlineError
from storage.sealing import ApplicationSecret, Wrapped, grant, new_key_pair, open_grant, wrap_private
from storage.tables import grants, officers, units

CONTENT = "content"
IDENTITY = "identity"
DUE_KEYS: dict[str, tuple[str, ...]] = {
    "duty": (CONTENT,),
    "officer": (CONTENT,),
    "deputy": (CONTENT, IDENTITY),
    "chief": (CONTENT, IDENTITY),
    "province": (),
    "administrator": (),
}
ROLES = tuple(DUE_KEYS)
PHONE_PURPOSE = "officer-phone"
LONGEST_NAME = 200
SHORTEST_PASSWORD = 8  # NIST SP 800-63B; the throttle and Argon2id do the rest


@dataclass(frozen=True)
class LockedKey:
    """A key pair of which the private half is already locked with a password."""

    public: bytes
    wrapped: Wrapped

    def values(self) -> dict[str, bytes]:
        """As the columns of an officer."""
        return {"public_key": self.public, **locked(self.wrapped)}


def lock_new_key(password: str) -> LockedKey:
    """Make a key pair under a password: slow on purpose, so never inside a commit that others wait for.

    Raises OfficerRefusedError."""
    refuse_short(password)
    pair = new_key_pair()
    return LockedKey(pair.public, wrap_private(pair.private, password))


def locked(wrapped: Wrapped) -> dict[str, bytes]:
    """A locked private key as the columns of an officer."""
    return {"salt": wrapped.salt, "wrapped_private": wrapped.wrapped}


class LoginTakenError(HotlineError):
    """Somebody already signs in under this name."""


class OfficerRefusedError(HotlineError):
    """This account cannot be made."""


@dataclass(frozen=True)
class OfficerRow:
    """An officer as the pages know one: no keys, no telephone number."""

    id: int
    unit_id: int
    login: str
    name: str
    role: str
    language: str
    active: bool
    created_at: datetime
    must_change: bool = False  # the password, before anything else


@dataclass(frozen=True)
class UnitKeys:
    """The unit's private keys as far as one officer holds them."""

    content: bytes | None = field(default=None, repr=False)
    identity: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class WaitingForGrant:
    """An active officer who is due a key of the unit and does not have it yet."""

    officer_id: int
    login: str
    key_kind: str
    vouched: bool = True


def add_officer(
    connection: Connection,
    unit_id: int,
    login: str,
    name: str,
    role: str,
    phone: str | None,
    password: str | LockedKey,
    secret: ApplicationSecret,
    now: datetime,
    language: str = "",  # not chosen yet: pages follow the browser
    by: int | str = audit.COMMAND_LINE,
    must_change: bool = False,
    vouched: bool = True,
) -> int:
    """Make an account with a key pair of its own and return its id; `phone` must already be dialable.

    A LockedKey in the password's place has the slow work behind it.
    `by`: who does it, as the audit names people. `must_change`: the password, at the first sign-in. Who is not
    `vouched` for gets keys only when a chief says so.
    Raises LoginTakenError, and OfficerRefusedError for a role or password that will not do."""
    login = tidy_login(login)
    _refuse_poor(login, name, role)
    if not may_belong(connection, unit_id, role):
        raise OfficerRefusedError(
            "A unit above has no line and nothing sealed: its people are of the role province or administrator."
        )
    key = password if isinstance(password, LockedKey) else lock_new_key(password)
    if connection.scalar(select(officers.c.id).where(officers.c.login == login)) is not None:
        raise LoginTakenError
    row = officers.insert().values(
        unit_id=unit_id,
        login=login,
        name=name.strip(),
        role=role,
        language=language,
        phone=secret.encrypt(PHONE_PURPOSE, phone.encode(), login) if phone else None,
        **key.values(),
        active=True,
        must_change=must_change,
        vouched=vouched,
        created_at=now,
    )
    try:
        with connection.begin_nested():
            officer_id = int(connection.execute(row).inserted_primary_key[0])  # type: ignore[index]
    except IntegrityError as error:
        raise LoginTakenError from error
    audit.append(connection, by, "officer added", f"officer/{officer_id}", {"role": role}, now, unit_id=unit_id)
    return officer_id


def tidy_login(login: str) -> str:
    """A login as it is kept and compared: without blanks around it, in small letters."""
    return login.replace("\0", "\ufffd").strip().lower()  # PostgreSQL keeps no NUL, nor may it be asked for one


def login_will_do(login: str) -> bool:
    """Whether this is one word of at most 60 characters."""
    return 0 < len(login) <= 60 and login.isprintable() and not any(c.isspace() for c in login)


def _refuse_poor(login: str, name: str, role: str) -> None:
    if not login_will_do(login):
        raise OfficerRefusedError("A login is one word of at most 60 characters.")
    if not name.strip() or len(name) > LONGEST_NAME:
        raise OfficerRefusedError(f"An officer needs a name of at most {LONGEST_NAME} characters.")
    if role not in DUE_KEYS:
        raise OfficerRefusedError(f"The role is one of: {', '.join(ROLES)}.")


def may_belong(connection: Connection, unit_id: int, role: str) -> bool:
    """Whether a unit can have officers of this role: one above others has no keys that they could be due."""
    has_keys = select(units.c.content_public.is_not(None)).where(units.c.id == unit_id)
    return not DUE_KEYS[role] or bool(connection.scalar(has_keys))


def refuse_short(password: str) -> None:
    """Raise OfficerRefusedError for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise OfficerRefusedError(f"A password has at least {SHORTEST_PASSWORD} characters; several words do well.")


def find_officer(connection: Connection, login: str) -> OfficerRow | None:
    """The active or inactive officer of this login."""
    return _first(connection, officers.c.login == tidy_login(login))


def officer_by_id(connection: Connection, officer_id: int) -> OfficerRow | None:
    """The active or inactive officer of this id."""
    return _first(connection, officers.c.id == officer_id)


def has_telephone(connection: Connection, officer_id: int) -> bool:
    """Whether the officer can be rung at all."""
    there = officers.c.phone.is_not(None)
    return connection.execute(select(officers.c.id).where(officers.c.id == officer_id, there)).first() is not None


def _first(connection: Connection, condition: ColumnElement[bool]) -> OfficerRow | None:
    row = connection.execute(select(*OFFICER_COLUMNS).where(condition)).mappings().first()
    return officer_row(row) if row else None


OFFICER_COLUMNS = (
    officers.c.id,
    officers.c.unit_id,
    officers.c.login,
    officers.c.name,
    officers.c.role,
    officers.c.language,
    officers.c.active,
    officers.c.created_at,
    officers.c.must_change,
)


def officer_row(row: RowMapping) -> OfficerRow:
    """The frozen row of a result that holds OFFICER_COLUMNS."""
    return OfficerRow(**{column.name: row[column] for column in OFFICER_COLUMNS})


def choose_language(connection: Connection, officer_id: int, language: str) -> None:
    """Keep the language in which this officer reads the console."""
    connection.execute(officers.update().where(officers.c.id == officer_id).values(language=language))


def grant_unit_keys(
    connection: Connection,
    officer_id: int,
    content_private: bytes | None,
    identity_private: bytes | None,
    now: datetime,
    by: int | str = audit.COMMAND_LINE,
) -> tuple[str, ...]:
    """Seal to this officer those of the given keys that the role is due and that are missing; tell which."""
    given = {CONTENT: content_private, IDENTITY: identity_private}
    granted = []
    for waiting in waiting_for_grants(connection, officer_id=officer_id):
        if (private := given[waiting.key_kind]) is not None:
            _grant(connection, officer_id, waiting.key_kind, private, now, by)
            granted.append(waiting.key_kind)
    return tuple(granted)


def _grant(
    connection: Connection, officer_id: int, key_kind: str, private: bytes, now: datetime, by: int | str
) -> None:
    officer = connection.execute(
        select(officers.c.unit_id, officers.c.public_key).where(officers.c.id == officer_id)
    ).one()
    connection.execute(
        grants.insert().values(
            unit_id=officer.unit_id,
            officer_id=officer_id,
            key_kind=key_kind,
            sealed_private=grant(private, officer.public_key),
            granted_at=now,
        )
    )
    what, whom = {"key": key_kind}, f"officer/{officer_id}"
    audit.append(connection, by, "key granted", whom, what, now, unit_id=officer.unit_id)


def waiting_for_grants(
    connection: Connection, unit_id: int | None = None, officer_id: int | None = None
) -> Sequence[WaitingForGrant]:
    """The keys that active officers are due and do not hold, of one unit, one officer, or all."""
    due = select(officers.c.id, officers.c.login, officers.c.role, officers.c.vouched).where(officers.c.active)
    due = due.order_by(officers.c.id)
    if unit_id is not None:
        due = due.where(officers.c.unit_id == unit_id)
    if officer_id is not None:
        due = due.where(officers.c.id == officer_id)
    people = connection.execute(due).all()
    held = {
        (row.officer_id, row.key_kind)
        for row in connection.execute(
            select(grants.c.officer_id, grants.c.key_kind)
            .join(officers, officers.c.id == grants.c.officer_id)
            .where(grants.c.unit_id == officers.c.unit_id)
        )
    }
    return [
        WaitingForGrant(person.id, person.login, key_kind, person.vouched)
        for person in people
        for key_kind in DUE_KEYS.get(person.role, ())
        if (person.id, key_kind) not in held
    ]


def open_unit_keys(connection: Connection, officer_id: int, officer_private: bytes) -> UnitKeys:
    """The unit's private keys that were granted to this officer. UnsealError where the key is not theirs."""
    rows = connection.execute(
        select(grants.c.key_kind, grants.c.sealed_private)
        .join(officers, officers.c.id == grants.c.officer_id)
        .where(grants.c.officer_id == officer_id, grants.c.unit_id == officers.c.unit_id, officers.c.active)
    )
    opened = {row.key_kind: open_grant(row.sealed_private, officer_private) for row in rows}
    return UnitKeys(content=opened.get(CONTENT), identity=opened.get(IDENTITY))


def grant_waiting(
    connection: Connection, granting_officer_id: int, officer_private: bytes, now: datetime
) -> Sequence[WaitingForGrant]:
    """At a chief's sign-in: give every waiting officer of the chief's unit the due keys; tell whom.

    Not those for whom no chief has vouched: else whoever makes accounts could make one that reads.
    Does nothing for any other role."""
    granting = officer_by_id(connection, granting_officer_id)
    if granting is None or granting.role != "chief" or not granting.active:
        return []
    waiting = [one for one in waiting_for_grants(connection, unit_id=granting.unit_id) if one.vouched]
    if not waiting:
        return []
    keys = open_unit_keys(connection, granting_officer_id, officer_private)
    given = {CONTENT: keys.content, IDENTITY: keys.identity}
    granted = [one for one in waiting if given[one.key_kind] is not None]
    for one in granted:
        _grant(connection, one.officer_id, one.key_kind, given[one.key_kind] or b"", now, granting_officer_id)
    return granted
