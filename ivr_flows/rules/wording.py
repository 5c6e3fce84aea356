"""What is said: in every language, complete, short enough, and true about the keys."""

import re
from collections.abc import Iterator

from ivr_flows.definition import Dial, Digits, Flow, Menu, Node, Prompt, Record, Say
from ivr_flows.rules.finding import Finding
from ivr_flows.rules.keywords import NUMBERS, keys_said
from ivr_flows.wording import VARIABLE

CHARACTERS_A_SECOND = 14
SECONDS_TO_FIRST_OPTION = 20
LONGEST_TEXT = 4096
LONGEST_TURN_BYTES = 48_000  # the carrier's limit is 64 kB for the whole document

RECORDING_NOTICE = {"vi": "ghi âm", "en": "record", "ru": "запис"}

CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def wording(flow: Flow) -> Iterator[Finding]:
    """The rules about prompts that need no graph."""
    used = prompts_used(flow)
    for name, where in used.items():
        yield from _missing(flow, name, where)
    for language, prompts in flow.prompts.items():
        for name, prompt in prompts.items():
            yield from _text(language, name, prompt, used)
    for name in {name for prompts in flow.prompts.values() for name in prompts}:
        yield from _variables_differ(flow, name)
    for name, node in flow.nodes.items():
        if isinstance(node, Record):
            yield from _without_notice(flow, name, node)
        if isinstance(node, Menu):
            yield from _keys(flow, name, node)


def prompts_used(flow: Flow) -> dict[str, str]:
    """Every prompt that is spoken, with the place that speaks it."""
    used = {flow.defaults.no_input: "defaults: no_input", flow.defaults.no_match: "defaults: no_match"}
    for name, node in flow.nodes.items():
        used |= {prompt: f"node {name}: {field}" for field, prompt in _spoken_by(node).items()}
    return used


def _spoken_by(node: Node) -> dict[str, str]:
    match node:
        case Say() | Record():
            return {"prompt": node.prompt}
        case Menu() | Digits():
            spoken = {"prompt": node.prompt, "no_input": node.no_input, "no_match": node.no_match}
        case Dial():
            spoken = {"prompt": node.prompt, "whisper": node.whisper, "waiting": node.waiting}
        case _:
            return {}
    return {field: prompt for field, prompt in spoken.items() if prompt}


def _missing(flow: Flow, name: str, where: str) -> Iterator[Finding]:
    for language, spec in flow.languages.items():
        if name not in flow.prompts.get(language, {}) and not spec.recorded_only:
            yield Finding("R13", "error", where, f"prompt {name} is missing in prompts/{language}.yaml")


def _text(language: str, name: str, prompt: Prompt, used: dict[str, str]) -> Iterator[Finding]:
    where = f"{language}: prompt {name}"
    if name not in used:
        yield Finding("R13", "warning", where, "no node speaks it")
    if not prompt.text.strip():
        yield Finding("R13", "error", where, "the text is empty")
    if len(prompt.text) > LONGEST_TEXT:
        yield Finding("R21", "error", where, f"longer than {LONGEST_TEXT} characters")
    if mixed := _mixed(language, prompt.text):
        yield Finding("R20", "warning", where, mixed)


def _mixed(language: str, text: str) -> str:
    if language in ("vi", "en") and CYRILLIC.search(text):
        return "Cyrillic letters: the voice of this language cannot say them"
    if language in ("en", "ru") and VIETNAMESE.search(text):
        return "Vietnamese letters: the voice of this language cannot say them"
    if language == "ru" and text.strip() and not CYRILLIC.search(VARIABLE.sub("я", text)):
        return "no Cyrillic letter: not Russian"
    return ""


def _variables_differ(flow: Flow, name: str) -> Iterator[Finding]:
    named = {
        language: set(VARIABLE.findall(prompts[name].text))
        for language, prompts in flow.prompts.items()
        if name in prompts
    }
    everywhere = set[str]().union(*named.values())
    for language, variables in named.items():
        for variable in sorted(everywhere - variables):
            said = f"{{{variable}}} is said in another language but not in this one"
            yield Finding("R15", "error", f"{language}: prompt {name}", said)


def _without_notice(flow: Flow, node_name: str, node: Record) -> Iterator[Finding]:
    for language, notice in RECORDING_NOTICE.items():
        prompt = flow.prompts.get(language, {}).get(node.prompt)
        if prompt and notice not in prompt.text.lower():
            said = f"prompt {node.prompt} does not say that the call is recorded ({notice!r})"
            yield Finding("R17", "error", f"node {node_name}: {language}", said)


def _keys(flow: Flow, name: str, menu: Menu) -> Iterator[Finding]:
    spoken = {language: prompts.get(menu.prompt) for language, prompts in flow.prompts.items()}
    texts = {language: prompt.text for language, prompt in spoken.items() if prompt}
    said = {language: keys_said(text, language) for language, text in texts.items()}
    named = {language: [one.key for one in found] for language, found in said.items()}
    yield from _promised(flow, name, menu, named)
    yield from _kept_secret(name, menu, named)
    yield from _shifting(name, menu, named)
    for language, found in said.items():
        if found and found[0].at > CHARACTERS_A_SECOND * SECONDS_TO_FIRST_OPTION:
            late = f"the first option comes after {found[0].at // CHARACTERS_A_SECOND} seconds"
            yield Finding("R23", "warning", f"{language}: prompt {menu.prompt}", late)
    if menu.speak_in == "all" and sum(len(text.encode()) for text in texts.values()) > LONGEST_TURN_BYTES:
        yield Finding("R21", "error", f"node {name}", "in all languages together longer than one answer may be")


def _promised(flow: Flow, name: str, menu: Menu, named: dict[str, list[str]]) -> Iterator[Finding]:
    works = menu.options.keys() | flow.global_keys.keys()
    for language in named.keys() & NUMBERS.keys():
        for key in sorted(set(named[language]) - works):
            said = f"prompt {menu.prompt} names key {key}, which does nothing"
            yield Finding("R16", "error", f"node {name}: {language}", said)


def _kept_secret(name: str, menu: Menu, named: dict[str, list[str]]) -> Iterator[Finding]:
    heard_by = named
    if menu.speak_in == "all":
        heard_by = {"all languages": [key for keys in named.values() for key in keys]}
    for language, keys in heard_by.items():
        for key in sorted(menu.options.keys() - set(keys)):
            said = f"prompt {menu.prompt} does not name key {key}"
            yield Finding("R16", "error", f"node {name}: {language}", said)


def _shifting(name: str, menu: Menu, named: dict[str, list[str]]) -> Iterator[Finding]:
    orders = {language: list(dict.fromkeys(keys)) for language, keys in named.items() if language in NUMBERS}
    first = next(iter(orders.values()), [])
    for language, order in orders.items():
        if menu.speak_in == "current" and order != first:
            said = f"keys {' '.join(order)} here, {' '.join(first)} in {next(iter(orders))}: one menu, one order"
            yield Finding("R24", "error", f"node {name}: {language}", said)
