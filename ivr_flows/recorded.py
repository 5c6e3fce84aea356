"""Prompts that a person has spoken: which can be, which are, and a flow that plays them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr_flows.definition import Dial, Digits, Flow, Menu, Node, Prompt, Record, Say
from ivr_flows.wording import VARIABLE

KEPT = "sha256:"
"""How `Prompt.audio` names a recording that is kept by its digest, and not as a file below catalog/audio."""

Spoken = Mapping[tuple[str, str], str]
"""The digest (SHA-256, hex) of the recording of a prompt, by language and name."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a language has been recorded: of all prompts that can be."""

    language: str
    recorded: int
    of: int


def kept_digest(audio: str | None) -> str | None:
    """The digest of a kept recording; None where there is none, or where it is a file."""
    return audio.removeprefix(KEPT) if audio and audio.startswith(KEPT) else None


def changing(prompt: Prompt) -> list[str]:
    """The variables of a prompt that differ from call to call: what no recording can say."""
    return [name for name in VARIABLE.findall(prompt.text) if not name.startswith("unit.")]


def prompt_in(flow: Flow, language: str, name: str) -> Prompt | None:
    """The prompt in a language; the words of the fallback where a recorded-only language has none of its own."""
    if own := flow.prompts.get(language, {}).get(name):
        return own
    spec = flow.languages.get(language)
    if spec is None or not spec.recorded_only:
        return None
    borrowed = flow.prompts.get(spec.fallback or "", {}).get(name) or flow.prompts[flow.default_language].get(name)
    return Prompt(text=borrowed.text) if borrowed else None


def dressed(flow: Flow, spoken: Spoken) -> Flow:
    """The same flow playing these recordings, and speaking every other prompt that had a kept one."""
    prompts = {language: {**named} for language, named in flow.prompts.items()}
    for named in prompts.values():
        for name, prompt in named.items():
            if kept_digest(prompt.audio):
                named[name] = prompt.model_copy(update={"audio": None})
    for (language, name), digest in spoken.items():
        if said := prompt_in(flow, language, name):
            prompts.setdefault(language, {})[name] = said.model_copy(update={"audio": f"{KEPT}{digest}"})
    return flow.model_copy(update={"prompts": prompts})


def spoken_by(node: Node) -> dict[str, str]:
    """The prompts of a node, by the field that names them."""
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


def spoken_where(flow: Flow) -> dict[str, list[str]]:
    """Every prompt that a caller may hear, in the order of the flow, with the nodes that speak it.

    What every menu may say has no node of its own; what only officers hear is not here."""
    where: dict[str, list[str]] = {}
    for name, node in flow.nodes.items():
        for field, prompt in spoken_by(node).items():
            if field != "whisper":
                where.setdefault(prompt, []).append(name)
    return {**where, **{name: where.get(name, []) for name in (flow.defaults.no_input, flow.defaults.no_match)}}


def recordable(flow: Flow, language: str, name: str) -> bool:
    """Whether somebody can speak this prompt once for all callers."""
    prompt = prompt_in(flow, language, name)
    return prompt is not None and not changing(prompt)


def completeness(flow: Flow, language: str) -> Completeness:
    """How many of the prompts that can be recorded in a language are."""
    able = [name for name in spoken_where(flow) if recordable(flow, language, name)]
    there = flow.prompts.get(language, {})
    done = [name for name in able if (prompt := there.get(name)) and prompt.audio]
    return Completeness(language, len(done), len(able))
