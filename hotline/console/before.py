"""/statistics/before: the figures of the time before, as they were published, beside what has been counted since."""

import json
from collections.abc import Callable

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from hotline.casework.call_log import units_of
from hotline.casework.past.baselines import baseline_of
from hotline.casework.past.comparison import compared, since
from hotline.casework.past.printed_baseline import baseline_document
from hotline.casework.roster import zone_of
from hotline.console.door import signed_in
from hotline.console.languages import page_language
from hotline.console.services import services
from hotline.errors import NotFoundError
from hotline.forms.choice import FORMS, Paper, document_as
from hotline.forms.reading import written


def page() -> ResponseReturnValue:
    """The published figures with their source, and the comparison; without any, how to take them in."""
    session, language = signed_in(), page_language()
    units_of(session.officer)
    with services().store.read() as connection:
        kept, zone = baseline_of(connection, session.officer.unit_id), zone_of(connection, session.officer.unit_id)
        found = since(connection, session.officer.unit_id)
    if kept is None:
        return render_template("console/before.html", document=None, found=found, zone=zone)
    document = baseline_document(kept, session.unit_name, zone, language)
    return render_template(
        "console/before.html",
        document=document,
        compared=compared(kept.baseline, found, language),
        found=found,
        zone=zone,
        forms=[form for form in ("pdf", "xlsx", "csv", "json") if form in FORMS],
        written=lambda cell: written(cell, document),
    )


def file(form: str) -> ResponseReturnValue:
    """The same as a file: /statistics/before/pdf. Raises NotFoundError."""
    session = signed_in()
    units_of(session.officer)
    with services().store.read() as connection:
        kept, zone = baseline_of(connection, session.officer.unit_id), zone_of(connection, session.officer.unit_id)
    if kept is None or form not in FORMS:
        raise NotFoundError
    if form == "json":
        told = json.dumps(kept.baseline.to_json(), ensure_ascii=False)
        return _sent(Paper(told.encode(), "application/json"), form)
    return _sent(document_as(form, baseline_document(kept, session.unit_name, zone, page_language())), form)


def _sent(paper: Paper, form: str) -> Response:
    response = Response(paper.content, content_type=paper.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="before.{form}"'
    return response


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/statistics/before", "before", page, "GET"),
    ("/statistics/before/<form>", "before_file", file, "GET"),
)
