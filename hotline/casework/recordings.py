"""Recordings as the carrier announces them: in any order, any number of times, before or after their call is known."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, bindparam, func, select, update

from hotline.casework.alarms import raise_alarm
from hotline.casework.once import insert_once
from storage.prepared import Prepared
from storage.tables import calls, recordings, tombstones

AWAITED = "awaited"
KEPT = "kept"
SUSPECT = "suspect"
ABSENT = "absent"
LOST = "lost"
LOST_AFTER = timedelta(hours=48)
_LINK_ORPHANS = Prepared(
    update(recordings)
    .where(
        recordings.c.call_id.is_(None),
        recordings.c.carrier == bindparam("by"),
        recordings.c.carrier_call_id == bindparam("known_as"),
    )
    .values(call_id=bindparam("call"))
)

_NOTHING_RECORDED = frozenset({"absent", "failed", "deleted"})
_RECORDED = "completed"


def note(
    connection: Connection,
    carrier: str,
    carrier_call_id: str,
    carrier_recording_id: str,
    status: str,
    duration_s: int | None,
    now: datetime,
    *,
    of_call: bool = False,
) -> int | None:
    """Take down what the carrier says of a recording and return its row's id; None if it was deleted on purpose.

    `of_call`: it is what was heard on the line from some moment on, not what the caller was asked to say.
    Nothing that is kept is ever undone, and "absent" counts only while no length was named: so the order of the
    carrier's messages does not matter."""
    if _was_deleted_on_purpose(connection, carrier, carrier_recording_id):
        return None
    nothing = status in _NOTHING_RECORDED and not duration_s
    row = {
        "call_id": _call_id(connection, carrier, carrier_call_id),
        "carrier": carrier,
        "carrier_call_id": carrier_call_id,
        "carrier_recording_id": carrier_recording_id,
        "status": ABSENT if nothing else AWAITED,
        "attempts": 0,
        "not_before": now,
        "first_seen_at": now,
        "duration_s": None if nothing else duration_s,
        "of_call": of_call,
    }
    fresh = insert_once(connection, recordings, row)
    recording_id = int(_named(connection, recordings.c.id, carrier, carrier_recording_id))
    if fresh:
        return recording_id
    if nothing:
        _take_as_absent(connection, recording_id)
    elif status == _RECORDED or duration_s:
        _take_as_recorded(connection, recording_id, duration_s, now)
    _link(connection, recording_id, row["call_id"])
    return recording_id


def _take_as_absent(connection: Connection, recording_id: int) -> None:
    no_length = func.coalesce(recordings.c.duration_s, 0) == 0
    statement = update(recordings).where(recordings.c.id == recording_id, recordings.c.status == AWAITED, no_length)
    connection.execute(statement.values(status=ABSENT))


def _take_as_recorded(connection: Connection, recording_id: int, duration_s: int | None, now: datetime) -> None:
    this = recordings.c.id == recording_id
    length_unknown = recordings.c.duration_s.is_(None)
    connection.execute(update(recordings).where(this, length_unknown).values(duration_s=duration_s))
    given_up = recordings.c.status.in_((ABSENT, LOST))
    connection.execute(update(recordings).where(this, given_up).values(status=AWAITED, not_before=now))


def link_orphans(connection: Connection, call_id: int, carrier: str, carrier_call_id: str) -> int:
    """Give the recordings that came before their call to it; tell how many."""
    orphans_of = {"call": call_id, "by": carrier, "known_as": carrier_call_id}
    return _LINK_ORPHANS(connection, orphans_of).rowcount


def link_known(connection: Connection) -> list[int]:
    """Give every recording without a call to its call where that is known by now; tell to which calls."""
    waiting = select(recordings.c.id, calls.c.id).join(
        calls,
        (calls.c.carrier == recordings.c.carrier) & (calls.c.carrier_call_id == recordings.c.carrier_call_id),
    )
    found = connection.execute(waiting.where(recordings.c.call_id.is_(None))).all()
    for recording_id, call_id in found:
        _link(connection, recording_id, call_id)
    return [call_id for _, call_id in found]


def orphans(connection: Connection, carrier: str) -> list[str]:
    """The carrier's ids of the calls whose recordings are waiting for a call."""
    query = select(recordings.c.carrier_call_id).where(
        recordings.c.call_id.is_(None), recordings.c.carrier == carrier, recordings.c.status == AWAITED
    )
    return list(connection.execute(query.distinct()).scalars())


def give_up_orphans(connection: Connection, now: datetime) -> int:
    """Call those lost whose call nobody knew for 48 hours, each with an alarm; tell how many."""
    query = select(recordings.c.id).where(
        recordings.c.call_id.is_(None),
        recordings.c.status == AWAITED,
        recordings.c.first_seen_at <= now - LOST_AFTER,
    )
    given_up = list(connection.execute(query).scalars())
    for recording_id in given_up:
        connection.execute(update(recordings).where(recordings.c.id == recording_id).values(status=LOST))
        key = f"recording_without_call/{recording_id}"
        raise_alarm(connection, "recording_without_call", key, {"recording": recording_id}, now)
    return len(given_up)


def unreferenced(connection: Connection, names: Iterable[str]) -> set[str]:
    """Those of the vault's names that no recording points to."""
    asked = set(names)
    query = select(recordings.c.vault_name).where(recordings.c.vault_name.in_(asked))
    return asked - set(connection.execute(query).scalars())


def status_of(connection: Connection, carrier: str, carrier_recording_id: str) -> str | None:
    """What is known of the carrier's recording; None if it was never heard of."""
    status: str | None = _named(connection, recordings.c.status, carrier, carrier_recording_id)
    return status


def all_settled(connection: Connection, carrier: str, carrier_call_id: str) -> bool:
    """Whether no recording of this call is awaited any more; one that is lost holds nothing up."""
    query = select(recordings.c.id).where(
        recordings.c.carrier == carrier,
        recordings.c.carrier_call_id == carrier_call_id,
        recordings.c.status == AWAITED,
    )
    return connection.execute(query.limit(1)).first() is None


def _link(connection: Connection, recording_id: int, call_id: object) -> None:
    alone = (recordings.c.id == recording_id) & recordings.c.call_id.is_(None)
    if call_id is not None:
        connection.execute(update(recordings).where(alone).values(call_id=call_id))


def _call_id(connection: Connection, carrier: str, carrier_call_id: str) -> int | None:
    query = select(calls.c.id).where(calls.c.carrier == carrier, calls.c.carrier_call_id == carrier_call_id)
    return connection.execute(query).scalar()


def _named(connection: Connection, column: Column[Any], carrier: str, carrier_recording_id: str) -> Any:
    query = select(column).where(
        recordings.c.carrier == carrier, recordings.c.carrier_recording_id == carrier_recording_id
    )
    return connection.execute(query).scalar()


def _was_deleted_on_purpose(connection: Connection, carrier: str, carrier_recording_id: str) -> bool:
    query = select(tombstones.c.at).where(
        tombstones.c.carrier == carrier,
        tombstones.c.kind == "recording",
        tombstones.c.carrier_id == carrier_recording_id,
    )
    return connection.execute(query).first() is not None
