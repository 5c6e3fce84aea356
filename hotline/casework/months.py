"""A calendar month of a unit: what a supervisor signs for, from its first moment to the first of the next."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hotline.errors import HotlineError

_WRITTEN = re.compile(r"(19[0-9]{2}|20[0-9]{2})-(0[1-9]|1[0-2])")


class MonthError(HotlineError):
    """A month is written as 2026-11."""


def is_month(text: str) -> bool:
    """Whether this is a month such as "2026-11"."""
    return _WRITTEN.fullmatch(text) is not None


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A month of the calendar; its moments depend on the zone of the unit."""

    year: int
    number: int

    @staticmethod
    def of(text: str) -> "Month":
        """Read "2026-11". Raises MonthError for anything else, such as a thirteenth month."""
        if (written := _WRITTEN.fullmatch(text)) is None:
            raise MonthError
        return Month(int(written[1]), int(written[2]))

    @staticmethod
    def at(moment: datetime, zone: ZoneInfo) -> "Month":
        """The month that this moment belongs to on the unit's calendar."""
        local = moment.astimezone(zone)
        return Month(local.year, local.month)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first moment of the month and of the next one, in UTC; with a change of the clock inside, not 24 hours
        times the days."""
        return _start(self, zone), _start(self.next, zone)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> "Month":
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def a_year_before(self) -> "Month":
        return Month(self.year - 1, self.number)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def _start(month: Month, zone: ZoneInfo) -> datetime:
    return datetime.combine(month.first_day, time(), zone).astimezone(UTC)
