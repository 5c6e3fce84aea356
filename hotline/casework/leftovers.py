"""Sealed files that no row points to: what a crash left between the vault and the row."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from hotline.casework import recordings
from storage.database import Store
from storage.vault import Vault

SUSPICIOUS_FOR = timedelta(hours=1)  # far longer than a fetch may take between its file and its row
_AT_ONCE = 500


class Leftovers:
    """Remembers since when a file has belonged to nobody, and removes it when that has lasted long enough."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def collect(self, store: Store, vault: Vault, now: datetime) -> int:
        """Remove the files that have belonged to nobody for an hour; tell how many."""
        unclaimed = set(_unclaimed(store, vault))
        self._since = {name: self._since.get(name, now) for name in unclaimed}
        ripe = [name for name, since in self._since.items() if now - since >= SUSPICIOUS_FOR]
        for name in ripe:
            vault.remove(name)
            del self._since[name]
        return len(ripe)


def _unclaimed(store: Store, vault: Vault) -> Iterator[str]:
    """The names first, then their rows: a file that is kept meanwhile is not seen at all."""
    waiting = iter(vault.names())
    while names := list(islice(waiting, _AT_ONCE)):
        with store.read() as connection:
            yield from recordings.unreferenced(connection, names)
