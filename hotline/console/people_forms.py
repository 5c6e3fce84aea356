"""The forms about accounts: a new officer, what is changed of one, and what people change of their own."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from hotline.casework.people import LONGEST_NAME, SHORTEST_PASSWORD, login_will_do, tidy_login
from hotline.casework.sign_in import LONGEST_SECRET
from hotline.console.form_words import TOO_LONG, PlainForm
from hotline.console.languages import LANGUAGES
from hotline.console.words import role_word
from hotline.errors import PhoneNumberError
from hotline.phone import dialable

_TOO_SHORT = lazy_gettext("A password has at least 8 characters; several words do well.")
_password_rules = (
    Length(min=SHORTEST_PASSWORD, message=_TOO_SHORT),
    Length(max=LONGEST_SECRET, message=TOO_LONG),
)


def _tidy(text: str | None) -> str:
    return "".join(letter for letter in text or "" if letter.isprintable()).strip()


class TelephoneField(StringField):  # type: ignore[misc]  # WTForms has no types
    """A number as it was typed; `number` is it as it can be rung, or None where nothing was typed."""

    number: str | None = None

    def pre_validate(self, form: Any) -> None:
        typed = (self.data or "").strip()
        try:
            self.number = dialable(typed, form.region) if typed else None
        except PhoneNumberError:
            raise ValidationError(_NOT_RUNG) from None


_NOT_RUNG = lazy_gettext("This number cannot be rung from here. Please write a full number of this country.")
_telephone_said = {"autocomplete": "off", "inputmode": "tel"}


def _name() -> StringField:
    rules = [DataRequired(), Length(max=LONGEST_NAME, message=TOO_LONG)]
    return StringField(lazy_gettext("Name"), rules, filters=[_tidy], render_kw={"autocomplete": "off"})


class RegionForm(PlainForm):
    """A form with a telephone in it: `region` is the country whose numbers may be rung."""

    region = ""


class NewOfficerForm(RegionForm):
    """Somebody who starts."""

    name = _name()
    login = StringField(
        lazy_gettext("Login"),
        [InputRequired()],
        filters=[lambda text: tidy_login(text or "")],
        description=lazy_gettext("One word, small letters."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role = SelectField(lazy_gettext("Role"), [InputRequired()])
    telephone = TelephoneField(
        lazy_gettext("Telephone"),
        description=lazy_gettext("It is rung for emergencies. Nobody sees it in full again."),
        render_kw=_telephone_said,
    )
    language = SelectField(lazy_gettext("Language"), [InputRequired()])
    password = StringField(
        lazy_gettext("First password"),
        [InputRequired(), *_password_rules],
        description=lazy_gettext(
            "Write it down now and hand it over: after this page nobody can see it. "
            "It has to be changed at the first sign-in."
        ),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_login(self, field: Any) -> None:
        if not login_will_do(field.data):
            raise ValidationError(lazy_gettext("A login is one word of at most 60 characters."))


class VersionForm(RegionForm):
    """A form that knows which version of the account was on its page."""

    version = HiddenField()


class DetailsForm(VersionForm):
    """Name and telephone. The number is not shown, so an empty field leaves it as it is."""

    name = _name()
    telephone = TelephoneField(
        lazy_gettext("New telephone"),
        description=lazy_gettext("Leave it empty to keep the number."),
        render_kw=_telephone_said,
    )
    no_telephone = BooleanField(lazy_gettext("Take the number away: never ring this officer"))


class RoleForm(VersionForm):
    """Another role."""

    role = SelectField(lazy_gettext("Role"), [InputRequired()])


class FirstPasswordForm(VersionForm):
    """A password in place of a forgotten one."""

    password = StringField(
        lazy_gettext("New first password"),
        [InputRequired(), *_password_rules],
        description=lazy_gettext("Write it down now and hand it over: after this page nobody can see it."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class OwnPasswordForm(PlainForm):
    """The old password, and the new one twice."""

    old = PasswordField(
        lazy_gettext("Present password"), [InputRequired()], render_kw={"autocomplete": "current-password"}
    )
    new = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(), *_password_rules],
        description=_TOO_SHORT,
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        lazy_gettext("New password once more"), [InputRequired()], render_kw={"autocomplete": "new-password"}
    )

    def validate_again(self, field: Any) -> None:
        if field.data != self.new.data:
            raise ValidationError(lazy_gettext("The two are not the same."))

    def validate_new(self, field: Any) -> None:
        if field.data and field.data == self.old.data:
            raise ValidationError(lazy_gettext("That is the password you have already."))


class OwnTelephoneForm(RegionForm):
    """The own telephone."""

    telephone = TelephoneField(
        lazy_gettext("New telephone"),
        description=lazy_gettext("Leave it empty to be rung no more."),
        render_kw=_telephone_said,
    )


def choices(words: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, word) for value, word in words.items()]


def offer_roles(field: Any, roles: Iterable[str]) -> None:
    field.choices = choices({role: role_word(role) for role in roles})


def offer_languages(field: Any) -> None:
    field.choices = choices(LANGUAGES)
