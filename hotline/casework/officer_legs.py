"""The calls to officers who are rung together: which goes out next, and which has to end.

Planned, claimed, sent and finished like pages, only quicker: somebody holds the line meanwhile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, select, update

from hotline.casework import giving_way
from hotline.casework.policies import VOICE
from hotline.casework.roster import phone_of
from hotline.casework.sending import CANCELLED, FAILED, PENDING, SENDING, UNDER_WAY, Sending
from storage.sealing import ApplicationSecret
from storage.tables import calls, lines, officers, ringings
from storage.tables import officer_legs as rows

LEASE = timedelta(seconds=8)
ASK_AFTER = timedelta(seconds=2)
LEAVES_IN_PEACE = timedelta(seconds=4)  # who comes and goes by the carrier's own doing, as nearly everybody does
_FETCHES_AGAIN = timedelta(seconds=10)
_FORGOTTEN = timedelta(hours=1)  # no call to an officer is still to be ended after that
_LONGEST_RING = timedelta(seconds=90)
_SENDING = Sending(rows, LEASE, ASK_AFTER)

finish = _SENDING.finish
put_off = _SENDING.put_off
any_abandoned = _SENDING.any_abandoned
notice_abandoned = _SENDING.notice_abandoned
settle_unknown = _SENDING.settle_unknown


@dataclass(frozen=True)
class Leg:
    """One claimed call to an officer, to be placed by this owner until its lease ends."""

    ids: tuple[int, ...]
    key: str
    attempts: int
    owner: str
    fired_at: datetime
    line_number: str
    ring_s: int
    address: str = field(repr=False)  # the officer's number, E.164
    channel: str = VOICE


# ---- claim ---------------------------------------------------------------------------------------------------------


def any_due(connection: Connection, channels: Collection[str], now: datetime) -> bool:
    """Whether there is anything to claim; cheap, and takes no lock."""
    return VOICE in channels and connection.execute(_next(now)).first() is not None


def claim(
    connection: Connection, channels: Collection[str], owner: str, secret: ApplicationSecret, now: datetime
) -> Leg | None:
    """Take the next call to be placed; None where none is due. One whose caller has an officer by now is called off."""
    if VOICE not in channels:
        return None
    _SENDING.drop_expired(connection, now)
    while row := connection.execute(_next(now).with_for_update(skip_locked=True, of=rows)).first():
        if row.taken_by is not None or row.over_at is not None:
            _set(connection, row.id, state=CANCELLED, changed_at=now)
        elif not row.active or not row.phone:
            _set(connection, row.id, state=FAILED, last_error="no address", changed_at=now)
        else:
            _SENDING.claim(connection, [row.id], row.key, row.attempts + 1, owner, now)
            return _leg(row, row.attempts + 1, owner, now, secret)
    return None


def _next(now: datetime) -> Select[Any]:
    waiting = (rows.c.state == PENDING) & (rows.c.not_before <= now) & (rows.c.expires_at > now)
    free = ~_rings_already(now) & ~giving_way.is_waited_for(now)
    return _LEGS.where(waiting, free).order_by(rows.c.planned_at, rows.c.id).limit(1)


def _rings_already(now: datetime) -> ColumnElement[bool]:
    """Of two callers in danger an officer is rung for the one and, if that one is helped, for the other."""
    other = rows.alias("other")
    rings = other.c.ended_at.is_(None) & other.c.state.in_(UNDER_WAY) & (other.c.fired_at > now - _LONGEST_RING)
    return exists().where(other.c.officer_id == rows.c.officer_id, other.c.id != rows.c.id, rings)


def _leg(row: Row[Any], attempts: int, owner: str, fired_at: datetime, secret: ApplicationSecret) -> Leg:
    return Leg(
        ids=(row.id,),
        key=row.key,
        attempts=attempts,
        owner=owner,
        fired_at=fired_at,
        line_number=row.line_number,
        ring_s=row.ring_seconds,
        address=phone_of(row.phone, row.login, secret) if row.phone else "",
    )


def unknown(connection: Connection, channels: Collection[str], secret: ApplicationSecret, now: datetime) -> list[Leg]:
    """The calls of which nobody knows whether they were placed, long enough for the carrier to have listed them."""
    if VOICE not in channels:
        return []
    found = connection.execute(_LEGS.where(_SENDING.ripe(now)).order_by(rows.c.id))
    return [_leg(row, row.attempts, "", row.fired_at, secret) for row in found]


def _set(connection: Connection, leg_id: int, **values: object) -> None:
    connection.execute(update(rows).where(rows.c.id == leg_id).values(**values))


_LEGS = (
    select(
        rows,
        ringings.c.taken_by,
        ringings.c.over_at,
        ringings.c.ring_seconds,
        lines.c.number.label("line_number"),
        officers.c.login,
        officers.c.phone,
        officers.c.active,
    )
    .join(ringings, ringings.c.id == rows.c.ringing_id)
    .join(calls, calls.c.id == ringings.c.call_id)
    .join(lines, lines.c.id == calls.c.line_id)
    .join(officers, officers.c.id == rows.c.officer_id)
)


# ---- what the carrier tells ----------------------------------------------------------------------------------------


def heard_of(
    connection: Connection, key: str, carrier_id: str, status: str, sequence: int | None, now: datetime, *, over: bool
) -> None:
    """A callback about a call to an officer. `over`: it has ended; who had taken the caller has left then."""
    _SENDING.heard_of(connection, key, carrier_id, status, sequence, now)
    if over:
        ended(connection, key, now)


def picked_up(connection: Connection, key: str, carrier_id: str, now: datetime) -> None:
    """The carrier asks what to say: so the call was placed, whatever became of the answer to that."""
    _SENDING.heard_of(connection, key, carrier_id, "in-progress", None, now)
    first = (rows.c.key == key) & rows.c.picked_up_at.is_(None)
    connection.execute(update(rows).where(first).values(picked_up_at=now))


def ended(connection: Connection, key: str, now: datetime) -> None:
    """The call to an officer is over."""
    first = update(rows).where(rows.c.key == key, rows.c.ended_at.is_(None)).values(ended_at=now)
    row = connection.execute(first.returning(rows.c.ringing_id, rows.c.officer_id)).first()
    if row is not None:
        theirs = (ringings.c.id == row.ringing_id) & (ringings.c.taken_by == row.officer_id)
        connection.execute(update(ringings).where(theirs, ringings.c.left_at.is_(None)).values(left_at=now))


# ---- what has to end -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Needless:
    """A call to an officer that has lost its purpose. One who has picked up is told why."""

    id: int
    key: str
    carrier_id: str
    picked_up: bool


@dataclass(frozen=True)
class Astray:
    """A caller who is not where the talk is: with the words of the ringing still, at the fallback, or in a room that
    the officer has left."""

    ringing_id: int
    carrier_call_id: str
    call_key: str
    visit: int


def needless(connection: Connection, now: datetime) -> Sequence[Needless]:
    """The calls that still ring, or were answered, although another officer has the caller or nobody waits any more."""
    others = ringings.c.taken_by.is_distinct_from(rows.c.officer_id)
    taken_by_another = ringings.c.taken_by.is_not(None) & others
    nobody_waits = ringings.c.over_at.is_not(None) & (others | (ringings.c.over_at <= now - LEAVES_IN_PEACE))
    goes_on = rows.c.carrier_id.is_not(None) & rows.c.ended_at.is_(None) & rows.c.let_go_at.is_(None)
    query = (
        select(rows.c.id, rows.c.key, rows.c.carrier_id, rows.c.picked_up_at)
        .join(ringings, ringings.c.id == rows.c.ringing_id)
        .where(taken_by_another | nobody_waits, goes_on, rows.c.state.not_in((PENDING, SENDING, CANCELLED, FAILED)))
        .where(rows.c.planned_at > now - _FORGOTTEN)
        .order_by(rows.c.id)
    )
    return [
        Needless(row.id, row.key, row.carrier_id, row.picked_up_at is not None) for row in connection.execute(query)
    ]


def let_go(connection: Connection, leg_id: int, now: datetime) -> None:
    """The carrier was told to end it."""
    _set(connection, leg_id, let_go_at=now)


def astray(connection: Connection, now: datetime) -> Sequence[Astray]:
    """The callers who have not come to the officer who took them, or whose officer left while they wait."""
    late = now - LEAVES_IN_PEACE
    alone = ringings.c.joined_at.is_not(None) & (ringings.c.left_at <= late)
    absent = ringings.c.joined_at.is_(None) & ringings.c.left_at.is_(None) & (ringings.c.taken_at <= late)
    untried = ringings.c.fetched_at.is_(None) | (ringings.c.fetched_at <= now - _FETCHES_AGAIN)
    query = select(ringings.c.id, calls.c.carrier_call_id, calls.c.key, calls.c.visit).join(
        calls, calls.c.id == ringings.c.call_id
    )
    going_on = ringings.c.over_at.is_(None) & calls.c.ended_at.is_(None)
    return [Astray(*row) for row in connection.execute(query.where(alone | absent, untried, going_on))]


def fetched(connection: Connection, ringing_id: int, now: datetime) -> None:
    """The carrier was told to bring the caller to the step that is awaited."""
    connection.execute(update(ringings).where(ringings.c.id == ringing_id).values(fetched_at=now))
