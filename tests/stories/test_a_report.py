"""A resident reports something, and an officer can see it."""

import pytest

from storage.tables import classifications, places, receipts, recordings, report_calls, reports, sealed_numbers, steps
from tests.cast import MAY, PAO
from tests.stories.conftest import Commune
from tests.stories.hearing import code, heard, last

KHE_MAN = "01"


def test_a_theft_is_reported_and_gets_a_receipt(commune: Commune) -> None:
    call = commune.dials(MAY)
    call.key_in("112122" + KHE_MAN)  # Vietnamese, report, property, theft, over, confidential, the place
    assert heard(call, "report.record") == 1
    call.record(12)
    call.press("#")
    assert heard(call, "receipt.code") == 1
    assert len(code(call)) == 12
    call.hang_up()
    commune.worker_runs()

    row, report = commune.call(call), commune.report()
    assert (row["kind"], row["category"], row["outcome"]) == ("report", "RPT-THEFT", "recorded")
    assert (row["privacy"], row["language"], row["hung_up_at"]) == ("confidential", "vi", "receipt")
    assert (report["reference"], report["kind"], report["category"]) == ("R-2026-0001", "report", "RPT-THEFT")
    assert (report["status"], report["incomplete"], report["happening_now"]) == ("NEW", False, False)
    (place,) = (one for one in commune.rows(places) if one["id"] == report["place_id"])
    assert place["name"] == "Khe Mận"
    (recording,) = commune.rows(recordings)
    assert (recording["status"], recording["call_id"], recording["duration_s"]) == ("kept", row["id"], 12)
    assert [link["role"] for link in commune.rows(report_calls)] == ["first"]
    assert commune.numbers() == [("identity", MAY.number)]


def test_what_the_keys_said_is_kept_with_its_source(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("11332")  # a fight; over
    call.key_in("203")
    call.record(4)
    call.press("#")
    (first,) = commune.rows(classifications)
    report = commune.report()
    assert (first["source"], first["kind"], first["category"]) == ("keys", "report", "RPT-ASSAULT")
    assert (first["urgency"], first["place_id"], first["privacy"]) == (
        report["urgency"],
        report["place_id"],
        "confidential",
    )


@pytest.mark.parametrize(("now", "urgency"), [("1", "high"), ("2", "normal")])
def test_what_is_happening_now_is_one_step_more_urgent(commune: Commune, now: str, urgency: str) -> None:
    call = commune.dials()
    call.key_in("1143" + now + "2#")  # gambling
    call.record(4)
    call.press("#")
    assert (commune.report()["category"], commune.report()["urgency"]) == ("RPT-GAMBLE", urgency)


def test_something_else_needs_no_category_and_no_place(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("11623#")
    assert heard(call, "report.record_where") == 1, "who skips the place is asked to say it"
    call.record(8)
    call.press("#")
    report = commune.report()
    assert (report["category"], report["place_id"], report["urgency"]) == (None, None, "normal")
    assert commune.numbers() == [("content", MAY.number)], "the officers may ring back"


def test_a_place_that_is_not_on_the_card_may_be_said_instead(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("11622" + "99")
    assert heard(call, "place.no_match") == 1
    call.key_in("98")
    assert heard(call, "report.record_where") == 1


def test_who_cannot_speak_has_reported_all_the_same(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("1131112" + KHE_MAN)  # beaten at home, now, no help needed at once, confidential
    call.press("#")
    assert heard(call, "report.record_again") == 1
    call.press("#")
    assert len(code(call)) == 12
    call.hang_up()
    report = commune.rows(reports)[-1]
    assert (report["category"], report["incomplete"]) == ("RPT-DV", True)


def test_references_are_counted_through_the_year_and_begin_anew(commune: Commune) -> None:
    commune.clock.strikes(2026, 12, 31, 23, 50)
    for _ in range(2):
        call = commune.dials(PAO)
        call.key_in("11622#")
        call.record(3)
        call.press("#")
        call.hang_up()
        commune.clock.goes_on(minutes=8)
    assert [row["reference"] for row in commune.rows(reports)] == ["R-2026-0001", "R-2026-0002"]
    call = commune.dials(PAO)
    call.key_in("11622#")
    call.record(3)
    call.press("#")
    assert commune.rows(reports)[-1]["reference"] == "R-2027-0001", "the new year on the unit's own clock"


def test_the_code_may_be_heard_again(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("11622#")
    call.record(3)
    call.press("#")
    call.press("1")
    call.press("*")
    assert heard(call, "receipt.code") == 3
    code(call)
    call.wait()
    call.wait()
    assert call.ended
    assert heard(call, "receipt.bye") == 1
    assert len(commune.rows(receipts)) == 1


def test_when_a_call_ends_nothing_secret_of_it_is_left(commune: Commune) -> None:
    call = commune.dials()
    call.press("1")
    call.hang_up()
    row = commune.call(call)
    assert (row["position"], row["outcome"]) == (None, "hung_up")
    assert all(step["answer"] is None and step["heard"] is None for step in commune.rows(steps))
    assert last(call)
    assert len(commune.rows(sealed_numbers)) == 1, "a call without a choice is confidential"
