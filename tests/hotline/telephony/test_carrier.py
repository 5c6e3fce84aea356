from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from hotline.errors import CarrierError
from hotline.telephony.carrier import CarrierCall, CarrierClient, CarrierNumber, CarrierRecording, Webhook

BASE = "/2010-04-01/Accounts/AC1"
NOON = datetime(2026, 1, 6, 12, 0, tzinfo=UTC)
CALL = {
    "sid": "CA1",
    "from": "+84912345678",
    "to": "+842101234567",
    "status": "completed",
    "direction": "inbound",
    "start_time": "Tue, 06 Jan 2026 12:00:00 +0000",
    "end_time": "Tue, 06 Jan 2026 12:01:30 +0000",
    "duration": "90",
}


class Carrier(httpx.MockTransport):
    """Answers from a list, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()
        super().__init__(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, api_url: str = "https://api.example.org/") -> CarrierClient:
        return CarrierClient(api_url, "AC1", "token", transport=self)


def page(kind: str, rows: object, following: object = None) -> httpx.Response:
    return httpx.Response(200, json={kind: rows, "next_page_uri": following})


def test_calls_are_listed_page_by_page_since_a_moment() -> None:
    second = f"{BASE}/Calls.json?PageSize=200&Page=1&PageToken=PA1"
    carrier = Carrier(page("calls", [CALL], second), page("calls", [{**CALL, "sid": "CA2"}]))
    assert [call.id for call in carrier.client().calls_since(NOON)] == ["CA1", "CA2"]
    first = carrier.asked[0].url
    assert (first.path, dict(first.params)) == (
        f"{BASE}/Calls.json",
        {"StartTime>": "2026-01-06T12:00:00Z", "PageSize": "200"},
    )
    assert carrier.asked[1].url == f"https://api.example.org{second}"


def test_a_call_is_read_with_its_times() -> None:
    ended = datetime(2026, 1, 6, 12, 1, 30, tzinfo=UTC)
    call = Carrier(httpx.Response(200, json=CALL)).client().call("CA1")
    assert call == CarrierCall("CA1", "+84912345678", "+842101234567", "completed", "inbound", NOON, ended, 90)


def test_what_another_carrier_leaves_out_or_spells_otherwise_is_no_error() -> None:
    odd = {"sid": "v3:1", "from": None, "start_time": "2026-01-06T19:00:00+07:00", "end_time": "", "duration": None}
    call = Carrier(httpx.Response(200, json=odd)).client().call("v3:1")
    assert call is not None
    assert (call.id, call.from_, call.started_at, call.ended_at, call.duration_s) == ("v3:1", "", NOON, None, None)


def test_a_call_that_the_carrier_does_not_know_is_none() -> None:
    assert Carrier(httpx.Response(404)).client().call("CA1") is None


def test_recordings_are_listed_since_a_moment() -> None:
    row = {"sid": "RE1", "call_sid": "CA1", "status": "completed", "duration": "-1"}
    carrier = Carrier(page("recordings", [row]))
    assert list(carrier.client().recordings_since(NOON)) == [CarrierRecording("RE1", "CA1", "completed", None)]
    assert carrier.asked[0].url.params["DateCreated>"] == "2026-01-06T12:00:00Z"


def test_every_request_is_signed_in_and_bounded_in_time() -> None:
    carrier = Carrier(httpx.Response(204))
    carrier.client().delete_call("CA1")
    assert carrier.asked[0].headers["Authorization"].startswith("Basic ")
    assert all(seconds for seconds in carrier.asked[0].extensions["timeout"].values())


@pytest.mark.parametrize("following", ["https://evil.example/next", "//evil.example/next", "next", 7])
def test_a_list_that_goes_on_elsewhere_is_not_followed(following: object) -> None:
    carrier = Carrier(page("calls", [CALL], following))
    with pytest.raises(CarrierError):
        list(carrier.client().calls_since(NOON))
    assert len(carrier.asked) == 1


def test_a_list_that_never_ends_is_given_up() -> None:
    carrier = Carrier(*[page("calls", [], f"{BASE}/Calls.json?Page=1") for _ in range(502)])
    with pytest.raises(CarrierError):
        list(carrier.client().calls_since(NOON))


def test_a_carrier_below_a_path_is_asked_below_that_path() -> None:
    carrier = Carrier(page("calls", [], f"{BASE}/Calls.json?Page=1"), page("calls", []))
    list(carrier.client("https://space.example.org/api/laml").calls_since(NOON))
    assert [request.url.path for request in carrier.asked] == [f"/api/laml{BASE}/Calls.json"] * 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"calls": 7}', b'{"calls": [7]}', b"\xff", b"{}"])
def test_an_answer_that_is_no_list_is_the_carriers_error(body: bytes) -> None:
    with pytest.raises(CarrierError):
        list(Carrier(httpx.Response(200, content=body)).client().calls_since(NOON))


# ---- the account ----------------------------------------------------------------------------------------------

NUMBER = {
    "phone_number": "+842101234567",
    "capabilities": {"voice": True, "sms": False},
    "voice_url": "https://line.example.org/voice/incoming",
    "voice_method": "post",
    "voice_fallback_url": None,
    "status_callback": "",
    "trunk_sid": "TK1",
}


def numbers(*rows: object) -> httpx.Response:
    return page("incoming_phone_numbers", list(rows))


def test_a_number_is_asked_for_and_found_among_those_that_only_hold_it() -> None:
    longer = {**NUMBER, "phone_number": "+8421012345678"}
    carrier = Carrier(numbers(longer, NUMBER))
    found = carrier.client().number("+842101234567")
    none = Webhook("", "")
    asked = Webhook("https://line.example.org/voice/incoming", "POST")
    assert found == CarrierNumber("+842101234567", asked, none, none, none, False, "a trunk", "")
    assert (carrier.asked[0].url.path, carrier.asked[0].url.params["PhoneNumber"]) == (
        f"{BASE}/IncomingPhoneNumbers.json",
        "+842101234567",
    )


def test_a_carrier_may_write_the_number_without_its_plus() -> None:
    found = Carrier(numbers({**NUMBER, "phone_number": "842101234567"})).client().number("+842101234567")
    assert found is not None
    assert found.takes_texts is False


def test_a_number_that_is_not_the_accounts_is_none() -> None:
    assert Carrier(numbers()).client().number("+842101234567") is None


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (httpx.Response(404), True),
        (httpx.Response(501), True),
        (httpx.Response(200, json={}), True),
        (httpx.Response(200, json={"incoming_phone_numbers": 7}), False),
        (httpx.Response(401), False),
        (httpx.Response(500), False),
    ],
)
def test_a_carrier_that_keeps_no_list_of_numbers_is_told_apart(answer: httpx.Response, missing: bool) -> None:
    with pytest.raises(CarrierError) as caught:
        Carrier(answer).client().number("+842101234567")
    assert caught.value.missing is missing


@pytest.mark.parametrize("status", [200, 401, 404])
def test_the_carriers_clock_is_the_date_of_any_answer(status: int) -> None:
    answer = httpx.Response(status, headers={"Date": "Tue, 06 Jan 2026 12:00:00 GMT"})
    assert Carrier(answer).client().time() == NOON


@pytest.mark.parametrize("headers", [{}, {"Date": "noon"}])
def test_a_carrier_without_a_date_tells_no_time(headers: dict[str, str]) -> None:
    assert Carrier(httpx.Response(200, headers=headers)).client().time() is None


def test_how_long_to_wait_for_the_carrier_may_be_said() -> None:
    carrier = Carrier(httpx.Response(200))
    CarrierClient("https://api.example.org", "AC1", "token", patience_s=3, transport=carrier).time()
    assert set(carrier.asked[0].extensions["timeout"].values()) == {3}


# ---- audio ----------------------------------------------------------------------------------------------------


def test_a_recording_is_streamed_with_its_type_and_length() -> None:
    headers = {"Content-Type": "Audio/X-WAV; codecs=1", "Content-Length": "40"}
    audio = httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"RIFF" * 10))
    carrier = Carrier(audio)
    with carrier.client().recording_stream("RE1") as (media_type, length, chunks):
        assert (media_type, length, b"".join(chunks)) == ("audio/x-wav", 40, b"RIFF" * 10)
    assert carrier.asked[0].url == f"https://api.example.org{BASE}/Recordings/RE1.wav"
    assert carrier.asked[0].headers["Authorization"].startswith("Basic ")


def test_a_recording_of_unknown_length_is_streamed_too() -> None:
    with Carrier(httpx.Response(200, content=iter([b"a", b"b"]))).client().recording_stream("RE1") as opened:
        assert opened[1] is None
        assert b"".join(opened[2]) == b"ab"


def test_a_recording_that_moved_is_not_followed() -> None:
    carrier = Carrier(httpx.Response(302, headers={"Location": "https://evil.example/a.wav"}))
    with pytest.raises(CarrierError) as caught, carrier.client().recording_stream("RE1"):
        pass
    assert not caught.value.permanent
    assert len(carrier.asked) == 1


def test_a_connection_that_breaks_in_mid_recording_is_the_carriers_error() -> None:
    def broken() -> Iterator[bytes]:
        yield b"RIFF"
        raise httpx.ReadError("gone")

    with Carrier(httpx.Response(200, content=broken())).client().recording_stream("RE1") as (_, _, chunks):
        assert next(chunks) == b"RIFF"
        with pytest.raises(CarrierError):
            next(chunks)


def test_our_own_error_while_reading_stays_our_own() -> None:
    with pytest.raises(KeyError), Carrier(httpx.Response(200, content=b"x")).client().recording_stream("RE1"):
        raise KeyError


@pytest.mark.parametrize("name", ["../../../x", "RE1/../../", "RE1?x=1", "//evil.example", "RE1#", "a b"])
def test_an_odd_id_stays_one_part_of_the_path(name: str) -> None:
    carrier = Carrier(httpx.Response(404))
    with pytest.raises(CarrierError), carrier.client().recording_stream(name):
        pass
    raw_path = carrier.asked[0].url.raw_path.decode()
    assert carrier.asked[0].url.host == "api.example.org"
    assert raw_path.startswith(f"{BASE}/Recordings/")
    assert raw_path.endswith(".wav")
    assert raw_path.count("/") == 5


# ---- trouble --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "permanent", "retry_after"),
    [
        (httpx.Response(404), False, None),
        (httpx.Response(401), False, None),
        (httpx.Response(429, headers={"Retry-After": "17"}), False, 17),
        (httpx.Response(429, headers={"Retry-After": "99999999"}), False, 3600),
        (httpx.Response(503, headers={"Retry-After": "Tue, 06 Jan 2026 12:00:00 GMT"}), False, None),
        (httpx.Response(500), False, None),
        (httpx.Response(400), True, None),
        (httpx.Response(410), True, None),
        (httpx.ConnectTimeout("slow"), False, None),
        (httpx.ReadTimeout("slow"), False, None),
        (httpx.RemoteProtocolError("odd"), False, None),
    ],
)
def test_trouble_says_whether_to_try_again(
    answer: httpx.Response | Exception, permanent: bool, retry_after: int | None
) -> None:
    with pytest.raises(CarrierError) as caught, Carrier(answer).client().recording_stream("RE1"):
        pass
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, retry_after)
    assert "token" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("status", [204, 200, 404])
def test_what_is_gone_already_is_forgotten(status: int) -> None:
    carrier = Carrier(*[httpx.Response(status) for _ in range(3)])
    client = carrier.client()
    client.delete_recording("RE1")
    client.delete_call("CA1")
    client.delete_message("SM1")
    assert [(r.method, r.url.path) for r in carrier.asked] == [
        ("DELETE", f"{BASE}/Recordings/RE1.json"),
        ("DELETE", f"{BASE}/Calls/CA1.json"),
        ("DELETE", f"{BASE}/Messages/SM1.json"),
    ]


def test_what_cannot_be_deleted_now_is_the_carriers_error() -> None:
    with pytest.raises(CarrierError):
        Carrier(httpx.Response(500)).client().delete_recording("RE1")
