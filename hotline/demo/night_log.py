"""What a night has left in the database: who was rung for what, step by step, as plain lines."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from hotline.casework.emergencies import leg_state
from hotline.casework.follow_ups import ALARM
from hotline.casework.policies import TEXT, VOICE
from hotline.casework.recordings import AWAITED, KEPT
from hotline.casework.sending import CANCELLED, DELIVERED, FAILED, SENT
from ivr_flows.taxonomy import load_taxonomy
from storage.database import Store
from storage.tables import alarms, follow_ups, lines, officer_legs, officers, pages, recordings, reports, ringings

_WAYS = {VOICE: "telephone", TEXT: "text", "mail": "letter", "webhook": "webhook"}
_ANSWERS = {"took": "has it", "late": "too late", "passed": "passed it on"}
_TROUBLES = {"no-answer": "nobody picked up", "busy": "busy", "expired": "too late", "canceled": "fell silent"}


@dataclass(frozen=True)
class Paged:
    """One page: who, by what, how it stands, and since when (UTC)."""

    officer: str
    channel: str
    state: str
    answer: str | None
    trouble: str | None
    at: datetime

    @property
    def is_over(self) -> bool:
        """A call or text of which no more is to be expected."""
        return self.state in (DELIVERED, FAILED, CANCELLED)

    def outcome(self) -> str:
        if self.answer is not None:
            return _ANSWERS.get(self.answer, self.answer)
        if self.state == FAILED:
            return _TROUBLES.get(self.trouble or "", "could not be reached")
        return self._unanswered().get(self.state, self.state)

    def _unanswered(self) -> dict[str, str]:
        return {DELIVERED: "no key pressed", SENT: "rings"} if self.channel == VOICE else {DELIVERED: "arrived"}


@dataclass(frozen=True)
class Step:
    """One step of a follow-up with all its pages; `round` and `number` count from 1."""

    round: int
    number: int
    pages: tuple[Paged, ...]

    @property
    def is_over(self) -> bool:
        return all(page.is_over for page in self.pages)

    def told(self) -> str:
        """Who was rung and texted, and what came of it, in one sentence."""
        rung = [page for page in self.pages if page.channel == VOICE]
        texted = [page.officer for page in self.pages if page.channel == TEXT]
        outcomes = ", ".join(dict.fromkeys(page.outcome() for page in rung))
        names = ", ".join(page.officer for page in rung)
        return f"{names} rung: {outcomes}." + (f" Texted: {', '.join(texted)}." if texted else "")


@dataclass(frozen=True)
class FollowUp:
    """How far a report has climbed."""

    state: str
    next_at: datetime


@dataclass(frozen=True)
class Report:
    """What the board says of a report."""

    urgency: str
    taken_by: str | None


@dataclass(frozen=True)
class Recordings:
    """How many recordings there are: here and sealed, and still to be fetched."""

    kept: int
    awaited: int


def recordings_of(store: Store) -> Recordings:
    """The recordings of the line."""
    with store.read() as connection:
        states = Counter(connection.scalars(select(recordings.c.status)))
    return Recordings(states[KEPT], states[AWAITED])


def follow_up_of(store: Store, reference: str) -> FollowUp:
    """The follow-up of a report."""
    query = select(follow_ups.c.state, follow_ups.c.next_at).join(reports, reports.c.id == follow_ups.c.report_id)
    with store.read() as connection:
        return FollowUp(*connection.execute(query.where(_named(reference))).one())


def report_of(store: Store, reference: str) -> Report:
    """A report, in the words of the board."""
    query = select(reports.c.urgency, officers.c.name).outerjoin(officers, officers.c.id == reports.c.acknowledged_by)
    with store.read() as connection:
        return Report(*connection.execute(query.where(_named(reference))).one())


def _named(reference: str) -> ColumnElement[bool]:
    """The report of the commune that answers: its neighbours number theirs in the same way."""
    answers = select(lines.c.unit_id).where(lines.c.retired_at.is_(None))
    return (reports.c.reference == reference) & reports.c.unit_id.in_(answers)


def alarm_of(store: Store, reference: str) -> bool:
    """Whether it was said aloud that nobody takes this report."""
    named = alarms.c.details["report"].as_string() == reference
    with store.read() as connection:
        return bool(connection.scalar(select(exists().where(alarms.c.what == ALARM, named))))


def steps_of(store: Store, reference: str) -> list[Step]:
    """The steps that a report's follow-up has taken, the first first."""
    with store.read() as connection:
        return _steps(connection, reference)


