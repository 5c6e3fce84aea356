"""The words of the roster: groups, days, times of a shift, and why something is refused."""

from datetime import date, datetime

from babel.dates import format_date, get_day_names
from flask_babel import get_locale, gettext, lazy_gettext

from hotline.casework.roster import Refusal
from hotline.casework.shift_patterns import EXTRA, OFF, REPLACED
from hotline.console.languages import page_language
from hotline.console.words import status_word

GROUPS = {"duty": lazy_gettext("Duty"), "command": lazy_gettext("Command")}
CHANGES = {
    OFF: lazy_gettext("off"),
    REPLACED: lazy_gettext("replaced"),
    EXTRA: lazy_gettext("one more shift a day"),
}
REFUSALS = {
    Refusal.ENDS_FIRST: lazy_gettext("It ends before it starts. Please look at the dates and times again."),
    Refusal.TOO_FAR: lazy_gettext("That year is surely a slip."),
    Refusal.STRANGER: lazy_gettext("Please choose one of the list."),
    Refusal.AWAY: lazy_gettext("On that day this officer is off or replaced. End that exception first."),
    Refusal.OWN_STAND_IN: lazy_gettext("Please choose somebody else: nobody stands in for himself."),
    Refusal.IS_OVER: lazy_gettext("That is over already; what has been cannot be changed."),
}
_DAYS = {"vi": "EEEE, dd/MM", "ru": "EEEE, d MMMM", "en": "EEEE, d MMMM"}
_DATES = {"vi": "dd/MM/yyyy", "ru": "dd.MM.yyyy", "en": "d MMM yyyy"}


def duty_group_word(group: str) -> str:
    return str(GROUPS.get(group, group))


def change_word(kind: str) -> str:
    return str(CHANGES.get(kind, kind))


def refusal_word(refusal: Refusal) -> str:
    """Why a change of the roster is refused, in the reader's language."""
    return str(REFUSALS[refusal])


def weekday_word(weekday: int) -> str:
    """The name of a day of the week; 0 is Monday."""
    return str(get_day_names("wide", locale=get_locale())[weekday])


def wall_day_word(day: date) -> str:
    """A day with its name, without the year."""
    return str(format_date(day, _DAYS[page_language()], locale=get_locale()))


def date_word(day: date) -> str:
    return str(format_date(day, _DATES[page_language()], locale=get_locale()))


def hours_word(start: datetime, end: datetime, day: date) -> str:
    """The times of a shift as they are written beside a day: 19:00 – 07:00; with the date where it is further off."""
    last = end.date() - day
    return f"{_time_beside(start, day, 0)} – {_time_beside(end, day, 1 if last.days == 1 else 0)}"


def _time_beside(at: datetime, day: date, days_after: int) -> str:
    if (at.date() - day).days == days_after:
        return f"{at:%H:%M}"
    return f"{at:%H:%M} {at:%d/%m}"


def done_word(what: str) -> str:
    """What an officer did, as the duty book says it."""
    said = {"talked": gettext("spoke with the caller"), "taken": gettext("took it up")}
    return said.get(what) or status_word(what)


WORDS = (duty_group_word, change_word, weekday_word, wall_day_word, date_word, hours_word, done_word)
