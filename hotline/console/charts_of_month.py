"""Which charts a month has, read off its document: they show what stands in the table and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hotline.casework.statistics.printed import Document, Number, Row
from hotline.casework.statistics.printed_words import word
from hotline.forms.reading import plain

_MOST_BARS = 12
_BAR, _AROUND = 36, 40  # pixels: of each bar, and around them all


@dataclass(frozen=True)
class Chart:
    """So much of each, with a title. `upright`: columns, for what has an order, such as the hours of a day."""

    title: str
    amounts: tuple[tuple[str, int], ...]
    upright: bool = False

    @property
    def height(self) -> int:
        """Of the drawing, where it is 560 wide."""
        return 320 if self.upright else _AROUND + _BAR * len(self.amounts)


def charts_of(document: Document) -> dict[str, Chart]:
    """The charts by name; each with a title and the lines of the table that it shows."""
    rows = {row.key: row for _, row in document.rows()}
    hours = [replace(row, label=key.partition(".")[2]) for key, row in rows.items() if _is(key, "hours")]
    amounts = {
        "kinds": tuple(_amounts([rows["calls.hung_up"], *_all(rows, "kinds")], document)),
        "categories": _largest(_all(rows, "categories"), document),
        "hours": tuple(_amounts(hours, document)),
        "places": _largest(_all(rows, "places"), document),
    }
    return {
        name: Chart(word("charts", name, document.language), found, upright=name == "hours")
        for name, found in amounts.items()
    }


def _all(rows: dict[str, Row], of: str) -> list[Row]:
    return [row for key, row in rows.items() if _is(key, of) and not key.endswith(".unsorted")]


def _is(key: str, of: str) -> bool:
    return key.startswith(f"{of}.")


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
