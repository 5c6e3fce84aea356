"""The life of a report: whatever is asked in whatever order, it stays a life that the commune's book allows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework import transitions
from hotline.casework.transitions import (
    CLOSED,
    FILED,
    NEW,
    SETTLED,
    TRANSITIONS,
    TRIAGED,
    VERBS,
    VERIFIED,
    VERIFYING,
    OutcomeError,
    TransitionError,
    step,
    steps_from,
)
from ivr_flows.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
CLASSES = st.sampled_from(sorted(TAXONOMY.deadlines))
ASKED = st.tuples(st.sampled_from(VERBS), st.sampled_from([None, *TAXONOMY.outcomes, "NONSENSE"]))


def test_every_status_and_outcome_of_the_table_is_one_of_the_taxonomy() -> None:
    reached = {found.after for found in TRANSITIONS.values()} | {found.before for found in TRANSITIONS.values()}
    assert reached == set(TAXONOMY.statuses)
    assert {outcome for found in TRANSITIONS.values() for outcome in found.outcomes} == set(TAXONOMY.outcomes)


def test_the_straight_way_through() -> None:
    status = NEW
    for verb in ("triage", "assign", "start", "verify", "file"):
        status = step(status, verb, "CHECK").after
    assert step(status, "close", "CHECK", "CONFIRMED").after == CLOSED


def test_nothing_is_filed_before_it_is_verified() -> None:
    assert {before for (before, _), found in TRANSITIONS.items() if found.after == FILED and before != FILED} == {
        VERIFIED
    }
    with pytest.raises(TransitionError):
        step(VERIFYING, "file", "CHECK")


@pytest.mark.parametrize("status", ["ASSIGNED", "VERIFYING"])
def test_only_what_brooks_no_delay_is_handed_over_before_it_is_verified(status: str) -> None:
    for at_once in ("NOW", "H24"):
        assert step(status, "transfer", at_once).after == "TRANSFERRED"
    for other in TAXONOMY.deadlines.keys() - {"NOW", "H24"}:
        with pytest.raises(TransitionError):
            step(status, "transfer", other)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (TRIAGED, {"ANSWERED", "REFERRED", "DUPLICATE", "WITHDRAWN"}),
        (VERIFYING, {"UNFOUNDED", "INSUFFICIENT", "WITHDRAWN"}),
        (VERIFIED, {"CONFIRMED", "PARTLY", "MEDIATED", "NOT_MEDIATED"}),
        (FILED, {"CONFIRMED", "PARTLY", "MEDIATED", "NOT_MEDIATED"}),
    ],
)
def test_a_report_is_closed_with_an_outcome_that_fits_how_far_the_work_has_come(status: str, allowed: set[str]) -> None:
    for outcome in TAXONOMY.outcomes:
        if outcome in allowed:
            assert step(status, "close", "CHECK", outcome).after == CLOSED
        else:
            with pytest.raises(OutcomeError):
                step(status, "close", "CHECK", outcome)
    with pytest.raises(OutcomeError):
        step(status, "close", "CHECK")


def test_no_button_opens_a_closed_report_again() -> None:
    assert steps_from(CLOSED, "CHECK") == ()
    assert step(CLOSED, "reopen", "CHECK").after == VERIFYING


@given(CLASSES)
def test_the_buttons_of_a_page_are_the_steps_that_work(deadline_class: str) -> None:
    for status in TAXONOMY.statuses:
        shown = {found.verb: found for found in steps_from(status, deadline_class)}
        for verb in VERBS:
            if verb in shown:
                outcome = shown[verb].outcomes[0] if shown[verb].outcomes else None
                assert step(status, verb, deadline_class, outcome) == shown[verb]
            elif verb != transitions.REOPEN:
                with pytest.raises(TransitionError):
                    step(status, verb, deadline_class)


@given(CLASSES, st.lists(ASKED, max_size=40))
def test_whatever_is_asked_in_whatever_order_a_report_lives_a_legal_life(
    deadline_class: str, asked: list[tuple[str, str | None]]
) -> None:
    status, lived, outcome = NEW, [NEW], None
    for verb, wish in asked:
        try:
            found = step(status, verb, deadline_class, wish)
        except (TransitionError, OutcomeError):
            continue
        status, outcome = found.after, wish
        lived.append(status)
        assert (status == CLOSED) == (outcome is not None)
    if FILED in lived:
        assert VERIFIED in lived[: lived.index(FILED)]
    for before, after in pairwise(lived):
        assert before == after or before not in SETTLED or (before, after) == (CLOSED, VERIFYING)
        assert before == after or after != NEW
