"""Databases that are migrated already: made once a session, copied for each test.

Walking all migrations costs about a second; what they do is tried in tests/storage/test_migrations.py."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from storage.database import open_store
from storage.migrations import migrate

_TEMPLATE = "migrated_template"


def migrated(url: str) -> None:
    """Make the empty database at `url` one with all tables and no row."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database is not None
        file = Path(parsed.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_book(), file)
        return
    _copied(url, _template(parsed.set(database="postgres").render_as_string(hide_password=False)))


@cache
def _book() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hotline-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "hotline.sqlite3"
    migrate(f"sqlite:///{file}")
    open_store(f"sqlite:///{file}").close()  # what the journal holds goes into the file, which is copied alone
    return file


@cache
def _template(server_url: str) -> str:
    """A migrated database of this server, for others to be copied from."""
    _command(server_url, f'CREATE DATABASE "{_TEMPLATE}"')
    migrate(
        make_url(server_url)
        .set(drivername="postgresql+psycopg", database=_TEMPLATE)
        .render_as_string(hide_password=False)
    )
    return _TEMPLATE


def _copied(url: str, template: str) -> None:
    parsed = make_url(url)
    server = parsed.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    _command(server, f'DROP DATABASE "{parsed.database}"')
    _command(server, f'CREATE DATABASE "{parsed.database}" TEMPLATE "{template}"')


def _command(server_url: str, command: str) -> None:
    plain = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(command)
