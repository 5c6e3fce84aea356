"""The flow as a whole: everything is reached, everyone is released, help is two keys away."""

from collections.abc import Callable, Iterator, Mapping

from ivr_flows.definition import Action, Call, Digits, Flow, Hangup, Menu, Node, Record, Switch
from ivr_flows.graph import Way, a_circle, all_ways, reachable, with_a_caller
from ivr_flows.rules.finding import Finding

KEYS_TO_HELP = 2
UNREACHED = 99

Ways = Mapping[str, list[Way]]


def paths(flow: Flow) -> Iterator[Finding]:
    """The rules about what leads where. Only for a flow whose shape is sound."""
    ways = all_ways(flow)
    yield from _unreachable(flow, ways)
    yield from _dead_ends(ways, flow)
    yield from _no_way_to_the_end(flow, ways)
    yield from _circles(flow, ways)
    yield from _words_after_hanging_up(flow, ways)
    yield from _bare_hang_ups(flow, ways)
    yield from _far_from_help(flow, ways)


def _unreachable(flow: Flow, ways: Ways) -> Iterator[Finding]:
    roots = [*with_a_caller(flow), flow.on_hangup]
    for name in flow.nodes.keys() - reachable(ways, roots):
        yield Finding("R04", "error", f"node {name}", "nothing leads here")


def _dead_ends(ways: Ways, flow: Flow) -> Iterator[Finding]:
    for name, out in ways.items():
        if all(way.to == name for way in out) and not isinstance(flow.nodes[name], Hangup):
            yield Finding("R05", "error", f"node {name}", "nothing leads away from here")


def _no_way_to_the_end(flow: Flow, ways: Ways) -> Iterator[Finding]:
    back: dict[str, list[str]] = {name: [] for name in flow.nodes}
    for way in (way for out in ways.values() for way in out):
        back[way.to].append(way.origin)
    ends, waiting = set[str](), [name for name, node in flow.nodes.items() if isinstance(node, Hangup)]
    while waiting:
        name = waiting.pop()
        if name not in ends:
            ends.add(name)
            waiting.extend(back[name])
    for name in flow.nodes.keys() - ends:
        yield Finding("R06", "error", f"node {name}", "no way leads from here to a hangup")


def _circles(flow: Flow, ways: Ways) -> Iterator[Finding]:
    unasked = _only(ways, lambda way: not isinstance(flow.nodes[way.origin], Menu | Digits | Record))
    if circle := a_circle(unasked):
        said = f"goes round without the caller: {_round(circle)}"
        yield Finding("R06", "error", f"node {circle[0]}", said)
        return
    silent = _only(ways, lambda way: way.means in ("silence", "always", "outcome"))
    if circle := a_circle(silent):
        said = f"a caller who presses nothing is never released: {_round(circle)}"
        yield Finding("R07", "error", f"node {circle[0]}", said)


def _only(ways: Ways, kept: Callable[[Way], bool]) -> dict[str, list[Way]]:
    return {name: [way for way in out if kept(way)] for name, out in ways.items()}


def _round(circle: list[str]) -> str:
    return " → ".join((*circle, circle[0]))


def _words_after_hanging_up(flow: Flow, ways: Ways) -> Iterator[Finding]:
    for name in reachable(ways, [flow.on_hangup]):
        if not isinstance(flow.nodes[name], Action | Switch | Call | Hangup):
            yield Finding("R12", "error", f"node {name}", "on_hangup leads here, and nobody is on the line")


def _bare_hang_ups(flow: Flow, ways: Ways) -> Iterator[Finding]:
    on_line = reachable(ways, with_a_caller(flow))
    returns = reachable(ways, (node.entry for node in flow.nodes.values() if isinstance(node, Call)))
    for way in (way for name in on_line - returns for way in ways[name]):
        if isinstance(flow.nodes[way.to], Hangup) and not _something_said(flow, way):
            said = "hangs up without a word: say goodbye first"
            yield Finding("R27", "warning", f"node {way.origin}: {way.where}", said)


def _something_said(flow: Flow, way: Way) -> bool:
    """Whether words came right before: a say, an officer, or a menu that is read once and let pass."""
    node = flow.nodes[way.origin]
    once = isinstance(node, Menu) and (node.tries or flow.defaults.tries) == 1 and way.means == "silence"
    return once or way.means == "always" or way.label == "answered" or isinstance(node, Switch)


def _far_from_help(flow: Flow, ways: Ways) -> Iterator[Finding]:
    emergency = {way.to for out in ways.values() for way in out if way.target.set.get("emergency") == "yes"}
    if not emergency:
        yield Finding("R19", "error", "flow", "no key sets `emergency: yes`")
        return
    if not any(way.to in emergency for name in _first_menus(flow, ways) for way in ways[name]):
        yield Finding("R19", "error", f"node {flow.start}", "the first menu has no key for emergencies")
    keys = _keys_to(emergency, ways)
    for name, node in flow.nodes.items():
        if isinstance(node, Menu | Digits | Record) and keys[name] > KEYS_TO_HELP:
            said = f"an emergency is more than {KEYS_TO_HELP} keys away"
            yield Finding("R19", "error", f"node {name}", said)


def _first_menus(flow: Flow, ways: Ways) -> set[str]:
    """The menus a caller meets before having pressed anything."""
    before = _only(ways, lambda way: not _asks(flow.nodes[way.origin]))
    return {name for name in reachable(before, [flow.start]) if isinstance(flow.nodes[name], Menu)}


def _asks(node: Node) -> bool:
    return isinstance(node, Menu | Digits | Record)


def _keys_to(goals: set[str], ways: Ways) -> dict[str, int]:
    """For each node the fewest keys to one of the goals. A recording is ended by one key; waiting costs none."""
    keys = {name: 0 if name in goals else UNREACHED for name in ways}
    for _ in ways:
        nearer = {name: min([keys[name], *(_cost(way) + keys[way.to] for way in out)]) for name, out in ways.items()}
        if nearer == keys:
            break
        keys = nearer
    return keys


def _cost(way: Way) -> int:
    """Silence is no way to help: who waits for it has lost the time."""
    return {"key": 1, "speech": 1, "outcome": 0, "always": 0, "typed": UNREACHED, "silence": UNREACHED}[way.means]
