"""The log of calls and reports, as frozen rows for pages and programs; never a caller's number."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, distinct, false, func, or_, select, tuple_

from hotline.casework.people import OfficerRow
from hotline.errors import AccessRefusedError, HotlineError, NotFoundError
from storage.tables import (
    calls,
    flow_versions,
    lines,
    measures,
    officers,
    places,
    recordings,
    report_calls,
    reports,
    steps,
    texts,
    units,
)

ROLES_THAT_SEE_CALLS = frozenset({"duty", "officer", "deputy", "chief"})
_ROWS_AT_ONCE = 1000
_MONTH = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")


class MonthError(HotlineError):
    """A month is written as 2026-11."""


@dataclass(frozen=True)
class RecordingRow:
    """A recording of a call: `sha256` and `bytes` are of the sealed file, once it is kept."""

    id: int
    status: str
    duration_s: int | None
    sha256: str | None
    bytes: int | None
    suspect: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "duration_s": self.duration_s,
            "sha256": self.sha256,
            "bytes": self.bytes,
        }


@dataclass(frozen=True)
class CallRow:
    """One call, its times in the time zone of its unit. `line` is the hotline's own, printed number."""

    id: int
    carrier_call_id: str
    line: str
    started_at: datetime
    ended_at: datetime | None
    duration_s: int | None
    language: str
    kind: str | None
    category: str | None
    outcome: str | None
    privacy: str | None
    flow: str
    flow_version: str
    steps: int
    hung_up_at: str | None
    recordings: tuple[RecordingRow, ...]
    report: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "carrier_call_id": self.carrier_call_id,
            "line": self.line,
            "started_at": self.started_at.isoformat(),
            "ended_at": _iso(self.ended_at),
            "duration_s": self.duration_s,
            "language": self.language,
            "kind": self.kind,
            "category": self.category,
            "outcome": self.outcome,
            "privacy": self.privacy,
            "flow": self.flow,
            "flow_version": self.flow_version,
            "steps": self.steps,
            "hung_up_at": self.hung_up_at,
            "recordings": [recording.to_json() for recording in self.recordings],
            "report": self.report,
        }


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
            "acknowledged_at": _iso(self.acknowledged_at),
            "due_at": _iso(self.due_at),
            "closed_at": _iso(self.closed_at),
            "calls": list(self.calls),
            "assigned_to": self.assigned_to,
            "measures": [{"measure": measure, "persons": persons} for measure, persons in self.measures],
        }


@dataclass(frozen=True)
class StepRow:
    """One thing the caller heard: at which node of the flow, when, and how many seconds into the call."""

    visit: int
    node: str
    language: str
    at: datetime
    after_s: int


@dataclass(frozen=True)
class CallPage:
    """Everything that is shown of one call."""

    call: CallRow
    steps: tuple[StepRow, ...]
    report: ReportRow | None
    emergency: bool
    withheld: bool
    suspect: str | None
    officer_joined_at: datetime | None


@dataclass(frozen=True)
class ReportPage:
    """Everything that is shown of one report: the calls it came from, the newest last."""

    report: ReportRow
    calls: tuple[CallRow, ...]
    text_id: int | None


@dataclass(frozen=True)
class Filter:
    """Which rows are wanted. `before` is the id of the last row already seen; earlier ones follow.

    `status` and `assigned_to` (an officer's id) are of reports."""

    kind: str | None = None
    category: str | None = None
    month: str | None = None
    limit: int = 50
    before: int | None = None
    status: str | None = None
    assigned_to: int | None = None


def seen_units(officer: OfficerRow) -> frozenset[int]:
    """The units whose calls this officer may see. Higher units and administrators see none."""
    return frozenset({officer.unit_id}) if officer.role in ROLES_THAT_SEE_CALLS else frozenset()


def units_of(officer: OfficerRow) -> frozenset[int]:
    """Like `seen_units`, for pages about calls only. Raises AccessRefusedError where there are none."""
    if units_seen := seen_units(officer):
        return units_seen
    raise AccessRefusedError("This account does not see single calls and reports.")


def newest_calls(connection: Connection, unit_ids: Collection[int] | None, wanted: Filter) -> list[CallRow]:
    """Calls of these units (None: of all), the newest first. Raises MonthError."""
    query = of_units(_CALLS, calls.c.unit_id, unit_ids)
    query = _wanted(connection, query, wanted, calls, calls.c.started_at, unit_ids)
    return _call_rows(connection, query)


