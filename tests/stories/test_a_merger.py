"""Trì Quang becomes part of Xuân Quang (here: Đèo Gió of Suối Đá): the number on the old fob goes on, and what was
told to the old commune stays with its people."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hotline.casework.founding import UnitRefusedError
from hotline.casework.mergers import merge
from hotline.casework.months import Month
from hotline.casework.privacy import bound_to_call
from hotline.casework.statistics.former import former_units
from hotline.casework.statistics.month import monthly_statistics, statistics_over_mergers
from hotline.simulator.leg import Leg
from ivr_flows.loader import shipped_flow
from storage.sealing import unseal
from storage.tables import alarms, calls, lines, officers, recordings, reports, sealed_numbers, texts, units
from tests.cast import ANOTHER_LINE, GRACE, HANH, LY, MAY, PAO, SINH, THAO, THE_LINE, VU
from tests.stories.conftest import ACCOUNT, ON_SQLITE, Commune
from tests.stories.hearing import code, heard, words
from tests.stories.officers_ring import help_comes

SUOI_DA, DEO_GIO = 1, 2
PLACES = [{"digits": "03", "name": "Lũng Mây"}]
OFFICE = {day: ["07:30-11:30", "13:30-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
MARCH = Month(2026, 3)
OF_THE_MERGED = "đơn vị đã sáp nhập; chỉ cán bộ"
STAYS_THERE = "thuộc đơn vị đã trả lời cuộc gọi"


@pytest.fixture
def before(commune: Commune) -> Commune:
    """Both communes are manned; Đèo Gió is about to become a part of Suối Đá."""
    commune.founds("deo-gio", "Xã Đèo Gió", ANOTHER_LINE, VU, places=PLACES, office_hours=OFFICE)
    commune.puts_on_duty(HANH, hours=24 * 60)
    commune.puts_on_duty(SINH, hours=24 * 60, unit_id=DEO_GIO)
    commune.clock.goes_on(seconds=10)
    return commune


def reports_drugs(commune: Commune, line: str, caller=MAY, privacy: str = "2") -> str:
    call = commune.dials(caller, to=line)
    call.key_in("11112" + privacy + "03")
    call.record(6)
    call.press("#")
    call.hang_up()
    return code(call)


def adds_to(commune: Commune, right: str, caller=PAO, line: str = ANOTHER_LINE):
    call = commune.dials(caller, to=line)
    call.key_in("13" + right + "1")
    call.record(5)
    call.press("#")
    call.hang_up()
    return call


@ON_SQLITE
def test_the_number_on_the_old_fob_is_answered_by_the_new_commune(before: Commune) -> None:
    merged = before.merges("deo-gio", "xa-suoi-da")
    assert (merged.numbers, merged.open_reports, merged.calls_in_course) == ((ANOTHER_LINE,), 0, 0)
    hanh, sinh = before.carrier.phones[HANH.number], before.carrier.phones[SINH.number]
    hanh.answers_and_presses("1")
    call = before.dials(MAY, to=ANOTHER_LINE)
    assert "Suối Đá" in words(call)
    assert "Đèo Gió" not in words(call)
    call.press("9")
    help_comes(before, call)
    call.hang_up()
    assert (hanh.bridged, len(sinh.rings)) == (1, 0)
    assert hanh.rings[0].caller_shown == ANOTHER_LINE
    assert before.call(call)["unit_id"] == SUOI_DA
    assert before.report()["unit_id"] == SUOI_DA
    assert before.numbers() == [("content", MAY.number)], "opened with the new commune's key"


@ON_SQLITE
def test_the_places_are_those_of_the_card_on_which_the_number_is_printed(before: Commune) -> None:
    before.merges("deo-gio", "xa-suoi-da")
    for line in (THE_LINE, ANOTHER_LINE):
        reports_drugs(before, line)
    chief = before.sits_down(THAO)
    titles = [before.opens(chief, f"/reports/R-2026-000{number}").text.partition('"lede"')[2] for number in (1, 2)]
    assert [("Nà Hoi" in title[:200], "Lũng Mây" in title[:200]) for title in titles] == [(True, False), (False, True)]
    with before.store.read() as connection:
        figures = monthly_statistics(connection, SUOI_DA, MARCH, before.clock()).figures
    assert figures.places == {"Lũng Mây": 1, "Nà Hoi": 1, "unknown": 0}


@ON_SQLITE
def test_calls_in_course_end_where_they_began(before: Commune) -> None:
    sinh = before.carrier.phones[SINH.number].answers_and_presses("1")
    told, asked = before.dials(MAY, to=ANOTHER_LINE), before.dials(PAO, to=ANOTHER_LINE)
    told.key_in("11112" + "3")
    merged = before.merges("deo-gio", "xa-suoi-da")
    assert merged.calls_in_course == 2
    told.key_in("03")
    told.record(6)
    told.press("#")
    told.hang_up()
    asked.key_in("10")
    asked.hang_up()
    assert sinh.bridged == 1
    assert {row["unit_id"] for row in before.rows(calls)} == {DEO_GIO}
    report = before.report()
    assert report["unit_id"] == DEO_GIO
    vu = before.sits_down(VU)
    before.worker_runs()
    page = before.opens(vu, f"/reports/{report['reference']}").text
    assert "Lũng Mây" in page
    (kept,) = before.rows(recordings)
    assert before.opens(vu, f"/calls/{kept['call_id']}/recordings/{kept['id']}").status_code == 200


def test_a_code_of_before_is_found_on_the_old_number_and_what_is_added_is_the_old_communes(before: Commune) -> None:
    right = reports_drugs(before, ANOTHER_LINE)
    before.worker_runs()
    merged = before.merges("deo-gio", "xa-suoi-da")
    assert merged.open_reports == 1
    elsewhere = before.dials(PAO, to=THE_LINE)
    elsewhere.key_in("13" + right)
    assert heard(elsewhere, "earlier.unknown") == 1, "the code belongs to the number on the old fob"
    elsewhere.hang_up()
    call = adds_to(before, right)
    assert heard(call, "earlier.status") == 1
    assert heard(call, "earlier.added") == 1
    before.worker_runs()
    added = before.call(call)
    assert (added["unit_id"], added["kind"]) == (SUOI_DA, "addition")
    (report,) = before.rows(reports)
    assert (report["unit_id"], report["version"]) == (DEO_GIO, 1)
    vu, thao, ly = before.sits_down(VU), before.sits_down(THAO), before.hires(LY)
    assert ly is not None
    sound = next(row for row in before.rows(recordings) if row["call_id"] == added["id"])
    address = f"/calls/{added['id']}/recordings/{sound['id']}"
    assert (sound["status"], sound["unit_id"]) == ("kept", DEO_GIO)
    page = before.opens(vu, f"/reports/{report['reference']}")
    assert address in page.text
    assert before.opens(vu, address).status_code == 200
    assert before.opens(vu, f"/calls/{added['id']}").status_code == 200
    theirs = before.opens(thao, f"/calls/{added['id']}")
    assert theirs.status_code == 200
    assert address not in theirs.text
    assert (OF_THE_MERGED in theirs.text, STAYS_THERE in theirs.text) == (True, False)
    assert report["reference"] not in theirs.text, "it would be read as one of Suối Đá's own"
    assert before.opens(thao, address).status_code == 404
    for page in ("/roster/duty-book", "/calls", "/roster/handover"):
        told = before.opens(thao, page)
        assert (told.status_code, report["reference"] in told.text) == (200, False), page
    number = next(row for row in before.rows(sealed_numbers) if row["call_id"] == added["id"])
    assert (number["key_kind"], number["unit_id"]) == ("identity", DEO_GIO)


def begins_a_report_and_goes_back(commune: Commune, right: str, caller=PAO):
    """Pao means to report drugs, chooses to be confidential, and goes back to the earlier report at the last moment."""
    call = commune.dials(caller, to=ANOTHER_LINE)
    call.key_in("11112" + "2" + "*#" + "3" + right)
    assert heard(call, "earlier.status") == 1
    return call


@ON_SQLITE
def test_a_report_that_was_begun_and_left_does_not_keep_what_is_added_from_the_old_commune(before: Commune) -> None:
    right = reports_drugs(before, ANOTHER_LINE)
    before.worker_runs()
    before.merges("deo-gio", "xa-suoi-da")
    call = begins_a_report_and_goes_back(before, right)
    (chosen,) = [row for row in before.rows(sealed_numbers) if row["call_id"] == before.call(call)["id"]]
    assert (chosen["key_kind"], chosen["unit_id"]) == ("identity", None), "nobody knows yet whose it will be"
    call.press("1")
    call.record(5)
    call.press("#")
    call.hang_up()
    before.worker_runs()
    assert len(before.rows(reports)) == 1
    call_id = before.call(call)["id"]
    (sound,) = [row for row in before.rows(recordings) if row["call_id"] == call_id]
    assert (sound["status"], sound["unit_id"]) == ("kept", DEO_GIO)
    (number,) = [row for row in before.rows(sealed_numbers) if row["call_id"] == call_id]
    assert (number["key_kind"], number["unit_id"]) == ("identity", DEO_GIO)
    opened = unseal(before.key("identity", VU), number["sealed"], bound_to_call(call_id)).decode()
    assert opened == PAO.number, "sealed anew, to those who have the report"
    vu = before.sits_down(VU)
    assert before.opens(vu, f"/calls/{call_id}/recordings/{sound['id']}").status_code == 200


@ON_SQLITE
def test_a_report_that_a_caller_left_early_is_the_new_communes_with_its_number(before: Commune) -> None:
    """Who chose a category and then only heard how the earlier report stands has reported, in keys alone."""
    right = reports_drugs(before, ANOTHER_LINE)
    before.merges("deo-gio", "xa-suoi-da")
    call = begins_a_report_and_goes_back(before, right)
    call.hang_up()
    (_, report) = before.rows(reports)
    assert (report["unit_id"], report["incomplete"]) == (SUOI_DA, True)
    (number,) = [row for row in before.rows(sealed_numbers) if row["call_id"] == before.call(call)["id"]]
    assert (number["key_kind"], number["unit_id"]) == ("identity", None)


@ON_SQLITE
def test_where_the_old_commune_has_nobody_left_the_new_one_is_told_of_what_is_added(before: Commune) -> None:
    right = reports_drugs(before, ANOTHER_LINE)
    before.merges("deo-gio", "xa-suoi-da")
    adds_to(before, right).hang_up()
    assert before.rows(alarms) == [], "Vừ and Sinh are there"
    with before.store.write() as connection:
        connection.execute(officers.update().where(officers.c.unit_id == DEO_GIO).values(active=False))
    call = adds_to(before, right)
    (alarm,) = before.rows(alarms)
    assert (alarm["what"], alarm["unit_id"]) == ("addition_nobody_reads", SUOI_DA)
    assert alarm["details"] == {"call": before.call(call)["id"]}
    assert f"/calls/{before.call(call)['id']}" in before.opens(before.sits_down(THAO), "/alarms").text


@ON_SQLITE
def test_an_emergency_after_an_addition_is_the_new_communes_with_all_that_was_said(before: Commune) -> None:
    right = reports_drugs(before, ANOTHER_LINE)
    before.worker_runs()
    before.merges("deo-gio", "xa-suoi-da")
    before.carrier.phones[HANH.number].answers_and_presses("1")
    call = before.dials(PAO, to=ANOTHER_LINE)
    call.key_in("13" + right + "9")
    help_comes(before, call)
    call.hang_up()
    before.worker_runs()
    assert before.call(call)["kind"] == "emergency"
    of_call = [row for row in before.rows(sealed_numbers) if row["call_id"] == before.call(call)["id"]]
    assert [(row["key_kind"], row["unit_id"]) for row in of_call] == [("content", None)]
    vu = before.sits_down(VU)
    assert before.opens(vu, "/reports/R-2026-0001").status_code == 200, "a number that others open is none here"


@ON_SQLITE
def test_a_call_that_stays_with_the_new_commune_is_named_to_the_old_one_and_not_opened(before: Commune) -> None:
    """Where a flow goes on after what was added, Pao may be in danger a minute later: that is Suối Đá's alone."""
    shipped = shipped_flow()
    goes_on = shipped.nodes["earlier_added"].model_copy(update={"next": shipped.nodes["welcome"].next})
    before.plays(shipped.model_copy(update={"nodes": {**shipped.nodes, "earlier_added": goes_on}}))
    before.clock.goes_on(seconds=10)
    right = reports_drugs(before, ANOTHER_LINE)
    before.worker_runs()
    before.merges("deo-gio", "xa-suoi-da")
    before.carrier.phones[HANH.number].answers_and_presses("1")
    call = before.dials(PAO, to=ANOTHER_LINE)
    call.key_in("13" + right + "1")
    call.record(5)
    call.press("#")
    call.press("9")
    help_comes(before, call)
    call.hang_up()
    before.worker_runs()
    row = before.call(call)
    address = f"/calls/{row['id']}"
    vu, thao = before.sits_down(VU), before.sits_down(THAO)
    page = before.opens(vu, "/reports/R-2026-0001").text
    assert (row["kind"], f'id="call-{row["id"]}"' in page) == ("emergency", True), "Vừ is told that she called again"
    assert f'href="{address}"' not in page
    assert "mark-emergency" not in page
    assert STAYS_THERE in page
    assert OF_THE_MERGED not in page
    assert before.opens(vu, address).status_code == 404
    theirs = before.opens(thao, address)
    assert (theirs.status_code, STAYS_THERE in theirs.text, OF_THE_MERGED in theirs.text) == (200, False, False)
    assert f"{address}/recordings/" in theirs.text


