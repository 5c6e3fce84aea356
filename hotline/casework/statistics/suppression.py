"""Small numbers that would name somebody, hidden so that no sum gives them away.

A cell of one or two is shown as "<3". Where the other cells of a sum would still tell it, more cells are hidden beside
it: zeros first, because "<3" is true of them too, else the smallest that help, which are shown as withheld. The result
is audited as statistical offices do it: a hidden cell is told if the sums, reduced, have an equation with that cell
alone, or if what is known of the hidden cells (at most two, or nothing) leaves one possibility in the equations."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SMALL = (1, 2)
_PRIME = 2**61 - 1  # sums are reduced modulo a prime: exact, and the numbers do not grow
_NO_LIMIT = 1 << 60
_LONGEST = 1000  # equations of more cells, or of odd factors, close nobody in

Cell = tuple[str, str]
"""A line and a column of the table."""


Equation = dict[Cell, int]
"""Hidden cells and their factors; what they add up to is published."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A cell that is what the others add up to; all of them may be published."""

    whole: Cell
    parts: tuple[Cell, ...]

    def cells(self) -> Iterator[Cell]:
        yield self.whole
        yield from self.parts


@dataclass(frozen=True, slots=True)
class Hidden:
    """`small` are shown as "<3" (none, one or two), `withheld` without a word of how many they are."""

    small: frozenset[Cell]
    withheld: frozenset[Cell]


def hide(values: Mapping[Cell, int], sums: Sequence[Sum]) -> Hidden:
    """Which cells of a table may not be shown. Every cell of `sums` has a value, and the sums are right."""
    secret = {cell for cell, n in values.items() if n in SMALL}
    table, withheld = _Table(values, sums), set[Cell]()
    table.hide(secret)
    while True:
        table.keep_company()
        withheld |= {cell for cell in table.hidden if values[cell] > max(SMALL)}
        told = _told_by_sums(values, sums, table.hidden, withheld) & secret
        told = told or _told(values, sums, table.hidden, withheld) & secret
        company = [near for one in sorted(told) if (near := table.beside(one)) is not None]
        if not company and told <= withheld:
            return Hidden(frozenset(table.hidden - withheld), frozenset(withheld))
        table.hide(company)
        withheld |= told if not company else set()  # nothing else is left to hide: "<3" itself says too much


class _Table:
    """What is hidden so far, and what had best be hidden next."""

    def __init__(self, values: Mapping[Cell, int], sums: Sequence[Sum]) -> None:
        self.hidden: set[Cell] = set()
        self._values = values
        self._cells = [tuple(one.cells()) for one in sums]
        self._wholes = {one.whole for one in sums}
        self._sums_of: dict[Cell, list[int]] = {}
        for number, cells in enumerate(self._cells):
            for cell in cells:
                self._sums_of.setdefault(cell, []).append(number)
        self._hidden_in = [0] * len(sums)

    def hide(self, cells: Iterable[Cell]) -> None:
        for cell in set(cells) - self.hidden:
            self.hidden.add(cell)
            for number in self._sums_of.get(cell, ()):
                self._hidden_in[number] += 1

    def keep_company(self) -> None:
        """Leave no sum with one hidden cell: subtraction alone would tell that."""
        waiting = list(range(len(self._cells)))
        while waiting:
            number = waiting.pop()
            if self._hidden_in[number] == 1 and (cell := self._best(self._cells[number])) is not None:
                self.hide([cell])
                waiting.extend(self._sums_of[cell])

    def beside(self, told: Cell) -> Cell | None:
        """One more cell to hide for one that is told: of its own sums, else of those that these reach, and so on."""
        known, edge = {told}, {told}
        while edge:
            near = {cell for by in edge for number in self._sums_of.get(by, ()) for cell in self._cells[number]}
            if (found := self._best(near)) is not None:
                return found
            edge = near - known
            known |= near
        return None

    def _best(self, cells: Iterable[Cell]) -> Cell | None:
        """The visible cell that costs the reader least: no total, company in other sums too, the smallest."""
        return min((cell for cell in cells if cell not in self.hidden), key=self._cost, default=None)

    def _cost(self, cell: Cell) -> tuple[bool, int, int, Cell]:
        alone_without_it = sum(self._hidden_in[number] == 1 for number in self._sums_of[cell])
        value = self._values[cell]
        return value > 0 and cell in self._wholes, -alone_without_it, value, cell


