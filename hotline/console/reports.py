"""/reports: what is to be looked into; /reports/<reference>: one report with its calls."""

from flask import render_template
from flask.typing import ResponseReturnValue

from hotline.casework import call_log
from hotline.casework.people import CONTENT, waiting_for_grants
from hotline.casework.playback import text_words
from hotline.console.door import signed_in
from hotline.console.filters import asked_for, category_choices, next_page
from hotline.console.services import services
from hotline.console.words import KINDS, REPORT_KINDS


def board() -> ResponseReturnValue:
    """The reports of the officer's unit, the newest first."""
    kinds = {kind: KINDS[kind] for kind in REPORT_KINDS}
    wanted = asked_for(kinds)
    with services().store.read() as connection:
        rows = call_log.newest_reports(connection, call_log.units_of(signed_in().officer), wanted)
    return render_template(
        "console/reports.html",
        reports=rows,
        wanted=wanted,
        kinds=kinds,
        categories=category_choices(),
        older=next_page(rows, wanted),
    )


def page(reference: str) -> ResponseReturnValue:
    """One report."""
    session = signed_in()
    with services().store.read() as connection:
        found = call_log.report_page(connection, session.officer, reference)
        waiting = waiting_for_grants(connection, officer_id=session.officer.id)
        locked = any(one.key_kind == CONTENT for one in waiting)
        words = None
        if found.text_id is not None and not locked:
            words = text_words(connection, session.officer, session.open_keys(connection), found.text_id)
    return render_template("console/report.html", page=found, report=found.report, locked=locked, words=words)
