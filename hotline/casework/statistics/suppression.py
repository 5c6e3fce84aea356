"""Small numbers that would name somebody, hidden so that no sum gives them away.

A cell of one or two is shown as "<3". Where the other cells of a sum would still tell it, more cells are hidden beside
it: zeros first, because "<3" is true of them too, else the smallest that help, which are shown as withheld. The result
is audited as statistical offices do it (see `disclosure`): of every small cell at least two values must be possible,
whatever the reader adds and subtracts, who knows that "<3" is at most two and that nothing is less than nought."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from hotline.casework.statistics.disclosure import Link, Parts, ends_of, told

SMALL = (1, 2)
LARGEST_SMALL = max(SMALL)
_WIDEN, _HIDE, _HIDE_WHOLE = 5, 10, 200
"""What it costs the reader that a "<3" becomes a withheld one, that a cell is hidden, and that a total is."""

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


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier issue of the same table, which the reader has kept: what it hid, and which cells it showed that have
    the same value now. `least`: cells that cannot be less than they are, by what it showed of parts of them."""

    hidden: Hidden = Hidden()
    shown: frozenset[Cell] = frozenset()
    least: frozenset[Cell] = frozenset()


NOTHING = Hidden()
NO_ISSUE = Earlier()


def hide(
    values: Mapping[Cell, int],
    sums: Sequence[Sum],
    given: Hidden = NOTHING,
    unpublished: Collection[Cell] = (),
    earlier: Earlier = NO_ISSUE,
) -> Hidden:
    """Which cells of a table may not be shown. Every cell of `sums` has a value.

    `given`: what is hidden already. `unpublished`: cells that no form shows, and that nobody protects; the reader knows
    no more of them than that they are not less than nought. `earlier`: what it hid stays hidden, and what it showed as
    it is now is company to nobody, because the reader knows it.

    Leaving out the implied sums, a cell stands in two of them at most, and each sum can be read in one direction (lines
    that add up to lines, in columns that add up to one).
    Raises NotANetworkError where that is not so."""
    return Frame(tuple(values), sums).hide(tuple(values.values()), given, unpublished, earlier)


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
        self.cells_at: list[list[int]] = [[] for _ in range(len(independent) + 1)]
        for cell, ends in enumerate(self.ends):
            for sum_ in set(ends):
                self.cells_at[sum_].append(cell)

    def numbers(self, cells: Iterable[Cell]) -> set[int]:
        """Of those of these cells that are cells of this table."""
        return {self.number[cell] for cell in cells if cell in self.number}

    def hide(
        self,
        values: Sequence[int],
        given: Hidden = NOTHING,
        unpublished: Collection[Cell] = (),
        earlier: Earlier = NO_ISSUE,
    ) -> Hidden:
        """As `hide` does; the values stand in the order of the cells."""
        return self.judge(values, given, unpublished, earlier)[0]

    def judge(
        self, values: Sequence[int], given: Hidden, unpublished: Collection[Cell], earlier: Earlier
    ) -> tuple[Hidden, frozenset[Cell]]:
        """The same, and the small cells that are told all the same, because nothing is left that could be hidden."""
        table = _Table(self, values, given, unpublished, earlier)
        table.keep_company()
        while True:
            given_away, parts = table.told()
            if not given_away:
                return table.result(), frozenset()
            if table.widen(given_away):
                continue  # no other cell had to be hidden
            hidden = table.close_rings(given_away, parts)
            table.keep_company()
            if not hidden and not table.withhold(given_away):
                return table.result(), frozenset(self.cells[cell] for cell in given_away)


