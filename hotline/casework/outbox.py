"""The outbox: what the carrier is to be asked for, written with the decision and sent later, at least once.

Claim, send and finish are three transactions; none is held while the carrier is spoken to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, Connection, Select, or_, select, update

from hotline.casework import recordings as noted
from hotline.casework.alarms import raise_alarm
from hotline.casework.backoff import next_attempt
from hotline.casework.once import insert_once
from hotline.errors import CarrierError
from storage.database import Store
from storage.tables import calls, outbox, recordings, tombstones
from storage.vault import Vault

PENDING = "pending"
SENDING = "sending"
SENT = "sent"
FAILED = "failed"
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 60  # with the backoff of backoff.py: a little over two days
_LOOK_AGAIN = timedelta(minutes=5)

Kind = Literal["recording", "call", "message"]
_KINDS: dict[str, Kind] = {
    "delete_recording": "recording",
    "delete_call": "call",
    "delete_message": "message",
}


class Deletions(Protocol):
    """What the outbox asks of a carrier. Deleting what is gone already is no error; trouble is a CarrierError."""

    def delete_recording(self, recording_id: str, /) -> None: ...
    def delete_call(self, call_id: str, /) -> None: ...
    def delete_message(self, message_id: str, /) -> None: ...


class NotYetError(Exception):
    """Something else must happen first."""


class DamagedCopyError(Exception):
    """Our own copy is not what was kept: the carrier's must stay."""


@dataclass(frozen=True)
class Request:
    """One claimed row: to be sent by this owner until its lease ends."""

    id: int
    action: str
    carrier: str
    carrier_id: str
    attempts: int
    owner: str

    @property
    def kind(self) -> Kind:
        return _KINDS[self.action]


def queue(
    connection: Connection, dedupe_key: str, action: str, details: Mapping[str, str], not_before: datetime
) -> bool:
    """Write a request to be sent from `not_before` on; the same dedupe key is taken only once. Tell if it is new.

    `details` name the carrier and its own id of the thing: {"carrier": …, "carrier_id": …}."""
    row = {
        "dedupe_key": dedupe_key,
        "action": action,
        "details": dict(details),
        "state": PENDING,
        "attempts": 0,
        "not_before": not_before,
    }
    return insert_once(connection, outbox, row)


def queue_deletion(
    connection: Connection, kind: Kind, carrier: str, carrier_id: str, not_before: datetime, copy: str = ""
) -> bool:
    """Ask for a call, recording or message to be deleted at the carrier.

    `copy` names the local copy that makes a recording's deletion safe: a copy made anew is a new request."""
    key = ":".join(part for part in (f"delete_{kind}", carrier, carrier_id, copy) if part)
    return queue(connection, key, f"delete_{kind}", {"carrier": carrier, "carrier_id": carrier_id}, not_before)


def deletion_is_wanted(connection: Connection, kind: Kind, carrier: str, carrier_id: str) -> bool:
    """Whether this was deleted at the carrier on purpose, or is about to be."""
    buried = select(tombstones.c.at).where(
        tombstones.c.carrier == carrier, tombstones.c.kind == kind, tombstones.c.carrier_id == carrier_id
    )
    asked = select(outbox.c.id).where(outbox.c.dedupe_key == f"delete_{kind}:{carrier}:{carrier_id}")
    return connection.execute(buried).first() is not None or connection.execute(asked).first() is not None


def any_due(connection: Connection, carrier: str, now: datetime) -> bool:
    """Whether there is anything to claim; cheap, and takes no lock."""
    return connection.execute(_due(carrier, now)).first() is not None


