"""The telephone in the browser, as a person uses it, and what the console shows of the call afterwards."""

import re
from contextlib import AbstractContextManager
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from hotline.simulator.phone_words import WORDS
from tests.browser.conftest import LAPTOP, TELEPHONE, Opens, Watched, barriers, sideways

pytestmark = pytest.mark.browser
RINGS_MS = 20_000  # until the worker has had the carrier ring somebody, on a busy machine
TELLS_MS = 3_000  # until the page has written down what an officer heard
CODE = re.compile(r"(?:\d \d \d \d[,.] ?){3}")


_TAKEN = re.compile("The call is yours|Đồng chí đã nhận cuộc gọi")


class Handset:
    """The page's controls, under the names that a person would give them."""

    def __init__(self, page: Page, language: str = "en") -> None:
        self.page = page
        self._words = WORDS[language]
        self.transcript = page.get_by_role("log")
        self.said = page.locator("#log .theirs")
        self.state = page.get_by_role("status")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self._words[name], exact=True)

    def without_sound(self) -> "Handset":
        """Reading is quicker than listening, and quicker still when the clock can be put forward."""
        self.page.clock.install()
        self.page.get_by_role("checkbox", name=self._words["sound"]).uncheck()
        return self

    def dials(self) -> None:
        self.button("call").click()
        expect(self.said.first).to_be_visible()

    def clicks(self, keys: str) -> None:
        for key in keys:
            with self._one_more_answer():
                self.page.get_by_role("group", name=self._words["keypad"]).get_by_role("button", name=key).click()

    def types(self, keys: str) -> None:
        for key in keys:
            with self._one_more_answer():
                self.page.keyboard.press(key)

    def _one_more_answer(self) -> AbstractContextManager[object]:
        return self.page.expect_response(lambda answer: "/keys" in answer.url)

    def waits(self, seconds: float) -> None:
        """For the page, so much time passes at once."""
        self.page.clock.fast_forward(int(seconds * 1000))

    def speaks(self, seconds: float) -> None:
        self.waits(20)
        expect(self.state).to_have_text(self._words["recording"])
        self.page.wait_for_timeout(seconds * 1000)

    def nobody_answers(self) -> None:
        """Every officer's telephone rings out, until the line gives up and asks for a message."""
        for _ in range(60):
            if "After the tone" in self.said.last.inner_text():
                return
            if self.page.locator("#officer").is_visible():
                with self.page.expect_response("**/officer*"):
                    self.button("officer_rings").click()
            else:
                self.waits(15)
            self.page.wait_for_timeout(250)
        raise AssertionError("the line never gave up")

    def an_officer_takes_it(self) -> None:
        """Whoever picks up presses 1. The same telephones may ring for an earlier report, too: then the next one."""
        for _ in range(20):
            expect(self.page.locator("#officer")).to_be_visible(timeout=RINGS_MS)
            with self.page.expect_response("**/officer*"):
                self.button("officer_answers").click()
            if self._is_taken():
                return
        raise AssertionError("no officer took the call")

    def _is_taken(self) -> bool:
        """What the officer heard is written down a moment after the key; until then the old panel is still there."""
        try:
            expect(self.transcript).to_contain_text(_TAKEN, timeout=TELLS_MS)
        except AssertionError:
            return False
        return True

    def shows(self, name: str, within_ms: float = 5_000) -> None:
        expect(self.state).to_have_text(self._words[name], timeout=within_ms)


def test_a_report_goes_from_the_callers_mouth_to_the_officers_ear(opens: Opens, signs_in: Opens) -> None:
    phone = Handset(opens("/phone")).without_sound()
    phone.dials()
    expect(phone.transcript).to_contain_text("In danger: press 9. English: press 2.")
    phone.clicks("21")
    phone.types("1122")
    expect(phone.said.last).to_contain_text("Which village?")
    phone.types("01")
    phone.speaks(2.5)
    phone.page.keyboard.press("#")
    expect(phone.said.last).to_contain_text("Your code is")
    heard = CODE.findall(phone.said.last.inner_text())
    assert [len(re.sub(r"\D", "", code)) for code in heard] == [12, 12]
    assert heard[0][:20] == heard[1][:20]
    phone.button("hang_up").click()
    phone.shows("over")

    console = signs_in("duty")
    newest = console.get_by_role("row").nth(1)
    expect(newest).to_contain_text("Report")
    expect(newest).to_contain_text("Left a message")
    newest.get_by_role("link").first.click()
    assert _length_of_recording(console) == pytest.approx(2.5, abs=1.5)
    console.get_by_role("link", name=re.compile(r"^R-\d{4}-\d{4}$")).click()
    expect(console.get_by_role("heading", level=1)).to_contain_text("Report R-")
    expect(console.get_by_role("main")).to_contain_text("caller hidden (confidential)")


def _length_of_recording(page: Page) -> float:
    """Seconds, as the browser finds them once the sound is unsealed; the worker may still be fetching it."""
    player = page.locator("audio")
    for _ in range(40):
        if player.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    length: float = player.evaluate(
        """player => new Promise((done, failed) => {
            player.onloadedmetadata = () => done(player.duration);
            player.onerror = () => failed(player.error);
            player.load(); player.play();
        })"""
    )
    return length


def test_the_provinces_figures_hold_no_call_to_listen_to(signs_in: Opens, watched: Watched) -> None:
    watched.expected = ["404", "403"]
    calls = signs_in("duty").locator("table a").first.get_attribute("href")
    province = signs_in("province")
    assert province.locator("table.list").count() == 0
    province.goto(str(calls))
    assert province.locator("audio, .facts").count() == 0


