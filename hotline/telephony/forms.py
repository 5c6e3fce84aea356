"""What a carrier's webhook says: its body read strictly, once, into a frozen form.

A signature joins names and values without a separator, so a signed text can be cut into other names and
values and still verify. That is why every name that we read has one value and a pattern, and why a name of
the carrier's that turns up inside other text counts as forged."""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

Pairs = Sequence[tuple[str, str]]
Form = TypeVar("Form")

MAX_FIELDS = 200
HANG_UP = "hangup"

_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_CARRIERS_NAMES = re.compile(
    "AccountSid|ApiVersion|Call(?:Sid|Status|Token|Duration|backSource)|Call(?:ed|er)(?:City|Country|Name|State|Zip)|"
    "Called|Caller|Dial(?:Bridged|Call(?:Sid|Status|Duration))|Digits|Direction|Error(?:Code|Url)|FinishedOnKey|"
    "ForwardedFrom|From(?:City|Country|State|Zip)|Message(?:Sid|Status)|Num(?:Media|Segments)|ParentCallSid|"
    "Recording(?:Channels|Duration|Sid|Source|Status|Track|Url)|SequenceNumber|StirVerstat|Timestamp|"
    "To(?:City|Country|State|Zip)"
)
_PARTIES = ("From", "To")  # too short to be looked for inside other text
_CALL_STATUSES = frozenset(
    (
        "queued",
        "initiated",
        "ringing",
        "in-progress",
        "answered",
        "completed",
        "busy",
        "failed",
        "no-answer",
        "canceled",
    )
)
_MESSAGE_STATUSES = frozenset(("queued", "accepted", "sending", "sent", "delivered", "read", "undelivered", "failed"))
_RECORDING_STATUSES = frozenset(
    ("in-progress", "paused", "stopped", "processing", "completed", "absent", "failed", "deleted")
)


class MalformedError(Exception):
    """The request is not one that a carrier would send (400)."""


class ForgedError(Exception):
    """The request's parts were moved about under a genuine signature (403)."""


# ---- the kinds of values -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kind:
    pattern: re.Pattern[str]
    convert: Callable[[str], Any] = str


def _whole_number(text: str) -> int | None:
    number = int(float(text)) if text else -1
    return number if number >= 0 else None  # carriers say -1 for "not known yet"


def _number_if_any(text: str) -> int | None:
    return _whole_number(text) if _NUMBER.pattern.fullmatch(text) else None


def _one_of(known: frozenset[str]) -> Callable[[str], str]:
    return lambda text: text.lower() if text.lower() in known else "unknown"


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _words(text: str) -> str:
    return text.replace("\x00", "")


_ID = _Kind(re.compile(r"[A-Za-z0-9:_.\-]{1,80}"))
_PARTY = _Kind(re.compile(r"[^\x00-\x1f\x7f-\x9f]{0,200}"))  # numbers, `anonymous`, `client:…`, `sip:…`
_DIGITS = _Kind(re.compile(r"[0-9*#A-Da-d]*|hangup"))
_KEY = _Kind(re.compile(r"[A-Za-z0-9*#]{0,20}"), lambda text: text if len(text) == 1 else "")
_WORD = _Kind(re.compile(r"[A-Za-z0-9_\-]{0,60}"))
_NUMBER = _Kind(re.compile(r"-?[0-9]{0,9}(?:\.[0-9]{1,6})?(?<!-)"), _whole_number)
_NUMBER_IF_ANY = _Kind(re.compile(r"[ -~]{0,64}"), _number_if_any)  # what is told beside it matters more
_FLAG = _Kind(re.compile(r"(?i:true|false)"), lambda text: text.lower() == "true")
_CALL_STATUS = _Kind(re.compile(r"[A-Za-z_\-]{0,40}"), _one_of(_CALL_STATUSES))
_MESSAGE_STATUS = _Kind(re.compile(r"[A-Za-z_\-]{0,40}"), _one_of(_MESSAGE_STATUSES))
_RECORDING_STATUS = _Kind(re.compile(r"[A-Za-z_\-]{0,40}"), _one_of(_RECORDING_STATUSES))
_MOMENT = _Kind(re.compile(r"[A-Za-z0-9,:+\- ]{0,64}"), _moment)
_WORDS = _Kind(re.compile(r"(?s).{0,16000}"), _words)


def _is(name: str, kind: _Kind, **default: Any) -> Any:
    return field(metadata={"name": name, "kind": kind, "steers": False}, **default)


