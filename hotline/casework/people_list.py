"""Who works in the unit: roles, who is on duty or talking, who can be rung, whose keys are still to come."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from hotline.casework.accounts import Account, account, account_of, refuse_who_may_not_read
from hotline.casework.leaving import plan_of
from hotline.casework.people import DUE_KEYS, OfficerRow, waiting_for_grants
from hotline.casework.roster import duties, on_a_call, phone_of
from hotline.casework.roster_plan import Plan
from hotline.casework.shift_patterns import Span
from hotline.casework.sign_in import IDLE, LONGEST
from storage.sealing import ApplicationSecret
from storage.tables import console_sessions, grants, officers, reports

_AN_INSTANT = timedelta(microseconds=1)
_ENDING = 2  # digits of a number that are shown: enough to know one's own, too few to ring


@dataclass(frozen=True)
class ListedOfficer:
    """An officer as the list shows one. `ending`: the last digits of the telephone."""

    account: Account
    on_duty: tuple[str, ...]
    talking: bool
    waiting: tuple[str, ...]
    ending: str | None

    @property
    def keys(self) -> str:
        """none | open | waiting | vouching (a chief has to say so first)"""
        if not DUE_KEYS.get(self.account.role) or not self.account.active:
            return "none"
        if not self.waiting:
            return "open"
        return "waiting" if self.account.vouched else "vouching"


@dataclass(frozen=True)
class OfficerPage:
    """All that a page about one officer shows."""

    listed: ListedOfficer
    plan: Plan
    sessions: int
    open_reports: int
    holds: tuple[str, ...]


def people_of(
    connection: Connection, reader: OfficerRow, secret: ApplicationSecret, now: datetime
) -> list[ListedOfficer]:
    """The officers of the reader's unit, those who work there now first. Raises AccessRefusedError."""
    refuse_who_may_not_read(reader)
    query = select(officers).where(officers.c.unit_id == reader.unit_id)
    rows = connection.execute(query.order_by(officers.c.active.desc(), officers.c.name, officers.c.id)).all()
    groups, talking = _on_duty(connection, reader.unit_id, now), on_a_call(connection, reader.unit_id)
    waiting = defaultdict(list)
    for one in waiting_for_grants(connection, unit_id=reader.unit_id):
        waiting[one.officer_id].append(one.key_kind)
    return [
        ListedOfficer(
            account(row),
            tuple(groups.get(row.id, ())),
            row.id in talking,
            tuple(waiting.get(row.id, ())),
            ending(row.phone, row.login, secret),
        )
        for row in rows
    ]


def officer_page(
    connection: Connection, reader: OfficerRow, account_id: int, secret: ApplicationSecret, now: datetime
) -> OfficerPage:
    """One officer of the reader's unit. Raises AccessRefusedError, NotFoundError."""
    found = account_of(connection, reader, account_id)
    listed = next(one for one in people_of(connection, reader, secret, now) if one.account.id == found.id)
    live = (console_sessions.c.seen_at > now - IDLE) & (console_sessions.c.started_at > now - LONGEST)
    sessions = select(func.count()).where(console_sessions.c.officer_id == found.id, live)
    unfinished = select(func.count()).where(reports.c.assigned_to == found.id, reports.c.settled_at.is_(None))
    holds = select(grants.c.key_kind).where(grants.c.officer_id == found.id).order_by(grants.c.key_kind)
    return OfficerPage(
        listed,
        plan_of(connection, found.unit_id, found.id, now),
        connection.scalar(sessions) or 0,
        connection.scalar(unfinished) or 0,
        tuple(connection.scalars(holds)),
    )


def ending(phone: bytes | None, login: str, secret: ApplicationSecret) -> str | None:
    """The last digits of an officer's number as it is kept."""
    return phone_of(phone, login, secret)[-_ENDING:] if phone else None


def _on_duty(connection: Connection, unit_id: int, now: datetime) -> Mapping[int, Sequence[str]]:
    groups: dict[int, list[str]] = defaultdict(list)
    for duty in duties(connection, unit_id, Span(now, now + _AN_INSTANT)):
        groups[duty.officer_id].append(duty.group)
    return groups
