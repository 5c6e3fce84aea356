"""The words of accounts: how the keys stand, and why something is refused."""

from flask_babel import gettext, lazy_gettext

from hotline.casework.accounts import Refusal

KEYS = {
    "none": lazy_gettext("none: this role opens nothing sealed"),
    "open": lazy_gettext("open"),
    "waiting": lazy_gettext("wait for a chief to sign in"),
    "vouching": lazy_gettext("wait for a chief to confirm"),
}
REFUSALS = {
    Refusal.LAST_CHIEF: lazy_gettext(
        "This is the last chief who holds the keys: without one, nobody could hand them over any more. "
        "Let another chief get the keys first."
    ),
    Refusal.OWN_ACCOUNT: lazy_gettext("Nobody does this to the own account. Another chief does it."),
    Refusal.TELEPHONE_TAKEN: lazy_gettext("Another officer is rung under this number."),
    Refusal.KEYLESS: lazy_gettext("A unit above others has no such officers: it has no line and no keys."),
}


def keys_word(keys: str) -> str:
    return str(KEYS.get(keys, keys))


def account_refusal_word(refusal: Refusal) -> str:
    """Why an account is not changed, in the reader's language."""
    return str(REFUSALS[refusal])


def telephone_word(ending: str | None) -> str:
    """That there is a telephone, and no more of it than its owner needs to know it by."""
    return str(gettext("ends in %(digits)s", digits=ending) if ending else gettext("none: never rung"))


PEOPLE_WORDS = (keys_word, telephone_word)