def _steers(name: str, kind: _Kind, **default: Any) -> Any:
    """A field that is often absent but, where it was signed, must not be hidden: the call turns on it."""
    return field(metadata={"name": name, "kind": kind, "steers": True}, **default)


# ---- the forms ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IncomingForm:
    """A call comes in. `from_` and `to` are whatever the carrier sent: a number, a word, nothing."""

    call_id: str = _is("CallSid", _ID)
    from_: str = _is("From", _PARTY)
    to: str = _is("To", _PARTY)
    account_id: str = _is("AccountSid", _ID, default="")
    status: str = _is("CallStatus", _CALL_STATUS, default="unknown")
    direction: str = _is("Direction", _WORD, default="")
    forwarded_from: str = _is("ForwardedFrom", _PARTY, default="")
    stir: str = _is("StirVerstat", _WORD, default="")


@dataclass(frozen=True, slots=True)
class StepForm:
    """What a caller, or an officer being asked to join, did next. None means that the carrier did not say.

    `from_` and `to` belong to the leg that `call_id` names: on an officer's leg `to` is the officer."""

    call_id: str = _is("CallSid", _ID)
    from_: str = _steers("From", _PARTY, default="")
    to: str = _steers("To", _PARTY, default="")
    account_id: str = _is("AccountSid", _ID, default="")
    status: str = _is("CallStatus", _CALL_STATUS, default="unknown")
    direction: str = _is("Direction", _WORD, default="")
    parent_call_id: str | None = _is("ParentCallSid", _ID, default=None)
    digits: str | None = _steers("Digits", _DIGITS, default=None)
    finished: str = _steers("FinishedOnKey", _KEY, default="")
    recording_id: str | None = _steers("RecordingSid", _ID, default=None)
    recording_duration: int | None = _is("RecordingDuration", _NUMBER, default=None)
    dial_status: str | None = _steers("DialCallStatus", _CALL_STATUS, default=None)
    dial_call_id: str | None = _is("DialCallSid", _ID, default=None)
    dial_duration: int | None = _is("DialCallDuration", _NUMBER, default=None)
    dial_bridged: bool | None = _steers("DialBridged", _FLAG, default=None)

    @property
    def hung_up(self) -> bool:
        """The caller put the receiver down while being recorded."""
        return self.digits == HANG_UP

    @property
    def keys(self) -> str:
        """The keys pressed; nothing where the caller hung up."""
        return "" if self.hung_up else (self.digits or "")


@dataclass(frozen=True, slots=True)
class StatusForm:
    """How a call stands; these arrive in any order. `duration` in seconds, `sequence` counts from 0.

    The call's id is all that is required: whatever else is odd, the callback is to be taken note of."""

    call_id: str = _is("CallSid", _ID)
    status: str = _steers("CallStatus", _CALL_STATUS, default="unknown")
    account_id: str = _is("AccountSid", _ID, default="")
    from_: str = _is("From", _PARTY, default="")
    to: str = _is("To", _PARTY, default="")
    direction: str = _is("Direction", _WORD, default="")
    parent_call_id: str | None = _is("ParentCallSid", _ID, default=None)
    duration: int | None = _is("CallDuration", _NUMBER_IF_ANY, default=None)
    sequence: int | None = _is("SequenceNumber", _NUMBER_IF_ANY, default=None)
    timestamp: datetime | None = _is("Timestamp", _MOMENT, default=None)  # noqa: RUF009 - it is a field

    @property
    def final(self) -> bool:
        return self.status in ("completed", "busy", "failed", "no-answer", "canceled")


@dataclass(frozen=True, slots=True)
class RecordingForm:
    """How a recording stands. The address that the carrier sends with it is never read."""

    call_id: str = _is("CallSid", _ID)
    recording_id: str = _is("RecordingSid", _ID)
    account_id: str = _is("AccountSid", _ID, default="")
    status: str = _is("RecordingStatus", _RECORDING_STATUS, default="completed")
    duration: int | None = _is("RecordingDuration", _NUMBER, default=None)
    channels: int | None = _is("RecordingChannels", _NUMBER, default=None)
    source: str = _is("RecordingSource", _WORD, default="")


@dataclass(frozen=True, slots=True)
class ConferenceRecordingForm:
    """How the recording of a room stands. It belongs to no call of its own; one that is named is not read."""

    recording_id: str = _is("RecordingSid", _ID)
    call_id: str | None = _steers("CallSid", _ID, default=None)
    account_id: str = _is("AccountSid", _ID, default="")
    status: str = _is("RecordingStatus", _RECORDING_STATUS, default="completed")
    duration: int | None = _is("RecordingDuration", _NUMBER, default=None)


