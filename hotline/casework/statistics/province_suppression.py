"""Which cells of a province's month may not be shown: every one of one or two, and what would tell it.

Three tables are judged in turn, because the audit wants lines that add up to lines in one way. First those: calls, what
they were about, how reports ended, deadlines. Then the lines that stand `apart`, which divide one of the first in
another way, such as the languages of the calls: where the whole is hidden in a column, so are they, so that whatever
the whole may be, they may make it up; where it is shown, they are judged alone. Last the persons by measure, who add
up to nothing, because one may have two measures: see `_hide_persons`."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from hotline.casework.statistics.province_lines import MEASURES, PERSONS, ProvinceLine
from hotline.casework.statistics.suppression import SMALL, Cell, Frame, Hidden, Sum, hide

WHOLE = "(whole)"
"""The column of all communes together; no unit has such a code."""

Values = Mapping[Cell, int]
_Parts = dict[Cell, tuple[Cell, tuple[Cell, ...]]]
"""What a line lacks of the one above it, where no form shows that: the whole, and the parts that are shown."""


def hidden_of(values: Values, lines: Sequence[ProvinceLine], communes: tuple[str, ...]) -> Hidden:
    """Which cells may be shown only as "<3" or not at all; the same table is always hidden the same way.

    `values` has every line in every commune and in WHOLE, which is what the communes add up to. What was decided last
    is kept: a month that is over is looked at often."""
    cells = [(line.key, column) for line in lines for column in (*communes, WHOLE)]
    return _decided(tuple(values[cell] for cell in cells), tuple(lines), communes)


@lru_cache(maxsize=26)  # the months of two years, and those in course
def _decided(numbers: tuple[int, ...], lines: tuple[ProvinceLine, ...], communes: tuple[str, ...]) -> Hidden:
    columns = (*communes, WHOLE)
    values = dict(zip(((line.key, column) for line in lines for column in columns), numbers, strict=True))
    counted = [line for line in lines if not line.same_as and not line.of_persons]
    added = tuple(line for line in counted if not line.apart)
    apart = tuple(line for line in counted if line.apart)
    main = _hide_lines(values, added, communes, Hidden())
    beside = _hide_lines(values, apart, communes, _beneath(apart, columns, main))
    persons = _hide_persons(values, [line.key for line in lines if line.of_persons], communes)
    hidden = _joined((main, beside, persons))
    return _joined((hidden, _repeated([line for line in lines if line.same_as], columns, hidden)))


def forget() -> None:
    """Decide anew what is asked for next."""
    _decided.cache_clear()


def _joined(parts: Iterable[Hidden]) -> Hidden:
    small: frozenset[Cell] = frozenset()
    withheld: frozenset[Cell] = frozenset()
    for one in parts:
        small, withheld = small | one.small, withheld | one.withheld
    return Hidden(small, withheld)


def _repeated(lines: Iterable[ProvinceLine], columns: Sequence[str], hidden: Hidden) -> Hidden:
    """The lines that have the numbers of others are hidden where those are."""
    where = {(line.key, column): (line.same_as, column) for line in lines for column in columns}
    return Hidden(*(_those(where, cells) for cells in (hidden.small, hidden.withheld)))


def _those(where: Mapping[Cell, Cell], cells: frozenset[Cell]) -> frozenset[Cell]:
    return frozenset(one for one, other in where.items() if other in cells)


# ---- lines that add up to lines --------------------------------------------------------------------------------------


def _hide_lines(values: Values, lines: tuple[ProvinceLine, ...], communes: tuple[str, ...], given: Hidden) -> Hidden:
    frame, rests = _frame(lines, communes)
    known = {
        **values,
        **{rest: values[whole] - sum(values[part] for part in parts) for rest, (whole, parts) in rests.items()},
    }
    hidden = frame.hide([known[cell] for cell in frame.cells], given, rests)
    return Hidden(hidden.small, hidden.withheld - rests.keys())


@lru_cache(maxsize=16)
def _frame(lines: tuple[ProvinceLine, ...], communes: tuple[str, ...]) -> tuple[Frame, _Parts]:
    """The cells of these lines with the sums that tie them, down every column and across every line."""
    keys, columns = {line.key for line in lines}, (*communes, WHOLE)
    divisions: dict[tuple[str, str], list[ProvinceLine]] = {}
    for line in lines:
        if line.under:
            divisions.setdefault((line.under, line.group if line.apart else ""), []).append(line)
    sums: list[Sum] = []
    rests: _Parts = {}
    for (under, group), parts in divisions.items():
        for column in columns:
            cells = tuple((part.key, column) for part in parts)
            rest = (f"what {group} lacks of {under}", column)
            if parts[0].partial:
                rests[rest] = (under, column), cells
                cells = (*cells, rest)
            sums.append(Sum((under, column) if under in keys else None, cells))
    added = {under for (under, _), parts in divisions.items() if not parts[0].partial}
    for line in lines:
        whole, cells = (line.key, WHOLE), tuple((line.key, commune) for commune in communes)
        sums.append(Sum(whole, cells, implied=line.key in added))
    return Frame([*((line.key, column) for line in lines for column in columns), *rests], sums), rests


def _beneath(lines: Sequence[ProvinceLine], columns: Sequence[str], main: Hidden) -> Hidden:
    """The lines apart in the columns where what they are parts of is hidden, and in the same way.

    No part of what is at most two is more; so "<3" says no more of it than of the whole."""
    where = {(line.key, column): (line.under, column) for line in lines for column in columns}
    return Hidden(*(_those(where, cells) for cells in (main.small, main.withheld)))


# ---- persons ---------------------------------------------------------------------------------------------------------


def _hide_persons(values: Values, keys: Sequence[str], communes: Sequence[str]) -> Hidden:
    """A commune's persons by measure are shown all or none, and never is only one commune hidden.

    Then any person of a hidden commune, with all his measures, may as well be of another one: no other number changes,
    however the measures of persons hang together. Of the whole, a measure of one or two is hidden with company, so that
    who has it may as well have another."""
    if not keys:
        return Hidden()
    hidden = [one for one in communes if any(values[key, one] in SMALL for key in keys)]
    if not hidden:
        return Hidden()
    if len(communes) == 1:
        return Hidden(withheld=frozenset((key, column) for key in keys for column in (*communes, WHOLE)))
    whole = _hide_whole(values, keys)
    nobody = [one for one in communes if not any(values[key, one] for key in keys)]
    others = sorted(set(communes) - set(hidden), key=lambda one: (values[PERSONS, one], one))
    company = nobody[:1] or (others[:1] if len(hidden) == 1 else [])
    cells = frozenset((key, one) for key in keys for one in (*hidden, *company))
    # Never "<3", which would not be true of another commune's person as well, nor by turns: the choice would tell.
    return _joined((whole, Hidden(withheld=cells)))


def _hide_whole(values: Values, keys: Sequence[str]) -> Hidden:
    measures = tuple((key, WHOLE) for key in keys if key.startswith(f"{MEASURES}."))
    cells = ((PERSONS, WHOLE), *measures)
    return hide({cell: values[cell] for cell in cells}, [Sum((PERSONS, WHOLE), measures)])
