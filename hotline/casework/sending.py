"""What goes out by the carrier, whatever it is: claimed, sent and finished in three transactions, none of them held
across the network. A sending that was cut short is `unknown` until the carrier has been asked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Table, or_, select, union_all, update

from hotline.casework.backoff import next_attempt
from hotline.errors import CarrierError
from storage.tables import call_backs, officer_legs, pages

PENDING, SENDING, UNKNOWN, SENT, DELIVERED = "pending", "sending", "unknown", "sent", "delivered"
FAILED, CANCELLED = "failed", "cancelled"
UNDER_WAY = (SENDING, UNKNOWN, SENT)
EXPIRED = "expired"
_TALKS = frozenset({"in-progress", "answered"})
_UNANSWERED = frozenset({"busy", "failed", "no-answer", "canceled", "undelivered"})
_DONE = frozenset({"completed", "delivered", "read"})


class Claimed(Protocol):
    """One message or call, claimed by this owner."""

    @property
    def ids(self) -> tuple[int, ...]: ...
    @property
    def key(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def owner(self) -> str: ...


@dataclass(frozen=True)
class Sending:
    """The life of the rows of one table on their way out. Whoever claimed one and is silent for `lease` is dead;
    `ask_after` that the carrier has listed what it took."""

    rows: Table
    lease: timedelta
    ask_after: timedelta

    # ---- claim -----------------------------------------------------------------------------------------------------

    def claim(
        self, connection: Connection, ids: Collection[int], key: str, attempts: int, owner: str, now: datetime
    ) -> None:
        """Take these rows, which go out as one."""
        leased = {
            "state": SENDING,
            "key": key,
            "attempts": attempts,
            "lease_owner": owner,
            "lease_until": now + self.lease,
            "fired_at": now,
            "changed_at": now,
        }
        connection.execute(update(self.rows).where(self.rows.c.id.in_(ids)).values(**leased))

    def drop_expired(self, connection: Connection, now: datetime) -> None:
        """What nobody claimed in time is given up."""
        late = {"state": FAILED, "last_error": EXPIRED, "changed_at": now}
        connection.execute(update(self.rows).where(self._expired(now)).values(**late))

    # ---- finish ----------------------------------------------------------------------------------------------------

    def finish(self, connection: Connection, claimed: Claimed, carrier_id: str | None, now: datetime) -> None:
        """It has gone out. A callback may have told more already; that stays."""
        self._let_go(connection, claimed, now, state=SENT, carrier_id=carrier_id, last_error=None)

    def put_off(
        self, connection: Connection, claimed: Claimed, error: CarrierError, now: datetime, jitter: float
    ) -> None:
        """It did not go out, or nobody knows: ask the carrier, try again, or give it up to the next step."""
        why = str(error)[:200]
        if error.outcome_unknown:
            self._let_go(connection, claimed, now, state=UNKNOWN, last_error=why)
        elif error.permanent:
            self._let_go(connection, claimed, now, state=FAILED, last_error=why)
        else:
            again = next_attempt(claimed.attempts, error.retry_after, now, jitter)
            self._let_go(connection, claimed, now, state=PENDING, not_before=again, last_error=why)

    def _let_go(self, connection: Connection, claimed: Claimed, now: datetime, **values: object) -> None:
        """Change the rows that are still the owner's."""
        ours = (
            self.rows.c.id.in_(claimed.ids)
            & (self.rows.c.lease_owner == claimed.owner)
            & (self.rows.c.attempts == claimed.attempts)
            & (self.rows.c.state == SENDING)
        )
        statement = update(self.rows).where(ours)
        connection.execute(statement.values(lease_owner=None, lease_until=None, changed_at=now, **values))

    # ---- what nobody knows -----------------------------------------------------------------------------------------

    def any_abandoned(self, connection: Connection, now: datetime) -> bool:
        """Whether `notice_abandoned` has anything to do; cheap, and takes no lock."""
        either = self._abandoned(now) | self._expired(now)
        return connection.execute(select(self.rows.c.id).where(either).limit(1)).first() is not None

    def notice_abandoned(self, connection: Connection, now: datetime) -> None:
        """Whether something went out is unknown where whoever claimed it is dead or stuck."""
        self.drop_expired(connection, now)
        values = {"state": UNKNOWN, "lease_owner": None, "lease_until": None, "changed_at": now}
        connection.execute(update(self.rows).where(self._abandoned(now)).values(**values))

    def ripe(self, now: datetime) -> ColumnElement[bool]:
        """Unknown, and long enough for the carrier to have listed it."""
        return (self.rows.c.state == UNKNOWN) & (self.rows.c.changed_at <= now - self.ask_after)

    def settle_unknown(self, connection: Connection, claimed: Claimed, found: Iterable[str], now: datetime) -> bool:
        """Count it as sent where the carrier has something of it that nothing else of ours claims; else send it again.

        Tell whether it had gone out."""
        of_this = (self.rows.c.id.in_(claimed.ids)) & (self.rows.c.state == UNKNOWN)
        listed = list(found)
        others = _claimed_by_others(connection, listed, claimed.key)
        ours = next((one for one in listed if one not in others), None)
        values: dict[str, Any] = {"state": SENT, "carrier_id": ours} if ours else {"state": PENDING, "not_before": now}
        connection.execute(update(self.rows).where(of_this).values(changed_at=now, **values))
        return ours is not None

    def _expired(self, now: datetime) -> ColumnElement[bool]:
        return (self.rows.c.state == PENDING) & (self.rows.c.expires_at <= now)

    def _abandoned(self, now: datetime) -> ColumnElement[bool]:
        return (self.rows.c.state == SENDING) & (self.rows.c.lease_until < now)

    # ---- what the carrier tells ------------------------------------------------------------------------------------

    def heard_of(
        self, connection: Connection, key: str, carrier_id: str, status: str, sequence: int | None, now: datetime
    ) -> None:
        """A callback: it exists at the carrier, so it went out; and how far it came. Any order, any number of times;
        what came first in the carrier's own count does not undo what came later."""
        number = -1 if sequence is None else sequence
        newer = or_(self.rows.c.carrier_sequence < number, self.rows.c.carrier_sequence == -1)
        state = FAILED if status in _UNANSWERED else DELIVERED if status in _DONE | _TALKS else SENT
        known = (self.rows.c.key == key) & self.rows.c.state.in_(UNDER_WAY) & newer
        values = {"state": state, "carrier_id": carrier_id, "carrier_sequence": number, "changed_at": now}
        trouble = {"last_error": status} if state == FAILED else {}
        connection.execute(update(self.rows).where(known).values(**values, **trouble))


def _claimed_by_others(connection: Connection, listed: list[str], key: str) -> set[str]:
    """Those of the carrier's ids that another page, officer's leg or call back has already; they ring the same
    telephones."""
    of_each = [
        select(table.c.carrier_id).where(table.c.carrier_id.in_(listed), table.c.key != key)
        for table in (pages, officer_legs)
    ]
    rung_back = select(call_backs.c.carrier_call_id).where(call_backs.c.carrier_call_id.in_(listed))
    return set(connection.scalars(union_all(*of_each, rung_back)))
