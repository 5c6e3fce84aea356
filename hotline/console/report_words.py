"""The work on a report in the reader's words: clocks, steps, what happened, and why something cannot be."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale, gettext, lazy_gettext

from hotline.casework import timeline, transitions
from hotline.casework.call_log import ReportRow
from hotline.casework.deadlines import GREEN, RED, YELLOW, colour
from hotline.console.follow_up_words import ways_words
from hotline.console.languages import page_language
from hotline.console.number_words import call_back_word
from hotline.console.words import category_name, minutes, moment, report_outcome_word, urgency_word
from ivr_flows.taxonomy import load_taxonomy

HAPPENED = {
    timeline.RECEIVED: lazy_gettext("Received"),
    timeline.ACKNOWLEDGED: lazy_gettext("Taken up"),
    timeline.TRIAGED: lazy_gettext("Classified by an officer"),
    timeline.ASSIGNED: lazy_gettext("Assigned"),
    timeline.STARTED: lazy_gettext("Verification begun"),
    timeline.VERIFIED: lazy_gettext("Verified"),
    timeline.FILED: lazy_gettext("File opened"),
    timeline.TRANSFERRED: lazy_gettext("Handed over to another body"),
    timeline.CLOSED: lazy_gettext("Closed"),
    timeline.REOPENED: lazy_gettext("Opened again: the caller has added something"),
    timeline.CLASSIFIED: lazy_gettext("Classification corrected"),
    timeline.DUE_CHANGED: lazy_gettext("Deadline set"),
    timeline.NOTED: lazy_gettext("Note written"),
    timeline.MEASURED: lazy_gettext("Measure written down"),
    timeline.MEASURE_WITHDRAWN: lazy_gettext("Measure taken back"),
    timeline.TRANSFER_CONFIRMED: lazy_gettext("Hand-over confirmed"),
    timeline.RATED: lazy_gettext("Source rated"),
    timeline.ADDED_TO: lazy_gettext("The caller has added something"),
    timeline.LINKED: lazy_gettext("Tied to another report"),
    timeline.PAGED: lazy_gettext("Officers paged"),
    timeline.NOBODY_TO_PAGE: lazy_gettext("Nobody could be paged"),
    timeline.PASSED_ON: lazy_gettext("Passed on to somebody else"),
    timeline.NOT_TAKEN: lazy_gettext("Nobody takes it: an alarm was raised"),
    timeline.RUNG_BACK: lazy_gettext("Rung back through the line"),
    timeline.UNSAFE_TO_RING: lazy_gettext("Marked: unsafe to ring back"),
    timeline.SAFE_TO_RING: lazy_gettext("Marked: may be rung back again"),
    timeline.NUMBER_ASKED: lazy_gettext("The caller's number was asked for"),
    timeline.NUMBER_GRANTED: lazy_gettext("A second person granted the number"),
    timeline.NUMBER_REFUSED: lazy_gettext("A second person refused the number"),
    timeline.NUMBER_SEEN: lazy_gettext("The caller's number was read"),
}
STEPS = {
    transitions.TRIAGE: lazy_gettext("The classification is right"),
    transitions.START: lazy_gettext("Begin to verify"),
    transitions.VERIFY: lazy_gettext("It is verified"),
    transitions.FILE: lazy_gettext("Open a file"),
}
USEFULNESS = {
    "valuable": lazy_gettext("valuable"),
    "partly": lazy_gettext("partly useful"),
    "none": lazy_gettext("of no use"),
}
SOURCES = {
    "keys": lazy_gettext("by the keys pressed"),
    "text": lazy_gettext("by the words"),
    "officer": lazy_gettext("by an officer"),
}
_DAYS = {"vi": "dd/MM/yyyy", "ru": "dd.MM.yyyy", "en": "d MMM yyyy"}
_RUNNING = {GREEN: lazy_gettext("in time"), YELLOW: lazy_gettext("due soon"), RED: lazy_gettext("overdue")}
_STANDING = {GREEN: lazy_gettext("in time"), RED: lazy_gettext("too late")}
_CHOOSE = lazy_gettext("Choose one of the list.")
_NO_REPORT = lazy_gettext("There is no such report in your unit. Write its reference, such as R-2026-0042.")
_REFUSALS = {
    "no such officer": lazy_gettext("Choose an officer of your unit."),
    "not a day of this report": lazy_gettext("The day lies between the call and today."),
    "not a day of this transfer": lazy_gettext("The day lies between the hand-over and today."),
    "no such report": _NO_REPORT,
    "the same report": lazy_gettext("That is this report itself."),
    "itself linked": lazy_gettext("That report is itself tied to %(other)s."),
    "unknown": _CHOOSE,
    "settled": lazy_gettext("The clock of this report stands still."),
    "in the past": lazy_gettext("That moment has passed."),
    "too far off": lazy_gettext("That is too far off."),
    "in the future": lazy_gettext("That day is still to come."),
    "later than the rule": lazy_gettext("Only a chief may set a later deadline than the rule gives."),
    "too long": lazy_gettext("That is too long."),
    "no such person": lazy_gettext("There is no such person. Write the number from the other report: R-2026-0042/1."),
    "no number": lazy_gettext("No number that could be asked for is kept of this."),
    "asked already": lazy_gettext("You have asked for this number already."),
    "there already": lazy_gettext("This person has this measure on this report already."),
}
_NEEDED = {
    "follows": lazy_gettext("Write the reference of the report that this one adds to."),
    "reason": lazy_gettext("Say why."),
    "words": lazy_gettext("Write something first."),
    "name": lazy_gettext("Write who it is, or the number of a person who is known from a report."),
}


def refusal_word(field: str, why: str, **about: str) -> str:
    """Why something that was sent cannot be done."""
    words = _NEEDED[field] if why == "needed" else _REFUSALS[why]
    return str(words) % about if about else str(words)


def named_choices(entries: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Codes of a part of the taxonomy with their names in the reader's language."""
    language = page_language()
    return [(code, getattr(entry, "names", entry)[language]) for code, entry in entries.items()]


