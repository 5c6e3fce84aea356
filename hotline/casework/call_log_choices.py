"""What the log of a unit can be narrowed to: its places, its officers, the languages of its line."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from hotline.casework.call_log_filters import ROLES_THAT_SEE_CALLS, units_of
from hotline.casework.people import OfficerRow
from hotline.casework.unit_tree import absorbed
from storage.tables import officers, places, units


@dataclass(frozen=True)
class LogChoices:
    """Names by id, in the order in which they are offered; languages as codes."""

    places: Mapping[int, str]
    officers: Mapping[int, str]
    languages: tuple[str, ...]


def log_choices(connection: Connection, officer: OfficerRow) -> LogChoices:
    """The choices of the officer's own unit. Raises AccessRefusedError for those who see no calls."""
    [unit_id] = units_of(officer)
    spoken = connection.execute(select(units.c.languages).where(units.c.id == unit_id)).scalar_one()
    known = [unit_id, *absorbed(connection, unit_id)]  # the cards of a former unit name its places
    of_unit = select(places.c.id, places.c.name).where(places.c.unit_id.in_(known))
    at_work = select(officers.c.id, officers.c.name).where(
        officers.c.unit_id == unit_id, officers.c.role.in_(ROLES_THAT_SEE_CALLS)
    )
    return LogChoices(
        places={row.id: row.name for row in connection.execute(of_unit.order_by(places.c.digits, places.c.id))},
        officers={row.id: row.name for row in connection.execute(at_work.order_by(officers.c.name, officers.c.id))},
        languages=tuple(spoken.split(",")),
    )
