"""What a visitor reads when something does not work: one plain page, without a word about the inside."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from hotline.casework.audit import AuditError
from hotline.casework.desk import NotTheirTaskError
from hotline.console.door import look_who_it_is, note_refusal
from hotline.console.prompt_words import TOO_LARGE
from hotline.errors import AccessRefusedError, NotFoundError, StoreUnavailableError
from storage.busy import StoreBusy
from storage.sealing import UnsealError


def add_to(pages: Blueprint) -> None:
    """Answer the errors of the console, and of addresses that lead nowhere."""
    pages.register_error_handler(NotFoundError, _not_found)
    pages.register_error_handler(AccessRefusedError, _refused)
    pages.register_error_handler(NotTheirTaskError, _not_their_task)
    pages.register_error_handler(CSRFError, _form_too_old)
    pages.register_error_handler(StoreBusy, _busy)
    pages.register_error_handler(StoreUnavailableError, _busy)
    pages.register_error_handler(AuditError, _unaudited)
    pages.register_error_handler(UnsealError, _unreadable)
    pages.register_error_handler(RequestEntityTooLarge, _too_large)
    pages.register_error_handler(HTTPException, _other)
    pages.app_errorhandler(NotFound)(_no_such_address)
    pages.app_errorhandler(MethodNotAllowed)(_no_such_address)


def _page(status: int, title: str, advice: str) -> tuple[str, int]:
    return render_template("console/trouble.html", title=title, advice=advice), status


def _not_found(_error: Exception) -> ResponseReturnValue:
    note_refusal(404)
    return _page(
        404,
        gettext("There is no such page"),
        gettext("The address may be mistyped, or what it shows is not your unit's."),
    )


def _refused(_error: Exception) -> ResponseReturnValue:
    note_refusal(403)
    return _page(
        403,
        gettext("This account may not see that"),
        gettext(
            "Calls, reports and recordings are open to the officers of the unit only, with the keys they were given."
        ),
    )


def _not_their_task(_error: Exception) -> ResponseReturnValue:
    note_refusal(403)
    return _page(
        403,
        gettext("This is not for your role to do"),
        gettext("Nothing was changed. Ask an officer or a chief of your unit."),
    )


def _form_too_old(_error: Exception) -> ResponseReturnValue:
    note_refusal(400)
    return _page(
        400, gettext("This form has expired"), gettext("Nothing was changed. Go back, reload the page and try again.")
    )


def _busy(_error: Exception) -> ResponseReturnValue:
    return _page(
        503, gettext("The line is busy with calls"), gettext("Nothing was changed. Please try again in a moment.")
    )


def _unaudited(_error: Exception) -> ResponseReturnValue:
    return _page(
        503,
        gettext("This cannot be opened now"),
        gettext("Who opens what is written down first, and that does not work. Tell whoever looks after this machine."),
    )


def _unreadable(_error: Exception) -> ResponseReturnValue:
    return _page(
        500,
        gettext("This recording cannot be opened"),
        gettext("The kept file is not what was put there. Tell whoever looks after this machine."),
    )


def _too_large(_error: Exception) -> ResponseReturnValue:
    advice = str(TOO_LARGE) if request.endpoint == "console.keep_prompt_take" else gettext("Please write less.")
    return _page(413, gettext("That is too large"), advice)


def _other(error: Exception) -> ResponseReturnValue:
    status = error.code if isinstance(error, HTTPException) and error.code else 500
    if status < 400:
        return error  # type: ignore[return-value]  # a redirect is an answer, not a trouble
    page, _ = _page(status, gettext("That did not work"), gettext("Go back and try again."))
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return page, status, {"Allow": ", ".join(sorted(methods))} if methods else {}


def _no_such_address(error: Exception) -> ResponseReturnValue:
    """Only where no part of the application felt responsible: the carrier's routes answer for themselves."""
    if request.endpoint is not None:
        return error  # type: ignore[return-value]
    look_who_it_is()
    return _not_found(error) if isinstance(error, NotFound) else _other(error)
