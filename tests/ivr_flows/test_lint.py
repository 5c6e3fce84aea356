"""Every rule is met by a flow that breaks it in one place, and by the small flow that does not."""

import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr_flows import engine
from ivr_flows.definition import Flow, Prompt
from ivr_flows.drawing import to_dot
from ivr_flows.lint import Finding
from ivr_flows.lint import lint as lint_all
from ivr_flows.lint import lint_file as lint_whole_file
from ivr_flows.loader import CATALOG, load_flow, shipped_flow
from ivr_flows.recorded import dressed
from ivr_flows.rules.keywords import keys_said
from ivr_flows.turn import Silence
from tests.ivr_flows.conftest import SMALL, Break

NOT_RECORDED_YET = "R28"  # the small flow has a language of which two prompts are recorded


def lint(flow: Flow, audio_root: Path | None = None) -> list[Finding]:
    return _without_what_is_known(lint_all(flow, audio_root))


def lint_file(path: Path) -> list[Finding]:
    return _without_what_is_known(lint_whole_file(path))


def _without_what_is_known(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.rule != NOT_RECORDED_YET]


def test_what_is_not_recorded_yet_in_a_language_without_a_voice_is_told(small: Flow) -> None:
    (finding,) = lint_all(small)
    assert (finding.rule, finding.severity, finding.where) == ("R28", "warning", "language tyz: Tày")
    assert finding.message == "2 of 15 prompts are recorded; callers hear the others in Tiếng Việt"


def test_a_recording_that_is_kept_by_its_digest_is_no_file(small: Flow, tmp_path: Path) -> None:
    flow = dressed(small, {("vi", "main"): "a" * 64, ("tyz", "bye"): "b" * 64})
    assert flow.prompts["tyz"]["bye"] == Prompt(text=small.prompts["vi"]["bye"].text, audio=f"sha256:{'b' * 64}")
    assert [finding.message for finding in lint(flow, tmp_path)] == [
        "there is no tyz/language.wav",
        "there is no tyz/main.wav",
    ]
    assert dressed(dressed(small, {("vi", "main"): "a" * 64}), {}) == small


def test_the_small_flow_and_the_shipped_flow_are_clean(small: Flow) -> None:
    assert lint(small) == []
    assert lint_file(SMALL / "flow.yaml") == []
    assert lint_all(shipped_flow(), CATALOG / "audio") == []


FLOW, VI, EN = "flow.yaml", "prompts/vi.yaml", "prompts/en.yaml"

