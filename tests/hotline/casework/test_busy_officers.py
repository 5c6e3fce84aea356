"""An officer who talks to a caller is not rung for the next one; told as calls on the line."""

from datetime import timedelta

import pytest

from hotline.casework import roster
from hotline.simulator.officers import Behaviour
from storage.tables import call_officers, officers
from tests.cast import GRACE, HANH, IVAN, LY, MAY
from tests.stories.conftest import Commune
from tests.stories.officers_ring import help_comes


def busy(commune: Commune) -> set[str]:
    """Who is talking to a caller."""
    logins = {row["id"]: row["login"] for row in commune.rows(officers)}
    with commune.store.read() as connection:
        return {logins[officer_id] for officer_id in roster.on_a_call(connection, 1)}


def test_who_is_talking_is_not_rung_for_the_next_caller(commune: Commune) -> None:
    hanh, ly = commune.puts_on_duty(HANH).by_hand(), commune.puts_on_duty(LY, "command").by_hand()
    first = commune.dials(MAY)
    first.press("9")
    help_comes(commune, first)
    assert busy(commune) == set()  # it only rings
    first.officer(Behaviour.ANSWERS)
    assert busy(commune) == {"hanh"}  # who waits for the caller
    help_comes(commune, first)
    assert busy(commune) == {"hanh"}  # and talks
    second = commune.dials(IVAN)
    second.press("9")
    help_comes(commune, second)
    assert (len(hanh.rings), len(ly.rings)) == (1, 1)  # at once the second group, without waiting for a busy tone
    second.officer(Behaviour.ANSWERS)
    assert busy(commune) == {"hanh", "ly"}
    third = commune.dials(GRACE)
    third.press("9")
    help_comes(commune, third)
    assert third.awaits == "recording"


@pytest.mark.parametrize("who_hangs_up", ["the officer", "the caller"])
def test_after_the_talk_the_officer_is_rung_again(commune: Commune, who_hangs_up: str) -> None:
    hanh = commune.puts_on_duty(HANH).by_hand()
    first = commune.dials(MAY)
    first.press("9")
    help_comes(commune, first)
    first.officer(Behaviour.ANSWERS)
    help_comes(commune, first)
    commune.clock.goes_on(minutes=3)
    if who_hangs_up == "the caller":
        first.hang_up()
    else:
        first.wait()
    assert busy(commune) == set()
    over_at = commune.clock()
    again = commune.dials(IVAN)
    again.press("9")
    help_comes(commune, again)
    assert len(hanh.rings) == 2
    [talk] = commune.rows(call_officers)
    assert over_at - talk["joined_at"] == timedelta(minutes=3)


def test_pressing_anything_but_1_makes_nobody_busy(commune: Commune) -> None:
    commune.puts_on_duty(HANH).refuses()
    call = commune.dials(MAY)
    call.press("9")
    help_comes(commune, call)
    assert commune.rows(call_officers) == []
