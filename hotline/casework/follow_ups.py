"""The follow-up of a report: opened with it, climbing step by step until somebody has it.

One transaction advances the step and writes the pages; any number of workers may try."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, exists, insert, select, update

from hotline.casework import pages, timeline
from hotline.casework.alarms import raise_alarm
from hotline.casework.escalation import Move, Present, Rung, Ways, decide, first_due, is_exhausted
from hotline.casework.policies import MAIL, MAILBOXES, Policy, frozen_policy
from hotline.casework.roster import GROUPS, on_duty, rostered
from hotline.casework.timeline import Happened
from ivr_flows.taxonomy import load_taxonomy
from storage.sealing import ApplicationSecret
from storage.tables import follow_ups, officers, reports, units

OPEN, EXHAUSTED, ACKED, RESOLVED = "open", "exhausted", "acked", "resolved"
CLIMBING = (OPEN, EXHAUSTED)
ALARM = "nobody_takes_report"
_LEAST_LIFE = timedelta(minutes=2)  # of a page: the next step may come sooner than the carrier answers


class OvertakenError(Exception):
    """Another worker has taken this step."""


@dataclass(frozen=True)
class Due:
    """A follow-up whose step has come."""

    id: int
    report_id: int
    reference: str
    unit_id: int
    urgency: str
    policy: Policy
    rung: Rung
    next_at: datetime
    state: str
    version: int
    zone: ZoneInfo
    mailboxes: frozenset[str]
    content_public: bytes


def open_for(connection: Connection, report_id: int, received_at: datetime) -> None:
    """Start the clock of a new report, in its own transaction; one that an officer has already needs none."""
    query = (
        select(reports.c.unit_id, reports.c.urgency, reports.c.acknowledged_at, units.c.follow_ups, units.c.timezone)
        .join(units, units.c.id == reports.c.unit_id)
        .where(reports.c.id == report_id)
    )
    row = connection.execute(query).one()
    policy = frozen_policy(row.follow_ups, row.urgency)
    values = {
        "report_id": report_id,
        "unit_id": row.unit_id,
        "policy": policy,
        "state": ACKED if row.acknowledged_at else OPEN,
        "next_at": first_due(Policy.from_frozen(policy), received_at, ZoneInfo(row.timezone)),
    }
    connection.execute(insert(follow_ups).values(**values))


def settle_answered(connection: Connection, now: datetime) -> int:
    """Stop the clocks of reports that somebody has taken or that are over, and call their pages back; tell how many."""
    settled = 0
    for state, answered in ((RESOLVED, reports.c.settled_at), (ACKED, reports.c.acknowledged_at)):
        of_report = exists().where(reports.c.id == follow_ups.c.report_id, answered.is_not(None))
        stopped = update(follow_ups).where(follow_ups.c.state.in_(CLIMBING), of_report)
        values = {"state": state, "version": follow_ups.c.version + 1}
        found = list(connection.scalars(stopped.values(values).returning(follow_ups.c.id)))
        pages.cancel(connection, found, now)
        settled += len(found)
    return settled


def any_answered(connection: Connection) -> bool:
    """Whether a clock runs on whose report is taken; cheap, and takes no lock."""
    query = (
        select(follow_ups.c.id)
        .join(reports, reports.c.id == follow_ups.c.report_id)
        .where(follow_ups.c.state.in_(CLIMBING))
        .where(reports.c.acknowledged_at.is_not(None) | reports.c.settled_at.is_not(None))
    )
    return connection.execute(query.limit(1)).first() is not None


def any_due(connection: Connection, now: datetime) -> bool:
    """Whether a step has come; cheap, and takes no lock."""
    return connection.execute(_due(now)).first() is not None


def climb(connection: Connection, channels: frozenset[str], secret: ApplicationSecret, now: datetime) -> bool:
    """Take the step that is due the longest: write its pages and set the next one. False where none is due.

    Raises OvertakenError where another worker was quicker; nothing is written then."""
    row = connection.execute(_due(now).with_for_update(skip_locked=True, of=follow_ups)).first()
    if row is None:
        return False
    due = _as_due(row)
    present = {group: _present(connection, due.unit_id, group, secret, now) for group in GROUPS}
    ways = Ways(channels, due.mailboxes if MAIL in channels else frozenset())
    move = decide(due.policy, due.rung, due.next_at, present, ways, due.zone, now)
    _advance(connection, due, move)
    _write_pages(connection, due, move, now)
    _write_down(connection, due, move, now)
    return True


def _due(now: datetime) -> Select[Any]:
    waits = (reports.c.acknowledged_at.is_(None)) & (reports.c.settled_at.is_(None))
    return (
        select(
            follow_ups,
            reports.c.reference,
            reports.c.urgency,
            units.c.timezone,
            units.c.follow_ups.label("settings"),
            units.c.content_public,
        )
        .join(reports, reports.c.id == follow_ups.c.report_id)
        .join(units, units.c.id == follow_ups.c.unit_id)
        .where(follow_ups.c.state.in_(CLIMBING), follow_ups.c.next_at <= now, waits)
        .order_by(follow_ups.c.next_at, follow_ups.c.id)
        .limit(1)
    )


def _as_due(row: Row[Any]) -> Due:
    return Due(
        id=row.id,
        report_id=row.report_id,
        reference=row.reference,
        unit_id=row.unit_id,
        urgency=row.urgency,
        policy=Policy.from_frozen(row.policy),
        rung=Rung(row.loop, row.step_no),
        next_at=row.next_at,
        state=row.state,
        version=row.version,
        zone=ZoneInfo(row.timezone),
        mailboxes=frozenset(row.settings.get(MAILBOXES) or ()),
        content_public=bytes(row.content_public),
    )


def _present(connection: Connection, unit_id: int, group: str, secret: ApplicationSecret, now: datetime) -> Present:
    free = on_duty(connection, unit_id, group, secret, now)
    all_there = rostered(connection, unit_id, group, secret, now)
    return Present(tuple(one.officer_id for one in free), tuple(one.officer_id for one in all_there))


def _advance(connection: Connection, due: Due, move: Move) -> None:
    as_seen = update(follow_ups).where(follow_ups.c.id == due.id, follow_ups.c.version == due.version)
    values: dict[str, Any] = {
        "loop": move.next_rung.loop,
        "step_no": move.next_rung.step_no,
        "next_at": move.next_at,
        "state": EXHAUSTED if is_exhausted(due.policy, move) else due.state,
        "version": due.version + 1,
    }
    if connection.execute(as_seen.values(**values)).rowcount != 1:
        raise OvertakenError


def _write_pages(connection: Connection, due: Due, move: Move, now: datetime) -> None:
    urgency = load_taxonomy().urgencies.get(due.urgency)
    expires_at = max(move.next_at, now + _LEAST_LIFE)
    for rung, recipient in move.pages:
        pages.plan(connection, due.id, rung, recipient, -(urgency.rank if urgency else 0), expires_at, now)


def _write_down(connection: Connection, due: Due, move: Move, now: datetime) -> None:
    """Into the report's timeline; and loudly, once, where nobody takes it."""
    details = {
        "step": move.rung.step_no + 1,
        "round": move.rung.loop + 1,
        "to": _names(connection, {one.officer_id for _, one in move.pages if one.officer_id is not None}),
        "by": " ".join(dict.fromkeys(one.channel for _, one in move.pages)),
    }
    _note(connection, due, Happened(timeline.PAGED if move.pages else timeline.NOBODY_TO_PAGE, details=details), now)
    if is_exhausted(due.policy, move) and due.state != EXHAUSTED:
        _note(connection, due, Happened(timeline.NOT_TAKEN), now)
        why: Mapping[str, Any] = {"report": due.reference, "urgency": due.urgency, "unreached": move.unreached}
        raise_alarm(connection, ALARM, str(due.id), dict(why), now, due.unit_id)


def _names(connection: Connection, officer_ids: set[int]) -> str:
    query = select(officers.c.name).where(officers.c.id.in_(officer_ids)).order_by(officers.c.id)
    return ", ".join(connection.scalars(query))


def _note(connection: Connection, due: Due, happened: Happened, now: datetime) -> None:
    timeline.add(connection, due.report_id, happened, None, due.content_public, now)


def hasten(connection: Connection, follow_up_id: int, now: datetime) -> None:
    """Have the next step come now: the officer of this one cannot go."""
    later = (follow_ups.c.id == follow_up_id) & follow_ups.c.state.in_(CLIMBING) & (follow_ups.c.next_at > now)
    connection.execute(update(follow_ups).where(later).values(next_at=now, version=follow_ups.c.version + 1))
