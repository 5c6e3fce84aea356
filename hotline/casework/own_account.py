"""One's own account: the password, the telephone, and where one is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework import audit
from hotline.casework.account_acts import set_telephone
from hotline.casework.accounts import account, lock
from hotline.casework.leaving import end_sessions
from hotline.casework.passwords import choose_password
from hotline.casework.people import refuse_short
from hotline.casework.people_list import ending
from hotline.casework.roster import zone_of
from hotline.casework.sign_in import IDLE, LONGEST, Session, prove
from storage.database import Store
from storage.sealing import ApplicationSecret, wrap_private
from storage.tables import console_sessions, officers


@dataclass(frozen=True)
class OwnSession:
    """A sign-in that is still open, its times on the unit's clock."""

    started_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True)
class OwnAccount:
    """What somebody sees of the own account."""

    login: str
    ending: str | None
    sessions: Sequence[OwnSession]


def own_account(connection: Connection, session: Session, secret: ApplicationSecret, now: datetime) -> OwnAccount:
    """The account behind a session."""
    row = connection.execute(select(officers).where(officers.c.id == session.officer.id)).one()
    zone, table = zone_of(connection, row.unit_id), console_sessions.c
    live = select(console_sessions).where(
        table.officer_id == row.id, table.seen_at > now - IDLE, table.started_at > now - LONGEST
    )
    found = connection.execute(live.order_by(table.started_at.desc(), table.id)).all()
    sessions = [_own(one.started_at, one.seen_at, one.id == session.id, zone) for one in found]
    return OwnAccount(row.login, ending(row.phone, row.login, secret), sessions)


def _own(started_at: datetime, seen_at: datetime, here: bool, zone: ZoneInfo) -> OwnSession:
    return OwnSession(started_at.astimezone(zone), seen_at.astimezone(zone), here)


@dataclass(frozen=True)
class NewPassword:
    """The password as it was, and as it is to be."""

    old: str = field(repr=False)
    new: str = field(repr=False)


def change_password(
    store: Store, session: Session, words: NewPassword, source: str, secret: ApplicationSecret, now: datetime
) -> None:
    """Lock the own key with another password and sign out everywhere else.

    The old one is asked for and its tries are counted as at the sign-in, since a session may be left open on a desk.
    Raises SignInRefusedError, TooManyTriesError, OfficerRefusedError."""
    refuse_short(words.new)
    unlocked = prove(store, session.officer.login, words.old, source, secret, now)
    wrapped = wrap_private(unlocked.private, words.new)

    def keep(connection: Connection) -> None:
        choose_password(connection, session.officer.id, wrapped, session.id, now)

    store.commit(keep)


def change_telephone(
    connection: Connection, session: Session, number: str | None, secret: ApplicationSecret, now: datetime
) -> None:
    """Be rung under another number, or no more. Raises AccountRefusedError."""
    lock(connection, session.officer.unit_id)
    row = connection.execute(select(officers).where(officers.c.id == session.officer.id)).one()
    set_telephone(connection, account(row), number, row.id, secret, now)


def sign_out_elsewhere(connection: Connection, session: Session, now: datetime) -> int:
    """End every other session of the account; return how many those were."""
    ended = end_sessions(connection, session.officer.id, but=session.id)
    mine, details = f"officer/{session.officer.id}", {"sessions": ended}
    audit.append(connection, session.officer.id, "sessions ended", mine, details, now)
    return ended
