"""Bringing a database to the tables of this version: Alembic, inside the package, with no file beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, make_url, text

from storage.postgres import postgres_engine
from storage.sqlite import file_of, make_private, sqlite_engine, turnstile_of
from storage.turnstile import turnstile

if TYPE_CHECKING:  # every start asks whether a migration is due; only the migration itself needs Alembic
    from alembic.config import Config

_VERSIONS = Path(__file__).parent / "versions"
_ONE_AT_A_TIME = 7_230_115  # an arbitrary number; the same for every process that migrates


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest revision, all or nothing; does nothing where it is there already."""
    from alembic import command

    with migration_on(url) as config:
        command.upgrade(config, "head")


def pending(url: str) -> bool:
    """Whether the database at `url` is not at the newest revision. Makes no file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not file_of(parsed).exists():
        return True
    with _connected(url, begin="BEGIN") as connection:
        return _revision_of(connection) != newest_revision()


def newest_revision() -> str:
    """The revision that the tables of this version are at; revisions are numbered, and so are their files."""
    return max(file.name[:4] for file in _VERSIONS.glob("[0-9]*.py"))


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def migration_on(url: str) -> "Iterator[Config]":
    """Alembic's configuration, over one transaction of the database that nobody else migrates meanwhile."""
    with _turn(url), _connected(url, begin="BEGIN IMMEDIATE") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
        config = _config()
        config.attributes["connection"] = connection
        yield config
        _refuse_dangling(connection)


@contextmanager
def _turn(url: str) -> Iterator[None]:
    """Hold up every other writer of an SQLite file: a new one cannot even be opened by two at once."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        yield
        return
    file = file_of(parsed)
    make_private(file)
    with turnstile(turnstile_of(file)):
        yield


@contextmanager
def _connected(url: str, *, begin: str) -> Iterator[Connection]:
    engine = _engine(url, begin)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(url: str, begin: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite_engine(parsed, begin=begin, foreign_keys="OFF")
    return postgres_engine(parsed)


def _refuse_dangling(connection: Connection) -> None:
    """SQLite changes a table by copying it, with foreign keys unwatched; so they are counted at the end."""
    if connection.dialect.name == "sqlite":
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if dangling:
            raise RuntimeError(f"the migration would leave {len(dangling)} rows without what they point to")


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    return config
