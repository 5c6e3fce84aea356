"""`hotline calls` and `hotline reports`: what programs read, exactly as promised, and never a number."""

import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from hotline.app import create_app
from hotline.clock import system_clock
from hotline.demo import prepare
from hotline.settings import load_settings
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.poster import WsgiPoster
from ivr_flows.loader import CATALOG
from storage.database import open_store
from tests.cast import PAO, THE_LINE
from tests.hotline.cli.conftest import Terminal

CALL = {
    "id", "carrier_call_id", "line", "started_at", "ended_at", "duration_s", "language", "kind", "category", "outcome",
    "privacy", "flow", "flow_version", "steps", "hung_up_at", "recordings", "report",
}  # fmt: skip
RECORDING = {"id", "status", "duration_s", "sha256", "bytes"}
REPORT = {
    "reference", "kind", "category", "urgency", "status", "outcome", "locality", "privacy", "received_at",
    "acknowledged_at", "due_at", "closed_at", "calls", "assigned_to", "measures",
}  # fmt: skip


@pytest.fixture
def after_two_calls(installed: Terminal) -> Terminal:
    assert installed("unit", "load", str(CATALOG / "demo_unit.yaml")).code == 0
    settings = load_settings(twilio_account_sid="AC" + "0" * 32, twilio_auth_token="a token of the tests")
    store = open_store(settings.database_url)

    def clock() -> datetime:
        return datetime.fromisoformat("2026-02-28T23:30:00+07:00")

    app = create_app(settings, clock, store)
    webhooks = Webhooks.at(settings.hotline_public_url)
    carrier = StandInCarrier(settings.twilio_account_sid, settings.auth_tokens[0], webhooks, WsgiPoster(app), clock)
    call = carrier.dial(PAO.number, THE_LINE)
    call.key_in("11211303")
    call.record(8)
    call.press("#")
    call.hang_up()
    carrier.dial("anonymous", THE_LINE).hang_up()
    store.close()
    return installed


def test_calls_have_the_promised_names(after_two_calls: Terminal) -> None:
    ran = after_two_calls("calls", "--format", "json")
    newest, first = ran.json
    assert set(newest) >= CALL
    assert set(first) >= CALL
    (recording,) = first["recordings"]
    assert set(recording) >= RECORDING
    assert (first["line"], first["language"], first["kind"]) == (THE_LINE, "vi", "report")
    assert (first["category"], first["privacy"], first["report"]) == ("RPT-THEFT", "call_back", "R-2026-0001")
    assert datetime.fromisoformat(first["started_at"]).utcoffset() is not None
    assert first["started_at"] == "2026-02-28T23:30:00+07:00"
    assert len(first["flow_version"]) == 64
    assert PAO.number[3:] not in ran.out


def test_reports_have_the_promised_names(after_two_calls: Terminal) -> None:
    ran = after_two_calls("reports", "--format", "json")
    (report,) = ran.json
    assert set(report) >= REPORT
    assert (report["reference"], report["locality"], report["status"]) == ("R-2026-0001", "Nà Hoi", "NEW")
    assert report["calls"] == [1]
    assert PAO.number[3:] not in ran.out


def test_a_month_is_the_units_own(after_two_calls: Terminal) -> None:
    assert len(after_two_calls("calls", "--format", "json", "--month", "2026-02").json) == 2
    assert after_two_calls("calls", "--format", "json", "--month", "2026-03").json == []
    assert after_two_calls("calls", "--month", "2026-13").refused("month")
    assert len(after_two_calls("calls", "--format", "json", "--limit", "1").json) == 1


def test_people_get_a_table(after_two_calls: Terminal) -> None:
    shown = after_two_calls("calls").out
    assert "report" in shown
    assert PAO.number[3:] not in shown
    assert "R-2026-0001" in after_two_calls("reports").out


def test_before_the_first_call_there_is_an_empty_list(installed: Terminal) -> None:
    assert installed("calls", "--format", "json").json == []
    assert installed("reports", "--format", "json").json == []
    assert "none yet" in installed("calls").out


def test_json_is_the_only_thing_on_stdout_of_a_real_process(after_two_calls: Terminal) -> None:
    ran = after_two_calls.starts("calls", "--format", "json", settings={"PYTHONIOENCODING": "utf-8"})
    assert ran.code == 0
    assert ran.err == ""
    assert len(json.loads(ran.out)) == 2


def test_a_demonstration_is_prepared_with_its_history(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    prepared = prepare(8000, folder, 1, system_clock())
    assert prepared.environment["HOTLINE_CARRIER"] == "local"
    for login in ("duty", "deputy", "chief", "province"):
        assert f"    {login} " in prepared.welcome
    terminal.sets(HOTLINE_DATA_DIR=str(folder))
    everybodys = terminal("calls", "--format", "json").json
    found = [call for call in everybodys if call["line"] == "+842101234567"]
    assert len(found) == 18
    assert all(call["carrier_call_id"].startswith("book-") for call in everybodys if call not in found), "neighbours"
    assert {call["kind"] for call in found} >= {"admin", "report"}
    assert all(call["ended_at"] for call in found)
    assert all(one["status"] == "kept" for call in found for one in call["recordings"])
    province = terminal("stats", "--unit", "tinh-mau", "--format", "json").json
    assert [one["code"] for one in province["communes"]] == ["xa-doi-che-mau", "xa-khe-suong", "xa-suoi-may-mau"]
    prepare(8000, folder, 0, system_clock())
    assert terminal("calls", "--format", "json").json == [], "a demonstration is made afresh"


def test_a_demonstration_never_overwrites_what_is_none(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "not-a-demo"
    folder.mkdir()
    (folder / "letters.txt").write_text("dear")
    assert terminal("demo", "--data-dir", str(folder), "--history", "0").refused("not a demonstration")
    assert (folder / "letters.txt").exists()


def test_calls_as_a_workbook_row_by_row_and_without_a_number(after_two_calls: Terminal) -> None:
    ran = after_two_calls("calls", "--format", "xlsx", "--output", "calls.xlsx")
    assert (ran.code, ran.out) == (0, "")
    assert "2 calls written to calls.xlsx" in ran.err
    sheet = openpyxl.load_workbook("calls.xlsx").active
    head, newest, first = sheet.iter_rows(values_only=True)
    told = dict(zip(head, first, strict=True))
    assert (told["kind"], told["category"], told["report"]) == ("report", "RPT-THEFT", "R-2026-0001")
    assert (told["started_at"].isoformat(), told["utc_offset"]) == ("2026-02-28T23:30:00", "+0700")
    assert dict(zip(head, newest, strict=True))["id"] > told["id"]
    assert PAO.number.removeprefix("+84") not in repr([head, newest, first])
    assert [found.name for found in Path().iterdir() if "calls" in found.name] == ["calls.xlsx"]


def test_a_workbook_needs_a_file_and_a_file_a_workbook(after_two_calls: Terminal) -> None:
    ran = after_two_calls("calls", "--format", "xlsx")
    assert ran.code != 0
    assert "--output" in ran.err
    assert after_two_calls("calls", "--format", "json", "--output", "calls.json").code != 0
    assert not Path("calls.json").exists()
