"""/board: what is open now, left open all night; /board/now: the part of it that changes, for its script."""

import hashlib

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from hotline.casework import board as board_of
from hotline.casework.alarms import may_deal
from hotline.casework.board import Board
from hotline.casework.desk import ACKNOWLEDGE, may
from hotline.console.door import signed_in
from hotline.console.languages import page_language
from hotline.console.services import services

REFRESHED_EVERY_S = 15
WITHOUT_SCRIPTS_S = 30


def page() -> ResponseReturnValue:
    """The whole page."""
    board = _read()
    return render_template(
        "console/board.html", **_shown(board), tag=_tag(board), every_s=REFRESHED_EVERY_S, reload_s=WITHOUT_SCRIPTS_S
    )


def now() -> ResponseReturnValue:
    """The part that changes. Whoever shows it already is told so in a few bytes, and nothing is rendered."""
    board = _read()
    tag = _tag(board)
    if request.if_none_match.contains_weak(tag):
        answer = Response(status=304)
    else:
        answer = make_response(render_template("console/board_now.html", **_shown(board)))
    answer.set_etag(tag)
    return answer


def _read() -> Board:
    officer, known = signed_in().officer, services()
    with known.store.read() as connection:
        return board_of.board(connection, officer, known.now())


def _shown(board: Board) -> dict[str, object]:
    officer = signed_in().officer
    return {
        "board": board,
        "may_take": may(officer, ACKNOWLEDGE),
        "may_deal": may_deal(officer),
        "zone": board.zone,
    }


def _tag(board: Board) -> str:
    """Names what is shown: the rows and the reader. The hour is in it because the forms' tokens grow old."""
    officer, hour = signed_in().officer, services().now().strftime("%Y-%m-%dT%H")
    shown = repr((board, officer.id, officer.role, page_language(), hour))
    return hashlib.sha256(shown.encode()).hexdigest()[:20]
