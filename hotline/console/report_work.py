"""What officers do on a report's page: each act is a POST to a noun and leads back to the page.

Where it cannot be done the page comes back with the reason beside the form, and with what was typed."""

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from hotline.casework import acknowledgement, corrections, measures, notes, progress, transitions
from hotline.casework.corrections import Judgement
from hotline.casework.desk import ChangedMeanwhileError, Hand, WorkRefusedError, case_of
from hotline.casework.measures import Decided
from hotline.casework.progress import Closing, HandedOver
from hotline.casework.transitions import OutcomeError, TransitionError
from hotline.console.door import signed_in
from hotline.console.report_forms import (
    AssignmentForm,
    ClassificationForm,
    ClosureForm,
    ConfirmationForm,
    DeadlineForm,
    MeasureForm,
    NoteForm,
    ReportForm,
    TransferForm,
    UsefulnessForm,
    WithdrawalForm,
)
from hotline.console.report_page import Returned, show
from hotline.console.report_words import refusal_word
from hotline.console.services import services
from hotline.console.words import moment

F = TypeVar("F", bound=ReportForm)
Act = Callable[[Connection, Hand], None]


def acknowledge(reference: str) -> ResponseReturnValue:
    """POST …/acknowledgement: "I take it". Whoever comes second reads who was first."""
    officer, now = signed_in().officer, services().now()
    taken = services().store.commit(lambda connection: acknowledgement.acknowledge(connection, officer, reference, now))
    if not taken.first:
        flash(_who_was_first(taken))
    return _back(reference)


def _who_was_first(taken: acknowledgement.Taken) -> str:
    if taken.by is None:
        return str(gettext("An officer has taken this report up already."))
    return str(gettext("%(officer)s has taken this report, at %(moment)s.", officer=taken.by, moment=moment(taken.at)))


def triage(reference: str) -> ResponseReturnValue:
    """POST …/triage: the line took it for the right thing."""
    return carry_out(reference, "step", ReportForm(request.form), corrections.confirm)


def start(reference: str) -> ResponseReturnValue:
    """POST …/verification: somebody goes and looks."""
    return _step(reference, transitions.START)


def verify(reference: str) -> ResponseReturnValue:
    """POST …/finding: it has been looked into."""
    return _step(reference, transitions.VERIFY)


def file(reference: str) -> ResponseReturnValue:
    """POST …/file: a file is opened."""
    return _step(reference, transitions.FILE)


def _step(reference: str, verb: str) -> ResponseReturnValue:
    return carry_out(
        reference,
        "step",
        ReportForm(request.form),
        lambda connection, hand: progress.advance(connection, hand, verb),
    )


def assign(reference: str) -> ResponseReturnValue:
    """POST …/assignment: an officer becomes responsible."""
    form = AssignmentForm(request.form)
    return carry_out(
        reference, "assignment", form, lambda connection, hand: progress.assign(connection, hand, form.login.data)
    )


def transfer(reference: str) -> ResponseReturnValue:
    """POST …/transfers: the report goes to another body."""
    form = TransferForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        paper = form.paper_number.data or None
        progress.transfer(connection, hand, HandedOver(form.destination.data, form.sent_on.day, paper))

    return carry_out(reference, "transfer", form, act)


def confirm_transfer(reference: str, transfer_id: int) -> ResponseReturnValue:
    """POST …/transfers/<id>/confirmation: the other body has the papers."""
    form = ConfirmationForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        progress.confirm_transfer(connection, hand, transfer_id, form.confirmed_on.day)

    return carry_out(reference, "confirmation", form, act, transfer_id)


def close(reference: str) -> ResponseReturnValue:
    """POST …/closure: the report ends with an outcome."""
    form = ClosureForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        progress.close(connection, hand, Closing(form.outcome.data, form.same_as.data, form.reason.data))

    return carry_out(reference, "closure", form, act)


