"""Letters to the mailboxes of a unit that are about no single report: written with the decision, sent at least once.

Claim, send and finish are three transactions; none is held while the mail server is spoken to. A letter that goes out
twice after a crash has the same name both times, and mailboxes know that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Select, or_, select, update

from hotline.casework.backoff import next_attempt
from hotline.casework.once import insert_once
from hotline.casework.outbox import FAILED, LEASE, PENDING, SENDING, SENT
from hotline.errors import CarrierError
from storage.tables import outbox

ACTION = "send_letter"
GOOD_FOR = timedelta(days=14)
"""How long a letter is worth sending; a mail server that is set up later is not to send what is stale."""


@dataclass(frozen=True)
class Letter:
    """One letter to one mailbox. `name` is unique, and the same at every try."""

    name: str
    address: str
    title: str
    text: str
    written_at: datetime


@dataclass(frozen=True)
class ClaimedLetter:
    """A letter to be sent by this owner until its lease ends."""

    id: int
    letter: Letter
    attempts: int
    owner: str


class Post(Protocol):
    """What carries letters. Trouble is a CarrierError."""

    def post(self, letter: Letter, /) -> None: ...


def write(connection: Connection, letter: Letter) -> bool:
    """Have a letter sent; of the same name only the first. Tell whether it was that."""
    row = {
        "dedupe_key": f"letter:{letter.name}",
        "action": ACTION,
        "details": {"address": letter.address, "title": letter.title, "text": letter.text, "name": letter.name,
                    "written_at": letter.written_at.isoformat()},
        "state": PENDING,
        "attempts": 0,
        "not_before": letter.written_at,
    }  # fmt: skip
    return insert_once(connection, outbox, row)


def any_due(connection: Connection, now: datetime) -> bool:
    """Whether there is anything to claim; cheap, and takes no lock."""
    return connection.execute(_due(now)).first() is not None


def claim(connection: Connection, owner: str, now: datetime) -> ClaimedLetter | None:
    """Take the letter that waits longest: nobody else sends it before the lease ends. A crash frees it."""
    row = connection.execute(_due(now).with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    leased = {"state": SENDING, "lease_owner": owner, "lease_until": now + LEASE, "attempts": row.attempts + 1}
    connection.execute(update(outbox).where(outbox.c.id == row.id).values(**leased))
    written_at = datetime.fromisoformat(row.details["written_at"])
    return ClaimedLetter(row.id, Letter(**{**row.details, "written_at": written_at}), row.attempts + 1, owner)


def finish(connection: Connection, claimed: ClaimedLetter) -> None:
    """It has gone out."""
    _let_go(connection, claimed, state=SENT, last_error=None)


def put_off(connection: Connection, claimed: ClaimedLetter, error: CarrierError, now: datetime, jitter: float) -> None:
    """It did not go out, or nobody knows: again later, unless it never can or is stale."""
    again = next_attempt(claimed.attempts, error.retry_after, now, jitter)
    stale = error.permanent or again > claimed.letter.written_at + GOOD_FOR
    _let_go(connection, claimed, state=FAILED if stale else PENDING, not_before=again, last_error=str(error)[:200])


def drop_stale(connection: Connection, now: datetime) -> int:
    """Give up what nobody has sent in GOOD_FOR, as where the mail server was taken away; tell how many."""
    stale = (outbox.c.action == ACTION) & (outbox.c.state == PENDING) & (outbox.c.not_before <= now - GOOD_FOR)
    dropped = update(outbox).where(stale).values(state=FAILED, last_error="stale").returning(outbox.c.id)
    return len(connection.scalars(dropped).all())


def _let_go(connection: Connection, claimed: ClaimedLetter, **values: object) -> None:
    ours = (outbox.c.id == claimed.id) & (outbox.c.lease_owner == claimed.owner) & (outbox.c.state == SENDING)
    connection.execute(update(outbox).where(ours).values(lease_owner=None, lease_until=None, **values))


def _due(now: datetime) -> Select[Any]:
    abandoned = (outbox.c.state == SENDING) & (outbox.c.lease_until <= now)
    waiting = (outbox.c.state == PENDING) & (outbox.c.not_before <= now) & (outbox.c.not_before > now - GOOD_FOR)
    return (
        select(outbox.c.id, outbox.c.details, outbox.c.attempts)
        .where(or_(waiting, abandoned), outbox.c.action == ACTION)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(1)
    )