@ON_SQLITE
def test_the_old_officers_are_paged_and_answer_for_what_was_theirs(before: Commune) -> None:
    call = before.dials(MAY, to=ANOTHER_LINE)
    call.key_in("1133" + "22" + "03")
    call.record(8)
    call.press("#")
    call.hang_up()
    merged = before.merges("deo-gio", "xa-suoi-da")
    assert (merged.open_reports, merged.climbing) == (1, 1)
    before.pages_go_out()
    sinh, hanh = before.carrier.phones[SINH.number], before.carrier.phones[HANH.number]
    assert (len(sinh.texts), len(hanh.texts)) == (1, 0)
    before.hires(replace(SINH, login="sinh-of-suoi-da"))  # he works for both, under one telephone
    before.carrier.text(SINH.number, ANOTHER_LINE, "1")
    (report,) = before.rows(reports)
    assert report["acknowledged_at"] is not None
    assert before.rows(texts) == [], "an answer is not taken for a resident's words"
    assert before.rows(alarms) == []
    before.carrier.text(GRACE.number, ANOTHER_LINE, "There is a fight.")
    assert [row["unit_id"] for row in before.rows(texts)] == [SUOI_DA]


def test_the_figures_go_on_as_those_of_the_former_commune(before: Commune) -> None:
    reports_drugs(before, ANOTHER_LINE)
    reports_drugs(before, THE_LINE)
    before.clock.strikes(2026, 4, 10, 10)
    before.merges("deo-gio", "xa-suoi-da")
    for line in (ANOTHER_LINE, ANOTHER_LINE, THE_LINE):
        reports_drugs(before, line)
    before.clock.strikes(2026, 5, 4, 10)
    reports_drugs(before, ANOTHER_LINE)
    with before.store.read() as connection:
        now, april = before.clock(), Month(2026, 4)
        [former] = former_units(connection, SUOI_DA, april)
        assert former_units(connection, SUOI_DA, MARCH) == ()
        assert (former.code, former.name) == ("deo-gio", "Xã Đèo Gió")
        whole = monthly_statistics(connection, SUOI_DA, april, now)
        part = monthly_statistics(connection, SUOI_DA, april, now, former)
        assert (whole.figures.received, part.figures.received) == (3, 2)
        assert part.figures.places == {"Lũng Mây": 2, "unknown": 0}
        assert (part.figures.open_at_end, whole.figures.open_at_end) == (2, 4), "March's stay with the old commune"
        assert part.former is not None
        assert part.to_json()["former"] == {"code": "deo-gio", "name": "Xã Đèo Gió"}
        series = [statistics_over_mergers(connection, DEO_GIO, month, now) for month in (MARCH, april, april.next)]
        assert [one.figures.received for one in series] == [1, 2, 1]
        assert [one.former is not None for one in series] == [False, True, True]
        assert series[1].previous.received == 1, "one series over the merger"
        assert series[1].figures.open_at_end == 3


