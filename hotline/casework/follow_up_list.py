"""What is still climbing, as frozen rows for the page: which step is next, and who was reached how."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, case, select

from hotline.casework.call_log import units_of
from hotline.casework.follow_ups import CLIMBING, EXHAUSTED
from hotline.casework.people import OfficerRow
from hotline.casework.policies import Policy
from ivr_flows.taxonomy import load_taxonomy
from storage.tables import follow_ups, officers, pages, places, reports, units

MOST_SHOWN = 100


@dataclass(frozen=True)
class PageRow:
    """One page: at which step (counted from 1, like the rounds), to whom by what, and what came of it."""

    round: int
    step: int
    at: datetime
    name: str | None
    group: str | None
    channel: str
    state: str
    answer: str | None
    trouble: str | None


@dataclass(frozen=True)
class FollowUpRow:
    """A report that nobody has taken yet. `step` of `steps` is next, at `next_at`, for the `rounds`th time."""

    reference: str
    kind: str
    category: str | None
    urgency: str
    happening_now: bool
    locality: str | None
    received_at: datetime
    exhausted: bool
    step: int
    steps: int
    rounds: int
    next_at: datetime
    next_to: tuple[str, ...]
    pages: tuple[PageRow, ...]  # the latest step first

    @property
    def latest(self) -> tuple[PageRow, ...]:
        """The pages of the latest step."""
        return tuple(
            page for page in self.pages if (page.round, page.step) == (self.pages[0].round, self.pages[0].step)
        )

    @property
    def earlier(self) -> tuple[PageRow, ...]:
        """The pages of all steps before."""
        return self.pages[len(self.latest) :]


def climbing(connection: Connection, officer: OfficerRow) -> list[FollowUpRow]:
    """What nobody has taken yet in the officer's unit: exhausted first, then the most urgent.

    Raises AccessRefusedError for those who see no single reports."""
    ranks = {code: -urgency.rank for code, urgency in load_taxonomy().urgencies.items()}
    query = (
        select(
            follow_ups,
            reports.c.reference,
            reports.c.kind,
            reports.c.category,
            reports.c.urgency,
            reports.c.happening_now,
            reports.c.received_at,
            units.c.timezone,
            places.c.name.label("locality"),
        )
        .join(reports, reports.c.id == follow_ups.c.report_id)
        .join(units, units.c.id == follow_ups.c.unit_id)
        .outerjoin(places, places.c.id == reports.c.place_id)
        .where(follow_ups.c.unit_id.in_(units_of(officer)), follow_ups.c.state.in_(CLIMBING))
        .where(reports.c.acknowledged_at.is_(None), reports.c.settled_at.is_(None))
        .order_by(case((follow_ups.c.state == EXHAUSTED, 0), else_=1))
        .order_by(case(ranks, value=reports.c.urgency, else_=0), follow_ups.c.next_at, follow_ups.c.id)
        .limit(MOST_SHOWN)
    )
    found = connection.execute(query).all()
    sent = _pages(connection, [row.id for row in found])
    return [_row(row, sent[row.id]) for row in found]


def _pages(connection: Connection, follow_up_ids: list[int]) -> defaultdict[int, list[Row[Any]]]:
    query = (
        select(pages, officers.c.name)
        .outerjoin(officers, officers.c.id == pages.c.officer_id)
        .where(pages.c.follow_up_id.in_(follow_up_ids))
        .order_by(pages.c.loop.desc(), pages.c.step_no.desc(), pages.c.planned_at, pages.c.id)
    )
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.follow_up_id].append(row)
    return found


def _row(row: Any, sent: Iterable[Row[Any]]) -> FollowUpRow:
    policy, zone = Policy.from_frozen(row.policy), ZoneInfo(row.timezone)
    return FollowUpRow(
        reference=row.reference,
        kind=row.kind,
        category=row.category,
        urgency=row.urgency,
        happening_now=bool(row.happening_now),
        locality=row.locality,
        received_at=row.received_at.astimezone(zone),
        exhausted=row.state == EXHAUSTED,
        step=row.step_no + 1,
        steps=len(policy.steps),
        rounds=row.loop + 1,
        next_at=row.next_at.astimezone(zone),
        next_to=policy.steps[row.step_no].to,
        pages=_page_rows(sent, zone),
    )


def _page_rows(sent: Iterable[Row[Any]], zone: ZoneInfo) -> tuple[PageRow, ...]:
    return tuple(
        PageRow(
            round=row.loop + 1,
            step=row.step_no + 1,
            at=(row.fired_at or row.planned_at).astimezone(zone),
            name=row.name,
            group=row.group_name,
            channel=row.channel,
            state=row.state,
            answer=row.answer,
            trouble=row.last_error,
        )
        for row in sent
    )
