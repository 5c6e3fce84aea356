"""The one gate before every route that a carrier calls: type, size, form, signature, shape, in that order."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from hotline.telephony.forms import AnyForm, ForgedError, MalformedError, read_form, read_pairs
from hotline.telephony.signature import HEADER, Verifier, raw_target

MAX_BODY = 64 * 1024
FORM_TYPE = "application/x-www-form-urlencoded"
CARRIER_PATHS = ("/voice", "/sms")
OPEN_TO_ALL = {"prompt_audio.sound": {"GET", "HEAD", "OPTIONS"}}  # public words, which a carrier fetches unsigned

View = Callable[..., Any]


class CarrierBlueprint(Blueprint):
    """Routes for a carrier, added with `webhook`; one added in any other way answers 403 to everyone."""

    def __init__(self, name: str, import_name: str, verifier: Verifier, account_id: str = "") -> None:
        super().__init__(name, import_name)
        self.shapes: dict[str, type[AnyForm]] = {}
        self._verifier = verifier
        self._account_id = account_id
        self.before_request(self._admit)
        self.register_error_handler(HTTPException, _plainly)

    def webhook(self, rule: str, shape: type[AnyForm]) -> Callable[[View], View]:
        """Add a view for POSTs of one form: it gets the form first, then the address's parts."""

        def add(view: View) -> View:
            name = view.__name__
            self.shapes[f"{self.name}.{name}"] = shape

            def admitted(**parts: Any) -> Any:
                return view(g.form, **parts)

            self.add_url_rule(rule, name, admitted, methods=["POST"], provide_automatic_options=False)
            return view

        return add

    def _admit(self) -> Response | None:
        shape = self.shapes.get(request.endpoint or "")
        if shape is None:
            return refusal(403)
        try:
            g.form = self._form(shape)
        except ForgedError:
            return refusal(403)
        except MalformedError:
            return refusal(400)
        except HTTPException as error:
            return refusal(error.code or 400)
        return None

    def _form(self, shape: type[AnyForm]) -> AnyForm:
        if request.mimetype != FORM_TYPE:
            raise _UnsupportedType
        pairs = read_pairs(_body())
        if not self._verifier.genuine(raw_target(request.environ), pairs, request.headers.get(HEADER, "")):
            raise ForgedError("The signature is not the carrier's.")
        form = read_form(shape, pairs)
        if self._account_id and form.account_id not in ("", self._account_id):
            raise ForgedError("That is another account.")
        return form


class _UnsupportedType(HTTPException):
    code = 415


def _body() -> bytes:
    request.max_content_length = MAX_BODY + 1  # a body without a declared length is cut there, without an error
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


_SENTENCES = {
    400: "This is not a form that a carrier sends.",
    403: "This request is not the carrier's.",
    405: "Only POST is answered here.",
    413: "That is too long.",
    415: "Only application/x-www-form-urlencoded is read here.",
}


def refusal(status: int) -> Response:
    """A short plain answer that repeats nothing of the request."""
    return Response(_SENTENCES.get(status, "That cannot be answered.") + "\n", status, mimetype="text/plain")


def _plainly(error: HTTPException) -> Response:
    return refusal(error.code or 400)


def unguarded_rules(app: Flask) -> list[str]:
    """The rules under the carrier's paths that do not stand behind a gate; empty in a sound application."""
    guarded = {
        endpoint
        for blueprint in app.blueprints.values()
        if isinstance(blueprint, CarrierBlueprint)
        for endpoint in blueprint.shapes
    }
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(CARRIER_PATHS)
        and (rule.endpoint not in guarded or rule.methods != {"POST"})
        and OPEN_TO_ALL.get(rule.endpoint) != rule.methods
    ]
