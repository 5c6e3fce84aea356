"""A telephone in the browser at /phone. The page holds no secret of the carrier: this side signs and executes."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for

from hotline.errors import HotlineError, NotFoundError
from hotline.phone import as_written, example_number
from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.leg import Words
from hotline.simulator.officers import Behaviour
from hotline.simulator.phone_call import PhoneCall, WrongMomentError
from hotline.simulator.phone_words import WORDS
from hotline.simulator.poster import NoAnswerError
from hotline.simulator.script import Gathering, Holding, Recording, Ringing
from hotline.simulator.switchboard import AllBusyError, Switchboard
from hotline.speech import Speaker

EXAMPLE_CALLER = "+84912345678"  # the telephone library's example of a mobile number
WITHHELD = "anonymous"
_LONGEST_SOUND = 4 * 1024 * 1024  # bytes: three minutes at 8 kHz, with room to spare
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def phone_blueprint(
    carrier: StandInCarrier,
    line: Callable[[], str] = lambda: example_number("VN"),
    speaker: Speaker | None = None,
    caller: str = EXAMPLE_CALLER,
) -> Blueprint:
    """The page and its calls to the line's number. For a demonstration or a local carrier: whoever sees it can call."""
    desk = _Desk(carrier, line, speaker or Speaker(), caller)
    routes = Blueprint("phone", __name__, template_folder="templates")
    routes.static_folder, routes.static_url_path = "static", "/phone/static"
    routes.before_request(_refuse_other_pages)
    routes.after_request(_guarded)
    routes.register_error_handler(WrongMomentError, lambda error: _refused(error, 409))
    routes.register_error_handler(NotFoundError, lambda error: _refused(error, 404))
    routes.register_error_handler(AllBusyError, lambda error: _refused(error, 503))
    routes.add_url_rule("/phone", "page", desk.page)
    routes.add_url_rule("/phone/calls", "dial", desk.dial, methods=["POST"])
    routes.add_url_rule("/phone/calls/<token>", "look", desk.look)
    routes.add_url_rule("/phone/calls/<token>/keys", "keys", desk.keys, methods=["POST"])
    routes.add_url_rule("/phone/calls/<token>/wait", "wait", desk.wait, methods=["POST"])
    routes.add_url_rule("/phone/calls/<token>/recording", "recording", desk.recording, methods=["POST"])
    routes.add_url_rule("/phone/calls/<token>/officer", "officer", desk.officer, methods=["POST"])
    routes.add_url_rule("/phone/calls/<token>/hangup", "hangup", desk.hangup, methods=["POST"])
    routes.add_url_rule("/phone/calls/<token>/speech/<int:n>.wav", "speech", desk.speech)
    return routes


class _Desk:
    """The views; each changes one call and answers what is heard next and what is awaited."""

    def __init__(self, carrier: StandInCarrier, line: Callable[[], str], speaker: Speaker, caller: str) -> None:
        self._carrier = carrier
        self._line = line
        self._speaker = speaker
        self._callers = {"shown": caller, "withheld": WITHHELD}
        self._switchboard = Switchboard(carrier.clock)

    def page(self) -> str:
        asked = request.args.get("lang", "")
        language = asked if asked in WORDS else request.accept_languages.best_match(list(WORDS), "en")
        words = WORDS[str(language)]
        return render_template(
            "phone.html", words=words, language=language, languages=WORDS, line=as_written(self._line())
        )

    def dial(self) -> Response:
        number = self._callers.get(str(_told("caller", "shown")))
        if number is None:
            abort(400)
        self._switchboard.make_room()
        call = self._carrier.dial(number, self._line())
        return self._now(call, self._switchboard.connect(call))

    def look(self, token: str) -> Response:
        """How the call stands; nothing happens to it by that."""
        return self._now(self._switchboard.call(token), token)

    def keys(self, token: str) -> Response:
        call = self._switchboard.call(token)
        call.key_in(str(_told("keys", ""))[:40])
        return self._now(call, token)

    def wait(self, token: str) -> Response:
        """Let time pass. `holding`: only while the line is held; it may have brought the caller to a talk meanwhile."""
        call = self._switchboard.call(token)
        if not _told("holding", "") or isinstance(call.waiting, Holding):
            call.wait()
        return self._now(call, token)

    def recording(self, token: str) -> Response:
        """The body is what the caller said; `key` is how it ended: a key, "hangup", or nothing (silence)."""
        request.max_content_length = _LONGEST_SOUND
        call = self._switchboard.call(token)
        sound, key = request.get_data(), request.args.get("key", "")
        if sound:
            call.record(sound)
        if key == "hangup":
            call.hang_up()
        elif call.awaits == "recording":
            call.press(key) if key else call.wait()
        return self._now(call, token)

    def officer(self, token: str) -> Response:
        try:
            behaviour = Behaviour(_told("does", ""))
        except ValueError:
            abort(400)
        call = self._switchboard.call(token)
        call.officer(behaviour)
        return self._now(call, token)

    def hangup(self, token: str) -> Response:
        call = self._switchboard.call(token)
        call.hang_up()
        return self._now(call, token)

    def speech(self, token: str, n: int) -> Response:
        call = self._switchboard.call(token)
        if n >= len(call.heard):
            raise NotFoundError
        sound = self._sound(call.heard[n])
        if sound is None:
            return Response(status=204)
        return Response(sound, content_type="audio/wav")

    def _sound(self, words: Words) -> bytes | None:
        if words.audio is None:
            return self._speaker.say(words.text, words.language)
        try:
            answer = self._carrier.sound_at(words.audio)
        except NoAnswerError:
            return None
        return answer.body if answer.ok else None

    def _now(self, call: PhoneCall, token: str) -> Response:
        after = request.args.get("after", 0, int)
        words = [self._word(token, n, said) for n, said in enumerate(call.heard) if n >= after]
        return jsonify({"call": token, "words": words, "status": call.status, **_awaited(call)})

    def _word(self, token: str, n: int, said: Words) -> dict[str, Any]:
        address = url_for(".speech", token=token, n=n)
        return {"n": n, "text": said.text, "language": said.language, "to": said.to, "audio": address}


def _awaited(call: PhoneCall) -> dict[str, Any]:
    match call.waiting:
        case Gathering(num_digits, finish_on, timeout_s, digits):
            told = {"num_digits": num_digits, "finish_on": finish_on, "timeout_s": timeout_s, "digits": len(digits)}
            return {"awaits": "keys", **told}
        case Recording(max_seconds, finish_on, _, beep):
            told = {"max_seconds": max_seconds, "finish_on": finish_on, "beep": beep}
            return {"awaits": "recording", **told}
        case Ringing(timeout_s):
            return {"awaits": "officer", "timeout_s": timeout_s}
        case Holding(seconds):
            return {"awaits": call.awaits, "hold_s": seconds}
        case None:
            return {"awaits": "ended"}
        case _:
            return {"awaits": "conversation"}


def _told(name: str, default: str) -> Any:
    body = request.get_json(silent=True)
    return body.get(name, default) if isinstance(body, dict) else default


def _refuse_other_pages() -> None:
    """Only this page may make calls: another site's form or script is turned away."""
    if request.method == "GET":
        return
    origin = request.headers.get("Origin", "")
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    if elsewhere or (origin and urlsplit(origin).netloc != request.host):
        abort(403)


def _guarded(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "no-referrer")
    if not request.path.startswith("/phone/static"):
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused(error: HotlineError, status: int) -> tuple[Response, int]:
    return jsonify({"error": str(error)}), status
