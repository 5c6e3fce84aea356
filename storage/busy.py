"""The one way in which the database says no to a caller: it was busy, full, failing or away."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
_POSTGRES_READ_ONLY = "25006"  # a standby that was not promoted


class StoreBusy(Exception):
    """The database did not take the change in time.

    It was not applied and never will be, unless `outcome_unknown`: then the answer to COMMIT was lost."""

    def __init__(self, reason: str, *, outcome_unknown: bool = False) -> None:
        super().__init__(reason)
        self.outcome_unknown = outcome_unknown


def is_unavailable(error: BaseException) -> bool:
    """Whether an error is the database's state (full, locked, away) and not the statement's fault."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # SQLite calls a misspelt column "operational" too, so its own code has to be asked.
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_UNAVAILABLE
    if getattr(cause, "sqlstate", None) == _POSTGRES_READ_ONLY:
        return True
    return isinstance(error, exc.OperationalError | exc.TimeoutError)


@contextmanager
def busy_when_unavailable() -> Iterator[None]:
    """Turn what the database cannot help into StoreBusy; a wrong statement stays the error it is."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error) as error:
        if not is_unavailable(error):
            raise
        raise StoreBusy(_reason(error)) from None


def _reason(error: BaseException) -> str:
    """The driver's own code; its text may quote values."""
    cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return code or type(cause).__name__
