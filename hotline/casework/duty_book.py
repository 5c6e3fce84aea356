"""The duty book of a day or a shift: every call and text with what was done, as the paper book has it.

Nothing sealed is in it: who called and what was said stays behind the keys, however many sheets are printed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from hotline.casework.call_log import units_of
from hotline.casework.handover import HandoverRow, handed_over
from hotline.casework.people import OfficerRow
from hotline.casework.roster import duties, zone_of
from hotline.casework.roster_plan import names
from hotline.casework.shift_patterns import Span
from hotline.casework.timeline import ACKNOWLEDGED
from storage.tables import call_officers, calls, officers, places, report_calls, report_events, reports, transfers

TALKED = "talked"
TAKEN = "taken"


@dataclass(frozen=True)
class Done:
    """What an officer did: talked to the caller, took the report up, or brought it to a status."""

    at: datetime
    by: str
    what: str


@dataclass(frozen=True)
class Told:
    """Who was told of it, on which day and with which paper."""

    destination: str
    on: date
    paper_number: str | None


@dataclass(frozen=True)
class Entry:
    """One line of the book. `reference` is of the report that was made or added to."""

    at: datetime
    channel: str
    privacy: str | None
    place: str | None
    kind: str | None
    category: str | None
    urgency: str | None
    reference: str | None
    happening_now: bool
    status: str | None
    outcome: str | None
    done: tuple[Done, ...] = ()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class OfficerOnDuty:
    """Who sat there, as far as it falls into the span of the book."""

    name: str
    group: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class DutyBook:
    """The lines in the order of their time, the officers on duty, and the hand-overs that sign it."""

    span: Span
    entries: tuple[Entry, ...]
    on_duty: tuple[OfficerOnDuty, ...]
    handovers: tuple[HandoverRow, ...]


def duty_book(connection: Connection, officer: OfficerRow, span: Span) -> DutyBook:
    """The book of the officer's own unit. Raises AccessRefusedError for roles that see no single call."""
    units_of(officer)
    unit_id, zone = officer.unit_id, zone_of(connection, officer.unit_id)
    found = [*_of_reports(connection, unit_id, span, zone), *_of_calls(connection, unit_id, span, zone)]
    return DutyBook(
        span=Span(span.start.astimezone(zone), span.end.astimezone(zone)),
        entries=tuple(sorted(found, key=lambda entry: entry.at)),
        on_duty=_on_duty(connection, unit_id, span, zone),
        handovers=tuple(reversed(handed_over(connection, unit_id, span, limit=100))),
    )


def _on_duty(connection: Connection, unit_id: int, span: Span, zone: ZoneInfo) -> tuple[OfficerOnDuty, ...]:
    known = names(connection, unit_id)
    return tuple(
        OfficerOnDuty(
            known.get(duty.officer_id, "?"),
            duty.group,
            max(duty.start, span.start).astimezone(zone),
            min(duty.end, span.end).astimezone(zone),
        )
        for duty in duties(connection, unit_id, span)
    )


# ---- lines ---------------------------------------------------------------------------------------------------------


def _of_reports(connection: Connection, unit_id: int, span: Span, zone: ZoneInfo) -> list[Entry]:
    query = (
        select(reports, places.c.name.label("locality"))
        .outerjoin(places, places.c.id == reports.c.place_id)
        .where(reports.c.unit_id == unit_id, reports.c.received_at >= span.start, reports.c.received_at < span.end)
        .order_by(reports.c.received_at, reports.c.id)
    )
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    done, told = _work_on(connection, ids, zone), _transfers_of(connection, ids)
    talked = _talked(connection, _first_calls(connection, ids), zone)
    return [
        _report_entry(row, zone, talked.get(row.id, []) + done.get(row.id, []), told.get(row.id, ())) for row in rows
    ]


