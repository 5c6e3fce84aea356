"""Reports as frozen rows for lists, pages and programs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, distinct, func, select

from hotline.casework.call_log_filters import Filter, newest, of_units, seen_units
from hotline.casework.call_log_rows import batches, iso, local
from hotline.casework.people import OfficerRow
from hotline.errors import NotFoundError
from storage.tables import measures, officers, places, report_calls, reports, units


@dataclass(frozen=True)
class ReportRow:
    """One report, its times in the time zone of its unit. `measures`: each with the number of persons."""

    reference: str
    kind: str
    category: str | None
    urgency: str
    status: str
    outcome: str | None
    locality: str | None
    privacy: str | None
    received_at: datetime
    acknowledged_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    calls: tuple[int, ...]
    assigned_to: str | None
    id: int
    channel: str
    happening_now: bool | None
    incomplete: bool
    interpreter: bool
    acknowledge_by: datetime | None
    settled_at: datetime | None
    measures: tuple[tuple[str, int], ...]
    unit: str = ""  # its code

    def to_json(self) -> dict[str, Any]:
        return {
            "reference": self.reference,
            "kind": self.kind,
            "category": self.category,
            "urgency": self.urgency,
            "status": self.status,
            "outcome": self.outcome,
            "locality": self.locality,
            "privacy": self.privacy,
            "received_at": self.received_at.isoformat(),
            "acknowledged_at": iso(self.acknowledged_at),
            "due_at": iso(self.due_at),
            "closed_at": iso(self.closed_at),
            "calls": list(self.calls),
            "assigned_to": self.assigned_to,
            "measures": [{"measure": measure, "persons": persons} for measure, persons in self.measures],
            "unit": self.unit,
        }


def newest_reports(connection: Connection, unit_ids: Collection[int] | None, wanted: Filter) -> list[ReportRow]:
    """Reports of these units (None: of all), the newest first. Raises MonthError."""
    query = of_units(REPORTS, reports.c.unit_id, unit_ids)
    query = newest(connection, query, wanted, reports, reports.c.received_at, unit_ids)
    return report_rows(connection, query)


def one_report(connection: Connection, officer: OfficerRow, reference: str) -> ReportRow:
    """A report of the officer's own unit. Raises NotFoundError, also where it is another unit's."""
    query = of_units(REPORTS, reports.c.unit_id, seen_units(officer))
    # A name with a NUL in it would be an error of PostgreSQL's rather than nobody's name.
    found = report_rows(connection, query.where(reports.c.reference == reference)) if reference.isprintable() else []
    if not found:
        raise NotFoundError
    return found[0]


REPORTS: Select[Any] = (
    select(reports, places.c.name.label("locality"), officers.c.login.label("officer"))
    .add_columns(units.c.timezone, units.c.code.label("unit"))
    .join(units, units.c.id == reports.c.unit_id)
    .outerjoin(places, places.c.id == reports.c.place_id)
    .outerjoin(officers, officers.c.id == reports.c.assigned_to)
)


def report_rows(connection: Connection, query: Select[Any]) -> list[ReportRow]:
    """The reports of a query that starts from REPORTS."""
    rows = connection.execute(query).all()
    return [row for some in batches(rows) for row in _report_batch(connection, some)]


def _report_batch(connection: Connection, rows: Sequence[Row[Any]]) -> list[ReportRow]:
    ids = [row.id for row in rows]
    made_by, measured = _calls_of(connection, ids), _measures_of(connection, ids)
    return [_report_row(row, made_by.get(row.id, ()), measured.get(row.id, ())) for row in rows]


def _report_row(row: Row[Any], call_ids: Iterable[int], measured: Iterable[tuple[str, int]]) -> ReportRow:
    zone = ZoneInfo(row.timezone)
    return ReportRow(
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        category=row.category,
        urgency=row.urgency,
        status=row.status,
        outcome=row.outcome,
        locality=row.locality,
        privacy=row.privacy,
        received_at=row.received_at.astimezone(zone),
        acknowledged_at=local(row.acknowledged_at, zone),
        due_at=local(row.due_at, zone),
        closed_at=local(row.closed_at, zone),
        calls=tuple(call_ids),
        assigned_to=row.officer,
        channel=row.channel,
        happening_now=row.happening_now,
        incomplete=row.incomplete,
        interpreter=row.interpreter,
        acknowledge_by=local(row.acknowledge_by, zone),
        settled_at=local(row.settled_at, zone),
        measures=tuple(measured),
        unit=row.unit,
    )


def _calls_of(connection: Connection, report_ids: Sequence[int]) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    query = (
        select(report_calls.c.report_id, report_calls.c.call_id)
        .where(report_calls.c.report_id.in_(report_ids))
        .order_by(report_calls.c.call_id)
    )
    for report_id, call_id in connection.execute(query):
        found[report_id].append(call_id)
    return found


def _measures_of(connection: Connection, report_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """How many persons each measure of these reports covers."""
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    query = (
        select(measures.c.report_id, measures.c.measure, func.count(distinct(measures.c.person_id)))
        .where(measures.c.report_id.in_(report_ids))
        .group_by(measures.c.report_id, measures.c.measure)
        .order_by(measures.c.report_id, measures.c.measure)
    )
    for report_id, measure, persons in connection.execute(query):
        found[report_id].append((measure, persons))
    return found
