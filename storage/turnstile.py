"""A queue between processes of one machine: whoever waits for a turn holds up those who come later."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turnstile(path: Path) -> Iterator[None]:
    """Hold the lock file alone. It works between threads too, and the kernel lets go when a process dies."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
