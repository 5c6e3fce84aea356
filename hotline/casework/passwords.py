"""Passwords: choosing one's own again, and giving an account a new one where the old is gone."""

import secrets
from datetime import datetime

from sqlalchemy import Connection

from hotline.casework import audit
from hotline.casework.leaving import end_sessions
from hotline.casework.people import LockedKey, locked
from storage.sealing import Wrapped
from storage.tables import grants, officers

_CONSONANTS, _VOWELS = "bdghklmnprstv", "aeiou"
_SYLLABLES, _IN_A_WORD = 8, 2


def proposed_password() -> str:
    """Four short words of no language, 48 bits: they can be read out and written down without a mistake."""
    syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(_SYLLABLES)]
    return "-".join("".join(syllables[at : at + _IN_A_WORD]) for at in range(0, _SYLLABLES, _IN_A_WORD))


def choose_password(connection: Connection, officer_id: int, wrapped: Wrapped, session_id: str, now: datetime) -> None:
    """Keep the officer's key as locked with another password and sign out everywhere else; the grants stay."""
    values = {**locked(wrapped), "must_change": False}
    connection.execute(officers.update().where(officers.c.id == officer_id).values(values))
    details = {"sessions": end_sessions(connection, officer_id, but=session_id)}
    audit.append(connection, officer_id, "password changed", f"officer/{officer_id}", details, now)


def replace_key(
    connection: Connection, officer_id: int, key: LockedKey, now: datetime, by: int | str = audit.COMMAND_LINE
) -> None:
    """Give an account a new password, to be changed at the next sign-in. The key under the old one is gone with it:
    the grants to it are taken away, and every session ends."""
    changed = officers.update().where(officers.c.id == officer_id).values(**key.values(), must_change=True)
    unit_id = connection.execute(changed.returning(officers.c.unit_id)).scalar_one()
    connection.execute(grants.delete().where(grants.c.officer_id == officer_id))
    details = {"sessions": end_sessions(connection, officer_id)}
    audit.append(connection, by, "password replaced", f"officer/{officer_id}", details, now, unit_id=unit_id)
