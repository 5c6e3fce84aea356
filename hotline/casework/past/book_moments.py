"""Reading when something was, as people wrote it into a book."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.casework.past.book_map import EXCEL

_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - of spreadsheets, on the wall
_SERIAL = re.compile(r"\d{1,6}([.,]\d+)?")
_SERIALS = range(20_000, 100_000)  # 1954 to 2173: what else is a plain number is no date
_SHORT_YEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}(?!\d)")
_SWAPPED = re.compile(r"(\d{1,4})([./-])(\d{1,2})([./-])(\d{1,4})")
_NO_SUCH_DAY = "there is no such day or time"


class UnreadableError(ValueError):
    """A cell cannot be read; the words say why, and nothing of what stands there."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """A format of digits only, read without `strptime`, which takes five times as long."""

    pattern: re.Pattern[str]
    order: tuple[int, ...]  # where year, month, day, hour, minute, second stand among the groups

    def read(self, text: str) -> datetime | None:
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        groups = found.groups()
        return datetime(*[int(groups[place]) for place in self.order])  # type: ignore[arg-type]  # noqa: DTZ001


_PARTS = {"Y": r"(\d{4})", "m": r"(\d{1,2})", "d": r"(\d{1,2})", "H": r"(\d{1,2})", "M": r"(\d{2})", "S": r"(\d{2})"}
_IN_ORDER = "YmdHMS"


def _shape(text: str) -> _Shape | None:
    """The format as a pattern; None where it has more in it than digits, such as the names of months."""
    pieces = re.split(r"%(.)", text)
    names = pieces[1::2]
    wanted = [name for name in _IN_ORDER if name in names]
    if sorted(names) != sorted(wanted) or wanted[:3] != ["Y", "m", "d"] or wanted != list(_IN_ORDER[: len(wanted)]):
        return None
    pattern = "".join(_PARTS[piece] if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    return _Shape(re.compile(pattern, re.ASCII), tuple(names.index(name) for name in wanted))


def wall_reader(formats: Sequence[str]) -> Callable[[str], datetime]:
    """A reader of times on the wall in these formats, the first that fits. It raises UnreadableError."""
    readers = [_reader(text) for text in formats]

    def read(text: str) -> datetime:
        for reader in readers:
            try:
                if (found := reader(text)) is not None:
                    return found
            except ValueError:
                continue
        raise UnreadableError(_why(text, formats))

    return read


def _reader(text: str) -> Callable[[str], datetime | None]:
    if text == EXCEL:
        return _from_spreadsheet
    shape = _shape(text)
    return shape.read if shape else lambda given: _of_the_wall(datetime.strptime(given, text))  # noqa: DTZ007


def _of_the_wall(read: datetime) -> datetime:
    if read.tzinfo is not None:
        raise UnreadableError("the time has an offset; the zone is told in the mapping")
    return read


def _from_spreadsheet(text: str) -> datetime | None:
    if not _SERIAL.fullmatch(text):
        return None
    days = float(text.replace(",", "."))
    return _DAY_ZERO + timedelta(seconds=round(days * 86400)) if int(days) in _SERIALS else None


def _why(text: str, formats: Sequence[str]) -> str:
    if not text:
        return "it is empty"
    if _SERIAL.fullmatch(text) and int(text.replace(",", ".").partition(".")[0]) in _SERIALS:
        return "it is a number, as spreadsheets keep dates: format the column as text, or add the format 'excel'"
    if _SHORT_YEAR.match(text) and not any("%y" in one for one in formats):
        return "the year has two digits: which century is not known"
    if _is_swapped(text, formats):
        return "there is no such month: day and month are the other way round than the format says"
    return f"{_NO_SUCH_DAY}, or it is written in no format of the mapping"


def _is_swapped(text: str, formats: Sequence[str]) -> bool:
    swapped = _SWAPPED.sub(_swap(formats), text, count=1)
    return swapped != text and any(_reads(reader, swapped) for reader in map(_reader, formats))


def _swap(formats: Sequence[str]) -> str:
    year_first = all(one.startswith("%Y") for one in formats)
    return r"\1\2\5\4\3" if year_first else r"\3\2\1\4\5"


def _reads(reader: Callable[[str], datetime | None], text: str) -> bool:
    try:
        return reader(text) is not None
    except ValueError:
        return False


def in_zone(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC; of an hour that the clocks went through twice, the first time.

    Raises UnreadableError for a time that they left out."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall:
        raise UnreadableError("that hour was left out when the clocks were changed")
    return moment
