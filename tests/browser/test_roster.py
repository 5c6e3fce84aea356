"""The roster in a browser: planned by the deputy, read on a telephone, handed over, printed."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import TELEPHONE, Opens, Watched, barriers, sideways

pytestmark = pytest.mark.browser


def test_the_deputy_plans_and_a_slip_keeps_what_was_typed(signs_in: Opens, watched: Watched) -> None:
    watched.expected = ["422"]
    page = signs_in("deputy", "/roster")
    page.get_by_role("link", name="Change the roster").click()
    page.get_by_text("Add a single shift").click()
    form = page.locator("form[action='/roster/shifts']")
    form.get_by_label("Officer").select_option(label="Quân")
    form.get_by_label("Group").select_option(label="Command")
    form.get_by_label("From").fill("2030-01-07T22:15")
    form.get_by_label("To").fill("2030-01-07T06:45")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("what you typed is still there")
    ends = form.get_by_label("To")
    expect(form).to_contain_text("It ends before it starts.")
    expect(ends).to_have_value("2030-01-07T06:45")
    expect(form.get_by_label("Group")).to_have_value("command")
    assert barriers(Axe().run(page)) == []
    ends.fill("2030-01-08T06:45")
    form.get_by_role("button", name="Add").click()
    expect(page.locator(".planned").last).to_contain_text("Quân, 7 Jan 2030, 22:15 – 8 Jan 2030, 06:45")
    page.goto("/roster?week=2030-01-07")
    expect(page.locator("tbody tr").first).to_contain_text("22:15 – 06:45 Quân")


@pytest.mark.parametrize("path", ["/roster", "/roster/plan", "/roster/handover", "/roster/duty-book"])
def test_every_page_fits_a_telephone_and_shuts_nobody_out(signs_in: Opens, path: str) -> None:
    page = signs_in("deputy", path, TELEPHONE)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert sideways(page) <= 0
    assert barriers(Axe().run(page)) == []


def test_the_next_officer_takes_over_and_the_book_shows_it(signs_in: Opens) -> None:
    page = signs_in("duty2", "/roster", TELEPHONE)
    page.get_by_role("link", name="Hand over the shift").click()
    page.get_by_label("I take over from").select_option(label="Hạnh")
    page.get_by_role("button", name="I have read the list and take over").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hand-over number 2")
    expect(page.locator("#signed ~ ul")).to_contain_text("Hạnh → Quân")
    page.goto("/roster/duty-book")
    page.emulate_media(media="print")
    expect(page.locator(".signatures")).to_contain_text("Hạnh → Quân")
    expect(page.get_by_text("Handed over by")).to_be_visible()
    expect(page.locator(".masthead")).to_be_hidden()
