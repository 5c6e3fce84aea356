"""People and settings in a browser: a new officer starts, the chief sets the hours, and nobody is shut out."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import TELEPHONE, Opens, Watched, barriers, sideways

pytestmark = pytest.mark.browser


def test_a_new_officer_starts_on_a_small_telephone(opens: Opens, signs_in: Opens, watched: Watched) -> None:
    watched.expected = ["422"]
    chief = signs_in("chief", "/people")
    chief.get_by_role("link", name="Add an officer").click()
    first = chief.get_by_label("First password").input_value()
    assert re.fullmatch(r"([a-z]{4}-){3}[a-z]{4}", first)
    chief.get_by_label("Name", exact=True).fill("Minh")
    chief.get_by_label("Login").fill("minh")
    chief.get_by_label("Role").select_option(label="Officer")
    chief.get_by_label("Language").select_option(label="English")
    chief.get_by_label("Telephone").fill("113")
    chief.get_by_role("button", name="Add").click()
    expect(chief.get_by_role("alert")).to_contain_text("what you typed is still there")
    expect(chief.get_by_label("First password")).to_have_value(first)
    assert barriers(Axe().run(chief)) == []
    chief.get_by_label("Telephone").fill("0912345690")
    chief.get_by_role("button", name="Add").click()
    expect(chief.get_by_role("heading", level=1)).to_have_text("Minh")
    minh = opens("/sign-in", TELEPHONE)
    minh.get_by_label("Login").fill("minh")
    minh.get_by_label("Password").fill(first)
    minh.keyboard.press("Enter")
    expect(minh.get_by_role("alert")).to_contain_text("choose a password of your own")
    minh.get_by_label("Present password").fill(first)
    minh.get_by_label("New password", exact=True).fill("a word of her own")
    minh.get_by_label("New password once more").fill("a word of her own")
    minh.get_by_role("button", name="Change the password").click()
    expect(minh.get_by_role("status")).to_contain_text("Your password is changed")
    assert sideways(minh) <= 0


def test_every_page_fits_a_telephone_and_shuts_nobody_out(signs_in: Opens) -> None:
    page = signs_in("chief", "/people", TELEPHONE)
    parts = ("hours", "places", "places/1", "deadlines", "paging", "mailboxes")
    for path in (
        "/people",
        "/people/new",
        "/people/2",
        "/account",
        "/settings",
        *(f"/settings/{part}" for part in parts),
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert sideways(page) <= 0, path
        assert barriers(Axe().run(page)) == [], path
