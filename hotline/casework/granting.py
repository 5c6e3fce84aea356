"""Opening sealed content for others with a chief's password, outside the console."""

from datetime import datetime

from sqlalchemy import Connection, select

from hotline.casework import people
from hotline.errors import HotlineError, NotFoundError
from storage.sealing import Wrapped, WrongPasswordError, unwrap_private
from storage.tables import officers


class NotTheirPasswordError(HotlineError):
    """That is not the chief's password; nothing was changed."""


def grant_with_password(connection: Connection, chief_login: str, password: str, now: datetime) -> list[str]:
    """Give every waiting officer of the chief's unit the keys they are due; return their logins.

    Raises NotFoundError where there is no such chief, NotTheirPasswordError."""
    query = select(officers).where(officers.c.login == people.tidy_login(chief_login), officers.c.active)
    chief = connection.execute(query).first()
    if chief is None or chief.role != "chief":
        raise NotFoundError(f"{chief_login} is not a chief here.")
    try:
        private = unwrap_private(Wrapped(chief.salt, chief.wrapped_private), password)
    except WrongPasswordError:
        raise NotTheirPasswordError from None
    return [waiting.login for waiting in people.grant_waiting(connection, chief.id, private, now)]
