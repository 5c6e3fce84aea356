"""A province of invented communes with drawn rows: calls, reports and all that is counted of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as some
from sqlalchemy import Connection, insert, update

from hotline.casework import timeline
from hotline.casework.months import Month
from hotline.casework.statistics import day_counts
from hotline.casework.statistics.figures import KINDS
from storage.database import Store
from storage.tables import incidents, lines, measures, persons, report_events, texts, units
from tests import cast
from tests.hotline import station
from tests.hotline.station import Station

OCTOBER = Month(2026, 10)
MIDDLE = datetime.fromisoformat("2026-10-15T05:00:00+00:00")
FOUNDED = datetime.fromisoformat("2021-09-15T00:00:00+00:00")
LINES = ("+842101234567", "+842101234568", "+842101234569")
_OUTCOMES = ("CONFIRMED", "PARTLY", "UNFOUNDED", "MEDIATED", "ANSWERED")


@dataclass(frozen=True)
class Province:
    """The unit over all, one between, and communes: the first two right below it, the third below the one between."""

    over: Station
    between: Station
    communes: tuple[Station, ...]


def province(store: Store, zones: Sequence[str] = ("Asia/Ho_Chi_Minh",) * 3) -> Province:
    """Dung sees the province's figures; Thào commands it; Sinh is of the first commune."""
    over = _without_line(station.station(store, "tinh", "Công an tỉnh", "+842101234570", (cast.DUNG, cast.THAO)), store)
    between = _without_line(station.station(store, "khu-vuc", "Khu vực", "+842101234571", ()), store)
    people: tuple[tuple[cast.Officer, ...], ...] = ((cast.SINH, cast.LY), (), ())
    communes = tuple(
        station.station(store, f"xa-{number}", f"Xã {number}", line, who, zone)
        for number, (line, who, zone) in enumerate(zip(LINES, people, zones, strict=True), 1)
    )
    with store.write() as connection:
        for below, above in ((between, over), (communes[0], over), (communes[1], over), (communes[2], between)):
            connection.execute(update(units).where(units.c.id == below.unit_id).values(parent_id=above.unit_id))
        connection.execute(update(units).values(created_at=FOUNDED))
    return Province(over, between, communes)


def _without_line(of: Station, store: Store) -> Station:
    with store.write() as connection:
        connection.execute(lines.delete().where(lines.c.unit_id == of.unit_id))
    return of


@dataclass(frozen=True)
class Event:
    """Something that happens in a commune: `hours` from the middle of October."""

    commune: int
    hours: int
    kind: str
    number: int


events = some.builds(
    Event,
    some.integers(0, 2),
    some.integers(-24 * 18, 24 * 20),
    some.sampled_from([*KINDS, "hung up", "riddle", "text", "incident"]),
    some.integers(0, 59),
)


def happens(connection: Connection, of: Province, event: Event, number: int) -> None:
    """Write what an event leaves behind."""
    where, at = of.communes[event.commune], MIDDLE + timedelta(hours=event.hours)
    match event.kind:
        case "text":
            row = {"carrier": "local", "carrier_message_id": f"SM{number}", "received_at": at}
            connection.execute(insert(texts).values(unit_id=where.unit_id, line_id=where.line_id, **row))
        case "incident":
            facts = {"type": ("fire", "drugs")[event.number % 2], "year": at.year, "happened_on": at.date()}
            connection.execute(insert(incidents).values(unit_id=where.unit_id, recorded_at=at, **facts))
        case "hung up":
            _call(connection, where, event, number, at, kind=None, category=None, outcome="hung_up")
        case "report" | "emergency":
            category = {"report": "RPT-THEFT", "emergency": "EMG-FIRE"}[event.kind]
            call_id = _call(connection, where, event, number, at, kind=event.kind, category=category)
            _report(connection, where, event, number, call_id, at)
        case kind:
            category = {"admin": "ADM-ID", "addition": "RPT-ADDINFO"}.get(kind)
            _call(connection, where, event, number, at, kind=kind, category=category)


def _call(connection: Connection, where: Station, event: Event, number: int, at: datetime, **facts: Any) -> int:
    privacy = ("anonymous", "confidential")[event.number % 2]
    drawn = {"language": ("vi", "ru")[event.number % 2], "privacy": privacy, "outcome": "answered_by_ivr"}
    return station.call(connection, where, f"CA{number}", **{"started_at": at, **drawn, **facts})


def _report(connection: Connection, where: Station, event: Event, number: int, call_id: int, at: datetime) -> None:
    """Taken or not, closed or not, opened again or not, in time or not: the number decides."""
    n, closed = event.number, event.number % 3 != 0
    settled = at + timedelta(days=n % 9) if closed else None
    report_id = station.report(
        connection,
        where,
        f"R-{number}",
        call_id,
        kind=event.kind,
        urgency=("critical", "high", "normal", "low")[n % 4],
        received_at=at,
        acknowledge_by=at + timedelta(hours=2),
        acknowledged_at=at + timedelta(hours=n % 4) if n % 5 else None,
        due_at=at + timedelta(days=5),
        settled_at=settled,
        closed_at=settled,
        status="CLOSED" if closed else "NEW",
        usefulness=("valuable", None)[n % 2],
        reopened=int(closed and n % 4 == 1),
    )
    if n % 2:
        _event(connection, report_id, at + timedelta(hours=3), timeline.VERIFIED, "VERIFIED")
    if settled is not None:
        for late in range(1 + (n % 4 == 1)):  # closed again, with another outcome
            outcome = _OUTCOMES[(n + late) % len(_OUTCOMES)]
            _event(connection, report_id, settled + timedelta(hours=late), timeline.CLOSED, "CLOSED", outcome=outcome)
        _decide(connection, report_id, n, settled.date())


def _event(connection: Connection, report_id: int, at: datetime, what: str, status: str, **details: str) -> None:
    row = {"report_id": report_id, "at": at, "what": what, "status_after": status, "details": details}
    connection.execute(insert(report_events).values(row))


def _decide(connection: Connection, report_id: int, n: int, on: date) -> None:
    """No measure, one, or two for one person."""
    if n % 3 == 1:
        person = insert(persons).values(first_report_id=report_id, number=1, created_at=MIDDLE)
        person_id = connection.execute(person.returning(persons.c.id)).scalar_one()
        for measure in ("FINE", "WARNING")[: 1 + n % 2]:
            row = {"report_id": report_id, "person_id": person_id, "measure": measure, "decided_on": on}
            connection.execute(insert(measures).values(**row, at=MIDDLE))


def counted(connection: Connection, of: Province, now: datetime) -> None:
    """The first commune's October is counted by day; the others' is not."""
    day_counts.recount(connection, of.communes[0].unit_id, OCTOBER, now)


SMALL_KINDS = ("admin", "report", "hung up", "admin", "emergency", "admin", "text")


def with_small_figures(store: Store) -> Province:
    """Three communes in October, with some small figures."""
    made = province(store)
    with store.write() as connection:
        for number in range(60):
            event = Event(number // 4 % 3, number * 11 - 330, SMALL_KINDS[number % 7], number)
            happens(connection, made, event, number)
    return made