def test_an_emergency_rings_the_officer_who_answers(opens: Opens, signs_in: Opens, watched: Watched) -> None:
    watched.expected = ["409"]  # a telephone that gave way to the emergency falls silent under the hand
    phone = Handset(opens("/phone")).without_sound()
    phone.dials()
    phone.clicks("2")
    phone.clicks("9")
    phone.shows("ringing")
    expect(phone.said.last).to_contain_text("113")
    ringing = phone.page.get_by_role("group", name=WORDS["en"]["officer_phone"])
    expect(ringing).to_be_visible(timeout=RINGS_MS)
    ringing.get_by_role("button", name=WORDS["en"]["officer_rings"]).click()
    expect(ringing).to_be_visible(timeout=RINGS_MS)  # the other officer's, rung at the same time
    phone.an_officer_takes_it()
    phone.shows("talking", RINGS_MS)
    phone.button("officer_hangs_up").click()
    expect(phone.said.last).to_contain_text("The talk with the officer has ended")
    phone.page.keyboard.press("Escape")
    phone.shows("over")

    newest = signs_in("duty").get_by_role("row").nth(1)
    expect(newest).to_contain_text("Emergency")
    expect(newest).to_contain_text("Spoke with an officer")


def test_nobody_answers_and_the_emergency_is_recorded_after_an_impatient_key(opens: Opens, watched: Watched) -> None:
    watched.expected = ["409"]  # a telephone that gave way to the emergency falls silent under the hand
    phone = Handset(opens("/phone")).without_sound()
    phone.dials()
    phone.types("29")
    phone.nobody_answers()
    phone.page.keyboard.press("#")  # before the tone nobody listens
    phone.speaks(2.5)
    phone.button("finish").click()
    expect(phone.transcript).to_contain_text("spoke for")
    expect(phone.said.last).not_to_contain_text("After the tone")
    phone.page.keyboard.press("Escape")
    phone.shows("over")


def test_the_greeting_is_heard_and_a_key_cuts_it_short(opens: Opens) -> None:
    page = opens("/phone", language="vi")
    phone = Handset(page, "vi")
    with page.expect_response("**/speech/0.wav") as spoken:
        page.keyboard.press("Enter")
    assert spoken.value.status in (200, 204)  # 204: this machine has no espeak-ng
    if spoken.value.status == 200:
        assert spoken.value.body().startswith(b"RIFF")
    phone.shows("listening")
    phone.clicks("1")
    expect(page.locator("#log .mine")).to_have_text(re.compile(r"1$"))
    page.keyboard.press("Escape")
    phone.shows("over")
    expect(phone.button("call")).to_be_enabled()


def test_whoever_says_nothing_is_asked_again(opens: Opens) -> None:
    page = opens("/phone")
    phone = Handset(page).without_sound()
    phone.dials()
    for words_of_the_greeting in range(4, 0, -1):
        expect(phone.said.nth(-words_of_the_greeting)).to_have_class(re.compile("now"))
        phone.waits(10)
    phone.shows("press_now")
    phone.waits(4)
    expect(phone.transcript).to_contain_text(WORDS["en"]["silent"])
    expect(phone.said.nth(4)).to_be_visible()
    phone.button("hang_up").click()


def test_without_a_microphone_silence_can_be_sent(opens: Opens) -> None:
    page = opens("/phone")
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')); }")
    phone = Handset(page).without_sound()
    phone.dials()
    phone.types("211122#")
    phone.waits(20)
    page.get_by_role("button", name=WORDS["en"]["send"]).click()
    expect(phone.said.last).to_contain_text("Your code is")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("language", list(WORDS))
@pytest.mark.parametrize("size", [LAPTOP, TELEPHONE])
def test_the_telephone_fits_every_window_in_every_language(opens: Opens, language: str, size: tuple[int, int]) -> None:
    page = opens("/phone", size, language)
    assert page.locator("html").get_attribute("lang") == language
    assert sideways(page) == 0
    phone = Handset(page, language).without_sound()
    phone.dials()
    phone.types("19")
    expect(page.locator("#officer")).to_be_visible(timeout=RINGS_MS)
    assert sideways(page) == 0
    assert _nothing_overlaps(page, "#keypad button, .hooks button:visible")
    expect(phone.button("officer_answers")).to_be_in_viewport()
    page.keyboard.press("Escape")
    phone.shows("over")


def _nothing_overlaps(page: Page, what: str) -> bool:
    boxes = [box for one in page.locator(what).all() if (box := one.bounding_box())]
    return all(a["x"] + a["width"] <= b["x"] or a["y"] + a["height"] <= b["y"] for a, b in pairwise(boxes))


def test_the_language_of_the_page_is_a_link_away(opens: Opens) -> None:
    page = opens("/phone")
    for code, words in WORDS.items():
        page.get_by_role("link", name=words["name"]).click()
        assert page.locator("html").get_attribute("lang") == code
        expect(page.get_by_role("button", name=words["call"], exact=True)).to_be_enabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_the_telephone(opens: Opens, scheme: str) -> None:
    page = opens("/phone")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    assert barriers(Axe().run(page)) == []
    phone = Handset(page).without_sound()
    phone.dials()
    phone.types("29")
    expect(page.locator("#officer")).to_be_visible(timeout=RINGS_MS)
    assert barriers(Axe().run(page)) == []
    page.keyboard.press("Escape")
    phone.shows("over")
