"""A carrier to stand in for the real one: it signs, executes TwiML, keeps recordings, has bad days.

All of it is in memory: nothing that a caller says to a stand-in reaches a disk."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from secrets import token_hex
from threading import RLock
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode

from hotline.clock import Clock
from hotline.simulator.document import Document, DocumentError, read_document
from hotline.simulator.faults import Faults, Kind
from hotline.simulator.leg import Callback, Exchange, Leg, Words
from hotline.simulator.officers import Behaviour, OfficerPhone
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.placed import ChangedCall, DeliveredText, PlacedCall, words_back
from hotline.simulator.poster import Answer, NoAnswerError, Poster
from hotline.simulator.rooms import Handset, Rooms
from hotline.simulator.script import CallFailedError, Request
from hotline.simulator.signing import sign

_MOST_KEPT = 2000
_MOST_SOUND_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The addresses that the line's number is configured with."""

    voice_url: str
    status_url: str
    sms_url: str
    fallback_url: str

    @staticmethod
    def at(public_url: str) -> "Webhooks":
        base = public_url.rstrip("/")
        return Webhooks(
            f"{base}/voice/incoming", f"{base}/voice/status", f"{base}/sms/incoming", f"{base}/voice/fallback"
        )


@dataclass(frozen=True, slots=True)
class KeptRecording:
    recording_id: str
    call_id: str
    seconds: int
    created_at: datetime
    sound: bytes = field(repr=False)
    source: str = "RecordVerb"


@dataclass(frozen=True, slots=True)
class KeptMessage:
    message_id: str
    from_: str = field(repr=False)
    to: str
    body: str = field(repr=False)
    created_at: datetime
    direction: str = "inbound"


class Publisher(Protocol):
    """The stand-in carrier that the application knows, where this one is only a telephone of it in another process:
    calls and recordings are left there, and there the officers are rung."""

    def call(self, leg: Leg) -> None:
        """Leave a call as it stands now."""

    def recording(self, kept: KeptRecording, leg: Leg) -> None:
        """Leave a recording."""

    def entered(self, leg: Leg, room: str) -> None:
        """A call is in a room."""

    def left(self, leg: Leg, room: str) -> None:
        """A call has left its room."""

    def others_leave(self, leg: Leg) -> None:
        """The others in the room of this call hang up."""

    def rings_by_hand(self) -> bool:
        """Whether an officer's telephone rings there that is held by hand."""

    def officer_does(self, behaviour: Behaviour) -> list[Words]:
        """Say what the officer does whose telephone rings there; return what that one was told."""


