"""Which charts a month has, read off its document: they show what stands in the table and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

from hotline.casework.statistics.printed import Document, Number, Row
from hotline.console.charts import Chart
from hotline.forms.reading import plain

_MOST_BARS = 12


def charts_of(document: Document) -> dict[str, Chart]:
    """The charts by name; each with a title and the lines of the table that it shows."""
    rows = {row.key: row for _, row in document.rows()}
    headings = {section.rows[0].key.partition(".")[0]: section.heading for section in document.sections if section.rows}
    kinds = [row for key, row in rows.items() if key == "calls.hung_up" or _is(key, "kinds", depth=2)]
    hours = [replace(row, label=key.partition(".")[2]) for key, row in rows.items() if _is(key, "hours")]
    return {
        "kinds": Chart(headings["kinds"], tuple(_amounts(kinds, document))),
        "categories": Chart(
            headings["kinds"], _largest([r for k, r in rows.items() if _is(k, "categories")], document)
        ),
        "hours": Chart(headings["hours"], tuple(_amounts(hours, document)), upright=True),
        "places": Chart(rows["places"].label, _largest([r for k, r in rows.items() if _is(k, "places")], document)),
    }


def _is(key: str, of: str, depth: int | None = None) -> bool:
    return key.startswith(f"{of}.") and (depth is None or key.count(".") + 1 == depth)


def _amounts(rows: list[Row], document: Document) -> Iterator[tuple[str, int]]:
    columns = {row.key: section.columns for section, row in document.rows()}
    for row in rows:
        place = next(number for number, column in enumerate(columns[row.key]) if column.key == "count")
        cell = row.cells[place]
        if isinstance(cell, Number) and cell.n is not None:
            yield plain(row.label), cell.n


def _largest(rows: list[Row], document: Document) -> tuple[tuple[str, int], ...]:
    """Those with most, the largest first; nobody reads forty bars."""
    found = [(label, amount) for label, amount in _amounts(rows, document) if amount]
    return tuple(sorted(found, key=lambda one: -one[1])[:_MOST_BARS])
