"""The console as one blueprint, for the web process to take in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Blueprint, Flask, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect
from jinja2 import pass_context
from jinja2.runtime import Context

from hotline.console import (
    account,
    alarms,
    audit,
    before,
    board,
    call_back,
    calls,
    door,
    entries,
    flow,
    follow_ups,
    headers,
    incidents,
    languages,
    lightness,
    navigation,
    people,
    prompts,
    province,
    report_page,
    report_work,
    reports,
    reveals,
    roster,
    settings_page,
    settings_places,
    settings_policies,
    sign_in,
    statistics,
    troubles,
)
from hotline.console.acts import ACT_WORDS
from hotline.console.alarm_words import ALARM_WORDS
from hotline.console.board_words import BOARD_WORDS
from hotline.console.follow_up_words import FOLLOW_UP_WORDS
from hotline.console.form_sessions import FormSessions
from hotline.console.number_words import NUMBER_WORDS
from hotline.console.people_words import PEOPLE_WORDS
from hotline.console.prompt_words import WORDS as PROMPT_WORDS
from hotline.console.register_words import WORDS as REGISTER_WORDS
from hotline.console.report_words import REPORT_WORDS
from hotline.console.roster_words import WORDS as ROSTER_WORDS
from hotline.console.services import NAME, Services
from hotline.console.settings_words import SETTINGS_WORDS
from hotline.console.words import WORDS

FILTERS = (
    WORDS,
    ROSTER_WORDS,
    ACT_WORDS,
    REPORT_WORDS,
    FOLLOW_UP_WORDS,
    REGISTER_WORDS,
    NUMBER_WORDS,
    PEOPLE_WORDS,
    SETTINGS_WORDS,
    PROMPT_WORDS,
    BOARD_WORDS,
    ALARM_WORDS,
)
FORM_LIFETIME_S = 12 * 3600
LARGEST_FORM = 64 * 1024
LARGEST = {"console.keep_prompt_take": prompts.LARGEST_UPLOAD}  # else
_csrf = CSRFProtect()


def create_console(given: Services) -> Blueprint:
    """All pages of the console; registering it also sets up forms, languages and the look."""
    pages = Blueprint(
        "console", __name__, template_folder="templates", static_folder="static", static_url_path="/console/static"
    )
    pages.record_once(lambda state: _set_up(state, given))
    pages.before_request(door.require_session)
    pages.before_request(door.refuse_impossible_names)
    pages.before_request(_check_form)
    pages.after_app_request(headers.protect)
    pages.after_app_request(lightness.compress)
    pages.app_context_processor(_known_to_templates)
    troubles.add_to(pages)
    _add_addresses(pages)
    return pages


def _add_addresses(pages: Blueprint) -> None:
    pages.add_url_rule("/", "home", _home)
    pages.add_url_rule("/sign-in", "sign_in", sign_in.page)
    pages.add_url_rule("/sign-in", "enter", sign_in.enter, methods=["POST"])
    pages.add_url_rule("/sign-out", "leave", sign_in.leave, methods=["POST"])
    pages.add_url_rule("/language", "choose_language", languages.choose_language, methods=["POST"])
    pages.add_url_rule("/board", "board", board.page)
    pages.add_url_rule("/board/now", "board_now", board.now)
    pages.add_url_rule("/alarms", "alarms", alarms.page)
    pages.add_url_rule("/alarms/<int:alarm_id>/settlement", "settle_alarm", alarms.deal_with, methods=["POST"])
    pages.add_url_rule("/calls", "calls", calls.log)
    pages.add_url_rule("/calls/<int:call_id>", "call", calls.page)
    pages.add_url_rule("/calls/<int:call_id>/recordings/<int:recording_id>", "recording", calls.recording)
    pages.add_url_rule("/reports", "reports", reports.board)
    pages.add_url_rule("/reports/<reference>", "report", report_page.page)
    for noun, act in _WORK_ON_REPORTS.items():
        pages.add_url_rule(f"/reports/<reference>/{noun}", act.__name__, act, methods=["POST"])
    pages.add_url_rule("/follow-ups", "follow_ups", follow_ups.page)
    pages.add_url_rule("/reveals", "reveals", reveals.page)
    pages.add_url_rule("/reveals/<int:reveal_id>/approval", "approve_reveal", reveals.approve, methods=["POST"])
    pages.add_url_rule("/reveals/<int:reveal_id>/refusal", "refuse_reveal", reveals.refuse, methods=["POST"])
    pages.add_url_rule("/reveals/<int:reveal_id>/reading", "read_reveal", reveals.read, methods=["POST"])
    pages.add_url_rule("/audit", "audit", audit.page)
    for address, name, view, method in (row for room in _ROOMS for row in room.ADDRESSES):
        pages.add_url_rule(address, name, view, methods=[method])


_ROOMS = (
    roster,
    statistics,
    province,
    incidents,
    entries,
    before,
    people,
    account,
    settings_page,
    settings_places,
    settings_policies,
    prompts,
    flow,
)
_WORK_ON_REPORTS: dict[str, Callable[..., ResponseReturnValue]] = {
    "acknowledgement": report_work.acknowledge,
    "triage": report_work.triage,
    "assignment": report_work.assign,
    "verification": report_work.start,
    "finding": report_work.verify,
    "file": report_work.file,
    "transfers": report_work.transfer,
    "transfers/<int:transfer_id>/confirmation": report_work.confirm_transfer,
    "closure": report_work.close,
    "classifications": report_work.classify,
    "deadline": report_work.set_deadline,
    "usefulness": report_work.rate,
    "notes": report_work.note,
    "measures": report_work.measure,
    "measures/<int:measure_id>/withdrawal": report_work.withdraw_measure,
    "call-backs": call_back.call_back,
    "ring-back-safety": call_back.judge_safety,
    "reveals": reveals.ask_for_number,
}


def _home() -> ResponseReturnValue:
    """To the first page of the reader's menu: the board for those who work here."""
    return redirect(url_for(navigation.first_page(door.signed_in().officer.role)), 303)


