"""/follow-ups: what nobody has taken yet, how far it has climbed, and who was reached how."""

from flask import render_template
from flask.typing import ResponseReturnValue

from hotline.casework.desk import ACKNOWLEDGE, may
from hotline.casework.follow_up_list import climbing
from hotline.console.door import signed_in
from hotline.console.services import services


def page() -> ResponseReturnValue:
    """What climbs in the officer's unit, exhausted first."""
    officer = signed_in().officer
    with services().store.read() as connection:
        found = climbing(connection, officer)
    return render_template("console/follow_ups.html", follow_ups=found, may_take=may(officer, ACKNOWLEDGE))
