"""Pages go out compressed: they are read on weak mobile connections."""

import gzip

from flask import Response, request

_WORTH_IT = frozenset({"text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml"})
_NOT_WORTH_IT_BYTES = 1000
_QUICKLY = 5  # of nine levels; the last ones cost time and gain nothing


def compress(response: Response) -> Response:
    """Compress what the console sends as text, where the browser takes it.

    A page holds its form's token beside words from the address, which compression could leak bit by bit to another
    site that asks for it again and again; our cookies are never sent along by another site."""
    if request.blueprint not in ("console", "bootstrap") or response.mimetype not in _WORTH_IT:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or request.method == "HEAD" or not request.accept_encodings["gzip"]:
        return response
    plain = _read(response)
    if len(plain) >= _NOT_WORTH_IT_BYTES:
        response.set_data(gzip.compress(plain, _QUICKLY, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        if etag := response.get_etag()[0]:
            response.set_etag(etag, weak=True)
    return response


def _read(response: Response) -> bytes:
    """The whole of it; a file that is being sent is closed with that."""
    sent, response.direct_passthrough = response.response, False
    plain = response.get_data()
    if hasattr(sent, "close"):
        sent.close()
    return plain
