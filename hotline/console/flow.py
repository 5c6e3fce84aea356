"""/flow: the picture of what callers walk through, its versions, and where callers are lost in a month."""

from collections.abc import Callable

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hotline.casework.flow_versions import live_flow
from hotline.casework.flow_view import FlowView, flow_view, refuse_who_may_not_see
from hotline.console.door import signed_in
from hotline.console.services import services
from hotline.errors import NotFoundError
from ivr_flows.drawing import DrawingError, to_svg


def page() -> ResponseReturnValue:
    """The flow with the figures of a month and, if asked for, of one language."""
    shown = _view()
    if shown is None:
        return render_template("console/flow.html", shown=None)
    picture = url_for("console.flow_picture", month=shown.month, language=shown.language)
    return render_template("console/flow.html", shown=shown, picture=picture)


def picture() -> ResponseReturnValue:
    """The same as an SVG picture; the table beside it on the page says the same in words."""
    shown = _view()
    if shown is None:
        raise NotFoundError
    try:
        return Response(to_svg(shown.flow, _told(shown), shown.most_lost), mimetype="image/svg+xml")
    except DrawingError:
        return Response(status=503)


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/flow", "flow", page, "GET"),
    ("/flow/picture.svg", "flow_picture", picture, "GET"),
)


def _view() -> FlowView | None:
    """What there is to see; None where the unit has no line."""
    officer, now = signed_in().officer, services().now()
    refuse_who_may_not_see(officer)
    with services().store.read() as connection:
        try:
            live_flow(connection, officer.unit_id)
        except NotFoundError:
            return None
        return flow_view(connection, officer, request.args.get("month"), request.args.get("language"), now)


def _told(shown: FlowView) -> dict[str, str]:
    """The line that the picture writes into each box where callers have waited."""
    return {
        one.node: gettext("%(reached)s calls, %(lost)s lost here", reached=one.reached, lost=one.lost)
        for one in shown.funnel.nodes
    }
