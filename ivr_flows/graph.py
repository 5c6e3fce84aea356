"""A flow as a graph: which way leads where, and what has to happen to take it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ivr_flows.definition import (
    REPEAT,
    Action,
    Call,
    Dial,
    Digits,
    Flow,
    Hangup,
    Menu,
    Node,
    Record,
    Say,
    Switch,
    Target,
)

Means = Literal["key", "typed", "silence", "speech", "outcome", "always"]
"""How a way is taken: a key, a whole entry, by waiting, by speaking, by what others do, or at once."""


@dataclass(frozen=True, slots=True)
class Way:
    """One arrow of the picture. `where` names the field that draws it (`options.1`)."""

    origin: str
    where: str
    label: str
    means: Means
    target: Target

    @property
    def to(self) -> str:
        """The node at its end; a repeat leads back to where it began."""
        return self.origin if self.target.next == REPEAT else self.target.next


def ways_out(flow: Flow, name: str) -> list[Way]:
    """All ways out of a node, global keys included."""
    return [Way(name, *rest) for rest in _ways(flow, flow.nodes[name])]


def all_ways(flow: Flow) -> dict[str, list[Way]]:
    """All ways out of each node, by node."""
    return {name: ways_out(flow, name) for name in flow.nodes}


def entries(flow: Flow) -> dict[str, str]:
    """The nodes that a call can begin or be thrown into, by the field that says so."""
    return {"start": flow.start, "on_error": flow.on_error, "on_hangup": flow.on_hangup}


def with_a_caller(flow: Flow) -> list[str]:
    """The nodes from which every walk with someone on the line sets out."""
    anywhere = (target.next for target in flow.global_keys.values() if target.next != REPEAT)
    return [flow.start, flow.on_error, *anywhere]


def reachable(ways: Mapping[str, list[Way]], roots: Iterable[str]) -> set[str]:
    """Every node that some way leads to, the roots included; nodes that do not exist are not followed."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(way.to for way in ways.get(name, ()))
    return found


def a_circle(ways: Mapping[str, list[Way]]) -> list[str]:
    """The nodes of one circle among these ways, or none."""
    done: set[str] = set()
    for root in ways:
        path: dict[str, Iterator[Way]] = {} if root in done else {root: iter(ways[root])}
        while path:
            name, onward = next(reversed(path.items()))
            to = next((way.to for way in onward if way.to in ways and way.to not in done), None)
            if to is None:
                done.add(name)
                del path[name]
            elif to in path:
                nodes = list(path)
                return nodes[nodes.index(to) :]
            else:
                path[to] = iter(ways[to])
    return []


_Way = tuple[str, str, Means, Target]


def _ways(flow: Flow, node: Node) -> Iterator[_Way]:
    match node:
        case Say():
            yield "next", "", "always", node.next
        case Menu():
            yield from ((f"options.{key}", key, "key", target) for key, target in node.options.items())
            yield from _global_ways(flow, node)
            yield "give_up", "silence", "silence", node.give_up
        case Digits():
            yield from _digit_ways(node)
        case Record():
            yield from ((f"keys.{key}", key, "key", target) for key, target in node.keys.items())
            for ending, target in node.exits.items():
                yield f"exits.{ending}", ending, "speech" if ending == "recorded" else "silence", target
        case Switch():
            yield from ((f"cases.{value}", value, "outcome", target) for value, target in node.cases.items())
            yield "otherwise", "otherwise", "outcome", node.otherwise
        case Action() | Dial():
            for outcome, target in node.exits.items():
                yield f"exits.{outcome}", outcome, "outcome", target
        case Call():
            yield "entry", "into", "always", Target(next=node.entry)
            yield "next", "and then", "always", node.next
        case Hangup():
            pass


def _global_ways(flow: Flow, menu: Menu) -> Iterator[_Way]:
    for key, target in flow.global_keys.items():
        if key not in menu.options:
            yield f"global_keys.{key}", key, "key", target


def _digit_ways(node: Digits) -> Iterator[_Way]:
    yield "next", "entered", "typed", node.next
    yield "back", "*", "key", node.back
    if node.skip:
        yield "skip", "# or silence", "silence", node.skip
    yield "give_up", "no valid entry" if node.skip else "silence", "silence", node.give_up
