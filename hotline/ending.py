"""How a process learns that it is to end: it is told by a signal, or the process that started it is gone."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOKS_EVERY_S = 0.5


def end_when_told(stop: Callable[[], object]) -> None:
    """Call `stop` once, in a thread of its own, when this process gets SIGTERM or SIGINT, however many of them.

    Python runs a signal's handler in the main thread only, and only once that wakes: of signals that come close
    together the kernel may give every one to another thread, and a main thread that waits then sleeps on for ever
    (seen in one of thirty bursts). A handler that sets an event can also interrupt the very wait that holds the
    event's lock. What the interpreter writes to its wake-up pipe, whichever thread the signal met, suffers neither.
    A process forked from this one starts without it. Only the main thread may call this (else ValueError)."""
    told, tell = os.pipe()
    os.set_blocking(tell, False)  # a full pipe has told enough
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    os.register_at_fork(after_in_child=_not_for_children)
    threading.Thread(target=_wait_until_told, args=(told, stop), name="end-when-told", daemon=True).start()
    for number in SIGNALS:
        signal.signal(number, heard)


def heard(*_received: object) -> None:
    """The handler of a signal that `end_when_told` waits for: there must be one, and it has nothing left to do."""


def _wait_until_told(told: int, stop: Callable[[], object]) -> None:
    while os.read(told, 1)[0] not in SIGNALS:
        pass
    stop()


def _not_for_children() -> None:
    """A child's signals are not its parent's: without this, ending a child would end the parent."""
    signal.set_wakeup_fd(-1)


def end_when_left(stop: Callable[[], object]) -> None:
    """Call `stop`, in a thread of its own, when the process that started this one is gone, even killed.

    Nobody would ever end this process otherwise, and an orphan would hold the port. For a process that
    `multiprocessing` started: it knows its parent even when that was gone before anybody asked."""
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("This process is nobody's child.")
    threading.Thread(target=_wait_until_left, args=(parent.pid, stop), name="end-when-left", daemon=True).start()


def _wait_until_left(parent: int | None, stop: Callable[[], object]) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOKS_EVERY_S)
    stop()
