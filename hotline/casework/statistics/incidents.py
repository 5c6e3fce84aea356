"""The register of incidents: what did happen, by day or at least by year. No call and no report makes one."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select, update

from hotline.casework import audit
from hotline.casework.desk import NotTheirTaskError, WorkRefusedError, case_of
from hotline.casework.months import Month
from hotline.casework.once import insert_once
from hotline.casework.people import OfficerRow
from hotline.casework.unit_tree import absorbed
from hotline.errors import NotFoundError
from storage.tables import incidents, officers, places, reports, units

TYPES = ("injury", "property", "drugs", "order", "traffic", "fire", "other")
"""Intentional injury, theft and other harm to property, drugs, public order, traffic, fire."""
ROLES_THAT_KEEP_THE_REGISTER = frozenset({"officer", "deputy", "chief"})
_FIRST_YEAR = 1900


@dataclass(frozen=True)
class Incident:
    """What is to be written into the register; of the time before the line perhaps only the `year` is known.

    `report`: the reference of a report of the same unit that it came to light by, where there is one."""

    type: str
    happened_on: date | None = None
    year: int | None = None
    place_id: int | None = None
    report: str = ""


@dataclass(frozen=True)
class IncidentRow:
    """One incident of the register. `who` is None where it came with an import."""

    id: int
    type: str
    year: int
    happened_on: date | None
    place: str | None
    report: str | None
    who: str | None
    recorded_at: datetime


def record(connection: Connection, officer: OfficerRow, incident: Incident, now: datetime) -> int:
    """Write an incident into the register of the officer's unit and return its id.

    Raises NotTheirTaskError, WorkRefusedError for what cannot be."""
    if officer.role not in ROLES_THAT_KEEP_THE_REGISTER:
        raise NotTheirTaskError
    row = _row(connection, officer.unit_id, incident, now)
    report_id = _report(connection, officer, incident.report) if incident.report.strip() else None
    written = insert(incidents).values(**row, report_id=report_id, officer_id=officer.id).returning(incidents.c.id)
    incident_id = int(connection.execute(written).scalar_one())
    details = {"type": incident.type, "day": str(incident.happened_on or row["year"])}
    audit.append(connection, officer.id, "incident recorded", f"incident/{incident_id}", details, now)
    return incident_id


def take_over(connection: Connection, unit_id: int, incident: Incident, source: str, now: datetime) -> bool:
    """Write an incident of an earlier register; `source` names it there, and a second time nothing is written.

    Tell whether it was. The import writes itself into the audit. Raises WorkRefusedError."""
    return insert_once(connection, incidents, {**_row(connection, unit_id, incident, now), "source": source})


def withdraw(
    connection: Connection, officer: OfficerRow, incident_id: int, now: datetime, reason: str | None = None
) -> None:
    """Take back an incident that was written down by mistake; the row stays, and counts no more.

    Raises NotTheirTaskError, NotFoundError also where it is another unit's or withdrawn already."""
    if officer.role not in ROLES_THAT_KEEP_THE_REGISTER:
        raise NotTheirTaskError
    this_one = (incidents.c.id == incident_id) & (incidents.c.unit_id == officer.unit_id)
    standing = update(incidents).where(this_one, incidents.c.withdrawn_at.is_(None))
    if connection.execute(standing.values(withdrawn_at=now)).rowcount != 1:
        raise NotFoundError
    audit.append(connection, officer.id, "incident withdrawn", f"incident/{incident_id}", {}, now, reason=reason)


def incidents_of(connection: Connection, unit_id: int, year: int | None = None) -> tuple[IncidentRow, ...]:
    """The register of a unit, of one year or whole, the newest first; what was withdrawn is left out."""
    query = (
        select(
            incidents,
            places.c.name.label("place"),
            reports.c.reference.label("report"),
            officers.c.name.label("who"),
            units.c.timezone,
        )
        .join(units, units.c.id == incidents.c.unit_id)
        .outerjoin(places, places.c.id == incidents.c.place_id)
        .outerjoin(reports, reports.c.id == incidents.c.report_id)
        .outerjoin(officers, officers.c.id == incidents.c.officer_id)
        .where(incidents.c.unit_id == unit_id, incidents.c.withdrawn_at.is_(None))
        .order_by(incidents.c.year.desc(), incidents.c.happened_on.desc(), incidents.c.id.desc())
    )
    rows = connection.execute(query if year is None else query.where(incidents.c.year == year))
    return tuple(
        IncidentRow(
            row.id,
            row.type,
            row.year,
            row.happened_on,
            row.place,
            row.report,
            row.who,
            row.recorded_at.astimezone(ZoneInfo(row.timezone)),
        )
        for row in rows
    )


def by_year(connection: Connection, unit_id: int) -> dict[int, Counter[str]]:
    """How many incidents of each type a year had. A year without a row is not here: nobody wrote one down."""
    query = (
        select(incidents.c.year, incidents.c.type, func.count().label("found"))
        .where(incidents.c.unit_id == unit_id, incidents.c.withdrawn_at.is_(None))
        .group_by(incidents.c.year, incidents.c.type)
        .order_by(incidents.c.year, incidents.c.type)
    )
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(query):
        found[row.year][row.type] = row.found
    return dict(found)


def incidents_in(connection: Connection, unit_ids: Sequence[int], month: Month) -> Mapping[int, Mapping[str, int]]:
    """How many incidents of each type happened in a month of the calendar, by unit; who had none is not in it."""
    in_month = (incidents.c.happened_on >= month.first_day) & (incidents.c.happened_on < month.next.first_day)
    query = (
        select(incidents.c.unit_id, incidents.c.type, func.count().label("found"))
        .where(incidents.c.unit_id.in_(unit_ids), in_month, incidents.c.withdrawn_at.is_(None))
        .group_by(incidents.c.unit_id, incidents.c.type)
        .order_by(incidents.c.type)
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.unit_id][row.type] = row.found
    return dict(found)


def _row(connection: Connection, unit_id: int, incident: Incident, now: datetime) -> Mapping[str, object]:
    if incident.type not in TYPES:
        raise WorkRefusedError("type", "unknown")
    today = _today(connection, unit_id, now)
    year = incident.happened_on.year if incident.happened_on else incident.year
    if year is None or year < _FIRST_YEAR:
        raise WorkRefusedError("happened_on", "needed")
    if year > today.year or (incident.happened_on or today) > today:
        raise WorkRefusedError("happened_on", "in the future")
    known = [unit_id, *absorbed(connection, unit_id)]
    theirs = select(places.c.id).where(places.c.id == incident.place_id, places.c.unit_id.in_(known))
    if incident.place_id is not None and connection.execute(theirs).first() is None:
        raise WorkRefusedError("place_id", "unknown")
    return {
        "unit_id": unit_id,
        "type": incident.type,
        "year": year,
        "happened_on": incident.happened_on,
        "place_id": incident.place_id,
        "recorded_at": now,
    }


def _today(connection: Connection, unit_id: int, now: datetime) -> date:
    zone = connection.execute(select(units.c.timezone).where(units.c.id == unit_id)).scalar_one()
    return now.astimezone(ZoneInfo(zone)).date()


def _report(connection: Connection, officer: OfficerRow, reference: str) -> int:
    try:
        return case_of(connection, officer, reference.strip().upper()).id
    except NotFoundError:
        raise WorkRefusedError("report", "no such report") from None
