"""TwiML as the carrier executes it: verbs in order, one telephone, pausing wherever a person must act."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from email.utils import format_datetime

from hotline.simulator import audio
from hotline.simulator.dialling import Dialling, DialResult
from hotline.simulator.document import Document, DocumentError, Verb
from hotline.simulator.leg import Leg, Side, Words
from hotline.simulator.script import (
    CallerGoneError,
    CallFailedError,
    CarrierSide,
    Event,
    Gathering,
    HangUp,
    Holding,
    Meeting,
    Play,
    Recording,
    RedirectedError,
    Request,
    Spoke,
    Waiting,
)

LINE_RECORDING = "StartCallRecordingTwiML"
MOST_DOCUMENTS = 200
MOST_REDIRECTS = 10
_CHARACTERS_A_SECOND = 14
_NESTED = {"Say", "Play", "Pause"}


@dataclass(frozen=True, slots=True)
class Tape:
    """The line is being recorded since so many seconds of the call."""

    verb: Verb
    document: Document
    began: float


class Interpreter:
    """Executes documents on one leg; `heard` grows as it speaks."""

    def __init__(self, leg: Leg, carrier: CarrierSide, heard: list[Words], side: Side = "caller") -> None:
        self.leg = leg
        self.carrier = carrier
        self.heard = heard
        self.side = side
        self._documents = 0
        self._redirects = 0
        self._tape: Tape | None = None
        self._verbs: dict[str, Callable[[Verb, Document], Play]] = {
            "Say": self._say,
            "Play": self._play,
            "Pause": self._pause,
            "Gather": self._gather,
            "Record": self._record,
            "Start": self._start,
            "Dial": self._dial,
            "Redirect": self._redirect,
            "Hangup": self._hang_up,
            "Reject": self._reject,
        }

    def perform(self, request: Request | None) -> Generator[Waiting, Event, None]:
        """Execute from a request on, until a document ends. Raises HangUp, CallerGoneError, CallFailedError."""
        while request is not None:
            self._documents += 1
            if self._documents > MOST_DOCUMENTS:
                raise CallFailedError(f"more than {MOST_DOCUMENTS} documents in one call")
            document = self.carrier.fetch(self.leg, request)
            if self.leg.status == "ringing" and not _rejects(document):
                self.leg.status = "in-progress"
            try:
                request = yield from self._execute(document)
            except RedirectedError as elsewhere:
                request = elsewhere.request

    def _execute(self, document: Document) -> Play:
        for place, verb in enumerate(document.verbs):
            act = self._verbs.get(verb.name)
            if act is None:
                self.leg.warnings.append(f"12200: <{verb.name}> is no verb")
            elif verb.name == "Pause" and _asks_again(document, place):
                yield from self._hold(verb)
            elif (following := (yield from self._tolerantly(act(verb, document)))) is not None:
                return following
        return None

    def _tolerantly(self, play: Play) -> Play:
        try:
            return (yield from play)
        except DocumentError as error:
            self.leg.warnings.append(f"{error.code}: {error}")
            return None

    # ---- what is heard ---------------------------------------------------------------------------------------------

    def _say(self, verb: Verb, document: Document) -> Play:  # noqa: ARG002
        seconds = len(verb.text) // _CHARACTERS_A_SECOND
        words = Words(verb.text, verb.attributes.get("language", "en-US"), None, self.side, seconds)
        self._speak(words, verb.number("loop", 1))
        return None
        yield

    def _play(self, verb: Verb, document: Document) -> Play:
        if verb.text:
            sound = Words("", verb.attributes.get("language", ""), document.resolve(verb.text), self.side)
            self._speak(sound, verb.number("loop", 1))
        return None
        yield

    def _pause(self, verb: Verb, document: Document) -> Play:  # noqa: ARG002
        self.leg.elapsed += verb.number("length", 1)
        return None
        yield

    def _hold(self, verb: Verb) -> Generator[Waiting, Event, None]:
        """A pause after which the application is asked again: meanwhile, much may happen elsewhere."""
        seconds = verb.number("length", 1)
        yield from self._await(Holding(seconds))
        self.leg.elapsed += seconds

    def _speak(self, words: Words, times: int) -> None:
        self.heard.extend([words] * max(1, times))
        self.leg.elapsed += words.seconds

    def _speak_nested(self, verb: Verb, document: Document) -> Play:
        for child in verb.children:
            if child.name in _NESTED:
                yield from self._verbs[child.name](child, document)
            else:
                self.leg.warnings.append(f"12200: <{child.name}> may not stand inside <{verb.name}>")
        return None

    # ---- what the caller does --------------------------------------------------------------------------------------

    def _gather(self, verb: Verb, document: Document) -> Play:
        yield from self._speak_nested(verb, document)
        finish_on = verb.attributes.get("finishOnKey", "#")
        digits, finished = yield from self._keys(verb.number("numDigits", 0), finish_on, verb.number("timeout", 5))
        if not digits and not verb.flag("actionOnEmptyResult"):
            return None
        return self._action(verb, document, {"Digits": digits, "FinishedOnKey": finished})

    def _keys(self, most: int, finish_on: str, timeout_s: int) -> Generator[Waiting, Event, tuple[str, str]]:
        digits = ""
        while not most or len(digits) < most:
            key = yield from self._await(Gathering(most, finish_on, timeout_s, digits))
            if not isinstance(key, str):
                self.leg.elapsed += timeout_s
                break
            if key in finish_on:
                return digits, key
            digits += key
        return digits, ""

    def _record(self, verb: Verb, document: Document) -> Play:
        waiting = Recording(
            verb.number("maxLength", 3600),
            verb.attributes.get("finishOnKey", "1234567890*#"),
            verb.number("timeout", 5),
            verb.flag("playBeep", True),
        )
        sounds: list[bytes] = []
        key = ""
        try:
            key = yield from self._listen(waiting, sounds)
        except CallerGoneError:
            self.leg.status = "completed"
            if (request := self._recorded(verb, document, sounds, "hangup", waiting.max_seconds)) is not None:
                self.carrier.tell(self.leg, request)
            raise
        return self._recorded(verb, document, sounds, key, waiting.max_seconds)

    def _listen(self, waiting: Recording, sounds: list[bytes]) -> Generator[Waiting, Event, str]:
        spoken = 0.0
        while spoken < waiting.max_seconds:
            event = yield from self._await(waiting)
            if isinstance(event, Spoke):
                sounds.append(event.sound)
                spoken += audio.seconds_of(event.sound)
                self.leg.elapsed += audio.seconds_of(event.sound)
            elif isinstance(event, str) and event in waiting.finish_on:
                return event
            elif event is None:
                break
        return ""

    def _recorded(self, verb: Verb, document: Document, sounds: list[bytes], key: str, most: int) -> Request | None:
        """Keep what was said, announce it, and return the request to the action; None for an empty recording."""
        sound = audio.joined(sounds, most) if sounds else audio.wav(b"")
        seconds = round(audio.seconds_of(sound))
        empty = seconds == 0 and self.carrier.faults.empty_recordings == "fall through"
        recording_id, url = self.carrier.keep_recording(self.leg, sound, seconds)
        form = {"RecordingSid": recording_id, "RecordingUrl": url, "RecordingDuration": str(seconds)}
        self._announce(verb, document, form, "absent" if empty else "completed")
        return None if empty else self._action(verb, document, {**form, **({"Digits": key} if key else {})})

    def _announce(
        self, verb: Verb, document: Document, form: dict[str, str], status: str, source: str = "RecordVerb"
    ) -> None:
        address = verb.attributes.get("recordingStatusCallback", "")
        if not address or status not in verb.attributes.get("recordingStatusCallbackEvent", "completed").split():
            return
        about = {
            "AccountSid": self.leg.account_id,
            "CallSid": self.leg.call_id,
            "RecordingStatus": status,
            "RecordingChannels": "1",
            "RecordingStartTime": format_datetime(self.carrier.clock()),
            "RecordingSource": source,
        }
        self.carrier.call_back(self.leg, "recording", document.resolve(address), {**about, **form})

    def _start(self, verb: Verb, document: Document) -> Play:
        """Record the line from now on, beside all other verbs."""
        for child in verb.children:
            if child.name != "Recording":
                self.leg.warnings.append(f"12200: <{child.name}> may not stand inside <Start>")
            elif self._tape is not None:
                self.leg.warnings.append("21220: the call is being recorded already")
            else:
                self._tape = Tape(child, document, self.leg.elapsed)
        return None
        yield

    def hung_up(self) -> None:
        """The call is over: what was recorded of it is kept and announced."""
        if self._tape is None:
            return
        seconds = round(self.leg.elapsed - self._tape.began)
        recording_id, url = self.carrier.keep_recording(self.leg, audio.tone(seconds), seconds, LINE_RECORDING)
        form = {"RecordingSid": recording_id, "RecordingUrl": url, "RecordingDuration": str(seconds)}
        status = "completed" if seconds else "absent"
        self._announce(self._tape.verb, self._tape.document, form, status, LINE_RECORDING)
        self._tape = None

    # ---- officers --------------------------------------------------------------------------------------------------

    def _dial(self, verb: Verb, document: Document) -> Play:
        """Ring the officers, or meet in a room. With an action, verbs behind never run."""
        if (room := next((child for child in verb.children if child.name == "Conference"), None)) is not None:
            request = yield from self._meet(verb, room, document)
            return request if verb.attributes.get("action") else None
        dialling = Dialling(self.leg, self.carrier, self._whisper, document)
        try:
            result = yield from dialling.ring(verb)
        except CallerGoneError:
            result = DialResult("canceled", caller_hung_up=True)
        request = self._action(verb, document, result.form())
        if result.caller_hung_up:
            self.leg.status = "completed"
            self.carrier.tell(self.leg, request)
            raise CallerGoneError
        self._redirects = 0
        return request if verb.attributes.get("action") else None

    def _meet(self, verb: Verb, room: Verb, document: Document) -> Generator[Waiting, Event, Request]:
        """Be in a room until it is over. Who comes first waits; a beep or music is not simulated."""
        name, began = room.text, self.leg.elapsed
        ends, starts = room.flag("endConferenceOnExit"), room.flag("startConferenceOnEnter", True)
        if not self.carrier.enter(self.leg, name, starts=starts, ends=ends, most=room.number("maxParticipants", 250)):
            return self._action(verb, document, {"DialCallStatus": "failed", "DialBridged": "false"})
        try:
            while not self.carrier.talk_is_over(self.leg):
                yield from self._await(Meeting(name))
        except CallerGoneError:
            self.leg.status = "completed"
            self.carrier.leave(self.leg, name)
            self.carrier.tell(self.leg, self._action(verb, document, {"DialCallStatus": "completed"}))
            raise
        finally:
            self.carrier.leave(self.leg, name)
        told = {"DialCallStatus": "answered", "DialCallDuration": str(round(self.leg.elapsed - began))}
        return self._action(verb, document, told)

    def _whisper(self, leg: Leg, url: str) -> tuple[list[Words], Generator[Waiting, Event, None]]:
        """The officer's own document, and the list that its words go to."""
        return self.heard, Interpreter(leg, self.carrier, self.heard, "officer").perform(Request(url))

    # ---- where it goes on ------------------------------------------------------------------------------------------

    def _redirect(self, verb: Verb, document: Document) -> Play:
        self._redirects += 1
        if self._redirects > MOST_REDIRECTS:
            raise CallFailedError(f"11215: more than {MOST_REDIRECTS} redirects in a row")
        return Request(document.resolve(verb.text), {}, verb.attributes.get("method", "POST"))
        yield

    def _hang_up(self, verb: Verb, document: Document) -> Play:  # noqa: ARG002
        raise HangUp
        yield

    def _reject(self, verb: Verb, document: Document) -> Play:  # noqa: ARG002
        raise HangUp("busy" if verb.attributes.get("reason") == "busy" else "no-answer")
        yield

    def _action(self, verb: Verb, document: Document, form: dict[str, str]) -> Request:
        address = document.resolve(verb.attributes.get("action", ""))
        return Request(address, form, verb.attributes.get("method", "POST"))

    def _await(self, waiting: Waiting) -> Generator[Waiting, Event, Event]:
        self._redirects = 0
        return (yield waiting)


def _rejects(document: Document) -> bool:
    return bool(document.verbs) and document.verbs[0].name == "Reject"


def _asks_again(document: Document, place: int) -> bool:
    """Whether the application is asked again right behind this verb."""
    return [verb.name for verb in document.verbs[place + 1 : place + 2]] == ["Redirect"]
