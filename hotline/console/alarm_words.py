"""Alarms in the reader's words: what has happened, and what to do about it."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext

from hotline.casework import additions, answers, cost_guard, follow_ups, gaps
from hotline.casework.alarms import AlarmRow


@dataclass(frozen=True)
class Words:
    """What happened, and what to do."""

    happened: LazyString
    advice: LazyString


KNOWN = {
    follow_ups.ALARM: Words(
        lazy_gettext("Nobody takes a report: everybody who is on duty was paged, in vain."),
        lazy_gettext("Take it, or ring an officer yourself. Then see in the roster whom the line should reach."),
    ),
    gaps.WHAT: Words(
        lazy_gettext("Nobody is on duty, or soon nobody will be."),
        lazy_gettext("Put somebody into the roster. Until then callers who ask for an officer leave a message."),
    ),
    "missed_call": Words(
        lazy_gettext("A caller was not heard: the line did not answer, and the call was found at the carrier later."),
        lazy_gettext("Listen to what was recorded. If it comes again, have the server and its network looked at."),
    ),
    "recording_lost": Words(
        lazy_gettext("A recording could not be fetched from the carrier."),
        lazy_gettext(
            "Read the call's steps, and ring the caller back if that is allowed. It is still tried once a day."
        ),
    ),
    "recording_suspect": Words(
        lazy_gettext("A recording was kept, but something about it is doubtful."),
        lazy_gettext("Listen to it. What the carrier holds is not deleted until somebody has."),
    ),
    "recording_damaged": Words(
        lazy_gettext("A kept recording turned out to be damaged; the carrier's copy is fetched anew."),
        lazy_gettext("Have the disk looked at. Run hotline verify in an hour to see that every recording is whole."),
    ),
    "recording_without_call": Words(
        lazy_gettext("The carrier announced a recording of a call that is not known here."),
        lazy_gettext("Nothing can be heard of it here. If it comes again, ask the carrier whose call it was."),
    ),
    "recordings_without_rows": Words(
        lazy_gettext("Many recordings belong to no call: the database may be an old one."),
        lazy_gettext("Nothing is deleted. Ask whoever looks after the server whether a backup was put back."),
    ),
    "receipts_locked": Words(
        lazy_gettext("Too many wrong receipt codes were keyed on the line: somebody may be guessing."),
        lazy_gettext(
            "Codes are refused for up to a day; callers are led to an officer instead. Nothing else is needed."
        ),
    ),
    "not_deleted_at_carrier": Words(
        lazy_gettext("Something could not be deleted at the carrier."),
        lazy_gettext("Have it deleted by hand in the carrier's console: it may hold a caller's voice or number."),
    ),
    "carrier_refuses": Words(
        lazy_gettext("The carrier refuses our requests: calls come in, but nothing can be fetched or rung."),
        lazy_gettext("Run hotline doctor. Mostly the account's token was changed, or the account is out of money."),
    ),
    "audit_altered": Words(
        lazy_gettext("The audit is not the one that was there a minute ago: somebody may have altered it."),
        lazy_gettext("Touch nothing on the server, run hotline verify, and tell the province."),
    ),
    cost_guard.NEAR: Words(
        lazy_gettext("The line has used most of the minutes that you expect of a day. It goes on answering."),
        lazy_gettext("See in the log of calls whether one call is very long, or many short ones look like a machine."),
    ),
    cost_guard.PASSED: Words(
        lazy_gettext("The line has used more minutes today than you expect of a day. It goes on answering."),
        lazy_gettext(
            "See in the log of calls what they were. A machine that rings again and again is blocked by the carrier; "
            "if the day was only a busy one, nothing need be done."
        ),
    ),
    answers.NOT_UNDERSTOOD: Words(
        lazy_gettext("An officer answered a page by text, and the line did not understand it."),
        lazy_gettext("Ask the officer what was meant. A page is answered with 1 to take it, 2 to pass it on."),
    ),
    additions.NOBODY_READS: Words(
        lazy_gettext("A caller added to a report of a unit that has merged; nobody of it is left to read that."),
        lazy_gettext(
            "Have an account of that unit opened again, or its keys recovered from paper: "
            "only those open what was said."
        ),
    ),
}
_UNKNOWN = Words(
    lazy_gettext("Something needs to be looked at."),
    lazy_gettext("Ask whoever looks after the server, and tell the name in brackets."),
)


def happened_word(what: str) -> str:
    """What an alarm of this name says has happened."""
    words = KNOWN.get(what)
    return str(words.happened) if words else f"{_UNKNOWN.happened} ({what})"


def alarm_happened(alarm: AlarmRow) -> str:
    return happened_word(alarm.what)


def alarm_advice(alarm: AlarmRow) -> str:
    return str(KNOWN.get(alarm.what, _UNKNOWN).advice)


def alarm_place(alarm: AlarmRow) -> tuple[str, str] | None:
    """Where to go on from an alarm: an address of the console and what it is called; None where it leads nowhere."""
    if alarm.report is not None:
        return url_for("console.report", reference=alarm.report), gettext(
            "Report %(reference)s", reference=alarm.report
        )
    if alarm.call_id is not None:
        return url_for("console.call", call_id=alarm.call_id), gettext("To the call")
    if alarm.what in (cost_guard.NEAR, cost_guard.PASSED):
        return url_for("console.calls"), gettext("To the calls")
    if alarm.what == gaps.WHAT:
        return url_for("console.roster"), gettext("To the roster")
    return None


ALARM_WORDS = (alarm_happened, alarm_advice, alarm_place)
