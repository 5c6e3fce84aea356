"""Two communes in one installation: each has its own line, officers, reports, clock and figures, and nothing mixes."""

import pytest

from hotline.casework import gaps
from hotline.casework.cost_guard import costly_days
from hotline.casework.months import Month
from hotline.casework.statistics.month import monthly_statistics
from storage.tables import (
    alarms,
    audit_rows,
    calls,
    follow_ups,
    receipt_attempts,
    recordings,
    report_calls,
    reports,
    texts,
    units,
)
from tests.cast import ANOTHER_LINE, GRACE, HANH, LY, MAY, PAO, SINH, THAO, THE_LINE, VU
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard, words
from tests.stories.officers_ring import help_comes

SUOI_DA, DEO_GIO = 1, 2
PLACES = [{"digits": "03", "name": "Lũng Mây"}, {"digits": "77", "name": "Cổng Trời"}]
NIGHTS = {day: ["00:00-06:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def neighbours(commune: Commune) -> Commune:
    """Đèo Gió joins the installation. Its office is open at night only, its digits mean other places."""
    commune.founds("deo-gio", "Xã Đèo Gió", ANOTHER_LINE, VU, places=PLACES, office_hours=NIGHTS)
    commune.clock.goes_on(seconds=10)
    return commune


def reports_drugs(commune: Commune, line: str, caller=MAY) -> str:
    call = commune.dials(caller, to=line)
    call.key_in("11112" + "2" + "03")
    call.record(6)
    call.press("#")
    call.hang_up()
    return code(call)


def browsers(commune: Commune) -> dict[int, object]:
    return {SUOI_DA: commune.sits_down(THAO), DEO_GIO: commune.sits_down(VU)}


def test_a_report_is_its_own_communes_from_the_ring_to_the_recording(neighbours: Commune) -> None:
    for line in (THE_LINE, ANOTHER_LINE):
        reports_drugs(neighbours, line)
    neighbours.worker_runs()
    ours, theirs = neighbours.rows(reports)
    assert (ours["unit_id"], theirs["unit_id"]) == (SUOI_DA, DEO_GIO)
    assert ours["reference"] == theirs["reference"] == "R-2026-0001", "each commune counts its own reports"
    assert ours["place_id"] != theirs["place_id"]
    assert [row["unit_id"] for row in neighbours.rows(calls)] == [SUOI_DA, DEO_GIO]
    call_of = {row["report_id"]: row["call_id"] for row in neighbours.rows(report_calls)}
    heard_of = neighbours.rows(recordings)
    for unit_id, browser in browsers(neighbours).items():
        page = neighbours.opens(browser, "/reports/R-2026-0001").text
        assert ("Lũng Mây" in page, "Nà Hoi" in page) == (unit_id == DEO_GIO, unit_id == SUOI_DA)
        sounds = {row["call_id"]: f"/calls/{row['call_id']}/recordings/{row['id']}" for row in heard_of}
        own, other = (ours, theirs) if unit_id == SUOI_DA else (theirs, ours)
        assert neighbours.opens(browser, sounds[call_of[own["id"]]]).status_code == 200
        for address in (sounds[call_of[other["id"]]], f"/calls/{call_of[other['id']]}"):
            assert neighbours.opens(browser, address).status_code == 404, address
        foreign = "Lũng Mây" if unit_id == SUOI_DA else "Nà Hoi"
        for address in ("/calls", "/reports", "/board", "/follow-ups", "/statistics/2026-03", "/roster/duty-book"):
            shown = neighbours.opens(browser, address)
            assert (shown.status_code, foreign in shown.text) == (200, False), address


@ON_SQLITE
def test_the_greeting_and_the_office_hours_are_the_dialled_communes(neighbours: Commune) -> None:
    hanh, sinh = (
        neighbours.puts_on_duty(HANH).answers_and_presses("1"),
        neighbours.puts_on_duty(SINH, unit_id=DEO_GIO).answers_and_presses("1"),
    )
    ours, theirs = neighbours.dials(to=THE_LINE), neighbours.dials(to=ANOTHER_LINE)
    assert "Đèo Gió" not in words(ours)
    assert "Suối Đá" not in words(theirs)
    ours.key_in("120")
    theirs.key_in("120")
    assert (hanh.bridged, sinh.bridged) == (1, 0), "at ten in the morning only one office is open"
    assert heard(theirs, "officer.closed") == 1
    neighbours.clock.strikes(2026, 3, 3, 2)
    at_night = neighbours.dials(to=ANOTHER_LINE)
    at_night.key_in("120")
    assert (hanh.bridged, sinh.bridged) == (1, 1)


@ON_SQLITE
def test_an_emergency_and_a_page_ring_the_officers_of_that_commune_only(neighbours: Commune) -> None:
    hanh, sinh = neighbours.puts_on_duty(HANH), neighbours.puts_on_duty(SINH, unit_id=DEO_GIO)
    ly = neighbours.puts_on_duty(LY, "command")
    sinh.answers_and_presses("1")
    call = neighbours.dials(PAO, to=ANOTHER_LINE)
    call.press("9")
    help_comes(neighbours, call)
    call.hang_up()
    assert (len(sinh.rings), len(hanh.rings), len(ly.rings)) == (1, 0, 0)
    assert sinh.rings[0].caller_shown == ANOTHER_LINE
    call = neighbours.dials(MAY, to=ANOTHER_LINE)
    call.key_in("1133112#")  # a fight that goes on, confidential, no place
    call.record(5)
    call.press("#")
    call.hang_up()
    neighbours.clock.goes_on(minutes=1)
    neighbours.pages_go_out()
    assert {row["unit_id"] for row in neighbours.rows(follow_ups)} == {DEO_GIO}
    assert (len(hanh.texts), len(ly.texts)) == (0, 0)
    assert len(sinh.texts) == 1


def test_a_code_of_one_line_is_unknown_on_the_other_and_costs_a_try(neighbours: Commune) -> None:
    right = reports_drugs(neighbours, THE_LINE)
    call = neighbours.dials(GRACE, to=ANOTHER_LINE)
    call.key_in("13" + right)
    assert heard(call, "earlier.unknown") == 1
    call.hang_up()
    assert [(row["line_id"], row["wrong"]) for row in neighbours.rows(receipt_attempts)] == [(2, True)]
    call = neighbours.dials(GRACE, to=THE_LINE)
    call.key_in("13" + right)
    assert heard(call, "earlier.status") == 1
    assert [row["wrong"] for row in neighbours.rows(receipt_attempts)] == [True, False]


@ON_SQLITE
def test_an_officers_text_is_an_answer_at_home_and_a_residents_words_next_door(neighbours: Commune) -> None:
    neighbours.puts_on_duty(HANH)
    for line in (THE_LINE, ANOTHER_LINE):
        neighbours.carrier.text(HANH.number, line, "1 R-2026-0042")
    assert [row["unit_id"] for row in neighbours.rows(texts)] == [DEO_GIO]
    assert [(row["what"], row["unit_id"]) for row in neighbours.rows(alarms)] == [
        ("officers_text_not_understood", SUOI_DA)
    ]


@ON_SQLITE
def test_figures_never_mix(neighbours: Commune) -> None:
    reports_drugs(neighbours, THE_LINE)
    for _ in range(2):
        reports_drugs(neighbours, ANOTHER_LINE)
    with neighbours.store.read() as connection:
        month = Month(2026, 3)
        ours, theirs = (monthly_statistics(connection, unit, month, neighbours.clock()) for unit in (1, 2))
    assert (ours.figures.received, theirs.figures.received) == (1, 2)
    assert (ours.figures.office_hours, theirs.figures.office_hours) == (1, 0)
    assert ours.figures.places == {"Nà Hoi": 1, "unknown": 0}
    assert theirs.figures.places == {"Lũng Mây": 2, "unknown": 0}
    assert (ours.figures.repeat_callers, theirs.figures.repeat_callers) == (0, 1)
    assert (ours.figures.open_at_end, theirs.figures.open_at_end) == (1, 2)


@ON_SQLITE
def test_alarms_and_acts_are_seen_where_they_belong(neighbours: Commune) -> None:
    neighbours.puts_on_duty(HANH)
    neighbours.at_home.watch_roster(neighbours.clock())
    with neighbours.store.read() as connection:
        assert [unit for unit, _ in gaps.coming_gaps(connection, neighbours.clock())] == [DEO_GIO]
    assert [(row["what"], row["unit_id"]) for row in neighbours.rows(alarms)] == [("roster_gap", DEO_GIO)]
    for unit_id, browser in browsers(neighbours).items():
        assert ("/alarms/1/settlement" in neighbours.opens(browser, "/alarms").text) == (unit_id == DEO_GIO)
    made = [row for row in neighbours.rows(audit_rows) if row["action"] in ("installation made", "unit added")]
    assert [row["unit_id"] for row in made] == [SUOI_DA, DEO_GIO]


@ON_SQLITE
def test_a_costly_day_of_one_line_alarms_its_own_commune(neighbours: Commune) -> None:
    call = neighbours.dials(MAY, to=ANOTHER_LINE)
    with neighbours.store.write() as connection:
        connection.execute(units.update().where(units.c.id == DEO_GIO).values(minutes_a_day=1))
    neighbours.clock.goes_on(minutes=3)
    with neighbours.store.read() as connection:
        assert [day.unit_id for day in costly_days(connection, neighbours.clock())] == [DEO_GIO]
    call.hang_up()
