"""Who says and presses nothing, or the wrong thing, is never left alone."""

import pytest

from storage.tables import reports
from tests.cast import HANH, MAY
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import heard, words

pytestmark = ON_SQLITE


def test_an_elderly_caller_is_asked_once_more_and_then_put_through(commune: Commune) -> None:
    """Bà Mẩy misses the menu twice. She finds no key, and yet she talks to Hạnh."""
    phone = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials(MAY)
    call.wait()  # the language menu: silence is Vietnamese
    assert heard(call, "main.menu") == 1
    said_so_far = len(call.heard)
    call.wait()
    assert heard(call, "main.no_input") == 1
    assert heard(call, "main.menu") == 2
    assert len(call.heard) - said_so_far > 5, "the second time it is said sentence by sentence"
    call.wait()
    assert phone.bridged == 1
    row = commune.call(call)
    assert (row["outcome"], row["kind"]) == ("officer", "other")


def test_where_nobody_answers_the_silent_caller_is_recorded(commune: Commune) -> None:
    commune.puts_on_duty(HANH).lets_it_ring()
    call = commune.dials()
    for _ in range(3):
        call.wait()
    assert heard(call, "officer.busy") == 1
    call.wait()
    assert heard(call, "message.record") == 1
    call.record(9)
    call.wait()
    assert heard(call, "receipt.code") == 1
    call.hang_up()
    assert commune.report()["kind"] == "other"


def test_who_stays_silent_to_the_end_hears_a_goodbye_and_113(commune: Commune) -> None:
    call = commune.dials()
    waits = 0
    while not call.ended:
        call.wait()
        waits += 1
        assert waits < 12, "silence must come to an end"
    assert heard(call, "bye.silent") == 1
    assert "113" in words(call)
    row = commune.call(call)
    assert (row["outcome"], row["hung_up_at"]) == ("hung_up", None)
    assert commune.rows(reports) == []


def test_a_wrong_key_is_explained_once_and_then_a_person_helps(commune: Commune) -> None:
    phone = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials()
    call.key_in("17")
    assert heard(call, "sys.no_match") == 1
    assert heard(call, "main.menu") == 2
    call.press("8")
    assert phone.bridged == 1


@pytest.mark.parametrize("way", ["1", "11", "111", "12", "121"])
def test_star_says_the_menu_again_and_costs_nothing(commune: Commune, way: str) -> None:
    call = commune.dials()
    call.key_in(way)
    menu = call.heard[-1].text
    for _ in range(5):
        call.press("*")
    assert [said.text for said in call.heard].count(menu) == 6
    call.wait()
    assert not call.ended


def test_star_repeats_the_language_menu_too(commune: Commune) -> None:
    call = commune.dials()
    call.press("*")
    assert heard(call, "language.menu", "en") == 2
    call.press("2")
    assert heard(call, "main.menu", "en") == 1


def test_who_is_lost_in_the_menus_of_a_report_may_simply_speak(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("11")
    call.wait()
    call.wait()
    assert heard(call, "report.record_where") == 1
    call.record(20)
    call.wait()
    assert heard(call, "receipt.code") == 1
    call.hang_up()
    assert commune.numbers() == [("identity", MAY.number)], "silence keeps the number secret"
