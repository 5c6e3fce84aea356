"""The menu: what an officer needs at night is in sight, and a long one is grouped; nobody loses a page by that."""

import pytest

from hotline.casework.people import ROLES
from hotline.console.navigation import MENU, MONTH, UNIT, menu, places_of


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_stands_in_its_menu_once(role: str) -> None:
    shown = menu(role)
    behind = [place for _, places in shown.more for place in places]
    assert sorted([*shown.row, *behind], key=MENU.index) == list(places_of(role))
    assert set(shown.no_room_on_small) <= set(shown.row)


def test_an_officer_on_duty_has_the_night_in_one_row() -> None:
    shown = menu("duty")
    assert [place.endpoint for place in shown.row] == ["board", "calls", "reports", "follow_ups", "alarms", "roster"]
    assert [place.endpoint for place in shown.no_room_on_small] == ["follow_ups", "alarms", "roster"]


def test_a_chiefs_long_menu_is_grouped() -> None:
    places = places_of("chief")
    groups = {group: {place.endpoint for place in places if place.group == group} for group in (MONTH, UNIT)}
    shown = [{place.endpoint for place in places} for _, places in menu("chief").more]
    assert shown == list(groups.values())
    assert len(menu("chief").row) <= 7


@pytest.mark.parametrize("role", ["province", "administrator"])
def test_a_short_menu_hides_nothing(role: str) -> None:
    assert menu(role).more == ()
    assert menu(role).no_room_on_small == ()