@ON_SQLITE
def test_a_chief_filters_the_month_in_every_form(before: Commune) -> None:
    before.merges("deo-gio", "xa-suoi-da")
    reports_drugs(before, ANOTHER_LINE)
    reports_drugs(before, THE_LINE)
    chief = before.sits_down(THAO)
    before.opens(chief, "/statistics/2026-03")
    page = before.opens(chief, "/statistics/2026-03?former=deo-gio").text
    assert "Xã Đèo Gió (cũ)" in page
    assert 'data-key="incidents"' not in page
    assert "/signature" not in page
    for form in ("json", "csv", "xlsx", "pdf"):
        answer = before.opens(chief, f"/statistics/2026-03.{form}?former=deo-gio")
        assert answer.status_code == 200
        assert f"former-deo-gio-2026-03.{form}" in answer.headers["Content-Disposition"]
    told = before.opens(chief, "/statistics/2026-03.json?former=deo-gio").json
    assert (told["calls"]["received"], told["former"]["code"]) == (1, "deo-gio")
    for wrong in ("xa-suoi-da", "nowhere", "deo%00gio"):
        assert before.opens(chief, f"/statistics/2026-03?former={wrong}").status_code == 404
    assert before.opens(before.sits_down(VU), "/statistics/2026-03?former=deo-gio").status_code == 404


