"""/reports/<reference>: one report with its calls, its clocks, the work on it, and the forms to work with."""

from dataclasses import dataclass, field
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from hotline.casework import call_log, report_work
from hotline.casework.call_log import ReportRow
from hotline.casework.corrections import USEFULNESS
from hotline.casework.people import CONTENT, waiting_for_grants
from hotline.casework.playback import read_text
from hotline.casework.report_work import WorkPage
from hotline.console.door import signed_in
from hotline.console.filters import category_choices
from hotline.console.number_panel import number_panel
from hotline.console.report_forms import FORMS, ReportForm
from hotline.console.report_words import named_choices
from hotline.console.services import services
from ivr_flows.taxonomy import load_taxonomy


@dataclass(frozen=True)
class Returned:
    """A form that comes back with what was typed into it; `row_id` where a page has several of its kind."""

    name: str
    form: ReportForm
    row_id: int | None = field(default=None)


def page(reference: str) -> ResponseReturnValue:
    """One report."""
    return show(reference)


def show(reference: str, returned: Returned | None = None, trouble: str | None = None) -> str:
    """The page; with a form that was sent in vain open, and the trouble with it on top."""
    session, known, words = signed_in(), services(), None
    with known.store.read() as connection:
        found = call_log.report_page(connection, session.officer, reference)
        waiting = waiting_for_grants(connection, officer_id=session.officer.id)
        keys = session.open_keys(connection)
        numbers = number_panel(connection, session.officer, keys, reference)
    locked = any(one.key_kind == CONTENT for one in waiting)
    if found.text_id is not None and not locked:
        words = read_text(known.store, session.officer, keys, found.text_id, known.now())
    work = report_work.read_work(known.store, session.officer, keys, reference, known.now())
    return render_template(
        "console/report.html",
        page=found,
        report=found.report,
        locked=locked,
        words=words,
        work=work,
        forms=_forms(found.report, work, returned),
        returned=returned,
        trouble=trouble,
        numbers=numbers,
        today=known.now().astimezone(found.report.received_at.tzinfo).date().isoformat(),
        place_names=dict(work.places),
        categories=category_choices(),
        urgencies=named_choices(load_taxonomy().urgencies),
        measures=named_choices(load_taxonomy().measures),
        usefulness=USEFULNESS,
    )


def _forms(report: ReportRow, work: WorkPage, returned: Returned | None) -> dict[str, ReportForm]:
    """Every form as it stands on the page: filled with what is known, or as it came back."""
    known: dict[str, dict[str, Any]] = {
        "classification": {
            "category": report.category,
            "urgency": report.urgency,
            "place_id": str(work.place_id or ""),
            "unsafe_to_ring_back": work.unsafe_to_ring_back,
            "follows": next((one.reference for one in work.linked if one.ours and one.kind == "addition"), ""),
        },
        "assignment": {"login": report.assigned_to},
        "deadline": {"due_at": work.due.by.strftime("%Y-%m-%dT%H:%M") if work.due.by else ""},
        "usefulness": {"usefulness": work.usefulness},
    }
    forms = {name: form(data=known.get(name, {})) for name, form in FORMS.items()}
    if returned is not None and returned.row_id is None:
        forms[returned.name] = returned.form
    return forms
