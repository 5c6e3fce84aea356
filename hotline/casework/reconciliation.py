"""The carrier's own list of calls and recordings, held against ours: what no webhook brought is found here."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, select

from hotline.casework import endings, outbox, recordings
from hotline.casework.alarms import raise_alarm
from hotline.casework.endings import FINAL_STATUSES, Ending
from hotline.casework.lines import LineRow, all_lines, flow_of, line_of
from hotline.casework.once import insert_once
from hotline.errors import CarrierError
from hotline.phone import caller_number
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import calls, units

LOOKS_BACK = timedelta(hours=48)
WEBHOOKS_FIRST = timedelta(minutes=2)  # a call that has just ended is about to be told of
OVERDUE = timedelta(minutes=10)  # beyond the longest call that the flow allows
UNREACHABLE = timedelta(hours=24)  # then a call is over, whatever the carrier could tell
RECONCILED = "reconciled"
_AT_ONCE = 200
_PATIENCE = 3  # refusals in one sweep; one call that cannot be asked for does not hide the others
_INBOUND = "inbound"


class CarrierCall(Protocol):
    """A call as the carrier's list has it; the times may be missing."""

    @property
    def id(self) -> str: ...
    @property
    def from_(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def duration_s(self) -> int | None: ...


class CarrierRecording(Protocol):
    """A recording as the carrier's list has it."""

    @property
    def id(self) -> str: ...
    @property
    def call_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def duration_s(self) -> int | None: ...
    @property
    def of_call(self) -> bool: ...


class CarrierLists(Protocol):
    """What the carrier can be asked about the past. Trouble is a CarrierError."""

    def calls_since(self, moment: datetime, /) -> Iterable[CarrierCall]: ...
    def call(self, call_id: str, /) -> CarrierCall | None: ...
    def recordings_since(self, moment: datetime, /) -> Iterable[CarrierRecording]: ...


@dataclass(frozen=True)
class OurCall:
    """A call as our books have it."""

    id: int
    carrier_call_id: str
    carrier_sequence: int
    flow_hash: str
    started_at: datetime
    ended_at: datetime | None
    region: str


@dataclass(frozen=True)
class Found:
    """What a reconciliation brought to light."""

    calls: int = 0
    ended: int = 0
    recordings: int = 0


@dataclass(frozen=True)
class Reconciler:
    """Our books against one carrier's. Each finding is a transaction of its own; none is open while it is asked."""

    store: Store
    carrier: str
    lists: CarrierLists
    secret: ApplicationSecret

    def reconcile(self, now: datetime) -> Found:
        """Go through the last 48 hours: missing calls, calls that ended unheard, recordings nobody announced."""
        since = now - LOOKS_BACK
        taken, ended = self._calls(self.lists.calls_since(since), now)
        found = sum(self._recording(recording, now) for recording in self.lists.recordings_since(since))
        asked_for, _ = self._calls(self._calls_of_orphans(), now)
        return Found(taken + asked_for, ended, found)

    def settle_orphans(self, now: datetime) -> None:
        """Give recordings to calls that came after them, and ring for those whose call nobody ever told of."""
        with self.store.read() as connection:
            if not recordings.orphans(connection, self.carrier):
                return
        with self.store.write() as connection:
            for call_id in recordings.link_known(connection):
                endings.after_recording(connection, call_id)
            recordings.give_up_orphans(connection, now)

    def _calls(self, listed: Iterable[CarrierCall], now: datetime) -> tuple[int, int]:
        taken = ended = 0
        for call in listed:
            match self._state(call):
                case "unknown" if _is_over(call, now):
                    taken += self._take_in(call, now)
                case "live" if call.status in FINAL_STATUSES:
                    ended += self._end(call, now)
        return taken, ended

    def _calls_of_orphans(self) -> Iterable[CarrierCall]:
        with self.store.read() as connection:
            waiting = recordings.orphans(connection, self.carrier)
        for carrier_call_id in waiting[:_AT_ONCE]:
            if call := self.lists.call(carrier_call_id):
                yield call

    def _state(self, call: CarrierCall) -> str:
        """Whether we know this call: "unknown", "live" or "ended"."""
        with self.store.read() as connection:
            row = _row_of(connection, self.carrier, call.id)
        if row is None:
            return "unknown"
        return "live" if row.ended_at is None else "ended"

    def _take_in(self, call: CarrierCall, now: datetime) -> bool:
        """Make the row of a call that no webhook told of; False where it is not ours, or was to be forgotten."""
        with self.store.write() as connection:
            line = next((line for line in all_lines(connection) if line.number == call.to), None)
            if line is None or call.direction != _INBOUND:
                return False
            line = _at_the_time(connection, line, call.started_at or now)
            if outbox.deletion_is_wanted(connection, "call", self.carrier, call.id):
                return False
            return self._keep_missed(connection, call, line, now)

    def _keep_missed(self, connection: Connection, call: CarrierCall, line: LineRow, now: datetime) -> bool:
        """Write the row of a missed call and end it like any other: its number is sealed as for a caller who chose
        nothing, and what was recorded becomes a report. An alarm says that somebody was not heard."""
        number = caller_number(call.from_, line.region)
        if not insert_once(connection, calls, _missed_row(connection, self.carrier, call, line, number is None, now)):
            return False
        row = _row_of(connection, self.carrier, call.id)
        assert row is not None  # noqa: S101 - inserted in this transaction
        recordings.link_orphans(connection, row.id, self.carrier, call.id)
        ending = Ending(call.status, call.duration_s, number, source="reconciliation")
        endings.end_call(connection, row.id, ending, self.secret, now)
        raise_alarm(connection, "missed_call", f"missed_call:{row.id}", {"call": row.id}, now, line.unit_id)
        return True

    def _end(self, call: CarrierCall, now: datetime) -> bool:
        with self.store.write() as connection:
            row = _row_of(connection, self.carrier, call.id)
            if row is None or row.ended_at is not None:
                return False
            number = caller_number(call.from_, row.region)
            ending = Ending(call.status, call.duration_s, number, row.carrier_sequence, "reconciliation")
            endings.end_call(connection, row.id, ending, self.secret, now)
            return True

    def _recording(self, listed: CarrierRecording, now: datetime) -> bool:
        """Note a recording of a call of ours unless it is known; tell whether it was news."""
        with self.store.read() as connection:
            call = _row_of(connection, self.carrier, listed.call_id)
            known = recordings.status_of(connection, self.carrier, listed.id)
        if call is None or known not in (None, recordings.ABSENT):
            return False
        with self.store.write() as connection:
            recordings.note(
                connection,
                self.carrier,
                listed.call_id,
                listed.id,
                listed.status,
                listed.duration_s,
                now,
                of_call=listed.of_call,
            )
            endings.after_recording(connection, call.id)
            return recordings.status_of(connection, self.carrier, listed.id) != known

    # ---- the sweep -------------------------------------------------------------------------------------------------

    def sweep(self, now: datetime) -> int:
        """End the calls that should have ended long ago, as the carrier knows them; tell how many.

        One that it does not know is over; while it cannot be asked, a call is over after a day."""
        ended, troubles = 0, []
        for row in overdue(self.store, self.carrier, now):
            try:
                ended += self._sweep(row, now)
            except CarrierError as error:
                troubles.append(error)
                if len(troubles) == _PATIENCE:
                    break
        if troubles:
            raise troubles[-1]
        return ended

    def _sweep(self, row: OurCall, now: datetime) -> bool:
        try:
            call = self.lists.call(row.carrier_call_id)
        except CarrierError:
            if now - row.started_at < UNREACHABLE:
                raise
            call = None
        if call is not None and call.status not in FINAL_STATUSES:
            return False
        return self._close(row, call, now)

    def _close(self, row: OurCall, call: CarrierCall | None, now: datetime) -> bool:
        number = caller_number(call.from_, row.region) if call else None
        status, lasted = (call.status, call.duration_s) if call else ("unknown", None)
        ending = Ending(status, lasted, number, row.carrier_sequence, "sweep")
        with self.store.write() as connection:
            endings.end_call(connection, row.id, ending, self.secret, now)
        return True


def overdue(store: Store, carrier: str, now: datetime) -> list[OurCall]:
    """The live calls that are older than their flow allows, the oldest first."""
    query = (
        _CALLS.where(calls.c.carrier == carrier, calls.c.ended_at.is_(None), calls.c.started_at < now - OVERDUE)
        .order_by(calls.c.started_at)
        .limit(_AT_ONCE)
    )
    with store.read() as connection:
        rows = [OurCall(*row) for row in connection.execute(query)]
        return [row for row in rows if now - row.started_at > _longest(connection, row.flow_hash) + OVERDUE]


def _longest(connection: Connection, flow_hash: str) -> timedelta:
    return timedelta(seconds=flow_of(connection, flow_hash).limits.call_seconds)


def _is_over(call: CarrierCall, now: datetime) -> bool:
    """Ended, and long enough ago for its own webhooks to have come."""
    ended = call.ended_at or call.started_at
    return call.status in FINAL_STATUSES and ended is not None and now - ended >= WEBHOOKS_FIRST


def _at_the_time(connection: Connection, line: LineRow, moment: datetime) -> LineRow:
    """The line as the unit had it that answered it then: a call of before a merger is the old unit's."""
    unit_id = line.former_unit_id
    while unit_id is not None and unit_id != line.unit_id:
        of = connection.execute(select(units.c.merged_into_id, units.c.merged_at).where(units.c.id == unit_id)).one()
        if of.merged_at is None or moment < of.merged_at:
            return line_of(connection, line.id, unit_id)
        unit_id = of.merged_into_id
    return line


def _missed_row(
    connection: Connection, carrier: str, call: CarrierCall, line: LineRow, withheld: bool, now: datetime
) -> dict[str, object]:
    languages = connection.execute(select(units.c.languages).where(units.c.id == line.unit_id)).scalar_one()
    return {
        "key": secrets.token_urlsafe(18),
        "carrier": carrier,
        "carrier_call_id": call.id,
        "unit_id": line.unit_id,
        "line_id": line.id,
        "flow_hash": line.flow_hash,
        "language": languages.split(",")[0].strip(),
        "visit": 0,
        "node": "",
        "withheld": withheld,
        "suspect": RECONCILED,
        "started_at": call.started_at or call.ended_at or now,
    }


_CALLS = select(
    calls.c.id,
    calls.c.carrier_call_id,
    calls.c.carrier_sequence,
    calls.c.flow_hash,
    calls.c.started_at,
    calls.c.ended_at,
    units.c.region,
).join(units, units.c.id == calls.c.unit_id)


def _row_of(connection: Connection, carrier: str, carrier_call_id: str) -> OurCall | None:
    query = _CALLS.where(calls.c.carrier == carrier, calls.c.carrier_call_id == carrier_call_id)
    row = connection.execute(query).first()
    return OurCall(*row) if row else None
