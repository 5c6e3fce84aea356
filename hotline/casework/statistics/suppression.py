"""Small numbers that would name somebody, hidden so that no sum gives them away.

A cell of one or two is shown as "<3". Where the other cells of a sum would still tell it, more cells are hidden beside
it: zeros first, because "<3" is true of them too, else the smallest that help, which are shown as withheld. The result
is audited as statistical offices do it (see `disclosure`): of every small cell at least two values must be possible,
whatever the reader adds and subtracts, who knows that "<3" is at most two and that nothing is less than nought."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hotline.casework.statistics.disclosure import Link, ends_of, told

SMALL = (1, 2)
LARGEST_SMALL = max(SMALL)

Cell = tuple[str, str]
"""A line and a column of the table."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A cell that is what the others add up to; all of them may be published. `whole` None: everybody knows it.

    `implied`: true because the other sums are; that a cell is told by it is found out by those. What a sum lacks or has
    too much, such as calls without a code, the reader is taken to know."""

    whole: Cell | None
    parts: tuple[Cell, ...]
    implied: bool = False

    def cells(self) -> Iterator[Cell]:
        """Those that have a value of their own, the whole first."""
        if self.whole is not None:
            yield self.whole
        yield from self.parts


@dataclass(frozen=True, slots=True)
class Hidden:
    """`small` are shown as "<3" (none, one or two), `withheld` without a word of how many they are."""

    small: frozenset[Cell] = frozenset()
    withheld: frozenset[Cell] = frozenset()


NOTHING = Hidden()


def hide(
    values: Mapping[Cell, int], sums: Sequence[Sum], given: Hidden = NOTHING, unpublished: Collection[Cell] = ()
) -> Hidden:
    """Which cells of a table may not be shown. Every cell of `sums` has a value.

    `given`: what is hidden already. `unpublished`: cells that no form shows, and that nobody protects; the reader knows
    no more of them than that they are not less than nought. Leaving out the implied sums, a cell stands in two of them
    at most, and each sum can be read in one direction (lines that add up to lines, in columns that add up to one).
    Raises NotANetworkError where that is not so."""
    return Frame(tuple(values), sums).hide(tuple(values.values()), given, unpublished)


class Frame:
    """The cells of a table and what ties them, without their values: months of one province have the same."""

    def __init__(self, cells: Sequence[Cell], sums: Sequence[Sum]) -> None:
        self.cells = cells
        self.number = {cell: place for place, cell in enumerate(cells)}
        self.members = [[self.number[cell] for cell in one.cells()] for one in sums]
        self.wholes = {self.number[one.whole] for one in sums if one.whole is not None}
        self.sums_of: list[list[int]] = [[] for _ in cells]
        for place, members in enumerate(self.members):
            for cell in members:
                self.sums_of[cell].append(place)
        independent = [(place, one) for place, one in enumerate(sums) if not one.implied]
        self.ends = ends_of([(self.members[n], one.whole is not None) for n, one in independent], len(cells))

    def hide(self, values: Sequence[int], given: Hidden = NOTHING, unpublished: Collection[Cell] = ()) -> Hidden:
        """As `hide` does; the values stand in the order of the cells."""
        table = _Table(self, values, given, unpublished)
        table.keep_company()
        while given_away := table.told():
            if table.widen(given_away):
                continue  # no other cell had to be hidden
            company = [near for cell in given_away if (near := table.beside(cell)) is not None]
            table.hide(company)
            table.keep_company()
            if not company and not table.withhold(given_away):
                break  # all there is, is hidden
        return table.result()


class _Table:
    """What is hidden so far, and what had best be hidden next. Cells go by their number: there are very many."""

    def __init__(self, frame: Frame, values: Sequence[int], given: Hidden, unpublished: Collection[Cell]) -> None:
        self._frame, self._values = frame, values
        nobodys = {frame.number[cell] for cell in unpublished}
        self._secret = {cell for cell, n in enumerate(values) if n in SMALL} - nobodys
        self._withheld = {frame.number[cell] for cell in given.withheld} | nobodys
        self._hidden: set[int] = set()
        self._hidden_in = [0] * len(frame.members)
        self.hide([*self._secret, *self._withheld, *(frame.number[cell] for cell in given.small)])

    def hide(self, cells: Iterable[int]) -> None:
        """Hide these cells: as "<3" where that is true."""
        for cell in set(cells) - self._hidden:
            self._hidden.add(cell)
            if self._values[cell] > LARGEST_SMALL:
                self._withheld.add(cell)
            for place in self._frame.sums_of[cell]:
                self._hidden_in[place] += 1

    def keep_company(self) -> None:
        """Leave no sum with one hidden cell: subtraction alone would tell that."""
        waiting = [place for place, hidden in enumerate(self._hidden_in) if hidden == 1]
        while waiting:
            place = waiting.pop()
            if self._hidden_in[place] == 1 and (cell := self._best(self._frame.members[place])) is not None:
                self.hide([cell])
                waiting.extend(self._frame.sums_of[cell])

    def told(self) -> list[int]:
        """The small cells that the published ones give away."""
        links = []
        for cell in self._hidden:
            n, (tail, head) = self._values[cell], self._frame.ends[cell]
            links.append(Link(cell, tail, head, n < LARGEST_SMALL or cell in self._withheld, n > 0))
        return sorted(told(links) & self._secret)

    def widen(self, cells: Iterable[int]) -> bool:
        """Withhold the twos among these: that "<3" is at most two is what tells them. Tell whether there were any."""
        return self.withhold(cell for cell in cells if self._values[cell] == LARGEST_SMALL)

    def withhold(self, cells: Iterable[int]) -> bool:
        """Say nothing at all of these cells, because "<3" itself says too much. Tell whether that was anything new."""
        fresh = set(cells) - self._withheld
        self._withheld |= fresh
        return bool(fresh)

    def beside(self, given_away: int) -> int | None:
        """One more cell to hide for one that is told: of its own sums, else of those that these reach, and so on."""
        known, edge = {given_away}, {given_away}
        while edge:
            near = {other for cell in edge for place in self._sums_of(cell) for other in self._frame.members[place]}
            if (found := self._best(near)) is not None:
                return found
            edge = near - known
            known |= near
        return None

    def result(self) -> Hidden:
        small, withheld = self._hidden - self._withheld, self._withheld
        return Hidden(*(frozenset(self._frame.cells[cell] for cell in cells) for cells in (small, withheld)))

    def _best(self, cells: Iterable[int]) -> int | None:
        """The visible cell that costs the reader least: no total, company in other sums too, the smallest."""
        return min((cell for cell in cells if cell not in self._hidden), key=self._cost, default=None)

    def _cost(self, cell: int) -> tuple[bool, int, int, int]:
        alone_without_it = sum(self._hidden_in[place] == 1 for place in self._sums_of(cell))
        value = self._values[cell]
        return value > 0 and cell in self._frame.wholes, -alone_without_it, value, cell

    def _sums_of(self, cell: int) -> Sequence[int]:
        return self._frame.sums_of[cell]
