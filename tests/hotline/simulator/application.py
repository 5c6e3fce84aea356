"""A small application at the other end of the webhooks: answers by address, and notes what it was asked."""

from collections.abc import Mapping

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from hotline.clock import Clock, system_clock
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import WsgiPoster
from tests.cast import MAY, THE_LINE

ACCOUNT = "AC00000000000000000000000000000000"
TOKEN = "the-token-of-the-simulated-account"
BASE = "http://line.test"


class Application:
    """Answers each address with the document given for it; a list is worked off, its last entry stays."""

    def __init__(self, documents: Mapping[str, str | bytes | int | list[str | bytes | int]]) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.genuine: list[bool] = []
        self.headers: list[dict[str, str]] = []
        self._documents = {k: v if isinstance(v, list) else [v] for k, v in documents.items()}
        self.flask = Flask(__name__)
        self.flask.add_url_rule("/<path:path>", "answer", self._answer, methods=["GET", "POST"])

    def _answer(self, path: str) -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        self.genuine.append(RequestValidator(TOKEN).validate(request.url, request.form.to_dict(), signature))
        self.asked.append((f"/{path}", (request.form or request.args).to_dict()))
        self.headers.append(dict(request.headers))
        queue = self._documents.get(f"/{path}", [204])
        document = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(document, int):
            return Response(status=document)
        if isinstance(document, bytes):
            return Response(document, content_type="text/xml")
        return Response(f"<Response>{document}</Response>", content_type="text/xml; charset=utf-8")

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for asked, form in self.asked if asked == path]


def carrier_of(application: Application, clock: Clock = system_clock) -> StandInCarrier:
    return StandInCarrier(ACCOUNT, TOKEN, Webhooks.at(BASE), WsgiPoster(application.flask), clock)


def ring(application: Application, number: str = MAY.number) -> PhoneCall:
    return carrier_of(application).dial(number, THE_LINE)
