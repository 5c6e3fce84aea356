"""No cell of one or two can be worked out of what the province publishes: tried against a reader who tries it all."""

from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from hotline.casework.statistics.disclosure import NotANetworkError, ends_of
from hotline.casework.statistics.disclosure import told as told_by_audit
from hotline.casework.statistics.suppression import SMALL, Cell, Hidden, Sum, hide
from tests.hotline.casework.statistics.reader import Reader, adds_up

Table = Sequence[Sequence[int]]


def summed(rows: Table) -> tuple[dict[Cell, int], list[Sum]]:
    """The values and sums of a table with a total of each line and each commune, and of them all."""
    lines, communes = [f"line {n}" for n in range(len(rows))], [f"commune {n}" for n in range(len(rows[0]))]
    values = {
        (line, commune): n
        for line, row in zip(lines, rows, strict=True)
        for commune, n in zip(communes, row, strict=True)
    }
    sums = [Sum((line, "all"), tuple((line, commune) for commune in communes)) for line in lines]
    sums += [Sum(("all", commune), tuple((line, commune) for line in lines)) for commune in (*communes, "all")]
    sums.append(Sum(("all", "all"), tuple(("all", commune) for commune in communes)))
    for one in sums:
        values[one.whole] = sum(values[part] for part in one.parts)
    return values, sums


def possible(values: Mapping[Cell, int], sums: Sequence[Sum], hidden: Hidden) -> Iterator[dict[Cell, int]]:
    """Every table that a reader of the published one could believe in."""
    largest = max(values.values()) + 3
    guesses = {cell: range(3 if cell in hidden.small else largest) for cell in hidden.small | hidden.withheld}
    return _guessed(dict(values), sums, guesses, sorted(guesses))


def _guessed(
    table: dict[Cell, int], sums: Sequence[Sum], guesses: Mapping[Cell, range], left: Sequence[Cell]
) -> Iterator[dict[Cell, int]]:
    if not left:
        yield dict(table)
        return
    cell, rest = left[0], left[1:]
    for guess in guesses[cell]:
        table[cell] = guess
        if all(_may_add_up(one, table, guesses, rest) for one in sums):
            yield from _guessed(table, sums, guesses, rest)


def _may_add_up(one: Sum, table: Mapping[Cell, int], guesses: Mapping[Cell, range], left: Sequence[Cell]) -> bool:
    ranges = {cell: guesses[cell] if cell in left else range(table[cell], table[cell] + 1) for cell in one.cells()}
    low, high = (sum(ranges[cell][end] for cell in one.parts) for end in (0, -1))
    return low <= ranges[one.whole][-1] and high >= ranges[one.whole][0]


def told(values: Mapping[Cell, int], sums: Sequence[Sum], hidden: Hidden) -> set[Cell]:
    small = {cell for cell, n in values.items() if n in SMALL}
    believed: dict[Cell, set[int]] = {cell: set() for cell in small}
    for table in possible(values, sums, hidden):
        for cell in small:
            believed[cell].add(table[cell])
        if all(len(believed[cell]) > 1 for cell in small):
            break
    return {cell for cell in small if len(believed[cell]) < 2}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[1, 5, 7], [4, 6, 9]], id="one in a corner"),
        pytest.param([[2, 2, 7], [4, 6, 9]], id="two and two, which add up to the most they can"),
        pytest.param([[1, 1, 0], [0, 0, 0]], id="nothing else there is"),
        pytest.param([[1, 0, 7], [0, 0, 9]], id="zeros are company enough"),
        pytest.param([[2]], id="a province of one commune"),
    ],
)
def test_nobody_works_it_out(rows: Table) -> None:
    values, sums = summed(rows)
    assert told(values, sums, hide(values, sums)) == set()


def test_a_table_without_small_cells_is_shown_whole() -> None:
    assert hide(*summed([[3, 0], [12, 40]])) == Hidden(frozenset(), frozenset())


def test_zeros_are_hidden_before_larger_cells() -> None:
    hidden = hide(*summed([[1, 0, 7], [0, 0, 9]]))
    assert hidden.withheld == frozenset()
    assert ("line 0", "commune 2") not in hidden.small


def test_two_rings_of_hidden_cells_do_not_tell_the_one_between_them() -> None:
    """The cell that joins two groups is told by adding lines of the one group: no single sum shows it."""
    rows = [[8, 8, 0, 0], [8, 8, 1, 0], [0, 0, 8, 8], [0, 0, 8, 8]]
    values, sums = summed(rows)
    assert hide(values, sums).small >= {("line 1", "commune 2")}
    assert told(values, sums, hide(values, sums)) == set()


@settings(max_examples=150, deadline=None)
@given(
    some.integers(1, 3).flatmap(
        lambda width: some.lists(
            some.lists(some.sampled_from([0, 0, 1, 2, 3, 4]), min_size=width, max_size=width), min_size=1, max_size=2
        )
    )
)
@example([[0, 1, 2], [2, 0, 1]])
def test_no_small_table_tells_a_small_cell(rows: Table) -> None:
    values, sums = summed(rows)
    hidden = hide(values, sums)
    assert hidden.small | hidden.withheld >= {cell for cell, n in values.items() if n in SMALL}
    assert told(values, sums, hidden) == set()


@settings(max_examples=150, deadline=None)
@given(
    some.lists(some.lists(some.sampled_from([0, 1, 2, 2, 5]), min_size=3, max_size=3), min_size=1, max_size=3),
    some.sets(some.integers(0, 15)),
)
def test_the_audit_tells_neither_more_nor_less_than_a_reader_finds_out(rows: Table, shown: set[int]) -> None:
    """Whatever is hidden, also too little: a cell is told if and only if only one value of it can be believed."""
    values, sums = summed(rows)
    cells = list(values)
    hidden = [cell for number, cell in enumerate(cells) if number not in shown]
    small = frozenset(cell for cell in hidden if values[cell] < 3)
    ends = ends_of([([cells.index(cell) for cell in one.cells()], True) for one in sums], len(cells))
    links = [
        (cells.index(cell), *ends[cells.index(cell)], values[cell] < 2 or cell not in small, values[cell] > 0)
        for cell in hidden
    ]
    found, _ = told_by_audit(links, len(sums))
    reader = Reader(values, Hidden(small, frozenset(hidden) - small), [adds_up(one.whole, one.parts) for one in sums])
    assert {cells[number] for number in found if values[cells[number]] in SMALL} == reader.told()


def test_what_is_tied_in_three_ways_is_refused_rather_than_misjudged() -> None:
    values = {("line", name): 1 for name in "abcd"}
    a, b, c, d = values
    with pytest.raises(NotANetworkError):
        hide(values, [Sum(a, (b,)), Sum(c, (b,)), Sum(d, (b,))])
    with pytest.raises(NotANetworkError):
        hide(values, [Sum(None, (a, b)), Sum(None, (b, c)), Sum(None, (c, a))])


def test_what_everybody_knows_to_add_up_is_company_enough() -> None:
    values = {("vi", "c"): 9, ("ru", "c"): 1, ("en", "c"): 0}
    assert hide(values, [Sum(None, tuple(values))]) == Hidden(frozenset({("ru", "c"), ("en", "c")}))


def test_a_part_of_what_no_form_shows_needs_no_company() -> None:
    values = {("due", "c"): 9, ("kept", "c"): 1, ("late", "c"): 8}
    due, kept, late = values
    assert hide(values, [Sum(due, (kept, late))], unpublished=[late]) == Hidden(frozenset({kept}), frozenset({late}))
