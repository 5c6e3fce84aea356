"""The forms of the unit's settings. Each carries the version of what was on its page."""

import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, Length, NumberRange, Regexp, ValidationError
from wtforms.validators import Optional as MayBeEmpty

from hotline.casework.hours import OfficeHours
from hotline.casework.policies import is_mailbox
from hotline.casework.roster import COMMAND, DUTY
from hotline.casework.unit_rules import LONGEST_NAME, MOST_CALL_BACKS, PLACE_KINDS
from hotline.console.form_words import TOO_LONG, PlainForm
from hotline.console.people_forms import choices
from hotline.console.settings_words import place_kind_word

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.hH](\d{2})?)")
_NOT_A_SPAN = lazy_gettext("Please write times such as 07:30-11:30, 13:30-17:00, or nothing.")
_NOT_A_DAY = lazy_gettext("Each line holds one day, such as 2026-11-23 or 23/11/2026.")
_NOT_A_MAILBOX = lazy_gettext("Please write an address such as duty@example.org, or nothing.")
_BOTH = lazy_gettext("Please give both times, or neither.")
_plain = {"autocomplete": "off"}


def tidy(text: str | None) -> str:
    """A line without what cannot be seen."""
    return " ".join("".join(one for one in text or "" if one.isprintable()).split())


def name_field(label: Any, **more: Any) -> StringField:
    rules = [DataRequired(), Length(max=LONGEST_NAME, message=TOO_LONG)]
    return StringField(label, rules, filters=[tidy], render_kw=_plain, **more)


def short_field(label: Any, longest: int = LONGEST_NAME, **more: Any) -> StringField:
    return StringField(label, [Length(max=longest, message=TOO_LONG)], filters=[tidy], render_kw=_plain, **more)


class SettingForm(PlainForm):
    """A form that knows from which value its page was made."""

    version = HiddenField()


class NameForm(SettingForm):
    """What the unit is called."""

    name = name_field(
        lazy_gettext("Name of the unit"), description=lazy_gettext("Callers hear it. The old name stays known.")
    )


class SpansField(StringField):  # type: ignore[misc]  # WTForms has no types
    """The office hours of a weekday, as typed; `spans` is how they are kept."""

    spans: Sequence[str] = ()

    def pre_validate(self, _form: Any) -> None:
        self.spans = [span for part in re.split("[,;]", self.data or "") if (span := _span(part))]
        try:
            OfficeHours.from_settings({"mon": list(self.spans)}, {})
        except ValueError:
            raise ValidationError(_NOT_A_SPAN) from None


def _span(text: str) -> str:
    """From – to as it is kept, however it was typed: 7h30 – 11h30 is written on every door here."""
    plain = tidy(text).replace(" ", "").replace("–", "-")
    return _CLOCK.sub(lambda found: f"{int(found[1]):02}:{found[2] or '00'}", plain)


class DaysField(TextAreaField):  # type: ignore[misc]
    """Days, one a line, as typed; `days` is how they are kept."""

    days: Sequence[str] = ()

    def pre_validate(self, _form: Any) -> None:
        lines = [tidy(line) for line in (self.data or "").splitlines()]
        try:
            self.days = sorted({_day(line).isoformat() for line in lines if line})
        except ValueError:
            raise ValidationError(_NOT_A_DAY) from None


def _day(text: str) -> date:
    """A day as one writes it here, or as machines do. Raises ValueError."""
    if found := _DAY_FIRST.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    return date.fromisoformat(text)


class HoursForm(SettingForm):
    """Office hours of each weekday, and the days on which they do not hold."""

    mon = SpansField(render_kw=_plain)
    tue = SpansField(render_kw=_plain)
    wed = SpansField(render_kw=_plain)
    thu = SpansField(render_kw=_plain)
    fri = SpansField(render_kw=_plain)
    sat = SpansField(render_kw=_plain)
    sun = SpansField(render_kw=_plain)
    country = SelectField(lazy_gettext("Public holidays"))
    closed_days = DaysField(
        lazy_gettext("Closed on these days, too"), description=_NOT_A_DAY, render_kw={"rows": 4, **_plain}
    )
    open_days = DaysField(
        lazy_gettext("Open all the same on these days"),
        description=lazy_gettext("A holiday or a weekend on which work is done, for example in exchange for another."),
        render_kw={"rows": 3, **_plain},
    )

    def hours(self) -> dict[str, list[str]]:
        spans = {day: list(self[day].spans) for day in WEEKDAYS}
        return {day: found for day, found in spans.items() if found}


