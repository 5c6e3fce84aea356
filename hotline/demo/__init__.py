"""The demonstration: an invented commune with invented people, and months of calls that went through the real path."""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework import people, roster_plan
from hotline.casework.account_acts import set_telephone
from hotline.casework.accounts import account
from hotline.casework.granting import grant_with_password
from hotline.casework.setup import FirstUnit, load_unit
from hotline.casework.shift_patterns import WeeklyShift
from hotline.demo.history import play_history
from hotline.demo.province import make_province, write_books
from hotline.errors import HotlineError, SettingsError
from hotline.installation import create_installation, read_unit_file
from hotline.phone import example_number
from hotline.settings import Settings, load_settings
from ivr_flows.loader import CATALOG
from storage.database import Store, open_store
from storage.sealing import ApplicationSecret
from storage.tables import officers as officers_table

_MARK = ".made-by-hotline-demo"
_CHANGE_OF_SHIFT = time(7)
_BEFORE = timedelta(days=2)  # so that the shift that began yesterday, on any clock, is under way


@dataclass(frozen=True)
class SignIn:
    """An invented officer; the passwords are made anew for every demonstration."""

    login: str
    name: str
    role: str
    group: str | None
    number: str  # of the region's example range
    password: str = field(repr=False)


@dataclass(frozen=True)
class Prepared:
    """A commune ready to be served: the environment for its processes, and what to tell whoever started it."""

    environment: dict[str, str] = field(repr=False)
    welcome: str = field(repr=False)
    settings: Settings = field(repr=False)
    line: str
    zone: ZoneInfo
    officers: tuple[SignIn, ...]


def prepare(port: int, data_dir: Path, history_months: int, now: datetime) -> Prepared:
    """Make the commune afresh, play its history up to `now`, and return what the processes need."""
    _clear(data_dir)
    given = load_settings()
    settings = _settings(given, port, data_dir)
    officers = _officers()
    unit = read_unit_file(CATALOG / "demo_unit.yaml")
    chief = next(officer for officer in officers if officer.role == "chief")
    first = FirstUnit(
        name=unit["name"],
        number=example_number("VN"),
        timezone=unit["timezone"],
        region="VN",
        languages=("vi", "en", "ru"),
        admin=chief.login,
        password=chief.password,
        admin_name=chief.name,
    )
    recovery = create_installation(settings, first, now)
    (data_dir / _MARK).touch()
    store = open_store(settings.database_url)
    try:
        _employ(store, settings, officers, unit, first.number, now)
        calls = play_history(store, settings, first.number, history_months, now)
        with store.write() as connection:
            write_books(connection, first.number, history_months, now)
    finally:
        store.close()
    _leave_settings(settings)
    return Prepared(
        environment=_environment(settings),
        welcome=_welcome(settings, first, officers, calls, recovery),
        settings=settings,
        line=first.number,
        zone=ZoneInfo(first.timezone),
        officers=tuple(officers),
    )


def _clear(data_dir: Path) -> None:
    """Throw an earlier demonstration away; anything else is left alone."""
    if data_dir.exists() and any(data_dir.iterdir()):
        if not (data_dir / _MARK).exists():
            raise HotlineError(f"{data_dir} holds something that is not a demonstration; choose another --data-dir.")
        shutil.rmtree(data_dir)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def _settings(given: Settings, port: int, data_dir: Path) -> Settings:
    """The demonstration's own carrier, unless another one's address is set; then that one with its account."""
    values = {"hotline_data_dir": data_dir.resolve(), "hotline_public_url": f"http://127.0.0.1:{port}"}
    if "hotline_public_url" in given.model_fields_set:
        values["hotline_public_url"] = given.hotline_public_url
    if "twilio_api_url" not in given.model_fields_set:
        return load_settings(
            **values,
            hotline_carrier="local",
            twilio_api_url=values["hotline_public_url"],
            twilio_account_sid=f"AC{secrets.token_hex(16)}",
            twilio_auth_token=secrets.token_hex(16),
        )
    if not (given.twilio_account_sid and given.auth_tokens):
        raise SettingsError("TWILIO_API_URL is set, so TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN must be too.")
    return load_settings(**values)


