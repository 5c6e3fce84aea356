"""`hotline run`, `serve`, `worker`, `demo`: the processes."""

import errno
import gc
import importlib
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

import click
from setproctitle import setproctitle

from hotline.ending import SIGNALS, end_when_left, end_when_told, heard
from hotline.errors import SettingsError
from hotline.slow_clients import MOST_CLIENTS

if TYPE_CHECKING:
    from hotline.settings import Settings

_RESTART_AFTER_S = 1.0
_KILL_AFTER_S = 5.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def run(host: str, port: int) -> None:
    """Web and worker together on one machine; ends cleanly on SIGTERM and Ctrl-C."""
    settings = check_installation()
    _refuse_taken(host, port)
    _warn_without_account(settings)
    _load_for_children()
    serve_with_worker(host, port)


def serve_with_worker(host: str, port: int) -> None:
    """Serve in this process's children, with a worker beside, until told to stop; a worker that dies comes back."""
    worker_process = _WorkerProcess()
    try:
        serve_web(host, port, 1)
    finally:
        worker_process.stop()


def _load_for_children() -> None:
    """Load the application here, once: web and worker are forks of this process and share what they do not change.

    Loading is most of the time until the first call is answered, and most of the memory."""
    gc.disable()  # nothing of it is garbage
    importlib.import_module("hotline.app")
    gc.freeze()  # else each child's first collection would write to every page, and so copy it
    gc.enable()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--processes", default=1, show_default=True, help="More than one only on PostgreSQL.")
def serve(host: str, port: int, processes: int) -> None:
    """The web process alone."""
    settings = check_installation()
    if processes > 1 and settings.database_url.startswith("sqlite"):
        raise click.UsageError("SQLite is served by one web process; more of them need PostgreSQL.")
    _refuse_taken(host, port)
    _warn_without_account(settings)
    serve_web(host, port, processes)


def serve_web(host: str, port: int, processes: int) -> None:
    """Serve until SIGTERM or SIGINT. One process on SQLite: its commits are shared among its callers."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _allow_many_clients()
    server = Granian(
        "hotline.app:served",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=MOST_CLIENTS,  # most of them asleep; `served` bounds how many work
        blocking_threads_idle_timeout=300,
        backpressure=MOST_CLIENTS,
        factory=True,
        process_name="hotline",
        websockets=False,
        log_access=False,  # an access log is a list of who called when
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=5,
    )
    end_when_told(server.signal_handler_interrupt)
    server.signal_handler_interrupt = heard  # type: ignore[method-assign]
    server.serve()


def _refuse_taken(host: str, port: int) -> None:
    """The server would share a port with another one that does the same, and half of the calls would be the other's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "something answers there already" if taken else getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"Port {port} of {host} cannot be used: {why}. Choose another one by --port.") from None


def _allow_many_clients() -> None:
    """A connection is an open file, and the usual limit is half of the clients that may be coming in at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CLIENTS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


@click.command()
def worker() -> None:
    """The worker alone; any number of them may run."""
    check_installation()
    _work(threading.Event())


def _work(stop: threading.Event) -> None:
    setproctitle("hotline worker")
    # httpx loads rich and pygments for a command line of its own, if it finds them: 6 MiB that no worker uses.
    sys.modules["rich"] = None  # type: ignore[assignment]
    from hotline.settings import load_settings
    from hotline.worker import run as run_worker

    run_worker(load_settings(), stop)


def _work_beside() -> None:
    """The worker as a child; whoever started it has looked at the installation."""
    for number in SIGNALS:  # a later worker is a fork of a process that handles them
        signal.signal(number, signal.SIG_DFL)
    stop = threading.Event()
    end_when_left(stop.set)
    _work(stop)


@click.command()
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-data"), show_default=True
)
@click.option("--history", default=2, show_default=True, help="Months of invented calls before today.")
@click.option("--night", is_flag=True, help="Play one night with five calls by itself, tell it, and end.")
def demo(port: int, data_dir: Path, history: int, night: bool) -> None:
    """An invented commune with invented people, on this machine alone, with a telephone in the browser."""
    from hotline.clock import system_clock
    from hotline.demo import prepare
    from hotline.demo.tonight import play_tonight

    if night:
        play_tonight(port, data_dir, history, click.echo)
        return
    prepared = prepare(port, data_dir, history, system_clock())
    click.echo(prepared.welcome)
    sys.stdout.flush()
    # A process of its own kind takes over, free of all that making the history had loaded.
    environment = os.environ | prepared.environment  # noqa: TID251 - handed on
    os.execve(  # noqa: S606 - our own program
        sys.executable, [sys.executable, "-m", "hotline", "run", "--port", str(port)], environment
    )


def check_installation() -> "Settings":
    """Refuse to start on settings or a database that cannot be used. Raises SettingsError."""
    from hotline.installation import ready_settings

    return ready_settings()


def _warn_without_account(settings: "Settings") -> None:
    """The console works without a carrier's account, and every call would be refused: that is said, aloud."""
    if not (settings.auth_tokens and settings.twilio_account_sid):
        click.echo(
            "hotline: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not both set: no carrier can be believed, and every"
            " call is refused. See `hotline doctor`.",
            err=True,
        )


class _WorkerProcess:
    """The worker as a child of this process, started again when it dies."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._child = self._started()  # before there are threads: none of them can hold a lock in the child
        self._watch = threading.Thread(target=self._keep_alive, name="keep-worker-alive", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            self._child.terminate()
        self._watch.join(_KILL_AFTER_S)
        if self._watch.is_alive():
            self._child.kill()

    def _keep_alive(self) -> None:
        while not self._stopping.is_set():
            self._child.join()
            self._stopping.wait(_RESTART_AFTER_S)
            with self._lock, suppress(OSError):  # no memory to fork just now: tried again after the next pause
                if not self._stopping.is_set():
                    self._child = self._started()

    def _started(self) -> BaseProcess:
        child = multiprocessing.Process(target=_work_beside, name="worker")
        child.start()
        return child
