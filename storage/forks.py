"""Open connections must not cross a fork: the child of a process opens its own."""

import os
import weakref
from typing import Protocol


class Reopens(Protocol):
    def reopen(self) -> None:
        """Forget, without touching, every connection that belongs to the parent."""


_open: "weakref.WeakSet[Reopens]" = weakref.WeakSet()


def reopen_after_fork(store: Reopens) -> None:
    """Have `store.reopen()` called in every child process that is forked from this one."""
    _open.add(store)


def _reopen_all() -> None:
    for store in list(_open):
        store.reopen()


os.register_at_fork(after_in_child=_reopen_all)
