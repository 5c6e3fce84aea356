"""Reading ahead: while one batch is being written, a process of its own makes the next."""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from hotline.errors import HotlineError

T = TypeVar("T")
_DONE = None


class ReaderLostError(HotlineError):
    """The process that read the file was ended from outside. Do the same again: it goes on from there."""


@contextmanager
def ahead(make: Callable[[], Iterator[T]]) -> Iterator[Iterator[T]]:
    """What `make()` yields, in its order, made in a fork of this process; what it raises is raised here.

    The fork is at most two items ahead, and ends when the block is left, or when this process is gone. With one core
    there is nothing to win, and a process with threads must not be forked: then it is made here, in turn."""
    if os.cpu_count() == 1 or threading.active_count() > 1:
        yield make()
        return
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_send, args=(make, here, there), daemon=True)
    gc.freeze()  # no collection need look at what is loaded already, here or there, where looking copies it
    child.start()
    there.close()  # so that the end of the child is the end of the pipe
    try:
        yield _received(here)
    finally:
        here.close()
        child.join()
        gc.unfreeze()


def _send(make: Callable[[], Iterator[T]], here: Connection, there: Connection) -> None:
    """In the child: it ends by itself as soon as nobody is left to take what it makes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to both, and the parent tells
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    here.close()
    try:
        for item in make():
            there.send(item)
        there.send(_DONE)
    except BrokenPipeError:
        return
    except Exception as error:
        there.send(error)


def _received(here: Connection) -> Iterator[Any]:
    while (item := _next(here)) is not _DONE:
        if isinstance(item, Exception):
            raise item
        yield item


def _next(here: Connection) -> Any:
    try:
        return here.recv()
    except EOFError:
        raise ReaderLostError from None
