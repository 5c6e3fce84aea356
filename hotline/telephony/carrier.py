"""What we ask of the carrier: its own lists of calls, recordings and numbers, a recording's audio, to forget, to page.

Spoken to with httpx instead of the carrier's client library: that one cannot stream a recording, keeps to its own
host, sets no time limit, and costs the worker 15 MiB for eight kinds of request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from hotline.errors import CarrierError

API_VERSION = "2010-04-01"
PAGE_SIZE = 200
MAX_PAGES = 500  # a list that never ends is a fault of the carrier's
MAX_RETRY_AFTER_S = 3600
PATIENCE_S = 20.0
_CONNECTS_WITHIN_S = 5.0
_LISTS_NOTHING = (404, 405, 410, 501)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """A call as the carrier remembers it; parties as the carrier spells them, None where it does not say."""

    id: str
    from_: str
    to: str
    status: str
    direction: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: int | None


@dataclass(frozen=True, slots=True)
class CarrierMessage:
    """A text message as the carrier remembers it."""

    id: str
    direction: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class CarrierRecording:
    """A recording that lies at the carrier."""

    id: str
    call_id: str
    status: str
    duration_s: int | None
    of_call: bool = False  # of the line, not what the caller was asked to say


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that the carrier asks, and by which method; both empty where none is set."""

    url: str
    method: str


@dataclass(frozen=True, slots=True)
class CarrierNumber:
    """A number of the account, and whom the carrier asks about it."""

    number: str
    voice: Webhook
    fallback: Webhook
    status: Webhook
    text: Webhook
    takes_texts: bool
    calls_go_to: str  # "an application" or "a trunk", whose addresses are asked instead of these; else empty
    texts_go_to: str


