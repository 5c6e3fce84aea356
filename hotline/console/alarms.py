"""/alarms: what has rung, what to do about it, and who has dealt with what."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hotline.casework import alarms
from hotline.console.door import signed_in
from hotline.console.filters import row_number
from hotline.console.services import services


def page() -> ResponseReturnValue:
    """The open ones, and a page of what has been dealt with."""
    officer, before = signed_in().officer, row_number(request.args.get("before", ""))
    with services().store.read() as connection:
        ringing = alarms.open_alarms(connection, officer)
        past = alarms.past_alarms(connection, officer, before)
    more = len(past) == alarms.A_PAGE_OF_HISTORY
    return render_template(
        "console/alarms.html",
        ringing=ringing,
        past=past,
        before=before,
        may_deal=alarms.may_deal(officer),
        older=url_for("console.alarms", before=past[-1].id) if more else None,
    )


def deal_with(alarm_id: int) -> ResponseReturnValue:
    """POST …/settlement: somebody has seen to it."""
    officer, now = signed_in().officer, services().now()
    if services().store.commit(lambda connection: alarms.deal_with(connection, officer, alarm_id, now)):
        flash(gettext("That alarm is dealt with."))
    else:
        flash(gettext("Somebody has dealt with that alarm before you."))
    return redirect(url_for("console.alarms"), 303)
