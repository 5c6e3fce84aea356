"""A flow as a picture: who words it and who answers for it can see where every key leads."""

import html
import shutil
import subprocess
import sysconfig
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ivr_flows.definition import Action, Call, Flow, Hangup, Node, Switch
from ivr_flows.graph import Way, all_ways, entries, reachable, with_a_caller

WORDS = 46
"""Characters of a prompt that fit into a box."""

FILL = {
    "emergency": "#f8d0cc",
    "record": "#cfe3f8",
    "dial": "#fde2bd",
    "action": "#e6daf3",
    "switch": "#ececec",
    "hangup": "#4a4a4a",
    "menu": "#ffffff",
    "digits": "#ffffff",
    "say": "#ffffff",
    "call": "#ececec",
}
LAYOUT_SECONDS = 60
MARK = "▲"


class DrawingError(Exception):
    """The program that lays the picture out is missing or failed."""


@dataclass(frozen=True, slots=True)
class _Box:
    name: str
    kind: str
    fill: str
    lines: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class _Arrow:
    origin: str
    to: str
    label: str
    quiet: bool  # taken by silence


def to_svg(flow: Flow, told: Mapping[str, str] | None = None, marked: Container[str] = ()) -> str:
    """The flow as an SVG picture. DrawingError.

    `told` is one more line in the boxes of these nodes; the `marked` ones have a thick edge and a sign before it."""
    program = _graphviz()
    if program is None:
        raise DrawingError("graphviz-pure is not installed beside this Python")
    try:
        drawn = subprocess.run(
            [program, "-Tsvg"], input=to_dot(flow, told, marked).encode(), capture_output=True, timeout=LAYOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise DrawingError(f"no picture within {LAYOUT_SECONDS} seconds") from None
    if drawn.returncode:
        raise DrawingError(drawn.stderr.decode(errors="replace").strip())
    return drawn.stdout.decode()


def to_mermaid(flow: Flow) -> str:
    """The flow as Mermaid text, for pages that draw it themselves."""
    ids = {name: f"n{number}" for number, name in enumerate(flow.nodes)}
    lines = ["flowchart TD"]
    for box in _boxes(flow):
        text = "<br/>".join((f"<b>{_mermaid(box.name)}</b>", box.kind, *map(_mermaid, box.lines)))
        lines.append(f'  {ids[box.name]}["{text}"]')
        lines.append(f"  style {ids[box.name]} fill:{box.fill},color:{_ink(box)}")
    for arrow in _arrows(flow):
        line = "-.->" if arrow.quiet else "-->"
        label = f'|"{_mermaid(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  {ids[arrow.origin]} {line}{label} {ids[arrow.to]}")
    return "\n".join([*lines, f"  %% {_everywhere(flow)}", ""])


def to_dot(flow: Flow, told: Mapping[str, str] | None = None, marked: Container[str] = ()) -> str:
    """The flow in Graphviz' language."""
    boxes = [_with_figures(box, (told or {}).get(box.name), box.name in marked) for box in _boxes(flow)]
    lines = [
        f"digraph {_quoted(flow.id)} {{",
        f"  graph [label={_quoted(_everywhere(flow))}, labelloc=t, rankdir=TB, ranksep=0.45, nodesep=0.2, charset=utf8,"
        ' fontname="Arial", fontsize=16, bgcolor=white];',
        '  node [shape=box, style="rounded,filled", fontname="Arial", fontsize=11, color="#777777"];',
        '  edge [fontname="Arial", fontsize=11, color="#444444", arrowsize=0.7];',
    ]
    lines += [
        f"  {_quoted(box.name)} [label=<{_label(box)}>, fillcolor={_quoted(box.fill)}{_edge(box)}];" for box in boxes
    ]
    for arrow in _arrows(flow):
        style = ', style=dashed, color="#999999", fontcolor="#777777"' if arrow.quiet else ""
        ends = f"{_quoted(arrow.origin)} -> {_quoted(arrow.to)}"
        lines.append(f"  {ends} [label={_quoted(f' {arrow.label} ')}{style}];")
    return "\n".join([*lines, "}", ""])


# ---- what is drawn ----


def _boxes(flow: Flow) -> Iterator[_Box]:
    ways, urgent = all_ways(flow), _emergency(flow)
    drawn = {(arrow.origin, arrow.to) for arrow in _arrows(flow)}
    for name, node in flow.nodes.items():
        told = _joined(way for way in ways[name] if _is_own(way) and (name, way.to) not in drawn)
        lines = (*_first_words(flow, node), *(f"{labels} → {to}" for (_, to), labels in told.items()))
        yield _Box(name, node.type, FILL["emergency" if name in urgent else node.type], lines)


def _with_figures(box: _Box, told: str | None, marked: bool) -> _Box:
    figures = (f"{MARK} {told}" if marked else told,) if told else ()
    return replace(box, lines=(*box.lines, *figures), marked=marked)


def _arrows(flow: Flow) -> list[_Arrow]:
    """One arrow between two boxes, with all its keys. Ways back, and the ways of silence and error that nearly every
    place has, are told in the box: they are to be read, not followed with the finger."""
    own = [way for out in all_ways(flow).values() for way in out if _is_own(way) and way.to in flow.nodes]
    onward = _onward(flow, own)
    loud = {way.to for way in onward if not _is_quiet(flow, way)} | {*with_a_caller(flow), flow.on_hangup}
    labels = _joined(way for way in onward if not _is_quiet(flow, way) or way.to not in loud)
    return [_Arrow(origin, to, label, to not in loud) for (origin, to), label in labels.items()]


def _joined(ways: Iterable[Way]) -> dict[tuple[str, str], str]:
    """The labels of all ways between two boxes, as one."""
    labels: dict[tuple[str, str], list[str]] = {}
    for way in ways:
        labels.setdefault((way.origin, way.to), []).append(way.label)
    return {ends: ", ".join(filter(None, joined)) for ends, joined in labels.items()}


def _is_own(way: Way) -> bool:
    return not way.where.startswith("global_keys.")


def _is_quiet(flow: Flow, way: Way) -> bool:
    anywhere = way.means == "key" and flow.global_keys.get(way.label) == way.target
    return anywhere or way.where in ("give_up", "skip", "back") or way.label == "error"


def _onward(flow: Flow, ways: list[Way]) -> list[Way]:
    """The ways without those that lead back: on a circle, and not away from the start."""
    out_of = {name: [way for way in ways if way.origin == name] for name in flow.nodes}
    freely = {name: [way for way in out if way.where != "back"] for name, out in out_of.items()}
    far = _distances(flow, out_of)
    return [way for way in ways if far[way.to] > far[way.origin] or way.origin not in reachable(freely, [way.to])]


def _distances(flow: Flow, out: Mapping[str, list[Way]]) -> dict[str, int]:
    """How many ways each node is from the start; what the start does not reach counts from its own key or rule."""
    far: dict[str, int] = {}
    for root in [*with_a_caller(flow), *flow.nodes]:
        edge, distance = {root} - far.keys(), 0
        while edge:
            far |= dict.fromkeys(edge, distance)
            edge, distance = {way.to for name in edge for way in out.get(name, ())} - far.keys(), distance + 1
    return far


def _first_words(flow: Flow, node: Node) -> tuple[str, ...]:
    prompt = flow.prompts.get(flow.default_language, {}).get(getattr(node, "prompt", ""))
    if prompt:
        text = " ".join(prompt.text.split())
        return (text if len(text) <= WORDS else f"{text[: WORDS - 1].rstrip()}…",)
    match node:
        case Action():
            return (node.do,)
        case Switch():
            return (node.by,)
        case Call():
            return (node.entry,)
        case _:
            return ()


def _emergency(flow: Flow) -> set[str]:
    """The nodes on the way to help, from the key for it to the end of that path."""
    ways = all_ways(flow)
    roots = [way.to for out in ways.values() for way in out if way.target.set.get("emergency") == "yes"]
    ends = {name for name, node in flow.nodes.items() if isinstance(node, Hangup)}
    onward = {name: [way for way in out if way.means != "key" and way.to not in ends] for name, out in ways.items()}
    return reachable(onward, roots)


def _everywhere(flow: Flow) -> str:
    keys = ", ".join(f"{key} → {to.next.lstrip('@')}" for key, to in flow.global_keys.items())
    roots = ", ".join(f"{field}: {name}" for field, name in entries(flow).items())
    return f"{flow.id} | {roots} | in every menu {keys}"


# ---- how it is written ----


def _label(box: _Box) -> str:
    ink = _ink(box)
    title = f'<font color="{ink}"><b>{html.escape(box.name)}</b></font>'
    kind = f'<font color="{ink}" point-size="9">  {box.kind}</font>'
    lines = "".join(f'<br align="left"/><font point-size="10">{html.escape(line)}</font>' for line in box.lines)
    return f'{title}{kind}{lines}<br align="left"/>'


def _edge(box: _Box) -> str:
    return ', penwidth=4, color="#9c1c1c"' if box.marked else ""


def _ink(box: _Box) -> str:
    return "#ffffff" if box.kind == "hangup" else "#000000"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mermaid(text: str) -> str:
    marks = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;"}
    return "".join(marks.get(letter, letter) for letter in text)


def _graphviz() -> str | None:
    """The program of the package beside this Python, else one on the path."""
    return shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")) or shutil.which("graphviz-pure")
