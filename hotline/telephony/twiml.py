"""A turn as TwiML. Nothing else in the system knows TwiML, and nothing here knows a flow or a call's row."""

import re
import secrets
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote
from xml.sax.saxutils import escape

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from hotline.telephony.profiles import Profile
from ivr_flows.definition import Flow
from ivr_flows.recorded import kept_digest
from ivr_flows.turn import (
    AwaitAction,
    AwaitConversation,
    Awaited,
    AwaitHold,
    AwaitKeys,
    AwaitOfficer,
    AwaitRecording,
    End,
    Speak,
    Turn,
)

MAX_SPOKEN = 4000  # characters in one <Say>
MAX_WORDS = 56_000  # bytes of all that is said, with its markup; the carrier refuses a document over 64 kB
VERB_BYTES = 120  # what one <Say> and its <Pause> cost besides their words
MAX_SENTENCES = 40  # spoken one by one; what is longer goes on in one breath
WHISPER_SECONDS = 10
HOLD_SECONDS = 2  # after the words with which ringing begins

_UNSPEAKABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)
_SENTENCE_END = re.compile(r"(?<=[.!?…]) ")
_ELSEWHERE = f"{secrets.token_hex(16)}/0"  # stands for "<call key>/<visit>" in a kept template; nobody can say it


@dataclass(frozen=True, slots=True)
class Address:
    """Where a step of a call is answered, as absolute addresses."""

    base_url: str
    call_key: str
    visit: int

    @property
    def action(self) -> str:
        return f"{self.base_url}/voice/{self._place}"

    @property
    def whisper(self) -> str:
        return f"{self.action}/whisper"

    @property
    def screen(self) -> str:
        return f"{self.action}/screen"

    @property
    def call(self) -> str:
        """The call's own part of an address."""
        return quote(self.call_key, safe="")

    @property
    def _place(self) -> str:
        return f"{self.call}/{self.visit}"


def render(
    turn: Turn,
    address: Address,
    profile: Profile,
    officers: Sequence[str] = (),
    *,
    caller_id: str = "",
    fixed: Container[str] = frozenset(),
) -> str:
    """The TwiML of one turn. `officers` are the numbers to ring for AwaitOfficer and `caller_id` what they see.

    Only a turn whose every text is in `fixed` (see `fixed_texts`) is kept for the next caller: a receipt code
    never stays in memory."""
    if not isinstance(turn.awaits, AwaitOfficer | AwaitConversation) and all(
        spoken.text in fixed for spoken in turn.speak
    ):
        template = _template(turn.speak, turn.awaits, address.base_url, profile)
        return template.replace(_ELSEWHERE, address._place)
    return _document(turn.speak, turn.awaits, address, profile, officers, caller_id)


def fixed_texts(flow: Flow, unit_name: str = "") -> frozenset[str]:
    """The flow's texts that are the same for every caller of a unit: what `render` may keep."""
    texts = (p.text.replace("{unit.name}", unit_name) for prompts in flow.prompts.values() for p in prompts.values())
    return frozenset(text for text in texts if "{" not in text)


def whisper(speak: Speak, address: Address, profile: Profile) -> str:
    """What an officer hears on picking up: the words twice, then one key to take the call, else the leg ends."""
    return ask(speak, address.screen, address.base_url, profile)


def ask(speak: Speak, action: str, base_url: str, profile: Profile) -> str:
    """Words, said twice, that want one key; without it the call ends."""
    response = VoiceResponse()
    gather = response.gather(
        input="dtmf",
        num_digits=1,
        timeout=WHISPER_SECONDS,
        finish_on_key="",
        action_on_empty_result=True,
        action=action,
        method="POST",
    )
    _speak_all(gather, (speak,), base_url, profile)
    if profile.pause:
        gather.pause(length=1)
    _speak_all(gather, (speak,), base_url, profile)
    response.hangup()
    return str(response)


def join() -> str:
    """The officer takes the call: nothing more to say, the carrier connects the two."""
    return str(VoiceResponse())


