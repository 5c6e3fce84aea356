"""What the settings of a unit must be like, from whichever hand they come: a file or the page."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from hotline.casework import policies
from hotline.casework.deadlines import Rules
from hotline.casework.hours import OfficeHours

LONGEST_NAME = 200
MOST_CALL_BACKS = 1000
PLACE_KINDS = ("village", "agency", "school", "unit")


def check(settings: Mapping[str, Any]) -> None:
    """Raise ValueError, which names the setting, where one of these cannot be used."""
    for name, rule in _RULES.items():
        if name in settings:
            try:
                rule(settings)
            except (ValueError, AttributeError, TypeError) as error:
                raise ValueError(f"{name}: {error}") from None


def _name(settings: Mapping[str, Any]) -> None:
    if not str(settings["name"]).strip() or len(settings["name"]) > LONGEST_NAME:
        raise ValueError(f"a name of at most {LONGEST_NAME} characters")


def _hours(settings: Mapping[str, Any]) -> None:
    OfficeHours.from_settings(settings["office_hours"], {})


def _holidays(settings: Mapping[str, Any]) -> None:
    OfficeHours.from_settings({}, settings["holidays"])


def _bodies(settings: Mapping[str, Any]) -> None:
    bodies = settings["transfer_to"]
    if not isinstance(bodies, list) or not all(isinstance(one, str) and 0 < len(one) <= LONGEST_NAME for one in bodies):
        raise ValueError(f"a list of names, each of at most {LONGEST_NAME} characters")


def _call_backs(settings: Mapping[str, Any]) -> None:
    most = settings["call_backs_a_day"]
    if most is not None and (type(most) is not int or not 0 <= most <= MOST_CALL_BACKS):
        raise ValueError(f"a whole number from 0 to {MOST_CALL_BACKS}, or nothing")


_RULES: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "name": _name,
    "office_hours": _hours,
    "holidays": _holidays,
    "deadlines": lambda settings: Rules.from_settings(settings["deadlines"]),
    "follow_ups": lambda settings: policies.check(settings["follow_ups"]),
    "transfer_to": _bodies,
    "call_backs_a_day": _call_backs,
}


def place(entry: Any) -> dict[str, Any]:
    """A place as it is kept. Raises ValueError, which names what is missing."""
    if not isinstance(entry, dict) or not re.fullmatch(r"[0-9][0-9]", str(entry.get("digits", ""))):
        raise ValueError(f'{entry!r} needs two quoted digits, such as digits: "07"')
    if not 0 < len(str(entry.get("name") or "")) <= LONGEST_NAME:
        raise ValueError(f"{entry['digits']} needs a name of at most {LONGEST_NAME} characters")
    return {
        "digits": str(entry["digits"]),
        "name": str(entry["name"]),
        "names": dict(entry.get("names") or {}),
        "kind": str(entry.get("kind", "village")),
        "households": entry.get("households"),
    }
