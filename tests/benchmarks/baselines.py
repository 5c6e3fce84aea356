"""What we are measured against: the carrier's own samples, one without a signature and one with. No database.

`python -m tests.benchmarks.baselines bare PORT` serves one the way `hotline serve` serves us."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, abort, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from hotline.slow_clients import MOST_CLIENTS

View = Callable[..., Response]


def bare() -> Flask:
    """A menu that begins again with every key, written with the carrier's library."""
    app = Flask(__name__)
    app.add_url_rule("/voice/incoming", "incoming", lambda: menu("new", 1), methods=["POST"])
    app.add_url_rule("/voice/<call>/<int:visit>", "step", lambda call, visit: menu(call, visit + 1), methods=["POST"])
    return app


def signed() -> Flask:
    """The same behind the carrier's validator, as its samples put it there."""
    app = bare()
    app.view_functions = {name: validated(view) for name, view in app.view_functions.items()}
    return app


def validated(view: View) -> View:
    """Refuse what the carrier's library does not find genuine."""

    @wraps(view)
    def checked(*args: Any, **parts: Any) -> Response:
        validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])  # noqa: TID251 - as in the samples
        if not validator.validate(request.url, request.form, request.headers.get("X-Twilio-Signature", "")):
            abort(403)
        return view(*args, **parts)

    return checked


def menu(call: str, visit: int) -> Response:
    """Two sentences, one key, and the way on where no key comes."""
    pressed = request.form.get("Digits", "")
    action = f"{request.host_url}voice/{call}/{visit}"
    response = VoiceResponse()
    gather = response.gather(num_digits=1, timeout=7, action=action, method="POST")
    gather.say(f"Bà con đã bấm phím {pressed}." if pressed else "Đây là số trực của công an xã.", language="vi-VN")
    gather.say("Để báo tin, bấm phím 1. Để hỏi giấy tờ, bấm phím 2. Để gặp cán bộ, bấm phím 0.", language="vi-VN")
    response.redirect(action, method="POST")
    return Response(str(response), mimetype="text/xml")


def serve(name: str, port: int) -> None:
    """Serve with the options of `hotline.cli.running.serve_web`."""
    Granian(
        f"tests.benchmarks.baselines:{name}",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=MOST_CLIENTS,
        blocking_threads_idle_timeout=300,
        backpressure=MOST_CLIENTS,
        factory=True,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
