"""Some months of invented calls, each placed with the stand-in carrier and taken through the real path."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from flask import Flask
from sqlalchemy import select

from hotline.app import create_app
from hotline.casework import acknowledgement
from hotline.casework.follow_ups import settle_answered
from hotline.demo.desk import OfficersAtWork
from hotline.settings import Settings
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import WsgiPoster
from hotline.simulator.rest import rest_blueprint
from hotline.telephony.carrier import CarrierClient
from hotline.worker.jobs import CarrierJobs
from hotline.worker.ringing import RingingJobs
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import officers, reports
from storage.vault import Vault

_CALLS_A_MONTH = 18
_STILL_NEW = timedelta(hours=6)
_CODE = re.compile(r"(?:\d \d \d \d(?:, |\b)){3}")
_SEED = 2021  # the same history for everyone; it is drawn, not secret


@dataclass
class _Clock:
    """The moment that the history has reached."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment


@dataclass
class _Commune:
    """The invented residents, and what they remember."""

    carrier: StandInCarrier
    line: str
    draw: random.Random
    ringing: RingingJobs
    codes: list[str] = field(default_factory=list)

    def someone(self) -> str:
        return "anonymous" if self.draw.random() < 0.15 else f"+849123456{self.draw.randrange(10, 60):02d}"

    def dials(self) -> PhoneCall:
        return self.carrier.dial(self.someone(), self.line)

    def officers_are_rung(self) -> None:
        """The half second in which a caller in danger waits for the telephones to ring."""
        self.ringing.ring(self.carrier.clock())
        self.carrier.connect()


def play_history(store: Store, settings: Settings, line: str, months: int, now: datetime) -> int:
    """Place the calls of the last `months` months, oldest first, and have their recordings kept; return how many."""
    draw = random.Random(_SEED)  # noqa: S311 - invented calls
    moments = sorted(now - timedelta(days=30 * months * draw.random()) for _ in range(_CALLS_A_MONTH * months))
    clock = _Clock(now)
    app = create_app(settings, clock, store)
    carrier = StandInCarrier(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        Webhooks.at(settings.hotline_public_url),
        WsgiPoster(app),
        clock,
        api_url=settings.twilio_api_url,
    )
    client, secret = _client(settings, carrier), ApplicationSecret(settings.application_secret)
    ringing = RingingJobs(store, secret, client, settings.hotline_public_url, clock)
    commune = _Commune(carrier, line, draw, ringing)
    jobs = CarrierJobs(store, Vault(settings.recordings_url), client, settings.hotline_carrier, secret, clock)
    desk = OfficersAtWork(store, now)
    for moment in moments:
        desk.work_until(moment)
        clock.moment = moment
        _place_a_call(commune)
        jobs.fetch(clock())
        clock.moment = moment + timedelta(minutes=15)
        jobs.send(clock())
        if now - clock.moment > _STILL_NEW:
            _take_up(store, clock())
        desk.see_new_reports()
    desk.work_until(now)
    if moments:
        desk.close_months(moments[0])
    return len(moments)


def _take_up(store: Store, now: datetime) -> None:
    """The officers of the past were quick: what is left to be taken is what came in of late."""
    waiting = select(reports.c.id).where(reports.c.acknowledged_at.is_(None))
    on_duty = select(officers.c.id).where(officers.c.role == "duty").order_by(officers.c.id)
    with store.write() as connection:
        officer_id = connection.scalars(on_duty.limit(1)).one()
        for report_id in connection.scalars(waiting).all():
            acknowledgement.take(connection, report_id, officer_id, now)
        settle_answered(connection, now)


def _client(settings: Settings, carrier: StandInCarrier) -> CarrierClient:
    api = Flask("the carrier's API", static_folder=None)
    api.register_blueprint(rest_blueprint(carrier))
    return CarrierClient(
        settings.twilio_api_url,
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        transport=httpx.WSGITransport(app=api),
    )


def _place_a_call(commune: _Commune) -> None:
    """One of the calls that a commune makes; questions about papers are the most, as they were in the article."""
    ways: dict[Callable[[_Commune], None], int] = {
        _asks_about_papers: 62,
        _reports: 16,
        _announces_a_guest: 7,
        _gives_up: 7,
        _asks_about_an_earlier_report: 4,
        _is_in_danger: 2,
        _wants_an_officer: 2,
    }
    (way,) = commune.draw.choices(list(ways), list(ways.values()))
    way(commune)


def _asks_about_papers(commune: _Commune) -> None:
    call = commune.dials()
    call.key_in("12")
    call.key_in(commune.draw.choice(["11", "12", "13", "15", "16", "21", "22", "23", "24", "4", "5"]))
    if commune.draw.random() < 0.85:
        call.wait()
    call.hang_up()


def _reports(commune: _Commune) -> None:
    call = commune.dials()
    call.key_in("11")
    call.key_in(commune.draw.choice(["11", "11", "12", "21", "22", "41", "43", "44", "51", "52", "6"]))
    call.press("2")
    call.press(commune.draw.choice("1223"))
    call.key_in(commune.draw.choice(["01", "02", "03", "05", "06", "08", "10", "16"]))
    if call.awaits != "recording":
        call.hang_up()
        return
    call.record(commune.draw.randrange(6, 40))
    if commune.draw.random() < 0.3:  # many simply put the telephone down
        call.hang_up()
        return
    call.press("#")
    commune.codes += [re.sub(r"\D", "", found) for found in _CODE.findall(call.heard[-1].text)[:1]]
    call.hang_up()


def _announces_a_guest(commune: _Commune) -> None:
    call = commune.dials()
    call.key_in("1231")
    call.record(commune.draw.randrange(8, 20))
    call.press("#")
    call.hang_up()


def _gives_up(commune: _Commune) -> None:
    call = commune.dials()
    if commune.draw.random() < 0.5:
        call.press("1")
    call.hang_up()


def _asks_about_an_earlier_report(commune: _Commune) -> None:
    call = commune.dials()
    call.key_in("13")
    if commune.codes:
        call.key_in(commune.draw.choice(commune.codes))
    call.hang_up()


def _is_in_danger(commune: _Commune) -> None:
    commune.carrier.other_phones.answers_and_presses("1", talk_seconds=commune.draw.randrange(30, 200))
    call = commune.dials()
    call.press("9")
    commune.officers_are_rung()
    call.wait()
    call.hang_up()


def _wants_an_officer(commune: _Commune) -> None:
    commune.carrier.other_phones.lets_it_ring()
    call = commune.dials()
    call.key_in("10")
    if call.awaits == "recording":
        call.record(10)
        call.press("#")
    call.hang_up()
