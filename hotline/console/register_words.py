"""The words of the registers: types of incidents, figures entered by hand, and why something is refused."""

from datetime import date

from flask_babel import gettext, lazy_gettext

from hotline.casework.months import Month
from hotline.casework.past.printed_baseline import day as day_in
from hotline.casework.past.printed_baseline import in_words, incident_word
from hotline.casework.statistics import entries
from hotline.casework.statistics.printed_words import month_name
from hotline.console.languages import page_language

ENTRIES = {
    entries.HOUSEHOLDS_WITH_KEYCHAIN: lazy_gettext("Households that have a keychain"),
    entries.HOUSEHOLDS: lazy_gettext("Households in all"),
    entries.AGENCIES_WITH_KEYCHAIN: lazy_gettext("Agencies, schools and units that have a keychain"),
    entries.AGENCIES: lazy_gettext("Agencies, schools and units in all"),
    entries.FOOTAGE_REQUESTED: lazy_gettext("Camera footage asked for"),
    entries.FOOTAGE_RECEIVED: lazy_gettext("Camera footage received"),
}
_REFUSALS = {
    "needed": lazy_gettext("This is missing."),
    "unknown": lazy_gettext("Please choose one of the list."),
    "in the future": lazy_gettext("That has not come yet."),
    "no such report": lazy_gettext("There is no report of that number in this unit."),
    "not a number of things": lazy_gettext("Please give a whole number, such as 1200, or nothing."),
    "more than there are": lazy_gettext("That is more than there are in all."),
}


def incident_type_word(kind: str) -> str:
    return incident_word(kind, page_language())


def entry_word(name: str) -> str:
    """What a figure entered by hand counts."""
    return str(ENTRIES.get(name, name))


def stated_word(names: object) -> str:
    """Words of a source in the reader's language."""
    return in_words(names, page_language())  # type: ignore[arg-type]  # templates have no types


def calendar_day(day: date | None) -> str:
    return gettext("day not known") if day is None else day_in(day, page_language())


def month_word(month: Month) -> str:
    return month_name(month, page_language())


def register_refusal(why: str) -> str:
    """Why a register does not take something, in the reader's language."""
    return str(_REFUSALS.get(why, why))


WORDS = (incident_type_word, entry_word, stated_word, calendar_day, month_word)
