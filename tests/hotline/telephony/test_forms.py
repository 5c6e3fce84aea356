from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hotline.telephony.forms import (
    FallbackForm,
    ForgedError,
    IncomingForm,
    MalformedError,
    MessageForm,
    RecordingForm,
    StatusForm,
    StepForm,
    read_form,
    read_pairs,
)
from tests.hotline.telephony.forgeries import sign
from tests.hotline.telephony.gated_app import INCOMING, STEP

Pairs = list[tuple[str, str]]


def step(**changes: str) -> StepForm:
    return read_form(StepForm, list({**STEP, **changes}.items()))


def status(**changes: str) -> StatusForm:
    return read_form(StatusForm, list({"CallSid": "CA1", "CallStatus": "completed", **changes}.items()))


def test_an_incoming_call_is_read() -> None:
    form = read_form(IncomingForm, list({**INCOMING, "StirVerstat": "TN-Validation-Passed-A"}.items()))
    assert form.call_id == "CA00000000000000000000000000000001"
    assert (form.from_, form.to, form.status) == ("+84912345678", "+842101234567", "ringing")
    assert (form.direction, form.stir, form.forwarded_from) == ("inbound", "TN-Validation-Passed-A", "")


@pytest.mark.parametrize("call_id", ["v3:abc-DEF_1.2", "0d6a5f0e-7a2c-4a5e-9c8e-1c2d3e4f5a6b", "1"])
def test_a_call_id_is_opaque_text(call_id: str) -> None:
    assert step(CallSid=call_id).call_id == call_id


def test_keys_and_a_hang_up_are_told_apart() -> None:
    assert (step(Digits="12#").keys, step(Digits="12#").hung_up) == ("12#", False)
    assert (step(Digits="hangup").keys, step(Digits="hangup").hung_up) == ("", True)
    assert (step(Digits="").digits, step(Digits="").keys) == ("", "")


def test_what_the_carrier_does_not_say_is_none() -> None:
    form = read_form(StepForm, [(name, value) for name, value in STEP.items() if name != "Digits"])
    assert (form.digits, form.recording_id, form.dial_status, form.dial_bridged) == (None,) * 4


def test_the_end_of_a_dial_is_read() -> None:
    form = step(DialCallStatus="completed", DialBridged="true", DialCallSid="CA2", DialCallDuration="61")
    assert (form.dial_status, form.dial_bridged, form.dial_duration) == ("completed", True, 61)
    assert step(DialBridged="false").dial_bridged is False


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("17", 17), ("17.9", 17), ("", None), ("-1", None), ("999999999", 999999999)]
)
def test_a_duration_is_whole_seconds_or_unknown(text: str, seconds: int | None) -> None:
    assert status(CallDuration=text).duration == seconds


@pytest.mark.parametrize("text", ["-", "1e9", "12 ", "0x1", "1" * 10, ".", "nan"])
def test_the_news_of_a_call_are_taken_though_their_numbers_are_odd(text: str) -> None:
    form = status(CallStatus="completed", CallDuration=text, SequenceNumber=text)
    assert (form.final, form.duration, form.sequence) == (True, None, None)


@pytest.mark.parametrize("text", ["-", "1e9", "12 ", "٣", "0x1", "1" * 10, ".", "nan"])
def test_where_a_step_turns_on_a_number_an_odd_one_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        step(RecordingDuration=text)


def test_an_unknown_status_is_kept_as_unknown() -> None:
    assert status(CallStatus="teleported").status == "unknown"
    assert status(CallStatus="no-answer").final
    assert not status(CallStatus="ringing").final


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 06 Jan 2026 08:30:00 +0700", datetime(2026, 1, 6, 1, 30, tzinfo=UTC)),
        ("Tue, 06 Jan 2026 08:30:00", None),
        ("yesterday", None),
        ("", None),
        ("Tue, 99 Jan 2026 08:30:00 +0000", None),
        ("Tue, 06 Jan 99999999999999 08:30:00 +0000", None),
        ("Tue, 06 Jan 2026 08:30:00 +99999999", None),
    ],
)
def test_a_moment_that_cannot_be_read_is_none(text: str, moment: datetime | None) -> None:
    assert status(Timestamp=text).timestamp == moment


