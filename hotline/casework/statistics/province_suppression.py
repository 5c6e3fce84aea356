"""Which cells of a province's month may not be shown: every one of one or two, and what would tell it.

Three tables are judged in turn, because the audit wants lines that add up to lines in one way. First those: calls, what
they were about, how reports ended, deadlines. Then the lines that stand `apart`, which divide one of the first in
another way, such as the languages of the calls: where the whole is hidden in a column, so are they, so that whatever
the whole may be, they may make it up; where it is shown, they are judged alone. Last the persons by measure, who add
up to nothing, because one may have two measures: see `_hide_persons`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from hotline.casework.statistics.province_lines import MEASURES, PERSONS, ProvinceLine
from hotline.casework.statistics.suppression import NO_ISSUE, NOTHING, SMALL, Cell, Earlier, Frame, Hidden, Sum, hide

WHOLE = "(whole)"
"""The column of all communes together; no unit has such a code."""

Values = Mapping[Cell, int]
_Parts = dict[Cell, tuple[Cell, tuple[Cell, ...]]]
"""What a line lacks of the one above it, where no form shows that: the whole, and the parts that are shown."""


def hidden_of(
    values: Values, lines: Sequence[ProvinceLine], communes: tuple[str, ...], earlier: Earlier = NO_ISSUE
) -> Hidden:
    """Which cells may be shown only as "<3" or not at all; the same table is always hidden the same way.

    `values` has every line in every commune and in WHOLE, which is what the communes add up to. `earlier`: an
    issue of the same month that readers have kept. What it hid stays hidden, because a cell that was company then and
    is shown now would tell the small one beside it; and what it showed and is the same now is company to none. What
    was decided last is kept: a month that is over is looked at often."""
    cells = [(line.key, column) for line in lines for column in (*communes, WHOLE)]
    return _decided(tuple(values[cell] for cell in cells), tuple(lines), communes, earlier)


@lru_cache(maxsize=26)  # the months of two years, and those in course
def _decided(
    numbers: tuple[int, ...], lines: tuple[ProvinceLine, ...], communes: tuple[str, ...], earlier: Earlier
) -> Hidden:
    columns = (*communes, WHOLE)
    values = dict(zip(((line.key, column) for line in lines for column in columns), numbers, strict=True))
    counted = [line for line in lines if not line.same_as and not line.of_persons]
    added = tuple(line for line in counted if not line.apart)
    apart = tuple(line for line in counted if line.apart)
    earlier = replace(earlier, least=_no_less(values, apart, columns, earlier))
    main, beside = _hide_divisions(values, added, apart, communes, earlier)
    persons = _hide_persons(values, [line.key for line in lines if line.of_persons], communes, earlier)
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


def _hide_divisions(
    values: Values,
    added: tuple[ProvinceLine, ...],
    apart: tuple[ProvinceLine, ...],
    communes: tuple[str, ...],
    earlier: Earlier,
) -> tuple[Hidden, Hidden]:
    """The lines that add up, and those apart from them. Where the readers of an earlier issue know too much for these
    to be company to one another, what they are parts of is hidden as well."""
    given, above = NOTHING, {line.key: line.under for line in apart}
    while True:
        main, _ = _hide_lines(values, added, communes, given, earlier)
        beside, told = _hide_lines(values, apart, communes, _beneath(apart, (*communes, WHOLE), main), earlier)
        wholes = {(above[key], column) for key, column in told if key in above} - main.small - main.withheld
        if not wholes:
            return main, beside
        given = Hidden(withheld=given.withheld | wholes)


def _hide_lines(
    values: Values, lines: tuple[ProvinceLine, ...], communes: tuple[str, ...], given: Hidden, earlier: Earlier
) -> tuple[Hidden, frozenset[Cell]]:
    """What of these is hidden, and what is told all the same."""
    frame, rests = _frame(lines, communes)
    known = {
        **values,
        **{rest: values[whole] - sum(values[part] for part in parts) for rest, (whole, parts) in rests.items()},
    }
    hidden, told = frame.judge([known[cell] for cell in frame.cells], given, rests, earlier)
    return Hidden(hidden.small, hidden.withheld - rests.keys()), told


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


def _no_less(
    values: Values, apart: Sequence[ProvinceLine], columns: Sequence[str], earlier: Earlier
) -> frozenset[Cell]:
    """The cells of which the parts that readers know make up all."""
    known: dict[tuple[str, str, str], int] = {}
    for line in apart if earlier.shown else ():
        for column in columns:
            if (line.key, column) in earlier.shown:
                place = line.under, line.group, column
                known[place] = known.get(place, 0) + values[line.key, column]
    return frozenset(
        (under, column) for (under, _, column), n in known.items() if n and n == values.get((under, column))
    )


# ---- persons ---------------------------------------------------------------------------------------------------------


def _hide_persons(values: Values, keys: Sequence[str], communes: Sequence[str], earlier: Earlier) -> Hidden:
    """A commune's persons by measure are shown all or none, and never is only one commune hidden.

    Then any person of a hidden commune, with all his measures, may as well be of another one: no other number changes,
    however the measures of persons hang together. Of the whole, a measure of one or two is hidden with company, so that
    who has it may as well have another."""
    if not keys:
        return Hidden()
    not_shown = earlier.hidden.small | earlier.hidden.withheld
    hidden = [one for one in communes if any(values[key, one] in SMALL or (key, one) in not_shown for key in keys)]
    if not hidden:
        return Hidden()
    nobody = [one for one in communes if not any(values[key, one] for key in keys)]
    others = sorted(set(communes) - set(hidden), key=lambda one: (values[PERSONS, one], one))
    company = nobody[:1] or (others[:1] if len(hidden) == 1 else [])
    known = [one for one in communes if all((key, one) in earlier.shown for key in keys)]
    if len({*hidden, *company} - set(known)) == 1:  # what they all have together would tell what it has
        company, whole = [*company, WHOLE], NOTHING
    else:
        whole = _hide_whole(values, keys, earlier)
    cells = frozenset((key, one) for key in keys for one in (*hidden, *company))
    # Never "<3", which would not be true of another commune's person as well, nor by turns: the choice would tell.
    return _joined((whole, Hidden(withheld=cells)))


def _hide_whole(values: Values, keys: Sequence[str], earlier: Earlier) -> Hidden:
    measures = tuple((key, WHOLE) for key in keys if key.startswith(f"{MEASURES}."))
    cells = ((PERSONS, WHOLE), *measures)
    return hide({cell: values[cell] for cell in cells}, [Sum((PERSONS, WHOLE), measures)], earlier=earlier)
