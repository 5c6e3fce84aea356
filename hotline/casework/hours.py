"""When the office is open: weekly hours, public holidays (lunar Tet included) and days of the unit's own."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class OfficeHours:
    """Weekly opening hours and the days on which they do not hold.

    The public holidays come from the `holidays` package by country: check locally, governments move them."""

    weekly: tuple[tuple[tuple[time, time], ...], ...] = ((),) * 7
    country: str | None = None
    closed_on: frozenset[date] = field(default_factory=frozenset)
    open_on: frozenset[date] = field(default_factory=frozenset)  # a holiday or weekend on which work is done

    @staticmethod
    def from_settings(weekly: dict[str, list[str]], days: dict[str, Any]) -> "OfficeHours":
        """Build from a unit's settings: {"mon": ["07:30-11:30"]} and {"country": "VN", "extra": ["2026-11-23"]}.

        Raises ValueError where a span or a date cannot be read, or the country's holidays are not known."""
        return OfficeHours(
            weekly=tuple(tuple(_span(text) for text in weekly.get(day, ())) for day in _DAYS),
            country=_country(days.get("country")),
            closed_on=frozenset(date.fromisoformat(str(day)) for day in days.get("extra", ())),
            open_on=frozenset(date.fromisoformat(str(day)) for day in days.get("working", ())),
        )

    def open_at(self, local: datetime) -> bool:
        """Whether the office is open at this moment of the unit's own time zone."""
        if self.is_day_off(local.date()):
            return False
        return any(start <= local.time() < end for start, end in self.weekly[local.weekday()])

    def is_day_off(self, day: date) -> bool:
        if day in self.open_on:
            return False
        return day in self.closed_on or (self.country is not None and day in _public_holidays(self.country, day.year))

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on this day at all; where no hours are set, on every day that is not a holiday."""
        if day in self.open_on:
            return True
        return not self.is_day_off(day) and (bool(self.weekly[day.weekday()]) or not any(self.weekly))


def _span(text: str) -> tuple[time, time]:
    start, _, end = text.partition("-")
    span = (time.fromisoformat(start.strip()), time.fromisoformat(end.strip()))
    if span[0] >= span[1]:
        raise ValueError(f"{text!r} ends before it begins")
    return span


@lru_cache(maxsize=64)
def _country(name: str | None) -> str | None:
    if name is None:
        return None
    import holidays  # tables of many calendars: loaded where a unit has holidays

    if name not in holidays.list_supported_countries():
        raise ValueError(f"the public holidays of {name!r} are not known; a country is two letters, such as VN")
    return name


@lru_cache(maxsize=64)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(country, years=year))
