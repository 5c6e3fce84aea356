"""Asking the carrier to ring an officer or to text one, and asking afterwards whether it did."""

from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from hotline.errors import CarrierError
from hotline.telephony.carrier import CarrierClient, CarrierMessage
from tests.cast import HANH, THE_LINE
from tests.hotline.telephony.test_carrier import BASE, CALL, NOON, Carrier, page

Ask = Callable[[CarrierClient], str]
ASKED_AT = "https://line.example.org/voice/follow-up/key"


def rings(client: CarrierClient) -> str:
    return client.create_call(HANH.number, THE_LINE, ASKED_AT, f"{ASKED_AT}/status", 30)


def texts(client: CarrierClient) -> str:
    return client.create_message(HANH.number, THE_LINE, "Có tin chờ.", f"{ASKED_AT}/status")


def test_a_call_is_placed_with_all_that_the_carrier_must_know() -> None:
    carrier = Carrier(httpx.Response(201, json={"sid": "CA9"}))
    assert rings(carrier.client()) == "CA9"
    (asked,) = carrier.asked
    assert (asked.method, asked.url.path) == ("POST", f"{BASE}/Calls.json")
    assert {name: value for name, [value] in parse_qs(asked.content.decode()).items()} == {
        "To": HANH.number,
        "From": THE_LINE,
        "Url": ASKED_AT,
        "Method": "POST",
        "StatusCallback": f"{ASKED_AT}/status",
        "Timeout": "30",
    }


def test_a_text_is_sent_in_the_officers_own_letters() -> None:
    carrier = Carrier(httpx.Response(201, json={"sid": "SM9"}))
    assert texts(carrier.client()) == "SM9"
    (asked,) = carrier.asked
    assert asked.url.path == f"{BASE}/Messages.json"
    assert parse_qs(asked.content.decode())["Body"] == ["Có tin chờ."]


@pytest.mark.parametrize("ask", [rings, texts])
@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        (httpx.ConnectError("nobody"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.ReadTimeout("silence"), True),
        (httpx.RemoteProtocolError("broke off"), True),
        (httpx.Response(503), True),
        (httpx.Response(429, headers={"Retry-After": "3"}), False),
        (httpx.Response(400), False),
        (httpx.Response(401), False),
        (httpx.Response(201, text="<html>"), True),
        (httpx.Response(201, json={"sid": None}), True),
    ],
)
def test_whether_it_may_have_happened_all_the_same_is_known(
    ask: Ask, answer: httpx.Response | Exception, unknown: bool
) -> None:
    with pytest.raises(CarrierError) as refused:
        ask(Carrier(answer).client())
    assert refused.value.outcome_unknown == unknown
    assert HANH.number not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda client: client.redirect_call("CA9", ASKED_AT), {"Url": ASKED_AT, "Method": "POST"}),
        (lambda client: client.end_call("CA9"), {"Status": "completed"}),
    ],
)
@pytest.mark.parametrize("answer", [httpx.Response(200, json={}), httpx.Response(400), httpx.Response(404)])
def test_a_live_call_is_changed_and_one_that_is_over_stays_over(
    change: Callable[[CarrierClient], None], told: dict[str, str], answer: httpx.Response
) -> None:
    carrier = Carrier(answer)
    change(carrier.client())
    (asked,) = carrier.asked
    assert (asked.method, asked.url.path) == ("POST", f"{BASE}/Calls/CA9.json")
    assert {name: value for name, [value] in parse_qs(asked.content.decode()).items()} == told


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_change_that_the_carrier_refuses_is_trouble(status: int) -> None:
    with pytest.raises(CarrierError):
        Carrier(httpx.Response(status)).client().end_call("CA9")


def test_the_calls_to_a_number_since_a_moment() -> None:
    carrier = Carrier(page("calls", [{**CALL, "direction": "outbound-api", "to": HANH.number}]))
    (found,) = carrier.client().calls_to(HANH.number, NOON)
    assert (found.id, found.direction) == ("CA1", "outbound-api")
    asked = dict(carrier.asked[0].url.params)
    assert (asked["To"], asked["StartTime>"]) == (HANH.number, "2026-01-06T12:00:00Z")


def test_the_messages_to_a_number_since_a_moment() -> None:
    row = {"sid": "SM1", "direction": "outbound-api", "date_sent": None, "date_created": "2026-01-06T12:00:00Z"}
    carrier = Carrier(page("messages", [row]))
    assert list(carrier.client().messages_to(HANH.number, NOON)) == [CarrierMessage("SM1", "outbound-api", NOON)]
    asked = dict(carrier.asked[0].url.params)
    assert (asked["To"], asked["DateSent>"]) == (HANH.number, "2026-01-06T12:00:00Z")
