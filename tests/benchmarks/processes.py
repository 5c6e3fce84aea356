"""Servers as their operators start them: in processes of their own, on a free port, ended when the block ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a token of the benchmark",
    "TWILIO_API_URL": "http://127.0.0.1:9",  # nobody is there: a benchmark asks nothing of anyone
}
START_S = 30
STOP_S = 15


@dataclass(frozen=True, slots=True)
class Served:
    """A running server; its process group bears its own number."""

    process_id: int
    port: int


@contextmanager
def served(arguments: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[Served]:
    """Start `python -m` with these arguments in a process group of its own, wait until its port answers, end it."""
    command = [sys.executable, "-m", *arguments]
    process = subprocess.Popen(command, env=clean(environment), start_new_session=True)
    try:
        wait_for(port, process)
        yield Served(process.pid, port)
    finally:
        end(process)


def run(arguments: Sequence[str], environment: Mapping[str, str], said: str = "") -> str:
    """Run `python -m` with these arguments to its end and return what it printed."""
    command = [sys.executable, "-m", *arguments]
    ran = subprocess.run(
        command, env=clean(environment), input=said, capture_output=True, text=True, timeout=120, check=False
    )
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {ran.stderr.strip()}")
    return ran.stdout


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Our environment without settings of anyone's own installation, and with these; modules are kept compiled, as
    they are wherever the hotline is started a second time."""
    mine = os.environ  # noqa: TID251 - handed on
    left_out = ("HOTLINE_", "TWILIO_", "PYTHONDONTWRITEBYTECODE")
    ours = {name: value for name, value in mine.items() if not name.startswith(left_out)}
    return ours | ACCOUNT | dict(environment)


def installation(folder: Path, port: int, database_url: str = "") -> dict[str, str]:
    """Make a fresh commune in `folder` and return the environment that names it."""
    environment = {"HOTLINE_DATA_DIR": str(folder), "HOTLINE_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    if database_url:
        environment["HOTLINE_DATABASE_URL"] = database_url
    made = ["hotline", "init", "--name", "Suối Đá", "--number", "+842101234567", "--admin", "chief", "--password-stdin"]
    run(made, environment, "a password of the benchmark\n")
    run(["hotline", "unit", "load", "ivr_flows/catalog/demo_unit.yaml"], environment)
    return environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until something listens. Raises TimeoutError, or RuntimeError where the process has ended."""
    last_moment = time.perf_counter() + START_S
    while time.perf_counter() < last_moment:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError("the server did not start")


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a server to end, and end it with all its processes where it does not."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
