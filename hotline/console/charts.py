"""Charts as SVG, drawn by pygal on the server: pictures, without its scripts."""

import sys
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import pygal
from pygal.graph.graph import Graph
from pygal.style import Style

from hotline.console.charts_of_month import Chart

# pygal looks for its plug-ins in a way that Python has given up, and would be asked at every later import.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_LEFT_OUT = frozenset({"script", "title", ElementTree.Comment})  # the title comes anew, as the first thing in it
_FONT = 'system-ui, "Segoe UI", "Noto Sans", Roboto, sans-serif'
_COLOURS = ("#0e3b33", "#b4690e", "#2b5c8f")
_STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#18252b",
    foreground_strong="#18252b",
    foreground_subtle="#52626a",
    guide_stroke_color="#d7dedb",
    major_guide_stroke_color="#d7dedb",
    colors=_COLOURS,
    font_family=_FONT,
    value_font_family=_FONT,
    label_font_size=19,
    major_label_font_size=19,
    value_font_size=16,
    legend_font_size=17,
    title_font_size=18,
    value_colors=("#18252b",),
    opacity="1",
    transition="none",
)
_WIDTH, _MOST_LABELS = 560, 8


def drawn(chart: Chart) -> bytes:
    """The chart as SVG."""
    return _picture(_columns(chart) if chart.upright else _bars(chart), chart.title)


def _columns(chart: Chart) -> Graph:
    plot = pygal.Bar(width=_WIDTH, height=chart.height, show_minor_x_labels=False, **_plain(chart.title))
    plot.x_labels = [label for label, _ in chart.amounts]
    plot.x_labels_major = plot.x_labels[:: max(1, len(plot.x_labels) // _MOST_LABELS)]
    plot.add("", [amount for _, amount in chart.amounts])
    return plot


def _bars(chart: Chart) -> Graph:
    """The amount stands behind the name: inside a short bar nobody could read it."""
    plot = pygal.HorizontalBar(width=_WIDTH, height=chart.height, show_x_labels=False, **_plain(chart.title))
    plot.x_labels = [f"{_short(label)}: {amount}" for label, amount in reversed(chart.amounts)]
    plot.add("", [amount for _, amount in reversed(chart.amounts)])
    return plot


def trend(title: str, names: Sequence[str], series: Mapping[str, Sequence[int]]) -> bytes:
    """Lines over time, as SVG."""
    plain = {**_plain(title), "show_legend": True, "margin_right": 30}
    plot = pygal.Line(width=900, height=380, dots_size=4, legend_at_bottom=True, **plain)
    plot.x_labels = names
    for name, amounts in series.items():
        plot.add(name, list(amounts))
    return _picture(plot, title)


def _plain(title: str) -> dict[str, object]:
    return {
        "title": None,
        "style": _STYLE,
        "show_legend": False,
        "js": [],
        "no_prefix": True,
        "margin": 8,
        "min_scale": 2,
        "max_scale": 6,
        "include_x_axis": True,
        "range": None,
        "truncate_label": -1,
        "truncate_legend": -1,
        "value_formatter": "{:.0f}".format,
        "no_data_text": title,
        "explicit_size": False,
    }


def _picture(plot: Graph, title: str) -> bytes:
    """The drawing with its name and without scripts."""
    tree = plot.render_tree()
    for parent in list(tree.iter()):
        for child in [one for one in parent if one.tag in _LEFT_OUT]:
            parent.remove(child)
    name = ElementTree.Element("title")
    name.text = title
    tree.insert(0, name)
    tree.set("role", "img")
    return bytes(ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True))


def _short(label: str, most: int = 28) -> str:
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"