def meet(speak: Speak, room: str, action: str, base_url: str, profile: Profile) -> str:
    """Words, then into the room where the caller comes to. `action` is asked when the two have spoken."""
    response = VoiceResponse()
    _speak_all(response, (speak,), base_url, profile)
    response.append(_room(room, action))
    return str(response)


def hang_up() -> str:
    """End this leg without a word."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def text_back(words: str | None) -> str:
    """The answer to a text message: a message in return, or nothing."""
    response = MessagingResponse()
    if words is not None:
        response.message(words)
    return str(response)


def goodbye(speak: Sequence[Speak], base_url: str, profile: Profile) -> str:
    """Last words, then the end."""
    response = VoiceResponse()
    _speak_all(response, speak, base_url, profile)
    response.hangup()
    return str(response)


# ---- the document ----------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _template(speak: tuple[Speak, ...], awaits: Awaited, base_url: str, profile: Profile) -> str:
    key, visit = _ELSEWHERE.split("/")
    return _document(speak, awaits, Address(base_url, key, int(visit)), profile, (), "")


def _document(
    speak: tuple[Speak, ...],
    awaits: Awaited,
    address: Address,
    profile: Profile,
    officers: Sequence[str],
    caller_id: str,
) -> str:
    response = VoiceResponse()
    match awaits:
        case AwaitKeys():
            _ask_for_keys(response, speak, awaits, address, profile)
        case AwaitRecording():
            _speak_all(response, speak, address.base_url, profile)
            _record(response, awaits, address)
        case AwaitOfficer(strategy="together"):
            _start_recording(response, awaits, address, profile)
            _speak_all(response, speak, address.base_url, profile)
            _hold(response, HOLD_SECONDS, address)
        case AwaitHold():
            _speak_all(response, speak, address.base_url, profile)
            _hold(response, awaits.seconds, address)
        case AwaitConversation():
            _speak_all(response, speak, address.base_url, profile)
            record = None if profile.start_recording else f"{address.base_url}/voice/{address.call}/recording"
            response.append(_room(awaits.room, address.action, record))
        case AwaitOfficer():
            _speak_all(response, speak, address.base_url, profile)
            _ring(response, awaits, address, profile, officers, caller_id)
        case End():
            _speak_all(response, speak, address.base_url, profile)
            response.hangup()
        case AwaitAction():
            raise TypeError("An action is not the caller's turn; it is done before anything is rendered.")
    return str(response)


def _ask_for_keys(
    response: VoiceResponse, speak: tuple[Speak, ...], awaits: AwaitKeys, address: Address, profile: Profile
) -> None:
    """Words that a key may cut short stand inside the Gather. The Redirect is for carriers that fall through."""
    first = 1 + max((i for i, spoken in enumerate(speak) if not spoken.bargein), default=-1)
    words = _cut_to_size(speak)
    _say(response, words[:first], address.base_url, profile)
    gather = response.gather(
        input="dtmf",
        num_digits=awaits.length,
        timeout=awaits.timeout,
        finish_on_key=awaits.finish_on,
        action_on_empty_result=True,
        action=address.action,
        method="POST",
    )
    _say(gather, words[first:], address.base_url, profile)
    response.redirect(address.action, method="POST")


def _record(response: VoiceResponse, awaits: AwaitRecording, address: Address) -> None:
    response.record(
        action=address.action,
        method="POST",
        max_length=awaits.max_seconds,
        timeout=awaits.silence_seconds,
        finish_on_key=awaits.finish_on,
        play_beep=True,
        recording_status_callback=f"{address.base_url}/voice/recording",
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
        trim="do-not-trim",
    )
    response.redirect(address.action, method="POST")


def _start_recording(response: VoiceResponse, awaits: AwaitOfficer, address: Address, profile: Profile) -> None:
    """Record the line from now on, whatever comes. Where that cannot be, the room is recorded (`_room`)."""
    if awaits.record and profile.start_recording:
        response.start().recording(
            recording_status_callback=f"{address.base_url}/voice/recording/call",
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
            track="both",
            trim="do-not-trim",
        )


def _hold(response: VoiceResponse, seconds: int, address: Address) -> None:
    """Wait, then ask again: so each look at the officers' telephones is an ordinary step of the call."""
    response.pause(length=seconds)
    response.redirect(address.action, method="POST")


