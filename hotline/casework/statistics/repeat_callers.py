"""How many callers of a month rang more than once, without keeping who they are.

A caller is a digest under a random key of the unit and month. The key is wrapped under the application secret and
destroyed once the month is counted, the digests with it; then only two numbers are left. A call is counted at its
end, when the caller's choice is final: an anonymous one leaves nothing here at any moment."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from hotline.casework import audit
from hotline.casework.months import Month
from hotline.casework.once import insert_into, insert_once
from hotline.casework.statistics.day_counts import zone_of
from storage.sealing import ApplicationSecret
from storage.tables import month_callers, month_keys

KEPT_AFTER = timedelta(hours=48)
"""How long the key outlives its month: so far back reconciliation still finds calls that no webhook told of."""
_PURPOSE = "repeat-callers"
_KEY_BYTES = 32


def note(connection: Connection, secret: ApplicationSecret, unit_id: int, started_at: datetime, number: str) -> None:
    """Count a call that has ended to its caller; nothing where the month's key is destroyed already."""
    month = Month.at(started_at, zone_of(connection, unit_id))
    key = _key(connection, secret, unit_id, month)
    if key is None:
        return
    digest = hmac.digest(key, number.encode(), hashlib.sha256)
    row = insert_into(connection, month_callers).values(unit_id=unit_id, month=str(month), digest=digest, calls=1)
    again = row.on_conflict_do_update(
        index_elements=["unit_id", "month", "digest"], set_={"calls": month_callers.c.calls + 1}
    )
    connection.execute(again)


def counted(connection: Connection, unit_id: int, month: Month) -> int | None:
    """How many callers of the month rang more than once, so far or for good; None where nobody could be told apart."""
    of_month = (month_keys.c.unit_id == unit_id) & (month_keys.c.month == str(month))
    row = connection.execute(select(month_keys.c.repeat_callers, month_keys.c.wrapped).where(of_month)).first()
    if row is None:
        return None
    return _repeating(connection, unit_id, month) if row.wrapped is not None else row.repeat_callers


def due(connection: Connection, now: datetime) -> list[tuple[int, Month]]:
    """The months that are long enough over for their key to be destroyed, by unit."""
    query = select(month_keys.c.unit_id, month_keys.c.month).where(month_keys.c.wrapped.is_not(None))
    kept = [(row.unit_id, Month.of(row.month)) for row in connection.execute(query).all()]
    return [
        (unit_id, month) for unit_id, month in kept if now >= month.bounds(zone_of(connection, unit_id))[1] + KEPT_AFTER
    ]


def settle(connection: Connection, unit_id: int, month: Month, now: datetime) -> bool:
    """Count a month for good and destroy its key and its digests; False where that has been done."""
    of_month = (month_keys.c.unit_id == unit_id) & (month_keys.c.month == str(month))
    destroyed = update(month_keys).where(of_month, month_keys.c.wrapped.is_not(None))
    if connection.execute(destroyed.values(wrapped=None, counted_at=now)).rowcount != 1:
        return False
    callers = {
        "callers": _callers(connection, unit_id, month),
        "repeat_callers": _repeating(connection, unit_id, month),
    }
    connection.execute(update(month_keys).where(of_month).values(**callers))
    theirs = (month_callers.c.unit_id == unit_id) & (month_callers.c.month == str(month))
    connection.execute(delete(month_callers).where(theirs))
    audit.append(connection, audit.SYSTEM, "month callers counted", f"month/{month}", callers, now, unit_id=unit_id)
    return True


def _key(connection: Connection, secret: ApplicationSecret, unit_id: int, month: Month) -> bytes | None:
    """The month's key, made with its first caller. It is held in place, so that it is not destroyed meanwhile."""
    of_month = (month_keys.c.unit_id == unit_id) & (month_keys.c.month == str(month))
    query = select(month_keys.c.wrapped).where(of_month).with_for_update(read=True)
    found = connection.execute(query).first()
    if found is None:
        fresh = secret.encrypt(_PURPOSE, secrets.token_bytes(_KEY_BYTES), _place(unit_id, month))
        insert_once(connection, month_keys, {"unit_id": unit_id, "month": str(month), "wrapped": fresh})
        found = connection.execute(query).one()
    return None if found.wrapped is None else secret.decrypt(_PURPOSE, bytes(found.wrapped), _place(unit_id, month))


def _place(unit_id: int, month: Month) -> str:
    return f"month_keys:{unit_id}:{month}"


def _callers(connection: Connection, unit_id: int, month: Month, at_least: int = 1) -> int:
    theirs = (month_callers.c.unit_id == unit_id) & (month_callers.c.month == str(month))
    query = select(func.count()).select_from(month_callers).where(theirs, month_callers.c.calls >= at_least)
    return int(connection.execute(query).scalar_one())


def _repeating(connection: Connection, unit_id: int, month: Month) -> int:
    return _callers(connection, unit_id, month, at_least=2)