def claim(connection: Connection, carrier: str, owner: str, now: datetime) -> Request | None:
    """Take the request that waits longest: nobody else sends it before the lease ends. A crash frees it."""
    row = connection.execute(_due(carrier, now).with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    statement = update(outbox).where(outbox.c.id == row.id)
    leased = {"lease_owner": owner, "lease_until": now + LEASE, "attempts": row.attempts + 1}
    connection.execute(statement.values(state=SENDING, **leased))
    return Request(row.id, row.action, carrier, row.details["carrier_id"], row.attempts + 1, owner)


def _due(carrier: str, now: datetime) -> Select[Any]:
    abandoned = (outbox.c.state == SENDING) & (outbox.c.lease_until <= now)
    waiting = (outbox.c.state == PENDING) & (outbox.c.not_before <= now)
    return (
        select(outbox.c.id, outbox.c.action, outbox.c.details, outbox.c.attempts)
        .where(or_(waiting, abandoned), outbox.c.action.in_(_KINDS))
        .where(outbox.c.details["carrier"].as_string() == carrier)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(1)
    )


def send(store: Store, vault: Vault, carrier: Deletions, request: Request) -> None:
    """Ask the carrier, once it is safe to. Raises CarrierError, NotYetError or DamagedCopyError."""
    match request.kind:
        case "recording":
            _check_own_copy(store, vault, request)
            carrier.delete_recording(request.carrier_id)
        case "call":
            _check_call_is_over(store, request)
            carrier.delete_call(request.carrier_id)
        case "message":
            carrier.delete_message(request.carrier_id)


def _check_own_copy(store: Store, vault: Vault, request: Request) -> None:
    """The carrier's recording goes only while ours is whole. A row that is gone was purged on purpose."""
    query = select(recordings.c.vault_name, recordings.c.sha256, recordings.c.bytes, recordings.c.status)
    with store.read() as connection:
        row = connection.execute(query.where(_is_recording(request))).first()
    if row is None:
        return
    if row.status in (noted.AWAITED, noted.LOST):
        raise NotYetError
    if row.vault_name is not None and not vault.verify(row.vault_name, row.sha256, row.bytes):
        raise DamagedCopyError


def _check_call_is_over(store: Store, request: Request) -> None:
    """A call's record leads to its recordings: it stays until the call has ended and none is awaited."""
    live = select(calls.c.id).where(
        calls.c.carrier == request.carrier,
        calls.c.carrier_call_id == request.carrier_id,
        calls.c.ended_at.is_(None),
    )
    with store.read() as connection:
        if connection.execute(live).first() is not None:
            raise NotYetError
        if not noted.all_settled(connection, request.carrier, request.carrier_id):
            raise NotYetError


def finish(connection: Connection, request: Request, now: datetime) -> None:
    """The carrier has done it: a tombstone says so, and reconciliation will not count it as lost."""
    grave = {"carrier": request.carrier, "kind": request.kind, "carrier_id": request.carrier_id, "at": now}
    insert_once(connection, tombstones, grave)
    if request.kind == "recording":
        removed = update(recordings).where(_is_recording(request), recordings.c.removed_at_carrier.is_(None))
        connection.execute(removed.values(removed_at_carrier=now))
    _let_go(connection, request, state=SENT, last_error=None)


def put_off(connection: Connection, request: Request, error: CarrierError, now: datetime, jitter: float) -> None:
    """It did not work: try again later; after the last try, or where no try can help, fail with an alarm."""
    if error.permanent or request.attempts >= MOST_ATTEMPTS:
        fail(connection, request, str(error), now)
        return
    again = next_attempt(request.attempts, error.retry_after, now, jitter)
    _let_go(connection, request, state=PENDING, not_before=again, last_error=str(error)[:200])


def postpone(connection: Connection, request: Request, now: datetime) -> None:
    """Something else comes first: look again in a while; this was no attempt."""
    _let_go(connection, request, state=PENDING, not_before=now + _LOOK_AGAIN, attempts=request.attempts - 1)


def fail(connection: Connection, request: Request, why: str, now: datetime) -> None:
    """Give the request up, loudly."""
    if _let_go(connection, request, state=FAILED, last_error=why[:200]):
        details: dict[str, str | int] = {"action": request.action, "outbox": request.id}
        raise_alarm(connection, "not_deleted_at_carrier", f"outbox/{request.id}", details, now)


def fetch_anew(connection: Connection, request: Request, now: datetime) -> None:
    """Our copy is damaged: fetch the carrier's again; its deletion will be asked for with the new copy."""
    recording = update(recordings).where(_is_recording(request))
    connection.execute(recording.values(status=noted.AWAITED, attempts=0, not_before=now))
    _let_go(connection, request, state=FAILED, last_error=(DamagedCopyError.__doc__ or "")[:200])
    details: dict[str, str | int] = {"outbox": request.id}
    raise_alarm(connection, "recording_damaged", f"recording_damaged/{request.id}", details, now)


def _let_go(connection: Connection, request: Request, **values: object) -> bool:
    """Change the row if it is still ours: someone else may have taken it after the lease."""
    ours = (
        (outbox.c.id == request.id)
        & (outbox.c.lease_owner == request.owner)
        & (outbox.c.attempts == request.attempts)
        & (outbox.c.state == SENDING)
    )
    statement = update(outbox).where(ours).values(lease_owner=None, lease_until=None, **values)
    return connection.execute(statement).rowcount == 1


def _is_recording(request: Request) -> ColumnElement[bool]:
    return (recordings.c.carrier == request.carrier) & (recordings.c.carrier_recording_id == request.carrier_id)
