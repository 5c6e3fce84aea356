"""A commune that is counted, on SQLite; what a database decides is asked of both in test_on_both_databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Store, open_store
from tests import cast
from tests.hotline import station
from tests.hotline.station import Station
from tests.migrated import migrated


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hotline.sqlite3'}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    migrated(database_url)
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def commune(store: Store, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)
    people = (cast.HANH, cast.LY, cast.THAO, cast.DUNG)
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, people)