class _Table:
    """What is hidden so far, and what had best be hidden next. Cells go by their number: there are very many."""

    def __init__(
        self, frame: Frame, values: Sequence[int], given: Hidden, unpublished: Collection[Cell], earlier: Earlier
    ) -> None:
        self._frame, self._values = frame, values
        nobodys = {frame.number[cell] for cell in unpublished}
        self._secret = {cell for cell, n in enumerate(values) if n in SMALL} - nobodys
        self._known, self._least = frame.numbers(earlier.shown), frame.numbers(earlier.least)
        self._withheld = (
            {frame.number[cell] for cell in given.withheld} | nobodys | frame.numbers(earlier.hidden.withheld)
        )
        self._hidden: set[int] = set()
        self._hidden_in = [0] * len(frame.members)
        stays = frame.numbers(earlier.hidden.small)
        self.hide([*self._secret, *self._withheld, *(frame.number[cell] for cell in given.small), *stays])

    def hide(self, cells: Iterable[int]) -> None:
        """Hide these cells: as "<3" where that is true."""
        for cell in set(cells) - self._hidden:
            self._hidden.add(cell)
            if self._values[cell] > LARGEST_SMALL:
                self._withheld.add(cell)
            for place in self._frame.sums_of[cell] if cell not in self._known else ():
                self._hidden_in[place] += 1

    def keep_company(self) -> None:
        """Leave no sum with one hidden cell: subtraction alone would tell that."""
        waiting = [place for place, hidden in enumerate(self._hidden_in) if hidden == 1]
        while waiting:
            place = waiting.pop()
            if self._hidden_in[place] == 1 and (cell := self._best(self._frame.members[place])) is not None:
                self.hide([cell])
                waiting.extend(self._frame.sums_of[cell])

    def told(self) -> tuple[list[int], Parts]:
        """The small cells that the published ones give away, and the parts of the table between which they lie."""
        links: list[Link] = [
            (cell, *self._frame.ends[cell], n < LARGEST_SMALL or cell in self._withheld, self._may_fall(cell))
            for cell in self._hidden - self._known
            for n in (self._values[cell],)
        ]
        alone, parts = told(links, len(self._frame.cells_at) - 1)
        return sorted(alone & self._secret), parts

    def close_rings(self, given_away: Sequence[int], parts: Parts) -> bool:
        """Hide what costs least of what leads back between the parts that each of these cells lies between.

        Mostly that is one cell, and one ring is many cells' ring; else it is a way over other parts. Tell whether
        anything was hidden or withheld."""
        before = len(self._hidden) + len(self._withheld)
        for straight in (True, False):
            for cell in given_away:
                little, large = sorted(
                    (parts.of[end] for end in self._frame.ends[cell]), key=lambda part: len(parts.sums(part))
                )
                if little == large:
                    continue  # another's ring is its ring, too
                if straight:
                    back = self._best(self._between(little, large, parts))
                    way = [] if back is None else [back]
                else:
                    way = self._way(cell, little, large, parts, True) or self._way(cell, little, large, parts, False)
                self._close(cell, way, parts)
        return len(self._hidden) + len(self._withheld) > before

    def _close(self, cell: int, way: Sequence[int], parts: Parts) -> None:
        """Hide what leads back for this cell, and make one part of what it joins."""
        self.hide(way)
        self.widen(way)
        first, _ = self._frame.ends[cell]
        for number in {end for one in (cell, *way) for end in self._frame.ends[one]} if way else ():
            parts.join(first, number)

    def _between(self, little: int, large: int, parts: Parts) -> Iterator[int]:
        """The cells that join two parts."""
        for number in parts.sums(little):
            for cell in self._frame.cells_at[number]:
                if {parts.of[end] for end in self._frame.ends[cell]} == {little, large}:
                    yield cell

    def _way(self, but: int, start: int, end: int, parts: Parts, forth: bool) -> list[int]:
        """The cells over which a little may flow from one part to another at the least cost (Dijkstra 1959).

        `forth`: from the start to the end, else back. It is looked for from the start in either case, which had best be
        the little part: nearly all of the table lies in the large one."""
        known: dict[int, tuple[int, int]] = {}
        waiting, part_of, ends = [(0, start, -1, -1)], parts.of, self._frame.ends
        while waiting:
            so_far, part, came_by, came_from = heappop(waiting)
            if part in known:
                continue
            known[part] = (came_by, came_from)
            if part == end:
                return _traced(known, end)
            for number in parts.sums(part):
                for cell in self._frame.cells_at[number]:
                    tail, head = ends[cell]
                    onward = part_of[head if tail == number else tail]
                    if onward in known or cell == but:
                        continue
                    if (cost := self._cost_of_flow(cell, (tail == number) == forth)) is not None:
                        heappush(waiting, (so_far + cost, onward, cell, part))
        return []

    def _cost_of_flow(self, cell: int, rises: bool) -> int | None:
        """What it costs to let the reader believe in one more, or one less; None: nobody would."""
        n = self._values[cell]
        if cell in self._known or not (rises or self._may_fall(cell)):
            return None
        if cell not in self._hidden:
            return _HIDE + n.bit_length() + (_HIDE_WHOLE if n and cell in self._frame.wholes else 0)
        return _WIDEN if rises and n == LARGEST_SMALL and cell not in self._withheld else 1

    def _may_fall(self, cell: int) -> bool:
        return self._values[cell] > 0 and cell not in self._least

    def widen(self, cells: Iterable[int]) -> bool:
        """Withhold the twos among these: that "<3" is at most two is what tells them. Tell whether there were any."""
        return self.withhold(cell for cell in cells if self._values[cell] == LARGEST_SMALL)

    def withhold(self, cells: Iterable[int]) -> bool:
        """Say nothing at all of these cells, because "<3" itself says too much. Tell whether that was anything new."""
        fresh = set(cells) - self._withheld
        self._withheld |= fresh
        return bool(fresh)

    def result(self) -> Hidden:
        small, withheld = self._hidden - self._withheld, self._withheld
        return Hidden(*(frozenset(self._frame.cells[cell] for cell in cells) for cells in (small, withheld)))

    def _best(self, cells: Iterable[int]) -> int | None:
        """The visible cell that costs the reader least: no total, company in other sums too, the smallest."""
        return min(
            (cell for cell in cells if cell not in self._hidden and cell not in self._known),
            key=self._cost,
            default=None,
        )

    def _cost(self, cell: int) -> tuple[bool, int, int, int]:
        alone_without_it = sum(self._hidden_in[place] == 1 for place in self._sums_of(cell))
        value = self._values[cell]
        return value > 0 and cell in self._frame.wholes, -alone_without_it, value, cell

    def _sums_of(self, cell: int) -> Sequence[int]:
        return self._frame.sums_of[cell]


def _traced(known: Mapping[int, tuple[int, int]], end: int) -> list[int]:
    """The cells of the way that led here."""
    way, (cell, part) = [], known[end]
    while cell >= 0:
        way.append(cell)
        cell, part = known[part]
    return way
