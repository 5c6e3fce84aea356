"""Readers of the cells of a call book: each knows its column, and what may stand there."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from hotline.casework.past.book_file import Layout, plain
from hotline.casework.past.book_map import Coded, Length, Moment
from hotline.casework.past.book_moments import wall_reader

_FORMULA = ("=", "+", "-", "@")
_LONGEST_CALL_S = 24 * 3600
_MOST_PERSONS = 99
_REMEMBERED = 10_000  # different values of one column
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})", re.ASCII)
Cells = Sequence[str]


class CellError(Exception):
    """A cell cannot be read; `reason` says why, and nothing of what stands there."""

    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason


def nothing(_: Cells) -> int | None:
    return None


def moment_reader(moment: Moment, layout: Layout) -> Callable[[Cells], datetime]:
    places, read = [layout.columns[name] for name in moment.columns], wall_reader(moment.formats)
    if len(places) == 1:
        [only] = places
        return lambda cells: read(cells[only].strip())
    return lambda cells: read(" ".join(cells[place].strip() for place in places).strip())


class CodeReader:
    """The code that a cell stands for; None where it is empty and nothing is said for that."""

    def __init__(self, coded: Coded | None, layout: Layout, known: Mapping[str, str]) -> None:
        coded = coded or Coded()
        self.column = coded.column or ""
        self._place = layout.columns[coded.column] if coded.column else None
        self._codes = {**known, **{plain(value): code for value, code in coded.values.items()}}
        self._default, self._otherwise = coded.default, coded.otherwise
        self._seen: dict[str, str | None] = {}

    def __call__(self, cells: Cells) -> str | None:
        if self._place is None:
            return self._default
        cell = cells[self._place]
        try:
            return self._seen[cell]
        except KeyError:
            code = self._read(cell)
        if len(self._seen) < _REMEMBERED:
            self._seen[cell] = code
        return code

    def _read(self, cell: str) -> str | None:
        value = plain(cell)
        if not value:
            return self._default
        if (code := self._codes.get(value, self._otherwise)) is not None:
            return code
        if value.startswith(_FORMULA):
            raise CellError(self.column, "there is a formula instead of a value")
        raise CellError(self.column, "the mapping does not say what this value means")


def length_reader(length: Length | None, layout: Layout, decimal: str) -> Callable[[Cells], int | None]:
    if length is None:
        return nothing
    place, column, unit = layout.columns[length.column], length.column, length.unit

    def read(cells: Cells) -> int | None:
        text = cells[place].strip()
        if not text:
            return None
        seconds = _clock(text) if unit == "clock" else _seconds(text, decimal, 60 if unit == "minutes" else 1)
        if seconds is None or not 0 <= seconds <= _LONGEST_CALL_S:
            raise CellError(column, "that is not how long a call can be")
        return seconds

    return read


def _clock(text: str) -> int | None:
    if (found := _CLOCK.fullmatch(text)) is None or int(found[3]) > 59 or (found[1] and int(found[2]) > 59):
        return None
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])


def _seconds(text: str, decimal: str, factor: int) -> int | None:
    if (decimal == "," and "." in text) or (decimal == "." and "," in text):
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return round(number * factor) if abs(number) <= _LONGEST_CALL_S else None


def number_reader(column: str, layout: Layout) -> Callable[[Cells], int | None]:
    place = layout.columns[column]

    def read(cells: Cells) -> int | None:
        text = cells[place].strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= _MOST_PERSONS and len(text) < 4):
            raise CellError(column, f"that is not a number of persons, from 1 to {_MOST_PERSONS}")
        return int(text)

    return read
