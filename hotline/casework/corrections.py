"""What an officer makes of a report: classification, deadline, the worth of the source. The old is kept beside."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from hotline.casework import classification, timeline, transitions
from hotline.casework.additions import take_in_report
from hotline.casework.classification import OFFICER, Classified
from hotline.casework.deadlines import FOLLOW, class_of
from hotline.casework.desk import (
    CLASSIFY,
    HASTEN,
    POSTPONE,
    RATE,
    Case,
    Hand,
    WorkRefusedError,
    case_by_id,
    change,
    may,
    take_up,
    write_down,
)
from hotline.casework.progress import linkable
from hotline.casework.statistics.day_counts import calls_of_report, counting
from hotline.casework.timeline import Happened
from hotline.casework.unit_tree import absorbed
from ivr_flows.taxonomy import load_taxonomy
from storage.tables import calls, places, report_calls, reports

USEFULNESS = ("valuable", "partly", "none")
_ADDITION = "RPT-ADDINFO"
_FARTHEST = timedelta(days=3660)  # beyond is a slip of the pen


@dataclass(frozen=True)
class Judgement:
    """What an officer takes a report for. `follows`: the report that an addition belongs to."""

    category: str | None
    urgency: str
    place_id: int | None
    unsafe_to_ring_back: bool = False
    follows: str = ""
    reason: str = field(default="", repr=False)


def classify(connection: Connection, hand: Hand, judged: Judgement) -> None:
    """Correct or confirm what a report is; the first time this is its triage.

    A change of its class of deadline counts anew from the same receipt.
    Raises WorkRefusedError for what the unit does not know, and whatever `take_up` raises."""
    case = take_up(connection, hand, CLASSIFY)
    _refuse_unknown(connection, case, judged)
    followed = _followed(connection, hand, case, judged)
    kind = _kind(case, judged.category)
    values = {
        "kind": kind,
        "category": judged.category,
        "urgency": judged.urgency,
        "place_id": judged.place_id,
        "unsafe_to_ring_back": judged.unsafe_to_ring_back,
        **_links(case, followed, kind),
        **_clocks(case, kind, judged, followed),
        **_triaged(case, hand),
    }
    triaged = case.status == transitions.NEW
    happened = Happened(
        timeline.TRIAGED if triaged else timeline.CLASSIFIED,
        case.status if triaged else None,
        transitions.TRIAGED if triaged else None,
        _differences(case, values),
        judged.reason,
    )
    with counting(connection, calls_of_report(connection, case.id)):
        change(connection, case, hand, values, happened)
        _let_calls_follow(connection, case.id, kind, judged.category)
    _keep(connection, case, hand, kind, judged)
    _let_followers_follow(connection, case.id)
    if followed is not None and followed.id != case.linked_to:
        _add_to(connection, hand, case, followed)


def confirm(connection: Connection, hand: Hand) -> None:
    """Agree with what the line took a report for: its triage in one step. See `classify`.

    Raises TransitionError where that has been done."""
    case = take_up(connection, hand, transitions.TRIAGE)
    transitions.step(case.status, transitions.TRIAGE, case.deadline_class)
    classify(connection, hand, Judgement(case.category, case.urgency, case.place_id, case.unsafe_to_ring_back))


def set_deadline(connection: Connection, hand: Hand, due_at: datetime, reason: str) -> None:
    """Give a report a deadline of its own: an earlier one, or by a chief with a reason a later than the rule gives.

    Raises WorkRefusedError, and whatever `take_up` raises."""
    case = take_up(connection, hand, HASTEN)
    if case.settled_at is not None:
        raise WorkRefusedError("due_at", "settled")
    if due_at <= hand.now:
        raise WorkRefusedError("due_at", "in the past")
    if due_at > hand.now + _FARTHEST:
        raise WorkRefusedError("due_at", "too far off")
    if case.due_by_rule is not None and due_at > case.due_by_rule:
        if not may(hand.officer, POSTPONE):
            raise WorkRefusedError("due_at", "later than the rule")
        if not reason:
            raise WorkRefusedError("reason", "needed")
    details = {"due_at": _moved(case.due_at, due_at), "by": "officer"}
    change(connection, case, hand, {"due_at": due_at}, Happened(timeline.DUE_CHANGED, details=details, reason=reason))
    _let_followers_follow(connection, case.id)


def rate(connection: Connection, hand: Hand, usefulness: str) -> None:
    """Say how useful the source was, one of USEFULNESS. Raises WorkRefusedError, and whatever `take_up` raises."""
    case = take_up(connection, hand, RATE)
    if usefulness not in USEFULNESS:
        raise WorkRefusedError("usefulness", "unknown")
    values = {"usefulness": usefulness}
    change(connection, case, hand, values, Happened(timeline.RATED, details=_differences(case, values)))


def _refuse_unknown(connection: Connection, case: Case, judged: Judgement) -> None:
    taxonomy = load_taxonomy()
    if judged.category is not None and judged.category not in taxonomy.codes:
        raise WorkRefusedError("category", "unknown")
    if judged.urgency not in taxonomy.urgencies:
        raise WorkRefusedError("urgency", "unknown")
    known = [case.unit_id, *absorbed(connection, case.unit_id)]
    theirs = select(places.c.id).where(places.c.id == judged.place_id, places.c.unit_id.in_(known))
    if judged.place_id is not None and connection.execute(theirs).first() is None:
        raise WorkRefusedError("place_id", "unknown")


def _kind(case: Case, category: str | None) -> str:
    if category is None:
        return case.kind
    return "addition" if category == _ADDITION else load_taxonomy().codes[category].kind


def _followed(connection: Connection, hand: Hand, case: Case, judged: Judgement) -> Case | None:
    """The report that this one adds to, where it is taken for an addition."""
    if class_of(case.kind, judged.category) != FOLLOW or judged.category is None:
        return None
    if not judged.follows.strip():
        raise WorkRefusedError("follows", "needed")
    return linkable(connection, hand, case, judged.follows, "follows")


def _links(case: Case, followed: Case | None, kind: str) -> dict[str, Any]:
    if followed is not None:
        return {"linked_to": followed.id}
    no_longer = case.linked_to is not None and case.kind == "addition" and kind != "addition"
    return {"linked_to": None} if no_longer else {}


def _clocks(case: Case, kind: str, judged: Judgement, followed: Case | None) -> dict[str, Any]:
    """The deadlines that follow from a new class or urgency, from the same receipt; what was missed stays missed."""
    values: dict[str, Any] = {}
    if followed is not None:
        values |= {"due_at": followed.due_at, "due_by_rule": followed.due_by_rule}
    elif (new_class := class_of(kind, judged.category)) != case.deadline_class:
        due_at = case.calendar.due_at(new_class, case.received_at)
        values |= {"due_at": due_at, "due_by_rule": due_at}
    if judged.urgency != case.urgency and case.acknowledged_at is None:
        values["acknowledge_by"] = case.calendar.acknowledge_by(judged.urgency, case.received_at)
    return values


def _triaged(case: Case, hand: Hand) -> dict[str, Any]:
    if case.status != transitions.NEW:
        return {}
    found = transitions.step(case.status, transitions.TRIAGE, case.deadline_class)
    taken = {} if case.acknowledged_at else {"acknowledged_at": hand.now, "acknowledged_by": hand.officer.id}
    return {"status": found.after, **taken}


_SHOWN = ("category", "urgency", "place_id", "unsafe_to_ring_back", "usefulness")


def _differences(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """What changes, as pairs of before and after."""
    pairs = {name: [getattr(case, name), values[name]] for name in _SHOWN if name in values}
    changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if "due_at" in values and values["due_at"] != case.due_at:
        changed["due_at"] = _moved(case.due_at, values["due_at"])
    return changed


def _moved(before: datetime | None, after: datetime | None) -> list[str | None]:
    return [moment.astimezone(UTC).isoformat() if moment else None for moment in (before, after)]


def _keep(connection: Connection, case: Case, hand: Hand, kind: str, judged: Judgement) -> None:
    row = Classified(kind, judged.category, judged.urgency, case.privacy, judged.place_id, None)
    classification.keep(connection, case.id, OFFICER, row, hand.now, hand.officer.id)


def _let_calls_follow(connection: Connection, report_id: int, kind: str, category: str | None) -> None:
    """The call that made the report is counted as what the officer found; one that is still live is not yet."""
    made = select(report_calls.c.call_id).where(report_calls.c.report_id == report_id, report_calls.c.role == "first")
    ended = update(calls).where(calls.c.id.in_(made), calls.c.kind.is_not(None))
    connection.execute(ended.values(category=category))
    connection.execute(ended.where(calls.c.kind != "duplicate").values(kind=kind))


def _let_followers_follow(connection: Connection, report_id: int) -> None:
    """Additions that were reports first have the clock of the report they belong to."""
    due = select(reports.c.due_at, reports.c.due_by_rule).where(reports.c.id == report_id)
    row = connection.execute(due).one()
    following = (reports.c.linked_to == report_id) & (reports.c.kind == "addition") & reports.c.settled_at.is_(None)
    connection.execute(update(reports).where(following).values(due_at=row.due_at, due_by_rule=row.due_by_rule))


def _add_to(connection: Connection, hand: Hand, case: Case, followed: Case) -> None:
    take_in_report(connection, followed.id, case.id, hand.now)
    linked = Happened(timeline.LINKED, details={"other": case.reference, "as": "addition"})
    write_down(connection, case_by_id(connection, followed.id), hand.officer.id, linked, hand.now)
