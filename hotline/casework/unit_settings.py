"""The settings of a unit as its pages show and change them: the same rows and the same rules as `hotline unit load`."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.tables import units


@dataclass(frozen=True)
class Manner:
    """How a unit is spoken to and rung: its own language, and the country whose numbers may be rung."""

    language: str
    region: str


def manner_of(connection: Connection, unit_id: int) -> Manner:
    row = connection.execute(select(units.c.languages, units.c.region).where(units.c.id == unit_id)).one()
    return Manner(row.languages.split(",")[0], row.region)
