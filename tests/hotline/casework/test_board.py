"""What hangs where on the board: decided from plain values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.casework.board import OPEN, SOON, URGENT, BoardRow, arranged

NOW = datetime(2026, 11, 14, 14, 4, tzinfo=UTC)
QUIET = BoardRow(
    id=1,
    reference="R-2026-0001",
    kind="report",
    category="RPT-THEFT",
    urgency="normal",
    happening_now=False,
    locality="Khe Mận",
    status="ASSIGNED",
    received_at=NOW,
    acknowledge_by=None,
    due_at=None,
    taken=True,
    taken_by="Hạnh",
    untaken_clock=None,
    due_clock=None,
)


@pytest.mark.parametrize(
    ("facts", "shelf"),
    [
        ({}, OPEN),
        ({"taken": False}, OPEN),
        ({"urgency": "high"}, OPEN),
        ({"urgency": "high", "taken": False}, URGENT),
        ({"urgency": "critical", "taken": False, "untaken_clock": "green"}, URGENT),
        ({"due_clock": "red"}, URGENT),
        ({"taken": False, "untaken_clock": "red"}, URGENT),
        ({"due_clock": "yellow"}, SOON),
        ({"taken": False, "untaken_clock": "yellow", "due_clock": "green"}, SOON),
        ({"urgency": "an unknown one", "taken": False}, OPEN),
    ],
)
def test_each_report_hangs_on_its_shelf(facts: dict[str, object], shelf: str) -> None:
    assert replace(QUIET, **facts).shelf == shelf


def test_a_fresh_critical_one_hangs_above_what_is_only_late() -> None:
    late = replace(QUIET, id=2, due_clock="red", received_at=NOW - timedelta(days=9))
    fresh = replace(QUIET, id=3, urgency="critical", taken=False)
    rows, more = arranged([late, QUIET, fresh])
    assert [row.id for row in rows] == [3, 2, 1]
    assert more == frozenset()


def test_of_what_is_due_soon_the_soonest_comes_first_by_whichever_clock() -> None:
    by = {"due_at": NOW + timedelta(hours=3), "due_clock": "yellow"}
    later = replace(QUIET, id=2, **by)
    sooner = replace(QUIET, id=3, **by, taken=False, acknowledge_by=NOW + timedelta(hours=1), untaken_clock="yellow")
    assert [row.id for row in arranged([later, sooner])[0]] == [3, 2]
