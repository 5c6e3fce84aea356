"""Rooms in which calls meet: the carrier's conferences. Who comes, who leaves, and for whom it is over by that."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from hotline.simulator.leg import Leg


class Handset(Protocol):
    """A telephone on the carrier's line."""

    leg: Leg

    def met(self) -> None:
        """Somebody else is in the room now."""

    def nudge(self) -> None:
        """Something happened to the call while it waited."""

    def hang_up(self) -> None:
        """Put the telephone down."""

    def redirect(self, url: str) -> None:
        """Leave whatever it does and ask for another document."""


@dataclass
class Room:
    """The calls in a room, and those among them whose leaving ends it."""

    most: int
    ids: list[str] = field(default_factory=list)
    ending: set[str] = field(default_factory=set)
    started: bool = False
    met: bool = False


class Rooms:
    """All rooms of a carrier. Telephones are told of changes by `settle`, never while one of them is held."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self._over: set[str] = set()
        self._changes: deque[tuple[str, str]] = deque()
        self._lock = Lock()

    def enter(self, name: str, call_id: str, *, starts: bool, ends: bool, most: int) -> bool:
        """Join a call to a room; False where it is full. The first one opens it."""
        with self._lock:
            room = self._rooms.setdefault(name, Room(most))
            if len(room.ids) >= room.most:
                return False
            self._over.discard(call_id)
            room.ids.append(call_id)
            room.started |= starts
            if ends:
                room.ending.add(call_id)
            if room.started and len(room.ids) > 1 and not room.met:
                room.met = True
                self._changes.extend((one, "met") for one in room.ids)
            return True

    def leave(self, name: str, call_id: str) -> bool:
        """A call leaves its room; for the others it is over where that one's leaving ends it. False where it had."""
        with self._lock:
            self._over.discard(call_id)
            room = self._rooms.get(name)
            if room is None or call_id not in room.ids:
                return False
            room.ids.remove(call_id)
            if call_id in room.ending or not room.ids:
                del self._rooms[name]
                self._over.update(room.ids)
                self._changes.extend((one, "over") for one in room.ids)
            return True

    def is_over(self, call_id: str) -> bool:
        """Whether the room in which a call waits was ended."""
        with self._lock:
            return call_id in self._over

    def mates(self, call_id: str) -> list[str]:
        """The other calls in the room of this one."""
        with self._lock:
            found = [room.ids for room in self._rooms.values() if call_id in room.ids]
            return [one for ids in found for one in ids if one != call_id]

    def end(self, call_id: str) -> None:
        """The talk of this call is over; who has ended it is on another exchange."""
        with self._lock:
            self._over.add(call_id)
            self._changes.append((call_id, "over"))

    def settle(self, handsets: Mapping[str, Handset]) -> None:
        """Tell the telephones what has changed for them, one after the other."""
        while True:
            try:
                call_id, what = self._changes.popleft()
            except IndexError:
                return
            if (handset := handsets.get(call_id)) is not None:
                handset.met() if what == "met" else handset.nudge()
