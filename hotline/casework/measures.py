"""Measures are taken on persons, not on reports: a report may have several, and a person may come from several."""

import re
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from hotline.casework import timeline
from hotline.casework.desk import MEASURE, Case, Hand, WorkRefusedError, case_of, change, take_up
from hotline.casework.timeline import Happened
from hotline.errors import NotFoundError
from ivr_flows.taxonomy import load_taxonomy
from storage.sealing import seal, unseal
from storage.tables import measures, persons, reports

LONGEST_NAME = 200
_PERSON = re.compile(r"(R-[0-9]{4}-[0-9]{4,9})/([1-9][0-9]{0,3})")


@dataclass(frozen=True)
class Decided:
    """A measure on one person: on one we know, called R-2026-0042/1, or on a new one by `name`."""

    measure: str
    decided_on: date
    decision_number: str | None = None
    person: str = ""
    name: str = field(default="", repr=False)


@dataclass(frozen=True)
class PersonRow:
    """Somebody a report is about; `name` is None where it stays sealed to who looks."""

    reference: str
    name: str | None = field(repr=False)


@dataclass(frozen=True)
class MeasureRow:
    """One measure on one person."""

    id: int
    person: PersonRow
    measure: str
    decision_number: str | None
    decided_on: date


def record(connection: Connection, hand: Hand, decided: Decided) -> None:
    """Write down a measure; a name is sealed to the content key.

    Raises WorkRefusedError for a measure, day or person that cannot be, and whatever `take_up` raises."""
    case = take_up(connection, hand, MEASURE)
    if decided.measure not in load_taxonomy().measures:
        raise WorkRefusedError("measure", "unknown")
    if decided.decided_on > case.day(hand.now):
        raise WorkRefusedError("decided_on", "in the future")
    known = _known_person(connection, hand, decided.person) if decided.person.strip() else None
    if known is None and not decided.name.strip():
        raise WorkRefusedError("name", "needed")
    if known is not None and _has(connection, case, known, decided.measure):
        raise WorkRefusedError("measure", "there already")
    change(connection, case, hand, {}, Happened(timeline.MEASURED, details={"measure": decided.measure}))
    person_id = known if known is not None else _new_person(connection, case, hand, decided.name.strip())
    connection.execute(
        insert(measures).values(
            report_id=case.id,
            person_id=person_id,
            measure=decided.measure,
            decision_number=decided.decision_number,
            decided_on=decided.decided_on,
            officer_id=hand.officer.id,
            at=hand.now,
        )
    )


def withdraw(connection: Connection, hand: Hand, measure_id: int, reason: str) -> None:
    """Take back a measure that was written down by mistake; the timeline keeps that it was, and why it went.

    Raises NotFoundError, WorkRefusedError without a reason, and whatever `take_up` raises."""
    case = take_up(connection, hand, MEASURE)
    this_one = (measures.c.id == measure_id) & (measures.c.report_id == case.id)
    measure = connection.scalar(select(measures.c.measure).where(this_one))
    if measure is None:
        raise NotFoundError
    if not reason.strip():
        raise WorkRefusedError("reason", "needed")
    withdrawn = Happened(timeline.MEASURE_WITHDRAWN, details={"measure": measure}, reason=reason.strip())
    change(connection, case, hand, {}, withdrawn)
    connection.execute(delete(measures).where(this_one))


def measures_of(connection: Connection, report_id: int, content_private: bytes | None) -> tuple[MeasureRow, ...]:
    """The measures on a report, as they were written down. UnsealError."""
    query = (
        select(measures, persons.c.number, persons.c.sealed_name, reports.c.reference)
        .join(persons, persons.c.id == measures.c.person_id)
        .join(reports, reports.c.id == persons.c.first_report_id)
        .where(measures.c.report_id == report_id)
        .order_by(measures.c.id)
    )
    return tuple(
        MeasureRow(
            row.id,
            PersonRow(f"{row.reference}/{row.number}", _opened(row.sealed_name, row.person_id, content_private)),
            row.measure,
            row.decision_number,
            row.decided_on,
        )
        for row in connection.execute(query)
    )


def persons_of(connection: Connection, report_id: int, content_private: bytes | None) -> tuple[PersonRow, ...]:
    """Everybody a report is about. UnsealError."""
    on_it = select(measures.c.person_id).where(measures.c.report_id == report_id)
    query = (
        select(persons, reports.c.reference)
        .join(reports, reports.c.id == persons.c.first_report_id)
        .where(or_(persons.c.first_report_id == report_id, persons.c.id.in_(on_it)))
        .order_by(persons.c.id)
    )
    return tuple(
        PersonRow(f"{row.reference}/{row.number}", _opened(row.sealed_name, row.id, content_private))
        for row in connection.execute(query)
    )


def _known_person(connection: Connection, hand: Hand, person: str) -> int:
    """Somebody known from a report of this unit; there is no other way to find a person."""
    match = _PERSON.fullmatch(person.strip().upper())
    if match is None:
        raise WorkRefusedError("person", "no such person")
    try:
        first = case_of(connection, hand.officer, match[1])
    except NotFoundError:
        raise WorkRefusedError("person", "no such person") from None
    query = select(persons.c.id).where(persons.c.first_report_id == first.id, persons.c.number == int(match[2]))
    person_id = connection.scalar(query)
    if person_id is None:
        raise WorkRefusedError("person", "no such person")
    return int(person_id)


def _has(connection: Connection, case: Case, person_id: int, measure: str) -> bool:
    same = (measures.c.person_id == person_id) & (measures.c.measure == measure)
    return connection.execute(select(measures.c.id).where(measures.c.report_id == case.id, same)).first() is not None


def _new_person(connection: Connection, case: Case, hand: Hand, name: str) -> int:
    if len(name) > LONGEST_NAME:
        raise WorkRefusedError("name", "too long")
    # Nobody else numbers a person of this report now: `change` holds its row until the commit.
    last = connection.scalar(select(func.max(persons.c.number)).where(persons.c.first_report_id == case.id))
    row = insert(persons).values(first_report_id=case.id, number=(last or 0) + 1, created_at=hand.now)
    person_id = int(connection.execute(row.returning(persons.c.id)).scalar_one())
    sealed = seal(case.content_public, name.encode(errors="replace"), _place(person_id))
    connection.execute(update(persons).where(persons.c.id == person_id).values(sealed_name=sealed))
    return person_id


def _opened(sealed: bytes | None, person_id: int, content_private: bytes | None) -> str | None:
    if sealed is None or content_private is None:
        return None
    return unseal(content_private, bytes(sealed), _place(person_id)).decode(errors="replace")


def _place(person_id: int) -> str:
    return f"persons/{person_id}/name"
