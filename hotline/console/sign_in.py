"""GET and POST /sign-in, POST /sign-out."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hotline.casework import sign_in as signing
from hotline.casework.sign_in import WINDOW, SignInRefusedError, TooManyTriesError
from hotline.console.door import hand_over, signed_in, source, take_back, visitor
from hotline.console.languages import our_page
from hotline.console.navigation import first_page
from hotline.console.services import services


def page() -> ResponseReturnValue:
    """The form; who is signed in already goes on."""
    if visitor() is not None:
        return redirect(url_for("console.home"), 303)
    return _form()


def enter() -> ResponseReturnValue:
    """Try the login and the password."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    known = services()
    try:
        new = signing.sign_in(known.store, login, password, source(), known.secret, known.now())
    except SignInRefusedError:
        return _form(gettext("This name and password do not match. Please try again."), login), 403
    except TooManyTriesError:
        minutes = int(WINDOW.total_seconds()) // 60
        trouble = gettext("Too many tries from here. Please wait %(minutes)s minutes.", minutes=minutes)
        return _form(trouble, login), 429, {"Retry-After": str(minutes * 60)}
    return hand_over(redirect(_where_to() or url_for(first_page(new.officer.role)), 303), new.token)


def leave() -> ResponseReturnValue:
    """End the session."""
    signing.sign_out(services().store, signed_in(), services().now())
    return take_back(redirect(url_for("console.sign_in"), 303))


def _form(trouble: str | None = None, login: str = "") -> str:
    return render_template("console/sign_in.html", trouble=trouble, login=login[:60], next=_where_to())


def _where_to() -> str | None:
    return our_page(request.values.get("next"))
