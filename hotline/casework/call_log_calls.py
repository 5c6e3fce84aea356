"""Calls as frozen rows for lists, pages and programs; never a caller's number."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, select

from hotline.casework.call_log_filters import Filter, newest, of_units
from hotline.casework.call_log_rows import batches, iso, local
from hotline.casework.keepers import keeper_of_recording
from storage.tables import call_officers, calls, flow_versions, lines, recordings, report_calls, reports, steps, units


@dataclass(frozen=True)
class RecordingRow:
    """A recording of a call: `sha256` and `bytes` are of the sealed file, once it is kept."""

    id: int
    status: str
    duration_s: int | None
    sha256: str | None
    bytes: int | None
    suspect: str | None = None
    unit_id: int | None = None  # whose key opens it

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
    unit: str = ""  # its code
    unit_id: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "carrier_call_id": self.carrier_call_id,
            "line": self.line,
            "started_at": self.started_at.isoformat(),
            "ended_at": iso(self.ended_at),
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
            "unit": self.unit,
        }


def newest_calls(connection: Connection, unit_ids: Collection[int] | None, wanted: Filter) -> list[CallRow]:
    """Calls of these units (None: of all), the newest first. Raises MonthError."""
    query = of_units(CALLS, calls.c.unit_id, unit_ids)
    for chosen in _chosen(wanted, unit_ids):
        # Joined, so that a database without statistics begins with these few and not with every call there was.
        few = chosen.distinct().subquery()
        query = query.join(few, few.c.call_id == calls.c.id)
    query = newest(connection, query, wanted, calls, calls.c.started_at, unit_ids)
    return call_rows(connection, query)


def _chosen(wanted: Filter, unit_ids: Collection[int] | None) -> Iterator[Select[Any]]:
    """The ids of calls by what other tables know of them: the officer, and the report's reference."""
    if wanted.spoke_with is not None:
        yield select(call_officers.c.call_id).where(call_officers.c.officer_id == wanted.spoke_with)
    if wanted.reference is not None:
        of_report = select(report_calls.c.call_id).join(reports, reports.c.id == report_calls.c.report_id)
        yield of_units(of_report, reports.c.unit_id, unit_ids).where(reports.c.reference == wanted.reference)


CALLS: Select[Any] = (
    select(
        calls,
        lines.c.number.label("line"),
        flow_versions.c.flow_id.label("flow"),
        units.c.timezone,
        units.c.code.label("unit"),
    )
    .join(lines, lines.c.id == calls.c.line_id)
    .join(flow_versions, flow_versions.c.hash == calls.c.flow_hash)
    .join(units, units.c.id == calls.c.unit_id)
)


def call_rows(connection: Connection, query: Select[Any]) -> list[CallRow]:
    return with_parts(connection, connection.execute(query).all())


def with_parts(connection: Connection, rows: Sequence[Row[Any]]) -> list[CallRow]:
    return [row for some in batches(rows) for row in _call_batch(connection, some)]


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
        ended_at=local(row.ended_at, zone),
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
        unit=row.unit,
        unit_id=row.unit_id,
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
    query = select(recordings, keeper_of_recording().label("keeper")).join(calls, calls.c.id == recordings.c.call_id)
    for row in connection.execute(query.where(recordings.c.call_id.in_(call_ids)).order_by(recordings.c.id)):
        kept = RecordingRow(row.id, row.status, row.duration_s, row.sha256, row.bytes, row.suspect, row.keeper)
        found[row.call_id].append(kept)
    return found


def _references_of(connection: Connection, call_ids: Sequence[int]) -> dict[int, str]:
    """The report of each call; where a call made one and added to another, the one it made.

    Not one of another unit, to which a call may add after a merger: its reference would be read as one of ours."""
    query = (
        select(report_calls.c.call_id, reports.c.reference)
        .join(reports, reports.c.id == report_calls.c.report_id)
        .join(calls, (calls.c.id == report_calls.c.call_id) & (calls.c.unit_id == reports.c.unit_id))
        .where(report_calls.c.call_id.in_(call_ids))
        .order_by((report_calls.c.role == "first"), reports.c.id)
    )
    return {row.call_id: row.reference for row in connection.execute(query)}
