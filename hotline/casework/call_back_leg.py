"""A call back while it happens: what the officer hears, the one moment in which the number is known, and the end.

All of it is told by the carrier: in any order, any number of times, perhaps never."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, or_, select, update

from hotline.casework import audit, timeline
from hotline.casework.call_back_words import spoken, spoken_language
from hotline.casework.timeline import Happened
from storage.sealing import ApplicationSecret, UnsealError
from storage.tables import call_backs, lines, officers, report_calls, reports, units

BEGUN, CONNECTING, ENDED = "begun", "connecting", "ended"

ANSWERED, NO_ANSWER, CALLER_BUSY, UNREACHABLE, GAVE_UP = "answered", "no answer", "busy", "unreachable", "gave up"
OFFICER_AWAY, OFFICER_BUSY, OFFICER_UNREACHABLE, NOT_CONFIRMED = (
    *("officer no answer", "officer busy", "officer unreachable"),
    "no key pressed",
)
NOT_PLACED, TOO_LATE, STOPPED, UNKNOWN = "not placed", "too late", "became unsafe", "unknown"

CONNECT = "1"
_BY_CALLERS_TELEPHONE = {
    "completed": ANSWERED,
    "answered": ANSWERED,
    "busy": CALLER_BUSY,
    "no-answer": NO_ANSWER,
    "canceled": GAVE_UP,
}
_BY_OFFICERS_TELEPHONE = {
    "completed": NOT_CONFIRMED,
    "busy": OFFICER_BUSY,
    "no-answer": OFFICER_AWAY,
    "canceled": OFFICER_AWAY,
    "failed": OFFICER_UNREACHABLE,
}
_LONGEST_TALK = timedelta(hours=4, minutes=10)  # carriers end a call of two after four hours
_RESULT_WITHIN = timedelta(minutes=2)  # after the officer's leg is over


@dataclass(frozen=True)
class Said:
    """What the officer hears; `asks`: and is asked for a key. `caller` and `line`: and then the caller is dialled."""

    words: str
    language: str
    asks: bool = False
    caller: str | None = field(default=None, repr=False)
    line: str = ""


def question(connection: Connection, key: str, carrier_call_id: str, now: datetime) -> Said | None:
    """What the officer hears on picking up; None for a leg that is none of ours."""
    row = _row(connection, key, carrier_call_id)
    if row is None:
        return None
    name_leg(connection, key, carrier_call_id)
    return _over(connection, row, now) or _ask(row)


def press(
    connection: Connection, key: str, one_time_key: str, carrier_call_id: str, digits: str, now: datetime
) -> Said | None:
    """The officer presses a key. The answer that holds the number is made for each request and never kept: a carrier
    that asks again within two minutes, since the first answer did not reach it, gets the same one."""
    row = _row(connection, key, carrier_call_id)
    if row is None or not digits:
        return None
    if (again := _again(row, one_time_key, digits, now)) is not None:
        return again
    if (over := _over(connection, row, now)) is not None or digits != CONNECT:
        return over or _ask(row)
    number = _opened(row, one_time_key)
    if number is None:
        return None
    if _unsafe(connection, row.call_id):
        end(connection, key, STOPPED, None, now)
        return _say(row, "unsafe")
    taken = update(call_backs).where(call_backs.c.id == row.id, call_backs.c.state == BEGUN)
    values = {"state": CONNECTING, "due_at": now + _LONGEST_TALK, "carrier_call_id": carrier_call_id}
    if connection.execute(taken.values(**values)).rowcount != 1:
        return _say(row, "over")
    return _connect(row, number)


def callers_leg_over(
    connection: Connection,
    key: str,
    carrier_call_id: str,
    status: str,
    bridged: bool | None,
    seconds: int | None,
    now: datetime,
) -> Said | None:
    """The caller's telephone was answered and put down, or was not answered; tell the officer who still listens."""
    row = _row(connection, key, carrier_call_id)
    if row is None or row.state == BEGUN:
        return None
    outcome = _BY_CALLERS_TELEPHONE.get(status, UNREACHABLE)
    if outcome == ANSWERED and bridged is False:
        outcome = NO_ANSWER
    end(connection, key, outcome, seconds if outcome == ANSWERED else None, now)
    return None if outcome in (ANSWERED, GAVE_UP) else _say(row, outcome)


def officers_leg_over(connection: Connection, key: str, carrier_call_id: str, status: str, now: datetime) -> None:
    """The officer's leg has ended. Where the caller was dialled, how that went is told by another request."""
    row = _row(connection, key, carrier_call_id)
    if row is None or status not in _BY_OFFICERS_TELEPHONE:
        return
    if row.state == BEGUN:
        end(connection, key, _BY_OFFICERS_TELEPHONE[status], None, now)
    elif row.state == CONNECTING:
        sooner = (call_backs.c.id == row.id) & (call_backs.c.due_at > now + _RESULT_WITHIN)
        connection.execute(update(call_backs).where(sooner).values(due_at=now + _RESULT_WITHIN))


def name_leg(connection: Connection, key: str, carrier_call_id: str) -> None:
    """Note the carrier's name of the officer's leg; from then on no other leg is this one."""
    unnamed = (call_backs.c.key == key) & call_backs.c.carrier_call_id.is_(None)
    connection.execute(update(call_backs).where(unnamed).values(carrier_call_id=carrier_call_id))


def trouble(connection: Connection, key: str) -> Said | None:
    """What the officer hears where a key press could not be stored: then nothing was dialled."""
    row = connection.execute(_ROWS.where(call_backs.c.key == key)).first()
    return _say(_Known.of(row), "trouble") if row is not None else None