BREAKS = [
    ("R01", FLOW, "prompt: main\n", "promt: main\n", "node main"),
    ("R01", FLOW, '"2": code', "2: code", "in quotes"),
    ("R02", FLOW, "  keep: {type", "  main: {type", "stands twice"),
    ("R03", FLOW, '"2": code', '"2": codes', "node main: options.2"),
    ("R03", FLOW, "on_hangup: finish", "on_hangup: finis", "on_hangup"),
    ("R03", FLOW, "entry: advice_given", "entry: advise", "node advice: entry"),
    ("R03", FLOW, "prompt: status, next: bye", 'prompt: status, next: "@repeat"', "node status: next"),
    ("R03", FLOW, "{next: help,", "{next: hlp,", "global_keys.9"),
    ("R04", FLOW, '"3": advice\n', '"3": code\n', "node advice"),
    ("R05", FLOW, "prompt: status, next: bye", "prompt: status, next: status", "node status"),
    ("R06", FLOW, "prompt: status, next: bye", "prompt: status, next: look", "goes round without the caller"),
    ("R06", FLOW, "prompt: bye, next: end", "prompt: bye, next: bye", "no way leads from here to a hangup"),
    ("R07", FLOW, "empty: bye", "empty: main", "a caller who presses nothing is never released"),
    ("R08", FLOW, "    give_up: office\n  place", "  place", "give_up"),
    ("R09", FLOW, "cases: {open: officer}, otherwise: trouble", "cases: {open: officer}", "otherwise"),
    ("R09", FLOW, "{found: status, unknown: code, error: trouble}", "{found: status, unknown: code}", "'error'"),
    ("R09", FLOW, "do: create_report, exits: {ok: receipt, ", "do: create_report, exits: {", "besides 'error'"),
    ("R09", FLOW, "exits: {answered: bye, unanswered: trouble}\n", "exits: {answered: bye}\n", "'unanswered'"),
    ("R09", FLOW, "exits: {recorded: keep, empty: bye}", "exits: {recorded: keep}", "'empty'"),
    ("R10", FLOW, "menu_options: 4", "menu_options: 2", "node main: options"),
    ("R11", FLOW, '"3": advice\n', '"3": advice\n      "9": code\n', "node main: options.9"),
    ("R12", FLOW, "do: finish_call, exits: {ok: end", "do: finish_call, exits: {ok: bye", "node bye"),
    ("R13", EN, 'status: "Your report is being looked at."', "", "node status: prompt"),
    ("R13", EN, '"Goodbye."', '" "', "en: prompt bye"),
    ("R13", EN, 'bye: "Goodbye."', 'bye: "Goodbye."\nleft_over: "Hm."', "en: prompt left_over"),
    ("R15", EN, "Your code is {code}.", "Your code was sent.", "en: prompt receipt"),
    ("R15", VI, "Tin đang được xem.", "Tin {place} đang được xem.", "en: prompt status"),
    ("R16", EN, "To report: press 1", "To report: press 4", "names key 4"),
    ("R16", EN, " To report: press 1.", "", "does not name key 1"),
    ("R16", VI, "bấm phím 1. Hỏi", "bấm phím bốn. Hỏi", "names key 4"),
    ("R17", VI, "Cuộc gọi được ghi âm. Xin nói.", "Xin nói.", "node report: vi"),
    ("R17", EN, "The call is recorded. Please speak.", "Please speak.", "node report: en"),
    ("R18", FLOW, "group: duty\n", "group: duty\n    strategy: simultaneous\n", "node officer"),
    ("R18", FLOW, "group: duty\n", "group: duty\n    strategy: together\n", "node officer: waiting"),
    ("R18", FLOW, "help, group: duty", "help, strategy: together, screen: none, group: duty", "node help: screen"),
    ("R18", FLOW, "help, group: duty", "help, record: true, group: duty", "node help: record"),
    ("R19", FLOW, 'set: {emergency: "yes"}', "set: {}", "no key sets"),
    ("R19", FLOW, 'finish_on: "#9", keys: {"9": *help}, ', "", "node trouble"),
    ("R20", EN, "Please lock the door.", "Пожалуйста, lock the door.", "en: prompt advice"),
    ("R20", EN, "Please lock the door.", "Please lock the cửa.", "en: prompt advice"),
    ("R21", EN, "Please lock the door.", "Please lock the door. " * 200, "en: prompt advice"),
    ("R22", VI, "Xin khóa cửa.", "Xin gọi 0912 345 678.", "vi: prompt advice"),
    ("R22", FLOW, "set: {category: noise}", 'set: {category: "duty@example.org"}', "node main: options.1"),
    (
        "R23",
        EN,
        '"Emergency: press 9',
        '"' + "Listen well to what we say now. " * 10 + "Emergency: press 9",
        "en: prompt main",
    ),
    ("R24", EN, "Emergency: press 9. To report: press 1.", "To report: press 1. Emergency: press 9.", "one menu"),
    ("R25", FLOW, "secret: true, next: look", "secret: true, next: status", "node code: next"),
    ("R26", FLOW, "set: {language: en}", "set: {language: fr}", "node language: options.2"),
    ("R26", FLOW, "fallback: vi", "fallback: fr", "languages.tyz.fallback"),
    ("R26", FLOW, "default_language: vi", "default_language: tyz", "must have a voice"),
    ("R27", FLOW, "do: create_message, exits: {ok: bye", "do: create_message, exits: {ok: end", "node keep: exits.ok"),
]


@pytest.mark.parametrize(("rule", "file", "old", "new", "where"), BREAKS)
def test_a_broken_rule_is_found_and_located(
    broken: Break, rule: str, file: str, old: str, new: str, where: str
) -> None:
    found = [finding for finding in lint_file(broken(old, new, file)) if finding.rule == rule]
    assert any(where in str(finding) for finding in found), found


def test_paths_are_not_followed_while_a_target_is_missing(broken: Break) -> None:
    found = lint_file(broken('"2": code', '"2": codes'))
    assert {finding.rule for finding in found} == {"R03"}


def test_a_variable_that_only_one_way_sets_is_a_warning(broken: Break) -> None:
    words = {"vi": "Tin {place} đang được xem.", "en": "Report {place} is being looked at."}
    path = broken('"3": advice\n', '"3": office\n')
    flow = load_flow(path)
    prompts = {
        language: {
            **flow.prompts[language],
            "officer": flow.prompts[language]["officer"].model_copy(update={"text": text}),
        }
        for language, text in words.items()
    }
    found = lint(flow.model_copy(update={"prompts": {**flow.prompts, **prompts}}))
    assert Finding("R15", "warning", "node officer", "{place} is not set on every way here") in found


