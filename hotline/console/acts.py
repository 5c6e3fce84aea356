"""The acts of the audit in the reader's words."""

from flask_babel import gettext, lazy_gettext

from hotline.console.alarm_words import happened_word
from hotline.console.number_words import call_back_word
from hotline.console.roster_words import change_word, duty_group_word, weekday_word
from hotline.console.settings_words import setting_word
from hotline.console.words import language_word, minutes, role_word, status_word

ACTS = {
    "signed in": lazy_gettext("Signed in"),
    "signed out": lazy_gettext("Signed out"),
    "sign-in refused": lazy_gettext("Was not let in: name or password wrong"),
    "sign-in stopped": lazy_gettext("Was stopped: too many tries to sign in"),
    "refused": lazy_gettext("Was refused a page"),
    "recording kept": lazy_gettext("Kept a recording"),
    "recording heard": lazy_gettext("Listened to a recording"),
    "text read": lazy_gettext("Read a text message"),
    "officer added": lazy_gettext("Made an account"),
    "officer dismissed": lazy_gettext("Closed an account"),
    "officer restored": lazy_gettext("Opened an account again"),
    "officer renamed": lazy_gettext("Changed an officer's name"),
    "role changed": lazy_gettext("Changed a role"),
    "telephone changed": lazy_gettext("Changed a telephone"),
    "password changed": lazy_gettext("Changed the own password"),
    "password replaced": lazy_gettext("Gave a new first password"),
    "sessions ended": lazy_gettext("Signed out other browsers"),
    "keys recovered": lazy_gettext("Recovered the keys from paper"),
    "settings changed": lazy_gettext("Changed the settings"),
    "place added": lazy_gettext("Added a place"),
    "place changed": lazy_gettext("Changed a place"),
    "place closed": lazy_gettext("Closed a place"),
    "place reopened": lazy_gettext("Opened a place again"),
    "key granted": lazy_gettext("Handed over a key"),
    "installation made": lazy_gettext("Set up the installation"),
    "unit loaded": lazy_gettext("Loaded places and office hours"),
    "unit added": lazy_gettext("Added a unit"),
    "unit placed": lazy_gettext("Hung a unit under another"),
    "unit renamed": lazy_gettext("Renamed a unit"),
    "unit merged": lazy_gettext("Merged a unit into another"),
    "flow published": lazy_gettext("Published what callers hear"),
    "prompt recorded": lazy_gettext("Recorded a prompt"),
    "prompt chosen": lazy_gettext("Chose what a prompt sounds like"),
    "shift added": lazy_gettext("Added a shift"),
    "shift ended": lazy_gettext("Ended a shift"),
    "weekly shift added": lazy_gettext("Added a weekly shift"),
    "weekly shift ended": lazy_gettext("Ended a weekly shift"),
    "exception added": lazy_gettext("Added an exception to the roster"),
    "exception ended": lazy_gettext("Ended an exception to the roster"),
    "shift handed over": lazy_gettext("Handed over the shift"),
    "report acknowledged": lazy_gettext("Took on a report"),
    "report triaged": lazy_gettext("Sorted a report"),
    "report assigned": lazy_gettext("Assigned a report"),
    "report started": lazy_gettext("Began to verify a report"),
    "report verified": lazy_gettext("Verified a report"),
    "report filed": lazy_gettext("Filed a report"),
    "report transferred": lazy_gettext("Handed a report to another body"),
    "report closed": lazy_gettext("Closed a report"),
    "report reopened": lazy_gettext("Reopened a report"),
    "report classified": lazy_gettext("Corrected what a report is about"),
    "report deadline changed": lazy_gettext("Moved a deadline"),
    "report noted": lazy_gettext("Wrote a note"),
    "report measured": lazy_gettext("Wrote down a measure"),
    "report measure withdrawn": lazy_gettext("Withdrew a measure"),
    "notes read": lazy_gettext("Read the notes"),
    "report transfer confirmed": lazy_gettext("Wrote down that a report had arrived"),
    "report rated": lazy_gettext("Judged how useful a report was"),
    "report added to": lazy_gettext("Added to a report"),
    "report linked": lazy_gettext("Linked two reports"),
    "incident recorded": lazy_gettext("Wrote an incident into the register"),
    "incident withdrawn": lazy_gettext("Took an incident out of the register"),
    "month figures entered": lazy_gettext("Entered figures of a month by hand"),
    "month drafted": lazy_gettext("Drafted the figures of a month"),
    "month signed": lazy_gettext("Signed the figures of a month"),
    "province issued": lazy_gettext("Issued the table of the communes"),
    "month callers counted": lazy_gettext("Counted the repeat callers of a month and destroyed their key"),
    "baseline imported": lazy_gettext("Took in the figures of the time before"),
    "call book begun": lazy_gettext("Began to take in an old call book"),
    "call book imported": lazy_gettext("Took in an old call book"),
    "call back begun": lazy_gettext("Wanted to ring a caller back"),
    "call back ended": lazy_gettext("Rang a caller back"),
    "report unsafe to ring back": lazy_gettext("Marked a caller as unsafe to ring back"),
    "report safe to ring back": lazy_gettext("Let a caller be rung back again"),
    "number asked for": lazy_gettext("Asked for a caller's number"),
    "number granted": lazy_gettext("Granted a caller's number to a colleague"),
    "number refused": lazy_gettext("Refused a caller's number to a colleague"),
    "number seen": lazy_gettext("Read a caller's number"),
    "alarm dealt with": lazy_gettext("Dealt with an alarm"),
    "call taken": lazy_gettext("Took a caller who was waiting"),
    "call passed on": lazy_gettext("Passed a waiting caller on"),
}
ACTORS = {
    "officer": lazy_gettext("An officer of another unit"),
    "system": lazy_gettext("The line itself"),
    "command line": lazy_gettext("Command line"),
    "stranger": lazy_gettext("A stranger"),
}
THINGS = {
    "call": lazy_gettext("Call %(name)s"),
    "recording": lazy_gettext("Recording %(name)s"),
    "text": lazy_gettext("Text message %(name)s"),
    "officer": lazy_gettext("Account %(name)s"),
    "unit": lazy_gettext("Unit %(name)s"),
    "place": lazy_gettext("Place %(name)s"),
    "flow": lazy_gettext("Version %(name)s"),
    "prompt": lazy_gettext("Prompt %(name)s"),
    "shift": lazy_gettext("Shift %(name)s"),
    "weekly-shift": lazy_gettext("Weekly shift %(name)s"),
    "roster-exception": lazy_gettext("Exception %(name)s"),
    "handover": lazy_gettext("Hand-over no. %(name)s"),
    "page": lazy_gettext("Page %(name)s"),
    "incident": lazy_gettext("Incident no. %(name)s"),
    "month": lazy_gettext("Month %(name)s"),
    "alarm": lazy_gettext("Alarm %(name)s"),
    "source": lazy_gettext("Source %(name)s"),
}
KEYS = {
    "content": lazy_gettext("the key to recordings and words"),
    "identity": lazy_gettext("the key to callers' numbers"),
}
REFUSALS = {
    400: lazy_gettext("the form had expired or was forged"),
    403: lazy_gettext("not for this role"),
    404: lazy_gettext("not there, or not of this unit"),
}
_LONGEST_NAME = 12  # a flow's version is a long digest


