"""The console in a browser: with a mouse, with the keyboard alone, on a small telephone, in three languages."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LAPTOP, TELEPHONE, Hotline, Opens, Watched, barriers, sideways

pytestmark = pytest.mark.browser


def test_a_wrong_password_is_told_and_the_right_one_opens(opens: Opens, hotline: Hotline, watched: Watched) -> None:
    watched.expected = ["403"]
    page = opens("/calls")
    page.get_by_label("Login").fill("duty")
    page.get_by_label("Password").fill("a guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    expect(page.get_by_label("Login")).to_have_value("duty")
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill(hotline.passwords["duty"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Calls")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_whole_way_with_the_keyboard_alone(opens: Opens, hotline: Hotline) -> None:
    page = opens("/sign-in")
    expect(page.locator("[name=login]")).to_be_focused()  # which comes with the first picture, after the load
    page.keyboard.type("duty")
    page.keyboard.press("Tab")
    page.keyboard.type(hotline.passwords["duty"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/board")
    page.goto("/calls")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    _tabs_to(page, "#kind")
    page.keyboard.press("R")
    _tabs_to(page, ".narrow button")
    page.keyboard.press("Enter")
    page.wait_for_url("**kind=report**")
    _tabs_to(page, "table tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call of")


def _tabs_to(page: Page, where: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(f"{where}:focus").count():
            return
    pytest.fail(f"the keyboard does not get to {where}")


def test_the_list_is_narrowed_and_widened_again(signs_in: Opens) -> None:
    page = signs_in("duty")
    everything = page.locator("tbody tr").count()
    page.get_by_label("Kind").select_option(label="Report")
    page.get_by_role("button", name="Show", exact=True).click()
    kinds = page.locator("tbody .mark")
    expect(kinds.first).to_be_visible()
    assert set(kinds.all_inner_texts()) == {"Report"}
    assert page.locator("tbody tr").count() < everything
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("tbody tr")).to_have_count(everything)


def test_a_list_without_rows_says_so(signs_in: Opens) -> None:
    page = signs_in("duty", "/calls?month=2001-01")
    expect(page.get_by_role("main")).to_contain_text("No calls like that")
    page.goto("/reports?month=2001-01")
    expect(page.get_by_role("main")).to_contain_text("No reports like that")


def test_the_language_is_chosen_before_and_after_signing_in(opens: Opens, hotline: Hotline) -> None:
    page = opens("/sign-in")
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("heading", name="Войти")).to_be_visible()
    page.locator("[name=login]").fill("chief")
    page.locator("[name=password]").fill(hotline.passwords["chief"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Табло на сегодня", exact=True)).to_be_visible()
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.get_by_role("heading", name="Bảng trực hôm nay", exact=True)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "vi"
    page.get_by_role("button", name="English").click()  # the account keeps it, and other tests read English
    expect(page.get_by_role("heading", name="Today's board", exact=True)).to_be_visible()


def test_pages_fit_a_small_telephone_and_shut_nobody_out(signs_in: Opens, watched: Watched) -> None:
    watched.expected = ["404"]
    page = signs_in("deputy")
    report = page.get_by_role("link", name=re.compile("^R-")).first
    addresses = [str(report.get_attribute("href")), "/calls", "/reports", "/calls?month=2001-01", "/calls/999999"]
    addresses.append(str(page.locator("tr", has=report).get_by_role("link").first.get_attribute("href")))
    for address in addresses:
        for width, height in (LAPTOP, TELEPHONE):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(address)
            assert (address, width, sideways(page)) == (address, width, 0)
            assert (address, barriers(Axe().run(page))) == (address, [])


def test_the_sign_in_fits_and_shuts_nobody_out(opens: Opens) -> None:
    page = opens("/sign-in", TELEPHONE)
    assert sideways(page) == 0
    assert barriers(Axe().run(page)) == []


def test_the_console_works_without_scripts(chromium: Browser, hotline: Hotline) -> None:
    context = chromium.new_context(base_url=hotline.url, java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Login").fill("duty2")  # not the chief: that account keeps the language another test chose
    page.get_by_label("Password").fill(hotline.passwords["duty2"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today's board")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("login", "language"), [("duty", "vi"), ("deputy", "ru"), ("chief", "en")])
def test_a_long_menu_opens_by_keyboard_and_shuts_nobody_out(signs_in: Opens, login: str, language: str) -> None:
    page = signs_in(login, "/alarms", language=language)
    for size in (LAPTOP, TELEPHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto("/alarms")
        row = page.locator(".places-row a:visible")
        assert row.count() == (3 if size == TELEPHONE else 6 if login == "duty" else 7)
        assert page.locator(".places-row").evaluate("row => row.scrollWidth - row.clientWidth") == 0
        page.locator(".places-more summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator(".places-groups a:focus")).to_be_visible()
        tall = page.locator(".places a:visible, .places summary").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().height)"
        )
        assert min(tall) >= 40
        assert sideways(page) == 0
        assert barriers(Axe().run(page)) == []
