"""/incidents: the register of what did happen, year by year; lines are added, and corrected with a reason."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from hotline.casework.desk import WorkRefusedError
from hotline.casework.past import registers
from hotline.casework.past.registers import LONGEST_REASON, ROLES_THAT_WRITE
from hotline.casework.statistics.incidents import TYPES, Incident, IncidentRow
from hotline.console.door import signed_in
from hotline.console.form_words import PlainForm
from hotline.console.register_words import incident_type_word, register_refusal
from hotline.console.services import services
from hotline.errors import AccessRefusedError

_NOWHERE = 0
_TOO_LONG = lazy_gettext("That is too long.")


_NEEDED = (InputRequired(), Length(max=LONGEST_REASON, message=_TOO_LONG))


class IncidentForm(PlainForm):
    """One line of the register. Of the time before perhaps only the year is known."""

    type = SelectField(lazy_gettext("What happened"), [InputRequired()])
    happened_on = DateField(lazy_gettext("Day"), [MayBeEmpty()])
    year = IntegerField(
        lazy_gettext("Year"), [MayBeEmpty()], description=lazy_gettext("Only where the day is not known.")
    )
    place_id = SelectField(lazy_gettext("Place"), coerce=int, default=_NOWHERE)
    report = StringField(
        lazy_gettext("Report by which it came to light"),
        [Length(max=20, message=_TOO_LONG)],
        description=lazy_gettext("Its number, such as R-2026-0042; or nothing."),
    )

    def incident(self) -> Incident:
        """The line as it was typed."""
        return Incident(
            type=self.type.data,
            happened_on=self.happened_on.data,
            year=self.year.data,
            place_id=self.place_id.data or None,
            report=self.report.data or "",
        )


class CorrectionForm(IncidentForm):
    """A line in the place of a wrong one, and why."""

    reason = TextAreaField(lazy_gettext("Why it is corrected"), _NEEDED)


class WithdrawalForm(PlainForm):
    """That a line was a mistake, and why."""

    reason = TextAreaField(lazy_gettext("Why it is taken out"), _NEEDED)


def page() -> ResponseReturnValue:
    """The register of the officer's unit."""
    return _register(IncidentForm())


def add() -> ResponseReturnValue:
    """POST /incidents."""
    _refuse_who_may_not_write()
    form, officer, now = IncidentForm(request.form), signed_in().officer, services().now()
    _offer(form)
    if form.validate():
        try:
            services().store.commit(lambda connection: registers.record(connection, officer, form.incident(), now))
            return redirect(url_for("console.incidents"), 303)
        except WorkRefusedError as refused:
            _blame(form, refused)
    return _register(form), 422


def one(row_id: int) -> ResponseReturnValue:
    """One line, with the forms that correct it."""
    row = _row(row_id)
    form = CorrectionForm(
        type=row.type,
        happened_on=row.happened_on,
        year=None if row.happened_on else row.year,
        report=row.report,
        place_id=_place_id(row),
    )
    return _one(row, form, WithdrawalForm())


def correct(row_id: int) -> ResponseReturnValue:
    """POST /incidents/<id>/correction."""
    _refuse_who_may_not_write()
    row, form = _row(row_id), CorrectionForm(request.form)
    _offer(form)
    if form.validate() and _corrected(row_id, form, form.incident()):
        return redirect(url_for("console.incidents"), 303)
    return _one(row, form, WithdrawalForm()), 422


def withdraw(row_id: int) -> ResponseReturnValue:
    """POST /incidents/<id>/withdrawal."""
    _refuse_who_may_not_write()
    row, form = _row(row_id), WithdrawalForm(request.form)
    if form.validate() and _corrected(row_id, form, None):
        return redirect(url_for("console.incidents"), 303)
    return _one(row, CorrectionForm(type=row.type), form), 422


def _corrected(row_id: int, form: CorrectionForm | WithdrawalForm, told: Incident | None) -> bool:
    officer, now, reason = signed_in().officer, services().now(), form.reason.data
    try:
        services().store.commit(lambda connection: registers.correct(connection, officer, row_id, told, reason, now))
    except WorkRefusedError as refused:
        _blame(form, refused)
        return False
    return True


def _blame(form: PlainForm, refused: WorkRefusedError) -> None:
    field = form[refused.field if refused.field in form else "type"]
    field.errors = [*field.errors, register_refusal(refused.why)]


def _row(row_id: int) -> IncidentRow:
    with services().store.read() as connection:
        return registers.incident(connection, signed_in().officer, row_id)


def _place_id(row: IncidentRow) -> int:
    with services().store.read() as connection:
        known = registers.incident_register(connection, signed_in().officer).places
    return next((place_id for place_id, name in known if name == row.place), _NOWHERE)


def _offer(form: IncidentForm) -> None:
    with services().store.read() as connection:
        known = registers.incident_register(connection, signed_in().officer).places
    form.type.choices = [SelectChoice(kind, incident_type_word(kind)) for kind in TYPES]
    nowhere = lazy_gettext("not known")
    form.place_id.choices = [SelectChoice(_NOWHERE, nowhere), *(SelectChoice(*place) for place in known)]


def _register(form: IncidentForm) -> str:
    officer = signed_in().officer
    with services().store.read() as connection:
        found = registers.incident_register(connection, officer)
    _offer(form)
    return render_template(
        "console/incidents.html", register=found, form=form, may_write=officer.role in ROLES_THAT_WRITE
    )


def _one(row: IncidentRow, form: CorrectionForm, withdrawal: WithdrawalForm) -> str:
    _offer(form)
    may_write = signed_in().officer.role in ROLES_THAT_WRITE
    return render_template("console/incident.html", row=row, form=form, withdrawal=withdrawal, may_write=may_write)


def _refuse_who_may_not_write() -> None:
    if signed_in().officer.role not in ROLES_THAT_WRITE:
        raise AccessRefusedError("The registers are kept by the chief and the deputies.")


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/incidents", "incidents", page, "GET"),
    ("/incidents", "add_incident", add, "POST"),
    ("/incidents/<int:row_id>", "incident", one, "GET"),
    ("/incidents/<int:row_id>/correction", "correct_incident", correct, "POST"),
    ("/incidents/<int:row_id>/withdrawal", "withdraw_incident", withdraw, "POST"),
)
