"""Each node by itself: targets that exist, exits that are complete, keys that mean one thing."""

import re
from collections.abc import Iterator

from ivr_flows.definition import REPEAT, Action, Dial, Digits, Flow, Menu, Node, Record
from ivr_flows.graph import Way, all_ways, entries
from ivr_flows.rules.finding import Finding

SECRETS = re.compile(r"\bAC[0-9a-f]{32}\b|\b[0-9a-f]{32,}\b|[\w.]+@[\w-]+\.\w+", re.IGNORECASE)
NUMBER = re.compile(r"(?:\d[ .\-]?){8,}\d")
"""Nine digits and more: the short numbers of police, fire and ambulance, and eight-digit service lines, may be said."""


def shape(flow: Flow) -> Iterator[Finding]:
    """The rules that must hold before a path can be followed."""
    yield from _missing_targets(flow)
    yield from _unknown_languages(flow)
    for name, node in flow.nodes.items():
        yield from _incomplete_exits(name, node)
        yield from _secrets_astray(flow, name, node)
        yield from _awkward_menu(flow, name, node)
        if isinstance(node, Dial):
            yield from _ringing(name, node)
    yield from _personal_data(flow)


def _missing_targets(flow: Flow) -> Iterator[Finding]:
    for field, name in entries(flow).items():
        if name not in flow.nodes:
            yield Finding("R03", "error", field, f"there is no node {name!r}")
    for ways in all_ways(flow).values():
        yield from (Finding("R03", "error", _place(way), said) for way in ways if (said := _astray(flow, way)))


def _astray(flow: Flow, way: Way) -> str:
    if way.to not in flow.nodes:
        return f"there is no node {way.to!r}"
    if way.target.next == REPEAT and way.means != "key":
        return f"{REPEAT} only where a key was pressed"
    return ""


def _place(way: Way) -> str:
    return way.where if way.where.startswith("global_keys.") else f"node {way.origin}: {way.where}"


def _unknown_languages(flow: Flow) -> Iterator[Finding]:
    asked = {"default_language": flow.default_language}
    for name, language in flow.languages.items():
        if language.fallback:
            asked[f"languages.{name}.fallback"] = language.fallback
    for ways in all_ways(flow).values():
        asked |= {_place(way): to for way in ways if (to := way.target.set.get("language"))}
    for where, language_asked in asked.items():
        if language_asked not in flow.languages:
            yield Finding("R26", "error", where, f"there is no language {language_asked!r}")
    if (home := flow.languages.get(flow.default_language)) and home.recorded_only:
        yield Finding("R26", "error", "default_language", "must have a voice, not recordings only")


def _incomplete_exits(name: str, node: Node) -> Iterator[Finding]:
    match node:
        case Record():
            needed = {"recorded", "empty"}
        case Dial():
            needed = {"answered", "unanswered"}
        case Action():
            needed = {"error"}
        case _:
            return
    for exit_ in sorted(needed - set(node.exits)):
        yield Finding("R09", "error", f"node {name}: exits", f"{exit_!r} is missing")
    if isinstance(node, Action) and set(node.exits) <= {"error"}:
        yield Finding("R09", "error", f"node {name}: exits", "an outcome besides 'error' is missing")


def _ringing(name: str, dial: Dial) -> Iterator[Finding]:
    """Whoever picks up first has a call that is rung simultaneously, be it a mailbox; what is rung together must be
    taken by a key, and the caller must hear that it goes on."""
    if dial.strategy == "simultaneous" and dial.screen == "press_1":
        said = "a mailbox that picks up takes the call from everybody; ring them `together`"
        yield Finding("R18", "warning", f"node {name}", said)
    if dial.strategy == "together":
        if dial.screen != "press_1":
            yield Finding("R18", "error", f"node {name}: screen", "who is rung together must press 1 to take the call")
        if dial.waiting is None:
            yield Finding("R18", "warning", f"node {name}: waiting", "who holds the line hears nothing")
    elif dial.record or dial.waiting:
        field = "record" if dial.record else "waiting"
        yield Finding("R18", "error", f"node {name}: {field}", "only where officers are rung `together`")


def _secrets_astray(flow: Flow, name: str, node: Node) -> Iterator[Finding]:
    if isinstance(node, Digits) and node.secret and not isinstance(flow.nodes.get(node.next.next), Action):
        said = "secret digits must go straight to an action"
        yield Finding("R25", "error", f"node {name}: next", said)


def _awkward_menu(flow: Flow, name: str, node: Node) -> Iterator[Finding]:
    if not isinstance(node, Menu):
        return
    if (count := len(node.options)) > flow.limits.menu_options:
        said = f"{count} options, and nobody remembers more than {flow.limits.menu_options}"
        yield Finding("R10", "error", f"node {name}: options", said)
    for key in node.options.keys() & flow.global_keys.keys():
        if node.options[key] != flow.global_keys[key]:
            said = "the key means something else everywhere (global_keys)"
            yield Finding("R11", "error", f"node {name}: options.{key}", said)


def _personal_data(flow: Flow) -> Iterator[Finding]:
    texts = {
        f"{language}: prompt {name}": prompt.text
        for language, prompts in flow.prompts.items()
        for name, prompt in prompts.items()
    }
    for ways in all_ways(flow).values():
        texts |= {f"{_place(way)}: {key}": value for way in ways for key, value in way.target.set.items()}
    for where, text in texts.items():
        if NUMBER.search(text) or SECRETS.search(text):
            yield Finding("R22", "error", where, "looks like a telephone number, an address or a secret")
