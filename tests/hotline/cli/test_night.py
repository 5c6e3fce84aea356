"""`hotline demo --night`, really served: web, worker and carrier over HTTP. What is told, the stories test."""

import re
import socket
from pathlib import Path

from tests.hotline.cli.conftest import Terminal


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_a_night_is_played_told_and_ends_well(terminal: Terminal, tmp_path: Path) -> None:
    folder = str(tmp_path / "demo")
    ran = terminal("demo", "--night", "--history", "0", "--port", _free_port(), "--data-dir", folder)
    assert (ran.code, ran.err) == (0, "")
    told = ran.out.partition("To look around")[0]
    assert [line[:2] for line in told.splitlines() if re.match(r"\d\. ", line)] == ["1.", "2.", "3.", "4.", "5."]
    assert "ALARM: nobody takes R-" in told
    assert re.search(r"round 3, step 1 +Quân +telephone +nobody picked up +03:20:\d\d", told)
    assert not re.search(r"\+?84\d{6}|\d( ?\d){8}", told), "no caller's number, no code"
    terminal.sets(HOTLINE_DATA_DIR=folder)
    assert len(terminal("calls", "--format", "json").json) == 5


def test_a_night_after_a_history_is_not_taken_for_one_of_the_neighbours(terminal: Terminal, tmp_path: Path) -> None:
    """Their reports, out of a book, have the same references."""
    night = ("demo", "--night", "--history", "1", "--data-dir", str(tmp_path / "demo"))
    ran = terminal(*night, "--port", _free_port())
    assert (ran.code, ran.err) == (0, "")
    assert "ALARM: nobody takes R-" in ran.out


def test_a_night_needs_a_port_and_telephones_of_its_own(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    night = ("demo", "--night", "--history", "0", "--data-dir", str(folder))
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = str(somebody.getsockname()[1])
        assert terminal(*night, "--port", port).refused("choose another --port")
    terminal.sets(TWILIO_API_URL="https://carrier.example")
    assert terminal(*night).refused("unset TWILIO_API_URL")
    assert not folder.exists(), "nothing was made in vain"
