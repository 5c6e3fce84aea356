"""The calls of an old call book as rows: ended, of a carrier of their own, so that no job takes them for live ones."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from hotline.casework.once import insert_once
from hotline.casework.past.book_map import TEXT
from hotline.casework.past.book_reports import Whose, write_reports
from hotline.casework.past.book_rows import BookCall
from storage.prepared import Prepared
from storage.tables import calls, flow_versions, report_calls, texts

BOOK = "book"
"""The carrier of what came out of a book. No worker asks it for anything."""
IMPORTED = "imported"
_NO_FLOW = "{}"
NO_FLOW_HASH = hashlib.sha256(_NO_FLOW.encode()).hexdigest()
"""The version of the flow that calls of a book went through: none, and so an empty one."""


@dataclass(frozen=True, slots=True)
class Named:
    """A call of a book with the name by which it is known again."""

    name: str
    call: BookCall


_TOLD_BY_THE_LINE = (
    *("key", "unit_id", "line_id", "language", "chose", "reported", "emergency", "kind", "category", "outcome"),
    *("privacy", "started_at", "ended_at", "duration_s"),
)
_KEEP_CALL = Prepared(
    insert(calls).values(
        {
            **{name: bindparam(name) for name in _TOLD_BY_THE_LINE},
            "carrier": BOOK,
            "carrier_call_id": bindparam("key"),
            "flow_hash": NO_FLOW_HASH,
            "visit": 0,
            "node": "",
            "withheld": False,
            "carrier_sequence": -1,
            "suspect": IMPORTED,
        }
    )
)


_LINK = Prepared(insert(report_calls).values({name: bindparam(name) for name in ("report_id", "call_id", "role")}))


def known(connection: Connection, names: Sequence[str]) -> set[str]:
    """Those of these names that have been taken in already."""
    of_calls = select(calls.c.carrier_call_id).where(calls.c.carrier == BOOK, calls.c.carrier_call_id.in_(names))
    of_texts = select(texts.c.carrier_message_id).where(texts.c.carrier == BOOK, texts.c.carrier_message_id.in_(names))
    return {*connection.scalars(of_calls), *connection.scalars(of_texts)}


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
    spoken = [one for one in fresh if one.call.channel != TEXT]
    if spoken:
        _KEEP_CALL.many(connection, (_call(whose, one) for one in spoken))
        _link(connection, reports_by_name, [one.name for one in spoken if one.name in reports_by_name])
    written = [one for one in fresh if one.call.channel == TEXT]
    if written:
        connection.execute(insert(texts), [_text(whose, one, reports_by_name.get(one.name)) for one in written])


def _link(connection: Connection, reports_by_name: dict[str, int], names: Sequence[str]) -> None:
    if not names:
        return
    query = select(calls.c.id, calls.c.carrier_call_id).where(
        calls.c.carrier == BOOK, calls.c.carrier_call_id.in_(names)
    )
    rows = [
        {"report_id": reports_by_name[name], "call_id": call_id, "role": "first"}
        for call_id, name in connection.execute(query)
    ]
    _LINK.many(connection, rows)


def _call(whose: Whose, one: Named) -> dict[str, Any]:
    call = one.call
    return {
        "key": one.name,
        "unit_id": whose.unit_id,
        "line_id": whose.line_id,
        "language": call.language,
        "chose": call.kind is not None,
        "reported": call.kind == "report",
        "emergency": call.kind == "emergency",
        "kind": call.kind or "other",
        "category": call.category,
        "outcome": None if call.kind else "hung_up",
        "privacy": call.privacy,
        "started_at": call.started_at,
        "ended_at": call.started_at + timedelta(seconds=call.duration_s or 0),
        "duration_s": call.duration_s,
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
