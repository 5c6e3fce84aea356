"""/reports: the board of what is to be looked into, the most urgent of what is open on top."""

from flask import render_template
from flask.typing import ResponseReturnValue

from hotline.casework import call_log, report_board
from hotline.casework.call_log_choices import LogChoices, log_choices
from hotline.console.door import signed_in
from hotline.console.filters import Choices, board_asked_for, category_choices, is_narrowed, next_page, search
from hotline.console.report_words import named_choices
from hotline.console.services import services
from hotline.console.words import KINDS, REPORT_KINDS
from ivr_flows.taxonomy import load_taxonomy


def board() -> ResponseReturnValue:
    """The reports of the officer's unit."""
    kinds, officer, known = {kind: str(KINDS[kind]) for kind in REPORT_KINDS}, signed_in().officer, services()
    found = search()
    with known.store.read() as connection:
        choices = _choices(log_choices(connection, officer))
        wanted = board_asked_for(kinds, choices, officer.id)
        rows = [] if found.odd else report_board.board(connection, call_log.units_of(officer), wanted)
    return render_template(
        "console/reports.html",
        reports=rows,
        wanted=wanted,
        search=found,
        narrowed=found.odd or is_narrowed(wanted),
        own_id=officer.id,
        kinds=kinds,
        categories=category_choices(),
        choices=choices,
        now=known.now(),
        older=next_page(rows, wanted),
    )


def _choices(of_unit: LogChoices) -> Choices:
    taxonomy = load_taxonomy()
    return Choices(
        outcomes=dict(named_choices(taxonomy.outcomes)),
        languages={},
        places=of_unit.places,
        officers=of_unit.officers,
        statuses=dict(named_choices(taxonomy.statuses)),
    )
