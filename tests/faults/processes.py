"""A real installation: its processes on a free port, killed at will, and a carrier outside that outlives them."""

import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

from hotline.clock import system_clock
from hotline.settings import Settings, load_settings
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.load import ThreadPoster
from hotline.simulator.rest import rest_blueprint
from storage.vault import Vault
from tests.cast import THE_LINE

ACCOUNT, TOKEN = "AC" + "5" * 32, "a token that nobody else has"
STARTS_WITHIN_S = 40
LEAVES_WITHIN_S = 10


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Any, within_s: float, what: str) -> None:
    """Look again and again until `done()`; fail after `within_s`."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not done():
        assert time.monotonic() < deadline, f"{what}: not within {within_s:.0f} s"
        pause.wait(0.05)


# ---- processes, as the kernel knows them -----------------------------------------------------------------------------


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@dataclass
class Installation:
    """`hotline init` once, then `hotline run` as often as it is killed."""

    folder: Path
    api_url: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _orphans: list[int] = field(default_factory=list)

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def named(self) -> dict[str, str]:
        return {
            "HOTLINE_DATA_DIR": str(self.folder / "data"),
            "HOTLINE_PUBLIC_URL": self.public_url,
            "HOTLINE_CARRIER": "local",
            "TWILIO_API_URL": self.api_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
        }

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.named}  # noqa: TID251 - handed on

    @property
    def database(self) -> Path:
        return self.folder / "data" / "hotline.sqlite3"

    def settings(self) -> Settings:
        return load_settings(**{name.lower(): value for name, value in self.named.items()})

    def set_up(self) -> None:
        arguments = ["init", "--name", "Xã Suối Đá", "--number", THE_LINE, "--admin", "chief", "--password-stdin"]
        self._hotline(*arguments, said="a-long-password-of-the-chief\n")

    def calls_as_json(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self._hotline("calls", "--format", "json", "--limit", "100000"))
        return listed

    def _hotline(self, *arguments: str, said: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hotline", *arguments],
            input=said.encode(),
            capture_output=True,
            env=self.environment,
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """The worker alone; whoever starts it ends it."""
        arguments = [sys.executable, "-m", "hotline", "worker"]
        with (self.folder / "hotline.log").open("ab") as log:
            return subprocess.Popen(arguments, env=self.environment, cwd=self.folder, stdout=log, stderr=log)

    # ---- living and dying ------------------------------------------------------------------------------------------

    def start(self) -> None:
        with (self.folder / "hotline.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hotline", "run", "--port", str(self.port)],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.is_up()

    def is_up(self) -> None:
        until(lambda: self.answers() and self.worker() is not None, STARTS_WITHIN_S, "the hotline is up")

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def web(self) -> int | None:
        return self._child("hotline web")

    def worker(self) -> int | None:
        return self._child("hotline worker")

    def _child(self, name: str) -> int | None:
        return next((pid for pid in self._children() if command_line(pid).startswith(name)), None)

    def _children(self) -> list[int]:
        return children(self.process.pid) if self.process else []

    def kill(self, victim: str) -> None:
        """SIGKILL `web`, `worker`, `parent` or `all`; what does not come back by itself is started again."""
        assert self.process is not None
        below = self._children()
        if victim in ("web", "worker"):
            pid = self.web() if victim == "web" else self.worker()
            if pid is None:  # between two lives
                return
            os.kill(pid, signal.SIGKILL)
            until(lambda: not alive(pid), LEAVES_WITHIN_S, f"{victim} {pid} is dead")
            self.is_up()
            return
        if victim == "all":
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait(LEAVES_WITHIN_S)
        self._orphans = below
        for pid in below:
            until(lambda pid=pid: not alive(pid), LEAVES_WITHIN_S, f"{command_line(pid)} left after its parent")
        self._orphans = []
        self.start()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process is None:
            return
        for pid in [*self._orphans, *self._children(), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(LEAVES_WITHIN_S)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(sql, values).fetchall()


# ---- the carrier outside ---------------------------------------------------------------------------------------------


@dataclass
class Outside:
    """The stand-in carrier in this process; it notes each deletion that came before a durable copy."""

    carrier: StandInCarrier
    too_early: list[str]
    fetched: list[str]


@contextmanager
def installation(folder: Path, *, running: bool = True) -> Iterator[tuple[Installation, Outside]]:
    """An installation that is set up, and up if it is to be `running`; and its carrier."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    api = Flask("the carrier's API")
    server = make_server("127.0.0.1", 0, api, threaded=True)
    home = Installation(folder, f"http://127.0.0.1:{server.server_port}")
    with ThreadPoster() as poster:
        webhooks = Webhooks.at(home.public_url)
        carrier = StandInCarrier(ACCOUNT, TOKEN, webhooks, poster, system_clock, api_url=home.api_url)
        outside = Outside(carrier, [], [])
        _watch_deletions(api, home, outside)
        api.register_blueprint(rest_blueprint(carrier))
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            home.set_up()
            if running:
                home.start()
            yield home, outside
        finally:
            home.end()
            server.shutdown()
            server.server_close()
            serving.join(5)


def _watch_deletions(api: Flask, home: Installation, outside: Outside) -> None:
    @api.before_request
    def watch() -> Response | None:
        if "/Recordings/" not in request.path:
            return None
        name = Path(request.path).stem
        if request.method == "GET":
            outside.fetched.append(name)
        elif request.method == "DELETE" and not _is_kept(home, name):
            outside.too_early.append(name)
        return None


def _is_kept(home: Installation, name: str) -> bool:
    kept = home.rows(
        "SELECT vault_name, sha256, bytes FROM recordings WHERE carrier_recording_id = ? AND kept_at IS NOT NULL", name
    )
    vault = Vault((home.folder / "data" / "recordings").as_uri())
    return bool(kept) and all(vault.verify(*row) for row in kept)
