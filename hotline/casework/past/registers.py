"""The registers as the console shows them: incidents year by year, and the figures of a month entered by hand.

They are written by the command of a unit and read by everybody at work there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from hotline.casework.call_log import units_of
from hotline.casework.desk import NotTheirTaskError, WorkRefusedError
from hotline.casework.months import Month
from hotline.casework.past.baseline import Year
from hotline.casework.past.baselines import baseline_of
from hotline.casework.people import OfficerRow
from hotline.casework.statistics import entries
from hotline.casework.statistics import incidents as register
from hotline.casework.statistics.incidents import Incident, IncidentRow
from hotline.casework.unit_tree import absorbed
from hotline.errors import NotFoundError
from storage.tables import places

ROLES_THAT_WRITE = frozenset({"deputy", "chief"})
LONGEST_REASON = 500


@dataclass(frozen=True)
class RegisterYear:
    """A year of the register by type, beside what the source of the time before states of it."""

    year: int
    counts: Mapping[str, int]
    stated: Year | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class RegisterPage:
    """The register of incidents: its years and its lines, the newest first."""

    years: tuple[RegisterYear, ...]
    incidents: tuple[IncidentRow, ...]
    places: tuple[tuple[int, str], ...]


def incident_register(connection: Connection, officer: OfficerRow) -> RegisterPage:
    """The register of the officer's own unit. Raises AccessRefusedError for roles that see no single case."""
    units_of(officer)
    found = register.by_year(connection, officer.unit_id)
    kept = baseline_of(connection, officer.unit_id)
    stated = {one.year: one for one in kept.baseline.incidents} if kept else {}
    years = (RegisterYear(year, found.get(year, {}), stated.get(year)) for year in {*found, *stated})
    known = [officer.unit_id, *absorbed(connection, officer.unit_id)]
    query = select(places.c.id, places.c.name).where(places.c.unit_id.in_(known)).order_by(places.c.digits, places.c.id)
    return RegisterPage(
        tuple(sorted(years, key=lambda one: -one.year)),
        register.incidents_of(connection, officer.unit_id),
        tuple((row.id, row.name) for row in connection.execute(query)),
    )


def incident(connection: Connection, officer: OfficerRow, incident_id: int) -> IncidentRow:
    """One line of it. Raises NotFoundError, also for another unit's; AccessRefusedError."""
    units_of(officer)
    found = [row for row in register.incidents_of(connection, officer.unit_id) if row.id == incident_id]
    if not found:
        raise NotFoundError
    return found[0]


def record(connection: Connection, officer: OfficerRow, told: Incident, now: datetime) -> int:
    """Write an incident down. Raises NotTheirTaskError, WorkRefusedError."""
    refuse_who_may_not_write(officer)
    return register.record(connection, officer, told, now)


def correct(
    connection: Connection, officer: OfficerRow, incident_id: int, told: Incident | None, reason: str, now: datetime
) -> None:
    """Put another line in the place of a wrong one, or none; the wrong one stays in the database, and the reason in
    the audit. Raises NotTheirTaskError, WorkRefusedError, NotFoundError."""
    refuse_who_may_not_write(officer)
    if not reason.strip():
        raise WorkRefusedError("reason", "needed")
    register.withdraw(connection, officer, incident_id, now, reason.strip())
    if told is not None:
        register.record(connection, officer, told, now)


def refuse_who_may_not_write(officer: OfficerRow) -> None:
    """Raises NotTheirTaskError."""
    if officer.role not in ROLES_THAT_WRITE:
        raise NotTheirTaskError


def enter(
    connection: Connection, officer: OfficerRow, month: Month, values: Mapping[str, int | None], now: datetime
) -> None:
    """Enter figures of a month by hand. Raises NotTheirTaskError, WorkRefusedError."""
    refuse_who_may_not_write(officer)
    entries.enter(connection, officer, month, values, now)