@ON_SQLITE
def test_three_communes_in_a_row_keep_each_line_for_its_first(before: Commune) -> None:
    before.founds("khe-suong", "Xã Khe Sương", "+842101234569", LY)
    before.merges("deo-gio", "khe-suong")
    before.merges("khe-suong", "xa-suoi-da")
    assert [(row["number"], row["unit_id"], row["former_unit_id"]) for row in before.rows(lines)] == [
        (THE_LINE, SUOI_DA, None),
        (ANOTHER_LINE, SUOI_DA, DEO_GIO),
        ("+842101234569", SUOI_DA, 3),
    ]
    reports_drugs(before, ANOTHER_LINE)
    with before.store.read() as connection:
        known = former_units(connection, SUOI_DA, MARCH)
        assert [one.code for one in known] == ["deo-gio", "khe-suong"]
        counted = [monthly_statistics(connection, SUOI_DA, MARCH, before.clock(), one).figures for one in known]
    assert [one.received for one in counted] == [1, 0]


@ON_SQLITE
def test_what_cannot_merge_is_refused_and_nothing_is_changed(before: Commune) -> None:
    before.founds("khe-suong", "Xã Khe Sương", "+842101234569", LY)
    today = before.clock().date()
    with before.store.write() as connection:
        connection.execute(units.update().where(units.c.code == "khe-suong").values(parent_id=DEO_GIO))
    known = before.rows(units), before.rows(lines)
    for old, new, on in (
        ("deo-gio", "deo-gio", None),
        ("deo-gio", "khe-suong", None),
        ("deo-gio", "xa-suoi-da", today + timedelta(days=2)),
        ("deo-gio", "xa-suoi-da", today - timedelta(days=2)),
    ):
        with before.store.write() as connection, pytest.raises(UnitRefusedError):
            merge(connection, old, new, on, before.clock())
        assert (before.rows(units), before.rows(lines)) == known
    before.merges("deo-gio", "xa-suoi-da")
    for old, new in (("deo-gio", "khe-suong"), ("khe-suong", "deo-gio")):
        with before.store.write() as connection, pytest.raises(UnitRefusedError):
            merge(connection, old, new, None, before.clock())


