"""`hotline flow` and `hotline fallback`."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from sqlalchemy import select

from hotline.installation import installation
from ivr_flows.loader import CATALOG, shipped_flow, version
from storage.tables import lines
from tests.hotline.cli.conftest import Terminal


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A flow file of one's own, beside a copy of the prompts."""
    folder = tmp_path / "ours"
    (folder / "prompts").mkdir(parents=True)
    for file in (CATALOG / "prompts").glob("*.yaml"):
        (folder / "prompts" / file.name).write_bytes(file.read_bytes())
    (folder / "ours.yaml").write_bytes((CATALOG / "keychain.yaml").read_bytes())
    return folder / "ours.yaml"


def changed(file: Path, old: str, new: str) -> str:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return str(file)


def live() -> list[str]:
    with installation() as (_, store), store.read() as connection:
        return list(connection.execute(select(lines.c.flow_hash)).scalars())


def test_the_shipped_flow_and_a_copy_of_it_have_no_errors(terminal: Terminal, copy: Path) -> None:
    assert "0 errors" in terminal("flow", "lint").out
    ran = terminal("flow", "lint", str(copy))
    assert (ran.code, "0 errors" in ran.out) == (0, True)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{type: say, prompt: greeting, next: language_menu}", "{type: sing, prompt: greeting}", ["greeting", "type"]),
        ("next: language_menu}", "next: nowhere}", ["greeting", "nowhere"]),
        ("prompt: main.menu\n", "prompt: main.menu\n    colour: red\n", ["main", "colour"]),
        ("    give_up: officer\n", "", ["main", "give_up"]),
        ("prompt: emergency.hold", "prompt: emergency.holt", ["emergency", "emergency.holt"]),
        ("ring_seconds: 25", "ring_seconds: soon", ["emergency", "ring_seconds"]),
        ("schema: hotline-flow/1", "schema: [", ["ours.yaml"]),
    ],
)
def test_a_broken_flow_is_told_by_file_node_and_field(
    terminal: Terminal, copy: Path, old: str, new: str, words: list[str]
) -> None:
    ran = terminal("flow", "lint", changed(copy, old, new))
    assert ran.code == 1
    said = ran.out + ran.err
    assert "ours.yaml" in said
    assert all(word in said for word in words), said
    assert "Traceback" not in said


def test_the_flow_is_drawn_as_a_picture_and_as_text(terminal: Terminal, tmp_path: Path) -> None:
    picture = ElementTree.fromstring(terminal("flow", "draw").out)  # noqa: S314 - our own
    assert picture.tag.endswith("svg")
    file = tmp_path / "flow.mmd"
    assert terminal("flow", "draw", "--format", "mermaid", "--output", str(file)).code == 0
    text = file.read_text(encoding="utf-8")
    assert "emergency" in text
    assert text.lstrip().startswith(("flowchart", "graph", "---", "%%"))


def test_the_scenarios_pass_and_a_wrong_one_fails(terminal: Terminal, tmp_path: Path) -> None:
    ran = terminal("flow", "test")
    assert ran.code == 0
    assert ", 0 failed" in ran.out
    wrong = yaml.safe_load((CATALOG / "scenarios" / "emergency.yaml").read_text(encoding="utf-8"))[:1]
    wrong[0]["steps"] = [{"hear": "greeting"}, {"press": "1"}, {"hear": "bye"}]
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump(wrong, allow_unicode=True), encoding="utf-8")
    ran = terminal("flow", "test", "--scenarios", str(file))
    assert (ran.code, "1 failed" in ran.out) == (1, True)


def test_a_flow_is_played_in_the_terminal(terminal: Terminal) -> None:
    ran = terminal("flow", "play", typed="1\n1\n6\n2\n2\n03\n12\n\n\n")
    assert ran.code == 0
    assert "create_report -> ok" in ran.out
    assert "(the call ends)" in ran.out
    assert terminal("flow", "play", typed="q\n").code == 0
    assert terminal("flow", "play", typed="").code == 0
    assert terminal("flow", "play", typed="1\n1\n6\n2\n2\n#\nlong\n").refused("long")


def test_a_changed_flow_is_published_and_a_broken_one_leaves_the_old_one_live(installed: Terminal, copy: Path) -> None:
    assert live() == [version(shipped_flow())]
    good = changed(copy, "ring_seconds: 20", "ring_seconds: 25")
    assert installed("flow", "publish", good).code == 0
    (published,) = live()
    assert published != version(shipped_flow())
    assert installed("flow", "publish", changed(copy, "next: language_menu}", "next: nowhere}")).refused("nowhere")
    assert live() == [published]
    assert installed("flow", "publish").code == 0
    assert live() == [version(shipped_flow())]


def test_the_fallback_is_a_document_that_says_113_and_records(terminal: Terminal) -> None:
    terminal.sets(HOTLINE_PUBLIC_URL="https://line.example.org")
    ran = terminal("fallback")
    document = ElementTree.fromstring(ran.out)  # noqa: S314 - our own
    said = " ".join(say.text or "" for say in document.iter("Say"))
    assert all(number in said for number in ("113", "114", "115"))
    (record,) = document.iter("Record")
    assert record.attrib["action"] == "https://line.example.org/voice/fallback"
