"""Which words a caller hears: the prompt in the caller's language, or in the nearest that can be spoken."""

import re
from collections.abc import Mapping
from dataclasses import replace

from ivr_flows.definition import Flow, Prompt
from ivr_flows.turn import Position, Speak

VARIABLE = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


class FlowError(Exception):
    """The flow is broken in a way that lint refuses: a prompt without words in any language."""


def words(
    flow: Flow,
    position: Position,
    name: str,
    facts: Mapping[str, str],
    *,
    slow: bool = False,
    bargein: bool = True,
    everyone: bool = False,
) -> tuple[Speak, ...]:
    """The prompt to be spoken, once, or once in every language that can be (`everyone`). FlowError."""
    once = _speak(flow, position, name, facts)
    spoken = _in_all_languages(flow, position, name, facts) if everyone else ()
    return tuple(replace(speak, slow=slow, bargein=bargein) for speak in spoken or (once,))


def needs_interpreter(flow: Flow, position: Position, spoken: tuple[Speak, ...]) -> bool:
    """Whether a caller of a recorded-only language had to hear another one."""
    language = flow.languages.get(position.language)
    return bool(language and language.recorded_only) and any(speak.language != position.language for speak in spoken)


def _in_all_languages(flow: Flow, position: Position, name: str, facts: Mapping[str, str]) -> tuple[Speak, ...]:
    able = [language for language in flow.languages if _spoken_in(flow, language, name)]
    return tuple(_speak(flow, replace(position, language=language), name, facts) for language in able)


def _speak(flow: Flow, position: Position, name: str, facts: Mapping[str, str]) -> Speak:
    language, prompt = _nearest(flow, position.language, name)
    known = {**facts, **position.variables}
    text = VARIABLE.sub(lambda found: known.get(found[1], ""), prompt.text)
    return Speak(name, language, flow.languages[language].tag, text, prompt.audio)


def _nearest(flow: Flow, language: str, name: str) -> tuple[str, Prompt]:
    asked = flow.languages.get(language)
    for candidate in (language, asked.fallback if asked else None, flow.default_language):
        if candidate and (prompt := _spoken_in(flow, candidate, name)):
            return candidate, prompt
    raise FlowError(f"prompt {name}: no words in {language} nor in {flow.default_language}")


def _spoken_in(flow: Flow, language: str, name: str) -> Prompt | None:
    spec, prompt = flow.languages.get(language), flow.prompts.get(language, {}).get(name)
    return prompt if spec and prompt and (prompt.audio or not spec.recorded_only) else None
