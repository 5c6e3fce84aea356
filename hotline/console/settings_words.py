"""The words of the settings: limits, channels, kinds of places, and steps that reach nobody."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from hotline.casework.deadlines import Limit
from hotline.casework.unit_places import PlaceRefusal
from hotline.console.languages import page_language
from hotline.console.words import urgency_word
from ivr_flows.taxonomy import load_taxonomy

CHANNELS = {
    "voice": lazy_gettext("call"),
    "text": lazy_gettext("text message"),
    "mail": lazy_gettext("e-mail"),
    "webhook": lazy_gettext("webhook (Zalo and the like)"),
}
PLACE_KINDS = {
    "village": lazy_gettext("Village"),
    "agency": lazy_gettext("Agency"),
    "school": lazy_gettext("School"),
    "unit": lazy_gettext("Other house"),
}
UNREACHED = {
    "nobody": lazy_gettext("nobody with a telephone is on duty in the next seven days"),
    "no mailbox": lazy_gettext("no mailbox is set"),
    "no mail server": lazy_gettext("this machine sends no mail"),
    "no webhook": lazy_gettext("this machine has no webhook"),
}
PLACE_REFUSALS = {
    PlaceRefusal.DIGITS_TAKEN: lazy_gettext("Another place has these two digits. A closed place keeps them, too.")
}
SETTINGS = {
    "name": lazy_gettext("Name"),
    "office_hours": lazy_gettext("Office hours"),
    "transfer_to": lazy_gettext("Transfers"),
    "call_backs_a_day": lazy_gettext("Calls back"),
    "quiet_hours": lazy_gettext("Quiet hours"),
    "mailboxes": lazy_gettext("Mailboxes"),
    "deadlines": lazy_gettext("Deadlines"),
    "follow_ups": lazy_gettext("Who is told when"),
}
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


def channel_of_step_word(channel: str) -> str:
    """By what an officer is told of a report."""
    return str(CHANNELS.get(channel, channel))


def place_kind_word(kind: str) -> str:
    return str(PLACE_KINDS.get(kind, kind))


def setting_word(path: str) -> str:
    """Which setting was changed, from its column and the entry in it."""
    column, _, entry = path.rpartition("/")
    if (known := SETTINGS.get(entry)) is not None:
        return str(known)
    name = urgency_word(entry) if entry in load_taxonomy().urgencies else entry
    return f"{SETTINGS.get(column.partition('/')[0], column)} {name}"


def unreached_word(why: str) -> str:
    """Why a step of a policy does not get through."""
    return str(UNREACHED.get(why, why))


def deadline_word(code: str) -> str:
    """The name of a class of deadline."""
    known = load_taxonomy().deadlines.get(code)
    return known.names[page_language()] if known else code


def limit_word(limit: Limit | None) -> str:
    """How long a limit is."""
    if limit is None:
        return str(gettext("not set"))
    said = [ngettext("%(num)s day", "%(num)s days", limit.days)] if limit.days else []
    hours, rest = divmod(limit.clock, _HOUR)
    if hours:
        said.append(ngettext("%(num)s hour", "%(num)s hours", hours))
    if minutes := rest // _MINUTE:
        said.append(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    length = " ".join(map(str, said))
    return str(gettext("%(length)s of working days", length=length)) if limit.working_time else length


def minutes_word(minutes: float) -> str:
    """A wait in minutes as people say it."""
    return limit_word(Limit(clock=timedelta(minutes=minutes))) if minutes else str(gettext("at once"))


def spans_word(spans: list[str]) -> str:
    return ", ".join(spans) or str(gettext("closed"))


def days_word(days: Mapping[str, Any], name: str) -> str:
    return ", ".join(map(str, days.get(name) or [])) or "–"


SETTINGS_WORDS = (
    channel_of_step_word,
    place_kind_word,
    unreached_word,
    deadline_word,
    limit_word,
    minutes_word,
    spans_word,
    days_word,
)