def _report_entry(row: Row[Any], zone: ZoneInfo, done: Iterable[Done], told: Iterable[Told]) -> Entry:
    return Entry(
        at=row.received_at.astimezone(zone),
        channel=row.channel,
        privacy=row.privacy,
        place=row.locality,
        kind=row.kind,
        category=row.category,
        urgency=row.urgency,
        reference=row.reference,
        happening_now=bool(row.happening_now),
        status=row.status,
        outcome=row.outcome,
        done=tuple(sorted(done, key=lambda one: one.at)),
        told=tuple(told),
    )


def _of_calls(connection: Connection, unit_id: int, span: Span, zone: ZoneInfo) -> list[Entry]:
    """The calls that made no report: questions, additions, calls that came to nothing."""
    made_one = select(report_calls.c.call_id).where(report_calls.c.role == "first")
    query = (
        select(calls, reports.c.reference)
        # Not the reference of a unit that has merged into this one: it would be read as one of our own.
        .outerjoin(reports, (reports.c.id == calls.c.added_to) & (reports.c.unit_id == calls.c.unit_id))
        .where(calls.c.unit_id == unit_id, calls.c.started_at >= span.start, calls.c.started_at < span.end)
        .where(calls.c.id.not_in(made_one))
        .order_by(calls.c.started_at, calls.c.id)
    )
    rows = connection.execute(query).all()
    talked = _talked(connection, {row.id: row.id for row in rows}, zone)
    return [replace(_call_entry(row, zone), done=tuple(talked.get(row.id, ()))) for row in rows]


def _call_entry(row: Row[Any], zone: ZoneInfo) -> Entry:
    return Entry(
        at=row.started_at.astimezone(zone),
        channel="voice",
        privacy=row.privacy,
        place=None,
        kind=row.kind,
        category=row.category,
        urgency=None,
        reference=row.reference,
        happening_now=row.emergency,
        status=None,
        outcome=row.outcome,
    )


def _first_calls(connection: Connection, report_ids: Collection[int]) -> dict[int, int]:
    """The report that each of these calls made, by call."""
    query = select(report_calls.c.call_id, report_calls.c.report_id).where(
        report_calls.c.report_id.in_(report_ids), report_calls.c.role == "first"
    )
    return {row.call_id: row.report_id for row in connection.execute(query)}


def _talked(connection: Connection, owner_of: dict[int, int], zone: ZoneInfo) -> dict[int, list[Done]]:
    """Who talked to these callers, by whatever each call belongs to."""
    query = (
        select(call_officers.c.call_id, call_officers.c.joined_at, officers.c.name)
        .join(officers, officers.c.id == call_officers.c.officer_id)
        .where(call_officers.c.call_id.in_(list(owner_of)))
        .order_by(call_officers.c.joined_at)
    )
    found: defaultdict[int, list[Done]] = defaultdict(list)
    for row in connection.execute(query):
        found[owner_of[row.call_id]].append(Done(row.joined_at.astimezone(zone), row.name, TALKED))
    return found


def _work_on(connection: Connection, report_ids: Collection[int], zone: ZoneInfo) -> dict[int, list[Done]]:
    """Who took these reports up and who brought them to which status."""
    found: defaultdict[int, list[Done]] = defaultdict(list)
    events = report_events.c
    steps = (
        select(events.report_id, events.at, events.what, events.status_after, officers.c.name)
        .join(officers, officers.c.id == events.officer_id)
        .where(events.report_id.in_(report_ids), events.status_after.is_not(None) | (events.what == ACKNOWLEDGED))
        .order_by(events.at, events.id)
    )
    for row in connection.execute(steps):
        found[row.report_id].append(Done(row.at.astimezone(zone), row.name, row.status_after or TAKEN))
    return found


def _transfers_of(connection: Connection, report_ids: Sequence[int]) -> dict[int, list[Told]]:
    query = select(transfers).where(transfers.c.report_id.in_(report_ids)).order_by(transfers.c.sent_on, transfers.c.id)
    found: defaultdict[int, list[Told]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.report_id].append(Told(row.destination, row.sent_on, row.paper_number))
    return found
