"""The emergencies that are on the line at this moment, for who watches over the desk."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select

from hotline.casework.sending import CANCELLED, FAILED, PENDING, SENDING
from storage.tables import call_officers, calls, officer_legs, officers, places, ringings

MOST_LIVE = 10
State = Literal["ringing", "taken", "talking", "alone"]
LegState = Literal["planned", "ringing", "picked up", "took", "passed on", "late", "unreached", "called off"]


@dataclass(frozen=True)
class LiveLeg:
    """An officer's telephone in an emergency."""

    officer: str
    group: str
    state: LegState


@dataclass(frozen=True)
class LiveEmergency:
    """A caller in danger who is on the line. `alone`: with the recording or the menus, nobody is being rung."""

    call_id: int
    since: datetime
    language: str
    category: str | None
    place: str | None
    place_names: Mapping[str, Any]
    state: State
    officer: str | None
    legs: tuple[LiveLeg, ...]

    @property
    def rung(self) -> tuple[str, ...]:
        """Whose telephones ring, or are about to."""
        return tuple(leg.officer for leg in self.legs if leg.state in ("planned", "ringing", "picked up"))


def live_emergencies(connection: Connection, unit_id: int, now: datetime) -> list[LiveEmergency]:
    """The unit's emergencies on the line, at most `MOST_LIVE`, the longest first; never who calls. Cheap."""
    live = _CALLS.where(calls.c.unit_id == unit_id, calls.c.started_at <= now).order_by(calls.c.started_at, calls.c.id)
    found = connection.execute(live.limit(MOST_LIVE)).all()
    if not found:
        return []
    rounds = _grouped(connection.execute(_RINGINGS.where(ringings.c.call_id.in_([row.id for row in found]))).all())
    legs = _grouped(connection.execute(_LEGS.where(ringings.c.call_id.in_([row.id for row in found]))).all())
    return [_live(row, rounds[row.id], legs[row.id]) for row in found]


def _grouped(rows: Any) -> dict[int, list[Row[Any]]]:
    by_call: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_call[row.call_id].append(row)
    return by_call


def _live(call: Any, rounds: list[Row[Any]], legs: list[Row[Any]]) -> LiveEmergency:
    last = rounds[-1] if rounds else None
    state = _state(call, last)
    return LiveEmergency(
        call_id=call.id,
        since=rounds[0].rung_at if rounds else call.started_at,
        language=call.language,
        category=last.category if last else None,
        place=last.place if last else None,
        place_names=(last.place_names or {}) if last else {},
        state=state,
        officer=(last.officer if last and last.over_at is None else call.officer) if state != "ringing" else None,
        legs=tuple(LiveLeg(leg.name, leg.group_name, leg_state(leg)) for leg in legs),
    )


def _state(call: Any, last: Row[Any] | None) -> State:
    if last is None or last.over_at is not None or last.left_at is not None:
        return "talking" if call.officer else "alone"  # rung one after the other, the carrier joins the two itself
    if last.taken_by is None:
        return "ringing"
    return "talking" if last.joined_at else "taken"


def leg_state(leg: Row[Any]) -> LegState:
    """How the call to an officer stands, of a row of `officer_legs`."""
    answers: dict[str, LegState] = {"took": "took", "passed": "passed on", "late": "late"}
    if leg.answer in answers:
        return answers[leg.answer]
    if leg.state == CANCELLED or leg.let_go_at is not None:
        return "called off"
    if leg.state == FAILED or leg.ended_at is not None:
        return "unreached"
    if leg.state in (PENDING, SENDING):
        return "planned"
    return "picked up" if leg.picked_up_at is not None else "ringing"


_TALKS = call_officers.alias("talks")
_CALLS = (
    select(calls.c.id, calls.c.started_at, calls.c.language, func.max(officers.c.name).label("officer"))
    .outerjoin(_TALKS, (_TALKS.c.call_id == calls.c.id) & (_TALKS.c.visit == calls.c.visit))
    .outerjoin(officers, officers.c.id == _TALKS.c.officer_id)
    .where(calls.c.emergency, calls.c.ended_at.is_(None))
    .group_by(calls.c.id, calls.c.started_at, calls.c.language)
)
_RINGINGS = (
    select(
        ringings, places.c.name.label("place"), places.c.names.label("place_names"), officers.c.name.label("officer")
    )
    .outerjoin(places, places.c.id == ringings.c.place_id)
    .outerjoin(officers, officers.c.id == ringings.c.taken_by)
    .order_by(ringings.c.id)
)
_LEGS = (
    select(officer_legs, ringings.c.call_id, ringings.c.group_name, officers.c.name)
    .join(ringings, ringings.c.id == officer_legs.c.ringing_id)
    .join(officers, officers.c.id == officer_legs.c.officer_id)
    .order_by(officer_legs.c.id)
)