def classify(reference: str) -> ResponseReturnValue:
    """POST …/classifications: what an officer takes the report for."""
    form = ClassificationForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        judged = Judgement(
            category=form.category.data or None,
            urgency=form.urgency.data,
            place_id=_place_id(form.place_id.data),
            unsafe_to_ring_back=form.unsafe_to_ring_back.data,
            follows=form.follows.data,
            reason=form.reason.data,
        )
        corrections.classify(connection, hand, judged)

    return carry_out(reference, "classification", form, act)


def _place_id(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise WorkRefusedError("place_id", "unknown")
    return int(text)


def set_deadline(reference: str) -> ResponseReturnValue:
    """POST …/deadline: another one than the rule's."""
    form = DeadlineForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        zone = case_of(connection, hand.officer, reference).calendar.zone
        corrections.set_deadline(connection, hand, form.due_at.moment.replace(tzinfo=zone), form.reason.data)

    return carry_out(reference, "deadline", form, act)


def rate(reference: str) -> ResponseReturnValue:
    """POST …/usefulness: what the source was worth."""
    form = UsefulnessForm(request.form)
    return carry_out(
        reference, "usefulness", form, lambda connection, hand: corrections.rate(connection, hand, form.usefulness.data)
    )


def note(reference: str) -> ResponseReturnValue:
    """POST …/notes: somebody's words, sealed."""
    form = NoteForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        notes.add_note(connection, hand.officer, reference, form.words.data, hand.now)

    return carry_out(reference, "note", form, act)


def measure(reference: str) -> ResponseReturnValue:
    """POST …/measures: what was decided about a person."""
    form = MeasureForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        decided = Decided(
            measure=form.measure.data,
            decided_on=form.decided_on.day,
            decision_number=form.decision_number.data or None,
            person=form.person.data,
            name=form.name.data,
        )
        measures.record(connection, hand, decided)

    return carry_out(reference, "measure", form, act)


def withdraw_measure(reference: str, measure_id: int) -> ResponseReturnValue:
    """POST …/measures/<id>/withdrawal: it was written down by mistake."""
    form = WithdrawalForm(request.form)

    def act(connection: Connection, hand: Hand) -> None:
        measures.withdraw(connection, hand, measure_id, form.reason.data)

    return carry_out(reference, "withdrawal", form, act, measure_id)


def carry_out(reference: str, name: str, form: F, act: Act, row_id: int | None = None) -> ResponseReturnValue:
    """Do it and go back to the page, or show the page with what was typed and why it was not done."""
    returned = Returned(name, form, row_id)
    if not form.validate():
        trouble = gettext("This form was not complete. Please send it again.") if form.version.errors else None
        return show(reference, returned, trouble), 422
    hand = Hand(signed_in().officer, reference, form.version.data, services().now())
    try:
        services().store.commit(lambda connection: act(connection, hand))
    except ChangedMeanwhileError as changed:
        return show(reference, returned, _changed_words(changed)), 409
    except TransitionError:
        return show(reference, returned, gettext("The report does not stand where this step begins.")), 409
    except OutcomeError:
        _blame(form, "outcome", gettext("This outcome does not fit how far the work has come."))
        return show(reference, returned), 422
    except WorkRefusedError as refused:
        _blame(form, refused.field, refusal_word(refused.field, refused.why, **refused.about))
        return show(reference, returned), 422
    return _back(reference)


def _blame(form: ReportForm, field: str, words: str) -> None:
    form[field].errors = [*form[field].errors, words]


def _changed_words(changed: ChangedMeanwhileError) -> str:
    at = moment(changed.at)
    if changed.by is None:
        first = gettext("The report has changed at %(moment)s, after you opened it.", moment=at)
    else:
        first = gettext(
            "%(officer)s has changed this report at %(moment)s, after you opened it.", officer=changed.by, moment=at
        )
    rest = gettext("Nothing was overwritten, and what you typed is still here. Look at the report and send it again.")
    return f"{first} {rest}"


def _back(reference: str) -> ResponseReturnValue:
    return redirect(url_for("console.report", reference=reference), 303)
