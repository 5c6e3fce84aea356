"""The forms of the roster: a weekly shift, an exception, a single shift."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from wtforms import DateField, DateTimeLocalField, SelectField, SelectMultipleField, TimeField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import CheckboxInput, ListWidget

from hotline.casework.roster import DUTY, refuse_far
from hotline.casework.roster_plan import Colleague
from hotline.casework.shift_patterns import EXTRA, REPLACED, Duty, RosterChange, WeeklyShift, moment
from hotline.console.form_words import MISSING, PlainForm
from hotline.console.roster_words import CHANGES, GROUPS, weekday_word

_NOBODY = 0
_TIMES = ["%H:%M", "%H:%M:%S"]


def _of(words: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, word) for value, word in words.items()]


class WeeklyForm(PlainForm):
    """The same hours on some days of every week."""

    officer = SelectField(lazy_gettext("Officer"), [InputRequired()], coerce=int)
    group = SelectField(lazy_gettext("Group"), [InputRequired()], choices=_of(GROUPS))
    weekdays = SelectMultipleField(
        lazy_gettext("Days of the week"),
        [InputRequired()],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    starts = TimeField(lazy_gettext("From"), [InputRequired()], format=_TIMES)
    ends = TimeField(
        lazy_gettext("To"),
        [InputRequired()],
        format=_TIMES,
        description=lazy_gettext("A time that is not later means the next day: 19:00 – 07:00 is a night."),
    )
    from_day = DateField(lazy_gettext("From this day on"), [InputRequired()])

    def shifts(self) -> list[WeeklyShift]:
        """A weekly shift for each day that was chosen."""
        given = (self.starts.data, self.ends.data, self.from_day.data)
        return [WeeklyShift(self.officer.data, self.group.data, day, *given) for day in sorted(self.weekdays.data)]


class ChangeForm(PlainForm):
    """What is different on some days."""

    officer = SelectField(lazy_gettext("Officer"), [InputRequired()], coerce=int)
    kind = SelectField(lazy_gettext("What is different"), [InputRequired()], choices=_of(CHANGES))
    from_day = DateField(
        lazy_gettext("First day"),
        [InputRequired()],
        description=lazy_gettext("It holds for shifts that begin on these days; a night belongs to its evening."),
    )
    until_day = DateField(lazy_gettext("Last day"), [InputRequired()])
    stand_in = SelectField(lazy_gettext("Replaced by"), coerce=int, default=_NOBODY)
    group = SelectField(lazy_gettext("Group"), choices=_of(GROUPS), default=DUTY)
    starts = TimeField(lazy_gettext("From"), [MayBeEmpty()], format=_TIMES)
    ends = TimeField(lazy_gettext("To"), [MayBeEmpty()], format=_TIMES)

    def validate(self, extra_validators: Mapping[str, Sequence[object]] | None = None) -> bool:
        """What a kind of exception needs, it must have."""
        complete = bool(super().validate(extra_validators))
        missing = []
        if self.kind.data == REPLACED and self.stand_in.data == _NOBODY:
            missing = [self.stand_in]
        elif self.kind.data == EXTRA:
            missing = [field for field in (self.starts, self.ends) if field.data is None and not field.errors]
        for field in missing:
            field.errors = [*field.errors, str(MISSING)]
        return complete and not missing

    def change(self) -> RosterChange:
        """The exception; of the fields, only those that its kind needs."""
        extra = self.kind.data == EXTRA
        return RosterChange(
            self.officer.data,
            self.kind.data,
            self.from_day.data,
            self.until_day.data,
            self.stand_in.data if self.kind.data == REPLACED else None,
            *((self.group.data, self.starts.data, self.ends.data) if extra else (None, None, None)),
        )


class SingleForm(PlainForm):
    """One shift, from a moment to a moment on the unit's clock."""

    officer = SelectField(lazy_gettext("Officer"), [InputRequired()], coerce=int)
    group = SelectField(lazy_gettext("Group"), [InputRequired()], choices=_of(GROUPS))
    starts = DateTimeLocalField(lazy_gettext("From"), [InputRequired()])
    ends = DateTimeLocalField(lazy_gettext("To"), [InputRequired()])

    def shift(self, zone: ZoneInfo) -> Duty:
        """The shift in time. Raises RosterRefusedError for years that are surely slips."""
        refuse_far(self.starts.data.year, self.ends.data.year)
        return Duty(_in(zone, self.starts.data), _in(zone, self.ends.data), self.officer.data, self.group.data)


def _in(zone: ZoneInfo, shown: datetime) -> datetime:
    return moment(shown.date(), shown.time(), zone)


def offer(form: PlainForm, people: Sequence[Colleague], nobody: str, today: date) -> None:
    """Give a form its choices, and an empty one today's date."""
    named: dict[int, str] = {one.id: one.name for one in people}
    form.officer.choices = _of(named)
    if "weekdays" in form:
        form.weekdays.choices = _of({day: weekday_word(day) for day in range(7)})
    if "stand_in" in form:
        form.stand_in.choices = _of({_NOBODY: nobody, **named})
    if "from_day" in form and form.from_day.data is None and not form.from_day.raw_data:
        form.from_day.data = today
