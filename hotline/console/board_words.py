"""Moments on the board: as short as they can be read at three in the morning."""

from datetime import date, datetime, timedelta

from babel.dates import format_datetime
from flask_babel import get_locale, gettext, lazy_gettext

from hotline.casework.board import OPEN, SOON, URGENT
from hotline.casework.emergencies import LiveEmergency
from hotline.console.languages import page_language

SHELVES = {
    URGENT: lazy_gettext("Urgent or late"),
    SOON: lazy_gettext("Due soon"),
    OPEN: lazy_gettext("Open"),
}
_FORMATS = {"vi": "HH:mm, dd/MM", "ru": "dd.MM, HH:mm", "en": "d MMM, HH:mm"}
_A_DAY = timedelta(days=1)


def shelf_word(shelf: str) -> str:
    return str(SHELVES.get(shelf, shelf))


def short_moment(at: datetime, today: date) -> str:
    """The time on the clock of the unit; with the day where it is not today's."""
    if at.date() == today:
        return f"{at:%H:%M}"
    if at.date() == today - _A_DAY:
        return str(gettext("yesterday %(time)s", time=f"{at:%H:%M}"))
    if at.date() == today + _A_DAY:
        return str(gettext("tomorrow %(time)s", time=f"{at:%H:%M}"))
    return str(format_datetime(at, _FORMATS[page_language()], tzinfo=at.tzinfo, locale=get_locale()))


def emergency_word(call: LiveEmergency) -> str:
    """Who is with a caller in danger, or is being rung, in one sentence."""
    if call.state == "ringing":
        return str(gettext("being rung: %(names)s", names=", ".join(call.rung) or gettext("nobody")))
    if call.state == "taken":
        return str(gettext("%(name)s has taken the call", name=call.officer))
    if call.state == "talking":
        return str(gettext("%(name)s is talking with the caller", name=call.officer))
    return str(gettext("no officer is on the line"))


BOARD_WORDS = (shelf_word, short_moment, emergency_word)