@dataclass(frozen=True, slots=True)
class MessageForm:
    """A text message. `pictures` counts what came with the words; they are not fetched."""

    message_id: str = _is("MessageSid", _ID)
    from_: str = _is("From", _PARTY)
    to: str = _is("To", _PARTY)
    body: str = _is("Body", _WORDS, default="")
    account_id: str = _is("AccountSid", _ID, default="")
    pictures: int | None = _is("NumMedia", _NUMBER, default=None)


@dataclass(frozen=True, slots=True)
class MessageStatusForm:
    """How a text message that we sent stands."""

    message_id: str = _is("MessageSid", _ID)
    status: str = _steers("MessageStatus", _MESSAGE_STATUS, default="unknown")
    account_id: str = _is("AccountSid", _ID, default="")


@dataclass(frozen=True, slots=True)
class FallbackForm:
    """The carrier could not use our answer; or the recording that the apology asked for has ended."""

    call_id: str = _is("CallSid", _ID)
    account_id: str = _is("AccountSid", _ID, default="")
    error_code: str = _is("ErrorCode", _WORD, default="")
    digits: str | None = _is("Digits", _DIGITS, default=None)
    recording_id: str | None = _is("RecordingSid", _ID, default=None)
    recording_duration: int | None = _is("RecordingDuration", _NUMBER, default=None)

    @property
    def recorded(self) -> bool:
        """This is the end of the apology's own recording, not a new failure."""
        parts = (self.digits, self.recording_id, self.recording_duration)
        return not self.error_code and any(part is not None for part in parts)


AnyForm = (
    IncomingForm
    | StepForm
    | StatusForm
    | RecordingForm
    | ConferenceRecordingForm
    | MessageForm
    | MessageStatusForm
    | FallbackForm
)

# ---- reading -----------------------------------------------------------------------------------------------


def read_pairs(body: bytes) -> list[tuple[str, str]]:
    """Cut an urlencoded body into names and values, blanks kept: they are signed. Raises MalformedError."""
    if not body:
        return []
    try:
        return parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise MalformedError("The body is not a form.") from None


def read_form(shape: type[Form], pairs: Pairs) -> Form:
    """Read the fields of one route. Raises MalformedError or, where parts were moved about, ForgedError."""
    parts = _parts(shape)  # type: ignore[arg-type]  # a class can be hashed, whatever it is of
    _check_names(pairs)
    values = _single_values(parts, pairs)
    _check_absent(parts, values, pairs)
    return shape(**{parts[name].name: _value(parts[name], text) for name, text in values.items()})


@cache
def _parts(shape: type[Any]) -> dict[str, Field[Any]]:
    """The fields of a form by the carrier's names for them."""
    return {part.metadata["name"]: part for part in fields(shape)}


def _check_names(pairs: Pairs) -> None:
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            raise _refusal(name + value)


def _single_values(known: Container[str], pairs: Pairs) -> dict[str, str]:
    """What we read, each once. A carrier sends none of its names twice, whether or not this route reads it."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise ForgedError(f"{name} came twice.")
        if name in known or name in _PARTIES or _CARRIERS_NAMES.fullmatch(name):
            values[name] = value
    return {name: value for name, value in values.items() if name in known}


def _check_absent(parts: Mapping[str, Field[Any]], values: dict[str, str], pairs: Pairs) -> None:
    signed = "".join(name + value for name, value in sorted(pairs))
    for name, part in parts.items():
        if name in values:
            continue
        required = part.default is MISSING
        if (required or part.metadata["steers"]) and name in signed:
            raise ForgedError(f"{name} is hidden in other text.")
        if required:
            raise MalformedError(f"{name} is missing.")


def _value(part: Field[Any], text: str) -> Any:
    kind: _Kind = part.metadata["kind"]
    if not text and part.default is not MISSING and kind is not _DIGITS:  # no keys is an answer, other blanks are none
        return part.default
    if not kind.pattern.fullmatch(text):
        raise _refusal(text)
    if kind is not _WORDS and _CARRIERS_NAMES.search(text):
        raise ForgedError(f"{part.metadata['name']} holds another name.")
    return kind.convert(text)


def _refusal(text: str) -> Exception:
    """Odd text is malformed; odd text that holds one of the carrier's own names was put together."""
    moved = _CARRIERS_NAMES.search(text) or "From" in text or "To" in text
    return ForgedError("Parts were moved about.") if moved else MalformedError("A value has no such form.")