def act_word(action: str) -> str:
    """What was done."""
    return str(ACTS.get(action, action))


def actor_word(actor: str) -> str:
    """Who did it, where no name is known."""
    return str(ACTORS.get(actor, actor))


def thing_word(kind: str, name: str) -> str:
    """What it was done to, where no better name is known."""
    named = THINGS.get(kind)
    return (
        f"{kind} {name}" if named is None else str(named) % {"name": name[:_LONGEST_NAME] if kind == "flow" else name}
    )


def detail_word(name: str, value: object) -> str:
    """One detail of an act; nothing where it is meant for `hotline verify` only."""
    match name, value:
        case (_, None) | ("method" | "sha256" | "bytes", _):
            return ""
        case "role", str():
            return role_word(value)
        case "was", str():
            return f"{role_word(value)} →"
        case "digits", str():
            return value
        case "what", str():
            return setting_word(value)
        case "rung", bool():
            return "" if value else gettext("rung no more")
        case "sessions", int():
            return f"{gettext('Browsers')}: {value}"
        case "shifts", int():
            return f"{gettext('Shifts to come')}: {value}"
        case "language", str():
            return language_word(value)
        case "take", int():
            return f"{gettext('Recording')} {value}"
        case "key", str():
            return str(KEYS.get(value, value))
        case (("before" | "after"), str()):
            return f"{'→ ' if name == 'after' else ''}{status_word(value)}"
        case "status", int():
            return str(REFUSALS.get(value, value))
        case (("officer" | "stand_in" | "from"), int()):
            return thing_word("officer", str(value))
        case "group", str():
            return duty_group_word(value)
        case "weekday", int():
            return weekday_word(value)
        case "kind", str():
            return change_word(value)
        case "call_back", str():
            return call_back_word(value)
        case "seconds", int():
            return f"{gettext('Length')}: {minutes(value)}"
        case "what", str():
            return happened_word(value)
        case "reports", int():
            return f"{gettext('Open reports')}: {value}"
        case "calls", int():
            return f"{gettext('Callers on the line')}: {value}"
    return f"{name} {value}"


ACT_WORDS = (act_word, actor_word, thing_word, detail_word)
