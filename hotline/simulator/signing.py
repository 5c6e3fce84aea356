"""The carrier's signature of a request."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def sign(auth_token: str, url: str, form: Mapping[str, str] | None = None) -> str:
    """Base64 of HMAC-SHA1 over the address without its fragment, then each name and value, sorted by name."""
    signed = url.partition("#")[0] + "".join(name + value for name, value in sorted((form or {}).items()))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
