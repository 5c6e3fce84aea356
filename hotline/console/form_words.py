"""What forms say about a field that will not do, in the reader's language."""

from flask_babel import lazy_gettext
from wtforms import Form

MISSING = lazy_gettext("This is missing.")
_CHOOSE = lazy_gettext("Please choose one of the list.")
_DATE = lazy_gettext("Please give a day, such as 2026-11-14.")
_TIME = lazy_gettext("Please give a time, such as 19:00.")
NUMBER = lazy_gettext("Please give a number that is not too large.")
_WORDS = {
    "Not a valid float value.": NUMBER,
    "This field is required.": MISSING,
    "Not a valid choice.": _CHOOSE,
    "Invalid Choice: could not coerce.": _CHOOSE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _CHOOSE,
    "Not a valid date value.": _DATE,
    "Not a valid time value.": _TIME,
    "Not a valid integer value.": lazy_gettext("Please give a whole number."),
    "Not a valid datetime value.": lazy_gettext("Please give a day and a time, such as 2026-11-14 19:00."),
}


class _FormWords:
    """What WTForms asks for words; it has none in Vietnamese itself."""

    def gettext(self, text: str) -> str:
        return str(_WORDS.get(text, text))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Of a choice of several: what will not do is left out of the sentence, for it may be anything."""
        return str(_CHOOSE) if "choice" in singular else (singular if number == 1 else plural)


TOO_LONG = lazy_gettext("That is too long.")


class PlainForm(Form):  # type: ignore[misc]  # WTForms has no types
    """A form in the reader's words. Its token is checked for all forms at once, at the door."""

    class Meta:
        def get_translations(self, _form: Form) -> _FormWords:
            return _FormWords()