def test_errors_come_before_warnings(broken: Break) -> None:
    path = broken('bye: "Goodbye."', 'bye: " "\nleft_over: "Hm."', EN)
    assert [finding.severity for finding in lint_file(path)] == ["error", "warning"]


def _recorded(path: Path, rate: int = 8000, channels: int = 1, seconds: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\0\0" * channels * int(rate * seconds))


@pytest.mark.parametrize(
    ("recording", "said"),
    [
        ({"rate": 44100}, "44100 Hz"),
        ({"channels": 2}, "2 channels"),
        ({"seconds": 130}, "lasts 130 s"),
        ({"seconds": 0}, "lasts 0 s"),
    ],
)
def test_a_recording_that_a_telephone_cannot_play_is_found(
    small: Flow, tmp_path: Path, recording: dict[str, int], said: str
) -> None:
    _recorded(tmp_path / "tyz/main.wav")
    _recorded(tmp_path / "tyz/language.wav", **recording)
    (finding,) = lint(small, tmp_path)
    assert (finding.rule, finding.where) == ("R14", "tyz: prompt language")
    assert said in finding.message


def test_a_recording_that_is_missing_or_not_sound_is_found(small: Flow, tmp_path: Path) -> None:
    (tmp_path / "tyz").mkdir()
    (tmp_path / "tyz/main.wav").write_bytes(b"ID3 not a wave file")
    assert [finding.message for finding in lint(small, tmp_path)] == [
        "there is no tyz/language.wav",
        "tyz/main.wav is not a WAV file",
    ]


def test_a_recording_outside_the_folder_is_not_there(small: Flow, tmp_path: Path, broken: Break) -> None:
    _recorded(tmp_path / "outside.wav")
    flow = load_flow(broken("tyz/main.wav", "../outside.wav", "prompts/tyz.yaml"))
    assert "there is no ../outside.wav" in [finding.message for finding in lint(flow, tmp_path / "audio")]


def test_a_recording_of_what_changes_from_call_to_call_is_found(broken: Break) -> None:
    path = broken('receipt: "Your code is {code}."', 'receipt: {text: "Your code is {code}.", audio: tyz/main.wav}', EN)
    assert [(finding.rule, finding.message) for finding in lint_file(path)] == [
        ("R14", "a recording cannot say {code}")
    ]


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("vi", "Báo tin: bấm phím 1. Gọi cán bộ: bấm phím không. Nghe lại: bấm phím sao.", "10*"),
        ("vi", "Bấm phím số chín. Gọi 113.", "9"),
        ("en", "Press nine, or press the star key. Press 113 never.", "9*"),
        ("en", "For English press 2. To hear it again, press star.", "2*"),
        ("ru", "Нажмите один. Затем нажмите клавишу 9 или нажмите ноль. Нажмите звёздочку.", "190*"),
        ("tyz", "Tày 3, 113, 9", "39"),
    ],
)
def test_keys_are_heard_as_a_person_says_them(language: str, text: str, keys: str) -> None:
    assert "".join(said.key for said in keys_said(text, language)) == keys


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_broken_lint_says_so_and_does_not_break_itself(small: Flow, data: st.DataObject) -> None:
    """Every target may lead anywhere, every exit may be missing."""
    raw = small.model_dump(by_alias=True)
    names = st.sampled_from(["gone", "@repeat", *raw["nodes"]])
    raw["start"] = data.draw(st.sampled_from(["welcome", "gone"]))
    for node in raw["nodes"].values():
        for field in node.keys() & {"next", "give_up", "skip", "back", "otherwise"}:
            if node[field] and data.draw(st.integers(0, 9)) == 9:
                node[field]["next"] = data.draw(names)
        if "exits" in node and data.draw(st.integers(0, 9)) == 9:
            node["exits"].pop(data.draw(st.sampled_from(list(node["exits"]))))
    flow = Flow.model_validate(raw)
    findings = lint(flow)
    assert to_dot(flow)
    if flow != small:
        turn = engine.start(flow, {})
        for _ in range(flow.limits.steps_per_call):
            turn = engine.resume(flow, turn.position, Silence(), {})
        assert turn.position.ended or findings
