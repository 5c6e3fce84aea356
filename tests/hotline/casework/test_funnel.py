"""Where callers are lost: every call that ended is counted at one place, and only there."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.statistics.funnel import (
    NOBODY,
    Funnel,
    Gone,
    NodeFigures,
    funnel,
    hours_of,
    median_of,
    node_figures,
    rang_for_s,
)
from ivr_flows.loader import shipped_flow
from tests.cast import GRACE, HANH, MAY
from tests.stories.conftest import Commune
from tests.stories.officers_ring import a_moment

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)

# A call as its steps tell it: the places and languages it went through, and whether the caller hung up.
walks = st.tuples(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["vi", "en"])), min_size=1, max_size=6), st.booleans()
)


@given(st.lists(walks))
def test_the_left_of_all_places_are_the_calls_that_ended(told: list[tuple[list[tuple[str, str]], bool]]) -> None:
    reached = Counter[tuple[str, str | None]]()
    left: dict[tuple[str, str | None], Gone] = {}
    for walk, hung_up in told:
        reached.update({*walk, *((node, None) for node, _ in walk)})
        before = left.get(walk[-1], NOBODY)
        left[walk[-1]] = Gone(before.left + 1, before.hung_up + hung_up, before.lost + (hung_up and len(walk) == 1))
    figures = node_figures(reached, left, {})
    assert sum(one.left for one in figures[None]) == len(told)
    assert sum(one.hung_up for one in figures[None]) == sum(hung_up for _, hung_up in told)
    by_language = [one for language, found in figures.items() if language for one in found]
    assert sum(one.left for one in by_language) == len(told)
    for one in (*figures[None], *by_language):
        assert 0 <= one.lost <= one.hung_up <= one.left <= one.reached <= len(told)
        assert 0 <= one.lost_share <= 1


@given(st.lists(st.integers(0, 5000), min_size=1))
def test_the_median_of_a_histogram_is_the_median_of_its_values(seen: list[int]) -> None:
    assert median_of(Counter(seen)) == median(seen)


@given(st.lists(st.integers(0, 10 * 365 * 24 * 3600).map(lambda later: NOVEMBER + timedelta(seconds=later))))
@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "Asia/Kathmandu", "Europe/Berlin"])
def test_the_hours_of_the_day_hold_every_call(zone: str, moments: list[datetime]) -> None:
    """Kathmandu is 5:45 from UTC, Berlin has summer time."""
    hours = hours_of(Counter(int(one.timestamp()) // 900 for one in moments), ZoneInfo(zone))
    assert hours == tuple(Counter(one.astimezone(ZoneInfo(zone)).hour for one in moments)[hour] for hour in range(24))


def test_a_ring_is_counted_from_the_first_telephone_that_rang() -> None:
    dials = [name for name, node in shipped_flow().nodes.items() if node.type == "dial"]
    walked = [
        ("main", NOVEMBER),
        (dials[0], NOVEMBER + timedelta(seconds=20)),
        (dials[1], NOVEMBER + timedelta(seconds=50)),
    ]
    joined = NOVEMBER + timedelta(seconds=62)
    assert rang_for_s(walked, shipped_flow(), joined) == 42
    assert rang_for_s(walked[:1], shipped_flow(), joined) is None


def of(found: Funnel, node: str, language: str | None = None) -> NodeFigures:
    nodes = found.by_language[language] if language else found.nodes
    return next(one for one in nodes if one.node == node)


def figures(commune: Commune, language: str | None = None) -> Funnel:
    with commune.store.read() as connection:
        return funnel(connection, 1, NOVEMBER, DECEMBER, language)


def test_a_morning_on_the_line_node_by_node(commune: Commune) -> None:
    """Mây hangs up in the main menu, Grace in the English one; a third caller is answered in an emergency."""
    commune.clock.strikes(2026, 11, 16, 10, 10)
    commune.puts_on_duty(HANH).answers_and_presses("1")
    first = commune.dials(MAY)
    commune.clock.goes_on(seconds=8)
    first.press("1")
    commune.clock.goes_on(seconds=12)
    first.hang_up()
    second = commune.dials(GRACE)
    second.press("2")
    second.hang_up()
    third = commune.dials(MAY)
    third.press("9")
    commune.clock.goes_on(seconds=17)
    a_moment(commune, third)
    third.hang_up()
    commune.dials(MAY)  # still on the line

    found = figures(commune)
    assert (found.calls, found.ended, found.unseen) == (4, 3, 0)
    assert sum(one.left for one in found.nodes) == 3
    assert of(found, "language_menu").reached == 4
    assert (of(found, "main").reached, of(found, "main").lost) == (2, 2)
    assert (of(found, "main", "vi").hung_up, of(found, "main", "en").hung_up) == (1, 1)
    assert of(found, "main", "vi").median_s == commune.call(first)["duration_s"] - 8
    assert found.hours[10] == 4
    assert (found.emergencies, found.answered_emergencies, found.first_officer_s) == (
        1,
        1,
        17 + 2,
    )  # until the caller's next look
    english = figures(commune, "en")
    assert (english.calls, english.ended, sum(one.left for one in english.nodes)) == (1, 1, 1)


def test_a_month_without_calls_has_no_medians(commune: Commune) -> None:
    found = figures(commune)
    assert (found.calls, found.nodes, found.hours) == (0, (), (0,) * 24)
    assert (found.median_seconds, found.median_steps, found.first_officer_s) == (None, None, None)
