"""/calls: the log; /calls/<id>: one call with what was heard, said and made of it."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from hotline.casework import call_log
from hotline.casework.call_log_choices import LogChoices, log_choices
from hotline.casework.lines import flow_of
from hotline.casework.people import CONTENT, waiting_for_grants
from hotline.casework.playback import UNPLAYABLE, hear, kept_recording
from hotline.console.door import signed_in
from hotline.console.filters import Choices, asked_for, category_choices, is_narrowed, next_page, search
from hotline.console.languages import page_language
from hotline.console.number_panel import number_panel
from hotline.console.services import services
from hotline.console.words import KINDS, OUTCOMES, language_word, outcome_word, prompt_words
from ivr_flows.reading import FlowFileError


def log() -> ResponseReturnValue:
    """The calls of the officer's unit, the newest first."""
    officer, found = signed_in().officer, search()
    with services().store.read() as connection:
        choices = _choices(log_choices(connection, officer))
        wanted = asked_for(KINDS, choices)
        rows = [] if found.odd else call_log.newest_calls(connection, call_log.units_of(officer), wanted)
    return render_template(
        "console/calls.html",
        calls=rows,
        wanted=wanted,
        search=found,
        narrowed=found.odd or is_narrowed(wanted),
        kinds=KINDS,
        categories=category_choices(),
        choices=choices,
        older=next_page(rows, wanted),
    )


def _choices(of_unit: LogChoices) -> Choices:
    return Choices(
        outcomes={code: outcome_word(code) for code in OUTCOMES},
        languages={code: language_word(code) for code in of_unit.languages},
        places={},
        officers=of_unit.officers,
        statuses={},
    )


def page(call_id: int) -> ResponseReturnValue:
    """One call."""
    session = signed_in()
    officer = session.officer
    with services().store.read() as connection:
        found = call_log.call_page(connection, officer, call_id)
        keys, report = session.open_keys(connection), found.report
        numbers = number_panel(connection, officer, keys, report.reference) if report else None
        waiting = waiting_for_grants(connection, officer_id=officer.id)
        asked = _asked(connection, found.call.flow_version, {step.node for step in found.steps})
    locked = any(one.key_kind == CONTENT for one in waiting)
    return render_template(
        "console/call.html", page=found, call=found.call, locked=locked, asked=asked, numbers=numbers
    )


def _asked(connection: Connection, flow_version: str, nodes: set[str]) -> dict[str, str]:
    """What each node says; nothing where a version of long ago can no longer be read."""
    try:
        flow = flow_of(connection, flow_version)
    except FlowFileError:
        return dict.fromkeys(nodes, "")
    return {node: prompt_words(flow, node, page_language()) for node in nodes}


def recording(call_id: int, recording_id: int) -> ResponseReturnValue:
    """The sound itself, unsealed on its way out; a player may ask for a part of it."""
    session, known = signed_in(), services()
    with known.store.read() as connection:
        kept = kept_recording(connection, session.officer, call_id, recording_id)
        keys = session.open_keys(connection)
    playback = hear(known.store, known.vault, session.officer, keys, kept, known.now())
    response = Response(playback.chunks, content_type=playback.media_type)
    response.content_length = playback.size
    if playback.media_type == UNPLAYABLE:
        response.headers["Content-Disposition"] = "attachment"
    return response.make_conditional(request, accept_ranges=True, complete_length=playback.size)
