"""Who is on duty now, and by which number an officer is rung."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select

from hotline.errors import NotFoundError
from storage.sealing import ApplicationSecret
from storage.tables import officers, shifts

GROUPS = ("duty", "command")


@dataclass(frozen=True)
class OnDuty:
    """An officer who may be rung now."""

    officer_id: int
    number: str = field(repr=False)


def on_duty(connection: Connection, unit_id: int, group: str, secret: ApplicationSecret, now: datetime) -> list[OnDuty]:
    """The officers of a group on duty now who have a telephone, in the order of their shifts."""
    query = (
        select(officers.c.id, officers.c.login, officers.c.phone)
        .join(shifts, shifts.c.officer_id == officers.c.id)
        .where(shifts.c.unit_id == unit_id, shifts.c.group_name == group)
        .where(shifts.c.starts_at <= now, shifts.c.ends_at > now)
        .where(officers.c.active, officers.c.phone.is_not(None))
        .order_by(shifts.c.starts_at, shifts.c.id)
    )
    found = {row.id: OnDuty(row.id, phone_of(row.phone, row.login, secret)) for row in connection.execute(query)}
    return list(found.values())


def phone_of(sealed: bytes, login: str, secret: ApplicationSecret) -> str:
    return secret.decrypt("officer-phone", sealed, login).decode()


def add_shift(connection: Connection, login: str, group: str, starts_at: datetime, ends_at: datetime) -> int:
    """Put an officer on duty. Raises NotFoundError for an unknown login, ValueError for times that make no shift."""
    if ends_at <= starts_at:
        raise ValueError("A shift must end after it starts.")
    officer = connection.execute(select(officers.c.id, officers.c.unit_id).where(officers.c.login == login)).first()
    if officer is None:
        raise NotFoundError(f"There is no officer with the sign-in {login!r}.")
    row = insert(shifts).values(
        unit_id=officer.unit_id, officer_id=officer.id, group_name=group, starts_at=starts_at, ends_at=ends_at
    )
    return int(connection.execute(row.returning(shifts.c.id)).scalar_one())
