"""By what a line is known again must never change: a book taken in by an older version would count twice."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.casework.past.book_identity import Identities
from hotline.casework.past.book_map import CallMap
from hotline.casework.past.book_rows import BookCall

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AT = datetime(2019, 12, 31, 18, tzinfo=UTC)  # in the commune it is 2020


@dataclass(frozen=True)
class Book:
    """A book whose lines have a serial number, or none."""

    restarts: str | None = None

    def names(self, *calls: BookCall) -> list[str | None]:
        serial = {"serial": {"column": "no", "restarts": self.restarts}} if self.restarts else {}
        start = {"column": "at", "formats": ["%Y-%m-%d %H:%M"]}
        columns = {"started_at": start, "kind": {"default": "admin"}, **serial}
        identities = Identities(CallMap.model_validate({"book": "so-cu", "columns": columns}), 1, ZONE)
        found = identities.of(calls)
        identities.close()
        return found


def a_call(serial: str | None = None) -> BookCall:
    nothing = dict.fromkeys(("place", "privacy", "duration_s", "status", "settled_on", "outcome", "measure"))
    told = {"kind": "admin", "category": "ADM-ID", "language": "vi", "channel": "voice", "persons": 0}
    return BookCall(line=2, started_at=AT, serial=serial, **told, **nothing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("book", "serial", "names"),
    [
        (Book("yearly"), "7", ["b-00000007e442c85568afa4ea2475c8", None]),
        (Book("never"), "7", ["b-00000000004324da20e788c7692993", None]),
        (Book(), None, ["b-005e0b8ca06e184d6c5244b6b0ebf4", "b-005e0b8ca0217a608574fb7c8e2d98"]),
    ],
)
def test_the_names_are_those_of_every_version(book: Book, serial: str | None, names: list[str | None]) -> None:
    assert book.names(a_call(serial), a_call(serial)) == names
