"""What an officer answers who is rung for a caller: the first key 1 has the call, the others hear who took it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from hotline.casework import audit, leg_words, officer_legs, ringings
from hotline.casework.page_words import Subject, spoken_language
from storage.tables import calls, officers, places, units
from storage.tables import officer_legs as legs
from storage.tables import ringings as rows

TAKE, PASS_ON = "1", "2"
TOOK, LATE, PASSED = "took", "late", "passed"


@dataclass(frozen=True)
class Told:
    """What an officer is told. `asks`: a key is awaited; `room`: where the caller comes to, for who took the call."""

    words: str
    language: str
    asks: bool = False
    room: str = ""


def question(connection: Connection, key: str, carrier_id: str, now: datetime) -> Told | None:
    """What the officer hears on picking up; None where there is no such call."""
    leg = _leg(connection, key)
    if leg is None or not leg.active:
        return None
    officer_legs.picked_up(connection, key, carrier_id, now)
    return _asked(leg)


def press(connection: Connection, key: str, digits: str, now: datetime) -> Told | None:
    """An officer takes the call, passes it on, or did neither; the same key again gets the same answer.

    None: nothing was pressed. A mailbox takes no call, and keeps nobody else from taking it."""
    leg = _leg(connection, key)
    if leg is None or not leg.active:
        return None
    if digits == TAKE:
        return _take(connection, leg, now)
    if digits == PASS_ON:
        return _pass_on(connection, leg, now)
    return _asked(leg) if digits else None


def spoken(connection: Connection, key: str, now: datetime) -> Told | None:
    """The officer is alone again, or was called back by us: what became of the call."""
    leg = _leg(connection, key)
    if leg is None:
        return None
    if leg.taken_by == leg.officer_id:
        officer_legs.ended(connection, key, now)
        joined = leg.joined_at is not None
        words = leg_words.spoken_words if joined else leg_words.too_late_words
        return Told(words(_language(leg)), _language(leg))
    return _overtaken(leg)


def trouble(connection: Connection, key: str) -> Told | None:
    """What to say where a key could not be stored."""
    leg = _leg(connection, key)
    return Told(leg_words.trouble_words(_language(leg)), _language(leg)) if leg else None


# ---- what comes of it ----------------------------------------------------------------------------------------------


def _asked(leg: Row[Any]) -> Told:
    if leg.taken_by is not None or leg.over_at is not None:
        return _overtaken(leg)
    return Told(leg_words.question_words(_subject(leg), _language(leg)), _language(leg), asks=True)


def _take(connection: Connection, leg: Row[Any], now: datetime) -> Told:
    """One conditional update decides, whatever presses come at once."""
    untaken = (rows.c.id == leg.ringing_id) & rows.c.taken_by.is_(None) & rows.c.over_at.is_(None)
    won = connection.execute(update(rows).where(untaken).values(taken_by=leg.officer_id, taken_at=now))
    if won.rowcount == 1:
        ringings.call_off(connection, leg.ringing_id, now)
        _note(connection, leg, TOOK, "call taken", now)
        return Told(leg_words.joined_words(_language(leg)), _language(leg), room=leg.room)
    now_stands = _leg(connection, leg.key)
    assert now_stands is not None  # noqa: S101 - rows of legs are never deleted
    if now_stands.taken_by == leg.officer_id and now_stands.over_at is None:
        return Told(leg_words.joined_words(_language(leg)), _language(leg), room=leg.room)
    if leg.answer is None:
        _note(connection, leg, LATE, None, now)
    return _overtaken(now_stands)


def _pass_on(connection: Connection, leg: Row[Any], now: datetime) -> Told:
    if leg.taken_by is not None or leg.over_at is not None:
        return _overtaken(leg)
    if leg.answer is None:
        _note(connection, leg, PASSED, "call passed on", now)
    return Told(leg_words.passed_words(_language(leg)), _language(leg))


def _overtaken(leg: Row[Any]) -> Told:
    """Somebody else has the caller, or nobody waits any more."""
    if leg.taken_by is not None and leg.taken_by != leg.officer_id:
        return Told(leg_words.taken_words(leg.taken_by_name, _language(leg)), _language(leg))
    return Told(leg_words.too_late_words(_language(leg)), _language(leg))


def _note(connection: Connection, leg: Row[Any], answer: str, act: str | None, now: datetime) -> None:
    connection.execute(update(legs).where(legs.c.id == leg.id).values(answer=answer))
    if act is not None:
        audit.append(connection, leg.officer_id, act, f"call/{leg.call_id}", {}, now)


def _subject(leg: Row[Any]) -> Subject:
    return Subject(
        reference="",
        kind="emergency" if leg.emergency else "other",
        category=leg.category,
        urgency="critical",
        place=leg.place,
        place_names=leg.place_names or {},
        happening_now=True,
        received_at=leg.rung_at,
    )


def _language(leg: Row[Any]) -> str:
    return spoken_language(leg.language or "", *leg.unit_languages.split(","))


def _leg(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(_LEGS.where(legs.c.key == key)).first()


_TAKER = officers.alias("taker")
_LEGS = (
    select(
        legs,
        rows.c.call_id,
        rows.c.emergency,
        rows.c.category,
        rows.c.room,
        rows.c.rung_at,
        rows.c.taken_by,
        rows.c.joined_at,
        rows.c.over_at,
        places.c.name.label("place"),
        places.c.names.label("place_names"),
        officers.c.active,
        officers.c.language,
        units.c.languages.label("unit_languages"),
        _TAKER.c.name.label("taken_by_name"),
    )
    .join(rows, rows.c.id == legs.c.ringing_id)
    .join(calls, calls.c.id == rows.c.call_id)
    .join(units, units.c.id == calls.c.unit_id)
    .join(officers, officers.c.id == legs.c.officer_id)
    .outerjoin(_TAKER, _TAKER.c.id == rows.c.taken_by)
    .outerjoin(places, places.c.id == rows.c.place_id)
)
