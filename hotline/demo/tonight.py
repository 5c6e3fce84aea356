"""`hotline demo --night`: the demonstration plays one night by itself, tells it, and ends."""

import socket
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.casework.roster import COMMAND, DUTY
from hotline.clock import system_clock
from hotline.demo import Prepared, prepare, sign_ins
from hotline.demo.night import BEGINS, Night
from hotline.demo.night_log import escalation_log
from hotline.demo.night_scene import NightClock, ServedScene, served_scene
from hotline.errors import HotlineError, SettingsError
from hotline.settings import load_settings
from hotline.simulator.officers import OfficerPhone

_LASTS = timedelta(hours=4)
_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def play_tonight(port: int, data_dir: Path, history_months: int, tell: Callable[[str], None]) -> None:
    """Make the commune, play the night that was last, and tell it; the data stays, to be looked at.

    Raises NightError where something did not come to pass, SettingsError where another carrier is set, HotlineError
    where somebody else has the port."""
    if "twilio_api_url" in load_settings().model_fields_set:
        raise SettingsError("The night is played by the demonstration's own telephones: unset TWILIO_API_URL.")
    _refuse_taken(port)
    start = last_night(system_clock())
    prepared = prepare(port, data_dir, history_months, start - timedelta(minutes=10))
    _each(tell, _before(prepared, start))
    with served_scene(prepared.settings, port, NightClock.at(start)) as scene:
        _play(prepared, scene, start, tell)
    _each(tell, _afterwards(prepared, port, data_dir))


def _refuse_taken(port: int) -> None:
    """Before the commune is made: the server would find it out only then, and end everything."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise HotlineError(f"Port {port} cannot be used ({error.strerror}); choose another --port.") from None


def last_night(now: datetime) -> datetime:
    """The latest night of the commune that is over: its moment at which the script begins, UTC."""
    hour, minute = map(int, BEGINS.split(":"))
    local = (now - _LASTS).astimezone(_ZONE)
    begins = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (begins if begins <= local else begins - timedelta(days=1)).astimezone(now.tzinfo)


def _play(prepared: Prepared, scene: ServedScene, start: datetime, tell: Callable[[str], None]) -> None:
    for one in prepared.officers:
        scene.carrier.phones[one.number] = OfficerPhone()
    on_duty = {group: _names(prepared, group) for group in (DUTY, COMMAND)}
    Night(scene, prepared.line, prepared.zone, on_duty[DUTY], on_duty[COMMAND], tell).play()
    tell("")
    tell("Escalation log, as the database has it: step, officer, way, state, when")
    _each(tell, escalation_log(scene.store, start, prepared.zone))


def _each(tell: Callable[[str], None], lines: Iterable[str]) -> None:
    for line in lines:
        tell(line)


def _names(prepared: Prepared, group: str) -> dict[str, str]:
    return {one.number: one.name for one in prepared.officers if one.group == group}


def _before(prepared: Prepared, start: datetime) -> list[str]:
    duty, command = (", ".join(_names(prepared, group).values()) for group in (DUTY, COMMAND))
    return [
        f"The night of {start.astimezone(prepared.zone):%d %B %Y} in an invented commune.",
        f"On duty: {duty}. The command: {command}. The waits are those that the commune has set.",
        "Telephones, carrier and clock are played, and the clock is moved on where nothing happens. All else is real.",
    ]


def _afterwards(prepared: Prepared, port: int, data_dir: Path) -> list[str]:
    return [
        "",
        f"To look around: HOTLINE_DATA_DIR={data_dir} hotline run --port {port}",
        f"Then open {prepared.settings.hotline_public_url}/ and sign in as",
        *sign_ins(prepared.officers),
    ]
