"""Every command helps, and every failure is one plain line, an exit code, and no traceback."""

import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click import Context

from hotline.cli import hotline
from tests.cast import THAO
from tests.hotline.cli.conftest import INIT, Terminal

SECRET = "long enough to be random: 0123456789"


def every_command(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [path]
    for name in group.list_commands(Context(group)):
        command = group.get_command(Context(group), name)
        assert command is not None
        found += every_command(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", every_command(hotline), ids=" ".join)
def test_every_command_explains_itself(terminal: Terminal, path: tuple[str, ...]) -> None:
    ran = terminal(*path, "--help")
    assert ran.code == 0
    assert ran.out.startswith("Usage: hotline")
    assert len(ran.out.split("\n\n")[1].strip()) >= 12, "a sentence on what it does"


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("calls", "--format", "xml"), ("user", "add"), ("flow", "lint", "missing.yaml")]
)
def test_a_mistyped_command_says_what_is_wrong(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    ran = terminal(*arguments)
    assert ran.code == 2
    assert ran.refused("--help")


NEED_AN_INSTALLATION = [
    ("calls",),
    ("reports",),
    ("unit", "load", "unit.yaml"),
    ("roster", "add", "hanh", "--group", "duty", "--from", "2026-03-02", "--to", "2026-03-03"),
    ("user", "add", "hanh", "--role", "duty", "--password-stdin"),
    ("flow", "publish"),
]


@pytest.mark.parametrize("arguments", NEED_AN_INSTALLATION, ids=" ".join)
def test_without_an_installation_init_is_recommended(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    (terminal.folder / "unit.yaml").write_text("places: []")
    ran = terminal(*arguments, typed="a long password\n")
    assert ran.refused("hotline init")
    assert ran.code == 1


@pytest.mark.parametrize("process", ["run", "serve", "worker"])
def test_no_process_starts_without_an_installation(terminal: Terminal, process: str) -> None:
    ran = terminal.starts(process)
    assert ran.refused("hotline init")
    assert ran.code == 1


def test_nobody_who_cannot_be_asked_is_asked_for_a_password(installed: Terminal) -> None:
    assert installed.starts("user", "add", "hanh", "--role", "duty").refused("--password-stdin")


def test_a_password_in_another_encoding_is_refused(terminal: Terminal) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "hotline", *INIT], input=b"m\xe5t kh\xe8u c\xfb\n", capture_output=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr == b"hotline: The password on stdin is not UTF-8 text.\n"


def test_a_data_folder_that_is_a_file_is_named(terminal: Terminal) -> None:
    (terminal.folder / "data").write_text("no folder")
    ran = terminal(*INIT, typed=f"{THAO.password}\n")
    assert ran.refused("data", "File exists")
    assert "Errno" not in ran.err


def test_a_country_without_numbers_is_refused(terminal: Terminal) -> None:
    assert terminal(*INIT, "--region", "ZZ", typed=f"{THAO.password}\n").refused("ZZ")


def test_migrating_nothing_makes_no_installation(terminal: Terminal) -> None:
    assert terminal("migrate").refused("hotline init")
    assert not (terminal.folder / "data").exists()


WRONG_SETTINGS = [
    ("HOTLINE_SECRET_KEY", "changeme"),
    ("HOTLINE_SECRET_KEY", "a" * 64),
    ("HOTLINE_SECRET_KEY", "short"),
    ("HOTLINE_PUBLIC_URL", "line.example.org"),
    ("HOTLINE_PUBLIC_URL", "ftp://line.example.org"),
    ("HOTLINE_PUBLIC_URL", "https://đường-dây.example.org"),
    ("HOTLINE_PUBLIC_URL", "https://line.example.org/?a=b"),
    ("TWILIO_API_URL", "nowhere"),
    ("HOTLINE_RECORDINGS_URL", "gopher://recordings"),
    ("HOTLINE_CARRIER", "pigeon"),
    ("HOTLINE_LOG_LEVEL", "LOUD"),
    ("HOTLINE_THREADS", "0"),
    ("HOTLINE_DATABASE_URL", "mysql://localhost/hotline"),
    ("HOTLINE_DATABASE_URL", "not an address"),
    ("HOTLINE_SECRET_KEY_FILE", "/no/such/file"),
]


@pytest.mark.parametrize(("name", "value"), WRONG_SETTINGS)
def test_a_wrong_setting_is_named_in_one_sentence(installed: Terminal, name: str, value: str) -> None:
    installed.sets(**{name: value})
    ran = installed("calls")
    assert ran.code == 1
    assert ran.refused(name)
    if "SECRET" in name and not value.startswith("/"):
        assert value not in ran.err, "a secret is not repeated"


@pytest.mark.parametrize(("name", "value"), [WRONG_SETTINGS[0], WRONG_SETTINGS[-2]])
def test_the_line_refuses_to_start_on_a_wrong_setting(installed: Terminal, name: str, value: str) -> None:
    ran = installed.starts("run", "--port", "1", settings={name: value})
    assert ran.code == 1
    assert ran.refused(name)


@pytest.mark.parametrize("process", ["run", "serve"])
def test_two_lines_never_share_a_port(installed: Terminal, process: str) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the server itself does
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert installed.starts(process, "--port", port).refused(port, "--port")


def test_a_port_that_does_not_exist_is_named(installed: Terminal) -> None:
    assert installed.starts("run", "--port", "70000").refused("70000")
    assert installed.starts("run", "--host", "no.such.host.example.org").refused("no.such.host")


@pytest.mark.parametrize("arguments", [("calls",), ("doctor",), ("run", "--port", "1")])
def test_another_secret_than_the_installations_is_refused(installed: Terminal, arguments: tuple[str, ...]) -> None:
    ran = installed.starts(*arguments, settings={"HOTLINE_SECRET_KEY": SECRET})
    assert ran.code == 1
    assert "HOTLINE_SECRET_KEY" in " ".join((ran.out + ran.err).split())
    assert "Traceback" not in ran.out + ran.err


def test_a_file_may_be_named_in_env_too(installed: Terminal) -> None:
    (installed.folder / "secret.txt").write_text(f"{SECRET}\n")
    (installed.folder / ".env").write_text("HOTLINE_SECRET_KEY_FILE=secret.txt\n")
    assert installed("calls").refused("HOTLINE_SECRET_KEY"), "it was read: it is another secret"
    (installed.folder / "secret.txt").write_text((installed.folder / "data" / "application.secret").read_text())
    assert installed("calls").code == 0
    (installed.folder / "secret.txt").write_text("")
    assert installed("calls").refused("HOTLINE_SECRET_KEY_FILE", "empty")
    (installed.folder / ".env").write_bytes(b"HOTLINE_LOG_LEVEL=\xff\n")
    assert installed("calls").refused(".env", "UTF-8")


def test_settings_may_come_from_a_file_and_from_env(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n")
    terminal.sets(HOTLINE_SECRET_KEY_FILE=str(tmp_path / "secret.txt"))
    (tmp_path / ".env").write_text("HOTLINE_DATA_DIR=elsewhere\n")
    assert terminal(*INIT, typed=f"{THAO.password}\n").code == 0
    assert (tmp_path / "elsewhere" / "hotline.sqlite3").exists()
    assert not (tmp_path / "elsewhere" / "application.secret").exists()


def test_a_call_needs_somebody_to_answer(installed: Terminal) -> None:
    assert installed("call").refused("TWILIO_ACCOUNT_SID")
    settings = {"HOTLINE_PUBLIC_URL": "http://127.0.0.1:9", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"}
    installed.sets(**settings)
    assert installed("call").refused("127.0.0.1:9")
