"""A terminal in an empty folder, and an installation made with it."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotline.cli import run_command
from tests.cast import THAO, THE_LINE


@pytest.fixture(autouse=True)
def _quick_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a password or a code costs is tested in storage."""
    for name in ("PASSWORD", "RECEIPT"):
        monkeypatch.setattr(f"storage.sealing.{name}_MEMORY_BYTES", 1024 * 1024)
        monkeypatch.setattr(f"storage.sealing.{name}_PASSES", 1)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, *words: str) -> bool:
        """It failed with one plain line that holds these words, and nothing else."""
        assert self.code != 0, self.out
        (line,) = self.err.strip().splitlines()
        assert "Traceback" not in self.out + self.err
        assert line.startswith("hotline: "), line
        missing = [word for word in words if word not in line]
        assert not missing, f"{missing} not in: {line}"
        return True


@dataclass(frozen=True)
class Terminal:
    """Somebody who types commands."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, typed: str = "") -> Ran:
        """Run a command in this process."""
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8"))
        try:
            code = run_command(list(arguments))
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        said = self.capsys.readouterr()
        return Ran(code, said.out, said.err)

    def starts(self, *arguments: str, typed: str = "", settings: Mapping[str, str] | None = None) -> Ran:
        """Run a command as a process of its own, as a person does."""
        environment = {**os.environ, **(settings or {})}  # noqa: TID251 - a new process's
        ran = subprocess.run(
            [sys.executable, "-m", "hotline", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=environment,
            timeout=60,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def sets(self, **settings: str) -> None:
        for name, value in settings.items():
            self.monkeypatch.setenv(name, value)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


INIT = ("init", "--name", "Xã Suối Đá", "--number", THE_LINE, "--admin", THAO.login, "--password-stdin")


@pytest.fixture(scope="session")
def fresh_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that `hotline init` makes, made once."""
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PASSWORD", "RECEIPT"):
            patch.setattr(f"storage.sealing.{name}_MEMORY_BYTES", 1024 * 1024)
            patch.setattr(f"storage.sealing.{name}_PASSES", 1)
        patch.chdir(folder)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{THAO.password}\n".encode()), encoding="utf-8"))
        assert run_command(list(INIT)) == 0
    return folder / "data"


@pytest.fixture
def installed(terminal: Terminal, fresh_installation: Path) -> Terminal:
    """A terminal beside a new installation."""
    shutil.copytree(fresh_installation, terminal.folder / "data")
    return terminal
