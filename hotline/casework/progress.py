"""Moving a report on: each function is one step of the transition table, written down with who took it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from hotline.casework import timeline, transitions
from hotline.casework.call_log import ROLES_THAT_SEE_CALLS
from hotline.casework.desk import Case, Hand, WorkRefusedError, case_of, change, take_up, write_down
from hotline.casework.statistics.day_counts import counting
from hotline.casework.timeline import Happened
from hotline.errors import NotFoundError
from storage.tables import calls, officers, report_calls, reports, transfers

_WORDS = {
    transitions.ASSIGN: timeline.ASSIGNED,
    transitions.START: timeline.STARTED,
    transitions.VERIFY: timeline.VERIFIED,
    transitions.FILE: timeline.FILED,
    transitions.TRANSFER: timeline.TRANSFERRED,
    transitions.CLOSE: timeline.CLOSED,
}
PLAIN_STEPS = (transitions.START, transitions.VERIFY, transitions.FILE)
"""The steps that need nothing but the decision. Triage is a classification: see corrections."""


@dataclass(frozen=True)
class HandedOver:
    """To whom a report is handed over, on which day, under which paper."""

    destination: str
    sent_on: date
    paper_number: str | None = None


@dataclass(frozen=True)
class Closing:
    """How a report ends: its outcome, the report it repeats, and the officer's reason."""

    outcome: str
    same_as: str | None = None
    reason: str = field(default="", repr=False)


def advance(connection: Connection, hand: Hand, verb: str) -> None:
    """Take one of the PLAIN_STEPS.

    Raises TransitionError where it does not lead on from here, and whatever `take_up` raises."""
    case = take_up(connection, hand, verb)
    _move(connection, hand, case, transitions.step(case.status, verb, case.deadline_class), {}, {})


def assign(connection: Connection, hand: Hand, login: str) -> None:
    """Make an officer of the unit responsible. Raises WorkRefusedError for anybody else; see also `advance`."""
    case = take_up(connection, hand, transitions.ASSIGN)
    found = transitions.step(case.status, transitions.ASSIGN, case.deadline_class)
    officer = connection.execute(
        select(officers.c.id, officers.c.name).where(
            officers.c.login == login,
            officers.c.unit_id == case.unit_id,
            officers.c.active,
            officers.c.role.in_(ROLES_THAT_SEE_CALLS),
        )
    ).first()
    if officer is None:
        raise WorkRefusedError("login", "no such officer")
    _move(connection, hand, case, found, {"assigned_to": officer.id}, {"to": officer.name})


def transfer(connection: Connection, hand: Hand, over: HandedOver) -> None:
    """Hand a report over to another body. Raises WorkRefusedError for a day that cannot be; see also `advance`."""
    case = take_up(connection, hand, transitions.TRANSFER)
    found = transitions.step(case.status, transitions.TRANSFER, case.deadline_class)
    if not case.day(case.received_at) <= over.sent_on <= case.day(hand.now):
        raise WorkRefusedError("sent_on", "not a day of this report")
    _move(connection, hand, case, found, {"settled_at": hand.now}, {"to": over.destination})
    connection.execute(
        transfers.insert().values(
            report_id=case.id,
            destination=over.destination,
            paper_number=over.paper_number,
            sent_on=over.sent_on,
            officer_id=hand.officer.id,
            at=hand.now,
        )
    )


def confirm_transfer(connection: Connection, hand: Hand, transfer_id: int, confirmed_on: date) -> None:
    """Take down on which day the other body confirmed that it has the papers.

    Raises NotFoundError for a transfer of another report or one confirmed already, WorkRefusedError, see `take_up`."""
    case = take_up(connection, hand, transitions.TRANSFER)
    open_one = (transfers.c.id == transfer_id) & (transfers.c.report_id == case.id) & transfers.c.confirmed_on.is_(None)
    sent_on = connection.execute(select(transfers.c.sent_on).where(open_one)).scalar()
    if sent_on is None:
        raise NotFoundError
    if not sent_on <= confirmed_on <= case.day(hand.now):
        raise WorkRefusedError("confirmed_on", "not a day of this transfer")
    change(connection, case, hand, {}, Happened(timeline.TRANSFER_CONFIRMED))
    connection.execute(update(transfers).where(open_one).values(confirmed_on=confirmed_on))


