"""What a list is narrowed to, read from the address; anything else in the address is ignored."""

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any, Protocol

from flask import request, url_for

from hotline.casework.call_log import Filter, is_month
from hotline.console.languages import page_language
from ivr_flows.taxonomy import load_taxonomy

ROWS_A_PAGE = 50
ROWS_OF_BOARD = 25  # a page of it stays light on a weak mobile connection


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


def asked_for(kinds: Container[str]) -> Filter:
    """The filter in the address; values that mean nothing count as not given."""
    kind, category, month = (request.args.get(name, "") for name in ("kind", "category", "month"))
    before = request.args.get("before", "")
    return Filter(
        kind=kind if kind in kinds else None,
        category=category if category in load_taxonomy().codes else None,
        month=month if is_month(month) else None,
        limit=ROWS_A_PAGE,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
    )


def board_asked_for(kinds: Container[str], officer_id: int) -> Filter:
    """The filter of the board: a status, and only what is one's own, besides what `asked_for` reads."""
    status, mine = request.args.get("status", ""), request.args.get("mine", "")
    return replace(
        asked_for(kinds),
        limit=ROWS_OF_BOARD,
        status=status if status in load_taxonomy().statuses else None,
        assigned_to=officer_id if mine else None,
    )


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
    kept: dict[str, Any] = {"kind": wanted.kind, "category": wanted.category, "month": wanted.month}
    return url_for(request.endpoint or "", before=rows[-1].id, **kept)
