"""Sealed files that no row points to: what a crash left between the vault and the row.

Recordings are the only rows that point into the vault; whatever else is to point there must be asked for here too."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from hotline.casework import recordings
from hotline.casework.alarms import raise_alarm
from storage.database import Store
from storage.vault import Vault

SUSPICIOUS_FOR = timedelta(days=1)  # far longer than a fetch takes, and long enough to notice a wrong database
MOST_AFTER_CRASHES = 10
_AT_ONCE = 500


class Leftovers:
    """Remembers since when a file has belonged to nobody, and removes it when that has lasted long enough."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def collect(self, store: Store, vault: Vault, now: datetime) -> int:
        """Remove the files that have belonged to nobody for a day; tell how many.

        Many at once are no crash: the database is not the one that they belong to (an old backup, perhaps). Then
        nothing is removed and an alarm rings."""
        unclaimed = set(_unclaimed(store, vault))
        self._since = {name: self._since.get(name, now) for name in unclaimed}
        if len(unclaimed) > MOST_AFTER_CRASHES:
            with store.write() as connection:
                key = f"recordings_without_rows:{now:%Y-%m-%d}"
                raise_alarm(connection, "recordings_without_rows", key, {"files": len(unclaimed)}, now)
            return 0
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
