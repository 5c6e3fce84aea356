"""A commune in a box: the whole application, a stand-in carrier, a worker and a movable clock, in one process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from hotline.app import create_app
from hotline.casework import people, roster
from hotline.casework.flow_versions import play_everywhere
from hotline.casework.founding import FirstChief, NewUnit, add_commune
from hotline.casework.granting import grant_with_password
from hotline.casework.mergers import Merged, merge
from hotline.casework.privacy import bound_to_call
from hotline.casework.setup import FirstUnit, load_unit, set_up
from hotline.casework.unit_tree import unit_row
from hotline.installation import read_unit_file
from hotline.settings import Settings, load_settings
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.officers import OfficerPhone
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import WsgiPoster
from hotline.simulator.rest import rest_blueprint
from hotline.telephony.carrier import CarrierClient
from hotline.worker.jobs import CarrierJobs, HomeJobs
from hotline.worker.paging import PagingJobs, channels_of
from hotline.worker.ringing import RingingJobs
from ivr_flows.definition import Flow
from ivr_flows.loader import CATALOG, shipped_flow
from storage.database import Store, open_store
from storage.sealing import ApplicationSecret, Wrapped, open_grant, unseal, unwrap_private
from storage.tables import calls, grants, officers, reports, sealed_numbers
from storage.vault import Vault
from tests.cast import MAY, THAO, THE_LINE, Caller, Officer

LINE = THE_LINE
HOME = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY_MORNING = datetime(2026, 3, 2, 10, 0, tzinfo=HOME)
ACCOUNT, TOKEN = "AC" + "0" * 32, "a token of the tests"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For stories that are about words and keys: which database is underneath makes no difference to them."""


@dataclass
class MovableClock:
    """The time, as the story needs it."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def goes_on(self, **span: float) -> None:
        self.moment += timedelta(**span)

    def strikes(self, year: int, month: int, day: int, hour: int, minute: int = 0) -> None:
        """Move to a time on the clock of the commune's office."""
        self.moment = datetime(year, month, day, hour, minute, tzinfo=HOME).astimezone(UTC)


