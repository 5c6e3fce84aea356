"""All that stands on a report's page besides the report itself: its clocks, its past, and what may be done now."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from hotline.casework import audit
from hotline.casework.call_log import ROLES_THAT_SEE_CALLS
from hotline.casework.deadlines import colour
from hotline.casework.desk import ACKNOWLEDGE, MAY, Case, case_of
from hotline.casework.measures import MeasureRow, PersonRow, measures_of, persons_of
from hotline.casework.notes import NoteRow, notes_of
from hotline.casework.people import OfficerRow, UnitKeys
from hotline.casework.timeline import TimelineRow, timeline_of
from hotline.casework.transitions import Transition, steps_from
from hotline.casework.unit_tree import absorbed
from storage.database import Store
from storage.tables import classifications, notes, officers, persons, places, report_events, reports, transfers, units


@dataclass(frozen=True)
class TransferRow:
    """A hand-over to another body; `confirmed_on` when that body said that it has the papers."""

    id: int
    destination: str
    paper_number: str | None
    sent_on: date
    confirmed_on: date | None


@dataclass(frozen=True)
class ClassificationRow:
    """What somebody or something took the report for. `who` is None where it was no officer."""

    at: datetime
    source: str
    who: str | None
    category: str | None
    urgency: str
    locality: str | None


@dataclass(frozen=True)
class Clock:
    """A deadline with its colour. `basis`: the text on which a limit of the unit's own rests."""

    by: datetime | None
    colour: str | None
    basis: str = ""


@dataclass(frozen=True)
class Linked:
    """Another report that this one repeats or adds to, or the other way round."""

    reference: str
    kind: str  # duplicate | addition
    ours: bool  # this report points to that one


@dataclass(frozen=True)
class WorkPage:
    """What is shown of the work on a report, and the version that its forms carry."""

    version: int
    acknowledgement: Clock
    due: Clock
    due_by_rule: datetime | None
    deadline_class: str
    acknowledged_by: str | None
    settled: bool
    reopened: int
    place_id: int | None
    unsafe_to_ring_back: bool
    usefulness: str | None
    steps: tuple[Transition, ...]
    acts: frozenset[str]
    colleagues: tuple[tuple[str, str], ...]  # login, name
    places: tuple[tuple[int, str], ...]
    destinations: tuple[str, ...]
    classifications: tuple[ClassificationRow, ...]
    linked: tuple[Linked, ...]
    transfers: tuple[TransferRow, ...]
    timeline: tuple[TimelineRow, ...] = field(repr=False)
    notes: tuple[NoteRow, ...] = field(repr=False)
    measures: tuple[MeasureRow, ...] = field(repr=False)
    persons: tuple[PersonRow, ...] = field(repr=False)


def read_work(store: Store, officer: OfficerRow, keys: UnitKeys, reference: str, now: datetime) -> WorkPage:
    """The work on a report. What is sealed is opened with the officer's key, once the audit says who reads it.

    Raises NotFoundError, UnsealError, AuditError or StoreBusy where the audit cannot be written."""
    with store.read() as connection:
        page = _work_page(connection, officer, keys.content, case_of(connection, officer, reference), now)
        sealed = keys.content is not None and _has_sealed(connection, case_of(connection, officer, reference).id)
    if sealed:
        store.commit(
            lambda connection: audit.append_once(
                connection, officer.id, "notes read", f"report/{reference}", now, audit.ONE_READING
            )
        )
    return page


def _has_sealed(connection: Connection, report_id: int) -> bool:
    """Whether there are words on this report that only a key opens."""
    reasons = (report_events.c.report_id == report_id) & report_events.c.sealed_reason.is_not(None)
    looks = (
        select(notes.c.id).where(notes.c.report_id == report_id),
        select(persons.c.id).where(persons.c.first_report_id == report_id),
        select(report_events.c.id).where(reasons),
    )
    return any(connection.execute(look.limit(1)).first() is not None for look in looks) or bool(
        measures_of(connection, report_id, None)
    )


