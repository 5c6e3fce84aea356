"""A console in front of two communes, and people who sit down at it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hotline.console.blueprint import create_console
from hotline.console.services import NAME, Services
from hotline.settings import Settings
from storage.database import Store, open_store
from storage.vault import Vault
from tests import cast
from tests.hotline.station import NOW, SECRET, Station, station
from tests.migrated import migrated


@dataclass
class Wall:
    """A clock on the wall that stands until somebody moves it."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a password is tested in storage; here it would only make many tests slow."""
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The pages are the same on both databases; the queries under them are tested on both elsewhere."""
    url = f"sqlite:///{tmp_path / 'hotline.sqlite3'}"
    migrated(url)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault((tmp_path / "recordings").as_uri())


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def commune(store: Store) -> Station:
    people = (cast.HANH, cast.QUAN, cast.LY, cast.THAO, cast.DUNG)
    return station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, people)


@pytest.fixture
def neighbour(store: Store) -> Station:
    return station(store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(hotline_data_dir=tmp_path)


@cache
def _console(secure: bool) -> Flask:
    """Built once: setting up every address and template anew was a third of each test."""
    settings = Settings(hotline_public_url="https://line.example.org") if secure else Settings()
    nowhere: Any = None
    built = Flask("tests.console")
    built.register_blueprint(create_console(Services(nowhere, SECRET, nowhere, Wall(), settings)))

    @built.post("/voice/incoming")
    def incoming() -> tuple[str, int]:
        return "not yours", 403

    return built


@pytest.fixture
def app(store: Store, vault: Vault, wall: Wall, settings: Settings) -> Flask:
    """The console over the store, the vault and the clock of this test."""
    built = _console(settings.secure)
    built.extensions[NAME] = Services(store, SECRET, vault, wall, settings)
    return built


@dataclass
class Visitor:
    """Somebody at a browser."""

    browser: FlaskClient
    address: str = "192.0.2.10"
    _token: str = ""

    def __post_init__(self) -> None:
        self.browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def opens(self, address: str, **more: object) -> TestResponse:
        page = self.browser.get(address, environ_base={"REMOTE_ADDR": self.address}, **more)
        self._token = _token_in(page) or self._token
        return page

    def sends(self, address: str, **form: str) -> TestResponse:
        """Send a form as the page holds it, with its token."""
        answer = self.browser.post(
            address, data={"csrf_token": self.token(), **form}, environ_base={"REMOTE_ADDR": self.address}
        )
        self._token = "" if "Set-Cookie" in answer.headers else self._token  # of another session from here on
        return answer

    def token(self) -> str:
        """That of the page which was opened last; of the first one there is, where none was."""
        if not self._token:
            self.opens("/sign-in", follow_redirects=True)
        return self._token

    def signs_in(self, person: cast.Officer, password: str | None = None) -> TestResponse:
        self._token = ""  # the form of a page that is opened now
        return self.sends("/sign-in", login=person.login, password=password or person.password)


def _token_in(page: TestResponse) -> str:
    if not (page.content_type or "").startswith("text/html") or "Content-Encoding" in page.headers:
        return ""
    return page.text.partition('name="csrf_token" value="')[2].partition('"')[0]


@pytest.fixture
def stranger(app: Flask, commune: Station) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def signed_in(app: Flask, commune: Station) -> Callable[[cast.Officer], Visitor]:
    """Somebody of the cast who has signed in at a browser of their own."""

    def sit_down(person: cast.Officer) -> Visitor:
        visitor = Visitor(app.test_client())
        assert visitor.signs_in(person).status_code == 303
        return visitor

    return sit_down
