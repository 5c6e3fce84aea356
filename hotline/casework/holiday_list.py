"""The public holidays ahead, as the `holidays` package has them: governments move them, so check locally."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_AHEAD = timedelta(days=400)


@dataclass(frozen=True)
class Holiday:
    """A day off and what it is called in `language`; lunar Tet included. `open`: the unit works all the same."""

    day: date
    name: str
    language: str
    open: bool


def holidays_ahead(days: Mapping[str, Any], today: date, language: str) -> list[Holiday]:
    """The public holidays of the unit's country until past the next New Year, in the reader's language, else English,
    else as they are called there."""
    if not (country := days.get("country")):
        return []
    import holidays  # tables of many calendars: loaded where somebody asks for holidays

    until, worked = today + _AHEAD, {str(day) for day in days.get("working") or ()}
    known = {name.partition("_")[0]: name for name in holidays.country_holidays(country).supported_languages}
    said = next((one for one in (language, "en") if one in known), "")
    found = holidays.country_holidays(country, years=range(today.year, until.year + 1), language=known.get(said))
    return [
        Holiday(day, name, said, day.isoformat() in worked)
        for day, name in sorted(found.items())
        if today <= day <= until
    ]


def country_codes() -> list[str]:
    """The countries whose public holidays are known, by their two letters."""
    import holidays

    return sorted(holidays.list_supported_countries())
