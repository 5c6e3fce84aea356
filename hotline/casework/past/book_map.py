"""The mapping file of a call book: which column is what, and what its values mean.

Only what is named here is read. There is no place for numbers, names or contents, so none can be taken in."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from hotline.casework.past.described import Strict
from hotline.casework.statistics.figures import KINDS, UNKNOWN
from ivr_flows.taxonomy import load_taxonomy

EXCEL = "excel"
"""The format of a date that a spreadsheet keeps as a number: days since 1899-12-30."""
AUTO = "auto"
HUNG_UP = "hung_up"
VOICE, TEXT, ELSEWHERE = "voice", "text", "elsewhere"
CHANNELS = (VOICE, TEXT, ELSEWHERE)
PRIVACY = ("anonymous", "confidential", "call_back")
STATUSES = ("VERIFIED", "FILED", "TRANSFERRED", "CLOSED")
"""How far the work on a report of a book may have come; what was left open there is CLOSED or has no status."""
_SEPARATORS = ",;\t|"
_LONG_AGO = date(1990, 1, 1)
_Column = Annotated[str, Field(min_length=1, max_length=200)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as Asia/Ho_Chi_Minh") from None
    return name


def _format(text: str) -> str:
    if text == EXCEL:
        return text
    probe = datetime(2021, 11, 23, 19, 47, 38)  # noqa: DTZ001 - a time on the wall, only to try the format
    try:
        read = datetime.strptime(probe.strftime(text), text)  # noqa: DTZ007 - the zone stands beside it
    except ValueError:
        raise ValueError(f"{text!r} is not a format such as '%d.%m.%Y %H:%M' or 'excel'") from None
    if read.date() != probe.date():
        raise ValueError(f"{text!r} does not name day, month and year")
    return text


def _format_with_time(text: str) -> str:
    if text != EXCEL and not any(hour in _format(text) for hour in ("%H", "%I", "%X", "%c", "%T", "%R")):
        raise ValueError(f"{text!r} names no hour, and calls are counted by the hour: add %H:%M")
    return text


class Moment(Strict):
    """When something was: one column, or several that are read as one text with blanks between them."""

    column: _Column | tuple[_Column, ...]
    formats: Annotated[tuple[Annotated[str, AfterValidator(_format)], ...], Field(min_length=1)]

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if isinstance(self.column, str) else self.column


class Start(Moment):
    """When a call began. Without `zone`, on the unit's own clock."""

    formats: Annotated[tuple[Annotated[str, AfterValidator(_format_with_time)], ...], Field(min_length=1)]
    zone: Annotated[str, AfterValidator(_zone)] | None = None


class Coded(Strict):
    """A column whose values stand for codes. Capital letters and blanks make no difference.

    `default`: for an empty cell, or for every call where no column is named. `otherwise`: for a value that is not
    listed; without it such a line is rejected."""

    column: _Column | None = None
    values: Mapping[str, str] = Field(default_factory=dict)
    default: str | None = None
    otherwise: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column else ()

    @property
    def codes(self) -> Iterable[str]:
        return (code for code in (*self.values.values(), self.default, self.otherwise) if code is not None)


class Length(Strict):
    """How long a call was: seconds, minutes, or as a clock shows it (3:07, 1:02:59)."""

    column: _Column
    unit: Literal["seconds", "minutes", "clock"] = "seconds"


class Number(Strict):
    """A column of whole numbers."""

    column: _Column


class Serial(Strict):
    """The running number of the lines of a book, by which a line is known again. It is digested, never kept."""

    column: _Column
    restarts: Literal["yearly", "never"] = "yearly"


_KNOWN_CODES: Mapping[str, Iterable[str]] = {
    "kind": (*KINDS, HUNG_UP),
    "category": tuple(load_taxonomy().codes),
    "channel": CHANNELS,
    "privacy": PRIVACY,
    "status": STATUSES,
    "outcome": tuple(load_taxonomy().outcomes),
    "measure": tuple(load_taxonomy().measures),
}


class Columns(Strict):
    """What is taken from a line. Of a report, also how far it came, how it ended, and the persons concerned."""

    started_at: Start
    serial: Serial | None = None
    kind: Coded | None = None
    category: Coded | None = None
    place: Coded | None = None
    language: Coded | None = None
    channel: Coded | None = None
    privacy: Coded | None = None
    duration: Length | None = None
    status: Coded | None = None
    settled_on: Moment | None = None
    outcome: Coded | None = None
    measure: Coded | None = None
    persons: Number | None = None

    @field_validator(*_KNOWN_CODES)
    @classmethod
    def _codes_are_known(cls, coded: Coded | None, info: ValidationInfo) -> Coded | None:
        known = tuple(_KNOWN_CODES[info.field_name or ""])
        for code in coded.codes if coded else ():
            if code not in known:
                raise ValueError(f"{code!r} is none of {', '.join(known)}")
        return coded

    @field_validator("language")
    @classmethod
    def _languages_are_codes(cls, coded: Coded | None) -> Coded | None:
        for code in coded.codes if coded else ():
            if code != UNKNOWN and not (code.isascii() and code.isalpha() and 2 <= len(code) <= 3):
                raise ValueError(f"{code!r} is not the code of a language, such as vi")
        return coded

    @model_validator(mode="after")
    def _says_what_calls_were(self) -> Self:
        if self.kind is None and self.category is None:
            raise ValueError("kind: name its column, or a `default`, or map `category`")
        if self.persons is not None and self.measure is None:
            raise ValueError("persons: is of no use without `measure`")
        return self

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """The columns of the file that are read, by field."""
        found = {}
        for name in type(self).model_fields:
            part = getattr(self, name)
            if isinstance(part, Moment | Coded):
                found[name] = part.columns
            elif part is not None:
                found[name] = (part.column,)
        return {name: columns for name, columns in found.items() if columns}


class CallMap(Strict):
    """The mapping file as a whole. `book` is the book's name: a line belongs to it, whichever file it comes in.

    `since`: earlier lines are slips. `until`: the first day that is no longer the book's. Lines from when the line's
    own log has begun are rejected, as they would count twice; `beside_the_log` says that they are other calls."""

    book: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$")]
    unit: str | None = None
    line: str | None = None
    encoding: str = AUTO
    separator: Literal["auto", ",", ";", "\t", "|", "tab"] = "auto"
    decimal: Literal[".", ","] = "."
    since: date = _LONG_AGO
    until: date | None = None
    beside_the_log: bool = False
    columns: Columns

    @property
    def separators(self) -> str:
        """Those that may be it."""
        return _SEPARATORS if self.separator == AUTO else self.separator.replace("tab", "\t")
