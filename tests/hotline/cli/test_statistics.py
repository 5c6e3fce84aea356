"""`hotline stats`: the promised names, a table for people, and a check that tells when a count was touched."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from hotline.casework.months import Month
from hotline.casework.statistics import day_counts
from hotline.settings import load_settings
from storage.database import open_store
from storage.tables import calls, units
from storage.tables import day_counts as day_count_rows
from tests.hotline import station
from tests.hotline.cli.conftest import Ran, Terminal

MONTH = {
    "unit", "month", "timezone", "calls", "kinds", "balances", "categories", "places", "languages", "hours",
    "anonymous_reports", "answered_by_ivr", "texts", "first_officer_s", "confirmed", "deadlines", "valuable",
    "incidents", "repeat_callers", "acknowledged_in_time", "steps", "outcomes", "measures", "open_at_end", "previous",
    "same_month_last_year",
}  # fmt: skip
STARTED = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)


@pytest.fixture
def in_march(installed: Terminal) -> Terminal:
    """Three calls of the last night of February, one of them of no known kind."""
    store = open_store(load_settings().database_url)
    with store.write() as connection:
        line = connection.exec_driver_sql("SELECT id, flow_hash FROM lines").one()
        of = station.Station(1, line.id, None, None, {})  # type: ignore[arg-type]
        for number, kind in enumerate(("report", "admin", "riddle")):
            facts = {"kind": kind, "category": None, "flow_hash": line.flow_hash, "started_at": STARTED}
            station.call(connection, of, f"CA{number}", **facts)
        day_counts.recount(connection, 1, Month(2026, 2), STARTED)
    store.close()
    return installed


def test_a_month_has_the_promised_names(in_march: Terminal) -> None:
    ran = in_march("stats", "--month", "2026-02", "--unit", "xa-suoi-da", "--format", "json")
    month = ran.json
    assert set(month) >= MONTH
    assert set(month["calls"]) == {"received", "hung_up", "connected"}
    assert set(month["kinds"]) == {"admin", "report", "addition", "duplicate", "emergency", "other"}
    assert set(month["steps"]) == {"verified", "filed", "transferred", "mediated", "closed"}
    assert (month["unit"], month["month"], month["timezone"]) == ("xa-suoi-da", "2026-02", "Asia/Ho_Chi_Minh")
    assert len(month["hours"]) == 24
    assert month["hours"][23] == 3
    assert month["previous"]["calls"]["received"] == 0
    assert month["places"] == {"unknown": 3}


def test_a_month_that_does_not_balance_says_so_with_the_call(in_march: Terminal) -> None:
    ran = in_march("stats", "--month", "2026-02", "--format", "json")
    assert ran.code == 0
    assert (ran.json["balances"], ran.json["out_of_balance"]) == (False, [3])
    assert "DOES NOT BALANCE: calls 3" in in_march("stats", "--month", "2026-02").out


def test_people_get_a_table_and_a_file_where_they_want_one(in_march: Terminal, tmp_path: Path) -> None:
    shown = in_march("stats", "--month", "2026-02").out
    assert "kinds: admin" in shown
    assert "n/a" in shown
    assert in_march("stats", "--month", "2026-02", "--format", "json", "--output", "february.json").out == ""
    assert json.loads((tmp_path / "february.json").read_text(encoding="utf-8"))["month"] == "2026-02"
    assert in_march("stats", "--month", "2026-02", "--output", "no/such/folder").refused("cannot be written")


def test_what_cannot_be_counted_is_told_in_one_line(installed: Terminal) -> None:
    assert installed("stats", "--month", "2026-13").refused("month", "2026-11")
    assert installed("stats", "--month", "2098-01").refused("not begun")
    assert installed("stats", "--month", "2026-02", "--unit", "atlantis").refused("unit")
    assert installed("stats").code == 0, "the last full month"


def test_the_check_tells_what_differs_and_counting_anew_mends_it(in_march: Terminal) -> None:
    assert "1 are counted" in in_march("stats", "--check").out
    store = open_store(load_settings().database_url)
    with store.write() as connection:
        connection.execute(update(day_count_rows).where(day_count_rows.c.key == "admin").values(n=90))
        connection.execute(update(calls).where(calls.c.id == 3).values(kind="other"))
    store.close()
    ran = in_march("stats", "--check")
    assert ran.refused("3 figures differ")
    assert ran.out.splitlines() == [
        "DIFFERS 2026-02-28 kind admin: 90 counted, 1 by the calls",
        "DIFFERS 2026-02-28 kind other: 0 counted, 1 by the calls",
        "DIFFERS 2026-02 kind other: 0 counted, 1 by the calls",
    ]
    assert in_march("stats", "--month", "2026-02", "--recount").code == 0
    assert in_march("stats", "--check").code == 0


def test_the_month_goes_into_a_file_in_every_form_and_language(in_march: Terminal) -> None:
    def file(form: str, *more: str) -> bytes:
        ran = in_march("stats", "--month", "2026-02", "--format", form, "--output", f"month.{form}", *more)
        assert (ran.code, ran.out) == (0, ""), ran.err
        return Path(f"month.{form}").read_bytes()

    assert "KHÔNG KHỚP SỐ LIỆU: 3 cuộc gọi đến" in file("csv").decode("utf-8-sig")
    assert "НЕ СХОДИТСЯ: поступило звонков 3" in file("csv", "--language", "ru").decode("utf-8-sig")
    assert file("pdf").startswith(b"%PDF-")
    assert file("xlsx").startswith(b"PK")
    assert in_march("stats", "--month", "2026-02", "--format", "docx").code != 0


def test_a_unit_with_communes_below_prints_them_beside_one_another(in_march: Terminal) -> None:
    store = open_store(load_settings().database_url)
    with store.write() as connection:
        model = connection.execute(units.select()).mappings().one()
        over = {**model, "id": None, "code": "tinh", "name": "Công an tỉnh"}
        del over["id"]
        over_id = connection.execute(units.insert().values(over)).inserted_primary_key[0]
        connection.execute(update(units).where(units.c.id == 1).values(parent_id=over_id))
        for kind, code in (("admin", "ADM-ID"), ("report", "RPT-THEFT")):
            connection.execute(update(calls).where(calls.c.kind == kind).values(category=code))
        day_counts.recount(connection, 1, Month(2026, 2), STARTED)
    store.close()

    def province(form: str, *more: str) -> Ran:
        return in_march("stats", "--unit", "tinh", "--month", "2026-02", "--format", form, *more)

    told = province("json").json
    assert (told["unit"], told["month"], told["province"]) == ("tinh", "2026-02", True)
    assert [one["code"] for one in told["communes"]] == ["xa-suoi-da"]
    assert told["whole"]["calls"]["received"] == 3
    assert told["whole"]["kinds"]["admin"] is None, "one call: hidden"
    assert told["whole"]["balances"] is False
    shown = province("table", "--language", "en").out
    assert "DOES NOT BALANCE" in shown
    assert "Calls received" in shown
    assert "<3" in shown
    for form in ("csv", "xlsx", "pdf"):
        assert province(form, "--output", f"province.{form}").code == 0
        assert Path(f"province.{form}").stat().st_size > 1000
    assert province("json", "--recount").json == told
    assert in_march("stats", "--unit", "tinh", "--month", "2098-01").refused("not begun")


def test_a_province_month_is_issued_by_command_and_anew_once_its_figures_have_changed(in_march: Terminal) -> None:
    store = open_store(load_settings().database_url)
    with store.write() as connection:
        model = connection.execute(units.select()).mappings().one()
        row = {**model, "id": None, "code": "tinh", "name": "Công an tỉnh"}
        (province_id,) = connection.execute(units.insert().values(row)).inserted_primary_key
        connection.execute(update(units).where(units.c.id == model["id"]).values(parent_id=province_id))

    def province(*more: str) -> Ran:
        return in_march("stats", "--unit", "tinh", "--month", "2026-02", "--format", "json", *more)

    assert province().json["issued"] is None
    first = province("--issue").json
    assert (first["issued"]["number"], first["issued"]["earlier"]) == (1, [])
    assert province("--issue").refused("figures are the same")
    assert in_march("stats", "--unit", "xa-suoi-da", "--month", "2026-02", "--issue").refused("communes below")
    with store.write() as connection:
        connection.execute(update(calls).where(calls.c.kind == "riddle").values(kind="other"))
    store.close()
    assert province("--recount").json == first, "issued is issued"
    second = province("--issue").json
    assert (second["issued"]["number"], second["issued"]["earlier"]) == (2, [first["issued"]["at"]])
    assert second["whole"]["balances"] is True
    shown = in_march("stats", "--unit", "tinh", "--month", "2026-02", "--language", "en").out
    assert "Issued: no. 2" in shown
    assert "A new issue of this table: no. 2" in shown
    assert in_march("stats", "--check").code == 0
