"""Write the next revision from what the tables have and the migrations have not:
`python -m storage.migrations "What changes"`, to be read and corrected by hand."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from storage.migrations import migrate, migration_on


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'scratch.sqlite3'}"
        migrate(url)
        with migration_on(url) as config:
            count = sum(1 for _ in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
            command.revision(config, message, autogenerate=True, rev_id=f"{count + 1:04}")


if __name__ == "__main__":
    main(sys.argv[1])
