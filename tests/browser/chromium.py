"""`python -m tests.browser.chromium`: finds a Chromium for the browser tests, or fetches one where that is allowed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_ON_THE_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOOK_S = 20
_FETCH_S = 240


def find_chromium() -> str | None:
    """The first Chromium of this machine that starts: the system's, else Playwright's own."""
    return next(filter(_starts, _candidates()), None)


def required() -> bool:
    """In CI the browser tests may not be left out."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")  # noqa: TID251 - the tests' own door


def _candidates() -> Iterable[str]:
    yield from filter(None, map(shutil.which, _ON_THE_PATH))
    asked = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    yield from _output([sys.executable, "-c", asked]).splitlines()


def _starts(program: str) -> bool:
    """Some distributions ship a script in the browser's place that only says where to get one."""
    return Path(program).exists() and "." in _output([program, "--version"])


def _output(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_LOOK_S, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _fetch() -> str | None:
    for name, commands in _ways():
        print(f"No Chromium yet: trying {name}, for {_FETCH_S // 60} minutes at most.", flush=True)
        if all(map(_succeeds, commands)) and (found := find_chromium()):
            return found
    return None


def _ways() -> Iterable[tuple[str, list[list[str]]]]:
    yield "Playwright", [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"]
        yield "apt", [["apt-get", "update", "-qq"], install]


def _succeeds(command: list[str]) -> bool:
    surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}  # noqa: TID251 - handed on
    try:
        done = subprocess.run(command, capture_output=True, timeout=_FETCH_S, env=surroundings)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def main() -> int:
    found = find_chromium() or _fetch()
    if found:
        print(f"Browser tests: {found}")
        return 0
    print("Browser tests: NO CHROMIUM. They will be " + ("a failure." if required() else "skipped. Install chromium."))
    return 1 if required() else 0


if __name__ == "__main__":
    sys.exit(main())
