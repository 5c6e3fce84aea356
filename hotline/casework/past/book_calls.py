"""The calls of an old call book as rows: ended, of a carrier of their own, so that no job takes them for live ones."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from hotline.casework.among import among
from hotline.casework.once import insert_once
from hotline.casework.past.book_map import TEXT
from hotline.casework.past.book_reports import Whose, named, write_reports
from hotline.casework.past.book_rows import BookCall
from storage.identifiers import reserve_ids
from storage.prepared import Prepared
from storage.tables import calls, flow_versions, report_calls, texts

BOOK = "book"
"""The carrier of what came out of a book. No worker asks it for anything."""
IMPORTED = "imported"
_NO_FLOW = "{}"
NO_FLOW_HASH = hashlib.sha256(_NO_FLOW.encode()).hexdigest()
"""The version of the flow that calls of a book went through: none, and so an empty one."""


class Named(NamedTuple):  # of a million lines a million are made
    """A call of a book with the name by which it is known again."""

    name: str
    call: BookCall


_KEEP_CALL = Prepared(
    insert(calls).values(
        {
            **named("id", "key", "carrier_call_id", "unit_id", "line_id", "language", "chose", "reported", "emergency"),
            **named("kind", "category", "outcome", "privacy", "started_at", "ended_at", "duration_s"),
            "carrier": BOOK,
            "flow_hash": NO_FLOW_HASH,
            "visit": 0,
            "node": "",
            "withheld": False,
            "carrier_sequence": -1,
            "suspect": IMPORTED,
        }
    )
)
_LINK = Prepared(insert(report_calls).values({**named("report_id", "call_id"), "role": "first"}))


_KNOWN_BY = (
    (calls, calls.c.carrier_call_id, calls.c.started_at),
    (texts, texts.c.carrier_message_id, texts.c.received_at),
)


def known(connection: Connection, names: Sequence[str]) -> dict[str, datetime]:
    """Those of these names that have been taken in already, and of when each is."""
    found: dict[str, datetime] = {}
    for table, name, at in _KNOWN_BY:
        query = select(name, at).where(table.c.carrier == BOOK, among(connection, name, names))
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def write(connection: Connection, whose: Whose, fresh: Sequence[Named], now: datetime) -> None:
    """Write these calls and texts with their reports."""
    insert_once(
        connection,
        flow_versions,
        {"hash": NO_FLOW_HASH, "flow_id": BOOK, "definition": _NO_FLOW, "published_at": now},
    )
    made = [one for one in fresh if one.call.makes_a_report]
    ids = write_reports(connection, whose, [one.call for one in made], now)
    reports_by_name = {one.name: report_id for one, report_id in zip(made, ids, strict=True)}
    if spoken := [one for one in fresh if one.call.channel != TEXT]:
        _write_calls(connection, whose, spoken, reports_by_name)
    if written := [one for one in fresh if one.call.channel == TEXT]:
        connection.execute(insert(texts), [_text(whose, one, reports_by_name.get(one.name)) for one in written])


def _write_calls(
    connection: Connection, whose: Whose, spoken: Sequence[Named], reports_by_name: Mapping[str, int]
) -> None:
    names, ids = [one.name for one in spoken], reserve_ids(connection, calls, len(spoken))
    columns = _columns(whose, [one.call for one in spoken])
    _KEEP_CALL.many(connection, {"id": ids, "key": names, "carrier_call_id": names, **columns})
    linked = [
        (reports_by_name[name], call_id) for name, call_id in zip(names, ids, strict=True) if name in reports_by_name
    ]
    of_reports, of_calls = [report_id for report_id, _ in linked], [call_id for _, call_id in linked]
    _LINK.many(connection, {"report_id": of_reports, "call_id": of_calls})


def _columns(whose: Whose, spoken: Sequence[BookCall]) -> dict[str, Iterable[Any]]:
    kinds = [call.kind for call in spoken]
    return {
        "unit_id": repeat(whose.unit_id),
        "line_id": repeat(whose.line_id),
        "language": [call.language for call in spoken],
        "chose": [kind is not None for kind in kinds],
        "reported": [kind == "report" for kind in kinds],
        "emergency": [kind == "emergency" for kind in kinds],
        "kind": [kind or "other" for kind in kinds],
        "category": [call.category for call in spoken],
        "outcome": [None if kind else "hung_up" for kind in kinds],
        "privacy": [call.privacy for call in spoken],
        "started_at": [call.started_at for call in spoken],
        "ended_at": [call.started_at + timedelta(seconds=call.duration_s or 0) for call in spoken],
        "duration_s": [call.duration_s for call in spoken],
    }


def _text(whose: Whose, one: Named, report_id: int | None) -> dict[str, Any]:
    return {
        "carrier": BOOK,
        "carrier_message_id": one.name,
        "unit_id": whose.unit_id,
        "line_id": whose.line_id,
        "report_id": report_id,
        "received_at": one.call.started_at,
    }
