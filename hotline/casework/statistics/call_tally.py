"""What one call adds to the figures of its day, one dimension at a time; decided from its row alone.

A call counts from its end on: before that it has no kind. One that is still on the line is told apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from hotline.casework.hours import OfficeHours
from hotline.casework.statistics.figures import KINDS

RECEIVED, HUNG_UP, ANSWERED_BY_IVR, ANONYMOUS, SECONDS = "received", "hung up", "ivr", "anonymous", "seconds"
KIND, CATEGORY, PLACE, LANGUAGE, HOUR, BAND = "kind", "category", "place", "language", "hour", "band"
ALL = ""
"""The key of a dimension that has only one."""
NOWHERE = ""
"""The key of a place that nobody knows."""

OFFICE, EVENING, NIGHT = "office", "evening", "night"
_MORNING, _NIGHTFALL = time(6), time(22)
_LONGEST_S = 24 * 3600  # more is a slip of the carrier's, and a few of those would be too large a number to keep
_NOBODY_STAYED = "hung_up"


@dataclass(frozen=True, slots=True)
class EndedCall:
    """The columns of an ended call that are counted. `place_id`: of the report that the call made or added to.

    `hours`: when it came, by the office hours of that time; None where nobody noted that."""

    unit_id: int
    started_at: datetime
    kind: str | None
    category: str | None
    outcome: str | None
    language: str
    privacy: str | None
    duration_s: int | None
    place_id: int | None
    hours: str | None

    @property
    def hung_up(self) -> bool:
        """Left before any choice with nothing recorded. What an officer has found it to be all the same, it is."""
        return self.outcome == _NOBODY_STAYED and self.kind in (None, "other")


Addition = tuple[str, str, int]
"""A dimension, its key, and by how much it grows."""


def day_of(call: EndedCall, zone: ZoneInfo) -> date:
    """The day on the wall of the unit when the call began."""
    return call.started_at.astimezone(zone).date()


def additions(call: EndedCall, zone: ZoneInfo, office: OfficeHours) -> Iterator[Addition]:
    """What this call adds to its day."""
    yield RECEIVED, ALL, 1
    if call.duration_s:
        yield SECONDS, ALL, min(call.duration_s, _LONGEST_S)
    if call.hung_up:
        yield HUNG_UP, ALL, 1
        return
    local = call.started_at.astimezone(zone)
    if call.kind in KINDS:
        yield KIND, call.kind, 1
    if call.category:
        yield CATEGORY, call.category, 1
    yield PLACE, NOWHERE if call.place_id is None else str(call.place_id), 1
    yield LANGUAGE, call.language, 1
    yield HOUR, f"{local.hour:02}", 1
    yield BAND, call.hours or hours_of(office, local), 1
    if call.kind == "admin" and call.outcome == "answered_by_ivr":
        yield ANSWERED_BY_IVR, ALL, 1
    if call.kind == "report" and call.privacy == "anonymous":
        yield ANONYMOUS, ALL, 1


def hours_of(office: OfficeHours, local: datetime) -> str:
    """Whether the office was open then, on the unit's own clock; else evening, from 06:00 to 22:00, or night."""
    if office.open_at(local):
        return OFFICE
    return EVENING if _MORNING <= local.time() < _NIGHTFALL else NIGHT
