"""Locks as other processes hold them, and a store that loses patience sooner."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from sqlalchemy import make_url

from storage.database import Store, open_store
from tests.migrated import migrated
from tests.storage.rows import add_line

PATIENCE_MS = 300

Elsewhere = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def line_store(store: Store) -> Store:
    """A store with one unit and one line."""
    add_line(store)
    return store


@pytest.fixture
def hasty_store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that gives up after PATIENCE_MS where the real one waits three seconds."""
    migrated(database_url)
    monkeypatch.setattr("storage.postgres.BUSY_MS", PATIENCE_MS)
    monkeypatch.setattr("storage.sqlite.BUSY_MS", PATIENCE_MS)
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def locked_elsewhere(database_url: str) -> Elsewhere:
    """Another process in the middle of writing what we want to write."""

    @contextmanager
    def sqlite() -> Iterator[None]:
        other = sqlite3.connect(make_url(database_url).database or "", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            yield
        finally:
            other.close()

    @contextmanager
    def postgresql() -> Iterator[None]:
        plain = make_url(database_url).set(drivername="postgresql")
        with psycopg.connect(plain.render_as_string(hide_password=False)) as other:
            other.execute("LOCK TABLE heartbeats IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()

    return sqlite if database_url.startswith("sqlite") else postgresql
