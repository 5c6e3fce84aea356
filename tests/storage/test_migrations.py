"""The migrations make the very tables that the code declares, all or nothing, on both databases."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, event, inspect
from sqlmodel import SQLModel

from storage import migrations
from storage.database import Store
from storage.migrations import migrate, migration_on, newest_revision, pending


def test_the_migrations_make_the_tables_that_the_code_declares(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_checks_are_the_declared_ones_too(store: Store) -> None:
    found = inspect(store.engine)
    for table in SQLModel.metadata.tables.values():
        declared = {each.name for each in table.constraints if isinstance(each, CheckConstraint)}
        assert {each["name"] for each in found.get_check_constraints(table.name)} == declared


def test_an_index_of_some_rows_is_of_the_declared_ones(store: Store) -> None:
    found, where = inspect(store.engine), f"{store.dialect}_where"
    for table in SQLModel.metadata.tables.values():
        made = {each["name"]: each.get("dialect_options", {}).get(where) for each in found.get_indexes(table.name)}
        for index in table.indexes:
            assert _bare(made[index.name]) == _bare(index.dialect_options[store.dialect]["where"]), index.name


def _bare(condition: object) -> str:
    """A condition without the brackets, blanks and types that PostgreSQL adds."""
    return re.sub(r"[()\s]|::\w+", "", str(condition))


def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert pending(database_url)
    migrate(database_url)
    assert not pending(database_url)
    migrate(database_url)
    assert not pending(database_url)


def test_the_newest_revision_is_the_one_that_alembic_leads_to(tmp_path: Path) -> None:
    with migration_on(f"sqlite:///{tmp_path / 'none.sqlite3'}") as config:
        assert ScriptDirectory.from_config(config).get_heads() == [newest_revision()]


def test_asking_whether_one_is_pending_makes_no_file(tmp_path: Path) -> None:
    assert pending(f"sqlite:///{tmp_path / 'none.sqlite3'}")
    assert list(tmp_path.iterdir()) == []


def test_two_that_start_together_migrate_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(migrate, [database_url] * 4)) == [None] * 4
    assert not pending(database_url)


def test_a_migration_can_be_taken_back(database_url: str) -> None:
    migrate(database_url)
    with migration_on(database_url) as config:
        command.downgrade(config, "base")
    assert pending(database_url)
    assert _tables(database_url) == {"alembic_version"}
    migrate(database_url)
    assert not pending(database_url)


@pytest.mark.parametrize("after", [1, 5, 17, 33, 48])
def test_a_migration_that_breaks_leaves_nothing_half_done(database_url: str, after: int) -> None:
    with _breaking_after(after), pytest.raises(OSError, match="broken off"):
        migrate(database_url)
    assert _tables(database_url) <= {"alembic_version"}
    migrate(database_url)
    assert not pending(database_url)


@pytest.mark.faults
@pytest.mark.parametrize("after", [12, 40])
def test_a_migration_killed_in_the_middle_starts_again(database_url: str, after: int) -> None:
    killed = subprocess.run([sys.executable, __file__, database_url, str(after)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert _tables(database_url) <= {"alembic_version"}
    migrate(database_url)
    assert not pending(database_url)


def test_the_store_does_not_load_alembic() -> None:
    code = "import sys, storage.database, storage.sealing, storage.vault; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _tables(url: str) -> set[str]:
    engine = migrations._engine(url, "BEGIN")
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


@contextmanager
def _breaking_after(statements: int) -> Iterator[None]:
    def broken_off() -> None:
        raise OSError("broken off")

    with _at_statement(statements, broken_off):
        yield


@contextmanager
def _at_statement(number: int, act) -> Iterator[None]:
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            act()

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", count)


if __name__ == "__main__":
    with _at_statement(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL)):
        migrate(sys.argv[1])
