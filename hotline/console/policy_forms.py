"""The forms of limits and of who is told of a report when."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    FieldList,
    FloatField,
    FormField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import Length, NumberRange, ValidationError
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import CheckboxInput, ListWidget

from hotline.casework.deadlines import LARGEST_PART, Limit
from hotline.casework.policies import CHANNELS, MOST_MINUTES, MOST_STEPS, MOST_TIMES
from hotline.casework.roster import GROUPS
from hotline.console.form_words import NUMBER, TOO_LONG, PlainForm
from hotline.console.roster_words import duty_group_word
from hotline.console.settings_forms import SettingForm, tidy
from hotline.console.settings_words import channel_of_step_word

_LONGEST_BASIS = 500
_digits = {"inputmode": "decimal", "autocomplete": "off"}


def _number(label: Any, kind: Any, most: int) -> Any:
    return kind(label, [MayBeEmpty(), NumberRange(0, most, message=NUMBER)], render_kw=_digits)


def _whole(number: float) -> float:
    """15 rather than 15.0: as people and files write it."""
    return int(number) if number == int(number) else number


class LimitForm(SettingForm):
    """How long the unit gives, and on which text that rests. Everything empty: the standard holds."""

    name = HiddenField()
    days = _number(lazy_gettext("Days"), IntegerField, LARGEST_PART)
    hours = _number(lazy_gettext("Hours"), FloatField, LARGEST_PART)
    minutes = _number(lazy_gettext("Minutes"), FloatField, LARGEST_PART)
    working_time = BooleanField(lazy_gettext("Only working days count"))
    basis = StringField(
        lazy_gettext("Source"),
        [Length(max=_LONGEST_BASIS, message=TOO_LONG)],
        filters=[tidy],
        description=lazy_gettext("The text or the decision that sets this limit."),
        render_kw={"autocomplete": "off"},
    )
    check_locally = BooleanField(lazy_gettext("Still to be checked locally"))

    def is_empty(self) -> bool:
        return not any((self.days.data, self.hours.data, self.minutes.data, self.basis.data))

    def validate_basis(self, field: Any) -> None:
        if not field.data and not self.is_empty():
            raise ValidationError(lazy_gettext("A limit needs its source: the text or the decision that sets it."))

    def kept(self) -> dict[str, Any] | None:
        """As it is kept; None: the standard holds."""
        if self.is_empty():
            return None
        parts = ("days", "hours", "minutes")
        given: dict[str, Any] = {name: _whole(self[name].data) for name in parts if self[name].data}
        ticked = {name: True for name in ("working_time", "check_locally") if self[name].data}
        return {**given, **ticked, "basis": self.basis.data}

    @staticmethod
    def limit(entry: Mapping[str, Any]) -> Limit:
        """What is kept, as a limit."""
        clock = timedelta(hours=entry.get("hours") or 0, minutes=entry.get("minutes") or 0)
        return Limit(entry.get("days") or 0, clock, bool(entry.get("working_time")), str(entry.get("basis", "")), True)


def _several(label: Any, values: Any) -> SelectMultipleField:
    return SelectMultipleField(
        label, choices=values, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


class StepForm(PlainForm):
    """One step: how long after the one before, to whom, by what."""

    minutes = _number(lazy_gettext("Minutes after the step before"), FloatField, MOST_MINUTES)
    at = TimeField(lazy_gettext("or at this time of day"), [MayBeEmpty()], format=["%H:%M", "%H:%M:%S"])
    to = _several(lazy_gettext("To"), [SelectChoice(group, group) for group in GROUPS])
    by = _several(lazy_gettext("By"), [SelectChoice(channel, channel) for channel in CHANNELS])

    def is_empty(self) -> bool:
        return not self.to.data and not self.by.data

    def validate_to(self, field: Any) -> None:
        if self.by.data and not field.data:
            raise ValidationError(lazy_gettext("To whom? A step with nobody in it helps nobody."))

    def validate_by(self, field: Any) -> None:
        if self.to.data and not field.data:
            raise ValidationError(lazy_gettext("By what?"))

    def kept(self) -> dict[str, Any]:
        given: dict[str, Any] = {"to": self.to.data, "by": self.by.data}
        if self.minutes.data:
            given["minutes"] = _whole(self.minutes.data)
        if isinstance(self.at.data, time):
            given["at"] = f"{self.at.data:%H:%M}"
        return given


class PolicyForm(SettingForm):
    """Who is told of a report of this urgency, until somebody takes it."""

    steps = FieldList(FormField(StepForm), max_entries=MOST_STEPS)
    again_minutes = FloatField(
        lazy_gettext("From the beginning again, minutes after the last step"),
        [NumberRange(1, MOST_MINUTES, message=NUMBER)],
        render_kw=_digits,
    )
    times = IntegerField(
        lazy_gettext("Rounds, after which it counts as red"),
        [NumberRange(1, MOST_TIMES, message=NUMBER)],
        render_kw=_digits,
    )
    quiet = BooleanField(lazy_gettext("Not in the quiet hours"))

    def validate_steps(self, field: Any) -> None:
        if all(step.form.is_empty() for step in field):
            raise ValidationError(
                lazy_gettext("A policy with nobody in it helps nobody: please give one step at least.")
            )

    def kept(self) -> dict[str, Any]:
        return {
            "steps": [step.form.kept() for step in self.steps if not step.form.is_empty()],
            "again_minutes": _whole(self.again_minutes.data),
            "times": self.times.data,
            "quiet": bool(self.quiet.data),
        }

    def name_choices(self) -> None:
        """Groups and channels in the reader's words."""
        for step in self.steps:
            step.form.to.choices = [SelectChoice(group, duty_group_word(group)) for group in GROUPS]
            step.form.by.choices = [SelectChoice(channel, channel_of_step_word(channel)) for channel in CHANNELS]
