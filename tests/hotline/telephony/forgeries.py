"""Requests that look like the carrier's and are not: one genuine request, spoilt in named ways.

Every forgery makes of a genuine request one that a sound application refuses with `status`, whatever the route."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.test import Client, TestResponse

FORM_TYPE = "application/x-www-form-urlencoded"
SIGNATURE = "X-Twilio-Signature"

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """A request as it is sent. `token` and `public_url` are what the carrier signs with."""

    path: str
    pairs: Pairs
    token: str
    public_url: str
    signature: str | None = None
    content_type: str = FORM_TYPE
    raw_body: bytes | None = None

    @property
    def body(self) -> bytes:
        return urlencode(self.pairs).encode() if self.raw_body is None else self.raw_body

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": self.content_type} | ({} if self.signature is None else {SIGNATURE: self.signature})

    def send(self, client: Client) -> TestResponse:
        return client.post(self.path, data=self.body, headers=self.headers)


def sign(token: str, url: str, pairs: Pairs, digest: str = "sha1") -> str:
    text = url + "".join(name + value for name, value in sorted(pairs))
    return b64encode(hmac.digest(token.encode(), text.encode(), digest)).decode()


def genuine(path: str, form: dict[str, str], token: str, public_url: str) -> Request:
    """A request as the carrier would send it. The form must hold AccountSid and CallSid (or MessageSid)."""
    pairs = tuple(form.items())
    return Request(path, pairs, token, public_url, sign(token, public_url + path, pairs))


@dataclass(frozen=True)
class Forgery:
    name: str
    spoil: Callable[[Request], Request]
    status: int = 403


def _signed(
    request: Request, *, token: str = "", url: str = "", pairs: Pairs | None = None, digest: str = "sha1"
) -> str:
    return sign(
        token or request.token,
        url or request.public_url + request.path,
        request.pairs if pairs is None else pairs,
        digest,
    )


def _unsigned(request: Request) -> Request:
    return replace(request, signature=None)


def _empty(request: Request) -> Request:
    return replace(request, signature="")


def _not_base64(request: Request) -> Request:
    return replace(request, signature="ký=\xff!")


def _cut_short(request: Request) -> Request:
    return replace(request, signature=(request.signature or "")[:-4])


def _other_case(request: Request) -> Request:
    return replace(request, signature=(request.signature or "").swapcase())


def _another_token(request: Request) -> Request:
    return replace(request, signature=_signed(request, token="f" * 32))


def _empty_token(request: Request) -> Request:
    url = request.public_url + request.path
    text = url + "".join(name + value for name, value in sorted(request.pairs))
    return replace(request, signature=b64encode(hmac.digest(b"", text.encode(), "sha1")).decode())


def _sha256(request: Request) -> Request:
    return replace(request, signature=_signed(request, digest="sha256"))


def _hexadecimal(request: Request) -> Request:
    text = request.public_url + request.path + "".join(n + v for n, v in sorted(request.pairs))
    return replace(request, signature=hmac.new(request.token.encode(), text.encode(), hashlib.sha1).hexdigest())


def _of_another_address(request: Request) -> Request:
    return replace(request, signature=_signed(request, url=request.public_url + "/voice/elsewhere"))


def _of_the_local_address(request: Request) -> Request:
    return replace(request, signature=_signed(request, url="http://internal.invalid" + request.path))


def _of_the_address_alone(request: Request) -> Request:
    return replace(request, signature=_signed(request, pairs=()))


def _query_added(request: Request) -> Request:
    return replace(request, path=request.path + "?Digits=9")


def _value_changed(request: Request) -> Request:
    name, value = request.pairs[-1]
    return replace(request, pairs=(*request.pairs[:-1], (name, value + "1")))


def _field_added(request: Request) -> Request:
    return replace(request, pairs=(*request.pairs, ("Extra", "1")))


def _field_dropped(request: Request) -> Request:
    return replace(request, pairs=request.pairs[:-1])


def _blank_dropped(request: Request) -> Request:
    signed = (*request.pairs, ("CallerName", ""))
    return replace(request, signature=_signed(request, pairs=signed))


def _identity(pairs: Pairs) -> str:
    return next(name for name, _ in pairs if name in ("CallSid", "MessageSid"))


def _boundary_moved(request: Request) -> Request:
    """The signature is right: the call's id has only moved into the value before it."""
    ordered = sorted(request.pairs)
    at = [name for name, _ in ordered].index(_identity(request.pairs))
    (name, value), (hidden, hidden_value) = ordered[at - 1], ordered[at]
    moved = (*ordered[: at - 1], (name, value + hidden + hidden_value), *ordered[at + 1 :])
    return replace(request, pairs=moved)


def _name_cut(request: Request) -> Request:
    """The signature is right: `CallSid=CA1` reads `CallSi=dCA1`."""
    identity = _identity(request.pairs)
    return replace(
        request,
        pairs=tuple((n[:-1], n[-1] + v) if n == identity else (n, v) for n, v in sorted(request.pairs)),
    )


def _value_repeated(request: Request) -> Request:
    """The carrier's own library takes a repeated value for one."""
    pair = next(pair for pair in request.pairs if pair[0] == _identity(request.pairs))
    return replace(request, pairs=(*request.pairs, pair))


def _another_account(request: Request) -> Request:
    pairs = tuple((n, "ACelsewhere" if n == "AccountSid" else v) for n, v in request.pairs)
    changed = replace(request, pairs=pairs)
    return replace(changed, signature=_signed(changed))


def _json(request: Request) -> Request:
    """The signature of the bare address holds for any body that is not a form."""
    return replace(
        request,
        signature=_signed(request, pairs=()),
        content_type="application/json",
        raw_body=json.dumps(dict(request.pairs)).encode(),
    )


FORGERIES = (
    Forgery("no signature at all", _unsigned),
    Forgery("an empty signature", _empty),
    Forgery("a signature that is not base64", _not_base64),
    Forgery("a signature cut short", _cut_short),
    Forgery("a signature in the other case", _other_case),
    Forgery("a signature by another token", _another_token),
    Forgery("a signature by an empty token", _empty_token),
    Forgery("a signature by another digest", _sha256),
    Forgery("a signature in hexadecimal", _hexadecimal),
    Forgery("the signature of another address", _of_another_address),
    Forgery("the signature of the address behind the proxy", _of_the_local_address),
    Forgery("the signature of the address without the form", _of_the_address_alone),
    Forgery("a query added", _query_added),
    Forgery("a value changed", _value_changed),
    Forgery("a field added", _field_added),
    Forgery("a field dropped", _field_dropped),
    Forgery("a blank field dropped", _blank_dropped),
    Forgery("a boundary moved under a right signature", _boundary_moved),
    Forgery("a name cut under a right signature", _name_cut),
    Forgery("a value repeated under a right signature", _value_repeated),
    Forgery("another account under a right signature", _another_account),
    Forgery("JSON under the signature of the bare address", _json, 415),
)
