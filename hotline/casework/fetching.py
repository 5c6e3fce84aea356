"""Bringing a recording home: streamed from the carrier into the vault, doubted, kept, and only then deleted there."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from hotline.casework import audit, outbox
from hotline.casework.alarms import raise_alarm
from hotline.casework.audio import Heard, Listener
from hotline.casework.backoff import next_attempt
from hotline.casework.keepers import keeper_of
from hotline.casework.recordings import ABSENT, AWAITED, KEPT, LOST, LOST_AFTER, SUSPECT
from hotline.errors import CarrierError
from storage.database import Store
from storage.tables import calls, recordings, units
from storage.vault import Kept, TooLargeError, Vault

LARGEST = 100 * 1024 * 1024  # an hour of telephone WAV is 57 MB
LONGEST_FETCH = timedelta(minutes=5)
LEASE = timedelta(minutes=10)  # more than the longest fetch: while it runs nobody else begins
_ONCE_A_DAY = timedelta(days=1)
_LAST_HOPE = timedelta(days=30)  # a lost recording is asked for once a day until then
_SHORTEST_S = 2
_MAY_HEAL = frozenset({"empty", "truncated", "not audio"})
_PATIENCE = 6  # attempts, about a minute, before one that may heal is kept as it is
_SAFE_TO_DELETE = frozenset({None, "short"})


class RecordingSource(Protocol):
    """Where recordings come from. Opening yields (media type, length if known, chunks); trouble is a CarrierError."""

    def recording_stream(
        self, recording_id: str, /
    ) -> AbstractContextManager[tuple[str, int | None, Iterable[bytes]]]: ...


class BrokenOffError(Exception):
    """The fetch took too long, or the process is to stop."""


@dataclass(frozen=True)
class Awaited:
    """A recording claimed for fetching: the unit that keeps it, with its public key, and which attempt this is."""

    id: int
    carrier: str
    carrier_recording_id: str
    unit_id: int
    content_public: bytes
    attempts: int
    first_seen_at: datetime


def any_due(connection: Connection, carrier: str, now: datetime) -> bool:
    """Whether there is anything to claim; cheap, and takes no lock."""
    return connection.execute(_due(carrier, now)).first() is not None


def claim(connection: Connection, carrier: str, now: datetime) -> Awaited | None:
    """Take the recording that waits longest: nobody else fetches it before the lease ends. A crash frees it."""
    row = connection.execute(_due(carrier, now).with_for_update(skip_locked=True, of=recordings)).first()
    if row is None:
        return None
    call = connection.execute(select(calls).where(calls.c.id == row.call_id)).mappings().one()
    keeper_id = keeper_of(connection, call)
    content_public = connection.execute(select(units.c.content_public).where(units.c.id == keeper_id)).scalar_one()
    claimed = update(recordings).where(recordings.c.id == row.id)
    another = keeper_id if keeper_id != call["unit_id"] else None
    connection.execute(claimed.values(attempts=row.attempts + 1, not_before=now + LEASE, unit_id=another))
    return Awaited(
        id=row.id,
        carrier=carrier,
        carrier_recording_id=row.carrier_recording_id,
        unit_id=keeper_id,
        content_public=bytes(content_public),
        attempts=row.attempts + 1,
        first_seen_at=row.first_seen_at,
    )


def _due(carrier: str, now: datetime) -> Select[Any]:
    """Of a call that has opened an earlier report, only once it has ended: until then nobody knows whose it will be."""
    decided = calls.c.added_to.is_(None) | calls.c.ended_at.is_not(None)
    return (
        select(
            recordings.c.id,
            recordings.c.carrier_recording_id,
            recordings.c.attempts,
            recordings.c.first_seen_at,
            recordings.c.call_id,
        )
        .join(calls, calls.c.id == recordings.c.call_id)
        .where(decided)
        .where(recordings.c.status.in_((AWAITED, LOST)), recordings.c.not_before <= now)
        .where(recordings.c.carrier == carrier, recordings.c.first_seen_at > now - _LAST_HOPE)
        .order_by(recordings.c.not_before, recordings.c.id)
        .limit(1)
    )


def fetch(
    store: Store,
    vault: Vault,
    source: RecordingSource,
    awaited: Awaited,
    going_on: Callable[[], bool],
    now: datetime,
    jitter: float,
) -> None:
    """Fetch a claimed recording, or put it off. Raises what stopped it, after the next try was written down.

    `going_on` is asked at every chunk: False breaks the fetch off."""
    try:
        kept, heard, announced = _bring_home(vault, source, awaited, going_on)
    except TooLargeError:
        with store.write() as connection:
            _refuse_too_large(connection, awaited, now)
    except Exception as error:
        with store.write() as connection:
            put_off(connection, awaited, error, now, jitter)
        raise
    else:
        _settle(store, vault, awaited, kept, heard, doubt(heard, announced), now, jitter)


def _bring_home(
    vault: Vault, source: RecordingSource, awaited: Awaited, going_on: Callable[[], bool]
) -> tuple[Kept, Heard, int | None]:
    listener = Listener()
    with source.recording_stream(awaited.carrier_recording_id) as (_, announced, chunks):
        if announced is not None and announced > LARGEST:
            raise TooLargeError
        paced = _while_going_on(chunks, going_on)
        kept = vault.keep(awaited.content_public, listener.listen(paced), LARGEST)
    return kept, listener.heard(), announced


def _while_going_on(chunks: Iterable[bytes], going_on: Callable[[], bool]) -> Iterator[bytes]:
    for chunk in chunks:
        if not going_on():
            raise BrokenOffError
        yield chunk


def doubt(heard: Heard, announced: int | None) -> str | None:
    """What is doubtful about a fetched recording; None if nothing is."""
    if heard.size == 0:
        return "empty"
    if heard.media_type is None:
        return "not audio"
    if heard.cut_short or (announced is not None and heard.size != announced):
        return "truncated"
    return "short" if heard.duration_s is not None and heard.duration_s < _SHORTEST_S else None


def _settle(
    store: Store,
    vault: Vault,
    awaited: Awaited,
    kept: Kept,
    heard: Heard,
    doubtful: str | None,
    now: datetime,
    jitter: float,
) -> None:
    """Keep what was fetched, or try again where it may heal; what is not kept leaves the vault at once."""
    with store.write() as connection:
        if doubtful in _MAY_HEAL and awaited.attempts < _PATIENCE:
            put_off(connection, awaited, None, now, jitter)
            ours = False
        else:
            ours = _keep(connection, awaited, kept, heard, doubtful, now)
    if not ours:
        vault.remove(kept.name)


def _keep(
    connection: Connection, awaited: Awaited, kept: Kept, heard: Heard, doubtful: str | None, now: datetime
) -> bool:
    """Write the row of a kept recording; False if somebody else has settled it meanwhile."""
    statement = update(recordings).where(_still_ours(awaited))
    row = statement.values(
        status=SUSPECT if doubtful else KEPT,
        suspect=doubtful,
        kept_at=now,
        duration_s=func.coalesce(heard.duration_s, recordings.c.duration_s),
        media_type=heard.media_type,
        vault_name=kept.name,
        sha256=kept.sha256,
        bytes=kept.bytes,
    )
    if connection.execute(row).rowcount != 1:
        return False
    if doubtful in _SAFE_TO_DELETE:
        carrier, carrier_id = awaited.carrier, awaited.carrier_recording_id
        outbox.queue_deletion(connection, "recording", carrier, carrier_id, now, copy=kept.name)
    else:
        _alarm(connection, "recording_suspect", awaited, now)
    what: dict[str, audit.Detail] = {"sha256": kept.sha256, "bytes": kept.bytes}
    audit.append(
        connection, audit.SYSTEM, "recording kept", f"recording/{awaited.id}", what, now, unit_id=awaited.unit_id
    )
    return True


def _refuse_too_large(connection: Connection, awaited: Awaited, now: datetime) -> None:
    statement = update(recordings).where(_still_ours(awaited))
    if connection.execute(statement.values(status=SUSPECT, suspect="too large")).rowcount == 1:
        _alarm(connection, "recording_suspect", awaited, now)


def put_off(connection: Connection, awaited: Awaited, error: Exception | None, now: datetime, jitter: float) -> None:
    """Write down when to try again.

    After 48 hours, or where the carrier says that it will never be had, it counts as lost: an alarm rings, and it is
    still asked for once a day."""
    hopeless = isinstance(error, CarrierError) and error.permanent
    retry_after = error.retry_after if isinstance(error, CarrierError) else None
    statement = update(recordings).where(_still_ours(awaited))
    if not hopeless and now - awaited.first_seen_at < LOST_AFTER:
        again = next_attempt(awaited.attempts, retry_after, now, jitter)
        connection.execute(statement.values(not_before=again))
    else:
        connection.execute(statement.values(status=LOST, not_before=now + _ONCE_A_DAY))
        _alarm(connection, "recording_lost", awaited, now)


def _alarm(connection: Connection, what: str, awaited: Awaited, now: datetime) -> None:
    raise_alarm(connection, what, f"{what}/{awaited.id}", {"recording": awaited.id}, now, awaited.unit_id)


def _still_ours(awaited: Awaited) -> ColumnElement[bool]:
    """A claim that came after ours has counted one attempt more. "Absent" does not stand against bytes in hand."""
    return (
        (recordings.c.id == awaited.id)
        & (recordings.c.attempts == awaited.attempts)
        & recordings.c.status.in_((AWAITED, LOST, ABSENT))
    )
