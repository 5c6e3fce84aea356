"""`hotline run`, `serve`, `worker`, `demo`: the processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hotline.cli.command import run_quietly

_RESTART_AFTER_S = 1.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def run(host: str, port: int) -> None:
    """Web and worker together on one machine; ends cleanly on SIGTERM and Ctrl-C."""
    check_installation()
    serve_with_worker(host, port)


def serve_with_worker(host: str, port: int) -> None:
    """Serve in this process's children, with a worker beside, until told to stop; a worker that dies comes back."""
    stopping = threading.Event()
    worker_process = _WorkerProcess(stopping)
    watch = threading.Thread(target=worker_process.keep_alive, name="keep-worker-alive", daemon=True)
    watch.start()
    try:
        serve_web(host, port, 1)
    finally:
        stopping.set()
        worker_process.stop()
        watch.join(5)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--processes", default=1, show_default=True, help="More than one only on PostgreSQL.")
def serve(host: str, port: int, processes: int) -> None:
    """The web process alone."""
    from hotline.settings import load_settings

    check_installation()
    settings = load_settings()
    if processes > 1 and settings.database_url.startswith("sqlite"):
        raise click.UsageError("SQLite is served by one web process; more of them need PostgreSQL.")
    serve_web(host, port, processes)


def serve_web(host: str, port: int, processes: int) -> None:
    """Serve until SIGTERM or SIGINT. One process on SQLite: its commits are shared among its callers."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from hotline.settings import load_settings

    os.environ.update(_environment())  # noqa: TID251 - for the processes that serve
    server = Granian(
        "hotline.app:served",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=load_settings().hotline_threads,
        blocking_threads_idle_timeout=300,
        backpressure=1024,
        factory=True,
        websockets=False,
        log_access=False,  # an access log is a list of who called when
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=5,
    )
    handle: Callable[..., None] = server.signal_handler_interrupt

    def stop_once(*received: Any) -> None:
        """One signal is enough: granian's own handler locks up for ever when a second one interrupts it."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        handle(*received)

    server.signal_handler_interrupt = stop_once  # type: ignore[method-assign]
    server.serve()


@click.command()
@click.option("--child-of", type=int, default=None, hidden=True)
def worker(child_of: int | None) -> None:
    """The worker alone; any number of them may run."""
    if child_of is None:
        check_installation()
    else:  # whoever started us has looked, and the first call is waiting for this processor
        _leave_with(child_of)
    # httpx loads rich and pygments for a command line of its own, if it finds them: 6 MiB that no worker uses.
    sys.modules["rich"] = None  # type: ignore[assignment]
    from hotline.settings import load_settings
    from hotline.worker import run as run_worker

    run_worker(load_settings())


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


def check_installation() -> None:
    """Refuse to start on settings or a database that cannot be used.

    Looked at in a process of its own: what that loads (Alembic, SQLAlchemy) would otherwise stay in memory."""
    child = os.fork()
    if child == 0:
        os._exit(run_quietly(_examine_installation))
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise click.exceptions.Exit(1)


def _examine_installation() -> None:
    from hotline.installation import ready_settings

    ready_settings()


def _environment() -> dict[str, str]:
    """Ours, with fewer memory pools: many threads of little work would otherwise each keep one."""
    return {"MALLOC_ARENA_MAX": "2"} | os.environ  # noqa: TID251 - handed on


def _leave_with(parent: int) -> None:
    """Stop this process when the one that started it is gone, even killed: nobody would ever stop it otherwise."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="leave-with-parent", daemon=True).start()


class _WorkerProcess:
    """The worker as a child of this process, started again when it dies."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def keep_alive(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                if self._stopping.is_set():
                    return
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "hotline", "worker", "--child-of", str(os.getpid())], env=_environment()
                )
            self._child.wait()
            self._stopping.wait(_RESTART_AFTER_S)

    def stop(self) -> None:
        with self._lock:
            child = self._child
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
