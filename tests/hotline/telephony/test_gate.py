from urllib.parse import urlencode

import pytest
from flask import Blueprint, Flask
from werkzeug.test import Client

from hotline.telephony.forms import IncomingForm
from hotline.telephony.gate import CarrierBlueprint, unguarded_rules
from hotline.telephony.signature import Verifier
from tests.hotline.telephony.forgeries import FORGERIES, Forgery, Request, genuine, sign
from tests.hotline.telephony.gated_app import INCOMING, PUBLIC_URL, STEP, TOKEN, make_app

ROUTES = {
    "/voice/incoming": INCOMING,
    "/voice/k3y/4": STEP,
    "/voice/status": {**INCOMING, "CallStatus": "completed", "CallDuration": "12"},
    "/sms/incoming": {
        "AccountSid": INCOMING["AccountSid"],
        "MessageSid": "SM1",
        "From": "+84912345678",
        "To": "+842101234567",
        "Body": "Cướp ở chợ <&> 💥",
    },
}


@pytest.fixture
def app() -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> Client:
    return app.test_client()


def request_of(path: str, **changes: str) -> Request:
    return genuine(path, {**ROUTES[path], **changes}, TOKEN, PUBLIC_URL)


def raw(client: Client, body: bytes, signature: str = "x", **headers: str) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature} | headers
    return client.post("/voice/incoming", data=body, headers=headers).status_code


@pytest.mark.parametrize("path", ROUTES)
def test_a_genuine_request_is_let_in_with_its_form(app: Flask, client: Client, path: str) -> None:
    assert request_of(path).send(client).status_code == 200
    assert len(app.config["admitted"]) == 1


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
@pytest.mark.parametrize("path", ROUTES)
def test_no_forgery_is_let_in_on_any_route(app: Flask, client: Client, path: str, forgery: Forgery) -> None:
    answer = forgery.spoil(request_of(path)).send(client)
    assert answer.status_code == forgery.status
    assert app.config["admitted"] == []


def test_a_refusal_repeats_nothing_of_the_request(client: Client) -> None:
    answer = Request("/voice/incoming", (("CallSid", "<b>canary</b>"),), TOKEN, PUBLIC_URL, "canary").send(client)
    assert answer.status_code == 403
    assert answer.mimetype == "text/plain"
    assert "canary" not in answer.text
    assert len(answer.text) < 100


def test_without_a_configured_token_every_request_is_refused() -> None:
    client = make_app(tokens=()).test_client()
    assert request_of("/voice/incoming").send(client).status_code == 403


def test_a_new_parameter_of_the_carriers_is_no_reason_to_refuse(client: Client) -> None:
    assert request_of("/voice/incoming", BrandNew="x", **{"SipHeader_X-A.b": "\n"}).send(client).status_code == 200


def test_fields_without_a_value_are_part_of_what_is_signed(client: Client) -> None:
    assert request_of("/voice/incoming", CallerName="", ForwardedFrom="").send(client).status_code == 200


@pytest.mark.parametrize(
    "caller", ["", "anonymous", "Restricted", "+266696687", "client:lan", "sip:lan@[::1];x=1", "113", "Nguyễn"]
)
def test_a_caller_without_a_usable_number_is_let_in(app: Flask, client: Client, caller: str) -> None:
    assert request_of("/voice/incoming", From=caller).send(client).status_code == 200
    assert app.config["admitted"][0].from_ == caller


@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", ";charset=utf-8"])
def test_the_type_may_name_a_charset(client: Client, charset: str) -> None:
    request = request_of("/voice/incoming")
    headers = {**request.headers, "Content-Type": f"application/x-www-form-urlencoded{charset}"}
    assert client.post(request.path, data=request.body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "text/plain", "multipart/form-data; boundary=x", "text/xml"]
)
def test_any_other_type_of_body_is_415(client: Client, content_type: str) -> None:
    assert (
        raw(client, b"CallSid=CA1", sign(TOKEN, PUBLIC_URL + "/voice/incoming", ()), **{"Content-Type": content_type})
        == 415
    )


