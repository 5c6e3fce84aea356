"""Whom to page, how, and how long to wait for an answer: by urgency, overruled by a unit's own settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from hotline.casework.roster import COMMAND, DUTY, GROUPS
from ivr_flows.taxonomy import load_taxonomy

VOICE, TEXT, MAIL, WEBHOOK = "voice", "text", "mail", "webhook"
CHANNELS = (VOICE, TEXT, MAIL, WEBHOOK)
TO_OFFICERS = frozenset({VOICE, TEXT})
"""The channels that reach a person; the others reach the mailbox or the webhook of a group."""
QUIET_HOURS, MAILBOXES = "quiet_hours", "mailboxes"

DEFAULTS: Mapping[str, Any] = {
    QUIET_HOURS: "21:00-06:00",
    "critical": {
        "steps": [
            {"to": [DUTY], "by": [VOICE, TEXT, WEBHOOK]},
            {"minutes": 1, "to": [DUTY, COMMAND], "by": [VOICE, TEXT, WEBHOOK]},
        ],
        "again_minutes": 2,
        "times": 3,
    },
    "high": {
        "steps": [
            {"to": [DUTY], "by": [VOICE, TEXT, WEBHOOK]},
            {"minutes": 15, "to": [COMMAND], "by": [VOICE, TEXT, WEBHOOK]},
        ],
        "again_minutes": 15,
        "times": 2,
    },
    "normal": {
        "steps": [
            {"to": [DUTY], "by": [TEXT, MAIL, WEBHOOK]},
            {"minutes": 240, "to": [COMMAND], "by": [TEXT, MAIL]},
        ],
        "again_minutes": 240,
        "times": 2,
        "quiet": True,
    },
    "low": {
        "steps": [{"at": "07:30", "to": [DUTY], "by": [MAIL]}],
        "again_minutes": 1440,
        "times": 3,
        "quiet": True,
    },
}
"""In the form in which a unit's file overrules them, urgency by urgency."""

_NOBODY_NAMED = {"to": [COMMAND], "by": [VOICE, TEXT, MAIL, WEBHOOK]}
MOST_STEPS = 20
MOST_MINUTES = 7 * 24 * 60
MOST_TIMES = 100


@dataclass(frozen=True)
class Step:
    """Whom to page by what; so long after the step before, or at that time of the next day."""

    to: tuple[str, ...]
    by: tuple[str, ...]
    minutes: float = 0
    at: time | None = None


@dataclass(frozen=True)
class Policy:
    """All steps, gone through again and again; after so many `times` the follow-up counts as exhausted and is red.

    `quiet`: from when to when nobody is disturbed."""

    steps: tuple[Step, ...]
    again_minutes: float
    times: int
    quiet: tuple[time, time] | None = None

    @staticmethod
    def from_frozen(frozen: Mapping[str, Any]) -> "Policy":
        """The policy that a follow-up carries with it. Where it names nobody, the command is paged at once."""
        quiet = frozen.get("quiet")
        return Policy(
            steps=tuple(_step(entry) for entry in frozen["steps"] or [_NOBODY_NAMED]),
            again_minutes=frozen["again_minutes"],
            times=frozen["times"],
            quiet=_hours(quiet) if quiet else None,
        )


def frozen_policy(settings: Mapping[str, Any], urgency: str) -> dict[str, Any]:
    """The policy of an urgency as it is kept with a follow-up: the unit's own, else the default."""
    entry = {**DEFAULTS.get(urgency, DEFAULTS["normal"]), **(settings.get(urgency) or {})}
    quiet = settings.get(QUIET_HOURS, DEFAULTS[QUIET_HOURS]) if entry.get("quiet") else None
    return {
        "steps": [dict(step) for step in entry["steps"]],
        "again_minutes": entry["again_minutes"],
        "times": entry["times"],
        "quiet": quiet,
    }


def check(settings: Any) -> None:
    """Raise ValueError, in words for whoever wrote the unit's file, where these settings make no policy."""
    if not isinstance(settings, Mapping):
        raise ValueError("it is written as names with their steps")
    urgencies = tuple(load_taxonomy().urgencies)
    if unknown := settings.keys() - {*urgencies, QUIET_HOURS, MAILBOXES}:
        raise ValueError(f"there is no {sorted(map(str, unknown))[0]!r}; there are {', '.join(urgencies)}")
    if quiet := settings.get(QUIET_HOURS):
        _hours(quiet)
    _check_mailboxes(settings.get(MAILBOXES) or {})
    for urgency in urgencies:
        if urgency in settings:
            _check_policy(urgency, settings[urgency])


def _check_mailboxes(mailboxes: Any) -> None:
    if not isinstance(mailboxes, Mapping) or mailboxes.keys() - set(GROUPS):
        raise ValueError(f"mailboxes: one address for each of {', '.join(GROUPS)}")
    for group, address in mailboxes.items():
        if not isinstance(address, str) or not is_mailbox(address):
            raise ValueError(f"mailboxes: {group} needs an address such as duty@example.org")


def is_mailbox(address: str) -> bool:
    """Whether this looks like an address of e-mail."""
    return address.isprintable() and " " not in address and 0 < address.find("@") < len(address) - 1


def _check_policy(urgency: str, entry: Any) -> None:
    if not isinstance(entry, Mapping) or entry.keys() - {"steps", "again_minutes", "times", "quiet"}:
        raise ValueError(f"{urgency} needs steps, again_minutes, times or quiet")
    steps = entry.get("steps", DEFAULTS[urgency]["steps"])
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
        raise ValueError(f"{urgency}: a policy has one to {MOST_STEPS} steps; one with nobody in it helps nobody")
    for number, step in enumerate(steps, 1):
        _check_step(f"{urgency}, step {number}", step)
    again, times = entry.get("again_minutes", 60), entry.get("times", 1)
    if not _is_number(again) or not 1 <= again <= MOST_MINUTES:
        raise ValueError(f"{urgency}: again_minutes is from 1 to {MOST_MINUTES}")
    if not isinstance(times, int) or not 1 <= times <= MOST_TIMES:
        raise ValueError(f"{urgency}: times is from 1 to {MOST_TIMES}")


def _check_step(where: str, step: Any) -> None:
    if not isinstance(step, Mapping) or step.keys() - {"to", "by", "minutes", "at"}:
        raise ValueError(f"{where} needs `to` and `by`, and may have `minutes` or `at`")
    for name, known in (("to", GROUPS), ("by", CHANNELS)):
        named = step.get(name)
        if not isinstance(named, list) or not named or not set(map(str, named)) <= set(known):
            raise ValueError(f"{where}: `{name}` names one or more of {', '.join(known)}")
    if not _is_number(step.get("minutes", 0)) or not 0 <= step.get("minutes", 0) <= MOST_MINUTES:
        raise ValueError(f"{where}: `minutes` is from 0 to {MOST_MINUTES}")
    if "at" in step:
        _time(step["at"])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _step(entry: Mapping[str, Any]) -> Step:
    at = entry.get("at")
    return Step(tuple(entry["to"]), tuple(entry["by"]), entry.get("minutes", 0), _time(at) if at else None)


def _hours(text: Any) -> tuple[time, time]:
    start, _, end = str(text).partition("-")
    return _time(start), _time(end)


def _time(text: Any) -> time:
    try:
        return time.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time of day such as 07:30, in quotes") from None
