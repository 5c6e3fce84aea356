"""A process ends when it is told to, whichever of its threads the kernel gives the signal."""

import subprocess
import sys
from pathlib import Path

_REPOSITORY = Path(__file__).parents[2]
_HANGS_S = 60  # no promise: who takes so long, hangs

_WAITS = """
import os, signal, sys, threading
from hotline.ending import end_when_left, end_when_told
stop = threading.Event()
end_when_told(stop.set)
"""
_TOLD_BESIDE_THE_MAIN_THREAD = """
threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)).start()
stop.wait()
"""
_CHILD_IS_TOLD = """
child = os.fork()
if child == 0:
    signal.pause()  # the handler has nothing to do; one signal ends the pause
    os._exit(0)
threading.Timer(0.2, os.kill, (child, signal.SIGTERM)).start()
os.waitpid(child, 0)
sys.exit(3 if stop.wait(0.3) else 0)
"""
_LEFT = """
import multiprocessing
def child():
    end_when_left(lambda: os.write(1, b"left") and os._exit(0))
    threading.Event().wait()
multiprocessing.get_context("fork").Process(target=child).start()
os._exit(0)
"""


def _run(then: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _WAITS + then],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        timeout=_HANGS_S,
        check=False,
    )


def test_a_signal_that_another_thread_gets_ends_a_main_thread_that_waits() -> None:
    assert _run(_TOLD_BESIDE_THE_MAIN_THREAD).returncode == 0


def test_a_childs_signal_does_not_end_its_parent() -> None:
    assert _run(_CHILD_IS_TOLD).returncode == 0


def test_a_child_ends_when_its_parent_is_gone() -> None:
    assert _run(_LEFT).stdout == "left"