def call_page(connection: Connection, officer: OfficerRow, call_id: int) -> CallPage:
    """One call of the officer's own unit. Raises NotFoundError, also where it is another unit's."""
    query = of_units(_CALLS, calls.c.unit_id, seen_units(officer)).where(calls.c.id == call_id)
    rows = connection.execute(query).all()
    if not rows:
        raise NotFoundError
    [call], [row] = _with_parts(connection, rows), rows
    zone = ZoneInfo(row.timezone)
    return CallPage(
        call=call,
        steps=_steps_of(connection, call_id, row.started_at, zone),
        report=_report_of_call(connection, officer, call.report),
        emergency=row.emergency,
        withheld=row.withheld,
        suspect=row.suspect,
        officer_joined_at=_local(row.officer_joined_at, zone),
    )


def newest_reports(connection: Connection, unit_ids: Collection[int] | None, wanted: Filter) -> list[ReportRow]:
    """Reports of these units (None: of all), the newest first. Raises MonthError."""
    query = of_units(REPORTS, reports.c.unit_id, unit_ids)
    query = _wanted(connection, query, wanted, reports, reports.c.received_at, unit_ids)
    return report_rows(connection, query)


def report_page(connection: Connection, officer: OfficerRow, reference: str) -> ReportPage:
    """One report of the officer's own unit. Raises NotFoundError, also where it is another unit's."""
    query = of_units(REPORTS, reports.c.unit_id, seen_units(officer))
    # A name with a NUL in it would be an error of PostgreSQL's rather than nobody's name.
    found = report_rows(connection, query.where(reports.c.reference == reference)) if reference.isprintable() else []
    if not found:
        raise NotFoundError
    [report] = found
    of_report = _CALLS.where(calls.c.id.in_(report.calls)).order_by(calls.c.started_at, calls.c.id)
    return ReportPage(
        report=report,
        calls=tuple(_call_rows(connection, of_report)),
        text_id=connection.scalar(select(texts.c.id).where(texts.c.report_id == report.id)),
    )


_CALLS: Select[Any] = (
    select(
        calls,
        lines.c.number.label("line"),
        flow_versions.c.flow_id.label("flow"),
        units.c.timezone,
    )
    .join(lines, lines.c.id == calls.c.line_id)
    .join(flow_versions, flow_versions.c.hash == calls.c.flow_hash)
    .join(units, units.c.id == calls.c.unit_id)
)
REPORTS: Select[Any] = (
    select(reports, places.c.name.label("locality"), officers.c.login.label("officer"), units.c.timezone)
    .join(units, units.c.id == reports.c.unit_id)
    .outerjoin(places, places.c.id == reports.c.place_id)
    .outerjoin(officers, officers.c.id == reports.c.assigned_to)
)


def of_units(query: Select[Any], column: ColumnElement[int], unit_ids: Collection[int] | None) -> Select[Any]:
    """Only what is of these units; None: of all."""
    return query if unit_ids is None else query.where(column.in_(unit_ids))


def _wanted(
    connection: Connection,
    query: Select[Any],
    wanted: Filter,
    table: Table,
    moment: ColumnElement[datetime],
    unit_ids: Collection[int] | None,
) -> Select[Any]:
    """Narrow to what is wanted, newest first, one page of it."""
    query = narrowed(connection, query, wanted, table, moment, unit_ids)
    if wanted.before is not None:
        last_seen = select(moment).where(table.c.id == wanted.before).correlate(None).scalar_subquery()
        query = query.where(tuple_(moment, table.c.id) < tuple_(last_seen, wanted.before))
    return query.order_by(moment.desc(), table.c.id.desc()).limit(wanted.limit)


def narrowed(
    connection: Connection,
    query: Select[Any],
    wanted: Filter,
    table: Table,
    moment: ColumnElement[datetime],
    unit_ids: Collection[int] | None,
) -> Select[Any]:
    """Narrow to the kind, category and month that are wanted. Raises MonthError."""
    if wanted.kind:
        query = query.where(table.c.kind == wanted.kind)
    if wanted.category:
        query = query.where(table.c.category == wanted.category)
    if wanted.month:
        query = query.where(_in_month(connection, wanted.month, table.c.unit_id, moment, unit_ids))
    return query


def _in_month(
    connection: Connection,
    month: str,
    unit_column: ColumnElement[int],
    moment: ColumnElement[datetime],
    unit_ids: Collection[int] | None,
) -> ColumnElement[bool]:
    """Begun in this month as the calendar on the wall of the unit has it."""
    by_zone: defaultdict[str, list[int]] = defaultdict(list)
    for unit in connection.execute(of_units(select(units.c.id, units.c.timezone), units.c.id, unit_ids)):
        by_zone[unit.timezone].append(unit.id)
    return or_(false(), *(_within(month, zone, ids, unit_column, moment) for zone, ids in by_zone.items()))


def _within(
    month: str,
    zone: str,
    unit_ids: Sequence[int],
    unit_column: ColumnElement[int],
    moment: ColumnElement[datetime],
) -> ColumnElement[bool]:
    start, end = month_bounds(month, ZoneInfo(zone))
    return and_(unit_column.in_(unit_ids), moment >= start, moment < end)


