"""Pages in the reader's words: by what, to whom, and what came of them."""

from flask_babel import gettext, lazy_gettext

from hotline.casework.follow_up_list import PageRow
from hotline.casework.giving_way import GAVE_WAY

WAYS = {
    "voice": lazy_gettext("by telephone"),
    "text": lazy_gettext("by text"),
    "mail": lazy_gettext("by e-mail"),
    "webhook": lazy_gettext("by webhook"),
}
GROUPS = {"duty": lazy_gettext("those on duty"), "command": lazy_gettext("the command")}
ANSWERS = {
    "took": lazy_gettext("has taken it"),
    "late": lazy_gettext("came second"),
    "passed": lazy_gettext("passed it on"),
}
STATES = {
    "pending": lazy_gettext("about to be sent"),
    "sending": lazy_gettext("being sent"),
    "unknown": lazy_gettext("asking the carrier whether it went out"),
    "sent": lazy_gettext("sent"),
    "delivered": lazy_gettext("arrived"),
    "failed": lazy_gettext("did not go out"),
    "cancelled": lazy_gettext("called back"),
}
_TROUBLES = {
    "busy": lazy_gettext("busy"),
    "no-answer": lazy_gettext("nobody picked up"),
    "failed": lazy_gettext("could not be reached"),
    "undelivered": lazy_gettext("could not be reached"),
    "canceled": lazy_gettext("nobody picked up"),
    "no address": lazy_gettext("no number or address"),
    "expired": lazy_gettext("too late"),
    GAVE_WAY: lazy_gettext("gave way to an emergency, rings again"),
}


def way_word(channel: str) -> str:
    return str(WAYS.get(channel, channel))


def group_word(group: str) -> str:
    return str(GROUPS.get(group, group))


def groups_word(groups: tuple[str, ...]) -> str:
    """The groups, one after the other."""
    return ", ".join(map(group_word, groups))


def outcome_of_page(page: PageRow) -> str:
    """What came of a page: the officer's answer, else how far it got."""
    if page.answer is not None:
        return str(ANSWERS.get(page.answer, page.answer))
    if page.channel == "voice" and page.state == "delivered":
        return str(gettext("no key pressed"))
    if page.state in ("failed", "cancelled") and page.trouble in _TROUBLES:
        return str(_TROUBLES[page.trouble])
    return str(STATES.get(page.state, page.state))


def ways_words(codes: str) -> str:
    """Channels as a timeline keeps them, "voice text", in words."""
    return ", ".join(way_word(code) for code in codes.split())


FOLLOW_UP_WORDS = (way_word, group_word, groups_word, outcome_of_page)
