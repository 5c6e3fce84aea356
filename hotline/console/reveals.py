"""Confidential callers' numbers: asking for one, deciding about what somebody else asks, reading it once."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from hotline.casework import reveal_list, reveals
from hotline.casework.desk import Hand
from hotline.casework.people import UnitKeys
from hotline.casework.reveals import RevealRefusedError
from hotline.console.door import signed_in, visitor
from hotline.console.number_words import reveal_refusal_word
from hotline.console.report_forms import DecisionForm, RevealForm
from hotline.console.report_work import carry_out
from hotline.console.services import services
from hotline.phone import as_written


def ask_for_number(reference: str) -> ResponseReturnValue:
    """POST /reports/…/reveals: ask for the number, with a reason."""
    form = RevealForm(request.form)

    def asking(connection: Connection, hand: Hand) -> None:
        reveals.ask(connection, hand.officer, reference, form.source.data, form.reason.data, hand.now)

    return carry_out(reference, "reveal", form, asking)


def page(trouble: str | None = None) -> str:
    """/reveals: what is to be decided, what was granted, and what came of the rest."""
    found = reveal_list.newest(services().store, signed_in().officer, _keys(), services().now())
    return render_template("console/reveals.html", reveals=found, trouble=trouble)


def approve(reveal_id: int) -> ResponseReturnValue:
    """POST …/approval: the second person agrees."""
    return _decide(reveal_id, approved=True)


def refuse(reveal_id: int) -> ResponseReturnValue:
    """POST …/refusal: the second person does not."""
    return _decide(reveal_id, approved=False)


def _decide(reveal_id: int, *, approved: bool) -> ResponseReturnValue:
    officer, keys, now = signed_in().officer, _keys(), services().now()
    form = DecisionForm(request.form)
    if not form.validate():
        return page(" ".join(form.words.errors)), 422
    words = form.words.data
    try:
        services().store.commit(
            lambda connection: reveals.decide(connection, officer, keys, reveal_id, approved, words, now)
        )
    except RevealRefusedError as refused:
        return page(reveal_refusal_word(refused.why)), 409
    flash(gettext("Granted.") if approved else gettext("Refused."))
    return redirect(url_for("console.reveals"), 303)


def read(reveal_id: int) -> ResponseReturnValue:
    """POST …/reading: the number, once. Not a redirect: whatever a second request could show would have to be kept."""
    known = services()
    try:
        number = reveals.see(known.store, signed_in().officer, _keys(), reveal_id, known.now())
    except RevealRefusedError as refused:
        return page(reveal_refusal_word(refused.why)), 409
    return render_template("console/number.html", shown=number, written=as_written(number.number))


def reveal_waits() -> bool:
    """Whether a request waits for whoever looks at this page, for the banner."""
    session = visitor()
    if session is None or not reveals.may_reveal(session.officer):
        return False
    with services().store.read() as connection:
        return reveal_list.any_open(connection, session.officer, services().now())


def _keys() -> UnitKeys:
    with services().store.read() as connection:
        return signed_in().open_keys(connection)
