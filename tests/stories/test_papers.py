"""Questions about papers, and the guest who stays overnight."""

import pytest

from hotline.casework.lines import all_lines, flow_of
from ivr_flows.definition import Flow
from ivr_flows.taxonomy import load_taxonomy
from storage.tables import reports
from tests.cast import GRACE, HANH, IVAN, MAY
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard, words

pytestmark = ON_SQLITE

ANSWERS = {
    "id": "11",
    "resp": "12",
    "rest": "13",
    "stay": "14",
    "vneid": "15",
    "ct07": "16",
    "veh": "21",
    "dl": "22",
    "pass": "23",
    "lltp": "24",
    "fire": "4",
    "rehab": "5",
}


def test_there_are_twelve_and_each_has_a_code_of_its_own(commune: Commune) -> None:
    known = {code for code in load_taxonomy().codes if code.startswith("ADM-")}
    assert {f"ADM-{name.upper()}" for name in ANSWERS} <= known
    assert len(ANSWERS) == 12
    assert all(f"adm_{name}" in flow_of_the_line(commune).nodes for name in ANSWERS)


def flow_of_the_line(commune: Commune) -> Flow:
    with commune.store.read() as connection:
        return flow_of(connection, all_lines(connection)[0].flow_hash)


@pytest.mark.parametrize("language", ["vi", "en", "ru"])
def test_who_listens_to_the_end_has_been_answered(commune: Commune, language: str) -> None:
    for name, keys in ANSWERS.items():
        call = commune.dials()
        call.key_in({"vi": "1", "en": "2", "ru": "3"}[language] + "2" + keys)
        assert heard(call, f"adm.{name}", language) == 1
        call.wait()
        call.hang_up()
        row = commune.call(call)
        assert (row["kind"], row["category"]) == ("admin", f"ADM-{name.upper()}")
        assert (row["outcome"], row["language"]) == ("answered_by_ivr", language)
    assert commune.rows(reports) == [], "an answered question is no work for anybody"


def test_who_hangs_up_in_the_middle_has_not_been_answered(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("1221")
    call.hang_up()
    row = commune.call(call)
    assert (row["kind"], row["category"], row["outcome"]) == ("admin", "ADM-VEH", "left")
    assert row["hung_up_at"] == "adm_veh"


def test_an_answer_is_repeated_and_another_question_asked(commune: Commune) -> None:
    call = commune.dials(MAY)
    call.key_in("1211")
    call.wait()
    call.press("1")
    assert heard(call, "adm.id") == 2
    call.press("2")
    assert heard(call, "admin.menu") == 2
    call.key_in("4")
    call.wait()
    assert heard(call, "adm.fire") == 1
    call.wait()
    assert call.ended
    assert heard(call, "bye") == 1
    assert commune.call(call)["category"] == "ADM-FIRE", "the last question"


def test_from_an_answer_an_officer_is_one_key_away(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials(GRACE)
    call.key_in("2230")
    assert hanh.bridged == 1
    assert (commune.call(call)["kind"], commune.call(call)["outcome"]) == ("admin", "officer")


def test_the_homestay_announces_a_guest_ten_minutes_before_eleven(commune: Commune) -> None:
    """The code is the proof that it was in time; the task waits for the officer of the morning."""
    commune.clock.strikes(2026, 3, 2, 22, 50)
    call = commune.dials(MAY)
    call.key_in("123")
    assert heard(call, "adm.stay") == 1
    call.press("1")
    assert heard(call, "stay.record") == 1
    call.record(25)
    commune.clock.goes_on(minutes=2)
    call.press("#")
    assert len(code(call)) == 12
    call.hang_up()
    commune.worker_runs()
    row, report = commune.call(call), commune.report()
    assert (row["kind"], row["category"], row["outcome"]) == ("admin", "ADM-STAY", "recorded")
    assert (report["kind"], report["category"], report["status"]) == ("admin", "ADM-STAY", "NEW")
    assert report["received_at"] == commune.clock(), "stamped at 22:52"

    tomorrow = commune.dials(MAY)
    tomorrow.key_in("13" + code(call))
    assert heard(tomorrow, "earlier.status") == 1


def test_the_guest_may_be_announced_by_the_longer_way_too(commune: Commune) -> None:
    call = commune.dials(IVAN)
    call.key_in("32141")
    assert heard(call, "stay.record", "ru") == 1
    call.press("#")
    assert heard(call, "stay.not_heard", "ru") == 1
    assert heard(call, "stay.after", "ru") == 1
    call.press("1")
    call.record(9)
    call.press("#")
    assert len(code(call)) == 12


def test_who_asks_for_treatment_is_kept_secret(commune: Commune) -> None:
    call = commune.dials(MAY)
    call.key_in("125")
    assert commune.numbers() == [("identity", MAY.number)]
    assert "giữ kín" in words(call)