def _set_up(state: BlueprintSetupState, given: Services) -> None:
    app = cast(Flask, state.app)
    app.extensions[NAME] = given
    app.secret_key = app.secret_key or given.secret.mac("console-forms", b"").hex()
    app.session_interface = FormSessions()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-hotline-form" if given.settings.secure else "hotline_form",
        SESSION_COOKIE_SECURE=given.settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_CHECK_DEFAULT=False,  # the carrier's routes have signatures; ours are checked in `_check_form`
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, and our pages send none
        WTF_CSRF_TIME_LIMIT=FORM_LIFETIME_S,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_DEFAULT_LOCALE="vi",
        BABEL_TRANSLATION_DIRECTORIES=f"{state.blueprint.root_path}/translations",
        BABEL_DOMAIN="console",
    )
    Bootstrap5(app)
    Babel(app, locale_selector=languages.chosen_language)
    _csrf.init_app(app)
    app.jinja_env.filters.update({word.__name__: _read_anew(word) for words in FILTERS for word in words})


def _read_anew(word: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that Jinja asks whenever it is read. It works `"duty" | group_word` out when it compiles a template,
    which would freeze the word in the language of whoever came first."""

    @pass_context
    @wraps(word)
    def read(_: Context, *given: Any, **named: Any) -> Any:
        return word(*given, **named)

    return read


def _check_form() -> None:
    request.max_content_length = LARGEST.get(request.endpoint or "", LARGEST_FORM)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        _csrf.protect()


def _known_to_templates() -> dict[str, Any]:
    session = door.visitor()
    return {
        "officer": session.officer if session else None,
        "unit_name": session.unit_name if session else None,
        "languages": languages.LANGUAGES,
        "page_language": languages.page_language,
        "duty_gap": roster.duty_gap,
        "menu": navigation.menu,
        "reveal_waits": reveals.reveal_waits,
    }
