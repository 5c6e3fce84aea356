"""Ringing back and reading a number in the reader's words: what came of it, and why it cannot be."""

from flask_babel import lazy_gettext

from hotline.casework import call_back, call_back_leg, callers, privacy, reveals
from hotline.casework.call_back_tries import Try
from hotline.casework.reveal_list import RevealRow
from hotline.console.words import minutes

OUTCOMES = {
    call_back_leg.ANSWERED: lazy_gettext("They talked"),
    call_back_leg.NO_ANSWER: lazy_gettext("The caller did not answer"),
    call_back_leg.CALLER_BUSY: lazy_gettext("The caller's telephone was busy"),
    call_back_leg.UNREACHABLE: lazy_gettext("The caller could not be reached"),
    call_back_leg.GAVE_UP: lazy_gettext("The officer hung up while it rang"),
    call_back_leg.OFFICER_AWAY: lazy_gettext("The officer did not pick up; the caller was not rung"),
    call_back_leg.OFFICER_BUSY: lazy_gettext("The officer's telephone was busy; the caller was not rung"),
    call_back_leg.OFFICER_UNREACHABLE: lazy_gettext("The officer's telephone could not be reached"),
    call_back_leg.NOT_CONFIRMED: lazy_gettext("The officer did not press 1; the caller was not rung"),
    call_back_leg.NOT_PLACED: lazy_gettext("The telephone company did not place the call"),
    call_back_leg.TOO_LATE: lazy_gettext("Too late: more than two minutes; the caller was not rung"),
    call_back_leg.STOPPED: lazy_gettext("Stopped: it had become unsafe to ring back"),
    call_back_leg.UNKNOWN: lazy_gettext("The telephone company did not tell what came of it"),
}
WHY_NOT = {
    call_back.UNSAFE: lazy_gettext("Nobody rings this caller: ringing back is unsafe."),
    call_back.NO_CALL: lazy_gettext("No call belongs to this report, so there is nobody to ring back."),
    privacy.ANONYMOUS: lazy_gettext("The caller wished to stay anonymous. No number was kept."),
    callers.WITHHELD: lazy_gettext("The caller's telephone sent no number."),
    privacy.CONFIDENTIAL: lazy_gettext("The caller did not ask to be called back; the number is confidential."),
    call_back.KEY_NOT_OPEN: lazy_gettext(
        "You cannot ring back yet: you get the key to callers' numbers as soon as a chief of your unit signs in."
    ),
    call_back.UNDIALLABLE: lazy_gettext("The caller's number is not one that this line may dial."),
    call_back.NO_CARRIER: lazy_gettext("This machine has no account with a telephone company to ring with."),
    call_back.NO_TELEPHONE: lazy_gettext("No telephone of yours is known. Ask a chief to have it written down."),
    call_back.BUSY: lazy_gettext("You are on the telephone already, or it rings right now."),
    call_back.ASKED_TOO_OFTEN: lazy_gettext("This report's callers have been rung often enough today."),
    call_back.CAP_REACHED: lazy_gettext("Your unit has rung back as often as it may in one day."),
}
_STATES = {
    reveals.ASKED: lazy_gettext("waits for a second person"),
    reveals.APPROVED: lazy_gettext("granted, not read yet"),
    reveals.REFUSED: lazy_gettext("refused"),
    reveals.SEEN: lazy_gettext("read"),
}
_LAPSED = {
    reveals.ASKED: lazy_gettext("nobody decided in time"),
    reveals.APPROVED: lazy_gettext("granted, but not read in time"),
}
_REVEAL_REFUSALS = {
    reveals.OWN: lazy_gettext("Nobody decides about their own request. Somebody else has to."),
    reveals.SETTLED: lazy_gettext("This request is decided, read or too old. Nothing was changed."),
    reveals.NOT_YOURS: lazy_gettext("Only the one who asked may read the number."),
    reveals.GONE: lazy_gettext("This number is not kept any more."),
}


def call_back_word(outcome: str) -> str:
    """What came of ringing back."""
    return str(OUTCOMES.get(outcome, outcome))


def try_word(tried: Try) -> str:
    """What came of one try, and how long they talked."""
    if tried.outcome is None:
        return str(lazy_gettext("goes on"))
    length = f", {minutes(tried.seconds)}" if tried.seconds is not None else ""
    return call_back_word(tried.outcome) + length


def why_not_word(why: str) -> str:
    """Why this caller is not rung back."""
    return str(WHY_NOT[why])


def reveal_word(row: RevealRow) -> str:
    """How far a request for a number has come."""
    return str((_LAPSED if row.lapsed else _STATES)[row.state])


def reveal_refusal_word(why: str) -> str:
    """Why a request cannot be decided or read."""
    return str(_REVEAL_REFUSALS[why])


NUMBER_WORDS = (call_back_word, try_word, why_not_word, reveal_word)
