"""What it takes to run at all: the memory of an idle `hotline run`, and the time until it answers its first call."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.callers import first_webhook
from tests.benchmarks.processes import ACCOUNT, START_S, clean, end, free_port, installation

IDLE_S = 10


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds from the start of the command to the first answered call, and MiB (proportional set size) when idle.

    `first_call_cpu_s` is what all its processes had computed by then: on a busy machine it says more."""

    first_call_s: float
    first_call_cpu_s: float
    idle_mib: float
    each_mib: tuple[float, ...]


def measure() -> Footprint:
    """Start `hotline run` on a fresh installation, ring once, let it rest, weigh its process group."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        port = free_port()
        environment = clean(installation(Path(folder) / "data", port))
        began = time.perf_counter()
        command = [sys.executable, "-m", "hotline", "run", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            _ring_until_answered(port)
            first_call_s = time.perf_counter() - began
            first_call_cpu_s = sum(_cpu_s(process_id) for process_id in _group(process.pid))
            time.sleep(IDLE_S)
            each = tuple(sorted(_mib(process_id) for process_id in _group(process.pid)))
        finally:
            end(process)
    return Footprint(first_call_s, first_call_cpu_s, sum(each), each)


def _ring_until_answered(port: int) -> None:
    last_moment = time.perf_counter() + START_S
    path, body, headers = first_webhook(f"127.0.0.1:{port}", ACCOUNT["TWILIO_AUTH_TOKEN"].encode())
    while time.perf_counter() < last_moment:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            if answer.status == http.HTTPStatus.OK and b"<Gather" in answer.read():
                return
            raise RuntimeError(f"the first call was answered with {answer.status}")
        except OSError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise TimeoutError("no call was answered")


def _group(leader: int) -> list[int]:
    """The processes of a group, which bears its first process's number."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getpgid(int(entry.name)) == leader:
                found.append(int(entry.name))
        except ProcessLookupError:
            continue
    return found


def _cpu_s(process_id: int) -> float:
    """Of a process and of the children that it has seen to their end."""
    after_its_name = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in after_its_name[11:15]) / os.sysconf("SC_CLK_TCK")


def _mib(process_id: int) -> float:
    lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
