"""A flow file is read exactly as it was meant, or refused with a place."""

from pathlib import Path

import pytest

from ivr_flows.definition import Flow, Menu
from ivr_flows.loader import canonical_json, flow_from_json, load_flow, shipped_flow, version
from ivr_flows.reading import FlowFileError
from tests.ivr_flows.conftest import SMALL, Break


def test_a_flow_comes_with_the_words_of_every_language(small: Flow) -> None:
    assert small.prompts["vi"]["bye"].text == "Xin chào bà con."
    assert small.prompts["tyz"]["main"].audio == "tyz/main.wav"


def test_a_bare_name_is_a_target_that_sets_nothing(small: Flow) -> None:
    main = small.nodes["main"]
    assert isinstance(main, Menu)
    assert (main.options["2"].next, main.options["2"].set) == ("code", {})
    assert main.options["1"].set == {"category": "noise"}


def test_the_version_survives_the_database(small: Flow) -> None:
    stored = canonical_json(small)
    again = flow_from_json(stored)
    assert again == small
    assert version(again) == version(small)
    assert list(again.languages) == ["vi", "en", "tyz"]


def test_a_changed_word_is_another_version(small: Flow, broken: Break) -> None:
    path = broken("Xin chào bà con.", "Chào bà con.", "prompts/vi.yaml")
    assert version(load_flow(path)) != version(small)


def test_a_changed_comment_is_the_same_version(small: Flow, broken: Break) -> None:
    assert version(load_flow(broken("small enough to hold", "easy to hold"))) == version(small)


def test_the_shipped_flow_is_read_once() -> None:
    assert shipped_flow() is shipped_flow()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("prompt: main\n", "promt: main\n", "flow.yaml: node main: prompt: Field required"),
        ("type: switch", "type: fork", "flow.yaml: node office: Input tag 'fork'"),
        ("ring_seconds: 20\n", "ring_seconds: soon\n", "flow.yaml: node officer: ring_seconds: Input should be"),
        ('"2": code', '"2": {to: code}', "flow.yaml: node main: options.2.next: Field required"),
        ('"2": code', '"22": code', "flow.yaml: node main: options.22: String should match"),
        ("start: welcome", "begin: welcome", "flow.yaml: start: Field required"),
        ('"2": code', "2: code", "flow.yaml: line 33: the key '2' is not text: put it in quotes"),
        ("cases: {open: ", "cases: {on: ", "the key 'on' is not text: put it in quotes"),
        ("  keep: {type", "  main: {type", "the key 'main' stands twice"),
        ("ring_seconds: 20\n", "ring_seconds: 020\n", "020 is not a plain number"),
        ("ring_seconds: 20\n", "ring_seconds: 1:30\n", "1:30 is not a plain number"),
        ("category: noise", "category: no", "options.1.set.category: Input should be a valid string"),
        ("nodes:\n", "nodes:\n\t", "flow.yaml: not YAML"),
        ("nodes:\n", "prompts: {}\nnodes:\n", "prompts: belongs in prompts/<language>.yaml"),
    ],
)
def test_an_error_names_file_node_and_field(broken: Break, old: str, new: str, said: str) -> None:
    with pytest.raises(FlowFileError) as refused:
        load_flow(broken(old, new))
    assert said in str(refused.value)


def test_an_error_in_a_prompt_names_the_language_and_the_prompt(broken: Break) -> None:
    path = broken('bye: "Goodbye."', "bye: {txt: Goodbye.}", "prompts/en.yaml")
    with pytest.raises(FlowFileError) as refused:
        load_flow(path)
    assert "prompts/en.yaml: prompt bye: text: Field required" in str(refused.value)
    assert (refused.value.file, refused.value.node, refused.value.field) == ("prompts/en.yaml", "bye", "text")


def test_a_language_without_a_prompt_file_is_named(broken: Break) -> None:
    path = broken("  tyz: {", '  muong: {tag: vi-VN, name: "x"}\n  tyz: {')
    with pytest.raises(FlowFileError, match=r"muong\.yaml: No such file"):
        load_flow(path)


def test_a_flow_alone_in_its_folder_speaks_the_shipped_words(tmp_path: Path) -> None:
    shipped = Path(shipped_flow.__module__.replace(".", "/")).parent
    assert shipped.name == "ivr_flows"
    source = SMALL.parents[2] / "ivr_flows" / "catalog" / "keychain.yaml"
    alone = tmp_path / "ours.yaml"
    alone.write_bytes(source.read_bytes())
    assert load_flow(alone) == shipped_flow()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a list",
        b"\xff\xfe\x00",
        b"a: [",
        b"[" * 5000,
        b"&a {x: *a}",
        b"!!python/object:os.system {}",
        b"a: \x00",
    ],
)
def test_what_is_not_a_flow_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "flow.yaml"
    path.write_bytes(content)
    with pytest.raises(FlowFileError, match=r"^flow\.yaml: "):
        load_flow(path)


def test_a_stored_flow_that_is_damaged_is_refused() -> None:
    with pytest.raises(FlowFileError, match="stored flow"):
        flow_from_json('{"schema": "hotline-flow/2"}')