def test_a_recording_is_read_and_its_address_is_not() -> None:
    pairs = [("CallSid", "CA1"), ("RecordingSid", "RE1"), ("RecordingDuration", "-1")]
    form = read_form(RecordingForm, [*pairs, ("RecordingStatus", "absent"), ("RecordingUrl", "http://evil.invalid")])
    assert form == RecordingForm("CA1", "RE1", status="absent")


def test_a_message_keeps_its_words() -> None:
    words = 'Đánh nhau <b>&"\n💥\x00'
    form = read_form(MessageForm, [("MessageSid", "SM1"), ("From", "x"), ("To", "y"), ("Body", words)])
    assert form.body == 'Đánh nhau <b>&"\n💥'


def test_the_end_of_the_fallbacks_recording_is_not_a_new_failure() -> None:
    assert not read_form(FallbackForm, [("CallSid", "CA1"), ("ErrorCode", "11200")]).recorded
    ended = [("CallSid", "CA1"), ("RecordingDuration", "0"), ("Digits", "hangup")]
    assert read_form(FallbackForm, ended).recorded
    assert not read_form(FallbackForm, [*ended, ("ErrorCode", "11200")]).recorded


def test_a_blank_is_as_good_as_nothing_except_for_keys() -> None:
    form = step(RecordingSid="", DialCallStatus="", DialBridged="", ParentCallSid="", CallStatus="", Digits="")
    assert (form.recording_id, form.dial_status, form.dial_bridged, form.parent_call_id) == (None,) * 4
    assert (form.status, form.digits) == ("unknown", "")


@pytest.mark.parametrize(("text", "key"), [("#", "#"), ("*", "*"), ("", ""), ("timeout", "")])
def test_what_ended_an_entry_is_a_key_or_nothing(text: str, key: str) -> None:
    assert step(FinishedOnKey=text).finished == key


def test_a_callback_with_nothing_but_the_calls_id_is_taken() -> None:
    assert read_form(StatusForm, [("CallSid", "CA1")]).status == "unknown"


@pytest.mark.parametrize("body", [b"a=1&a=2&b=", b""])
def test_blanks_and_repeats_are_kept(body: bytes) -> None:
    assert read_pairs(body) == ([("a", "1"), ("a", "2"), ("b", "")] if body else [])


# ---- parts moved about under a genuine signature -------------------------------------------------------------


@pytest.mark.parametrize(
    "pairs",
    [
        {**INCOMING, "Digits": "1From+84912345678"},
        {**{n: v for n, v in STEP.items() if n != "Digits"}, "Digit": "s1"},
        {**{n: v for n, v in STEP.items() if n != "Digits"}, "Digits1": ""},
        {**{n: v for n, v in STEP.items() if n != "Digits"}, "CallerZip": "Digits1"},
        {**{n: v for n, v in STEP.items() if n != "CallStatus"}, "CallSid": "CA1CallStatusin-progress"},
        {**{n: v for n, v in STEP.items() if n != "FromCity"}, "From": "+84912345678FromCityHanoi"},
        {**{n: v for n, v in STEP.items() if n != "From"}, "Direction": "inboundFrom+84912345678"},
    ],
)
def test_a_hidden_field_is_found(pairs: dict[str, str]) -> None:
    with pytest.raises(ForgedError):
        read_form(StepForm, list(pairs.items()))


@pytest.mark.parametrize("value", ["+84912345678", "anonymous"])
def test_a_field_that_comes_twice_is_refused(value: str) -> None:
    with pytest.raises(ForgedError):
        read_form(StepForm, [*STEP.items(), ("From", value)])
    with pytest.raises(ForgedError):
        read_form(FallbackForm, [*STEP.items(), ("From", value)])


