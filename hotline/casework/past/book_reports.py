"""The reports of an old call book: what became of them is told by the book, and they wait for nobody.

No clock runs on them and nobody is paged: they are settled, have no follow-up and no receipt."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import repeat
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, bindparam, insert, select

from hotline.casework import timeline
from hotline.casework.once import insert_into
from hotline.casework.past.book_rows import BookCall
from hotline.casework.transitions import CLOSED, FILED, TRANSFERRED, VERIFIED
from ivr_flows.taxonomy import load_taxonomy
from storage.identifiers import reserve_ids
from storage.prepared import Prepared
from storage.tables import measures, persons, report_events, report_numbers, reports

_STEPS = {
    VERIFIED: ((timeline.VERIFIED, VERIFIED),),
    FILED: ((timeline.VERIFIED, VERIFIED), (timeline.FILED, FILED)),  # nothing is filed before it is verified
    TRANSFERRED: ((timeline.TRANSFERRED, TRANSFERRED),),
}
_ORDINARY = "normal"


def named(*names: str) -> dict[str, BindParameter[Any]]:
    """Parameters of these names, for the columns that are called so."""
    return {name: bindparam(name) for name in names}


_KEEP_REPORT = Prepared(
    insert(reports).values(
        {
            **named("id", "reference", "kind", "category", "urgency", "status", "outcome", "privacy"),
            **named("unit_id", "line_id", "place_id", "channel", "received_at", "settled_at", "closed_at"),
            **dict.fromkeys(("incomplete", "interpreter", "unsafe_to_ring_back"), False),
            **dict.fromkeys(("version", "reopened"), 0),
        }
    )
)
_STEP = ("report_id", "at", "what", "status_after", "details")
_KEEP_STEP = Prepared(insert(report_events).values(named(*_STEP)))


@dataclass(frozen=True)
class Whose:
    """The unit and line of a book, and its places by their digits."""

    unit_id: int
    line_id: int
    zone: ZoneInfo
    places: Mapping[str, int]


def write_reports(connection: Connection, whose: Whose, made_by: Sequence[BookCall], now: datetime) -> list[int]:
    """Write the report of each of these calls and return their ids in the same order."""
    if not made_by:
        return []
    ids = list(reserve_ids(connection, reports, len(made_by)))
    references = _references(connection, whose, made_by)
    settled = [_settled_at(call, whose.zone) for call in made_by]
    of_each: dict[str, Iterable[Any]] = {"id": ids, "reference": references, "settled_at": settled}
    _KEEP_REPORT.many(connection, of_each | _columns(whose, made_by, settled))
    _write_steps(connection, zip(ids, settled, made_by, strict=True))
    _write_measures(connection, whose.zone, zip(made_by, ids, strict=True), now)
    return ids


def _references(connection: Connection, whose: Whose, made_by: Iterable[BookCall]) -> list[str]:
    """The unit's next references of each year."""
    years = [call.started_at.astimezone(whose.zone).year for call in made_by]
    following = {year: _reserve(connection, whose.unit_id, year, number) for year, number in Counter(years).items()}
    found = []
    for year in years:
        found.append(f"R-{year}-{following[year]:04d}")
        following[year] += 1
    return found


def _reserve(connection: Connection, unit_id: int, year: int, number: int) -> int:
    """Take so many references at once; the first of them."""
    row = insert_into(connection, report_numbers).values(unit_id=unit_id, year=year, last=number)
    counted = row.on_conflict_do_update(
        index_elements=["unit_id", "year"], set_={"last": report_numbers.c.last + number}
    ).returning(report_numbers.c.last)
    return int(connection.execute(counted).scalar_one()) - number + 1


def _columns(whose: Whose, made_by: Sequence[BookCall], settled: Sequence[datetime]) -> dict[str, Iterable[Any]]:
    urgencies: dict[str | None, str] = {name: code.urgency for name, code in load_taxonomy().codes.items()}
    statuses = [CLOSED if call.outcome else call.status or CLOSED for call in made_by]
    return {
        "unit_id": repeat(whose.unit_id),
        "line_id": repeat(whose.line_id),
        "kind": [call.kind for call in made_by],
        "category": [call.category for call in made_by],
        "urgency": [urgencies.get(call.category, _ORDINARY) for call in made_by],
        "status": statuses,
        "outcome": [call.outcome for call in made_by],
        "privacy": [call.privacy for call in made_by],
        "place_id": [whose.places.get(call.place or "") for call in made_by],
        "channel": [call.channel for call in made_by],
        "received_at": [call.started_at for call in made_by],
        "closed_at": [at if status == CLOSED else None for at, status in zip(settled, statuses, strict=True)],
    }


def _settled_at(call: BookCall, zone: ZoneInfo) -> datetime:
    """On the day that the book names, else at once: the book is shut, whatever it left open."""
    if call.settled_on is None:
        return call.started_at
    return max(call.started_at, datetime.combine(call.settled_on, time(), zone).astimezone(UTC))


def _write_steps(connection: Connection, written: Iterable[tuple[int, datetime, BookCall]]) -> None:
    rows = [(report_id, at, *step) for report_id, at, call in written for step in _steps_of(call)]
    if rows:
        _KEEP_STEP.many(connection, dict(zip(_STEP, zip(*rows, strict=True), strict=True)))


def _steps_of(call: BookCall) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The steps that the book tells of, and no other: what, the status after it, details."""
    for what, after in _STEPS.get(call.status or "", ()):
        yield what, after, {}
    if call.outcome:
        yield timeline.CLOSED, CLOSED, {"outcome": call.outcome}


def _write_measures(
    connection: Connection, zone: ZoneInfo, written: Iterable[tuple[BookCall, int]], now: datetime
) -> None:
    """A row for each person, who has no name: none is taken in."""
    measured = {report_id: call for call, report_id in written if call.measure}
    if not measured:
        return
    unnamed = [
        {"first_report_id": report_id, "number": number, "created_at": now}
        for report_id, call in measured.items()
        for number in range(1, call.persons + 1)
    ]
    connection.execute(insert(persons), unnamed)
    query = select(persons.c.id, persons.c.first_report_id).where(persons.c.first_report_id.in_(measured))
    rows = [
        {
            "report_id": report_id,
            "person_id": person_id,
            "measure": measured[report_id].measure,
            "decided_on": _decided_on(measured[report_id], zone),
            "at": now,
        }
        for person_id, report_id in connection.execute(query.order_by(persons.c.id))
    ]
    connection.execute(insert(measures), rows)


def _decided_on(call: BookCall, zone: ZoneInfo) -> date:
    return call.settled_on or call.started_at.astimezone(zone).date()
