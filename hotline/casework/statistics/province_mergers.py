"""Communes that have merged, beside one another all the same: the calls of a line stand under the unit whose line it
was at first. So "former Trì Quang" goes on as one column, its heir's is without it, and no call stands in two."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hotline.casework.months import Month
from hotline.casework.statistics.former import heirs_by
from hotline.casework.statistics.span import CountedUnit


@dataclass(frozen=True)
class CountedColumn:
    """A commune as it is counted in one month. `heir`: who has its lines at the end of it; `former`: the units whose
    lines it has itself, which stand in columns of their own."""

    unit: CountedUnit
    heir: CountedUnit | None = None
    former: tuple[CountedUnit, ...] = ()


def columns_in(connection: Connection, communes: Sequence[CountedUnit], month: Month) -> tuple[CountedColumn, ...]:
    """The communes as they are counted in this month. Where an heir is none of them, nothing is taken from anybody."""
    known = {commune.id: commune for commune in communes}
    heirs = {
        commune.id: heirs_by(connection, commune.id, month.bounds(commune.zone)[1])
        for commune in communes
        if commune.until is not None
    }
    heirs = {unit_id: found for unit_id, found in heirs.items() if found and known.keys() >= set(found)}
    former = {
        commune.id: tuple(known[unit_id] for unit_id, found in heirs.items() if commune.id in found)
        for commune in communes
    }
    return tuple(
        CountedColumn(
            replace(commune, heirs=heirs.get(commune.id, ()), without=tuple(one.id for one in former[commune.id])),
            known[heirs[commune.id][-1]] if commune.id in heirs else None,
            former[commune.id],
        )
        for commune in communes
    )