def happened_word(what: str) -> str:
    return str(HAPPENED.get(what, what))


def step_word(verb: str) -> str:
    return str(STEPS.get(verb, verb))


def usefulness_word(usefulness: str | None) -> str:
    return "–" if usefulness is None else str(USEFULNESS.get(usefulness, usefulness))


def source_word(source: str) -> str:
    return str(SOURCES.get(source, source))


def measure_word(code: str) -> str:
    known = load_taxonomy().measures.get(code)
    return known[page_language()] if known else code


def deadline_class_word(code: str) -> str:
    known = load_taxonomy().deadlines.get(code)
    return known.names[page_language()] if known else code


def clock_word(colour: str, settled: bool = False) -> str:
    """What a colour means, because not everybody sees it."""
    return str((_STANDING if settled else _RUNNING).get(colour, colour))


def due_colour(report: ReportRow, now: datetime) -> str | None:
    return colour(report.received_at, report.due_at, report.settled_at, now)


def untaken_colour(report: ReportRow, now: datetime) -> str | None:
    """The colour of the time in which somebody must take a report up; None where somebody has."""
    if report.acknowledged_at is not None or report.settled_at is not None:
        return None
    return colour(report.received_at, report.acknowledge_by, None, now)


def day_word(day: date) -> str:
    return str(format_date(day, _DAYS[page_language()], locale=get_locale()))


def detail_words(details: Mapping[str, Any], place_names: Mapping[int, str], zone: Any) -> list[str]:
    """What a step of the timeline changed, each as a short phrase."""
    return [words for name, value in details.items() if (words := _detail(name, value, place_names, zone))]


def _detail(name: str, value: Any, place_names: Mapping[int, str], zone: Any) -> str:
    if isinstance(value, list):
        before, after = (_value(name, one, place_names, zone) for one in value)
        return f"{_label(name)}: {before} → {after}"
    if name == "outcome":
        return report_outcome_word(value)
    if name == "measure":
        return measure_word(value)
    if name == "call_back":
        return call_back_word(value)
    if name == "seconds":
        return f"{gettext('Length')}: {minutes(value)}"
    if name == "by":
        return ways_words(value)
    return str(value) if name in ("to", "other") else ""


def _label(name: str) -> str:
    labels = {
        "category": gettext("Category"),
        "urgency": gettext("Urgency"),
        "place_id": gettext("Place"),
        "unsafe_to_ring_back": gettext("Unsafe to ring back"),
        "usefulness": gettext("Source"),
        "due_at": gettext("Due"),
    }
    return str(labels.get(name, name))


def _value(name: str, value: Any, place_names: Mapping[int, str], zone: Any) -> str:
    if value is None:
        return "–"
    if name == "category":
        return category_name(value)
    if name == "urgency":
        return urgency_word(value)
    if name == "usefulness":
        return usefulness_word(value)
    if name == "place_id":
        return place_names.get(value, "–")
    if name == "due_at":
        return moment(datetime.fromisoformat(value).astimezone(zone))
    return str(gettext("yes") if value else gettext("no"))


REPORT_WORDS = (
    happened_word,
    step_word,
    usefulness_word,
    source_word,
    measure_word,
    deadline_class_word,
    clock_word,
    due_colour,
    untaken_colour,
    day_word,
    detail_words,
)
