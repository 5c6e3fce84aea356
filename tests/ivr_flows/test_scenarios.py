"""A scenario is a promise about a call: it says what went wrong when it is not kept."""

from pathlib import Path

import pytest

from ivr_flows.definition import Flow
from ivr_flows.reading import FlowFileError
from ivr_flows.scenarios import Scenario, load_scenarios, play

REPORT = """
- name: a report of noise
  facts: {places: "02"}
  steps:
    - {hear: welcome}
    - {press: "1"}
    - {press: "1"}
    - {hear: place}
    - {press: "02#"}
    - {record: 12}
    - {hear: receipt}
  brings: {create_report: {code: "1 2 3 4"}}
  then:
    ends: true
    node: end
    variables: {category: noise, place: "02", code: "1 2 3 4", privacy: null}
    actions: [create_report]
"""


def scenarios(folder: Path, text: str) -> list[Scenario]:
    (folder / "calls.yaml").write_text(text)
    return load_scenarios(folder)


def only(folder: Path, text: str) -> Scenario:
    (one,) = scenarios(folder, text)
    return one


def test_a_kept_promise_has_no_problems(small: Flow, tmp_path: Path) -> None:
    assert play(small, only(tmp_path, REPORT)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{hear: place}", "{hear: report}", "step 4 (hear report): heard place"),
        ("{record: 12}", "{answered: true}", "waiting for AwaitRecording"),
        ('{press: "02#"}', '{press: "03#"}', "waiting for AwaitKeys"),
        ("- {hear: receipt}", "- {wait: true}", "the call had ended"),
        ("category: noise", "category: theft", "variable category: 'noise', not 'theft'"),
        ('code: "1 2 3 4", p', "code: null, p", "variable code: '1 2 3 4', not None"),
        ("ends: true", "ends: false", "ends: True, not False"),
        ("node: end", "node: bye", "node: 'end', not 'bye'"),
        ("actions: [create_report]", "actions: []", "actions: ['create_report'], not []"),
        ("brings:", "outcomes: {create_report: error}\n  brings:", "step 7 (hear receipt): heard trouble"),
    ],
)
def test_a_broken_promise_is_named(small: Flow, tmp_path: Path, old: str, new: str, problem: str) -> None:
    (said,) = play(small, only(tmp_path, REPORT.replace(old, new)))
    assert problem in said


def test_officers_silence_and_hanging_up_can_be_written(small: Flow, tmp_path: Path) -> None:
    calls = scenarios(
        tmp_path,
        """
- name: silence by day
  steps: [{wait: true}, {wait: true}, {hear: main.no_input}, {wait: true}, {hear: officer}, {answered: true}]
  then: {ends: true, actions: []}
- name: silence by night, in English
  language: en
  facts: {hours.office: closed}
  steps: [{press: "1"}, {wait: true}, {wait: true}, {hear: trouble}, {record: 5}]
  then: {ends: true, language: en, actions: [create_message]}
- name: help, and nobody comes, and the caller gives up
  steps: [{press: "9"}, {unanswered: true}, {hear: trouble}, {hangup: true}]
  then: {ends: true, variables: {emergency: "yes"}, actions: [finish_call]}
- name: a wrong code and then the right one
  steps: [{press: "1"}, {press: "2"}, {press: "1111"}, {press: "2222"}, {hear: status}]
  outcomes: {lookup: [unknown, found]}
  then: {actions: [lookup, lookup]}
- name: nine while recording
  steps: [{press: "1"}, {press: "1"}, {press: "#"}, {record: 8, key: "9"}, {hear: help}]
  then: {ends: false, variables: {recorded: "yes"}}
""",
    )
    assert [play(small, call) for call in calls] == [[]] * 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{record: 12}", "{record: 12, press: '1'}", "one thing at a time"),
        ("{record: 12}", "{}", "one thing at a time"),
        ("{record: 12}", "{sing: true}", "sing"),
        ("name: a report", "title: a report", "0.name: Field required"),
    ],
)
def test_a_scenario_that_cannot_be_read_says_where(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(FlowFileError) as refused:
        scenarios(tmp_path, REPORT.replace(old, new))
    assert "calls.yaml: " in str(refused.value)
    assert said in str(refused.value)


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FlowFileError, match="is not a list"):
        scenarios(tmp_path, "name: alone")