@dataclass
class Commune:
    """All of it; the verbs are what people do."""

    settings: Settings
    store: Store
    clock: MovableClock
    client: CarrierClient = field(init=False)
    app: Flask = field(init=False)
    carrier: StandInCarrier = field(init=False)
    at_home: HomeJobs = field(init=False)
    outside: CarrierJobs = field(init=False)
    paging: PagingJobs = field(init=False)
    ringing: RingingJobs = field(init=False)

    def __post_init__(self) -> None:
        api = Flask("the carrier's API")
        transport = httpx.WSGITransport(app=api)
        self.client = CarrierClient(self.settings.twilio_api_url, ACCOUNT, TOKEN, transport=transport)
        self.app = create_app(self.settings, self.clock, self.store, self.client)
        webhooks = Webhooks.at(self.settings.hotline_public_url)
        self.carrier = StandInCarrier(ACCOUNT, TOKEN, webhooks, WsgiPoster(self.app), self.clock)
        api.register_blueprint(rest_blueprint(self.carrier))
        self._hire_a_worker()

    def _hire_a_worker(self) -> None:
        vault, client = Vault(self.settings.recordings_url), self.client
        name = self.settings.hotline_carrier
        self.at_home = HomeJobs(self.store, vault)
        self.outside = CarrierJobs(self.store, vault, client, name, self.secret, self.clock)
        self.paging = PagingJobs(self.store, self.secret, channels_of(self.settings, client))
        self.ringing = RingingJobs(self.store, self.secret, client, self.settings.hotline_public_url, self.clock)

    @property
    def secret(self) -> ApplicationSecret:
        return ApplicationSecret(self.settings.application_secret)

    # ---- what people do --------------------------------------------------------------------------------------------

    def dials(self, caller: Caller | str = MAY, to: str = LINE) -> PhoneCall:
        return self.carrier.dial(caller.number if isinstance(caller, Caller) else caller, to)

    def hires(self, officer: Officer, unit_id: int = 1) -> OfficerPhone:
        """Make an account for an officer who lets the telephone ring until the story says otherwise."""
        with self.store.write() as connection:
            people.add_officer(
                connection,
                unit_id,
                officer.login,
                officer.name,
                officer.role,
                officer.number,
                officer.password,
                self.secret,
                self.clock(),
                "en",
            )
        return self.carrier.phones.setdefault(officer.number, OfficerPhone())

    def puts_on_duty(self, officer: Officer, group: str = "duty", hours: int = 24, unit_id: int = 1) -> OfficerPhone:
        """Hire an officer and have the shift begin an hour ago."""
        phone = self.hires(officer, unit_id)
        now = self.clock()
        with self.store.write() as connection:
            roster.add_shift(connection, officer.login, group, now - timedelta(hours=1), now + timedelta(hours=hours))
        return phone

    def chief_hands_out_keys(self, chief: Officer = THAO) -> list[str]:
        with self.store.write() as connection:
            return grant_with_password(connection, chief.login, chief.password, self.clock())

    def founds(self, code: str, name: str, number: str, chief: Officer, **settings: Any) -> int:
        """Another commune in the same installation; its id."""
        languages = ("vi", "en", "ru")
        with self.store.write() as connection:
            new = NewUnit(code, name, "Asia/Ho_Chi_Minh", "VN", languages)
            head = FirstChief(chief.login, chief.name, chief.password)
            add_commune(connection, new, number, head, shipped_flow(), self.secret, self.clock())
            load_unit(connection, settings, self.clock(), code=code)
            return int(unit_row(connection, code).id)

    def merges(self, code: str, into: str) -> Merged:
        """Two communes become one; whoever still has the old state in memory has forgotten it by the next call."""
        with self.store.write() as connection:
            merged = merge(connection, code, into, None, self.clock())
        self.clock.goes_on(seconds=10)
        return merged

    def sits_down(self, officer: Officer) -> FlaskClient:
        """The browser of an officer who has just signed in."""
        browser = self.app.test_client()
        here = {"base_url": self.settings.hotline_public_url}
        page = browser.get("/sign-in", **here).text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"csrf_token": token, "login": officer.login, "password": officer.password}
        assert browser.post("/sign-in", data=form, **here).status_code == 303
        return browser

    def opens(self, browser: FlaskClient, address: str) -> Any:
        return browser.get(address, base_url=self.settings.hotline_public_url)

    def worker_runs(self) -> None:
        now = self.clock()
        self.at_home.beat(now)
        self.outside.fetch(now)
        self.outside.send(now)

    def pages_go_out(self) -> None:
        """One beat of the escalation, and then the carrier does what it was asked for."""
        now = self.clock()
        self.paging.climb(now)
        self.paging.page(now)
        self.carrier.connect()

    def plays(self, flow: Flow) -> None:
        """Publish a flow and have the line play it."""
        with self.store.write() as connection:
            play_everywhere(connection, flow, self.clock())

    def restarts(self) -> None:
        """End the processes and start them anew on what is on disk; telephone calls go on at the carrier."""
        self.store.close()
        self.store = open_store(self.settings.database_url)
        self.app = create_app(self.settings, self.clock, self.store, self.client)
        self.carrier._poster = WsgiPoster(self.app)
        self._hire_a_worker()

    # ---- what is there to be seen ----------------------------------------------------------------------------------

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Every row of a table, oldest first."""
        with self.store.read() as connection:
            key = next(iter(table.primary_key))
            return [dict(row) for row in connection.execute(select(table).order_by(key)).mappings()]

    def call(self, call: PhoneCall) -> dict[str, Any]:
        """The row of a call."""
        return next(row for row in self.rows(calls) if row["carrier_call_id"] == call.id)

    def report(self) -> dict[str, Any]:
        """The only report there is."""
        (row,) = self.rows(reports)
        return row

    def numbers(self) -> list[tuple[str, str]]:
        """Every number that is kept of a call, as the chief could open it, with the key it is sealed to."""
        return [
            (
                row["key_kind"],
                unseal(self.key(row["key_kind"]), row["sealed"], bound_to_call(row["call_id"])).decode(),
            )
            for row in self.rows(sealed_numbers)
            if row["call_id"] is not None
        ]

    def key(self, kind: str, holder: Officer = THAO) -> bytes:
        """The unit's private key, opened with the chief's password."""
        chief = next(row for row in self.rows(officers) if row["login"] == holder.login)
        private = unwrap_private(Wrapped(chief["salt"], chief["wrapped_private"]), holder.password)
        granted = next(row for row in self.rows(grants) if row["officer_id"] == chief["id"] and row["key_kind"] == kind)
        return open_grant(granted["sealed_private"], private)


@pytest.fixture(autouse=True)
def _quick_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a password or a code costs is tested in storage; here it would only make many stories slow."""
    for name in ("PASSWORD", "RECEIPT"):
        monkeypatch.setattr(f"storage.sealing.{name}_MEMORY_BYTES", 1024 * 1024)
        monkeypatch.setattr(f"storage.sealing.{name}_PASSES", 1)


@pytest.fixture
def clock() -> MovableClock:
    """A Monday, ten in the morning in the commune: office hours."""
    return MovableClock(MONDAY_MORNING.astimezone(UTC))


@pytest.fixture
def commune(store: Store, database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Commune]:
    """The commune of Suối Đá: its places are known, its chief can sign in, nobody is on duty yet."""
    settings = load_settings(
        hotline_data_dir=tmp_path,
        hotline_database_url=database_url,
        hotline_public_url="https://line.example.org",
        hotline_secret_key="only for tests: 0123456789 abcdefghij",
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
    )
    languages = ("vi", "en", "ru")
    first = FirstUnit("Xã Suối Đá", LINE, "Asia/Ho_Chi_Minh", "VN", languages, THAO.login, THAO.password, THAO.name)
    unit = {**read_unit_file(CATALOG / "demo_unit.yaml"), "name": first.name}
    with store.write() as connection:
        set_up(connection, first, shipped_flow(), ApplicationSecret(settings.application_secret), clock())
        load_unit(connection, unit, clock())
    commune = Commune(settings, store, clock)
    yield commune
    commune.store.close()
