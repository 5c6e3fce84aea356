"""A small application behind the real gate, for the tests and for a real server."""

from flask import Flask

from hotline.telephony.forms import AnyForm, IncomingForm, MessageForm, StatusForm, StepForm
from hotline.telephony.gate import CarrierBlueprint
from hotline.telephony.signature import Verifier

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC_URL = "https://line.example.org"
ACCOUNT = "AC00000000000000000000000000000001"
INCOMING = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "CallSid": "CA00000000000000000000000000000001",
    "CallStatus": "ringing",
    "CallerCountry": "VN",
    "CallerZip": "",
    "Direction": "inbound",
    "From": "+84912345678",
    "FromCity": "Hà Nội",
    "To": "+842101234567",
}
STEP = {**INCOMING, "CallStatus": "in-progress", "Digits": "1", "FinishedOnKey": ""}


def make_app(tokens: tuple[str, ...] = (TOKEN,), account_id: str = ACCOUNT, public_url: str = PUBLIC_URL) -> Flask:
    app = Flask(__name__)
    admitted: list[AnyForm] = []
    app.config["admitted"] = admitted
    carrier = CarrierBlueprint("carrier", __name__, Verifier(tokens, public_url), account_id)

    @carrier.webhook("/voice/incoming", IncomingForm)
    def incoming(form: IncomingForm) -> str:
        admitted.append(form)
        return f"call {form.call_id}"

    @carrier.webhook("/voice/<key>/<int:visit>", StepForm)
    def step(form: StepForm, key: str, visit: int) -> str:
        admitted.append(form)
        return f"{key} {visit} {form.digits}"

    @carrier.webhook("/voice/status", StatusForm)
    def status(form: StatusForm) -> str:
        admitted.append(form)
        return form.status

    @carrier.webhook("/sms/incoming", MessageForm)
    def message(form: MessageForm) -> str:
        admitted.append(form)
        return str(len(form.body))

    app.register_blueprint(carrier)
    return app


app = make_app()
