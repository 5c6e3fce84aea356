"""Is this request the carrier's? Signed over the address that we gave it and over every name and value."""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

HEADER = "X-Twilio-Signature"


def raw_target(environ: Mapping[str, Any]) -> str:
    """The path and query as they stood on the wire, where the server tells; else rebuilt.

    granian passes only the decoded path. Our addresses are plain ASCII, so quoting gives the same text;
    anything else does not verify, which is right."""
    for name in ("RAW_URI", "REQUEST_URI"):
        if str(environ.get(name, "")).startswith("/"):
            return str(environ[name])
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"))
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


class Verifier:
    """Knows the configured public address and one token, or two during rotation. Without any, all is false."""

    def __init__(self, tokens: tuple[str, ...], public_url: str) -> None:
        self._tokens = tuple(token for token in tokens if token)
        self._public_url = public_url.rstrip("/")

    def genuine(self, raw_target: str, form: Sequence[tuple[str, str]], signature: str) -> bool:
        """Tell whether any token signed this. Never raises: what cannot be checked is not genuine."""
        if not signature:
            return False
        try:
            url = self._public_url + raw_target
            return self._signed_plainly(url, form, signature) or self._signed_leniently(url, form, signature)
        except Exception:
            return False

    def _signed_plainly(self, url: str, form: Sequence[tuple[str, str]], signature: str) -> bool:
        """The published algorithm, at a tenth of the library's time."""
        text = (url + "".join(name + value for name, value in sorted(set(form)))).encode()
        given = signature.encode()
        return any(
            hmac.compare_digest(b64encode(hmac.digest(token.encode(), text, "sha1")), given) for token in self._tokens
        )

    def _signed_leniently(self, url: str, form: Sequence[tuple[str, str]], signature: str) -> bool:
        """The carrier's own library also tries the address with and without its port."""
        values = MultiDict(form)
        return any(RequestValidator(token).validate(url, values, signature) for token in self._tokens)
