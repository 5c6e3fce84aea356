"""The small flow, and the means to break it in one place."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from ivr_flows.definition import Flow
from ivr_flows.loader import load_flow

SMALL = Path(__file__).parent / "small"


@pytest.fixture(scope="session")
def small() -> Flow:
    return load_flow(SMALL / "flow.yaml")


Break = Callable[..., Path]


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    """A copy of the small flow with one text replaced in one of its files; the path of its flow file."""

    def breaking(old: str, new: str, file: str = "flow.yaml") -> Path:
        folder = copytree(SMALL, tmp_path / "small", dirs_exist_ok=True)
        text = (folder / file).read_text()
        assert old in text, f"{old!r} is not in {file}"
        (folder / file).write_text(text.replace(old, new, 1))
        return folder / "flow.yaml"

    return breaking
