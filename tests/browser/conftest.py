"""A real `hotline demo` in a folder of its own, and a browser with an invented voice at its microphone."""

import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.base import AxeResults
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.chromium import find_chromium, required

_STARTED_WITHIN_S = 400
_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
_SIGN_IN = re.compile(r"^    (\w+) +(\S+) +\S+, \w+$", re.MULTILINE)
LAPTOP, TELEPHONE = (1280, 800), (360, 740)


@dataclass(frozen=True)
class Hotline:
    """A demonstration that is running: its address and its sign-ins."""

    url: str
    passwords: dict[str, str] = field(repr=False)


@pytest.fixture(scope="session")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    folder = tmp_path_factory.mktemp("demo")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "log"
    with log.open("w") as written:
        command = [sys.executable, "-m", "hotline", "demo", "--port", str(port), "--data-dir", str(folder / "data")]
        demo = subprocess.Popen(
            [*command, "--history", "1"], cwd=folder, env=_clean_environment(), stdout=written, stderr=written
        )
    try:
        _wait_until_ready(demo, url, log)
        yield Hotline(url, dict(_SIGN_IN.findall(log.read_text())))
    finally:
        _end(demo)


def _end(demo: subprocess.Popen[bytes]) -> None:
    demo.send_signal(signal.SIGTERM)
    try:
        demo.wait(15)
    except subprocess.TimeoutExpired:
        demo.kill()
        demo.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _clean_environment() -> dict[str, str]:
    given = os.environ.items()  # noqa: TID251 - the tests' own door
    return {name: value for name, value in given if not name.startswith(("HOTLINE_", "TWILIO_"))}


def _wait_until_ready(demo: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _STARTED_WITHIN_S
    while time.monotonic() < until and demo.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"`hotline demo` did not get ready:\n{log.read_text()}")


@pytest.fixture(scope="module")  # no longer: its event loop would be in the way of other tests'
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        refuse = pytest.fail if required() else pytest.skip
        refuse("NO CHROMIUM: install it, or run `python -m tests.browser.chromium`, which may fetch it")
    voice = tmp_path_factory.mktemp("voice") / "voice.wav"
    _record_a_voice(voice)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_arguments(voice))
        yield browser
        browser.close()


def _arguments(voice: Path) -> list[str]:
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    sound = [f"--use-file-for-fake-audio-capture={voice}", "--autoplay-policy=no-user-gesture-required"]
    return [*as_root, *_QUIET, "--disable-gpu", "--disable-quic", *microphone, *sound]


def _record_a_voice(file: Path, rate: int = 48_000, seconds: int = 4) -> None:
    """A tone that rises and falls as speech does."""
    moments = (n / rate for n in range(rate * seconds))
    tone = array("h", (int(12_000 * math.sin(900 * t) * math.sin(9 * t)) for t in moments))
    with wave.open(str(file), "wb") as written:
        written.setparams((1, 2, rate, 0, "NONE", ""))
        written.writeframes(tone.tobytes())


@dataclass
class Watched:
    """Notes what a page must not do: load from elsewhere, fail, or break its own policy."""

    home: str
    troubles: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)  # parts of troubles that a test provokes

    def request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.home}/", "blob:", "data:")):
            self.troubles.append(f"loads from elsewhere: {request.url}")

    def console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.text} {message.location['url']}")

    def crash(self, error: Exception) -> None:
        self.troubles.append(f"script fails: {error}")

    def unexpected(self) -> list[str]:
        return [one for one in self.troubles if not any(part in one for part in self.expected)]


Opens = Callable[..., Page]


@pytest.fixture
def watched(hotline: Hotline) -> Iterator[Watched]:
    """In the end no page may have done what it must not."""
    watching = Watched(hotline.url)
    yield watching
    assert watching.unexpected() == []


@pytest.fixture
def opens(chromium: Browser, hotline: Hotline, watched: Watched) -> Iterator[Opens]:
    """A window of its own, with cookies of its own, at an address of the hotline."""
    contexts = []

    def open_page(path: str, size: tuple[int, int] = LAPTOP, language: str = "en") -> Page:
        width, height = size
        context = chromium.new_context(
            base_url=hotline.url,
            locale=language,
            viewport={"width": width, "height": height},
            permissions=["microphone"],
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("request", watched.request)
        page = context.new_page()
        page.on("console", watched.console)
        page.on("pageerror", watched.crash)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def signed_in_before() -> dict[str, list[Any]]:
    """The cookies of officers who have signed in: once each is enough."""
    return {}


@pytest.fixture
def signs_in(opens: Opens, hotline: Hotline, signed_in_before: dict[str, list[Any]]) -> Opens:
    """A window of its own in which an officer has signed in."""

    def sign_in(login: str, path: str = "/calls", size: tuple[int, int] = LAPTOP, language: str = "en") -> Page:
        page = opens("/sign-in", size, language)
        if login in signed_in_before:
            page.context.add_cookies(signed_in_before[login])
        else:
            page.locator("[name=login]").fill(login)
            page.locator("[name=password]").fill(hotline.passwords[login])
            page.locator("[name=password]").press("Enter")
            page.wait_for_url(lambda address: "/sign-in" not in address)
            signed_in_before[login] = page.context.cookies()
        page.goto(path)
        return page

    return sign_in


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def barriers(scanned: AxeResults) -> list[str]:
    """What axe found that shuts people out: the serious and the critical, with the places."""
    return [
        f"{found['id']} ({found['impact']}): {node['html'][:120]} - {node['failureSummary']}"
        for found in scanned.response["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]