def _move_a_boundary(pairs: Pairs, at: int, by: int) -> Pairs:
    name, value = pairs[at]
    text, cut = name + value, max(0, len(name) + by)
    return [*pairs[:at], (text[:cut], text[cut:]), *pairs[at + 1 :]]


def _swallow_the_next(pairs: Pairs, at: int, _: int) -> Pairs:
    (name, value), *rest = pairs[at:]
    return [*pairs[:at], (name, value + "".join(rest[0])), *rest[1:]] if rest else pairs


def _split_the_value(pairs: Pairs, at: int, by: int) -> Pairs:
    name, value = pairs[at]
    cut = abs(by) % (len(value) + 1)
    middle = min(len(value), cut + abs(by))
    return [*pairs[:at], (name, value[:cut]), (value[cut:middle], value[middle:]), *pairs[at + 1 :]]


def _give_to_the_next(pairs: Pairs, at: int, by: int) -> Pairs:
    if at + 1 >= len(pairs):
        return pairs
    (name, value), (following, its) = pairs[at], pairs[at + 1]
    cut = max(0, len(value) - abs(by))
    return [*pairs[:at], (name, value[:cut]), (value[cut:] + following, its), *pairs[at + 2 :]]


def _repeat(pairs: Pairs, at: int, _: int) -> Pairs:
    return [*pairs, pairs[at]]


moves = st.lists(
    st.tuples(
        st.sampled_from([_move_a_boundary, _swallow_the_next, _split_the_value, _give_to_the_next, _repeat]),
        st.integers(0, 20),
        st.integers(-8, 24),
    ),
    min_size=1,
    max_size=3,
)
ends: dict[str, dict[str, str]] = {
    "keys": {"Digits": "12", "FinishedOnKey": "#"},
    "recording": {"Digits": "#", "RecordingSid": "RE01", "RecordingDuration": "9", "RecordingUrl": "https://x/RE01"},
    "dial": {"DialCallStatus": "completed", "DialBridged": "true", "DialCallSid": "CA2", "DialCallDuration": "3"},
}


@settings(max_examples=600)
@given(st.sampled_from(list(ends.values())), moves)
def test_no_other_reading_of_a_signed_text_changes_what_a_call_turns_on(end: dict[str, str], moved: Any) -> None:
    signed: Pairs = sorted({**INCOMING, "CallStatus": "in-progress", **end}.items())
    pairs = signed
    for move, at, by in moved:
        pairs = move(pairs, at % len(pairs), by)
    assume(sign("t", "", tuple(set(pairs))) == sign("t", "", tuple(signed)))
    true = read_form(StepForm, signed)
    try:
        form = read_form(StepForm, pairs)
    except (ForgedError, MalformedError):
        return
    for name in ("call_id", "from_", "to", "digits", "finished", "recording_id", "dial_status", "dial_bridged"):
        assert getattr(form, name) == getattr(true, name), (name, pairs)


@given(st.binary(max_size=300))
def test_no_body_does_more_than_be_refused(body: bytes) -> None:
    with suppress(ForgedError, MalformedError):
        pairs = read_pairs(body)
        for shape in (IncomingForm, StepForm, StatusForm, RecordingForm, MessageForm, FallbackForm):
            read_form(shape, pairs)


numbers = st.from_regex(r"-?[0-9]{0,9}(\.[0-9]{1,6})?", fullmatch=True)
dates = st.text("ADFJTadehjnortuy0123456789,:+- ", max_size=40)
values = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), numbers, dates)


@settings(max_examples=500)
@given(st.dictionaries(st.sampled_from(["CallDuration", "SequenceNumber", "Timestamp", "From", "Direction"]), values))
def test_no_value_does_more_than_be_refused(form: dict[str, str]) -> None:
    with suppress(ForgedError, MalformedError):
        status(**form)
