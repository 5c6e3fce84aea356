"""What the doctor asks outside: the public address, through what stands before the hotline, and the carrier."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import trustme
from flask import Flask, Response, redirect, request

from hotline.cli.doctor import signature as doctors
from hotline.cli.doctor.finding import Finding, Mark
from hotline.cli.doctor.webhooks import differences, webhooks
from hotline.settings import Settings, load_settings
from hotline.simulator.carrier import Webhooks
from hotline.telephony.carrier import CarrierClient, CarrierNumber, Webhook
from tests.cast import THE_LINE
from tests.hotline.cli.doctor_scene import ACCOUNT, TOKEN, carrier_elsewhere, served

PUBLIC = "https://line.example.org"


def settings_of(public: str = PUBLIC, **more: str) -> Settings:
    account = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN}
    return load_settings(hotline_public_url=public, **account, **more)


def says(finding: Finding, *words: str) -> None:
    """It is red, has these words, and repeats no secret."""
    assert finding.mark is Mark.RED
    assert [word for word in words if word not in finding.says] == [], finding.says
    assert not any(secret in finding.says for secret in (ACCOUNT, TOKEN, "a:b@", "key=7"))


# ---- what answers in place of the hotline ----------------------------------------------------------------------------

ANSWERS = [
    (Response("Forbidden by the firewall", 403), ["403", "proxy and firewall"]),
    (Response(status=401), ["401", "proxy and firewall"]),
    (Response(status=502), ["502", "does not reach the hotline", "hotline run"]),
    (Response(status=404), ["404", "not the hotline"]),
    (Response(status=405), ["405", "changes the request"]),
    (Response("It works!", 200), ["unsigned", "200", "anybody"]),
    (
        redirect("https://a:b@www.line.example.org/voice/status?key=7", 301),
        ["301", "https://www.line.example.org/voice"],
    ),
]


@pytest.mark.parametrize(("answer", "words"), ANSWERS, ids=[str(one.status_code) for one, _ in ANSWERS])
def test_what_answers_in_place_of_the_hotline_is_named(answer: Response, words: list[str]) -> None:
    with served(answer) as public:
        says(doctors.signature(settings_of(public)), *words)


def test_a_certificate_that_nobody_trusts_is_named() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with served(Flask("a proxy"), tls=tls) as public:
        says(doctors.signature(settings_of(public)), "certificate", "not valid", "renew it at the proxy")


def test_a_proxy_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def stuck(_: object, start: object) -> list[bytes]:
        over.wait()
        return Response(status=504)(_, start)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(doctors, "PATIENCE_S", 0.2)
    with served(stuck) as public:
        says(doctors.signature(settings_of(public)), "no answer", "start `hotline run` again")
        over.set()


def test_without_a_token_nothing_is_tried() -> None:
    says(doctors.signature(load_settings()), "not tried", "TWILIO_AUTH_TOKEN")


def test_the_doctors_call_is_asked_about_as_the_carrier_asks() -> None:
    asked: list[dict[str, str]] = []
    app = Flask("a hotline")

    @app.post("/voice/status")
    def status() -> Response:
        asked.append(request.form.to_dict())
        return Response(status=204 if "X-Twilio-Signature" in request.headers else 403)

    with served(app) as public:
        assert doctors.signature(settings_of(public)).mark is Mark.GREEN
    assert {form["CallSid"] for form in asked} == {doctors.DOCTORS_CALL}
    assert not doctors.DOCTORS_CALL.startswith("CA")
    assert asked[0]["AccountSid"] == ACCOUNT


# ---- the carrier -----------------------------------------------------------------------------------------------------


@contextmanager
def looked_at(api: object, token: str = TOKEN) -> Iterator[list[Finding]]:
    """What is found out about the line at this carrier."""
    with served(api) as api_url:
        client = CarrierClient(api_url, ACCOUNT, token)
        yield list(webhooks(client, THE_LINE, settings_of()))
        client.close()


def test_a_number_whose_every_address_is_here_is_green() -> None:
    with looked_at(carrier_elsewhere(PUBLIC, "+842101234599", THE_LINE)) as (found,):
        assert found.mark is Mark.GREEN


def test_a_number_of_another_account_is_named() -> None:
    with looked_at(carrier_elsewhere(PUBLIC, THE_LINE + "1")) as (found,):
        says(found, "no such number", "TWILIO_ACCOUNT_SID")


def test_a_token_that_the_carrier_does_not_take_is_named() -> None:
    with looked_at(carrier_elsewhere(PUBLIC), token="another") as (found,):
        says(found, "401", "TWILIO_AUTH_TOKEN")


def test_a_carrier_that_cannot_be_reached_is_red() -> None:
    client = CarrierClient("http://127.0.0.1:1", ACCOUNT, TOKEN)
    (found,) = webhooks(client, THE_LINE, settings_of())
    client.close()
    says(found, "could not be reached", "TWILIO_API_URL")


@pytest.mark.parametrize(
    "answer", [Response(status=404), Response(status=501), Response("{}")], ids=["404", "501", "{}"]
)
def test_a_carrier_without_that_list_is_to_be_looked_at_by_hand(answer: Response) -> None:
    with looked_at(answer) as (found,):
        assert found.mark is Mark.LOOK
        assert "by hand" in found.says


def test_a_page_instead_of_the_carriers_api_is_red() -> None:
    with looked_at(Response("<html>Sign in to the hotel's network</html>")) as (found,):
        says(found, "TWILIO_API_URL")


# ---- what differs ----------------------------------------------------------------------------------------------------


def number_at(public: str) -> CarrierNumber:
    """A number as the README says it should be."""
    at = Webhooks.at(public)
    addresses = (at.voice_url, at.fallback_url, at.status_url, at.sms_url)
    return CarrierNumber(THE_LINE, *(Webhook(url, "POST") for url in addresses), True, "", "")


RIGHT = number_at(PUBLIC)
ASKED = "https://line.example.org/voice/incoming"

WRONG = [
    (replace(RIGHT, voice=Webhook(ASKED, "GET")), "voice_url"),
    (replace(RIGHT, voice=Webhook("", "POST")), "not set"),
    (replace(RIGHT, voice=Webhook(ASKED + "/", "POST")), "voice_url"),
    (replace(RIGHT, voice=Webhook(ASKED.replace("https", "http"), "POST")), "voice_url"),
    (replace(RIGHT, voice=Webhook("https://[", "POST")), "no address"),
    (replace(RIGHT, status=Webhook("", "")), "status_callback"),
    (replace(RIGHT, text=Webhook("https://a:b@other.example.org/x?key=7", "POST")), "https://other.example.org/x?…;"),
    (replace(RIGHT, fallback=Webhook("", "")), "hotline fallback"),
    (replace(RIGHT, fallback=Webhook(PUBLIC + "/voice/incoming", "POST")), "voice_fallback_url"),
    (replace(RIGHT, fallback=Webhook("https://[", "POST")), "voice_fallback_url"),
    (replace(RIGHT, calls_go_to="a trunk", voice=Webhook("", "")), "a trunk"),
    (replace(RIGHT, texts_go_to="an application"), "an application"),
]


@pytest.mark.parametrize(("number", "words"), WRONG)
def test_what_differs_is_named_once(number: CarrierNumber, words: str) -> None:
    (said,) = differences(number, PUBLIC, fallback=True)
    assert words in said
    assert "a:b" not in said
    assert "key=7" not in said


FINE = [
    RIGHT,
    replace(RIGHT, voice=Webhook(ASKED + "#rc=2&rp=ct,5xx", "POST")),
    replace(RIGHT, voice=Webhook(ASKED, "")),
    replace(RIGHT, fallback=Webhook("https://static.example.org/fallback.xml", "GET")),
    replace(RIGHT, takes_texts=False, text=Webhook("", "")),
]


@pytest.mark.parametrize("number", FINE)
def test_what_answers_callers_all_the_same_is_no_difference(number: CarrierNumber) -> None:
    assert list(differences(number, PUBLIC, fallback=True)) == []


def test_a_carrier_that_has_no_fallback_is_not_asked_for_one() -> None:
    assert list(differences(replace(RIGHT, fallback=Webhook("", "")), PUBLIC, fallback=False)) == []