def test_ten_megabytes_are_413(client: Client) -> None:
    assert raw(client, b"a=" + b"x" * 10_000_000) == 413


def test_one_byte_too_many_is_413_and_one_less_is_read(client: Client) -> None:
    assert raw(client, b"a=" + b"x" * (64 * 1024 - 1)) == 413
    assert raw(client, b"a=" + b"x" * (64 * 1024 - 2)) == 403


def test_two_hundred_thousand_fields_are_refused(client: Client) -> None:
    assert raw(client, b"&".join(b"a%d=" % n for n in range(200_000))) == 413
    assert raw(client, b"&".join(b"a%d=" % n for n in range(201))) == 400


@pytest.mark.parametrize("body", [b"a=%ff", b"a=%ed%a0%80", b"\xff=1", b"CallSid", b"a=1&&b=2", b"=%80"])
def test_a_body_that_is_no_form_is_400(client: Client, body: bytes) -> None:
    assert raw(client, body) == 400


@pytest.mark.parametrize("body", [b"", b"=", b"a=%00", b"%00=1", b"a=%zz"])
def test_an_odd_body_without_a_signature_is_403(client: Client, body: bytes) -> None:
    assert raw(client, body) == 403


@pytest.mark.parametrize(
    "form",
    [
        {"CallSid": ""},
        {"CallSid": "x" * 81},
        {"CallSid": "CA\x00"},
        {"CallSid": "../../etc"},
        {"From": "a\x00b"},
        {"From": "9" * 201},
        {"CallStatus": "in progress"},
        {"bad name": "1"},
        {"x" * 65: "1"},
    ],
)
def test_signed_nonsense_is_400(app: Flask, client: Client, form: dict[str, str]) -> None:
    assert request_of("/voice/incoming", **form).send(client).status_code == 400
    assert app.config["admitted"] == []


def test_a_required_field_that_is_missing_is_400(client: Client) -> None:
    form = {name: value for name, value in INCOMING.items() if name != "CallSid"}
    assert genuine("/voice/incoming", form, TOKEN, PUBLIC_URL).send(client).status_code == 400


def test_a_thousand_digits_are_let_in(app: Flask, client: Client) -> None:
    assert request_of("/voice/k3y/4", Digits="1" * 1000).send(client).status_code == 200
    assert app.config["admitted"][0].keys == "1" * 1000


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "options", "head"])
@pytest.mark.parametrize("path", ROUTES)
def test_only_post_is_answered(client: Client, path: str, method: str) -> None:
    assert getattr(client, method)(path).status_code == 405


def test_a_route_added_past_the_gate_answers_nobody_and_is_found_out() -> None:
    app = Flask(__name__)
    carrier = CarrierBlueprint("carrier", __name__, Verifier((TOKEN,), PUBLIC_URL))
    carrier.add_url_rule("/voice/backdoor", "backdoor", lambda: "in", methods=["POST"])
    other = Blueprint("other", __name__)
    other.add_url_rule("/sms/backdoor", "side", lambda: "in", methods=["POST"])
    app.register_blueprint(carrier)
    app.register_blueprint(other)
    assert unguarded_rules(app) == ["/voice/backdoor", "/sms/backdoor"]
    assert app.test_client().post("/voice/backdoor", data=urlencode(INCOMING)).status_code == 403


def test_every_carrier_route_of_a_sound_application_stands_behind_the_gate(app: Flask) -> None:
    assert unguarded_rules(app) == []


def test_a_route_that_also_takes_get_is_found_out() -> None:
    app = Flask(__name__)
    carrier = CarrierBlueprint("carrier", __name__, Verifier((TOKEN,), PUBLIC_URL))

    @carrier.webhook("/voice/incoming", IncomingForm)
    def incoming(form: IncomingForm) -> str:
        return form.call_id

    carrier.add_url_rule("/voice/incoming", "incoming", methods=["GET"])
    app.register_blueprint(carrier)
    assert unguarded_rules(app) == ["/voice/incoming"]
