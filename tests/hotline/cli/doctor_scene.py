"""A manned commune whose hotline runs on the loopback, and whoever else the doctor asks."""

import io
import shutil
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from hotline.app import create_app
from hotline.casework import heartbeat
from hotline.cli import run_command
from hotline.clock import system_clock
from hotline.settings import load_settings
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.poster import WsgiPoster
from hotline.simulator.rest import rest_blueprint
from ivr_flows.loader import CATALOG
from storage.database import Store, open_store
from tests.cast import HANH, LY, THE_LINE
from tests.hotline.cli.conftest import Ran, Terminal

ACCOUNT, TOKEN = "AC" + "0" * 32, "the-token-of-the-simulated-account"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(app: Any, port: int = 0, tls: ssl.SSLContext | None = None, ahead_s: float = 0) -> Iterator[str]:
    """The address of a WSGI application on the loopback, whose clock is so many seconds ahead."""

    class Handler(WSGIRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + ahead_s)

        def log(self, *_: object) -> None:
            """Say nothing: tests are quiet."""

    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context=tls, request_handler=Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def man(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Places, and somebody in each group for years, in the installation in `folder`."""
    patch.chdir(folder)
    _types(patch, "unit", "load", str(CATALOG / "demo_unit.yaml"))
    for officer, group in ((HANH, "duty"), (LY, "command")):
        options = ("--role", officer.role, "--phone", officer.number, "--password-stdin")
        _types(patch, "user", "add", officer.login, *options, said=f"{officer.password}\n")
        span = ("--from", "2020-01-01T00:00", "--to", "2099-01-01T00:00")
        _types(patch, "roster", "add", officer.login, "--group", group, *span)


def _types(patch: pytest.MonkeyPatch, *arguments: str, said: str = "") -> None:
    patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said.encode()), encoding="utf-8"))
    assert run_command(list(arguments)) == 0


@dataclass(frozen=True)
class Ward:
    """Whoever set this up, at the terminal of the machine."""

    terminal: Terminal
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sets(self, **settings: str) -> None:
        self.terminal.sets(**settings)

    def doctor(self) -> Ran:
        """The page with one finding a line, however narrow the terminal."""
        self.terminal.sets(COLUMNS="400")
        return self.terminal("doctor")

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = open_store(load_settings().database_url)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def runs(self, front: Callable[[Any], Any] = lambda app: app, **otherwise: str) -> Iterator[Store]:
        """The hotline runs, with these settings `otherwise` than the terminal's, behind a `front`."""
        with self.store() as store:
            with store.write() as connection:
                heartbeat.beat(connection, heartbeat.WORKER, system_clock())
            app = create_app(load_settings(**otherwise), system_clock, store)
            with served(front(app), self.port):
                yield store


def ward(terminal: Terminal, manned: Path) -> Ward:
    """Settings as the demonstration leaves them: the hotline is its own carrier."""
    shutil.copytree(manned, terminal.folder / "data")
    here = Ward(terminal, free_port())
    here.sets(
        HOTLINE_CARRIER="local",
        HOTLINE_PUBLIC_URL=here.address,
        TWILIO_API_URL=here.address,
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN=TOKEN,
    )
    return here


def carrier_elsewhere(asks: str, *numbers: str) -> Flask:
    """A carrier's API for the numbers of an account, all of which ask `asks`."""
    nobody = WsgiPoster(Flask("nobody"))
    carrier = StandInCarrier(ACCOUNT, TOKEN, Webhooks.at(asks), nobody, system_clock)
    api = Flask("the carrier's API", static_folder=None)
    api.register_blueprint(rest_blueprint(carrier, numbers=lambda: numbers or (THE_LINE,)))
    return api


def red_lines(ran: Ran) -> list[str]:
    return [line for line in ran.out.splitlines() if line.startswith("│ NO")]
