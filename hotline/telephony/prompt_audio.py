"""GET /voice/prompts/<digest>.wav: the recorded prompts, for the carrier to play.

Open to everyone: a carrier fetches what it plays without a signature, and these are public words. An address is the
digest of its content, so that nobody finds one by counting and what is kept of it never grows stale."""

import re

from flask import Blueprint, Response, request

from hotline.casework.prompts import public_sound
from storage.database import Store, StoreBusy

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"


def prompt_audio(store: Store) -> Blueprint:
    """The one route under /voice that needs no carrier: it reads, and only what everybody may hear."""
    routes = Blueprint("prompt_audio", __name__)

    @routes.get("/voice/prompts/<digest>.wav")
    def sound(digest: str) -> Response:
        if not _DIGEST.fullmatch(digest):
            return Response("There is no such prompt.\n", 404, mimetype="text/plain")
        if request.if_none_match.contains(digest):
            return _kept(Response(status=304), digest)
        try:
            with store.read() as connection:
                file = public_sound(connection, digest)
        except StoreBusy:
            return Response("Please ask again.\n", 503, mimetype="text/plain")
        if file is None:
            return Response("There is no such prompt.\n", 404, mimetype="text/plain")
        return _kept(Response(file, mimetype="audio/wav"), digest)

    return routes


def _kept(response: Response, digest: str) -> Response:
    response.set_etag(digest)
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
