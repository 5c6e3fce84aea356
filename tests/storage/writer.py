"""A process that commits as fast as it can from eight threads and says so of each: to be killed."""

import sys
import threading
from datetime import UTC, datetime

from sqlalchemy import insert

from storage.database import open_store
from storage.tables import heartbeats

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def main(file: str) -> None:
    store = open_store(f"sqlite:///{file}")

    def write(thread: int) -> None:
        number = 0
        while True:
            name = f"{thread}-{number}"
            store.commit(lambda c, name=name: c.execute(insert(heartbeats).values(process=name, at=NOON)))
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()
            number += 1

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1])
