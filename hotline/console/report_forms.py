"""The forms on a report's page. Each carries the version of the report that was on the page."""

import re
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, Form, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from hotline.casework.measures import LONGEST_NAME
from hotline.casework.notes import LONGEST_NOTE

_LONGEST_REASON = 1000
_CHOOSE = lazy_gettext("Choose one of the list.")
_TOO_LONG = lazy_gettext("That is too long.")
_NOT_A_DAY = lazy_gettext("Write a day, such as 2026-11-23.")
_NOT_A_MOMENT = lazy_gettext("Write a day and a time, such as 2026-11-23 17:00.")


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _tidy(text: str | None) -> str:
    return _CONTROLS.sub("", (text or "").replace("\r\n", "\n")).strip()


def _chosen() -> StringField:
    return StringField(filters=[_tidy], validators=[InputRequired(_CHOOSE), Length(max=60, message=_CHOOSE)])


def _short(longest: int = 60) -> StringField:
    return StringField(filters=[_tidy], validators=[Length(max=longest, message=_TOO_LONG)])


def _reason() -> TextAreaField:
    return TextAreaField(filters=[_tidy], validators=[Length(max=_LONGEST_REASON, message=_TOO_LONG)])


class DayField(StringField):  # type: ignore[misc]
    """A day of the calendar, kept as it was typed; `day` is what it means."""

    def pre_validate(self, _form: Any) -> None:
        self.day = _read_day(_tidy(self.data))


class MomentField(StringField):  # type: ignore[misc]
    """A day and a time on the wall of the unit, kept as it was typed; `moment` is what it means, without a zone."""

    def pre_validate(self, _form: Any) -> None:
        self.moment = _read_moment(_tidy(self.data))


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError(_NOT_A_DAY) from None


def _read_moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationError(_NOT_A_MOMENT) from None
    if read.tzinfo is not None:
        raise ValidationError(_NOT_A_MOMENT)
    return read


class ReportForm(Form):  # type: ignore[misc]
    """A form with nothing in it but the version of the report."""

    version = IntegerField(validators=[InputRequired()])


class AssignmentForm(ReportForm):
    login = _chosen()


class ClosureForm(ReportForm):
    outcome = _chosen()
    same_as = _short()
    reason = _reason()


class TransferForm(ReportForm):
    destination = StringField(
        filters=[_tidy],
        validators=[
            InputRequired(lazy_gettext("Say to whom the report is handed over.")),
            Length(max=200, message=_TOO_LONG),
        ],
    )
    paper_number = _short()
    sent_on = DayField()


class ConfirmationForm(ReportForm):
    confirmed_on = DayField()


class ClassificationForm(ReportForm):
    category = _short()
    urgency = _chosen()
    place_id = _short(20)
    unsafe_to_ring_back = BooleanField()
    follows = _short()
    reason = _reason()


class DeadlineForm(ReportForm):
    due_at = MomentField()
    reason = _reason()


class UsefulnessForm(ReportForm):
    usefulness = _chosen()


class NoteForm(ReportForm):
    words = TextAreaField(
        filters=[_tidy],
        validators=[
            InputRequired(lazy_gettext("Write something first.")),
            Length(max=LONGEST_NOTE, message=_TOO_LONG),
        ],
    )


class MeasureForm(ReportForm):
    measure = _chosen()
    person = _short()
    name = _short(LONGEST_NAME)
    decision_number = _short()
    decided_on = DayField()


class WithdrawalForm(ReportForm):
    reason = _reason()


class SafetyForm(ReportForm):
    unsafe = BooleanField()
    words = _reason()


class DecisionForm(Form):  # type: ignore[misc]
    """What the second person says to a request for a number; it belongs to no version of the report."""

    words = _reason()


class RevealForm(ReportForm):
    source = _chosen()
    reason = _reason()


FORMS: dict[str, type[ReportForm]] = {
    "step": ReportForm,
    "assignment": AssignmentForm,
    "closure": ClosureForm,
    "transfer": TransferForm,
    "confirmation": ConfirmationForm,
    "classification": ClassificationForm,
    "deadline": DeadlineForm,
    "usefulness": UsefulnessForm,
    "note": NoteForm,
    "measure": MeasureForm,
    "withdrawal": WithdrawalForm,
    "safety": SafetyForm,
    "reveal": RevealForm,
}
"""Every form of the page by its name in the template."""