def _work_page(
    connection: Connection, officer: OfficerRow, private: bytes | None, case: Case, now: datetime
) -> WorkPage:
    zone, acts = case.calendar.zone, MAY.get(officer.role, frozenset())
    row = connection.execute(_FACTS.where(reports.c.id == case.id)).mappings().one()
    settled = case.settled_at is not None
    return WorkPage(
        version=case.version,
        acknowledgement=_acknowledgement(case, row["acknowledge_by"], now),
        due=_due(case, now),
        due_by_rule=_local(case.due_by_rule, zone),
        deadline_class=case.deadline_class,
        acknowledged_by=row["acknowledged_name"],
        settled=settled,
        reopened=row["reopened"],
        place_id=case.place_id,
        unsafe_to_ring_back=case.unsafe_to_ring_back,
        usefulness=case.usefulness,
        steps=steps_from(case.status, case.deadline_class, acts),
        acts=acts - {ACKNOWLEDGE} if settled or case.acknowledged_at else acts,
        colleagues=_colleagues(connection, case.unit_id),
        places=_places(connection, case.unit_id),
        destinations=tuple(row["transfer_to"]),
        classifications=_classifications(connection, case.id, zone),
        linked=_linked(connection, case),
        transfers=_transfers(connection, case.id),
        timeline=timeline_of(connection, case.id, zone, private),
        notes=notes_of(connection, case.id, zone, private),
        measures=measures_of(connection, case.id, private),
        persons=persons_of(connection, case.id, private),
    )


_FACTS = (
    select(
        reports.c.acknowledge_by,
        reports.c.reopened,
        officers.c.name.label("acknowledged_name"),
        units.c.transfer_to,
    )
    .join(units, units.c.id == reports.c.unit_id)
    .outerjoin(officers, officers.c.id == reports.c.acknowledged_by)
)


def _acknowledgement(case: Case, by: datetime | None, now: datetime) -> Clock:
    found = colour(case.received_at, by, case.acknowledged_at, now)
    return Clock(_local(by, case.calendar.zone), found)


def _due(case: Case, now: datetime) -> Clock:
    limit = case.calendar.rules.classes.get(case.deadline_class)
    found = colour(case.received_at, case.due_at, case.settled_at, now)
    return Clock(_local(case.due_at, case.calendar.zone), found, limit.basis if limit and limit.own else "")


def _colleagues(connection: Connection, unit_id: int) -> tuple[tuple[str, str], ...]:
    query = select(officers.c.login, officers.c.name).where(
        officers.c.unit_id == unit_id, officers.c.active, officers.c.role.in_(ROLES_THAT_SEE_CALLS)
    )
    return tuple((row.login, row.name) for row in connection.execute(query.order_by(officers.c.name)))


def _places(connection: Connection, unit_id: int) -> tuple[tuple[int, str], ...]:
    """The unit's own, then those of the units that have merged into it, whose cards callers still have."""
    known = [unit_id, *absorbed(connection, unit_id)]
    query = select(places.c.id, places.c.name).where(places.c.unit_id.in_(known))
    query = query.order_by(places.c.unit_id != unit_id, places.c.unit_id, places.c.digits)
    return tuple((row.id, row.name) for row in connection.execute(query))


def _classifications(connection: Connection, report_id: int, zone: ZoneInfo) -> tuple[ClassificationRow, ...]:
    query = (
        select(classifications, officers.c.name.label("who"), places.c.name.label("locality"))
        .outerjoin(officers, officers.c.id == classifications.c.officer_id)
        .outerjoin(places, places.c.id == classifications.c.place_id)
        .where(classifications.c.report_id == report_id)
        .order_by(classifications.c.id)
    )
    return tuple(
        ClassificationRow(row.at.astimezone(zone), row.source, row.who, row.category, row.urgency, row.locality)
        for row in connection.execute(query)
    )


def _linked(connection: Connection, case: Case) -> tuple[Linked, ...]:
    query = select(reports.c.id, reports.c.reference, reports.c.kind).where(
        or_(reports.c.linked_to == case.id, reports.c.id == case.linked_to)
    )
    return tuple(
        Linked(row.reference, _link_kind(case.kind if ours else row.kind), ours)
        for row in connection.execute(query.order_by(reports.c.id))
        for ours in (row.id == case.linked_to,)
    )


def _link_kind(kind_of_the_later: str) -> str:
    return "addition" if kind_of_the_later == "addition" else "duplicate"


def _transfers(connection: Connection, report_id: int) -> tuple[TransferRow, ...]:
    query = select(transfers).where(transfers.c.report_id == report_id).order_by(transfers.c.id)
    return tuple(
        TransferRow(row.id, row.destination, row.paper_number, row.sent_on, row.confirmed_on)
        for row in connection.execute(query)
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None
