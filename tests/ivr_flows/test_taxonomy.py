"""The taxonomy is whole: every code has its kind, urgency, deadline and three names."""

from pathlib import Path

import pytest

from ivr_flows.definition import Menu
from ivr_flows.loader import shipped_flow
from ivr_flows.reading import FlowFileError
from ivr_flows.taxonomy import LANGUAGES, load_taxonomy


def test_every_code_is_named_in_every_language() -> None:
    taxonomy = load_taxonomy()
    assert len(taxonomy.codes) == 41
    for code in taxonomy.codes.values():
        assert all(code.names[language] for language in LANGUAGES), code.code


def test_twelve_questions_have_an_answer() -> None:
    assert sum(code.faq for code in load_taxonomy().of_kind("admin")) == 12


def test_an_emergency_is_acknowledged_within_a_minute() -> None:
    taxonomy = load_taxonomy()
    assert {taxonomy.urgencies[code.urgency].ack_minutes for code in taxonomy.of_kind("emergency")} == {1}


def test_the_law_gives_a_day_to_hand_a_crime_over() -> None:
    deadline = load_taxonomy().deadlines["H24"]
    assert (deadline.hours, deadline.days) == (24, None)


def test_every_category_of_the_flow_is_a_code() -> None:
    menus = [node for node in shipped_flow().nodes.values() if isinstance(node, Menu)]
    set_by_keys = {
        target.set["category"] for menu in menus for target in menu.options.values() if "category" in target.set
    }
    assert set_by_keys
    assert set_by_keys <= load_taxonomy().codes.keys()


def test_the_taxonomy_cannot_be_changed_by_who_reads_it() -> None:
    with pytest.raises(TypeError):
        load_taxonomy().kinds["admin"]["vi"] = "x"  # type: ignore[index]


ODD = """
version: 1
kinds: {report: {vi: x, ru: x, en: x}}
urgencies: {low: {rank: 1, ack_minutes: 5, rule: x, vi: x, ru: x, en: x}}
deadline_classes: {NONE: {hours: null, days: null, basis: x, vi: x, ru: x, en: x}}
codes:
  - {code: X, kind: joke, urgency: low, deadline: NONE, vi: x, ru: x, en: x}
statuses: []
outcomes: []
measures: []
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "X: there is no 'joke'"),
        ("measures: []", "", "measures is missing"),
        ("ru: x, en: x}}\nurg", "en: x}}\nurg", "ru is missing"),
        (
            "statuses",
            "  - {code: X, kind: report, urgency: low, deadline: NONE, vi: x, ru: x, en: x}\nstatuses",
            "twice",
        ),
    ],
)
def test_a_taxonomy_that_does_not_fit_together_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(ODD.replace(old, new, 1))
    with pytest.raises(FlowFileError, match=rf"^ours\.yaml: .*{said}"):
        load_taxonomy(path)
