"""The door of the console: closed to everyone without a session, except for the pages named as open."""

import ipaddress
import logging

from flask import g, redirect, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from hotline.casework import audit
from hotline.casework.audit import AuditError
from hotline.casework.sign_in import Session, session_of
from hotline.console.services import services
from hotline.errors import NotFoundError
from storage.busy import StoreBusy

_log = logging.getLogger(__name__)
_MOST_ROWS = 10**8
_LARGEST_NUMBER = 2**31 - 1
OPEN = frozenset({"console.sign_in", "console.enter", "console.choose_language", "console.static"})
_BEFORE_CHANGE = OPEN | {"console.account", "console.change_password", "console.leave"}


def cookie_name() -> str:
    return "__Host-hotline" if services().settings.secure else "hotline_session"


def require_session() -> ResponseReturnValue | None:
    """Deny by default: a page is shown to a live session only, and to one with a first password only the account."""
    look_who_it_is()
    if (session := visitor()) is not None and session.officer.must_change and request.endpoint not in _BEFORE_CHANGE:
        return redirect(url_for("console.account"), 303)
    if request.endpoint in OPEN or session is not None:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("console.sign_in", next=None if wanted == "/" else wanted), 303)


def look_who_it_is() -> None:
    token = request.cookies.get(cookie_name(), "")
    g.console_session = session_of(services().store, token, services().now()) if token else None


def visitor() -> Session | None:
    """Whoever is signed in."""
    session: Session | None = g.get("console_session")
    return session


def refuse_impossible_names() -> None:
    """Nothing is called what no database can keep. Raises NotFoundError."""
    for value in (request.view_args or {}).values():
        if "\0" in str(value) or (isinstance(value, int) and value > _LARGEST_NUMBER):
            raise NotFoundError


def note_refusal(status: int) -> None:
    """Write into the audit that whoever is signed in was refused; a refusal stands, whether or not that works."""
    if (session := visitor()) is None or request.endpoint is None:
        return
    asked = {name: value for name, value in (request.view_args or {}).items() if _is_row_number(value)}
    details = {**asked, "status": status, "method": request.method}
    page, now = f"page/{request.endpoint.rpartition('.')[2]}", services().now()

    def write(connection: Connection) -> None:
        audit.append(connection, session.officer.id, "refused", page, details, now)

    try:
        services().store.commit(write)
    except (StoreBusy, AuditError):
        _log.warning("a refusal is missing in the audit: it could not be written")


def _is_row_number(value: object) -> bool:
    """Whether this is the number of a row, and not somebody's telephone number typed into the address."""
    return isinstance(value, int) and 0 <= value < _MOST_ROWS


def signed_in() -> Session:
    """Whoever is signed in, on a page that is shown to nobody else."""
    session = visitor()
    assert session is not None, "only pages behind the door ask"  # noqa: S101
    return session


def hand_over(response: Response, token: str) -> Response:
    """Give the session to the browser: for this browser window, out of reach of scripts and other sites."""
    form_session.clear()
    response.set_cookie(
        cookie_name(), token, path="/", secure=services().settings.secure, httponly=True, samesite="Strict"
    )
    return response


def take_back(response: Response) -> Response:
    response.delete_cookie(cookie_name(), path="/", secure=services().settings.secure, httponly=True, samesite="Strict")
    return response


def source() -> str:
    """Where a request comes from, for the throttle: behind a proxy on this machine what the proxy saw,
    and of an IPv6 address the network, because one household has billions of them."""
    peer = _address(request.remote_addr or "")
    if peer is not None and peer.is_loopback:
        peer = _address(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()) or peer
    if isinstance(peer, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((peer, 64), strict=False))
    return str(peer)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
