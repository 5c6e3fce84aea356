"""A night at the desk in a browser: the board rings, a report is taken, heard, corrected, verified, filed, closed."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import LAPTOP, TELEPHONE, Opens, Watched, barriers, sideways
from tests.browser.test_phone import Handset

pytestmark = pytest.mark.browser
LOOKS_UP = "document.dispatchEvent(new Event('visibilitychange'))"  # the board asks at once, not in a quarter minute
FIRST_VISIT, NEXT_VISIT, NOTHING_NEW = 150_000, 25_000, 1_000  # bytes on the wire


def somebody_reports(opens: Opens) -> None:
    """A caller reports gambling that goes on now, and speaks for two seconds."""
    phone = Handset(opens("/phone")).without_sound()
    phone.dials()
    phone.clicks("21")
    phone.types("1122")
    phone.types("01")
    phone.speaks(2)
    phone.page.keyboard.press("#")
    expect(phone.said.last).to_contain_text("Your code is")
    phone.button("hang_up").click()
    phone.shows("over")


def test_from_the_board_to_the_closed_file(opens: Opens, signs_in: Opens) -> None:
    board = signs_in("duty", "/board", TELEPHONE)
    before = set(tickets(board))
    somebody_reports(opens)
    board.evaluate(LOOKS_UP)
    expect(board.locator(".ticket")).to_have_count(len(before) + 1)
    [reference] = set(tickets(board)) - before
    board.get_by_role("button", name=f"I take {reference}").click()
    board.wait_for_url(f"**/reports/{reference}")
    waits_for_the_recording(board)
    board.get_by_role("button", name="1.5×").click()
    assert heard_at(board) == 1.5
    expect(board.get_by_role("main")).to_contain_text("Taken up")

    desk = signs_in("deputy", f"/reports/{reference}")
    unfold(desk, "Correct the classification")
    desk.get_by_label("Category", exact=True).select_option(label="Theft and burglary")
    desk.get_by_role("button", name="Keep this classification").click()
    expect(desk.locator(".lede")).to_contain_text("Theft and burglary")
    unfold(desk, "Earlier classifications")
    expect(desk.locator("details[open] .story")).to_contain_text("by the keys pressed")
    if (right := desk.get_by_role("button", name="The classification is right")).count():
        right.click()
    unfold(desk, "Assign to an officer")
    desk.get_by_label("Officer", exact=True).select_option(label="Lý")
    desk.get_by_role("button", name="Assign", exact=True).click()
    for step in ("Begin to verify", "It is verified", "Open a file"):
        desk.get_by_role("button", name=step).click()
    unfold(desk, "Close")
    desk.get_by_label("Outcome", exact=True).select_option(index=1)
    desk.locator("#closure-reason").fill("both have admitted it")
    desk.get_by_role("button", name="Close the report").click()
    expect(desk.locator("h1")).to_contain_text("Closed")
    board.goto("/board")
    assert reference not in tickets(board)


def tickets(board: Page) -> list[str]:
    """The references on the board, from the top."""
    return re.findall(r"R-\d{4}-\d{4}", " ".join(board.locator(".ticket-where").all_inner_texts()))


def unfold(page: Page, name: str) -> None:
    page.locator("summary", has_text=re.compile(f"^{name}$")).click()


def waits_for_the_recording(page: Page) -> None:
    """The worker may still be fetching it."""
    for _ in range(60):
        if page.locator("audio").count():
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail("the recording does not come")


def heard_at(page: Page) -> float:
    """The speed at which a recording plays."""
    speed: float = page.locator("audio").evaluate(
        """player => new Promise((done, failed) => {
            player.onplaying = () => done(player.playbackRate);
            player.onerror = () => failed(player.error);
            player.play();
        })"""
    )
    return speed


def test_the_board_says_when_the_server_is_gone_and_comes_back_by_itself(signs_in: Opens, watched: Watched) -> None:
    watched.expected = ["ERR_INTERNET_DISCONNECTED"]
    board = signs_in("duty", "/board", TELEPHONE)
    expect(board.locator("#board-state")).to_contain_text("up to date")
    board.context.set_offline(True)
    board.evaluate(LOOKS_UP)
    expect(board.locator("#board-state")).to_have_text(re.compile(r"^offline since \d\d:\d\d$"))
    expect(board.locator("#board-said")).to_contain_text("cannot be reached")
    board.context.set_offline(False)
    expect(board.locator("#board-state")).to_contain_text("up to date")
    expect(board.locator("#board-said")).to_contain_text("The server is back")


def test_the_sound_is_switched_on_by_hand_and_remembered(signs_in: Opens) -> None:
    board = signs_in("duty", "/board", TELEPHONE)
    sound = board.locator("#board-sound")
    expect(sound).to_have_text("Sound is off")
    sound.click()
    expect(sound).to_have_text("Sound is on")
    board.reload()
    expect(sound).to_have_text(re.compile("Sound is on|Touch for sound"))
    board.locator("h1").click()
    expect(sound).to_have_text("Sound is on")
    sound.click()
    board.reload()
    expect(sound).to_have_text("Sound is off")


def test_what_is_new_and_urgent_is_shown_and_said(signs_in: Opens) -> None:
    board = signs_in("duty", "/board")
    urgent = '<li class="ticket" data-rings="R-2026-9999" data-says="Critical, Assault, Khe Mận">Assault</li>'
    board.route("**/board/now", lambda route: route.fulfill(body=urgent, content_type="text/html"))
    board.evaluate(LOOKS_UP)
    expect(board.locator(".fresh")).to_have_text("Assault")
    expect(board.locator("#board-said")).to_have_text("New on the board: Critical, Assault, Khe Mận")
    assert board.title().startswith("(1) Board")


def test_a_board_whose_session_has_ended_goes_to_the_sign_in(signs_in: Opens) -> None:
    board = signs_in("duty", "/board")
    board.context.clear_cookies()
    board.evaluate(LOOKS_UP)
    board.wait_for_url("**/sign-in?next=/board")
    expect(board.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_board_is_light(signs_in: Opens) -> None:
    board = signs_in("duty", "/sign-in", TELEPHONE)
    wire = Wire(board)
    assert wire.weighs(lambda: board.goto("/board")) <= FIRST_VISIT
    assert wire.weighs(lambda: board.goto("/board")) <= NEXT_VISIT
    with board.expect_response("**/board/now") as asked:
        board.evaluate(LOOKS_UP)
    assert asked.value.status == 304, "and so without a body"
    assert 0 < sum(len(f"{one['name']}: {one['value']}") + 2 for one in asked.value.headers_array()) <= NOTHING_NEW


class Wire:
    """Counts what comes over it, headers and all."""

    def __init__(self, page: Page) -> None:
        self.page, self.bytes = page, 0
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.session.send("Network.clearBrowserCache")
        self.session.on("Network.loadingFinished", self._count)

    def _count(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def weighs(self, act: Callable[[], object]) -> int:
        self.bytes = 0
        act()
        self.page.wait_for_load_state("networkidle")
        return self.bytes


@pytest.mark.parametrize("path", ["/board", "/alarms", "/reports/R-2026-0001", "/roster", "/follow-ups"])
def test_the_desk_fits_a_telephone_and_shuts_nobody_out(signs_in: Opens, path: str) -> None:
    page = signs_in("deputy", path)
    for width, height in (LAPTOP, TELEPHONE):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert sideways(page) == 0
        assert barriers(Axe().run(page)) == []
