"""Codes in the reader's words, moments and durations as people write them."""

import re
from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext, lazy_gettext

from hotline.casework.statistics.figures import UNKNOWN
from hotline.console.languages import page_language
from ivr_flows.definition import Flow
from ivr_flows.taxonomy import load_taxonomy

KINDS = {
    "emergency": lazy_gettext("Emergency"),
    "report": lazy_gettext("Report"),
    "duplicate": lazy_gettext("Duplicate report"),
    "addition": lazy_gettext("Addition to a report"),
    "admin": lazy_gettext("Administrative question"),
    "other": lazy_gettext("Other"),
}
REPORT_KINDS = ("emergency", "report", "addition", "admin", "other")
OUTCOMES = {
    "officer": lazy_gettext("Spoke with an officer"),
    "recorded": lazy_gettext("Left a message"),
    "status_heard": lazy_gettext("Heard how the report stands"),
    "answered_by_ivr": lazy_gettext("Answered by the line"),
    "left": lazy_gettext("Left before the end"),
    "hung_up": lazy_gettext("Hung up at once"),
}
PRIVACY = {
    "anonymous": lazy_gettext("caller anonymous (number not kept)"),
    "confidential": lazy_gettext("caller hidden (confidential)"),
    "call_back": lazy_gettext("caller may be called back"),
}
RECORDINGS = {
    "awaited": lazy_gettext("being fetched from the carrier"),
    "kept": lazy_gettext("kept"),
    "suspect": lazy_gettext("kept, but doubtful"),
    "absent": lazy_gettext("nothing was recorded"),
    "lost": lazy_gettext("could not be fetched"),
}
ROLES = {
    "duty": lazy_gettext("Duty officer"),
    "officer": lazy_gettext("Officer"),
    "deputy": lazy_gettext("Deputy chief"),
    "chief": lazy_gettext("Chief"),
    "province": lazy_gettext("Province"),
    "administrator": lazy_gettext("Administrator"),
}
CHANNELS = {"voice": lazy_gettext("By telephone"), "text": lazy_gettext("By text message")}
_PUT_IN = re.compile(r"\{[^{}]*\}")
_FORMATS = {"vi": "HH:mm, dd/MM/yyyy", "ru": "dd.MM.yyyy, HH:mm", "en": "d MMM yyyy, HH:mm"}


def kind_word(kind: str | None) -> str:
    return gettext("In progress") if kind is None else str(KINDS.get(kind, kind))


def category_name(code: str | None) -> str:
    """The name of a category of the taxonomy, or a dash where none was given yet."""
    if code is None:
        return "–"
    known = load_taxonomy().codes.get(code)
    return known.names[page_language()] if known else code


def urgency_word(urgency: str) -> str:
    known = load_taxonomy().urgencies.get(urgency)
    return known.names[page_language()] if known else urgency


def status_word(status: str) -> str:
    """How far the work on a report is."""
    known = load_taxonomy().statuses.get(status)
    return known[page_language()] if known else status


def report_outcome_word(outcome: str) -> str:
    """What a report turned out to be."""
    known = load_taxonomy().outcomes.get(outcome)
    return known[page_language()] if known else outcome


def outcome_word(outcome: str | None) -> str:
    return "–" if outcome is None else str(OUTCOMES.get(outcome, outcome))


def privacy_word(privacy: str | None) -> str:
    return gettext("not chosen yet") if privacy is None else str(PRIVACY.get(privacy, privacy))


def recording_word(status: str) -> str:
    return str(RECORDINGS.get(status, status))


def role_word(role: str) -> str:
    return str(ROLES.get(role, role))


def channel_word(channel: str) -> str:
    return str(CHANNELS.get(channel, channel))


def language_word(code: str) -> str:
    """The name of a language in the reader's language."""
    if code == UNKNOWN:
        return str(gettext("not known"))
    try:
        name = Locale.parse(code).get_language_name(get_locale())
    except (UnknownLocaleError, ValueError):
        return code
    return name or code


def prompt_words(flow: Flow, node: str, language: str) -> str:
    """What a node asks, in the reader's language where the flow has it; what a call put into it stays open."""
    prompts = flow.prompts.get(language) or flow.prompts[flow.default_language]
    prompt = prompts.get(getattr(flow.nodes.get(node), "prompt", ""))
    return _PUT_IN.sub("[…]", prompt.text) if prompt else ""


def moment(at: datetime | None) -> str:
    """Day and time on the clock of the unit, to the minute."""
    if at is None:
        return "–"
    return format_datetime(at, _FORMATS[page_language()], tzinfo=at.tzinfo, locale=get_locale())


def minutes(seconds: int | None) -> str:
    """Seconds as 3:07, as a telephone shows them."""
    if seconds is None:
        return "–"
    return f"{seconds // 60}:{seconds % 60:02d}"


def count_word(number: int) -> str:
    """A number of things, its thousands apart."""
    return str(format_decimal(number, locale=get_locale()))


WORDS = (
    count_word,
    kind_word,
    category_name,
    urgency_word,
    status_word,
    report_outcome_word,
    outcome_word,
    privacy_word,
    recording_word,
    role_word,
    channel_word,
    language_word,
    moment,
    minutes,
)
