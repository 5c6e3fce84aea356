"""What the application asks the stand-in for: officers are rung and texted."""

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.faults import Faults
from hotline.simulator.officers import OfficerPhone
from hotline.simulator.rest import rest_blueprint
from tests.cast import HANH, THE_LINE
from tests.hotline.simulator.application import ACCOUNT, TOKEN, Application, carrier_of
from tests.hotline.simulator.test_rest import Time

ASK = """<Gather numDigits="1" action="/answer" finishOnKey="" actionOnEmptyResult="true"><Say>Press 1.</Say></Gather>
<Hangup/>"""
HERE = "https://line.example.org"


@pytest.fixture
def application() -> Application:
    return Application({"/asks": ASK, "/answer": "<Say>Thank you.</Say><Hangup/>", "/status": ""})


@pytest.fixture
def carrier(application: Application) -> StandInCarrier:
    carrier = carrier_of(application, Time())
    carrier.phones[HANH.number] = OfficerPhone()
    return carrier


def asks(carrier: StandInCarrier, kind: str, **form: str) -> TestResponse:
    app = Flask(__name__)
    app.register_blueprint(rest_blueprint(carrier))
    told = {"To": HANH.number, "From": THE_LINE, "StatusCallback": f"{HERE}/status", **form}
    return Client(app).post(f"/2010-04-01/Accounts/{ACCOUNT}/{kind}.json", data=told, auth=(ACCOUNT, TOKEN))


@pytest.mark.parametrize(
    ("habit", "status", "heard"),
    [
        (lambda phone: phone.answers_and_presses("1"), "completed", ["Press 1.", "Thank you."]),
        (lambda phone: phone.refuses(), "completed", ["Press 1.", "Thank you."]),
        (lambda phone: phone.voicemail(), "completed", ["Press 1.", "Thank you."]),
        (lambda phone: phone.lets_it_ring(), "no-answer", []),
        (lambda phone: phone.busy(), "busy", []),
        (lambda phone: phone.unreachable(), "failed", []),
    ],
)
def test_an_officer_is_rung_and_the_end_is_told(
    carrier: StandInCarrier, application: Application, habit, status: str, heard: list[str]
) -> None:
    phone = habit(carrier.phones[HANH.number])
    placed = asks(carrier, "Calls", Url=f"{HERE}/asks")
    assert placed.status_code == 201
    assert placed.json["status"] == "queued"
    assert phone.rings == [], "it takes a moment"
    carrier.connect()
    assert [ring.caller_shown for ring in phone.rings] == [THE_LINE]
    assert phone.whispers == heard
    assert carrier.legs[placed.json["sid"]].status == status


def test_a_text_is_delivered(carrier: StandInCarrier) -> None:
    sent = asks(carrier, "Messages", Body="R-2026-0042")
    assert (sent.status_code, sent.json["direction"]) == (201, "outbound-api")
    carrier.connect()
    assert carrier.phones[HANH.number].texts == ["R-2026-0042"]


@pytest.mark.parametrize("kind", ["Calls", "Messages"])
def test_a_bad_day(carrier: StandInCarrier, kind: str) -> None:
    form = {"Url": f"{HERE}/asks", "Body": "words"}
    carrier.faults = Faults(refused=1)
    assert asks(carrier, kind, **form).status_code == 429
    assert not carrier.placed
    carrier.faults = Faults(unheard=1)
    assert asks(carrier, kind, **form).status_code == 503
    assert len(carrier.placed) == 1, "it was done all the same"


@pytest.mark.parametrize(("kind", "form"), [("Calls", {"Url": ""}), ("Messages", {"Body": ""}), ("Calls", {"To": ""})])
def test_what_is_incomplete_is_refused(carrier: StandInCarrier, kind: str, form: dict[str, str]) -> None:
    assert asks(carrier, kind, **form).status_code == 400
