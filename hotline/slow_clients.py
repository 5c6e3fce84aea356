"""Whoever sends a request slowly, or never to its end, keeps nobody else waiting."""

from collections.abc import Iterable
from io import BytesIO
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SMALL_BODY = 64 * 1024
"""Bytes; no carrier's form is longer, and no page's but one that brings a recording."""
MOST_CLIENTS = 2048
"""How many requests may be coming in at once. Each has a thread that sleeps until its body is there."""
_MOST_LARGE = 8  # requests at once that are read while they are worked on: their own, not the callers' share


class BodyFirst:
    """An application that works on so many requests at once, `at_work`, and on none before its body is there.

    The server reads a body in the thread that asks for it and waits without end: as many slow clients as there are
    threads at work would silence the line. A long body, or one of unknown length, is not kept waiting here, since it
    would fill the memory; it is read at work, in one of a few places that no call needs."""

    def __init__(self, application: "WSGIApplication", at_work: int) -> None:
        self._application = application
        self._small = BoundedSemaphore(at_work)
        self._large = BoundedSemaphore(_MOST_LARGE)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        places = self._small if _has_come(environ) else self._large
        with places:
            return self._application(environ, start_response)


def _has_come(environ: "WSGIEnvironment") -> bool:
    """Wait for the body of a request where it is short; tell whether it was."""
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared and environ["REQUEST_METHOD"] in ("GET", "HEAD") and "HTTP_TRANSFER_ENCODING" not in environ:
        return True
    if not (declared.isascii() and declared.isdigit() and len(declared) < 10 and int(declared) <= SMALL_BODY):
        return False
    environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(declared)))
    return True
