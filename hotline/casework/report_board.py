"""The board of reports: what is open first and of that the most urgent, the newest of each on top."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, tuple_

from hotline.casework.call_log import REPORTS, Filter, ReportRow, narrowed, of_units, report_rows
from hotline.casework.transitions import SETTLED
from ivr_flows.taxonomy import load_taxonomy
from storage.tables import reports

_Place = Row[int, datetime, str, datetime | None]
_PLACE = (reports.c.received_at, reports.c.id)


def board(connection: Connection, unit_ids: Collection[int], wanted: Filter) -> list[ReportRow]:
    """One page of the board of these units; `before` is the last report of the page before. Raises MonthError.

    One shelf after the other is looked at, so that a page costs the same however many reports were ever settled."""
    query = _wanted(connection, unit_ids, wanted)
    last = _last_seen(connection, wanted.before)
    first = 0 if last is None else _shelf_of(last)
    found: list[ReportRow] = []
    for number, shelf in enumerate(_shelves()[first:], start=first):
        if (room := wanted.limit - len(found)) <= 0:
            break
        if wanted.status is not None and (number == len(_urgencies()) + 1) != (wanted.status in SETTLED):
            continue  # nothing of that status lies there
        on_it = query.where(shelf)
        if last is not None and number == first:
            on_it = on_it.where(tuple_(*_PLACE) < tuple_(last.received_at, last.id))
        found += report_rows(connection, on_it.order_by(*(column.desc() for column in _PLACE)).limit(room))
    return found


def _shelves() -> list[ColumnElement[bool]]:
    """Open reports by urgency, those of an urgency we do not know, and what is settled."""
    is_open, urgencies = reports.c.settled_at.is_(None), _urgencies()
    return [
        *(is_open & (reports.c.urgency == urgency) for urgency in urgencies),
        is_open & reports.c.urgency.not_in(urgencies),
        reports.c.settled_at.is_not(None),
    ]


def _shelf_of(row: _Place) -> int:
    urgencies = _urgencies()
    if row.settled_at is not None:
        return len(urgencies) + 1
    return urgencies.index(row.urgency) if row.urgency in urgencies else len(urgencies)


def _urgencies() -> list[str]:
    known = load_taxonomy().urgencies
    return sorted(known, key=lambda code: -known[code].rank)


def _wanted(connection: Connection, unit_ids: Collection[int], wanted: Filter) -> Select[Any]:
    query = of_units(REPORTS, reports.c.unit_id, unit_ids)
    return narrowed(connection, query, wanted, reports, reports.c.received_at, unit_ids)


def _last_seen(connection: Connection, report_id: int | None) -> _Place | None:
    if report_id is None:
        return None
    place = select(reports.c.id, reports.c.received_at, reports.c.urgency, reports.c.settled_at)
    return connection.execute(place.where(reports.c.id == report_id)).first()