def _steps(connection: Connection, reference: str) -> list[Step]:
    query = (
        select(pages, officers.c.name)
        .join(follow_ups, follow_ups.c.id == pages.c.follow_up_id)
        .join(reports, reports.c.id == follow_ups.c.report_id)
        .outerjoin(officers, officers.c.id == pages.c.officer_id)
        .where(_named(reference))
        .order_by(pages.c.loop, pages.c.step_no, pages.c.channel.desc(), pages.c.id)
    )
    found: dict[tuple[int, int], list[Paged]] = {}
    for row in connection.execute(query):
        found.setdefault((row.loop, row.step_no), []).append(_paged(row))
    return [Step(loop + 1, number + 1, tuple(of_step)) for (loop, number), of_step in found.items()]


def _paged(row: Row[Any]) -> Paged:
    who = row.name or f"the {row.group_name}'s"
    return Paged(who, row.channel, row.state, row.answer, row.last_error, row.fired_at or row.planned_at)


# ---- the whole night -----------------------------------------------------------------------------------------------


def escalation_log(store: Store, since: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Everybody who was rung or texted since then, from the rows: for callers in danger, then report by report."""
    with store.read() as connection:
        yield from _of_emergencies(connection, since, zone)
        query = (
            select(
                reports.c.reference,
                reports.c.kind,
                reports.c.category,
                reports.c.urgency,
                follow_ups.c.state,
                officers.c.name,
            )
            .join(follow_ups, follow_ups.c.report_id == reports.c.id)
            .outerjoin(officers, officers.c.id == reports.c.acknowledged_by)
            .where(reports.c.received_at >= since)
            .order_by(reports.c.id)
        )
        for row in connection.execute(query).all():
            yield from _of_report(connection, row, zone)


def _of_emergencies(connection: Connection, since: datetime, zone: ZoneInfo) -> Iterator[str]:
    query = (
        select(officer_legs, ringings.c.group_name, officers.c.name)
        .join(ringings, ringings.c.id == officer_legs.c.ringing_id)
        .join(officers, officers.c.id == officer_legs.c.officer_id)
        .where(officer_legs.c.planned_at >= since)
        .order_by(officer_legs.c.id)
    )
    yield "  A caller in danger holds the line"
    for row in connection.execute(query):
        at = row.fired_at or row.planned_at
        yield _line(f"together, {row.group_name}", row.name, _WAYS[VOICE], leg_state(row), at, zone)


def _of_report(connection: Connection, report: Any, zone: ZoneInfo) -> Iterator[str]:
    known = load_taxonomy()
    about = (known.codes[report.category].names if report.category else known.kinds[report.kind])["en"]
    whose = f"with {report.name}" if report.name else "with nobody"
    yield f"  {report.reference}  {about}, {report.urgency}: {report.state}, {whose}"
    steps = _steps(connection, report.reference)
    if not steps:
        yield "    nobody had to be paged"
    for step in steps:
        for page in step.pages:
            way = _WAYS.get(page.channel, page.channel)
            yield _line(f"round {step.round}, step {step.number}", page.officer, way, page.outcome(), page.at, zone)


def _line(step: str, officer: str, way: str, state: str, at: datetime, zone: ZoneInfo) -> str:
    return f"    {step:<16} {officer:<8} {way:<10} {state:<20} {at.astimezone(zone):%H:%M:%S}"