def end(connection: Connection, key: str, outcome: str, seconds: int | None, now: datetime) -> None:
    """Write down what came of it, once: on the row, in the timeline, in the audit. The number is gone for good.

    News that come after all correct an `unknown` end."""
    row = connection.execute(_ROWS.where(call_backs.c.key == key)).one()
    open_still = or_(call_backs.c.state != ENDED, call_backs.c.outcome == UNKNOWN)
    ended = update(call_backs).where(call_backs.c.key == key, open_still)
    values = {"state": ENDED, "outcome": outcome, "seconds": seconds, "ended_at": now, "number": None}
    if connection.execute(ended.values(**values)).rowcount != 1:
        return
    told: dict[str, str | int] = {"call_back": outcome, **({} if seconds is None else {"seconds": seconds})}
    happened = Happened(timeline.RUNG_BACK, details=told)
    timeline.add(connection, row.report_id, happened, row.officer_id, bytes(row.content_public), now)
    audit.append(connection, row.officer_id, "call back ended", f"report/{row.reference}", told, now)


# ---- what the carrier never told -----------------------------------------------------------------------------------


def any_stale(connection: Connection, now: datetime) -> bool:
    """Whether `settle_stale` has anything to do."""
    return bool(connection.scalar(select(exists().where(or_(_has_had_its_time(now), _overdue(now))))))


def settle_stale(connection: Connection, now: datetime) -> int:
    """Wipe the numbers whose two minutes are over, and close what no news came of; tell how many were closed."""
    connection.execute(update(call_backs).where(_has_had_its_time(now)).values(number=None))
    keys: Sequence[str] = connection.scalars(select(call_backs.c.key).where(_overdue(now))).all()
    for key in keys:
        end(connection, key, UNKNOWN, None, now)
    return len(keys)


def _has_had_its_time(now: datetime) -> ColumnElement[bool]:
    still_open = call_backs.c.state.in_((BEGUN, CONNECTING))
    return still_open & (call_backs.c.expires_at <= now) & call_backs.c.number.is_not(None)


def _overdue(now: datetime) -> ColumnElement[bool]:
    return call_backs.c.state.in_((BEGUN, CONNECTING)) & (call_backs.c.due_at <= now)


# ---- the parts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    """A call back as its leg sees it."""

    id: int
    key: str
    call_id: int
    reference: str
    state: str
    outcome: str | None
    expires_at: datetime
    language: str
    line: str
    number: bytes | None = field(repr=False)

    @staticmethod
    def of(row: Row[Any]) -> "_Known":
        told = row._mapping
        language = spoken_language(told["officer_language"] or "", *told["languages"].split(","))
        copied = ("id", "key", "call_id", "reference", "state", "outcome", "expires_at", "line", "number")
        return _Known(**{name: told[name] for name in copied}, language=language)


_ROWS = (
    select(
        call_backs,
        reports.c.reference,
        lines.c.number.label("line"),
        officers.c.language.label("officer_language"),
        units.c.languages,
        units.c.content_public,
    )
    .join(reports, reports.c.id == call_backs.c.report_id)
    .join(lines, lines.c.id == call_backs.c.line_id)
    .join(officers, officers.c.id == call_backs.c.officer_id)
    .join(units, units.c.id == call_backs.c.unit_id)
)


def _row(connection: Connection, key: str, carrier_call_id: str) -> _Known | None:
    """The call back of this leg; None where another leg claims to be it."""
    row = connection.execute(_ROWS.where(call_backs.c.key == key)).first()
    if row is None or row.carrier_call_id not in (None, carrier_call_id):
        return None
    return _Known.of(row)


def _again(row: _Known, one_time_key: str, digits: str, now: datetime) -> Said | None:
    """The answer to a request that was answered before, while the caller's telephone has told nothing yet."""
    if row.state != CONNECTING or digits != CONNECT or now >= row.expires_at:
        return None
    number = _opened(row, one_time_key)
    return _connect(row, number) if number is not None else None


def _connect(row: _Known, number: str) -> Said:
    return Said(spoken("connecting", row.language), row.language, caller=number, line=row.line)


def _over(connection: Connection, row: _Known, now: datetime) -> Said | None:
    """What is said where there is nothing to dial any more."""
    if row.state == BEGUN and row.number is not None and now < row.expires_at:
        return None
    if row.state == BEGUN:
        end(connection, row.key, TOO_LATE, None, now)
        return _say(row, "too late")
    return _say(row, "too late" if row.outcome == TOO_LATE else "over")


def _ask(row: _Known) -> Said:
    return Said(spoken("question", row.language, row.reference), row.language, asks=True)


def _say(row: _Known, what: str) -> Said:
    return Said(spoken(what, row.language), row.language)


def _opened(row: _Known, one_time_key: str) -> str | None:
    """The caller's number, where the key is the one that went out with this leg."""
    try:
        one_time = base64.urlsafe_b64decode(f"{one_time_key}=")
        return ApplicationSecret(one_time).decrypt("call-back", bytes(row.number or b""), row.key).decode()
    except (UnsealError, ValueError, binascii.Error):
        return None


def _unsafe(connection: Connection, call_id: int) -> bool:
    """Whether somebody has written down meanwhile that this telephone must not ring."""
    belongs = (report_calls.c.call_id == call_id) & (report_calls.c.report_id == reports.c.id)
    return bool(connection.scalar(select(exists().where(belongs & reports.c.unsafe_to_ring_back))))
