"""The deputy records a prompt with the microphone, puts it on the line; the flow fits a telephone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import LAPTOP, TELEPHONE, Opens, barriers, sideways

pytestmark = pytest.mark.browser
_LENGTH = """sound => new Promise((done, fail) => {
    Object.assign(sound, {onloadedmetadata: () => done(sound.duration), onerror: fail, preload: "auto"}).load();
})"""


def test_a_prompt_is_recorded_heard_and_put_on_the_line(signs_in: Opens) -> None:
    page = signs_in("deputy", "/prompts?language=en")
    page.get_by_role("link", name="welcome", exact=True).click()
    page.get_by_role("button", name="Record with the microphone").click()
    expect(page.get_by_role("status")).to_have_text("Recording. Speak now.")
    meter = page.locator("meter")
    expect(meter).to_be_visible()
    expect(meter).not_to_have_js_property("value", 0)
    page.wait_for_timeout(500)  # somebody speaks: a click is no recording
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded. Listen to it")
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    page.get_by_role("button", name="Keep this recording").click()
    expect(page.get_by_text("chosen", exact=True)).to_be_visible()
    assert page.locator(".take audio").evaluate(_LENGTH) > 0.3
    assert barriers(Axe().run(page)) == []
    page.get_by_role("link", name="Look and put on the line").click()
    page.get_by_role("button", name="Put on the line").click()
    expect(page.get_by_text("1 of", exact=False).first).to_be_visible()
    expect(page.get_by_text("Chosen, but not on the line yet")).to_have_count(0)
    page.goto("/flow")
    expect(page.locator("#versions ~ ol li").first).to_contain_text("Lý")


@pytest.mark.parametrize("path", ["/prompts", "/prompts/greeting?language=vi", "/flow"])
def test_every_page_fits_a_telephone_and_shuts_nobody_out(signs_in: Opens, path: str) -> None:
    page = signs_in("deputy", path, TELEPHONE)
    for width, height in (LAPTOP, TELEPHONE):
        page.set_viewport_size({"width": width, "height": height})
        assert sideways(page) <= 0
        assert barriers(Axe().run(page)) == []
