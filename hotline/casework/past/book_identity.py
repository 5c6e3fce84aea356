"""By what a line of a book is known again, so that a book taken in twice counts once.

A line is known by its serial number, else by all that is read of it and by how many equal lines came before it."""

import hashlib
import sqlite3
from dataclasses import astuple
from zoneinfo import ZoneInfo

from hotline.casework.past.book_map import CallMap
from hotline.casework.past.book_rows import BookCall

_DIGEST_BYTES = 10


class Ordinals:
    """How often something has come already in this file. Kept on a disk of its own, so that two million lines need
    no more memory than two hundred."""

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None)  # a private file that goes with its connection
        self._seen.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID")
        self._seen.execute("PRAGMA journal_mode = OFF")
        self._seen.execute("BEGIN")

    def next(self, digest: bytes) -> int:
        """1 at the first time."""
        statement = (
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET times = times + 1 RETURNING times"
        )
        return int(self._seen.execute(statement, (digest,)).fetchone()[0])

    def close(self) -> None:
        self._seen.close()


class Identities:
    """The names of the calls of one book, in the order of its lines."""

    def __init__(self, call_map: CallMap, unit_id: int, zone: ZoneInfo) -> None:
        serial = call_map.columns.serial
        self._yearly = serial is not None and serial.restarts == "yearly"
        self._book = f"{unit_id}/{call_map.book}/"
        self._zone = zone
        self._ordinals = Ordinals()

    def of(self, call: BookCall) -> str | None:
        """A name of 32 letters that sorts by time; None where the serial number has come already."""
        if call.serial is not None:
            year = call.started_at.astimezone(self._zone).year if self._yearly else 0
            digest = self._digest(f"{year}/{call.serial}")
            return f"b-{year:010x}{digest.hex()}" if self._ordinals.next(digest) == 1 else None
        said = repr(astuple(call)[1:])
        ordinal = self._ordinals.next(self._digest(said))
        return f"b-{int(call.started_at.timestamp()):010x}{self._digest(f'{said}/{ordinal}').hex()}"

    def close(self) -> None:
        self._ordinals.close()

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b((self._book + text).encode(), digest_size=_DIGEST_BYTES).digest()