class StandInCarrier:
    """The carrier of one account and one line. `phones` are the officers' telephones, by number."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        webhooks: Webhooks,
        poster: Poster,
        clock: Clock,
        *,
        api_url: str = "http://127.0.0.1:8000",
        publisher: Publisher | None = None,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.webhooks = webhooks
        self.clock = clock
        self.api_url = api_url.rstrip("/")
        self.phones: dict[str, OfficerPhone] = {}
        self.other_phones = OfficerPhone()  # of every number that is not in `phones`
        self.legs: dict[str, Leg] = {}
        self.recordings: dict[str, KeptRecording] = {}
        self.messages: dict[str, KeptMessage] = {}
        self.waiting_callbacks: deque[Callback] = deque()
        self.placed: deque[PlacedCall | ChangedCall | DeliveredText] = deque()  # asked for, not yet done
        self.rooms = Rooms()
        self.handsets: dict[str, Handset] = {}  # of the calls that are going on
        self._poster = poster
        self._publisher = publisher
        self._lock = RLock()
        self._faults = Faults()
        self._used: dict[str, int] = {}

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._used.clear()

    def strikes(self, fault: str) -> bool:
        """Whether a counted fault is still to happen; counts it."""
        with self._lock:
            self._used[fault] = self._used.get(fault, 0) + 1
            return self._used[fault] <= int(getattr(self._faults, fault))

    # ---- calls and messages ----------------------------------------------------------------------------------------

    def dial(self, from_: str, to: str) -> PhoneCall:
        """Ring the line. Returns when the call waits for the caller the first time."""
        leg = self.keep_leg(Leg(f"CA{token_hex(16)}", self.account_sid, from_, to, "inbound", self.clock()))
        if self._publisher is not None:
            self._publisher.call(leg)
        call = PhoneCall(leg, self, self.webhooks.voice_url)
        self.handsets[leg.call_id] = call
        return call.begin()

    def text(self, from_: str, to: str, body: str) -> Exchange:
        """Send a text message to the line."""
        message = KeptMessage(f"SM{token_hex(16)}", from_, to, body, self.clock())
        self.messages[message.message_id] = message
        _forget_oldest(self.messages)
        ids = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), message.message_id)
        about = {"AccountSid": self.account_sid, "From": from_, "To": to, "Body": body, "ApiVersion": "2010-04-01"}
        segments = str(len(body) // 70 + 1)
        form = {**ids, **about, "NumMedia": "0", "NumSegments": segments, "SmsStatus": "received"}
        exchange = self.exchange("sms", self.webhooks.sms_url, form)
        self.phone(from_).texts += words_back(exchange)
        return exchange

    def place(self, to: str, from_: str, url: str, status_url: str, ring_s: int = 60) -> Leg:
        """Take a call to be placed; it rings when `connect` comes to it."""
        leg = Leg(f"CA{token_hex(16)}", self.account_sid, from_, to, "outbound-api", self.clock(), status="queued")
        call = PlacedCall(self.keep_leg(leg), self, url, status_url, ring_s)
        self.handsets[leg.call_id] = call
        _forget_oldest(self.handsets)
        self.placed.append(call)
        return leg

    def redirect(self, call_id: str, url: str) -> bool:
        """Take a change of a live call: it is to ask for another document. False where it is over."""
        handset = self.handsets.get(call_id)
        if handset is None or handset.leg.ended_at is not None:
            return False
        self.placed.append(ChangedCall(lambda: handset.redirect(url)))
        return True

    def complete(self, call_id: str) -> bool:
        """Take the end of a live call, whether it rings or talks. False where it is over."""
        handset = self.handsets.get(call_id)
        if handset is None or handset.leg.ended_at is not None:
            return False
        self.placed.append(ChangedCall(handset.complete if isinstance(handset, PlacedCall) else handset.hang_up))
        return True

    def deliver_text(self, to: str, from_: str, body: str, status_url: str) -> KeptMessage:
        """Take a text message to be delivered when `connect` comes to it."""
        message = KeptMessage(f"SM{token_hex(16)}", from_, to, body, self.clock(), "outbound-api")
        self.messages[message.message_id] = message
        _forget_oldest(self.messages)
        self.placed.append(DeliveredText(message.message_id, to, body, self, status_url))
        return message

    def connect(self) -> None:
        """Ring whom the application asked for, one after another, change calls, and deliver its texts."""
        self.ring_out()
        while (order := self._next_order()) is not None:
            order.happens()

    def _next_order(self) -> PlacedCall | ChangedCall | DeliveredText | None:
        """The oldest; several threads may ask."""
        with suppress(IndexError):
            return self.placed.popleft()
        return None

    def new_leg(self, parent: Leg, caller_id: str, to: str) -> Leg:
        sid = f"CA{token_hex(16)}"
        return self.keep_leg(
            Leg(sid, self.account_sid, caller_id, to, "outbound-dial", self.clock(), parent.call_id, "ringing")
        )

    def phone(self, number: str) -> OfficerPhone:
        return self.phones.get(number, self.other_phones)

    def is_busy(self, number: str) -> bool:
        with self._lock:
            return any(
                leg.to == number and leg.direction != "inbound" and leg.status in ("ringing", "in-progress")
                for leg in self.legs.values()
            )

    def keep_recording(self, leg: Leg, sound: bytes, seconds: int, source: str = "RecordVerb") -> tuple[str, str]:
        kept = KeptRecording(f"RE{token_hex(16)}", leg.call_id, seconds, self.clock(), sound, source)
        self.keep_sound(kept)
        if self._publisher is not None:
            self._publisher.recording(kept, leg)
        path = f"/2010-04-01/Accounts/{self.account_sid}/Recordings/{kept.recording_id}"
        return kept.recording_id, self.api_url + path

    def call_ended(self, leg: Leg) -> None:
        leg.ended_at = self.clock()
        self.handsets.pop(leg.call_id, None)
        if self._publisher is not None:
            self._publisher.call(leg)
        seconds = leg.seconds(leg.ended_at)
        ended = {
            "CallDuration": str(seconds),
            "Duration": str(-(-seconds // 60)),
            "Timestamp": format_datetime(leg.ended_at),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": "0",
        }
        self.call_back(leg, "status", self.webhooks.status_url, {**leg.form(), **ended})

    def keep_sound(self, kept: KeptRecording) -> None:
        """Keep a recording; the oldest go when 100 MB are full."""
        with self._lock:
            self.recordings[kept.recording_id] = kept
            while sum(len(one.sound) for one in self.recordings.values()) > _MOST_SOUND_BYTES:
                self.recordings.pop(next(iter(self.recordings)))

    def keep_leg(self, leg: Leg) -> Leg:
        """Keep a call, and forget the oldest of many."""
        with self._lock:
            self.legs[leg.call_id] = leg
            _forget_oldest(self.legs)
        return leg

    # ---- rooms, and telephones that are held by hand ---------------------------------------------------------------

    def enter(self, leg: Leg, room: str, *, starts: bool, ends: bool, most: int) -> bool:
        entered = self.rooms.enter(room, leg.call_id, starts=starts, ends=ends, most=most)
        if entered and self._publisher is not None:
            self._publisher.entered(leg, room)
        return entered

    def leave(self, leg: Leg, room: str) -> None:
        if self.rooms.leave(room, leg.call_id) and self._publisher is not None:
            self._publisher.left(leg, room)

    def talk_is_over(self, leg: Leg) -> bool:
        return self.rooms.is_over(leg.call_id)

    def time_passes(self, leg: Leg, seconds: int) -> None:
        for call_id in (leg.call_id, *self.rooms.mates(leg.call_id)):
            if call_id in self.legs:
                self.legs[call_id].elapsed += seconds

    def settle_rooms(self) -> None:
        self.rooms.settle(self.handsets)

    def others_leave(self, leg: Leg) -> None:
        for call_id in self.rooms.mates(leg.call_id):
            if call_id in self.handsets:
                self.handsets[call_id].hang_up()
        if self._publisher is not None:
            self._publisher.others_leave(leg)
            self.rooms.end(leg.call_id)

    def rings_by_hand(self) -> bool:
        self.ring_out()
        return self._rings_longest() is not None or (self._publisher is not None and self._publisher.rings_by_hand())

    def officer_does(self, behaviour: Behaviour) -> list[Words]:
        call = self._rings_longest()
        if call is None:
            return self._publisher.officer_does(behaviour) if self._publisher is not None else []
        call.does(behaviour)
        return list(call.heard)

    def ringing_at(self, number: str) -> PlacedCall | None:
        """The call for which the telephone at this number rings, held by hand."""
        held = (one for one in list(self.handsets.values()) if isinstance(one, PlacedCall))
        return next((one for one in held if one.leg.to == number and one.rings_by_hand()), None)

    def ring_out(self) -> None:
        """Have the telephones fall silent that nobody has answered for as long as they were to ring."""
        for call in list(self.handsets.values()):
            if isinstance(call, PlacedCall):
                call.ring_out(self.clock())

    def _rings_longest(self) -> PlacedCall | None:
        held = (one for one in list(self.handsets.values()) if isinstance(one, PlacedCall))
        return next((one for one in held if one.rings_by_hand()), None)

    # ---- webhooks --------------------------------------------------------------------------------------------------

    def fetch(self, leg: Leg, request: Request) -> Document:
        """Ask for the next document; where that fails, ask the line's fallback address; else CallFailedError."""
        try:
            return self._document(leg, request)
        except DocumentError as error:
            leg.warnings.append(f"{error.code}: {error}")
            if leg.direction != "inbound":
                raise CallFailedError(f"{error.code}: {error}") from None
            told = {"ErrorCode": str(error.code), "ErrorUrl": request.url}
        try:
            return self._document(leg, Request(self.webhooks.fallback_url, told))
        except DocumentError as error:
            raise CallFailedError(f"{error.code}: {error}") from None

    def tell(self, leg: Leg, request: Request) -> None:
        self.exchange("voice", request.url, {**leg.form(), **request.form}, leg, request.method)

    def _document(self, leg: Leg, request: Request) -> Document:
        exchange = self.exchange("voice", request.url, {**leg.form(), **request.form}, leg, request.method)
        if exchange.answer is None:
            raise DocumentError(11205 if exchange.error == "ct" else 11200, "the application did not answer")
        return read_document(exchange.url, exchange.answer)

    def exchange(
        self, kind: Kind, url: str, form: Mapping[str, str], leg: Leg | None = None, method: str = "POST"
    ) -> Exchange:
        """One signed request, with the faults of the day; kept in the trace of its call."""
        warnings = leg.warnings if leg else []
        address = url.partition("#")[0]
        done = self._tried(kind, url, form, method)
        for _ in range(self._faults.copies - 1):
            again = self._once(kind, address, form, method, token_hex(16))
            if again.answer and done.answer and again.answer.body != done.answer.body:
                warnings.append(f"a repeated {kind} webhook got another answer")
        if kind == "voice" and self.strikes("lost_answers"):
            done = replace(done, answer=None, error="rt")
        if leg is not None:
            leg.requests.append(done)
        return done

    def repeat(self, exchange: Exchange) -> Exchange:
        """The same request once more, signed anew, as a carrier's retry does it."""
        return self._once(exchange.kind, exchange.url, exchange.form, "POST", token_hex(16))

    def _tried(self, kind: Kind, url: str, form: Mapping[str, str], method: str) -> Exchange:
        address, _, overrides = url.partition("#")
        wishes = parse_qs(overrides)
        tries = 1 + int(wishes.get("rc", ["1"])[0])
        retried = set(wishes.get("rp", ["ct"])[0].split(","))
        token = token_hex(16)
        done = self._once(kind, address, form, method, token)
        for _ in range(tries - 1):
            if not _to_retry(done, retried):
                break
            done = self._once(kind, address, form, method, token)
        return done

    def _once(self, kind: Kind, url: str, form: Mapping[str, str], method: str, token: str) -> Exchange:
        headers = {"User-Agent": "TwilioProxy/1.1", "I-Twilio-Idempotency-Token": token, "Accept": "*/*"}
        began = perf_counter()
        try:
            if self.strikes("unreachable"):
                raise NoAnswerError("the application cannot be reached", "ct")
            answer, error = self._sent(url, form, headers, method), ""
        except NoAnswerError as nobody:
            answer, error = None, nobody.stage
        return Exchange(kind, url, form, answer, error, perf_counter() - began)

    def _sent(self, url: str, form: Mapping[str, str], headers: dict[str, str], method: str) -> Answer:
        if method == "GET":
            whole = f"{url}{'&' if '?' in url else '?'}{urlencode(form)}"
            return self._poster.get(whole, {**headers, "X-Twilio-Signature": sign(self.auth_token, whole)})
        return self._poster.post(url, form, {**headers, "X-Twilio-Signature": sign(self.auth_token, url, form)})

    def sound_at(self, url: str) -> Answer:
        """Fetch a recorded prompt, as the carrier does for <Play>. Raises NoAnswerError."""
        return self._poster.get(
            url, {"User-Agent": "TwilioProxy/1.1", "X-Twilio-Signature": sign(self.auth_token, url)}
        )

    # ---- callbacks -------------------------------------------------------------------------------------------------

    def call_back(self, leg: Leg, kind: Kind, url: str, form: dict[str, str]) -> None:
        if kind in self._faults.missing:
            return
        callback = Callback(leg, kind, url, form)
        if kind in self._faults.held:
            self.waiting_callbacks.append(callback)
        else:
            leg.soon.append(callback)

    def flush(self, leg: Leg) -> None:
        """Send the callbacks that are due: a little after the webhook that goes with them, as in life."""
        while leg.soon:
            due = leg.soon.pop(0)
            self.exchange(due.kind, due.url, due.form, leg)

    def deliver(self, order: Sequence[int] | None = None, times: int = 1) -> list[Exchange]:
        """Send the callbacks that were held back, in any order (positions; all, oldest first, by default)."""
        held = list(self.waiting_callbacks)
        self.waiting_callbacks.clear()
        chosen = [held[i] for i in (order if order is not None else range(len(held)))]
        return [self.exchange(c.kind, c.url, c.form, c.leg) for c in chosen for _ in range(times)]


def _to_retry(exchange: Exchange, retried: set[str]) -> bool:
    if exchange.answer is None:
        return exchange.error in retried or "all" in retried
    family = f"{exchange.answer.status // 100}xx"
    return family in ("4xx", "5xx") and (family in retried or "all" in retried)


def _forget_oldest(kept: dict[str, Any]) -> None:
    while len(kept) > _MOST_KEPT:
        kept.pop(next(iter(kept)))
