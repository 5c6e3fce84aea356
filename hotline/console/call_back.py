"""Ringing a caller back from a page: the officer's telephone rings first, and the number is never on the page."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from hotline.casework import ring_back_safety
from hotline.casework.call_back import CallBackRefusedError, ring_back
from hotline.casework.desk import Hand
from hotline.console.door import signed_in
from hotline.console.number_panel import asker
from hotline.console.number_words import why_not_word
from hotline.console.report_forms import SafetyForm
from hotline.console.report_page import show
from hotline.console.report_work import carry_out
from hotline.console.services import services
from hotline.errors import CarrierError, NotFoundError


def call_back(reference: str) -> ResponseReturnValue:
    """POST …/call-backs: have the officer's own telephone ring, and then the caller's."""
    session, store = signed_in(), services().store
    with store.read() as connection:
        keys = session.open_keys(connection)
    try:
        ring_back(store, asker(session.officer, keys), reference, _call_id(request.form.get("call_id", "")))
    except CallBackRefusedError as refused:
        return show(reference, trouble=why_not_word(refused.why)), 409
    except CarrierError as error:
        flash(_carrier_words(error))
    else:
        flash(gettext("Your telephone rings now. Press 1 there, and the caller's telephone rings."))
    return redirect(url_for("console.report", reference=reference), 303)


def _carrier_words(error: CarrierError) -> str:
    if error.outcome_unknown:
        return str(
            gettext("The telephone company did not answer. Your telephone may still ring; if it does not, try again.")
        )
    return str(gettext("The telephone company did not place the call. Nobody was rung; try again in a moment."))


def _call_id(text: str) -> int | None:
    """Whose number; none where the form names none. Raises NotFoundError for what is no row's number."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFoundError
    return int(text)


def judge_safety(reference: str) -> ResponseReturnValue:
    """POST …/ring-back-safety: ringing this caller is dangerous, or is so no longer; with a note."""
    form = SafetyForm(request.form)

    def judge(connection: Connection, hand: Hand) -> None:
        ring_back_safety.judge(connection, hand, form.unsafe.data, form.words.data)

    return carry_out(reference, "safety", form, judge)
