"""Which communes have signed a month, as the province is told it: by a rank and on a day, and by nobody's name."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework.months import Month
from hotline.casework.statistics.figures import Figures
from hotline.casework.statistics.signatures import DRAFT
from storage.tables import month_closings, officers, units


@dataclass(frozen=True, slots=True)
class SignedOff:
    """That a commune's month is signed, by somebody of which rank, and when; on the clock of the commune."""

    role: str
    at: datetime


def last_signatures(
    connection: Connection, codes: Collection[str], month: Month
) -> Mapping[str, tuple[SignedOff, Figures]]:
    """The last signature of each commune, by its code, where there is one, and what was signed."""
    query = (
        select(units.c.code, units.c.timezone, month_closings.c.figures, month_closings.c.at, officers.c.role)
        .join(units, units.c.id == month_closings.c.unit_id)
        .join(officers, officers.c.id == month_closings.c.officer_id)
        .where(units.c.code.in_(codes), month_closings.c.month == str(month), month_closings.c.revision > DRAFT)
        .order_by(month_closings.c.revision)
    )
    last = {row.code: row for row in connection.execute(query)}
    return {
        code: (
            SignedOff(row.role, row.at.astimezone(ZoneInfo(row.timezone))),
            Figures.from_json(json.loads(row.figures)),
        )
        for code, row in last.items()
    }
