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
from hotline.casework.statistics.printed import Document
from hotline.console.door import signed_in
from hotline.console.languages import page_language
from hotline.console.services import services
from hotline.errors import NotFoundError
from hotline.forms.csv_file import write_csv
from hotline.forms.pdf_file import write_pdf
from hotline.forms.reading import written
from hotline.forms.xlsx_file import write_xlsx

FORMS: dict[str, tuple[Callable[[Document], bytes], str]] = {
    "pdf": (write_pdf, "application/pdf"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (write_csv, "text/csv; charset=utf-8"),
}


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
        forms=(*FORMS, "json"),
        written=lambda cell: written(cell, document),
    )


def file(form: str) -> ResponseReturnValue:
    """The same as a file: /statistics/before/pdf. Raises NotFoundError."""
    session = signed_in()
    units_of(session.officer)
    with services().store.read() as connection:
        kept, zone = baseline_of(connection, session.officer.unit_id), zone_of(connection, session.officer.unit_id)
    if kept is None or form not in (*FORMS, "json"):
        raise NotFoundError
    if form == "json":
        return _sent(json.dumps(kept.baseline.to_json(), ensure_ascii=False).encode(), "application/json", form)
    write, media_type = FORMS[form]
    return _sent(write(baseline_document(kept, session.unit_name, zone, page_language())), media_type, form)


def _sent(content: bytes, media_type: str, form: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="before.{form}"'
    return response


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/statistics/before", "before", page, "GET"),
    ("/statistics/before/<form>", "before_file", file, "GET"),
)