class CarrierClient:
    """One account at one carrier. Every method raises CarrierError; no request leaves the configured host."""

    def __init__(
        self,
        api_url: str,
        account_id: str,
        auth_token: str,
        *,
        patience_s: float = PATIENCE_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        parts = urlsplit(api_url.rstrip("/"))
        self._origin, self._prefix = f"{parts.scheme}://{parts.netloc}", parts.path
        self._account = f"{self._prefix}/{API_VERSION}/Accounts/{quote(account_id, safe='')}"
        self._http = httpx.Client(
            auth=(account_id, auth_token),
            timeout=httpx.Timeout(patience_s, connect=min(patience_s, _CONNECTS_WITHIN_S)),
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    # ---- lists

    def calls_since(self, moment: datetime) -> Iterator[CarrierCall]:
        """The calls that started at `moment` or later, page by page."""
        for row in self._rows("Calls", {"StartTime>": _iso(moment)}):
            yield _call(row)

    def call(self, call_id: str) -> CarrierCall | None:
        """One call, or None where the carrier has no such call."""
        answer = self._send("GET", self._path("Calls", call_id, ".json"), missing_is_fine=True)
        return None if answer.status_code == httpx.codes.NOT_FOUND else _call(_json(answer))

    def calls_to(self, number: str, moment: datetime) -> Iterator[CarrierCall]:
        """The calls to this number that started at `moment` or later, page by page."""
        for row in self._rows("Calls", {"To": number, "StartTime>": _iso(moment)}):
            yield _call(row)

    def messages_to(self, number: str, moment: datetime) -> Iterator[CarrierMessage]:
        """The text messages to this number that were sent at `moment` or later, page by page."""
        for row in self._rows("Messages", {"To": number, "DateSent>": _iso(moment)}):
            yield _message(row)

    def recordings_since(self, moment: datetime) -> Iterator[CarrierRecording]:
        """The recordings made at `moment` or later, page by page."""
        for row in self._rows("Recordings", {"DateCreated>": _iso(moment)}):
            yield _recording(row)

    # ---- the account

    def number(self, number: str) -> CarrierNumber | None:
        """How a number (E.164) of the account is set up; None where it is not the account's.

        The error is `missing` where the carrier keeps no such list."""
        rows = self._rows("IncomingPhoneNumbers", {"PhoneNumber": number}, key="incoming_phone_numbers")
        # The carrier looks for parts of a number, and some carriers look for nothing.
        return next((_number(row) for row in rows if _digits(row) == number.lstrip("+")), None)

    def time(self) -> datetime | None:
        """What the carrier's clock says, to the second. Every answer is dated, a refusal too; None where it is not."""
        with _as_carrier_errors():
            answer = self._http.get(f"{self._origin}{self._account}.json")
        return _moment(answer.headers.get("Date", ""))

    # ---- audio

    @contextmanager
    def recording_stream(self, recording_id: str) -> Iterator[tuple[str, int | None, Iterator[bytes]]]:
        """Open a recording: its media type, its length in bytes if told, and its bytes as they come.

        Not there yet (404) is not permanent: carriers announce a recording before they can serve it."""
        address = self._origin + self._path("Recordings", recording_id, ".wav")
        with _as_carrier_errors(), self._http.stream("GET", address) as answer:
            _check(answer)
            media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            length = answer.headers.get("Content-Length", "")
            yield media_type, int(length) if length.isdecimal() else None, _chunks(answer)

    # ---- paging officers; where the answer is lost, `outcome_unknown` says so

    def create_call(self, to: str, from_: str, url: str, status_url: str, ring_s: int) -> str:
        """Have the carrier ring a number and ask `url` what to say; its news go to `status_url`. Return its id."""
        told = {"Url": url, "Method": "POST", "StatusCallback": status_url, "Timeout": str(ring_s)}
        return self._create("Calls", {"To": to, "From": from_, **told})

    def redirect_call(self, call_id: str, url: str) -> None:
        """Have a live call leave what it does and ask `url`; one that is over stays over."""
        self._update_call(call_id, {"Url": url, "Method": "POST"})

    def end_call(self, call_id: str) -> None:
        """Have a call that rings or talks end; one that is over stays over."""
        self._update_call(call_id, {"Status": "completed"})

    def _update_call(self, call_id: str, told: Mapping[str, str]) -> None:
        """Twilio answers 400 or 404 where the call is over already."""
        try:
            self._send("POST", self._path("Calls", call_id, ".json"), form=told, missing_is_fine=True)
        except CarrierError as error:
            if not error.permanent:
                raise

    def create_message(self, to: str, from_: str, body: str, status_url: str) -> str:
        """Have the carrier deliver a text message. Return its id."""
        return self._create("Messages", {"To": to, "From": from_, "Body": body, "StatusCallback": status_url})

    def _create(self, kind: str, form: Mapping[str, str]) -> str:
        answer = self._send("POST", f"{self._account}/{kind}.json", form=form)
        try:
            made = _text(_json(answer), "sid")
        except CarrierError:
            made = ""
        if not made:
            raise CarrierError("The carrier's answer names nothing.", outcome_unknown=True)
        return made

    # ---- forgetting; what is gone already is forgotten

    def delete_recording(self, recording_id: str) -> None:
        self._send("DELETE", self._path("Recordings", recording_id, ".json"), missing_is_fine=True)

    def delete_call(self, call_id: str) -> None:
        self._send("DELETE", self._path("Calls", call_id, ".json"), missing_is_fine=True)

    def delete_message(self, message_id: str) -> None:
        self._send("DELETE", self._path("Messages", message_id, ".json"), missing_is_fine=True)

    # ---- requests

    def _path(self, kind: str, name: str, ending: str) -> str:
        return f"{self._account}/{kind}/{quote(name, safe=':')}{ending}"

    def _rows(self, kind: str, query: Mapping[str, str], key: str = "") -> Iterator[Mapping[str, Any]]:
        path = f"{self._account}/{kind}.json"
        page = _json(self._send("GET", path, query={**query, "PageSize": str(PAGE_SIZE)}))
        for _ in range(MAX_PAGES):
            yield from _dicts(page.get(key or kind.lower()))
            if not (path := self._next_path(page)):
                return
            page = _json(self._send("GET", path))
        raise CarrierError("The carrier's list does not end.")

    def _next_path(self, page: Mapping[str, Any]) -> str:
        """The next page's path on our carrier's host; whatever else the page names is not followed."""
        path = page.get("next_page_uri") or ""
        if not isinstance(path, str) or (path and (not path.startswith("/") or path.startswith("//"))):
            raise CarrierError("The carrier's list goes on elsewhere.")
        return path if not path or path.startswith(f"{self._prefix}/") else self._prefix + path

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        missing_is_fine: bool = False,
    ) -> httpx.Response:
        with _as_carrier_errors():
            answer = self._http.request(method, self._origin + path, params=query, data=form)
        if not (missing_is_fine and answer.status_code == httpx.codes.NOT_FOUND):
            _check(answer)
        return answer


# ---- errors ----------------------------------------------------------------------------------------------


@contextmanager
def _as_carrier_errors() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise CarrierError(
            f"The carrier could not be reached ({type(error).__name__}).",
            outcome_unknown=not isinstance(error, _NEVER_SENT),
        ) from None


def _check(answer: httpx.Response) -> None:
    """Raise unless the carrier did it. Only a request that can never succeed is permanent; a wrong token can be
    repaired, and a recording that is not there yet may come."""
    status = answer.status_code
    if not answer.is_success:
        raise CarrierError(
            f"The carrier answered {status}.",
            permanent=status in (400, 405, 410, 422),
            retry_after=_retry_after(answer.headers.get("Retry-After", "")),
            refused=status in (401, 403),
            missing=status in _LISTS_NOTHING,
            outcome_unknown=answer.is_server_error,
        )


def _retry_after(text: str) -> int | None:
    return min(int(text), MAX_RETRY_AFTER_S) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _chunks(answer: httpx.Response) -> Iterator[bytes]:
    with _as_carrier_errors():
        yield from answer.iter_raw()


# ---- the carrier's JSON ----------------------------------------------------------------------------------


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise CarrierError("The carrier's answer is not the JSON it should be.")
    return document


def _dicts(rows: object) -> list[Mapping[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CarrierError("The carrier's list is not one.", missing=rows is None)
    return rows


def _call(row: Mapping[str, Any]) -> CarrierCall:
    return CarrierCall(
        id=_text(row, "sid"),
        from_=_text(row, "from"),
        to=_text(row, "to"),
        status=_text(row, "status"),
        direction=_text(row, "direction"),
        started_at=_moment(_text(row, "start_time")) or _moment(_text(row, "date_created")),
        ended_at=_moment(_text(row, "end_time")),
        duration_s=_seconds(row),
    )


def _message(row: Mapping[str, Any]) -> CarrierMessage:
    sent_at = _moment(_text(row, "date_sent")) or _moment(_text(row, "date_created"))
    return CarrierMessage(_text(row, "sid"), _text(row, "direction"), sent_at)


def _recording(row: Mapping[str, Any]) -> CarrierRecording:
    of_call = _text(row, "source") not in ("", "RecordVerb")
    return CarrierRecording(_text(row, "sid"), _text(row, "call_sid"), _text(row, "status"), _seconds(row), of_call)


def _number(row: Mapping[str, Any]) -> CarrierNumber:
    able = row.get("capabilities")
    return CarrierNumber(
        number=_text(row, "phone_number"),
        voice=_webhook(row, "voice_url", "voice_method"),
        fallback=_webhook(row, "voice_fallback_url", "voice_fallback_method"),
        status=_webhook(row, "status_callback", "status_callback_method"),
        text=_webhook(row, "sms_url", "sms_method"),
        takes_texts=not isinstance(able, dict) or able.get("sms") is not False,
        calls_go_to=_taken_by(row, voice_application_sid="an application", trunk_sid="a trunk"),
        texts_go_to=_taken_by(row, sms_application_sid="an application"),
    )


def _taken_by(row: Mapping[str, Any], **takers: str) -> str:
    return next((taker for name, taker in takers.items() if _text(row, name)), "")


def _webhook(row: Mapping[str, Any], url: str, method: str) -> Webhook:
    return Webhook(_text(row, url), _text(row, method).upper())


def _digits(row: Mapping[str, Any]) -> str:
    return _text(row, "phone_number").lstrip("+")


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _seconds(row: Mapping[str, Any]) -> int | None:
    text = str(row.get("duration"))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _moment(text: str) -> datetime | None:
    """Twilio writes RFC 2822, others ISO 8601; a time without an offset is UTC."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
        except (ValueError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
