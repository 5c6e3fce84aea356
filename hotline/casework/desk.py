"""An officer's hand on a report: found through the officer, allowed by the role, refused where the page is stale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select, update

from hotline.casework import audit, timeline
from hotline.casework.call_log import seen_units
from hotline.casework.deadlines import Calendar, Rules, class_of
from hotline.casework.hours import OfficeHours
from hotline.casework.people import OfficerRow
from hotline.casework.timeline import Happened
from hotline.casework.transitions import ASSIGN, TRIAGE, VERBS
from hotline.errors import AccessRefusedError, HotlineError, NotFoundError
from storage.tables import reports, units

ACKNOWLEDGE, NOTE, CLASSIFY, MEASURE, RATE, HASTEN, POSTPONE = (
    *("acknowledge", "note", "classify", "measure", "rate"),
    *("hasten", "postpone"),  # the deadline, to an earlier or a later moment
)
_DUTY = frozenset({ACKNOWLEDGE, NOTE, CLASSIFY, TRIAGE, ASSIGN})
_OFFICER = _DUTY | frozenset(VERBS) | {MEASURE, RATE, HASTEN}
MAY: dict[str, frozenset[str]] = {
    "duty": _DUTY,
    "officer": _OFFICER,
    "deputy": _OFFICER,
    "chief": _OFFICER | {POSTPONE},
}
"""What each role may do to a report; a role that is not here, nothing."""


class NotTheirTaskError(AccessRefusedError):
    """This is not for this role to do."""


class ChangedMeanwhileError(HotlineError):
    """Somebody else has changed the report since the page was opened. `by` is None where the line itself did."""

    def __init__(self, by: str | None, at: datetime) -> None:
        super().__init__()
        self.by, self.at = by, at


class WorkRefusedError(HotlineError):
    """What the form asks for cannot be; `field` names where, `why` is a code that the page has words for."""

    def __init__(self, field: str, why: str, **about: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why, self.about = field, why, about


@dataclass(frozen=True)
class Hand:
    """Who works on which report, in the version that was on the page, and when."""

    officer: OfficerRow
    reference: str
    version: int
    now: datetime


@dataclass(frozen=True)
class Case:
    """A report as it lies open on the desk."""

    id: int
    reference: str
    unit_id: int
    kind: str
    category: str | None
    urgency: str
    status: str
    outcome: str | None
    place_id: int | None
    privacy: str | None
    unsafe_to_ring_back: bool
    usefulness: str | None
    received_at: datetime
    acknowledged_at: datetime | None
    due_at: datetime | None
    due_by_rule: datetime | None
    settled_at: datetime | None
    assigned_to: int | None
    linked_to: int | None
    version: int
    calendar: Calendar = field(repr=False)
    content_public: bytes = field(repr=False)

    @property
    def deadline_class(self) -> str:
        return class_of(self.kind, self.category)

    def day(self, moment: datetime) -> date:
        """The day on the wall of the unit."""
        return moment.astimezone(self.calendar.zone).date()


def may(officer: OfficerRow, act: str) -> bool:
    return act in MAY.get(officer.role, frozenset())


def case_of(connection: Connection, officer: OfficerRow, reference: str) -> Case:
    """A report of the officer's own unit. Raises NotFoundError, also where it is another unit's."""
    query = _CASES.where(reports.c.unit_id.in_(seen_units(officer)), reports.c.reference == reference)
    row = connection.execute(query).mappings().first() if reference.isprintable() else None
    if row is None:
        raise NotFoundError
    return _case(row)


def case_by_id(connection: Connection, report_id: int) -> Case:
    """A report, for what the line itself does to it."""
    return _case(connection.execute(_CASES.where(reports.c.id == report_id)).mappings().one())


def take_up(connection: Connection, hand: Hand, act: str) -> Case:
    """Lay a report on the desk to do something to it.

    Raises NotFoundError, NotTheirTaskError, ChangedMeanwhileError."""
    case = case_of(connection, hand.officer, hand.reference)
    if not may(hand.officer, act):
        raise NotTheirTaskError
    if case.version != hand.version:
        raise changed_meanwhile(connection, case)
    return case


def change(connection: Connection, case: Case, hand: Hand, values: Mapping[str, Any], happened: Happened) -> None:
    """Change the report, write down who did, and let every page that is open on it grow stale.

    Raises ChangedMeanwhileError where another change came first; then nothing is written."""
    as_seen = update(reports).where(reports.c.id == case.id, reports.c.version == case.version)
    changed = connection.execute(as_seen.values(**values, version=case.version + 1))
    if changed.rowcount != 1:
        raise changed_meanwhile(connection, case)
    write_down(connection, case, hand.officer.id, happened, hand.now)


def write_down(connection: Connection, case: Case, officer_id: int, happened: Happened, now: datetime) -> None:
    """Put an officer's act into the timeline and into the audit."""
    timeline.add(connection, case.id, happened, officer_id, case.content_public, now)
    steps = {"before": happened.before, "after": happened.after} if happened.after else {}
    audit.append(connection, officer_id, f"report {happened.what}", f"report/{case.reference}", steps, now)


def changed_meanwhile(connection: Connection, case: Case) -> ChangedMeanwhileError:
    by, at = timeline.last_change(connection, case.id) or (None, case.received_at)
    return ChangedMeanwhileError(by, at.astimezone(case.calendar.zone))


_CASES = select(
    reports,
    units.c.timezone,
    units.c.office_hours,
    units.c.holidays,
    units.c.deadlines,
    units.c.content_public,
).join(units, units.c.id == reports.c.unit_id)
_COPIED = tuple(name for name in Case.__dataclass_fields__ if name not in ("calendar", "content_public"))


def _case(row: RowMapping) -> Case:
    hours = OfficeHours.from_settings(row["office_hours"], row["holidays"])
    calendar = Calendar(ZoneInfo(row["timezone"]), hours, Rules.from_settings(row["deadlines"]))
    copied = {name: row[name] for name in _COPIED}
    return Case(**copied, calendar=calendar, content_public=bytes(row["content_public"]))
