"""Where a night is played by the demonstration: web, worker and the carrier in this process, over HTTP on loopback.

The clock on the wall is moved on where nothing happens, so that a night takes a minute and every wait is the one that
the commune has set."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from werkzeug.serving import make_server

from hotline.app import create_app
from hotline.clock import Clock, system_clock
from hotline.demo.night import NightError
from hotline.settings import Settings
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.poster import HttpPoster
from hotline.simulator.rest import rest_blueprint
from hotline.worker.metronome import Metronome
from hotline.worker.process import beats
from storage.database import Store, open_store
from storage.vault import Vault

_PATIENCE_S = 20
_LOOKS_EVERY_S = 0.05


@dataclass
class NightClock:
    """A clock that runs like ours, at another time, and can be moved on."""

    ahead: timedelta

    @staticmethod
    def at(start: datetime) -> "NightClock":
        return NightClock(start - system_clock())

    def __call__(self) -> datetime:
        return system_clock() + self.ahead

    def goes_on(self, span: timedelta) -> None:
        self.ahead += span


@dataclass
class ServedScene:
    """The whole application, served; see `night.Scene`."""

    carrier: StandInCarrier
    store: Store
    clock: NightClock
    _stopping: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        return self.clock()

    def goes_on(self, span: timedelta) -> None:
        self.clock.goes_on(span)

    def until(self, what: str, happens: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not happens():
            if time.monotonic() > end:
                raise NightError(f"The night stopped: {what}, that was waited for in vain.")
            self._stopping.wait(_LOOKS_EVERY_S)


@contextmanager
def served_scene(settings: Settings, port: int, clock: NightClock) -> Iterator[ServedScene]:
    """Serve the console on `port` and the carrier beside it; a worker works. All of it ends with the block."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a list of who called when
    poster = HttpPoster({settings.hotline_public_url: f"http://127.0.0.1:{port}"})
    carrier = StandInCarrier(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        Webhooks.at(settings.hotline_public_url),
        poster,
        clock,
    )
    api = Flask("the carrier's API", static_folder=None)
    api.register_blueprint(rest_blueprint(carrier, by_itself=True))
    with _serving(api, 0) as api_port:
        carrier.api_url = f"http://127.0.0.1:{api_port}"
        known = settings.model_copy(update={"twilio_api_url": carrier.api_url})
        store = open_store(known.database_url)
        try:
            with _serving(create_app(known, clock, store), port), _working(known, clock):
                yield ServedScene(carrier, store, clock)
        finally:
            store.close()
            poster.close()


@contextmanager
def _serving(app: Flask, port: int) -> Iterator[int]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name=app.name, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _working(settings: Settings, clock: Clock) -> Iterator[None]:
    """A worker with a store of its own, as if it were another process."""
    store, stopping, metronome = open_store(settings.database_url), threading.Event(), Metronome(clock)
    metronome.start(beats(settings, store, Vault(settings.recordings_url), stopping, clock))
    try:
        yield
    finally:
        stopping.set()
        metronome.stop()
        store.close()
