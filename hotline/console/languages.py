"""The language of a page: the officer's own, else the one chosen at the sign-in, else the browser's."""

import re

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from hotline.casework.people import choose_language as keep_language
from hotline.console.door import visitor
from hotline.console.services import services

LANGUAGES = {"vi": "Tiếng Việt", "en": "English", "ru": "Русский"}
COOKIE = "hotline_language"
A_YEAR_S = 365 * 24 * 3600
_OUR_PAGES = re.compile(
    r"/((sign-in|account|audit|board|alarms|follow-ups|reveals|incidents|flow)|calls(/\d+)?|reports(/[\w-]+)?"
    r"|roster(/[a-z-]+)?|people(/new|/\d+)?|settings(/[a-z-]+)*|prompts(/[a-z_.0-9]+)?"
    r"|statistics(/before|/\d{4}-\d\d|/province(/\d{4}(-\d\d)?)?)?)?(\?[\w=&%.:-]*)?"
)


def chosen_language() -> str:
    session = visitor()
    for choice in (session.officer.language if session else None, request.cookies.get(COOKIE)):
        if choice in LANGUAGES:
            return str(choice)
    return request.accept_languages.best_match(list(LANGUAGES)) or "vi"


def page_language() -> str:
    """The language this page is in, as a code."""
    return str(get_locale().language)


def choose_language() -> ResponseReturnValue:
    """POST /language: remember the choice, for the officer if there is one, and go back to the page."""
    choice = request.form.get("language", "")
    response = redirect(our_page(request.form.get("page")) or url_for("console.home"), 303)
    if choice not in LANGUAGES:
        return response
    if session := visitor():

        def keep(connection: Connection) -> None:
            keep_language(connection, session.officer.id, choice)

        services().store.commit(keep)
    return _remember(response, choice)


def _remember(response: Response, choice: str) -> Response:
    response.set_cookie(
        COOKIE, choice, max_age=A_YEAR_S, secure=services().settings.secure, httponly=True, samesite="Lax"
    )
    return response


def our_page(wanted: str | None) -> str | None:
    """An address to go on to, if it is a page of this console and nothing else."""
    return wanted if wanted and _OUR_PAGES.fullmatch(wanted) else None
