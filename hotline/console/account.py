"""/account: one's own password, language, telephone and sessions."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from hotline.casework import own_account
from hotline.casework.accounts import AccountRefusedError
from hotline.casework.own_account import NewPassword
from hotline.casework.sign_in import SignInRefusedError, TooManyTriesError
from hotline.casework.unit_settings import manner_of
from hotline.console.door import signed_in, source
from hotline.console.people_forms import OwnPasswordForm, OwnTelephoneForm
from hotline.console.people_words import account_refusal_word
from hotline.console.services import services


def page() -> ResponseReturnValue:
    """GET /account."""
    return _account(OwnPasswordForm(), OwnTelephoneForm())


def change_password() -> ResponseReturnValue:
    """POST /account/password."""
    form, known, now = OwnPasswordForm(request.form), services(), services().now()
    if not form.validate():
        return _account(form, OwnTelephoneForm()), 422
    words = NewPassword(form.old.data, form.new.data)
    try:
        own_account.change_password(known.store, signed_in(), words, source(), known.secret, now)
    except SignInRefusedError:
        form.old.errors = [gettext("That is not your password.")]
        return _account(form, OwnTelephoneForm()), 422
    except TooManyTriesError:
        form.old.errors = [gettext("Too many tries from here. Please wait a quarter of an hour.")]
        return _account(form, OwnTelephoneForm()), 429
    return _back("password")


def change_telephone() -> ResponseReturnValue:
    """POST /account/telephone."""
    form, session, known, now = OwnTelephoneForm(request.form), signed_in(), services(), services().now()
    with known.store.read() as connection:
        form.region = manner_of(connection, session.officer.unit_id).region
    if not form.validate():
        return _account(OwnPasswordForm(), form), 422

    def change(connection: Connection) -> None:
        own_account.change_telephone(connection, session, form.telephone.number, known.secret, now)

    try:
        known.store.commit(change)
    except AccountRefusedError as error:
        form.telephone.errors = [account_refusal_word(error.refusal)]
        return _account(OwnPasswordForm(), form), 422
    return _back("telephone")


def sign_out_elsewhere() -> ResponseReturnValue:
    """POST /account/sign-out-elsewhere."""
    session, now = signed_in(), services().now()
    services().store.commit(lambda connection: own_account.sign_out_elsewhere(connection, session, now))
    return _back("sessions")


def _account(password: OwnPasswordForm, telephone: OwnTelephoneForm) -> str:
    session, known = signed_in(), services()
    with known.store.read() as connection:
        found = own_account.own_account(connection, session, known.secret, known.now())
    return render_template(
        "console/account.html",
        account=found,
        password=password,
        telephone=telephone,
        first=session.officer.must_change,
        done=request.args.get("done"),
    )


def _back(done: str) -> ResponseReturnValue:
    return redirect(url_for("console.account", done=done), 303)


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/account", "account", page, "GET"),
    ("/account/password", "change_password", change_password, "POST"),
    ("/account/telephone", "change_own_telephone", change_telephone, "POST"),
    ("/account/sign-out-elsewhere", "sign_out_elsewhere", sign_out_elsewhere, "POST"),
)
