"""That a {variable} has a value whenever it is spoken."""

from collections.abc import Iterator

from ivr_flows.definition import Action, Dial, Digits, Flow, Menu, Node, Record, Say
from ivr_flows.graph import Way, all_ways, entries
from ivr_flows.rules.finding import Finding
from ivr_flows.wording import VARIABLE

AN_ACTION = "an action"
"""Stands for all that an action may have brought: the flow does not say what that is."""


def variables(flow: Flow) -> Iterator[Finding]:
    """Names with a dot are facts of the moment and always there; any other must be set on every path."""
    ways, known = all_ways(flow), _known_at(flow)
    ever_set = {name for out in ways.values() for way in out for name in _set_on(flow, way)}
    for name, node in flow.nodes.items():
        for variable in sorted(_spoken(flow, node)):
            if variable not in ever_set and AN_ACTION not in ever_set:
                yield Finding("R15", "error", f"node {name}", f"{{{variable}}} is spoken but never set")
            elif not {variable, AN_ACTION} & known.get(name, set()):
                yield Finding("R15", "warning", f"node {name}", f"{{{variable}}} is not set on every way here")


def _known_at(flow: Flow) -> dict[str, set[str]]:
    """What is set for sure on arrival at each node, whatever way was taken."""
    ways = all_ways(flow)
    known: dict[str, set[str]] = {name: set() for name in entries(flow).values()}
    waiting = list(known)
    while waiting:
        origin = waiting.pop()
        for way in ways[origin]:
            brought = known[origin] | _set_on(flow, way)
            settled = known[way.to] & brought if way.to in known else brought
            if known.get(way.to) != settled:
                known[way.to] = settled
                waiting.append(way.to)
    return known


def _set_on(flow: Flow, way: Way) -> set[str]:
    node, brought = flow.nodes[way.origin], set(way.target.set)
    match node:
        case Digits() if way.means == "typed" and not node.secret:
            brought.add(node.save_as)
        case Record() if way.means == "speech":
            brought.add("recorded")
        case Action() if way.label != "error":
            brought.add(AN_ACTION)
    return brought


def _spoken(flow: Flow, node: Node) -> set[str]:
    if not isinstance(node, Say | Menu | Digits | Record | Dial):
        return set()
    texts = (prompts[node.prompt].text for prompts in flow.prompts.values() if node.prompt in prompts)
    return {name for text in texts for name in VARIABLE.findall(text) if "." not in name}
