"""The paper recovery key: what opens a unit's keys again when no holder of them is left."""

from datetime import datetime

from sqlalchemy import Connection, select

from hotline.casework import audit, people
from hotline.casework.passwords import replace_key
from hotline.casework.people import CONTENT, IDENTITY, LockedKey
from hotline.errors import HotlineError, NotFoundError
from storage.sealing import UnsealError, open_grant
from storage.tables import grants, officers


class RecoveryRefusedError(HotlineError):
    """This is not the recovery key of that unit; nothing was changed."""


def recover(
    connection: Connection, chief_login: str, recovery_private: bytes, key: LockedKey | None, now: datetime
) -> tuple[str, ...]:
    """Give a chief the unit's keys from the paper; with `key`, under a new password. Returns which keys were missing.

    Raises NotFoundError where there is no such chief, RecoveryRefusedError."""
    chief = people.find_officer(connection, chief_login)
    if chief is None or chief.role != "chief" or not chief.active:
        raise NotFoundError(f"{chief_login} is not a chief here; make one with `hotline user add {chief_login} …`.")
    opened = _opened(connection, chief.unit_id, recovery_private)
    if key is not None:
        replace_key(connection, chief.id, key, now)
    connection.execute(officers.update().where(officers.c.id == chief.id).values(vouched=True))
    granted = people.grant_unit_keys(connection, chief.id, opened.get(CONTENT), opened.get(IDENTITY), now)
    details = {"keys": len(granted)}
    whose = f"officer/{chief.id}"
    audit.append(connection, audit.COMMAND_LINE, "keys recovered", whose, details, now, unit_id=chief.unit_id)
    return granted


def _opened(connection: Connection, unit_id: int, recovery_private: bytes) -> dict[str, bytes]:
    """The unit's private keys as they are sealed to the paper. Raises RecoveryRefusedError."""
    query = select(grants.c.key_kind, grants.c.sealed_private)
    rows = connection.execute(query.where(grants.c.unit_id == unit_id, grants.c.officer_id.is_(None))).all()
    try:
        opened = {row.key_kind: open_grant(row.sealed_private, recovery_private) for row in rows}
    except UnsealError:
        raise RecoveryRefusedError from None
    if not opened:
        raise RecoveryRefusedError("No keys of this unit are sealed to a paper key.")
    return opened