def _room(room: str, action: str, record: str | None = None) -> Dial:
    """Two meet, without a beep or music; whoever leaves ends it for the other. `record`: who is told of a recording."""
    recorded = (
        {
            "record": "record-from-start",
            "trim": "do-not-trim",
            "recording_status_callback": record,
            "recording_status_callback_method": "POST",
            "recording_status_callback_event": "completed absent",
        }
        if record
        else {}
    )
    dial = Dial(action=action, method="POST")
    dial.conference(
        room,
        beep="false",
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        wait_url="",
        max_participants=2,
        **recorded,
    )
    return dial


def _ring(
    response: VoiceResponse,
    awaits: AwaitOfficer,
    address: Address,
    profile: Profile,
    officers: Sequence[str],
    caller_id: str,
) -> None:
    """Ring the officers; with nobody to ring the carrier asks again at once, and hears that no one answered."""
    if not officers:
        response.redirect(address.action, method="POST")
        return
    dial = Dial(
        action=address.action,
        method="POST",
        timeout=awaits.ring_seconds,
        caller_id=caller_id or None,
        sequential=True if awaits.strategy == "sequential" and profile.sequential else None,
    )
    screened = {"url": address.whisper, "method": "POST"} if awaits.screen and profile.whisper else {}
    for number in officers[: profile.max_numbers_in_dial]:
        dial.number(number, **screened)
    response.append(dial)


# ---- words -----------------------------------------------------------------------------------------------


def speakable(text: str) -> str:
    """The text without what a voice cannot say and XML cannot hold; white space made single."""
    return " ".join(_UNSPEAKABLE.sub("", text).split())


def _speak_all(parent: VoiceResponse | Gather, speak: Sequence[Speak], base_url: str, profile: Profile) -> None:
    _say(parent, _cut_to_size(speak), base_url, profile)


def _cut_to_size(speak: Sequence[Speak]) -> list[Speak]:
    """The same prompts with their words cleaned, and cut where the document would grow too long."""
    room, cut = MAX_WORDS, []
    for spoken in speak:
        text = speakable(spoken.text)[:MAX_SPOKEN]
        while text and _size(text, spoken.slow) > room:
            text = text[: len(text) // 2]
        room -= _size(text, spoken.slow)
        cut.append(replace(spoken, text=text))
    return cut


def _size(text: str, slow: bool) -> int:
    verbs = 1 + (min(len(_SENTENCE_END.findall(text)), MAX_SENTENCES) if slow else 0)
    return VERB_BYTES * verbs + len(escape(text).encode())


def _say(parent: VoiceResponse | Gather, speak: Iterable[Speak], base_url: str, profile: Profile) -> None:
    for spoken in speak:
        if spoken.audio:
            parent.play(_prompt_url(base_url, spoken))
        elif spoken.slow:
            _say_slowly(parent, spoken, profile)
        elif spoken.text:
            parent.say(spoken.text, language=spoken.tag, voice=profile.voices.get(spoken.tag))


def _say_slowly(parent: VoiceResponse | Gather, spoken: Speak, profile: Profile) -> None:
    for number, sentence in enumerate(_SENTENCE_END.split(spoken.text, MAX_SENTENCES)):
        if number and profile.pause:
            parent.pause(length=1)
        if sentence:
            parent.say(sentence, language=spoken.tag, voice=profile.voices.get(spoken.tag))


def _prompt_url(base_url: str, spoken: Speak) -> str:
    if digest := kept_digest(spoken.audio):
        return f"{base_url}/voice/prompts/{digest}.wav"
    name = (spoken.audio or "").removeprefix(f"{spoken.language}/")
    return f"{base_url}/prompts/{quote(spoken.language)}/{quote(name)}"
