"""What a list is narrowed to, read from the address; what means nothing there counts as not given.

Only the search field answers for what it cannot read, because a person typed it."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from flask import request, url_for

from hotline.casework.call_log import Filter
from hotline.casework.months import is_month
from hotline.console.languages import page_language
from ivr_flows.taxonomy import load_taxonomy

ROWS_A_PAGE = 50
ROWS_OF_BOARD = 25  # a page of it stays light on a weak mobile connection
_LARGEST_ROW = 2**31 - 1
_KEPT = ("q", "kind", "category", "month", "status", "mine", "outcome", "language", "place", "officer")
_REFERENCE = re.compile(r"\s*(?:r\s*-?\s*)?(\d{4})\s*[-/]\s*(\d{1,8})\s*", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})\s*", re.ASCII)
_ISO_DAY = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", re.ASCII)


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Choices:
    """What a list may be narrowed to, beside kind and category: codes or ids with their words, by name."""

    outcomes: Mapping[str, str]
    languages: Mapping[str, str]
    places: Mapping[int, str]
    officers: Mapping[int, str]
    statuses: Mapping[str, str]


@dataclass(frozen=True)
class Search:
    """What was typed into the search field: a report's reference or a day. `odd`: it is neither."""

    typed: str = ""
    reference: str | None = None
    day: date | None = None

    @property
    def odd(self) -> bool:
        return bool(self.typed.strip()) and self.reference is None and self.day is None


def search() -> Search:
    """The search field of this request."""
    typed = request.args.get("q", "")[:60]
    return Search(typed, _reference(typed), _day(typed))


def _reference(typed: str) -> str | None:
    """A reference however it is typed: R-2026-0042, r2026-42, 2026/42."""
    found = _REFERENCE.fullmatch(typed)
    return f"R-{found[1]}-{int(found[2]):04d}" if found else None


def _day(typed: str) -> date | None:
    """A day as it is written here, 14/11/2026 or 14.11.2026, or as programs do, 2026-11-14."""
    if found := _ISO_DAY.fullmatch(typed):
        year, month, day = found.groups()
    elif found := _DAY.fullmatch(typed):
        day, month, year = found.groups()
    else:
        return None
    try:
        # Beyond these years calendars of other zones have no such day.
        return date(int(year), int(month), int(day)) if 1900 <= int(year) < 2200 else None
    except ValueError:
        return None


def asked_for(kinds: Container[str], choices: Choices) -> Filter:
    """The filter of the call log in the address."""
    found = search()
    return Filter(
        kind=_one_of(kinds, "kind"),
        category=_one_of(load_taxonomy().codes, "category"),
        month=month if is_month(month := request.args.get("month", "")) else None,
        limit=ROWS_A_PAGE,
        before=row_number(request.args.get("before", "")),
        outcome=_one_of(choices.outcomes, "outcome"),
        language=_one_of(choices.languages, "language"),
        spoke_with=_id_of(choices.officers, "officer"),
        reference=found.reference,
        day=found.day,
    )


def board_asked_for(kinds: Container[str], choices: Choices, officer_id: int) -> Filter:
    """The filter of the reports: a status and whose they are, besides what `asked_for` reads."""
    mine = request.args.get("mine", "")
    return replace(
        asked_for(kinds, choices),
        limit=ROWS_OF_BOARD,
        status=_one_of(choices.statuses, "status"),
        place_id=_id_of(choices.places, "place"),
        assigned_to=officer_id if mine else _id_of(choices.officers, "officer"),
        spoke_with=None,
    )


def is_narrowed(wanted: Filter) -> bool:
    """Whether a list without rows would have some without this filter."""
    return replace(wanted, limit=0) != Filter(limit=0)


def row_number(typed: str) -> int | None:
    """The number of a row in an address; None for what cannot be one."""
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else None
    return number if number is not None and number <= _LARGEST_ROW else None


def _one_of(known: Container[str], name: str) -> str | None:
    value = request.args.get(name, "")
    return value if value in known else None


def _id_of(known: Mapping[int, str], name: str) -> int | None:
    value = row_number(request.args.get(name, ""))
    return value if value in known else None


def category_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Codes and names of all categories in the reader's language, under the names of their kinds."""
    taxonomy, language = load_taxonomy(), page_language()
    return [
        (names[language], [(code.code, code.names[language]) for code in taxonomy.of_kind(kind)])
        for kind, names in taxonomy.kinds.items()
    ]


def next_page(rows: Sequence[Numbered], wanted: Filter) -> str | None:
    """The address of the rows before these; None where these are the last."""
    if len(rows) < wanted.limit:
        return None
    kept = {name: value for name in _KEPT if (value := request.args.get(name))}
    return url_for(request.endpoint or "", before=rows[-1].id, **kept)  # type: ignore[arg-type]
