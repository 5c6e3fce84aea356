"""/reports: the board of what is to be looked into, the most urgent of what is open on top."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from hotline.casework import call_log, report_board
from hotline.console.door import signed_in
from hotline.console.filters import board_asked_for, category_choices
from hotline.console.report_words import named_choices
from hotline.console.services import services
from hotline.console.words import KINDS, REPORT_KINDS
from ivr_flows.taxonomy import load_taxonomy


def board() -> ResponseReturnValue:
    """The reports of the officer's unit."""
    kinds, officer, known = {kind: KINDS[kind] for kind in REPORT_KINDS}, signed_in().officer, services()
    wanted = board_asked_for(kinds, officer.id)
    with known.store.read() as connection:
        rows = report_board.board(connection, call_log.units_of(officer), wanted)
    return render_template(
        "console/reports.html",
        reports=rows,
        wanted=wanted,
        kinds=kinds,
        categories=category_choices(),
        statuses=dict(named_choices(load_taxonomy().statuses)),
        now=known.now(),
        older=_next_page(rows, wanted),
    )


def _next_page(rows: list[call_log.ReportRow], wanted: call_log.Filter) -> str | None:
    """The address of the rows after these; None where these are the last."""
    if len(rows) < wanted.limit:
        return None
    kept = {name: value for name, value in request.args.items() if name in _KEPT and value}
    return url_for("console.reports", before=rows[-1].id, **kept)  # type: ignore[arg-type]


_KEPT = ("kind", "category", "month", "status", "mine")
