"""Two memory-hungry hashes at once on one machine, however many processes ask."""

import fcntl
import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

AT_ONCE = 2
_here = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def hashing_slot() -> Iterator[None]:
    """Wait for one of the machine's slots and hold it. A process that dies lets go of its own."""
    with _here, ExitStack() as held:
        slots = [file for file in map(_open, range(AT_ONCE)) if file is not None]
        for file in slots:
            held.callback(os.close, file)
        if slots and not any(_take(file) for file in slots):
            fcntl.flock(secrets.choice(slots), fcntl.LOCK_EX)
        yield


def _open(number: int) -> int | None:
    """The slot's lock file, or None where it is not ours: nobody else may hold up a sign-in."""
    path = Path(tempfile.gettempdir()) / f"keychain-hotline-{os.geteuid()}-hash-{number}"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None
    if os.fstat(file).st_uid == os.geteuid():
        return file
    os.close(file)
    return None


def _take(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
