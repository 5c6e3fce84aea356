"""The picture shows every place and every key, and is a picture."""

from xml.etree import ElementTree

import pytest

from ivr_flows import drawing
from ivr_flows.definition import Flow, Prompt
from ivr_flows.graph import all_ways
from ivr_flows.loader import shipped_flow

SVG = "{http://www.w3.org/2000/svg}"


def texts(flow: Flow) -> list[str]:
    picture = ElementTree.fromstring(drawing.to_svg(flow))  # noqa: S314 - our own picture
    return ["".join(text.itertext()).strip() for text in picture.iter(f"{SVG}text")]


def test_the_picture_of_the_shipped_flow_shows_every_node() -> None:
    assert set(shipped_flow().nodes) <= set(texts(shipped_flow()))


def test_a_box_says_the_first_words_and_where_silence_leads(small: Flow) -> None:
    said = texts(small)
    assert "Khẩn cấp: bấm phím 9. Báo tin: bấm phím 1. Hỏ…" in said
    assert "silence → office" in said


def test_no_way_is_left_out(small: Flow) -> None:
    mermaid = drawing.to_mermaid(small)
    ids = {name: f"n{number}" for number, name in enumerate(small.nodes)}
    for ways in all_ways(small).values():
        for way in ways:
            drawn = any(ids[way.origin] in line and line.endswith(f" {ids[way.to]}") for line in mermaid.splitlines())
            assert drawn or f"→ {way.to}" in mermaid


def test_emergency_recording_and_the_end_have_colours_of_their_own(small: Flow) -> None:
    dot = drawing.to_dot(small)
    fill = {
        line.split('"')[1]: line.rsplit('"', 2)[1]
        for line in dot.splitlines()
        if "fillcolor" in line and "[label" in line
    }
    assert fill["help"] == drawing.FILL["emergency"]
    assert fill["report"] == drawing.FILL["record"]
    assert fill["end"] == drawing.FILL["hangup"]
    assert fill["main"] == drawing.FILL["menu"]


def test_words_with_marks_of_markup_do_not_break_the_picture(small: Flow) -> None:
    rude = {**small.prompts["vi"], "main": Prompt(text='<b>"&" # } ]] --> \\')}
    flow = small.model_copy(update={"prompts": {**small.prompts, "vi": rude}})
    assert '<b>"&" # } ]] --> \\' in texts(flow)
    assert '<b>"' not in drawing.to_mermaid(flow)


def test_without_the_program_the_error_says_what_to_install(small: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing.shutil, "which", lambda *_, **__: None)
    with pytest.raises(drawing.DrawingError, match="graphviz-pure"):
        drawing.to_svg(small)