def _officers() -> list[SignIn]:
    people_of_the_demo = (
        ("duty", "Hạnh", "duty", "duty"),
        ("duty2", "Quân", "duty", "duty"),
        ("deputy", "Lý", "deputy", "command"),
        ("chief", "Thào", "chief", "command"),
        ("province", "Dung", "province", None),
    )
    return [
        SignIn(login, name, role, group, f"+84912345{601 + place}", secrets.token_urlsafe(9))
        for place, (login, name, role, group) in enumerate(people_of_the_demo)
    ]


def _employ(
    store: Store, settings: Settings, officers: list[SignIn], unit: dict[str, object], line: str, now: datetime
) -> None:
    secret = ApplicationSecret(settings.application_secret)
    with store.write() as connection:
        load_unit(connection, unit, now)
        province_id = make_province(connection, 1, line, now)
        for one in officers:
            unit_id = province_id if one.role == "province" else 1
            if one.role != "chief":
                people.add_officer(
                    connection, unit_id, one.login, one.name, one.role, one.number, one.password, secret, now
                )
        chief = next(one for one in officers if one.role == "chief")
        _give_telephone(connection, chief, secret, now)
        for one in officers:
            if one.group:
                _put_on_duty(connection, one.login, one.group, chief.login, now)
        grant_with_password(connection, chief.login, chief.password, now)


def _give_telephone(connection: Connection, one: SignIn, secret: ApplicationSecret, now: datetime) -> None:
    """The chief was made with the installation, which asks for none."""
    row = connection.execute(select(officers_table).where(officers_table.c.login == one.login)).one()
    set_telephone(connection, account(row), one.number, row.id, secret, now)


def _put_on_duty(connection: Connection, login: str, group: str, chief: str, now: datetime) -> None:
    """Round the clock, every week: whenever somebody tries the demonstration, there is somebody to ring."""
    officer, planner = people.find_officer(connection, login), people.find_officer(connection, chief)
    assert officer is not None and planner is not None  # noqa: S101, PT018 - they were hired above
    for weekday in range(7):
        always = WeeklyShift(officer.id, group, weekday, _CHANGE_OF_SHIFT, _CHANGE_OF_SHIFT, now.date() - _BEFORE)
        roster_plan.add_weekly(connection, planner, always, now)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "HOTLINE_DATA_DIR": str(settings.hotline_data_dir),
        "HOTLINE_PUBLIC_URL": settings.hotline_public_url,
        "HOTLINE_CARRIER": settings.hotline_carrier,
        "TWILIO_API_URL": settings.twilio_api_url,
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
    }


def _leave_settings(settings: Settings) -> None:
    """Write the demonstration's settings beside its data, so that other commands find it by its folder alone."""
    file = settings.hotline_data_dir / ".env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in _environment(settings).items()))


def sign_ins(officers: Sequence[SignIn]) -> list[str]:
    """Who there is and by which password, a line each."""
    return [f"    {one.login:<10} {one.password:<14} {one.name}, {one.role}" for one in officers]


def _welcome(settings: Settings, first: FirstUnit, officers: list[SignIn], calls: int, recovery: str) -> str:
    base = settings.hotline_public_url
    phone = [f"  Telephone   {base}/phone"] if settings.stands_in_for_carrier else []
    lines = [
        "",
        f"  {first.name} is an invented commune; its line is {first.number} (an example number), {calls} calls so far.",
        "  Two invented neighbours below the same invented province have calls out of a book, for its table.",
        "",
        *phone,
        f"  Console     {base}/",
        "",
        "  Sign in as",
        *sign_ins(officers),
        "",
        f"  Recovery key (on paper in a real commune): {recovery}",
        f"  In another terminal: HOTLINE_DATA_DIR={settings.hotline_data_dir} hotline calls",
        "",
        "  Ctrl-C ends it.",
    ]
    return "\n".join(lines)