def is_month(text: str) -> bool:
    """Whether this is a month such as "2026-11"."""
    return _MONTH.fullmatch(text) is not None


def month_bounds(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a month such as "2026-11", and of the next one. Raises MonthError."""
    if not is_month(month):
        raise MonthError
    year, number = (int(part) for part in month.split("-"))
    return (
        datetime(year, number, 1, tzinfo=zone),
        datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone),
    )


def _call_rows(connection: Connection, query: Select[Any]) -> list[CallRow]:
    return _with_parts(connection, connection.execute(query).all())


def _with_parts(connection: Connection, rows: Sequence[Row[Any]]) -> list[CallRow]:
    return [row for some in _batches(rows) for row in _call_batch(connection, some)]


def _batches(rows: Sequence[Row[Any]]) -> Iterator[Sequence[Row[Any]]]:
    """A database takes only so many values in one question."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[start : start + _ROWS_AT_ONCE]


def _call_batch(connection: Connection, rows: Sequence[Row[Any]]) -> list[CallRow]:
    ids = [row.id for row in rows]
    parts = _Parts(_step_counts(connection, ids), _recordings_of(connection, ids), _references_of(connection, ids))
    return [_call_row(row, parts) for row in rows]


@dataclass(frozen=True)
class _Parts:
    steps: Mapping[int, int]
    recordings: Mapping[int, Sequence[RecordingRow]]
    references: Mapping[int, str]


def _call_row(row: Row[Any], parts: _Parts) -> CallRow:
    zone = ZoneInfo(row.timezone)
    return CallRow(
        id=row.id,
        carrier_call_id=row.carrier_call_id,
        line=row.line,
        started_at=row.started_at.astimezone(zone),
        ended_at=_local(row.ended_at, zone),
        duration_s=row.duration_s,
        language=row.language,
        kind=row.kind,
        category=row.category,
        outcome=row.outcome,
        privacy=row.privacy,
        flow=row.flow,
        flow_version=row.flow_hash,
        steps=parts.steps.get(row.id, 0),
        hung_up_at=row.hung_up_at,
        recordings=tuple(parts.recordings.get(row.id, ())),
        report=parts.references.get(row.id),
    )


def _step_counts(connection: Connection, call_ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(steps.c.call_id, func.count().label("heard"))
        .where(steps.c.call_id.in_(call_ids))
        .group_by(steps.c.call_id)
    )
    return {row.call_id: row.heard for row in connection.execute(query)}


def _recordings_of(connection: Connection, call_ids: Sequence[int]) -> dict[int, list[RecordingRow]]:
    found: defaultdict[int, list[RecordingRow]] = defaultdict(list)
    query = select(recordings).where(recordings.c.call_id.in_(call_ids)).order_by(recordings.c.id)
    for row in connection.execute(query):
        found[row.call_id].append(RecordingRow(row.id, row.status, row.duration_s, row.sha256, row.bytes, row.suspect))
    return found


def _references_of(connection: Connection, call_ids: Sequence[int]) -> dict[int, str]:
    """The report of each call; where a call made one and added to another, the one it made."""
    query = (
        select(report_calls.c.call_id, reports.c.reference)
        .join(reports, reports.c.id == report_calls.c.report_id)
        .where(report_calls.c.call_id.in_(call_ids))
        .order_by((report_calls.c.role == "first"), reports.c.id)
    )
    return {row.call_id: row.reference for row in connection.execute(query)}


def _steps_of(connection: Connection, call_id: int, began: datetime, zone: ZoneInfo) -> tuple[StepRow, ...]:
    query = select(steps.c.visit, steps.c.node, steps.c.language, steps.c.at).where(steps.c.call_id == call_id)
    return tuple(
        StepRow(
            row.visit,
            row.node,
            row.language,
            row.at.astimezone(zone),
            round((row.at - began).total_seconds()),
        )
        for row in connection.execute(query.order_by(steps.c.visit))
    )


def _report_of_call(connection: Connection, officer: OfficerRow, reference: str | None) -> ReportRow | None:
    return None if reference is None else report_page(connection, officer, reference).report


def report_rows(connection: Connection, query: Select[Any]) -> list[ReportRow]:
    """The reports of a query that starts from REPORTS."""
    rows = connection.execute(query).all()
    return [row for some in _batches(rows) for row in _report_batch(connection, some)]


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
        acknowledged_at=_local(row.acknowledged_at, zone),
        due_at=_local(row.due_at, zone),
        closed_at=_local(row.closed_at, zone),
        calls=tuple(call_ids),
        assigned_to=row.officer,
        channel=row.channel,
        happening_now=row.happening_now,
        incomplete=row.incomplete,
        interpreter=row.interpreter,
        acknowledge_by=_local(row.acknowledge_by, zone),
        settled_at=_local(row.settled_at, zone),
        measures=tuple(measured),
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


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
