"""The words of the printed figures: a catalogue beside this file, the taxonomy's names, months and languages."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_skeleton

from hotline.casework.months import Month
from hotline.casework.statistics.figures import UNKNOWN
from ivr_flows.taxonomy import load_taxonomy

LANGUAGES = ("vi", "ru", "en")
_DAYS = {"vi": "dd/MM/yyyy", "ru": "dd.MM.yyyy", "en": "d MMM yyyy"}
_MOMENTS = {"vi": "HH:mm 'ngày' dd/MM/yyyy", "ru": "dd.MM.yyyy, HH:mm", "en": "d MMM yyyy, HH:mm"}


@cache
def _catalogue() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_name("printed_words.yaml").read_bytes()))


def word(part: str, name: str, language: str) -> str:
    """What the catalogue calls this; the name itself where it has none, such as a figure that a unit invented."""
    return str(_catalogue()[part].get(name, {}).get(language, name))


def sentence(name: str, language: str) -> str:
    """An entry that stands alone in the catalogue."""
    return str(_catalogue()[name][language])


def category_name(code: str, language: str) -> str:
    known = load_taxonomy().codes.get(code)
    return known.names[language] if known else code


def outcome_name(code: str, language: str) -> str:
    known = load_taxonomy().outcomes.get(code)
    return known[language] if known else code


def measure_name(code: str, language: str) -> str:
    known = load_taxonomy().measures.get(code)
    return known[language] if known else code


def urgency_name(code: str, language: str) -> str:
    known = load_taxonomy().urgencies.get(code)
    return known.names[language] if known else code


def place_name(name: str, language: str) -> str:
    return sentence("unknown", language) if name == UNKNOWN else name


def language_name(code: str, language: str) -> str:
    """The name of a language in another; an unknown one by its code."""
    try:
        name = Locale.parse(code).get_language_name(language)
    except (UnknownLocaleError, ValueError):
        return code
    return name or code


def month_name(month: Month, language: str) -> str:
    """ "Tháng 11 năm 2026", with a capital as a title has it."""
    name = format_skeleton("yMMMM", month.first_day, locale=language)
    return name[:1].upper() + name[1:]


def day(at: datetime, language: str) -> str:
    """The day of a moment, on the clock that it came with."""
    return format_datetime(at, _DAYS[language], tzinfo=at.tzinfo, locale=language)


def moment(at: datetime, language: str) -> str:
    """To the minute, on the clock that the moment came with."""
    return format_datetime(at, _MOMENTS[language], tzinfo=at.tzinfo, locale=language)
