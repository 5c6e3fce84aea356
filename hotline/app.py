"""The web process: every edge put together. The only place that knows them all."""

import hmac
import logging
import os
import threading
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request, send_from_directory
from setproctitle import setproctitle
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import ivr_flows
from hotline.casework import heartbeat
from hotline.casework.pulse import Pulse, take_pulse
from hotline.clock import Clock, system_clock
from hotline.console.blueprint import create_console
from hotline.console.services import Services
from hotline.ending import end_when_left
from hotline.settings import Settings, load_settings
from hotline.slow_clients import BodyFirst
from hotline.telephony.call_back import CallBackDialler, PlacesCalls
from hotline.telephony.prompt_audio import prompt_audio
from hotline.telephony.webhooks import carrier_routes
from storage.database import Store, StoreBusy, open_store
from storage.sealing import ApplicationSecret
from storage.tables import lines
from storage.vault import Vault

STAND_IN = "hotline-stand-in-carrier"
_AUDIO = Path(ivr_flows.__file__).parent / "catalog" / "audio"
_LARGEST_PAGE_BODY = 1024 * 1024
_PROOF_HOLDS = timedelta(seconds=5)
_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
_LOOPBACK = ("127.0.0.1", "::1")


def create_app(
    settings: Settings,
    clock: Clock = system_clock,
    store: Store | None = None,
    carrier: PlacesCalls | None = None,
) -> Flask:
    """Build the web application; store and carrier are those of the settings unless others are given."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_PAGE_BODY
    store = store or open_store(settings.database_url)
    secret = ApplicationSecret(settings.application_secret)
    app.register_blueprint(carrier_routes(settings, store, secret, clock))
    app.register_blueprint(prompt_audio(store))
    vault, dialler = Vault(settings.recordings_url), _dialler(settings, carrier)
    app.register_blueprint(create_console(Services(store, secret, vault, clock, settings, dialler)))
    _add_health(app, settings, store, clock)
    _add_prompts(app)
    if settings.stands_in_for_carrier:
        _add_stand_in(app, settings, clock, store)
    return app


def _dialler(settings: Settings, carrier: PlacesCalls | None) -> CallBackDialler | None:
    """What officers ring callers back with; None where there is no carrier account."""
    has_account = bool(settings.twilio_account_sid and settings.twilio_auth_token.get_secret_value())
    return CallBackDialler(settings, carrier) if carrier is not None or has_account else None


def served() -> Flask:
    """The application as the web server loads it, in the process that serves."""
    setproctitle("hotline web")
    settings = load_settings()
    logging.basicConfig(level=settings.hotline_log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it names every address it asks
    end_when_left(lambda: os._exit(1))
    app = create_app(settings)
    app.wsgi_app = BodyFirst(app.wsgi_app, settings.hotline_threads)  # type: ignore[method-assign]
    return app


def _add_health(app: Flask, settings: Settings, store: Store, clock: Clock) -> None:
    def pulse() -> Pulse | None:
        try:
            with store.read() as connection:
                return take_pulse(connection, clock())
        except (SQLAlchemyError, StoreBusy):
            return None

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("alive\n", mimetype="text/plain")

    commits = _CommitProof(store, clock)

    @app.get("/readyz")
    def readyz() -> Response:
        now = pulse()
        troubles = ["the database does not answer"] if now is None else _troubles(now)
        if now is not None and not commits.holds():
            troubles.append("the database takes no change")
        return Response("\n".join(troubles or ["ready"]) + "\n", 503 if troubles else 200, mimetype="text/plain")

    @app.get("/metrics")
    def metrics() -> Response:
        if not _may_see_metrics(settings):
            abort(403)
        now = pulse()
        return Response(_metrics(now), mimetype="text/plain; version=0.0.4")


class _CommitProof:
    """Whether the store still commits, which a full disk does not keep from being read.

    Proved by a row, and at most once in a few seconds: anybody may ask. Of many who ask at once one looks, and the
    others are told what is known: a store that hangs would else hold up as many as could answer calls."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._one_at_a_time = threading.Lock()
        self._proved_at: datetime | None = None

    def holds(self) -> bool:
        if self._one_at_a_time.acquire(blocking=False):
            try:
                self._look(self._clock())
            finally:
                self._one_at_a_time.release()
        return self._proved_at is not None

    def _look(self, now: datetime) -> None:
        if self._proved_at is None or not timedelta() <= now - self._proved_at < _PROOF_HOLDS:
            self._proved_at = now if self._proved(now) else None

    def _proved(self, now: datetime) -> bool:
        try:
            self._store.commit(lambda connection: heartbeat.beat(connection, heartbeat.WEB, now))
        except StoreBusy:
            return False
        return True


def _troubles(pulse: Pulse) -> list[str]:
    troubles = []
    if not pulse.worker_alive:
        troubles.append("the worker is silent")
    if not pulse.in_time:
        troubles.append("a row is overdue")
    return troubles


def _may_see_metrics(settings: Settings) -> bool:
    """Whoever is on this machine itself, not behind a proxy on it; anyone else needs the token.

    A proxy that neither says whom it asks for nor passes on the name it was asked under looks like this machine."""
    token = settings.hotline_metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    behind_a_proxy = any(name in request.headers for name in _PROXY_HEADERS)
    here = urlsplit(f"//{request.host}").hostname in (*_LOOPBACK, "localhost")
    return here and request.remote_addr in _LOOPBACK and not behind_a_proxy


def _metrics(pulse: Pulse | None) -> str:
    figures = {"hotline_database_up": 0 if pulse is None else 1}
    if pulse is not None:
        figures |= {
            "hotline_calls": pulse.calls,
            "hotline_live_calls": pulse.live_calls,
            "hotline_recordings_awaited": pulse.recordings_awaited,
            "hotline_open_alarms": pulse.open_alarms,
            "hotline_worker_alive": int(pulse.worker_alive),
            "hotline_oldest_overdue_seconds": round(pulse.oldest_overdue_s or 0),
        }
    return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in figures.items())


def _add_prompts(app: Flask) -> None:
    @app.get("/prompts/<language>/<path:name>")
    def prompt(language: str, name: str) -> Response:
        """The recorded prompts, for the carrier to play; they hold nothing of any caller."""
        if not language.isalpha() or not name.endswith(".wav"):
            abort(404)
        return send_from_directory(_AUDIO / language, name, mimetype="audio/wav")


def _add_stand_in(app: Flask, settings: Settings, clock: Clock, store: Store) -> None:
    """The carrier that needs no account: its telephone at /phone, its recordings in memory."""
    # Not for those who have a carrier: it costs memory and time.
    from hotline.simulator.browser_phone import phone_blueprint
    from hotline.simulator.carrier import StandInCarrier, Webhooks
    from hotline.simulator.poster import WsgiPoster
    from hotline.simulator.rest import rest_blueprint

    carrier = StandInCarrier(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        Webhooks.at(settings.hotline_public_url),
        WsgiPoster(app),
        clock,
        api_url=settings.twilio_api_url,
    )
    carrier.other_phones.by_hand()  # whoever holds the telephone decides what the officers do
    app.extensions[STAND_IN] = carrier
    app.register_blueprint(rest_blueprint(carrier, by_itself=True, numbers=lambda: _numbers(store)))
    app.register_blueprint(phone_blueprint(carrier, lambda: _numbers(store)[0]))


def _numbers(store: Store) -> list[str]:
    """The lines of the installation, the oldest first."""
    with store.read() as connection:
        return list(connection.scalars(select(lines.c.number).order_by(lines.c.id)))
