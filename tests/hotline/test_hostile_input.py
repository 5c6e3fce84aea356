"""Whatever is sent to a carrier's address: a clear refusal or a kept record, never a failure, never broken TwiML."""

import io
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import SQLModel
from werkzeug.test import Client, TestResponse

from hotline.telephony.gate import CARRIER_PATHS, CarrierBlueprint
from storage.tables import calls, recordings, reports, sealed_numbers, texts
from tests.hotline.posts import CALLER, awaited, call_form, post, post_raw, recording_form, text_form, twiml
from tests.hotline.telephony.forgeries import FORGERIES, FORM_TYPE, SIGNATURE, genuine, sign
from tests.stories.conftest import ON_SQLITE, TOKEN, Commune, _quick_secrets

__all__ = ["_quick_secrets"]

VOICE_ROUTES = (
    "/voice/incoming",
    "/voice/k/1",
    "/voice/fallback",
    "/voice/k/1/whisper",
    "/voice/k/1/screen",
    "/voice/officer-leg/k",
    "/voice/officer-leg/k/answer",
    "/voice/officer-leg/k/spoken",
)
CALLBACKS = (
    "/voice/status",
    "/voice/recording",
    "/voice/recording/call",
    "/voice/k/recording",
    "/voice/officer-leg/k/status",
    "/sms/incoming",
)
MOST_TWIML = 64 * 1024
_FOR_EACH_EXAMPLE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(autouse=True)
def _nothing_breaks_in_silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The last resort of a route answers well and writes an error: here none may be needed, unless it is the point."""
    yield
    failed = [one.getMessage() for one in caplog.get_records("call") if "failed" in one.getMessage()]
    assert not [one for one in failed if one.startswith(("a step", "a callback"))], failed


def count_rows(commune: Commune) -> dict[str, int]:
    with commune.store.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }


def plain_form(path: str) -> dict[str, str]:
    """A form that the route at `path` would take."""
    if path.startswith("/sms"):
        return text_form("SMplain", "the bridge is gone")
    if "/recording" in path:
        return recording_form("CAplain", "REplain", "completed", RecordingDuration="4")
    return call_form("CAplain", CallStatus="completed" if path == "/voice/status" else "in-progress")


def paths_of(commune: Commune) -> list[str]:
    """Every address that a carrier may call, with something in the place of its parts."""
    every = commune.app.url_map.iter_rules()
    rules = [rule for rule in every if rule.rule.startswith(CARRIER_PATHS) and "POST" in (rule.methods or ())]
    with commune.app.test_request_context():
        adapter = commune.app.url_map.bind("line.example.org")
        return [
            adapter.build(rule.endpoint, {name: 1 if name == "visit" else "k" for name in rule.arguments}, "POST")
            for rule in rules
        ]


def is_twiml(answer: TestResponse) -> bool:
    root = twiml(answer.data)
    return answer.mimetype == "text/xml" and root.tag == "Response" and len(answer.data) <= MOST_TWIML


# ---- what is not the carrier's ---------------------------------------------------------------------------------------


def test_the_carriers_addresses_are_all_known_here(commune: Commune) -> None:
    assert {*VOICE_ROUTES, *CALLBACKS} <= set(paths_of(commune))
    (gate,) = [one for one in commune.app.blueprints.values() if isinstance(one, CarrierBlueprint)]
    assert len(gate.shapes) == len(paths_of(commune))


def test_every_forgery_at_every_address_is_refused_and_leaves_no_row(commune: Commune) -> None:
    before = count_rows(commune)
    client = Client(commune.app)
    for path in paths_of(commune):
        request = genuine(path, plain_form(path), TOKEN, commune.settings.hotline_public_url)
        for forgery in FORGERIES:
            answer = forgery.spoil(request).send(client)
            assert answer.status_code == forgery.status, (path, forgery.name)
            assert len(answer.data) < 100, "a refusal says little"
            assert CALLER.encode() not in answer.data
    assert count_rows(commune) == before


def test_other_methods_and_types_are_refused_and_leave_no_row(commune: Commune) -> None:
    before = count_rows(commune)
    client = Client(commune.app)
    for path in paths_of(commune):
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert client.open(path, method=method).status_code == 405, (path, method)
        signature = sign(TOKEN, commune.settings.hotline_public_url + path, ())
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
            answer = client.post(path, data=b"{}", headers={"Content-Type": kind, SIGNATURE: signature})
            assert answer.status_code == 415, (path, kind)
    assert count_rows(commune) == before


def test_bodies_that_are_too_much_are_refused_and_leave_no_row(commune: Commune) -> None:
    before = count_rows(commune)
    big = b"CallSid=CA1&From=&To=&Filler=" + b"x" * 10_000_000
    many = urlencode([(f"F{number}", "1") for number in range(200_000)]).encode()
    crowded = urlencode([(f"F{number}", "1") for number in range(1_000)]).encode()
    for path in paths_of(commune):
        assert post_raw(commune, path, big).status_code == 413, path
        assert post_raw(commune, path, many).status_code == 413, path
        assert post_raw(commune, path, crowded).status_code in (400, 403), path
        assert _without_length(commune, path, big).status_code in (400, 413), path
    assert count_rows(commune) == before


def _without_length(commune: Commune, path: str, body: bytes) -> TestResponse:
    """A body that does not say how long it is, as a chunked one."""
    headers = {"Content-Type": FORM_TYPE, SIGNATURE: "x", "Transfer-Encoding": "chunked"}
    environ = {"wsgi.input_terminated": True}
    return Client(commune.app).post(path, input_stream=io.BytesIO(body), headers=headers, environ_overrides=environ)


NO_FORMS = {
    "nothing": b"",
    "an ampersand": b"&",
    "bytes that are not UTF-8, escaped": b"CallSid=%ff%fe&From=&To=",
    "bytes that are not UTF-8": b"CallSid=\xff\xfe&From=&To=",
    "a NUL": b"CallSid=CA%00&From=&To=",
    "a lone surrogate": b"CallSid=%ed%a0%80&From=&To=",
    "one name twice": b"CallSid=CA1&CallSid=CA2&From=&To=",
    "names alone": b"CallSid&From&To",
    "no names at all": b"=&=&=",
    "an id without end": b"CallSid=" + b"9" * 60_000 + b"&From=&To=",
    "percent signs": b"%%%%=%%%%&From=&To=",
    "JSON that says it is a form": b'{"CallSid": "CA1"}',
}


def test_bodies_that_are_no_form_are_refused_and_leave_no_row(commune: Commune) -> None:
    before = count_rows(commune)
    for path in paths_of(commune):
        for name, body in NO_FORMS.items():
            signed = tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            assert post_raw(commune, path, body).status_code in (400, 403), (path, name)
            assert post_raw(commune, path, body, signed).status_code in (400, 403), (path, name)
    assert count_rows(commune) == before


# ---- signed, and odd -------------------------------------------------------------------------------------------------

ODD_FIELDS: dict[str, dict[str, str]] = {
    "a thousand digits": {"Digits": "1" * 1000},
    "every key": {"Digits": "0123456789*#ABCD"},
    "no digits": {"Digits": ""},
    "words with signs in them": {"SpeechResult": "<Say>&amp; ]]> \"quoted\" 'too'", "Confidence": "0.9"},
    "control characters": {"SpeechResult": "\x00\x0b\x1b[31m\u202e\ufffe", "Confidence": ""},
    "an emoji": {"CallerName": "🐕‍🦺", "FromCity": "Bản Phố"},
    "a number below zero": {"RecordingSid": "RE1", "RecordingDuration": "-1"},
    "a number that is much": {"RecordingSid": "RE1", "RecordingDuration": "999999999"},
    "a recording of nothing": {"RecordingSid": "RE1", "RecordingDuration": "0"},
    "a recording with dots for a name": {"RecordingSid": "..", "RecordingDuration": "5"},
    "a recording elsewhere": {"RecordingSid": "RE1", "RecordingUrl": "http://169.254.169.254/latest"},
    "a dial that never was": {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "7"},
    "a status nobody knows": {"DialCallStatus": "who-knows", "CallStatus": "resting"},
    "the caller gone": {"Digits": "hangup", "RecordingSid": "RE1", "RecordingDuration": "3"},
    "fields to come": {"Something-New.2031": "yes", "X_Y": ""},
}


def test_odd_fields_in_a_step_of_a_live_call_are_answered(commune: Commune) -> None:
    for number, (odd, fields) in enumerate(ODD_FIELDS.items()):
        call_id = f"CAodd{number}"
        answer = post(commune, "/voice/incoming", call_form(call_id, CallStatus="ringing"))
        for _ in range(3):
            if b"action=" not in answer.data:
                break
            answer = post(commune, awaited(answer.data), call_form(call_id, **fields))
            assert answer.status_code == 200, odd
            assert is_twiml(answer)
    assert len(commune.rows(calls)) == len(ODD_FIELDS)


WITHHELD = (
    "", " ", "anonymous", "Anonymous", "ANONYMOUS", "unknown", "Restricted", "unavailable", "private", "client:desk",
    "sip:someone@example.org", "+266696687", "+86282452253", "+8656696", "+2562533", "+7378742833", "113", "🐕", "0",
    "+", "+0", "null", "None", "+84" + "9" * 60, "' OR 1=1 --", "<script>", "%00", "\u202e+84",
)  # fmt: skip


def test_a_call_is_taken_whatever_the_caller_is_called(commune: Commune) -> None:
    for number, from_ in enumerate(WITHHELD):
        form = call_form(f"CA{number}", From=from_)
        answer = post(commune, "/voice/incoming", form)
        assert answer.status_code == 200, from_
        assert is_twiml(answer)
        over = {**form, "CallStatus": "completed", "CallDuration": "3"}
        assert post(commune, "/voice/status", over).status_code == 204, from_
    taken = commune.rows(calls)
    assert len(taken) == len(WITHHELD)
    assert all(call["withheld"] and call["ended_at"] for call in taken)
    assert commune.rows(sealed_numbers) == [], "what is no number is not kept as one"


def test_a_call_to_a_number_that_is_not_ours_is_taken_and_marked(commune: Commune) -> None:
    for number, to in enumerate(("", "+84", "sip:line@example.org", "+84219999999", "🐕")):
        assert is_twiml(post(commune, "/voice/incoming", call_form(f"CA{number}", To=to)))
    assert [call["suspect"] for call in commune.rows(calls)] == ["unknown line"] * 5


def test_any_visit_number_of_any_call_is_answered(commune: Commune) -> None:
    post(commune, "/voice/incoming", call_form("CAvisit"))
    (call,) = commune.rows(calls)
    for key in (call["key"], "never-seen", "a" * 500):
        for visit in ("0", "1", "2", "7", "4294967296", "9223372036854775808", "9" * 20, "9" * 300):
            for leg in ("", "/whisper", "/screen"):
                answer = post(commune, f"/voice/{key}/{visit}{leg}", call_form("CAvisit", Digits="1"))
                assert answer.status_code == 200, (key, visit, leg)
                assert is_twiml(answer)
    assert len(commune.rows(calls)) == 1


def test_addresses_that_we_never_gave_are_not_found(commune: Commune) -> None:
    before = count_rows(commune)
    for path in ("/voice/k/-1", "/voice/k/1.5", "/voice/k/x", "/voice/", "/voice/a/1/b", "/sms/"):
        assert post(commune, path, call_form("CAnone")).status_code == 404, path
    assert count_rows(commune) == before


def test_a_step_of_a_call_that_was_never_seen_is_taken_for_a_new_call(commune: Commune) -> None:
    answer = post(commune, "/voice/never-seen/4", call_form("CAnew", Digits="1"))
    assert is_twiml(answer)
    assert [call["carrier_call_id"] for call in commune.rows(calls)] == ["CAnew"]


# ---- callbacks -------------------------------------------------------------------------------------------------------

STATUSES = (
    "queued",
    "ringing",
    "in-progress",
    "completed",
    "busy",
    "failed",
    "no-answer",
    "canceled",
    "odd",
    "",
    "COMPLETED",
)


def test_status_callbacks_of_calls_never_seen_are_taken(commune: Commune) -> None:
    final = {"completed", "busy", "failed", "no-answer", "canceled"}
    for number, status in enumerate(STATUSES):
        for duration in ("", "0", "-1", "12", "999999999", "1.5"):
            form = call_form(
                f"CA{number}x{duration}", CallStatus=status, CallDuration=duration, SequenceNumber="999999999"
            )
            assert post(commune, "/voice/status", form).status_code == 204, (status, duration)
    kept = commune.rows(calls)
    assert len(kept) == 6 * sum(status.lower() in final for status in STATUSES)
    assert all(call["ended_at"] is not None and call["suspect"] == "never answered" for call in kept)


def test_recording_callbacks_of_every_kind_are_taken(commune: Commune) -> None:
    ids = ("RE1", "..", ".", "-", "a:b", "0", "x" * 80)
    for status in ("in-progress", "completed", "absent", "failed", "processing", "paused", "odd", ""):
        for number, recording_id in enumerate(ids):
            for duration in ("", "0", "-1", "7", "999999999"):
                form = recording_form(f"CAr{number}", recording_id, status, RecordingDuration=duration)
                assert post(commune, "/voice/recording", form).status_code == 204, (status, recording_id, duration)
    assert len(commune.rows(recordings)) == len(ids)
    assert commune.rows(calls) == []


def test_the_worker_lives_with_whatever_recordings_were_announced(commune: Commune) -> None:
    post(commune, "/voice/incoming", call_form("CAmany"))
    for recording_id in ("..", ".", "-", "a:b", "0", "x" * 80):
        post(commune, "/voice/recording", recording_form("CAmany", recording_id, "completed", RecordingDuration="7"))
    commune.worker_runs()
    assert {row["status"] for row in commune.rows(recordings)} == {"awaited"}, "none of them is there, all may come"


WORDS = ("", " ", "🐕", "\x00", "\ufffe\u202e", "<Say>&", "a" * 15_000, "=cmd|' /C calc'!A0", "Digits", "\r\n\r\n")


def test_a_text_of_any_words_is_taken_down_once(commune: Commune) -> None:
    for number, words in enumerate(WORDS * 2):
        answer = post(commune, "/sms/incoming", text_form(f"SM{number % len(WORDS)}", words))
        assert answer.status_code == 200, words[:20]
        assert is_twiml(answer)
    assert len(commune.rows(texts)) == len(commune.rows(reports)) == len(WORDS)


# ---- any form at all -------------------------------------------------------------------------------------------------

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_FIELDS = {
    "CallSid": st.sampled_from(["CAhyp", "CAhyp2", "", "x" * 80, "a b"]) | _TEXT,
    "From": st.sampled_from([*WITHHELD, CALLER]) | _TEXT,
    "To": st.sampled_from(["+842101234567", ""]) | _TEXT,
    "CallStatus": st.sampled_from(STATUSES) | _TEXT,
    "Direction": st.sampled_from(["inbound", "outbound-dial", ""]) | _TEXT,
    "Digits": st.text("0123456789*#ABCD", max_size=40) | st.just("hangup") | _TEXT,
    "FinishedOnKey": st.sampled_from(["#", "*", "", "timeout"]) | _TEXT,
    "RecordingSid": st.sampled_from(["REhyp", "..", ""]) | _TEXT,
    "RecordingDuration": st.integers(-10, 10**10).map(str) | _TEXT,
    "DialCallStatus": st.sampled_from(STATUSES) | _TEXT,
    "DialBridged": st.sampled_from(["true", "false", "TRUE", ""]) | _TEXT,
    "DialCallSid": _TEXT,
    "SpeechResult": _TEXT,
    "RecordingStatus": _TEXT,
    "CallDuration": st.integers(-10, 10**10).map(str) | _TEXT,
    "SequenceNumber": _TEXT,
    "MessageSid": st.sampled_from(["SMhyp", ""]) | _TEXT,
    "Body": _TEXT,
    "ErrorCode": _TEXT,
}
_FORMS = st.fixed_dictionaries({}, optional=_FIELDS)


@ON_SQLITE
@pytest.mark.timeout(300)
@settings(max_examples=400, deadline=None, suppress_health_check=_FOR_EACH_EXAMPLE)
@given(form=_FORMS, usual=st.booleans(), where=st.integers(0, 99))
def test_any_signed_form_is_answered_or_refused(
    commune: Commune, form: dict[str, str], usual: bool, where: int
) -> None:
    paths = paths_of(commune)
    path = paths[where % len(paths)]
    answer = post(commune, path, {**plain_form(path), **form} if usual else form)
    if answer.status_code == 200:
        assert is_twiml(answer)
    else:
        assert answer.status_code in (204, 400, 403), (path, answer.status_code)


_COUNT = count()
_STEP_FIELDS = {name: _FIELDS[name] for name in _FIELDS if name not in ("CallSid", "MessageSid", "Body", "ErrorCode")}


@ON_SQLITE
@pytest.mark.timeout(300)
@settings(max_examples=400, deadline=None, suppress_health_check=_FOR_EACH_EXAMPLE)
@given(form=st.fixed_dictionaries({}, optional=_STEP_FIELDS), at=st.integers(0, 4))
def test_any_fields_in_a_live_call_are_answered_or_refused(commune: Commune, form: dict[str, str], at: int) -> None:
    call_id = f"CAlive{next(_COUNT)}"
    answer = post(commune, _live_call(commune, call_id, at), {**call_form(call_id), **form})
    assert answer.status_code in (200, 400, 403)
    assert answer.status_code != 200 or is_twiml(answer)


def _live_call(commune: Commune, call_id: str, at: int) -> str:
    """The awaited address of a fresh call that stands in a menu, at digits or in a recording."""
    document = post(commune, "/voice/incoming", call_form(call_id)).data
    for keys in (("1",), ("1",), ("6", "2", "1"), ("03",))[:at]:
        for key in keys:
            document = post(commune, awaited(document), call_form(call_id, Digits=key)).data
    return awaited(document)


# ---- any walk through the flow ---------------------------------------------------------------------------------------

_ACTS = st.sampled_from([*"0123456789*#", "wait", "speak", "code"])


@ON_SQLITE
@pytest.mark.timeout(300)
@settings(max_examples=100, deadline=None, suppress_health_check=_FOR_EACH_EXAMPLE)
@given(acts=st.lists(_ACTS, min_size=1, max_size=40), again=st.booleans())
def test_any_walk_through_the_flow_ends(commune: Commune, acts: list[str], again: bool) -> None:
    """Whatever a caller presses, and then nothing more: the call comes to its end, and every document is sound."""
    call = commune.dials()
    for act in [*(acts * 3 if again else acts), *["wait"] * 60]:
        if call.ended:
            break
        _act(call, act)
    assert call.ended, f"still {call.awaits} after {len(call.requests)} requests"
    assert not call.failed
    assert not call.warnings, call.warnings
    for exchange in call.requests:
        assert exchange.answer is not None
        assert exchange.answer.status in (200, 204)
        if exchange.answer.status == 200:
            assert len(exchange.answer.body) <= MOST_TWIML
            assert twiml(exchange.answer.body).tag == "Response"
            assert b"/voice/fallback" not in exchange.answer.body


def _act(call: Any, act: str) -> None:
    if call.awaits == "officer":
        call.hang_up()
    elif act == "speak" and call.awaits == "recording":
        call.record(3)
    elif act == "code" and call.awaits == "keys":
        call.key_in("000000000000")
    elif act in "0123456789*#" and call.awaits in ("keys", "recording"):
        call.press(act)
    else:
        call.wait()