def close(connection: Connection, hand: Hand, closing: Closing) -> None:
    """Close a report with an outcome that its status allows; a duplicate is tied to the report it repeats.

    Raises OutcomeError, WorkRefusedError where there is no such other report; see also `advance`."""
    case = take_up(connection, hand, transitions.CLOSE)
    found = transitions.step(case.status, transitions.CLOSE, case.deadline_class, closing.outcome)
    values: dict[str, Any] = {"outcome": closing.outcome, "closed_at": hand.now, "settled_at": hand.now}
    details: dict[str, Any] = {"outcome": closing.outcome}
    original = None
    if closing.outcome == transitions.DUPLICATE:
        original = linkable(connection, hand, case, closing.same_as or "", "same_as")
        values["linked_to"], details["other"] = original.id, original.reference
    _move(connection, hand, case, found, values, details, closing.reason)
    if original is not None:
        _let_calls_be(connection, case.id, "report", "duplicate")
        linked = Happened(timeline.LINKED, details={"other": case.reference, "as": "duplicate"})
        write_down(connection, original, hand.officer.id, linked, hand.now)


def reopen_values(case: Case) -> dict[str, Any]:
    """What a closed report is when the caller has added to it: in work again, counted, with the same clock."""
    found = transitions.step(case.status, transitions.REOPEN, case.deadline_class)
    no_duplicate = {"linked_to": None} if case.outcome == transitions.DUPLICATE else {}
    return {
        **no_duplicate,
        "status": found.after,
        "outcome": None,
        "closed_at": None,
        "settled_at": None,
        "reopened": reports.c.reopened + 1,
        "version": reports.c.version + 1,
    }


def linkable(connection: Connection, hand: Hand, case: Case, reference: str, field: str) -> Case:
    """The report that this one repeats or follows. Raises WorkRefusedError where it cannot be that one."""
    try:
        other = case_of(connection, hand.officer, reference.strip().upper())
    except NotFoundError:
        raise WorkRefusedError(field, "no such report") from None
    if other.id == case.id:
        raise WorkRefusedError(field, "the same report")
    if other.linked_to is not None:
        raise WorkRefusedError(field, "itself linked", other=case_reference(connection, other.linked_to))
    return other


def case_reference(connection: Connection, report_id: int) -> str:
    return str(connection.execute(select(reports.c.reference).where(reports.c.id == report_id)).scalar_one())


def _move(
    connection: Connection,
    hand: Hand,
    case: Case,
    found: transitions.Transition,
    values: dict[str, Any],
    details: dict[str, Any],
    reason: str = "",
) -> None:
    """Whoever moves a report has seen it, so it counts as taken up from then on."""
    if case.acknowledged_at is None:
        values = {"acknowledged_at": hand.now, "acknowledged_by": hand.officer.id, **values}
    happened = Happened(_WORDS[found.verb], found.before, found.after, details, reason)
    change(connection, case, hand, {"status": found.after, **values}, happened)


def _let_calls_be(connection: Connection, report_id: int, kind: str, now_kind: str) -> None:
    """Every call has one kind: the call that made a duplicate report is counted as one."""
    made = select(report_calls.c.call_id).where(report_calls.c.report_id == report_id, report_calls.c.role == "first")
    with counting(connection, list(connection.scalars(made))):
        connection.execute(update(calls).where(calls.c.id.in_(made), calls.c.kind == kind).values(kind=now_kind))


def count_again(connection: Connection, report_id: int) -> None:
    """A report that is no duplicate after all counts as a report again, and so does its call."""
    _let_calls_be(connection, report_id, "duplicate", "report")
