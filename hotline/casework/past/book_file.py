"""A call book as a file: its header, and its lines with their numbers; broken ones are told and stepped over."""

import csv
import io
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hotline.casework.past.book_map import CallMap
from hotline.casework.past.described import PastFileError
from hotline.casework.past.encodings import LIKELY, encoding_of

LONGEST_LINE = 100_000  # letters
_MOST_LINES = 50  # of one record, with line breaks inside quotes
_ANY_SEPARATOR = ",;\t|"
_UNDECODABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is not taken, with the name of the column where it is one cell's fault. Never what stands there."""

    line: int
    reason: str
    column: str | None = None


class Record(NamedTuple):  # of a million lines a million are made
    """One line of the book, as many cells as the header has."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Layout:
    """How a file is to be read. `columns`: the place of each column that the mapping names."""

    encoding: str
    separator: str
    header: Sequence[str]
    columns: Mapping[str, int]


def plain(text: str) -> str:
    """A text as it is compared: composed letters, single blanks, no capitals."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def layout_of(file: Path, call_map: CallMap, said_encoding: str | None = None) -> Layout:
    """How to read a file. Raises PastFileError for a wrong encoding or separator, a missing or a double column."""
    encoding = encoding_of(file, said_encoding or call_map.encoding)
    line, given = _header_line(file, encoding)
    if not line:
        raise PastFileError(f"{file.name} is empty.")
    wanted = [name for names in call_map.columns.named.values() for name in names]
    headers = {separator: _split(line, separator) for separator in given or call_map.separators}
    separator = min(headers, key=lambda one: (len(_missing(headers[one], wanted)), -len(headers[one])))
    header = headers[separator]
    if missing := _missing(header, wanted):
        helps = _other_encoding(file, encoding, separator, wanted) or _other_separator(line, separator, wanted)
        raise PastFileError(f"{file.name} has no column {missing[0]!r}. {helps or _there(line, separator)}")
    places = [plain(name) for name in header]
    if double := next((name for name in wanted if places.count(plain(name)) > 1), None):
        raise PastFileError(f"{file.name} has the column {double!r} more than once; rename one of them.")
    return Layout(encoding, separator, header, {name: places.index(plain(name)) for name in wanted})


def _header_line(file: Path, encoding: str) -> tuple[str, str]:
    """The first line with something in it, and the separator that a line `sep=;` before it names."""
    given = ""
    with file.open(encoding=encoding, errors="replace", newline=None) as stream:
        while line := stream.readline(LONGEST_LINE):
            if sep := re.fullmatch(r"sep=([,;\t|])", line.strip("\n\r ")):
                given = sep[1]
            elif line.strip():
                return line.rstrip("\n"), given
    return "", given


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator))


def _missing(header: Sequence[str], wanted: Sequence[str]) -> list[str]:
    there = {plain(name) for name in header}
    return [name for name in wanted if plain(name) not in there]


def _other_encoding(file: Path, encoding: str, separator: str, wanted: Sequence[str]) -> str:
    for other in LIKELY:
        line, _ = _header_line(file, other)
        if other != encoding and line and not _missing(_split(line, separator), wanted):
            return f"Read as {other} it has all of them: say `encoding: {other}`."
    return ""


def _other_separator(line: str, separator: str, wanted: Sequence[str]) -> str:
    for other in _ANY_SEPARATOR:
        if other != separator and not _missing(_split(line, other), wanted):
            return f"It has all of them where cells are separated by {other!r}: set `separator`."
    return ""


def _there(line: str, separator: str) -> str:
    """The names in the header; of the file nothing else is ever told."""
    names = ", ".join(repr(name.strip()) for name in _split(line, separator)[:30])
    return f"Separated by {separator!r} it has: {names}."


@contextmanager
def records(file: Path, layout: Layout) -> Iterator[tuple[Iterator[Record | Rejected], Callable[[], int]]]:
    """The lines after the header, and how many bytes have been read so far."""
    with file.open("rb") as raw:
        stream = io.TextIOWrapper(raw, encoding=layout.encoding, errors="replace", newline=None)
        yield _records(stream, layout), raw.tell
        stream.detach()


def _records(stream: io.TextIOBase, layout: Layout) -> Iterator[Record | Rejected]:
    lines = _Lines(stream)
    width, separator = len(layout.header), layout.separator
    header_seen = False
    for number, line in lines:
        if not header_seen:
            header_seen = bool(line.strip()) and not line.startswith("sep=")
            continue
        found = _record(number, line, separator, lines)
        if isinstance(found, Rejected):
            yield found
        elif "".join(found).strip():
            yield _fitting(number, found, width)


def _record(number: int, line: str, separator: str, lines: "_Lines") -> list[str] | Rejected:
    if fault := _fault(line):
        return Rejected(number, fault)
    if '"' not in line:
        return line.rstrip("\n").split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error:
        pass
    if line.count('"') % 2 and (cells := lines.go_on(line, separator)):
        return cells
    return Rejected(number, "a quotation mark is opened and not closed, or stands inside a cell")


def _fault(line: str) -> str | None:
    if "\0" in line:
        return "there is a NUL in the line"
    if _UNDECODABLE in line:
        return "there are letters in the line that are not of this encoding"
    if len(line) >= LONGEST_LINE:
        return "the line is far too long"
    return None


def _fitting(number: int, cells: list[str], width: int) -> Record | Rejected:
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]  # a spreadsheet's empty columns
    if len(cells) != width:
        return Rejected(number, f"the line has {len(cells)} cells, the header {width}")
    return Record(number, cells)


class _Lines:
    """The lines of a file with their numbers. Lines that were looked at ahead in vain come again."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream, self._number = stream, 0
        self._ahead: deque[str] = deque()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while line := self._next():
            yield self._number, line

    def go_on(self, begun: str, separator: str) -> list[str] | None:
        """The cells of a record that was begun in one line and ends in a later one; None where it does not."""
        looked_at: list[str] = []
        whole, number = begun, self._number
        while len(looked_at) < _MOST_LINES and len(whole) < LONGEST_LINE and (line := self._next()):
            looked_at.append(line)
            whole += line
            if whole.count('"') % 2 == 0:
                if _fault(whole):
                    break
                try:
                    return next(csv.reader(io.StringIO(whole), delimiter=separator, strict=True))
                except csv.Error:
                    break
        self._ahead.extendleft(reversed(looked_at))
        self._number = number
        return None

    def _next(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._read()
        self._number += bool(line)
        return line

    def _read(self) -> str:
        line = self._stream.readline(LONGEST_LINE)
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith("\n"):
            rest = self._stream.readline(LONGEST_LINE)  # of a line that is rejected anyway
        return line
