"""A report in the hands of the commune's officers, from the call to the end and back again."""

from datetime import date, timedelta

from flask.testing import FlaskClient

from hotline.casework.call_log import Filter, newest_reports
from storage.tables import report_events, units
from tests.cast import HANH, MAY, THAO
from tests.hotline.console.test_report_work import Fields
from tests.stories.conftest import Commune
from tests.stories.hearing import code, heard

REF = "R-2026-0001"
PAGE = f"/reports/{REF}"


def presses(commune: Commune, browser: FlaskClient, noun: str, **typed: str) -> None:
    """Fill in a form of the report's page and send it."""
    form = Fields(commune.opens(browser, PAGE).text).forms[f"{PAGE}/{noun}"]
    answer = browser.post(f"{PAGE}/{noun}", data={**form, **typed}, base_url=commune.settings.hotline_public_url)
    assert (answer.status_code, answer.location) == (303, PAGE), (noun, answer.text[-2000:])


def a_fight_is_reported(commune: Commune) -> str:
    call = commune.dials(MAY)
    call.key_in("11332" + "2" + "01")
    call.record(9)
    call.press("#")
    spoken = code(call)
    call.hang_up()
    commune.worker_runs()
    return spoken


def test_the_clocks_of_a_report_start_with_the_call_and_not_with_the_work(commune: Commune) -> None:
    a_fight_is_reported(commune)
    report = commune.report()
    received = report["received_at"]
    assert report["due_at"] == report["due_by_rule"] == received + timedelta(hours=24), "a crime: handed over in a day"
    assert report["acknowledge_by"] == received + timedelta(minutes=15)


def test_a_preliminary_check_has_the_days_that_the_unit_has_set_or_none(commune: Commune) -> None:
    with commune.store.write() as connection:
        connection.execute(units.update().values(deadlines={}))
    commune.clock.goes_on(minutes=1)  # what is known of a line is remembered for a few seconds
    call = commune.dials(MAY)
    call.key_in("112122" + "01")
    call.record(9)
    call.press("#")
    assert commune.report()["due_at"] is None


def test_a_report_is_worked_on_closed_and_opened_again_by_the_caller(commune: Commune) -> None:
    spoken = a_fight_is_reported(commune)
    commune.hires(HANH)
    commune.chief_hands_out_keys()
    hanh, thao = commune.sits_down(HANH), commune.sits_down(THAO)
    commune.clock.goes_on(minutes=5)
    presses(commune, hanh, "acknowledgement")
    presses(commune, hanh, "triage")
    presses(commune, hanh, "assignment", login=THAO.login)
    commune.clock.goes_on(minutes=20)
    presses(commune, thao, "verification")
    presses(commune, thao, "finding")
    presses(commune, thao, "file")
    presses(commune, thao, "measures", measure="FINE", name="Người thứ nhất", decided_on="2026-03-02")
    presses(commune, thao, "measures", measure="FINE", name="Người thứ hai", decided_on="2026-03-02")
    presses(commune, thao, "closure", outcome="CONFIRMED", reason="both admit it")
    with commune.store.read() as connection:
        [row] = newest_reports(connection, None, Filter())
    told = row.to_json()
    assert (told["status"], told["outcome"], told["assigned_to"]) == ("CLOSED", "CONFIRMED", THAO.login)
    assert told["measures"] == [{"measure": "FINE", "persons": 2}]
    assert told["acknowledged_at"] < told["closed_at"] < told["due_at"]

    commune.clock.goes_on(hours=2)
    again = commune.dials(MAY)
    again.key_in("13" + spoken)
    assert heard(again, "earlier.status") == 1
    again.press("1")
    again.record(6)
    again.press("#")
    again.hang_up()
    report = commune.report()
    assert (report["status"], report["reopened"]) == ("VERIFYING", 1)
    assert (report["outcome"], report["closed_at"]) == (None, None)
    assert [row["what"] for row in commune.rows(report_events)][-1] == "reopened"
    hanh = commune.sits_down(HANH)  # after two hours everybody signs in anew
    assert "Opened again: the caller has added something" in commune.opens(hanh, PAGE).text


def test_a_hand_over_needs_no_finding_where_there_is_no_time(commune: Commune) -> None:
    a_fight_is_reported(commune)
    thao = commune.sits_down(THAO)
    presses(commune, thao, "triage")
    presses(commune, thao, "assignment", login=THAO.login)
    today = date(2026, 3, 2).isoformat()
    presses(commune, thao, "transfers", destination="Phòng Cảnh sát hình sự", paper_number="1/CA", sent_on=today)
    assert commune.report()["status"] == "TRANSFERRED"
    assert commune.report()["settled_at"] is not None