@ON_SQLITE
def test_a_page_that_was_open_when_the_unit_merged_still_works_for_what_was_there(before: Commune) -> None:
    reports_drugs(before, ANOTHER_LINE)
    vu = before.sits_down(VU)
    page = before.opens(vu, "/reports/R-2026-0001").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    before.merges("deo-gio", "xa-suoi-da")
    here = {"base_url": before.settings.hotline_public_url}
    taken = vu.post("/reports/R-2026-0001/acknowledgement", data={"csrf_token": token}, **here)
    assert taken.status_code == 303
    assert before.report()["acknowledged_by"] is not None
    for address in (
        "/board",
        "/flow",
        "/prompts",
        "/roster",
        "/settings",
        "/statistics",
        "/statistics/2026-03",
        "/calls",
        "/people",
    ):
        assert before.opens(vu, address).status_code == 200, address


@ON_SQLITE
def test_a_call_that_no_webhook_told_of_is_of_the_unit_of_its_day(before: Commune) -> None:
    before.clock.goes_on(days=1)
    before.merges("deo-gio", "xa-suoi-da")
    for name, ago in (("CAyesterday", timedelta(hours=20)), ("CAtoday", timedelta(minutes=30))):
        leg = Leg(name, ACCOUNT, MAY.number, ANOTHER_LINE, "inbound", before.clock() - ago, status="completed")
        leg.ended_at = leg.started_at + timedelta(minutes=1)
        before.carrier.keep_leg(leg)
    before.outside.reconcile(before.clock())
    found = {row["carrier_call_id"]: row["unit_id"] for row in before.rows(calls)}
    assert found == {"CAyesterday": DEO_GIO, "CAtoday": SUOI_DA}
    assert {row["unit_id"] for row in before.rows(alarms) if row["what"] == "missed_call"} == {DEO_GIO, SUOI_DA}
