"""Figures of a month that no register counts yet, entered by hand: who entered them and when stands beside them."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from hotline.casework import audit
from hotline.casework.desk import NotTheirTaskError, WorkRefusedError
from hotline.casework.months import Month
from hotline.casework.people import OfficerRow
from hotline.casework.statistics.figures import Entered
from storage.tables import month_entries, officers, units

HOUSEHOLDS_WITH_KEYCHAIN, HOUSEHOLDS = "keychain_households", "keychain_households_of"
AGENCIES_WITH_KEYCHAIN, AGENCIES = "keychain_agencies", "keychain_agencies_of"
FOOTAGE_REQUESTED, FOOTAGE_RECEIVED = "footage_requested", "footage_received"
NAMES = (
    *(HOUSEHOLDS_WITH_KEYCHAIN, HOUSEHOLDS),
    *(AGENCIES_WITH_KEYCHAIN, AGENCIES),
    *(FOOTAGE_REQUESTED, FOOTAGE_RECEIVED),
)
_PARTS_OF = {
    HOUSEHOLDS_WITH_KEYCHAIN: HOUSEHOLDS,
    AGENCIES_WITH_KEYCHAIN: AGENCIES,
    FOOTAGE_RECEIVED: FOOTAGE_REQUESTED,
}
"""What cannot be more than what."""
ROLES_THAT_ENTER = frozenset({"officer", "deputy", "chief"})
_LARGEST = 10_000_000


def enter(
    connection: Connection, officer: OfficerRow, month: Month, values: Mapping[str, int | None], now: datetime
) -> None:
    """Enter figures of a month for the officer's unit, None to take one back; what is entered already stays.

    Raises NotTheirTaskError, WorkRefusedError for a name, figure or month that cannot be."""
    if officer.role not in ROLES_THAT_ENTER:
        raise NotTheirTaskError
    changed = _keep(connection, officer.unit_id, officer.id, month, values, now)
    if changed:
        audit.append(connection, officer.id, "month figures entered", f"month/{month}", changed, now)


def take_over(
    connection: Connection, unit_id: int, month: Month, values: Mapping[str, int | None], now: datetime
) -> bool:
    """Enter figures that an import brings; the same figures again change nothing. Tell whether any was new.

    The import writes itself into the audit. Raises WorkRefusedError."""
    return bool(_keep(connection, unit_id, None, month, values, now))


def entries_of(connection: Connection, unit_id: int, month: Month) -> tuple[Entered, ...]:
    """The figures entered for a month, in the order of NAMES; times in the time zone of the unit."""
    newest = (
        select(func.max(month_entries.c.id))
        .where(month_entries.c.unit_id == unit_id, month_entries.c.month == str(month))
        .group_by(month_entries.c.name)
    )
    query = (
        select(month_entries, officers.c.name.label("who"), units.c.timezone)
        .join(units, units.c.id == month_entries.c.unit_id)
        .outerjoin(officers, officers.c.id == month_entries.c.officer_id)
        .where(month_entries.c.id.in_(newest), month_entries.c.value.is_not(None), month_entries.c.name.in_(NAMES))
    )
    rows = [
        Entered(row.name, row.value, row.who, row.at.astimezone(ZoneInfo(row.timezone)))
        for row in connection.execute(query)
    ]
    return tuple(sorted(rows, key=lambda row: NAMES.index(row.name)))


def entered(connection: Connection, unit_id: int, month: Month) -> dict[str, int]:
    """The figures entered for a month, by name."""
    return {row.name: row.value for row in entries_of(connection, unit_id, month)}


def _keep(
    connection: Connection,
    unit_id: int,
    officer_id: int | None,
    month: Month,
    values: Mapping[str, int | None],
    now: datetime,
) -> dict[str, int | None]:
    before = entered(connection, unit_id, month)
    _refuse_impossible(connection, unit_id, month, {**before, **values}, now)
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    row = {"unit_id": unit_id, "month": str(month), "officer_id": officer_id, "at": now}
    for name, value in changed.items():
        connection.execute(insert(month_entries).values(**row, name=name, value=value))
    return changed


def _refuse_impossible(
    connection: Connection, unit_id: int, month: Month, values: Mapping[str, int | None], now: datetime
) -> None:
    zone = connection.execute(select(units.c.timezone).where(units.c.id == unit_id)).scalar_one()
    if month > Month.at(now, ZoneInfo(zone)):
        raise WorkRefusedError("month", "in the future")
    for name, value in values.items():
        if name not in NAMES:
            raise WorkRefusedError(name, "unknown")
        if value is not None and not 0 <= value <= _LARGEST:
            raise WorkRefusedError(name, "not a number of things")
    for part, whole in _PARTS_OF.items():
        of = values.get(whole)
        if of is not None and (values.get(part) or 0) > of:
            raise WorkRefusedError(part, "more than there are")
