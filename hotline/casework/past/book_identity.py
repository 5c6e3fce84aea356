"""By what a line of a book is known again, so that a book taken in twice counts once.

A line is known by its serial number, else by all that is read of it and by how many equal lines came before it."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Sequence
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

    def of(self, digests: Sequence[bytes]) -> list[int]:
        """For each in its turn the how-manyth of its kind it is, from 1 on."""
        marks = ",".join("?" * len(digests))
        seen = self._seen.execute(f"SELECT digest, times FROM seen WHERE digest IN ({marks})", digests)  # noqa: S608
        times = Counter(dict(seen))
        found = []
        for digest in digests:
            times[digest] += 1
            found.append(times[digest])
        self._seen.executemany("REPLACE INTO seen VALUES (?, ?)", times.items())
        return found

    def close(self) -> None:
        self._seen.close()


class Identities:
    """The names of the calls of one book, in the order of its lines."""

    def __init__(self, call_map: CallMap, unit_id: int, zone: ZoneInfo) -> None:
        serial = call_map.columns.serial
        self._yearly = serial is not None and serial.restarts == "yearly"
        self._book = f"{unit_id}/{call_map.book}/".encode()
        self._zone = zone
        self._ordinals = Ordinals()

    def of(self, calls: Sequence[BookCall]) -> list[str | None]:
        """Names of 32 letters that sort by time; None where a serial number has come already."""
        said = [self._said(call) for call in calls]
        digests = [self._digest(text) for _, text in said]
        found: list[str | None] = []
        for call, (number, _), digest, ordinal in zip(calls, said, digests, self._ordinals.of(digests), strict=True):
            if ordinal > 1 and call.serial is None:
                digest = self._digest(f"{digest.hex()}/{ordinal}")
            again = ordinal > 1 and call.serial is not None
            found.append(None if again else f"b-{number:010x}{digest.hex()}")
        return found

    def close(self) -> None:
        self._ordinals.close()

    def _said(self, call: BookCall) -> tuple[int, str]:
        """A number that grows with time, and what tells the call from others."""
        if call.serial is None:
            return int(call.started_at.timestamp()), repr(call[1:])
        year = call.started_at.astimezone(self._zone).year if self._yearly else 0
        return year, f"{year}/{call.serial}"

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(self._book + text.encode(), digest_size=_DIGEST_BYTES).digest()
