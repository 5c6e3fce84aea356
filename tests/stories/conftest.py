"""A commune in a box: the whole application, a stand-in carrier, a worker and a movable clock, in one process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from hotline.app import create_app
from hotline.casework import people, roster
from hotline.casework.setup import FirstUnit, load_unit, set_up
from hotline.installation import read_unit_file
from hotline.settings import Settings, load_settings
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import WsgiPoster
from hotline.simulator.rest import rest_blueprint
from hotline.telephony.carrier import CarrierClient
from hotline.worker.jobs import CarrierJobs, HomeJobs
from ivr_flows.loader import CATALOG, shipped_flow
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.vault import Vault

LINE = "+842101234567"
PASSWORD = "bốn chữ dễ nhớ"
ACCOUNT, TOKEN = "AC" + "0" * 32, "a token of the tests"


@dataclass
class MovableClock:
    """The time, as the story needs it."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def goes_on(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Commune:
    """All of it; the verbs are what people do."""

    settings: Settings
    store: Store
    app: Flask
    carrier: StandInCarrier
    at_home: HomeJobs
    outside: CarrierJobs
    clock: MovableClock
    secret: ApplicationSecret
    line: str = LINE
    _next_phone: int = field(default=50)

    def dials(self, from_: str = "+84912345678") -> PhoneCall:
        return self.carrier.dial(from_, self.line)

    def worker_runs(self) -> None:
        now = self.clock()
        self.at_home.beat(now)
        self.outside.fetch(now)
        self.outside.send(now)

    def employs(self, login: str, role: str, group: str | None = None) -> str:
        """Make an officer, on duty in `group` from an hour ago for a day; return the officer's telephone number."""
        self._next_phone += 1
        number = f"+849123456{self._next_phone}"
        with self.store.write() as connection:
            people.add_officer(connection, 1, login, login, role, number, PASSWORD, self.secret, self.clock())
            if group:
                now = self.clock()
                roster.add_shift(connection, login, group, now - timedelta(hours=1), now + timedelta(days=1))
        return number

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Every row of a table, oldest first."""
        with self.store.read() as connection:
            key = next(iter(table.primary_key))
            return [dict(row) for row in connection.execute(select(table).order_by(key)).mappings()]


@pytest.fixture
def clock() -> MovableClock:
    """A Monday, ten in the morning in the commune: office hours."""
    return MovableClock(datetime(2026, 3, 2, 3, 0, tzinfo=UTC))


@pytest.fixture
def commune(store: Store, database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Commune]:
    settings = load_settings(
        hotline_data_dir=tmp_path,
        hotline_database_url=database_url,
        hotline_public_url="https://line.example.org",
        hotline_secret_key="only for tests: 0123456789 abcdefghij",
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
    )
    secret = ApplicationSecret(settings.application_secret)
    first = FirstUnit("Xã Suối Bạc", LINE, "Asia/Ho_Chi_Minh", "VN", ("vi", "en", "ru"), "chief", PASSWORD)
    with store.write() as connection:
        set_up(connection, first, shipped_flow(), secret, clock())
        load_unit(connection, read_unit_file(CATALOG / "demo_unit.yaml"))
    app = create_app(settings, clock, store)
    carrier = StandInCarrier(ACCOUNT, TOKEN, Webhooks.at(settings.hotline_public_url), WsgiPoster(app), clock)
    vault = Vault(settings.recordings_url)
    api = Flask("the carrier's API")
    api.register_blueprint(rest_blueprint(carrier))
    client = CarrierClient(settings.twilio_api_url, ACCOUNT, TOKEN, transport=httpx.WSGITransport(app=api))
    outside = CarrierJobs(store, vault, client, settings.hotline_carrier, secret, clock)
    yield Commune(settings, store, app, carrier, HomeJobs(store, vault), outside, clock, secret)
