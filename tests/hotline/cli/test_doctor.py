"""One page of green and red, for whoever set the line up alone, far away, on a Sunday."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlmodel import SQLModel

from hotline.casework.flow_versions import keep_version
from hotline.clock import system_clock
from ivr_flows.loader import shipped_flow
from ivr_flows.recorded import dressed
from storage.database import Store
from storage.tables import alarms, lines
from tests.cast import HANH
from tests.hotline.cli.conftest import Terminal
from tests.hotline.cli.doctor_scene import ACCOUNT, TOKEN, Ward, carrier_elsewhere, man, red_lines, served, ward


@pytest.fixture(scope="module")
def manned(fresh_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a commune with people, made once."""
    folder = tmp_path_factory.mktemp("manned")
    shutil.copytree(fresh_installation, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        man(patch, folder)
    return folder / "data"


@pytest.fixture
def sunday(terminal: Terminal, manned: Path) -> Ward:
    """Somebody at the terminal of a manned commune; the hotline is not running yet."""
    return ward(terminal, manned)


def only_red(here: Ward, *words: str) -> None:
    """The page has these words in its one red line, and repeats no secret."""
    ran = here.doctor()
    assert ran.code == 1, ran.out
    (line,) = red_lines(ran)
    missing = [word for word in words if word not in line]
    assert not missing, f"{missing} not in: {line}"
    assert not any(secret in ran.out + ran.err for secret in (TOKEN, ACCOUNT, HANH.number, "Traceback"))


# ---- green -----------------------------------------------------------------------------------------------------------


def test_a_hotline_that_runs_is_green_and_the_doctor_leaves_nothing_behind(sunday: Ward) -> None:
    with sunday.runs() as store:
        before = _rows(store)
        ran = sunday.doctor()
        assert _rows(store) == before
    assert ran.code == 0, ran.out
    assert "??" not in ran.out
    for said in ("vi: 0 recorded", "spoken by the carrier's voice", "calls, their status and texts come here"):
        assert said in ran.out, said
    assert HANH.number not in ran.out


def _rows(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }


# ---- red, before anything runs ---------------------------------------------------------------------------------------


def test_the_doctor_of_an_empty_folder_is_red(terminal: Terminal) -> None:
    ran = terminal("doctor")
    assert ran.code == 1
    assert "hotline init" in " ".join(ran.out.split())


def test_the_doctor_of_an_unmanned_line_says_what_is_missing(installed: Terminal) -> None:
    ran = installed("doctor")
    assert ran.code == 1
    for red in ("TWILIO", "https", "silent", "places"):
        assert red in ran.out, red
    assert "Traceback" not in ran.out + ran.err


def test_a_database_that_does_not_answer_is_red_without_its_password(sunday: Ward) -> None:
    sunday.sets(HOTLINE_DATABASE_URL="postgresql://hotline:its-password@127.0.0.1:1/hotline")
    only_red(sunday, "database", "does not answer", "HOTLINE_DATABASE_URL")
    assert "its-password" not in sunday.doctor().out


def test_an_open_alarm_is_red(sunday: Ward) -> None:
    with sunday.runs() as store, store.write() as connection:
        row = {"what": "receipts_locked", "dedupe_key": "one", "details": {}, "at": system_clock()}
        connection.execute(insert(alarms).values(**row))
    with sunday.runs():
        only_red(sunday, "1 open", "page of alarms")


# ---- the signature, through whatever stands before the hotline -------------------------------------------------------


def test_a_hotline_that_does_not_run_is_to_be_started(sunday: Ward) -> None:
    reds = red_lines(sunday.doctor())
    told = [line for line in reds if "start `hotline run`" in line]
    assert ["signature" in line for line in told] == [True, False, False], "the worker and the stand-in carrier, too"
    assert sunday.address in told[0]


@pytest.mark.parametrize(
    "otherwise",
    [{"twilio_auth_token": "the token of yesterday"}, {"hotline_public_url": "https://line.example.org"}],
    ids=lambda told: next(iter(told)),
)
def test_a_hotline_that_was_not_started_again_refuses_the_carrier(sunday: Ward, otherwise: dict[str, str]) -> None:
    with served(carrier_elsewhere(sunday.address)) as api, sunday.runs(**otherwise):
        sunday.sets(TWILIO_API_URL=api)
        only_red(sunday, "signature", "403", "HOTLINE_PUBLIC_URL", "start it again", "proxy changes the address")


def test_a_proxy_that_changes_the_path_spoils_every_signature(sunday: Ward) -> None:
    def front(app: Callable[..., Any]) -> Callable[..., Any]:
        def rewritten(environ: dict[str, Any], start: Any) -> Any:
            keeps = not environ["PATH_INFO"].startswith("/voice")
            changed = {} if keeps else {"RAW_URI": "/line" + environ["PATH_INFO"]}
            return app({**environ, **changed}, start)

        return rewritten

    with sunday.runs(front):
        only_red(sunday, "403", "pass the path on as it came")


# ---- the carrier's webhooks ------------------------------------------------------------------------------------------


def test_a_number_that_still_asks_the_old_machine_is_named_address_by_address(sunday: Ward) -> None:
    with served(carrier_elsewhere("https://old.example.org")) as api, sunday.runs():
        sunday.sets(TWILIO_API_URL=api)
        ran = sunday.doctor()
    assert ran.code == 1
    named = {
        "voice_url": f"is https://old.example.org/voice/incoming; it should be {sunday.address}/voice/incoming (POST)",
        "status_callback": f"{sunday.address}/voice/status (POST)",
        "sms_url": f"{sunday.address}/sms/incoming (POST)",
    }
    reds = red_lines(ran)
    assert len(reds) == len(named), "the fallback elsewhere is as it should be"
    for name, words in named.items():
        (line,) = (line for line in reds if name in line)
        assert words in line


# ---- clock and prompts -----------------------------------------------------------------------------------------------


def test_a_clock_that_is_ahead_of_the_carriers_is_red(sunday: Ward) -> None:
    with served(carrier_elsewhere(sunday.address), ahead_s=-7 * 60 - 0.5) as api, sunday.runs():
        sunday.sets(TWILIO_API_URL=api)
        only_red(sunday, "clock", "7 min", "ahead of the carrier's", "timedatectl")


def test_a_flow_that_names_a_recording_which_is_lost_is_red(sunday: Ward) -> None:
    with sunday.store() as store, store.write() as connection:
        lost = dressed(shipped_flow(), {("vi", "greeting"): "0" * 64})
        connection.execute(update(lines).values(flow_hash=keep_version(connection, lost, system_clock())))
    with sunday.runs():
        only_red(sunday, "vi: recordings are not kept here: greeting", "record them anew", "backup")
