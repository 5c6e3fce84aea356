"""A resident reports something, and an officer can see it."""

import re

from storage.tables import calls, receipts, recordings, report_calls, reports, sealed_numbers, steps
from tests.stories.conftest import LINE, Commune


def heard_code(words: str) -> str:
    """The receipt code out of what was spoken: twelve single digits, in groups of four."""
    groups = re.findall(r"(?:\d ){3}\d", words)
    return "".join(groups[:3]).replace(" ", "")


def reports_a_theft(commune: Commune, privacy: str = "2") -> tuple[str, object]:
    call = commune.dials()
    call.key_in("1121")  # Vietnamese, a report, stolen or cheated, theft
    return "", call


def test_a_witness_reports_and_gets_a_receipt(commune: Commune) -> None:
    call = commune.dials("+84912345611")
    for key in ("1", "1", "6", "2", "2"):
        call.press(key)
    call.key_in("03")
    assert call.awaits == "recording"
    call.record(12)
    call.press("#")
    words = " ".join(one.text for one in call.heard)
    code = heard_code(words)
    assert len(code) == 12, (call.heard[-3:], call.warnings, [r.answer and r.answer.status for r in call.requests])
    assert words.count(" ".join(code[:4])) == 2, "the code is said twice"
    call.hang_up()
    commune.worker_runs()

    (row,) = commune.rows(calls)
    assert (row["kind"], row["privacy"], row["outcome"]) == ("report", "confidential", "recorded")
    (report,) = commune.rows(reports)
    assert report["reference"] == "R-2026-0001"
    assert report["incomplete"] is False
    (recording,) = commune.rows(recordings)
    assert recording["status"] == "kept"
    assert len(commune.rows(report_calls)) == 1
    assert [sealed["key_kind"] for sealed in commune.rows(sealed_numbers)] == ["identity"]


def test_when_a_call_ends_nothing_secret_of_it_is_left(commune: Commune) -> None:
    call = commune.dials()
    call.press("1")
    call.hang_up()
    (row,) = commune.rows(calls)
    assert row["position"] is None
    assert all(step["answer"] is None and step["heard"] is None for step in commune.rows(steps))
    assert row["outcome"] == "hung_up"


def test_an_earlier_report_is_asked_about_and_added_to(commune: Commune) -> None:
    first = commune.dials()
    for key in ("1", "1", "6", "2", "1"):
        first.press(key)
    first.key_in("03")
    first.record(5)
    first.press("#")
    code = heard_code(" ".join(one.text for one in first.heard))
    first.hang_up()

    second = commune.dials("anonymous")
    second.key_in("13")
    second.key_in(code)
    assert "Công an đã nhận được tin" in second.heard[-2].text + second.heard[-1].text
    second.press("1")
    assert second.awaits == "recording"
    second.record(6)
    second.press("#")
    second.hang_up()
    assert [row["kind"] for row in commune.rows(calls)] == ["report", "addition"]
    assert sorted(row["role"] for row in commune.rows(report_calls)) == ["addition", "first"]
    assert len(commune.rows(receipts)) == 1
    assert commune.rows(sealed_numbers) == [], "one chose anonymity, the other's number was withheld"
    assert LINE