# ---- the audit: what somebody with the published table could work out ------------------------------------------------


def _told_by_sums(
    values: Mapping[Cell, int], sums: Sequence[Sum], hidden: Collection[Cell], withheld: Collection[Cell]
) -> set[Cell]:
    """The hidden cells that the sums tell one after another: quick, and most of them."""
    return _closed_in(_equations(sums, hidden), values, hidden, withheld)


def _told(
    values: Mapping[Cell, int], sums: Sequence[Sum], hidden: Collection[Cell], withheld: Collection[Cell]
) -> set[Cell]:
    """The hidden cells of which the published ones leave one possibility, the sums taken together."""
    unknown, told = set(hidden), set[Cell]()
    while True:
        plain = _equations(sums, unknown)
        reduced = _reduced(plain)
        alone = {cell for equation in reduced if len(equation) == 1 for cell in equation}
        found = alone or _closed_in([*plain, *reduced], values, unknown, withheld)
        if not found:
            return told
        told |= found
        unknown -= found


def _equations(sums: Iterable[Sum], unknown: Collection[Cell]) -> list[Equation]:
    return [equation for one in sums if (equation := _equation(one, unknown))]


def _equation(one: Sum, unknown: Collection[Cell]) -> Equation:
    parts = {cell: -1 for cell in one.parts if cell in unknown}
    return {one.whole: 1, **parts} if one.whole in unknown else parts


def _reduced(equations: Iterable[Equation]) -> list[Equation]:
    """The equations solved, each for one cell that no other has (Gauss and Jordan, sparse)."""
    solved: dict[Cell, Equation] = {}
    for equation in equations:
        left = dict(equation)
        for cell in equation:
            if cell in solved:
                _take_off(left, solved[cell], left[cell])
        if not left:
            continue
        pivot, first = min(left.items())
        factor = pow(first, -1, _PRIME)
        left = {cell: _signed(n * factor) for cell, n in left.items()}
        for other in solved.values():
            if times := other.get(pivot):
                _take_off(other, left, times)
        solved[pivot] = left
    return list(solved.values())


def _take_off(equation: Equation, other: Equation, times: int) -> None:
    for cell, n in other.items():
        if left := _signed(equation.get(cell, 0) - times * n):
            equation[cell] = left
        else:
            equation.pop(cell, None)


def _signed(n: int) -> int:
    n %= _PRIME
    return n - _PRIME if n > _PRIME // 2 else n


def _closed_in(
    equations: Sequence[Equation],
    values: Mapping[Cell, int],
    unknown: Collection[Cell],
    withheld: Collection[Cell],
) -> set[Cell]:
    """The cells whose limits close when every equation is held against the limits of its cells."""
    limits = {cell: (0, _NO_LIMIT if cell in withheld else max(SMALL)) for cell in unknown}
    useful = [one for one in equations if len(one) <= _LONGEST and all(abs(n) <= _LONGEST for n in one.values())]
    results = [sum(n * values[cell] for cell, n in one.items()) for one in useful]
    while sum(_narrow(one, result, limits) for one, result in zip(useful, results, strict=True)):
        pass  # until no equation narrows anything
    return {cell for cell, (low, high) in limits.items() if low == high}


def _narrow(equation: Equation, result: int, limits: dict[Cell, tuple[int, int]]) -> bool:
    """Hold one equation against the limits of its cells; tell whether any became narrower."""
    spans = {cell: _span(n, limits[cell]) for cell, n in equation.items()}
    least, most = sum(span[0] for span in spans.values()), sum(span[1] for span in spans.values())
    narrower = False
    for cell, n in equation.items():
        low, high = result - (most - spans[cell][1]), result - (least - spans[cell][0])
        if n < 0:
            low, high = -high, -low
        own = limits[cell]
        within = max(own[0], -(-low // abs(n))), min(own[1], high // abs(n))
        narrower |= within != own
        limits[cell] = within
    return narrower


def _span(n: int, limit: tuple[int, int]) -> tuple[int, int]:
    return (n * limit[0], n * limit[1]) if n > 0 else (n * limit[1], n * limit[0])
