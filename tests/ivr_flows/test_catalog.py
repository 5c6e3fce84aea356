"""The shipped flow: what every caller of the keychain number hears, and where every key leads."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ivr_flows import engine
from ivr_flows.definition import REPEAT, Action, Dial, Digits, Flow, Menu, Record, Say, Switch, Target
from ivr_flows.lint import lint
from ivr_flows.loader import CATALOG, shipped_flow
from ivr_flows.rules.wording import RECORDING_NOTICE
from ivr_flows.scenarios import Scenario, load_scenarios, play
from ivr_flows.taxonomy import load_taxonomy
from ivr_flows.turn import AwaitAction, AwaitRecording, Done, Keys, Position, Recorded, Silence

LANGUAGES = ("vi", "en", "ru")
FAQ = yaml.safe_load((CATALOG / "faq.yaml").read_text(encoding="utf-8"))
UNIT = yaml.safe_load((CATALOG / "demo_unit.yaml").read_text(encoding="utf-8"))
SCENARIOS = load_scenarios(CATALOG / "scenarios")
FACTS = {"unit.name": "Khe Sương", "hours.office": "open", "places": "01 02"}

PRESS = {"vi": r"bấm phím", "en": r"press", "ru": r"нажмите"}
OTHER_KEYS = {"vi": "sao|thăng", "en": "star|hash", "ru": "звёздочку|решётку"}


@pytest.fixture(scope="module")
def flow() -> Flow:
    return shipped_flow()


def targets(flow: Flow, name: str) -> Iterator[tuple[str, Target]]:
    """Every way out of a node, with the key that opens it ("" where none is pressed)."""
    match flow.nodes[name]:
        case Menu() as menu:
            yield from menu.options.items()
            yield from ((key, to) for key, to in flow.global_keys.items() if to.next != REPEAT)
            yield "", menu.give_up
        case Digits() as digits:
            yield "*", digits.back
            yield from (("", to) for to in (digits.next, digits.skip, digits.give_up) if to)
        case Record() as record:
            yield from record.keys.items()
            yield from (("", to) for to in record.exits.values())
        case Switch() as switch:
            yield from (("", to) for to in (*switch.cases.values(), switch.otherwise))
        case Action() | Dial() as node:
            yield from (("", to) for to in node.exits.values())
        case Say() as say:
            yield "", say.next


# ---- the whole -----------------------------------------------------------------------------------------------------


def test_the_shipped_flow_has_nothing_to_complain_about(flow: Flow) -> None:
    assert lint(flow, CATALOG / "audio") == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_call_goes_as_it_is_written_down(flow: Flow, scenario: Scenario) -> None:
    assert play(flow, scenario) == []


def test_no_two_scenarios_have_one_name() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)


def test_the_scenarios_hear_every_prompt_of_the_flow_but_twelve_answers_and_the_breakdown(flow: Flow) -> None:
    heard = {step.hear for scenario in SCENARIOS for step in scenario.steps}
    spoken = {node.prompt for node in flow.nodes.values() if isinstance(node, Menu | Digits | Record | Dial | Say)}
    assert {prompt for prompt in spoken - heard if not prompt.startswith("adm.")} == {"trouble.record"}


def test_a_breakdown_ends_in_a_recording_that_becomes_a_message(flow: Flow) -> None:
    broken = engine.fail(flow, engine.start(flow, FACTS).position, FACTS)
    assert isinstance(broken.awaits, AwaitRecording)
    said = engine.resume(flow, broken.position, Recorded(9), FACTS)
    assert said.awaits == AwaitAction("create_message")


def test_every_report_code_but_those_of_officers_has_a_key(flow: Flow) -> None:
    pressed = {to.set["category"] for name in flow.nodes for _, to in targets(flow, name) if "category" in to.set}
    reports = {code.code for code in load_taxonomy().codes.values() if code.kind == "report"}
    assert pressed == reports - {"RPT-ADDINFO", "RPT-OTHER"}


# ---- help ----------------------------------------------------------------------------------------------------------


def test_an_emergency_is_two_keys_away_from_wherever_the_caller_is_asked(flow: Flow) -> None:
    asks = [name for name, node in flow.nodes.items() if isinstance(node, Menu | Digits | Record)]
    near = {name for name in asks if any(to.set.get("emergency") == "yes" for key, to in targets(flow, name) if key)}
    second = {name for name in asks if any(key and to.next in near for key, to in targets(flow, name))}
    assert set(asks) == near | second


def test_every_way_into_an_emergency_marks_the_call(flow: Flow) -> None:
    inside = {"emergency_command", "emergency_record", "emergency_save", "emergency_saved", "emergency_spoken"}
    for name in flow.nodes.keys() - inside:
        for key, to in targets(flow, name):
            if to.next == "emergency":
                assert to.set == {"chose": "yes", "branch": "emergency", "emergency": "yes"}, (name, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_emergency_names_the_numbers_that_help(flow: Flow, language: str) -> None:
    prompts = flow.prompts[language]
    for prompt in ("emergency.hold", "emergency.saved", "emergency.spoken"):
        assert all(number in prompts[prompt].text for number in ("113", "114", "115")), prompt
    assert "111" in prompts["emergency.saved"].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_rung_for_hears_first_that_the_line_is_recorded_and_the_number_kept(flow: Flow, language: str) -> None:
    """An officer may take the call before the words are over; what must be known comes before what may be cut."""
    node, text = flow.nodes["emergency"], flow.prompts[language]["emergency.hold"].text
    assert isinstance(node, Dial)
    assert node.record
    assert RECORDING_NOTICE[language] in text.lower().partition("113")[0]
    assert {"vi": "số máy", "en": "your number", "ru": "номер"}[language] in text.lower().partition("113")[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prompt", ["main.menu", "greeting"])
def test_the_first_key_that_is_named_is_nine(flow: Flow, language: str, prompt: str) -> None:
    named = re.search(rf"{PRESS[language]} (\d)", flow.prompts[language][prompt].text)
    assert named is not None
    assert (named[1], named.start() < 8 * 14) == ("9", True)


def test_nobody_is_threatened_with_a_fine(flow: Flow) -> None:
    words = " ".join(prompt.text.lower() for prompts in flow.prompts.values() for prompt in prompts.values())
    assert not re.search(r"phạt|báo tin giả|\bfined?\b|penalty|штраф|ложн", words)


# ---- words ---------------------------------------------------------------------------------------------------------


def test_every_prompt_has_words_in_every_language(flow: Flow) -> None:
    names = {language: set(flow.prompts[language]) for language in LANGUAGES}
    assert names["vi"] == names["en"] == names["ru"]
    assert all(prompt.text.strip() for prompts in flow.prompts.values() for prompt in prompts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_is_named_after_what_it_does_and_each_in_a_sentence_of_its_own(flow: Flow, language: str) -> None:
    press, others = PRESS[language], OTHER_KEYS[language]
    for name, prompt in flow.prompts[language].items():
        for sentence in re.split(r"(?<=[.!?]) ", prompt.text):
            keys = re.findall(rf"{press}\b", sentence)
            if keys:
                assert len(keys) == 1, (name, sentence)
                assert re.search(rf"^.+: {press} (\d|{others})\b", sentence), (name, sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_office_words_and_no_capital_abbreviations_are_spoken(flow: Flow, language: str) -> None:
    for name, prompt in flow.prompts[language].items():
        assert "quý vị" not in prompt.text.lower(), name
        assert not re.search(r"\b[A-ZĐА-Я]{3,}\b|VNeID", prompt.text), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_is_spoken_twice(flow: Flow, language: str) -> None:
    assert flow.prompts[language]["receipt.code"].text.count("{code}") == 2


# ---- questions about papers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("procedure", FAQ["procedures"], ids=lambda procedure: procedure["code"])
def test_an_answer_is_spoken_as_it_stands_in_the_list(
    flow: Flow, procedure: dict[str, dict[str, str]], language: str
) -> None:
    parts = [f"{procedure['title'][language]}.", FAQ["another"][language], procedure["answer"][language]]
    tail = [FAQ["tail"][language]] if procedure.get("tail", True) else []
    name = "adm." + str(procedure["code"]).removeprefix("ADM-").lower()
    assert flow.prompts[language][name].text == " ".join(parts + tail)


def test_every_answer_says_that_it_must_be_checked_locally() -> None:
    assert [procedure["code"] for procedure in FAQ["procedures"] if procedure["check_locally"] is not True] == []


def test_the_twelve_answers_are_two_menus_away(flow: Flow) -> None:
    first = [to for key, to in targets(flow, "admin") if key not in ("0", "9", "*")]
    second = [to for menu in first for _, to in targets(flow, menu.next)]
    asked = {to.set["asked"] for to in first + second if "asked" in to.set}
    assert asked == {procedure["code"] for procedure in FAQ["procedures"]}


@pytest.mark.parametrize("procedure", FAQ["procedures"], ids=lambda procedure: procedure["code"])
def test_an_answer_listened_to_is_noted_and_can_be_left_by_silence(flow: Flow, procedure: dict[str, str]) -> None:
    code = procedure["code"]
    ways = [to for name in flow.nodes for _, to in targets(flow, name) if to.set.get("asked") == code]
    position = Position(ways[0].next, "vi", {"asked": code})
    noted = engine.resume(flow, position, Silence(), FACTS)
    assert noted.awaits == AwaitAction("note_answer")
    after = engine.resume(flow, noted.position, Done("ok"), FACTS)
    goodbye = engine.resume(flow, after.position, Silence(), FACTS)
    assert [speak.prompt for speak in goodbye.speak] == ["bye"]


def test_the_answer_that_was_asked_for_can_be_heard_again(flow: Flow) -> None:
    again = flow.nodes["answer_again"]
    assert isinstance(again, Switch)
    asked = {to.set["asked"]: to.next for name in flow.nodes for _, to in targets(flow, name) if "asked" in to.set}
    asked.pop("ADM-STAY")  # its own menu offers to record the notice first
    assert {code: to.next for code, to in again.cases.items()} == asked


def test_a_question_about_treatment_is_confidential(flow: Flow) -> None:
    ways = [to for name in flow.nodes for _, to in targets(flow, name) if to.set.get("asked") == "ADM-REHAB"]
    assert ways
    assert all(to.set["privacy"] == "confidential" for to in ways)


# ---- secrets, and the demo commune ---------------------------------------------------------------------------------


def test_the_digits_of_a_code_go_to_the_lookup_and_nowhere_else(flow: Flow) -> None:
    position = engine.start(flow, FACTS).position
    for keys in ("1", "3"):
        position = engine.resume(flow, position, Keys(keys), FACTS).position
    turn = engine.resume(flow, position, Keys("123456789012"), FACTS)
    assert getattr(turn.awaits, "keyed", None) == "123456789012"
    assert "123456789012" not in turn.position.to_json().decode()


def test_the_demo_commune_has_sixteen_places_with_digits_of_their_own() -> None:
    digits = [place["digits"] for place in UNIT["places"]]
    assert digits == [f"{number:02d}" for number in range(1, 17)]
    assert sum(place["kind"] == "village" for place in UNIT["places"]) == 10
    assert all({"ru", "en"} <= place["names"].keys() for place in UNIT["places"])


def test_recordings_of_prompts_exist_where_a_prompt_names_one(flow: Flow) -> None:
    named = [prompt.audio for prompts in flow.prompts.values() for prompt in prompts.values() if prompt.audio]
    assert [audio for audio in named if not Path(CATALOG / "audio" / audio).is_file()] == []
