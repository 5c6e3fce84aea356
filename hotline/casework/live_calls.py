"""What the next step of a call must know, read in one statement or remembered from the step before."""

import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from ivr_flows.turn import Position
from storage.prepared import Prepared
from storage.tables import calls


class RacedError(Exception):
    """Somebody else changed the call meanwhile, or may have where it matters: look again, and decide anew."""


MOST_REMEMBERED = 1024  # live calls; each takes about a kilobyte


class LiveCall(NamedTuple):
    """The columns of a call's row that its steps go by. `sealed_position` is empty once the call is over."""

    id: int
    key: str
    visit: int
    carrier: str
    carrier_call_id: str
    unit_id: int
    line_id: int
    flow_hash: str
    language: str
    node: str
    added_to: int | None
    sealed_position: bytes
    reported: bool
    ended: bool
    remembered: bool = False  # not read just now: another process may have gone on meanwhile


def live_call(connection: Connection, key: str) -> LiveCall | None:
    """The call of this key, live or over."""
    row: Any = _BY_KEY(connection, {"key": key}).fetchone()
    if row is None:
        return None
    *named, position, reported, ended_at = row
    return LiveCall._make((*named, bytes(position or b""), bool(reported), ended_at is not None, False))


_BY_KEY = Prepared(
    select(
        calls.c.id,
        calls.c.key,
        calls.c.visit,
        calls.c.carrier,
        calls.c.carrier_call_id,
        calls.c.unit_id,
        calls.c.line_id,
        calls.c.flow_hash,
        calls.c.language,
        calls.c.node,
        calls.c.added_to,
        calls.c.position,
        calls.c.reported,
        calls.c.ended_at,
    ).where(calls.c.key == bindparam("key"))
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A call as its last step left it on the disk, with its position at hand."""

    call: LiveCall
    position: Position


class LiveCalls:
    """The calls whose last step this process committed, to save reading them again.

    Never the truth: a step built on what is remembered is written only if the row still awaits that step."""

    def __init__(self) -> None:
        self._calls: dict[str, Remembered] = {}
        self._lock = threading.Lock()

    def keep(self, remembered: Remembered) -> None:
        with self._lock:
            self._calls[remembered.call.key] = remembered
            if len(self._calls) > MOST_REMEMBERED:
                del self._calls[next(iter(self._calls))]

    def take(self, key: str, visit: int) -> Remembered | None:
        """What is remembered of a call that awaits this visit; it is forgotten with that."""
        with self._lock:
            remembered = self._calls.pop(key, None)
        return remembered if remembered and remembered.call.visit == visit else None
