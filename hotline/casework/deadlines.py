"""Until when a report must be taken up and dealt with, counted from its receipt; and the colour of that clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from hotline.casework.hours import OfficeHours
from ivr_flows.taxonomy import load_taxonomy

ANSWER, NOW, CHECK, FOLLOW = "ANSWER", "NOW", "CHECK", "FOLLOW"
GREEN, YELLOW, RED = "green", "yellow", "red"
_YELLOW_FROM = 0.75
_CLASS_OF_KIND = {"emergency": NOW, "report": CHECK, "addition": FOLLOW, "admin": ANSWER, "other": ANSWER}
ACKNOWLEDGEMENT = "acknowledgement"
LIMIT_PARTS = ("days", "hours", "minutes", "working_time", "basis")
LARGEST_PART = 3660
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Limit:
    """How long a unit gives: days on the calendar, and hours and minutes on the clock.

    `working_time`: days off do not count. `basis`: the text it rests on; `own`: the unit's, not the taxonomy's."""

    days: int = 0
    clock: timedelta = timedelta()
    working_time: bool = False
    basis: str = ""
    own: bool = False


@dataclass(frozen=True)
class Rules:
    """The limits of a unit: by class of deadline, and by urgency for taking a report up. None: no limit is set."""

    classes: Mapping[str, Limit | None]
    acknowledgement: Mapping[str, Limit | None]

    @staticmethod
    def from_settings(settings: Mapping[str, Any]) -> "Rules":
        """The taxonomy's limits, overruled by a unit's own.

        {"CHECK": {"days": 5, "basis": "…", "check_locally": true}, "acknowledgement": {"high": {"minutes": 10,
        "basis": "…"}}}; a class without hours, minutes or days has no limit. Raises ValueError for an unknown name,
        an odd number, no basis."""
        standard = standard_rules()
        own = {name: entry for name, entry in settings.items() if name != ACKNOWLEDGEMENT}
        return Rules(
            classes=_overruled(standard.classes, own),
            acknowledgement=_overruled(standard.acknowledgement, settings.get(ACKNOWLEDGEMENT) or {}),
        )


@cache
def standard_rules() -> Rules:
    """The limits of the taxonomy; a class whose limit no text confirms has none."""
    taxonomy = load_taxonomy()
    classes: dict[str, Limit | None] = {}
    for code, entry in taxonomy.deadlines.items():
        limit = Limit(entry.days or 0, timedelta(hours=entry.hours or 0), entry.working_time, entry.basis)
        classes[code] = limit if entry.confirmed and (limit.days or limit.clock) else None
    urgencies: dict[str, Limit | None] = {
        code: Limit(clock=timedelta(minutes=entry.ack_minutes), basis=entry.rule)
        for code, entry in taxonomy.urgencies.items()
    }
    return Rules(MappingProxyType(classes), MappingProxyType(urgencies))


def _overruled(standard: Mapping[str, Limit | None], own: Any) -> Mapping[str, Limit | None]:
    if not isinstance(own, Mapping):
        raise ValueError("deadlines are written as names with their limits")
    if unknown := own.keys() - standard.keys():
        raise ValueError(f"there is no {sorted(unknown)[0]!r}; there are {', '.join(standard)}")
    return MappingProxyType({**standard, **{name: _limit(name, entry) for name, entry in own.items()}})


def _limit(name: str, entry: Any) -> Limit | None:
    if not isinstance(entry, Mapping) or entry.keys() - {*LIMIT_PARTS, "check_locally"}:
        raise ValueError(f"{name} needs days, hours or minutes, and a basis")
    if not str(entry.get("basis") or "").strip():
        raise ValueError(f"{name} needs a basis: the text or decision that sets this limit")
    days, hours, minutes = (entry.get(unit) or 0 for unit in ("days", "hours", "minutes"))
    if not isinstance(days, int) or not all(isinstance(part, int | float) for part in (hours, minutes)):
        raise ValueError(f"{name}: days are a whole number, hours and minutes are numbers")
    if not all(0 <= part <= LARGEST_PART for part in (days, hours, minutes)):
        raise ValueError(f"{name}: days, hours and minutes are from 0 to {LARGEST_PART}")
    clock = timedelta(hours=hours, minutes=minutes)
    own = Limit(days, clock, bool(entry.get("working_time")), str(entry["basis"]), own=True)
    return own if days or clock else None


@dataclass(frozen=True)
class Calendar:
    """A unit's time zone, office hours and limits: all that its deadlines are counted with."""

    zone: ZoneInfo
    office_hours: OfficeHours = field(default_factory=OfficeHours)
    rules: Rules = field(default_factory=lambda: Rules.from_settings({}))

    def due_at(self, deadline_class: str, received_at: datetime) -> datetime | None:
        """Until when a report of this class is to be dealt with; None where no limit is set."""
        return self._after(received_at, self.rules.classes.get(deadline_class))

    def acknowledge_by(self, urgency: str, received_at: datetime) -> datetime | None:
        """Until when somebody must have taken a report of this urgency up."""
        return self._after(received_at, self.rules.acknowledgement.get(urgency))

    def _after(self, received_at: datetime, limit: Limit | None) -> datetime | None:
        if limit is None:
            return None
        local = received_at.astimezone(self.zone)
        if limit.working_time:
            return self._on_working_days(local, timedelta(days=limit.days) + limit.clock)
        # Days later it is the same time on the wall; hours are real ones, whatever the wall shows.
        return self._later(local + timedelta(days=limit.days), limit.clock)

    def _on_working_days(self, local: datetime, left: timedelta) -> datetime:
        """A day on which there is work counts whole, at night too; another does not count at all."""
        while True:
            midnight = datetime.combine(local.date() + timedelta(days=1), time(), self.zone)
            if self.office_hours.is_working_day(local.date()):
                of_today = midnight.astimezone(_UTC) - local.astimezone(_UTC)
                if left <= of_today:
                    return self._later(local, left)
                left -= of_today
            local = midnight

    def _later(self, local: datetime, clock: timedelta) -> datetime:
        return (local.astimezone(_UTC) + clock).astimezone(self.zone)


def class_of(kind: str, category: str | None) -> str:
    """The class of deadline of a category; where there is none yet, of the kind."""
    known = load_taxonomy().codes.get(category or "")
    return known.deadline if known else _CLASS_OF_KIND.get(kind, CHECK)


def colour(received_at: datetime, due_at: datetime | None, settled_at: datetime | None, now: datetime) -> str | None:
    """Green, yellow from three quarters of the time, red when it has passed; None without a deadline.

    The clock of a report that is closed or transferred stands: it is green or red for good."""
    if due_at is None:
        return None
    at = settled_at or now
    if at > due_at:
        return RED
    if settled_at is None and at - received_at >= _YELLOW_FROM * (due_at - received_at):
        return YELLOW
    return GREEN
