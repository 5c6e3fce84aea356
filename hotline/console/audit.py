"""/audit: who did what and when, for chief and deputy. Read only, and reading it is no act."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from hotline.casework.audit_log import newest_acts
from hotline.console.door import signed_in
from hotline.console.services import services

ROWS_A_PAGE = 50


def page() -> ResponseReturnValue:
    """The acts of the unit, the newest first."""
    session = signed_in()
    with services().store.read() as connection:
        keys = session.open_keys(connection)
        acts = newest_acts(connection, session.officer, keys, ROWS_A_PAGE, _before())
    older = url_for("console.audit", before=acts[-1].id) if len(acts) == ROWS_A_PAGE else None
    return render_template("console/audit.html", acts=acts, older=older)


def _before() -> int | None:
    """The number of the last row already seen; anything else in the address counts as not given."""
    before = request.args.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
