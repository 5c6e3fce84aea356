"""Officers rung together, from the caller's side: whom to ring, whether somebody has taken the call, and the way to
that one. Each look is an ordinary step of the call; what it changes is written with that step."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select, true, update

from hotline.casework.classification import from_keys
from hotline.casework.live_calls import RacedError
from hotline.casework.roster import OnDuty, took_call
from hotline.casework.sending import CANCELLED, FAILED, PENDING
from ivr_flows.turn import AwaitOfficer, Dialled, Heard, Position, StillRinging, Taken, Turn
from storage.tables import calls, officer_legs, ringings

Write = Callable[[Connection], None]
_LISTENS = timedelta(seconds=10)  # to the question, who has picked up at the last moment
STARTS_RECORDING = "taped"
"""The variable of a call whose line is being recorded: it is started once."""


@dataclass(frozen=True)
class Looked:
    """What a look at the officers' telephones found, and what is to be written if the step is."""

    heard: Heard
    writes: tuple[Write, ...] = ()
    room: str = ""


# ---- ring ----------------------------------------------------------------------------------------------------------


def plan(
    asked: AwaitOfficer,
    officers: Sequence[OnDuty],
    call_id: int,
    visit: int,
    position: Position,
    places: dict[str, int],
    now: datetime,
) -> Write:
    """Have all these officers rung: one row each, which the worker sends within half a second of the commit."""
    emergency = position.variables.get("emergency") == "yes"
    told = from_keys("emergency" if emergency else "other", position.variables, places)
    until = now + timedelta(seconds=asked.ring_seconds)
    ringing = {
        "call_id": call_id,
        "visit": visit,
        "group_name": asked.group,
        "emergency": emergency,
        "category": told.category,
        "place_id": told.place_id,
        "room": secrets.token_urlsafe(18),
        "ring_seconds": asked.ring_seconds,
        "rung_at": now,
        "until": until,
    }
    legs = [_leg(one.officer_id, until, now) for one in officers]

    def write(connection: Connection) -> None:
        row = insert(ringings).values(**ringing).returning(ringings.c.id)
        ringing_id = int(connection.execute(row).scalar_one())
        connection.execute(insert(officer_legs), [{"ringing_id": ringing_id, **leg} for leg in legs])

    return write


def _leg(officer_id: int, until: datetime, now: datetime) -> dict[str, Any]:
    return {
        "officer_id": officer_id,
        "key": secrets.token_urlsafe(18),
        "state": PENDING,
        "attempts": 0,
        "planned_at": now,
        "not_before": now,
        "expires_at": until,
        "changed_at": now,
        "carrier_sequence": -1,
    }


def recorded_once(turn: Turn, asked: AwaitOfficer) -> Turn:
    """The recording of the line is started by the first ringing, and goes on through all others."""
    variables = turn.position.variables
    if not asked.record:
        return turn
    if STARTS_RECORDING in variables:
        return replace(turn, awaits=replace(asked, record=False))
    return replace(turn, position=replace(turn.position, variables={**variables, STARTS_RECORDING: "yes"}))


# ---- look ----------------------------------------------------------------------------------------------------------


def look(connection: Connection, call_id: int, awaited: int, now: datetime) -> Looked | None:
    """How the ringing for a call stands; None where nobody is being rung together. `awaited`: the visit after this."""
    row = _live(connection, call_id)
    if row is None:
        return None
    if row.joined_at is not None:
        return Looked(Dialled(answered=True), (lambda c: _over(c, row.id, now),))
    if row.taken_by is not None and row.left_at is None:
        return Looked(Taken(), (lambda c: _join(c, row, awaited, now),), row.room)
    if row.taken_by is not None:
        return Looked(Dialled(answered=False), (lambda c: _over(c, row.id, now),))
    if not _any_hope(connection, row.id, now, late=now >= row.until):
        return Looked(Dialled(answered=False), (lambda c: _give_up(c, row.id, now),))
    return Looked(StillRinging())


def _live(connection: Connection, call_id: int) -> Row[Any] | None:
    of_call = (ringings.c.call_id == call_id) & ringings.c.over_at.is_(None)
    return connection.execute(select(ringings).where(of_call).order_by(ringings.c.id.desc()).limit(1)).first()


def _any_hope(connection: Connection, ringing_id: int, now: datetime, *, late: bool) -> bool:
    """Whether a telephone still rings, or was just picked up; only that counts when it is late."""
    leg = officer_legs.c
    may_take = leg.ended_at.is_(None) & leg.answer.is_(None) & leg.state.not_in((FAILED, CANCELLED))
    in_time = leg.picked_up_at > now - _LISTENS if late else true()
    return bool(connection.scalar(select(exists().where(leg.ringing_id == ringing_id, may_take, in_time))))


def _join(connection: Connection, row: Row[Any], awaited: int, now: datetime) -> None:
    """Send the caller into the room. The first time is the moment at which the caller reached an officer."""
    here = update(ringings).where(ringings.c.id == row.id, ringings.c.left_at.is_(None), ringings.c.over_at.is_(None))
    _once(connection, here.values(joined_at=now))
    first = func.coalesce(calls.c.officer_joined_at, now)
    connection.execute(update(calls).where(calls.c.id == row.call_id).values(officer_joined_at=first))
    took_call(connection, row.call_id, awaited, row.taken_by, now)


def _give_up(connection: Connection, ringing_id: int, now: datetime) -> None:
    """Nobody took the call in time. Who presses the key at this very moment is either first, or told so."""
    untaken = (ringings.c.id == ringing_id) & ringings.c.taken_by.is_(None) & ringings.c.over_at.is_(None)
    _once(connection, update(ringings).where(untaken).values(over_at=now))
    call_off(connection, ringing_id, now)


def _over(connection: Connection, ringing_id: int, now: datetime) -> None:
    connection.execute(update(ringings).where(ringings.c.id == ringing_id).values(over_at=now))


def _once(connection: Connection, statement: Any) -> None:
    if connection.execute(statement).rowcount != 1:
        raise RacedError


# ---- end -----------------------------------------------------------------------------------------------------------


def call_off(connection: Connection, ringing_id: int, now: datetime) -> None:
    """Do not place the calls that have not gone out yet; those that have, the worker ends (`officer_legs.let_go`)."""
    waiting = (officer_legs.c.ringing_id == ringing_id) & (officer_legs.c.state == PENDING)
    connection.execute(update(officer_legs).where(waiting).values(state=CANCELLED, changed_at=now))


def caller_left(connection: Connection, call_id: int, now: datetime) -> None:
    """The call is over, and so is all ringing for it."""
    row = _live(connection, call_id)
    if row is not None:
        _over(connection, row.id, now)
        call_off(connection, row.id, now)
