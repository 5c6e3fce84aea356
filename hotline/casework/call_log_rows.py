"""What rows of calls and reports have in common: moments on the unit's clock, and not too many values at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

_ROWS_AT_ONCE = 1000


def batches(rows: Sequence[Row[Any]]) -> Iterator[Sequence[Row[Any]]]:
    """A database takes only so many values in one question."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[start : start + _ROWS_AT_ONCE]


def local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