class BodiesForm(SettingForm):
    """Whom reports are handed over to."""

    bodies = TextAreaField(
        lazy_gettext("Bodies that take reports over"),
        description=lazy_gettext("One a line, in the order in which officers choose."),
        render_kw={"rows": 8, **_plain},
    )

    def names(self) -> list[str]:
        return list(dict.fromkeys(filter(None, map(tidy, (self.bodies.data or "").splitlines()))))

    def validate_bodies(self, _field: Any) -> None:
        if any(len(name) > LONGEST_NAME for name in self.names()):
            raise ValidationError(TOO_LONG)


class CallBacksForm(SettingForm):
    """How often callers are rung back."""

    most = IntegerField(
        lazy_gettext("Calls back a day, at most"),
        [
            MayBeEmpty(),
            NumberRange(0, MOST_CALL_BACKS, message=lazy_gettext("A number from 0 to 1000, or nothing.")),
        ],
        description=lazy_gettext("0: callers are never rung back. Empty: as many as this machine allows."),
        render_kw={"inputmode": "numeric", **_plain},
    )


class QuietHoursForm(SettingForm):
    """From when to when officers are not disturbed by what can wait."""

    starts = TimeField(lazy_gettext("From"), [MayBeEmpty()], format=["%H:%M", "%H:%M:%S"])
    ends = TimeField(
        lazy_gettext("To"),
        [MayBeEmpty()],
        format=["%H:%M", "%H:%M:%S"],
        description=lazy_gettext("Both empty: no quiet hours."),
    )

    def validate_starts(self, _field: Any) -> None:
        if self.ends.data is None and not any(self.ends.raw_data or ()):
            raise ValidationError(_BOTH)

    def validate_ends(self, field: Any) -> None:
        if self.starts.data is None and not any(self.starts.raw_data or ()):
            raise ValidationError(_BOTH)
        if field.data == self.starts.data:
            raise ValidationError(lazy_gettext("Please give two different times."))

    def kept(self) -> str:
        """As it is kept; nothing: no quiet hours."""
        starts, ends = self.starts.data, self.ends.data
        return f"{starts:%H:%M}-{ends:%H:%M}" if isinstance(starts, time) and isinstance(ends, time) else ""


class MailboxesForm(SettingForm):
    """A mailbox for each group."""

    duty = short_field(lazy_gettext("Mailbox of the duty group"))
    command = short_field(lazy_gettext("Mailbox of the command group"))

    def validate_duty(self, field: Any) -> None:
        if field.data and not is_mailbox(field.data):
            raise ValidationError(_NOT_A_MAILBOX)

    validate_command = validate_duty

    def kept(self) -> dict[str, str] | None:
        given = {DUTY: self.duty.data, COMMAND: self.command.data}
        return {group: address for group, address in given.items() if address} or None


class PlaceForm(SettingForm):
    """A village, agency or school."""

    name = name_field(lazy_gettext("Name"))
    kind = SelectField(lazy_gettext("Kind"))
    name_en = short_field(lazy_gettext("Name in English"))
    name_ru = short_field(lazy_gettext("Name in Russian"))
    households = IntegerField(
        lazy_gettext("Households"),
        [MayBeEmpty(), NumberRange(0, 100_000, message=lazy_gettext("A whole number, or nothing."))],
        render_kw={"inputmode": "numeric", **_plain},
    )

    def offer_kinds(self, also: str | None = None) -> None:
        kinds = dict.fromkeys((*PLACE_KINDS, *([also] if also else [])))
        self.kind.choices = choices({kind: place_kind_word(kind) for kind in kinds})

    def entry(self, known: dict[str, str]) -> dict[str, Any]:
        """As it is kept; names in other languages than these two stay as they are."""
        others = {language: name for language, name in known.items() if language not in ("en", "ru")}
        names = {"en": self.name_en.data, "ru": self.name_ru.data}
        return {
            "name": self.name.data,
            "kind": self.kind.data,
            "names": {**others, **{language: name for language, name in names.items() if name}},
            "households": self.households.data,
        }


class NewPlaceForm(PlaceForm):
    """A new place, with the digits that the card will print for it."""

    digits = StringField(
        lazy_gettext("Two digits"),
        [DataRequired(), Regexp(r"[0-9]{2}\Z", message=lazy_gettext("Exactly two digits, such as 07."))],
        filters=[tidy],
        description=lazy_gettext("They are printed on the card and stay for good."),
        render_kw={"inputmode": "numeric", "maxlength": "2", **_plain},
    )
