"""An officer's telephone when two things ring: a page gives way to a caller in danger, and rings again afterwards.

A telephone that rings for a report is busy to everybody else. So the worker ends that call, and the call to the
emergency goes out a breath later; at the latest after a few seconds, whatever the carrier does."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from hotline.casework.once import insert_once
from hotline.casework.policies import VOICE
from hotline.casework.sending import CANCELLED, DELIVERED, FAILED, PENDING, SENT, UNDER_WAY
from storage.tables import officer_legs, pages, ringings

GAVE_WAY = "gave way"
"""The trouble of a page whose call was ended for an emergency."""
_LONGEST_WAIT = timedelta(seconds=3)  # of a caller in danger, for a telephone to fall silent
_BREATH = timedelta(seconds=1)  # a network frees a telephone a little after it was told to
_LONGEST_CALL = timedelta(seconds=90)  # of a page: half a minute of ringing, then a question
_AGAIN_AFTER = timedelta(seconds=30)
_LIVES_ON = timedelta(minutes=15)  # the page that rings again: longer than most talks with somebody in danger


@dataclass(frozen=True)
class InTheWay:
    """A page whose call keeps an officer's telephone busy, while a caller in danger needs it."""

    page_id: int
    carrier_id: str


def in_the_way(connection: Connection, now: datetime) -> Sequence[InTheWay]:
    """The calls to be ended now, so that officers can be rung for somebody in danger. Cheap, and takes no lock."""
    waits = (officer_legs.c.state == PENDING) & (officer_legs.c.not_before <= now) & (officer_legs.c.expires_at > now)
    query = (
        select(pages.c.id, pages.c.carrier_id)
        .join(officer_legs, officer_legs.c.officer_id == pages.c.officer_id)
        .join(ringings, ringings.c.id == officer_legs.c.ringing_id)
        .where(waits, ringings.c.emergency, ringings.c.taken_by.is_(None), ringings.c.over_at.is_(None))
        .where(_rings(now), pages.c.state == SENT, pages.c.carrier_id.is_not(None))
        .distinct()
    )
    return [InTheWay(*row) for row in connection.execute(query)]


def is_waited_for(now: datetime) -> ColumnElement[bool]:
    """Of a row of `officer_legs` joined to its ringing: whether a page must first give way on that telephone."""
    just_silent = (pages.c.last_error == GAVE_WAY) & (pages.c.changed_at > now - _BREATH)
    on_that_telephone = exists().where(
        pages.c.officer_id == officer_legs.c.officer_id, or_(_rings(now), (pages.c.channel == VOICE) & just_silent)
    )
    return ringings.c.emergency & (officer_legs.c.planned_at > now - _LONGEST_WAIT) & on_that_telephone


def _rings(now: datetime) -> ColumnElement[bool]:
    """Whether the call of a page is going on, or may be, as far as is known: its end is told by the carrier."""
    return (pages.c.channel == VOICE) & pages.c.state.in_(UNDER_WAY) & (pages.c.fired_at > now - _LONGEST_CALL)


def gave_way(connection: Connection, page: InTheWay, now: datetime) -> bool:
    """The call of a page was ended: plan another one for later, unless the officer had answered it; tell whether.

    The carrier may have told of that end already, so the page may count as failed, or as delivered, by now. It keeps
    its name for a key that is still on its way; the one that rings again has a name of its own."""
    of_that_call = (pages.c.id == page.page_id) & (pages.c.carrier_id == page.carrier_id)
    ended = update(pages).where(of_that_call, pages.c.state.in_((SENT, FAILED, DELIVERED)))
    unanswered = pages.c.answer.is_(None)
    noted = {"last_error": GAVE_WAY, "changed_at": now}
    row = connection.execute(ended.where(unanswered).values(state=CANCELLED, **noted).returning(pages)).first()
    if row is None:
        connection.execute(ended.values(state=DELIVERED, **noted))
        return False
    return insert_once(connection, pages, _again(row, now))


def _again(row: Any, now: datetime) -> dict[str, Any]:
    first = row.dedupe_key.partition(" ")[0]
    kept = ("follow_up_id", "loop", "step_no", "officer_id", "group_name", "channel", "priority")
    return {
        **{name: row._mapping[name] for name in kept},
        "dedupe_key": f"{first} again after {row.id}",
        "key": secrets.token_urlsafe(18),
        "state": PENDING,
        "attempts": 0,
        "planned_at": now,
        "not_before": now + _AGAIN_AFTER,
        "expires_at": max(row.expires_at, now + _LIVES_ON),
        "changed_at": now,
        "carrier_sequence": -1,
    }
