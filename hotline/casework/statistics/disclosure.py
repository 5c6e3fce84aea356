"""What somebody who holds the published table can work out of the hidden cells: exactly, in about one reading of it.

Each cell stands in at most two sums, so the table is a network: the sums are its nodes, the hidden cells its links, and
one more in a cell is one more that flows from the one sum to the other. Two tables that agree in all that is published
differ by such flows in rings. So a hidden cell is told if and only if no ring leads through it, along links that may
still rise and back along links that may still fall; and because such networks have whole solutions wherever they have
any, that is true of whole numbers, too (Hoffman and Kruskal 1956)."""

from collections.abc import Iterable, Mapping, Sequence

OUTSIDE = 0
"""The node of everything that stands in no sum."""


Link = tuple[int, int, int, bool, bool]
"""A hidden cell; the sums from which and to which more of it flows; whether it could be more than it is, and less."""


class NotANetworkError(ValueError):
    """These sums are tied in a way that this audit cannot judge."""


def ends_of(sums: Sequence[tuple[Sequence[int], bool]], cells: int) -> list[tuple[int, int]]:
    """From which sum to which each cell leads; sums are numbered from 1.

    A sum is its cells, and whether the first of them is the whole. Raises NotANetworkError."""
    where: list[list[tuple[int, int]]] = [[] for _ in range(cells)]
    for number, (members, has_whole) in enumerate(sums, 1):
        for cell in members:
            where[cell].append((number, -1))
        if has_whole:
            where[members[0]][-1] = (number, 1)
    if any(len(both) > 2 for both in where):
        raise NotANetworkError("a cell stands in more than two independent sums")
    turned = _turned(where, len(sums))
    ends = []
    for both in where:
        tail = head = OUTSIDE
        for number, side in both:
            tail, head = (tail, number) if side * turned[number] > 0 else (number, head)
        ends.append((tail, head))
    return ends


def _turned(where: Sequence[Sequence[tuple[int, int]]], sums: int) -> list[int]:
    """Which sums to read backwards, so that what leaves one of them enters another."""
    beside: list[dict[int, int]] = [{} for _ in range(sums + 1)]
    for (one, side), (other, other_side) in (both for both in where if len(both) == 2):
        beside[one][other] = beside[other][one] = -side * other_side
    turned = [0] * (sums + 1)
    for first in range(1, sums + 1):
        waiting = [] if turned[first] else [first]
        turned[first] = turned[first] or 1
        while waiting:
            number = waiting.pop()
            for other, same in beside[number].items():
                if not turned[other]:
                    turned[other] = same * turned[number]
                    waiting.append(other)
    if any(turned[one] * turned[other] != same for one in range(1, sums + 1) for other, same in beside[one].items()):
        raise NotANetworkError("the sums contradict one another in their direction")
    return turned


class Parts:
    """Which sums are joined by rings: within a part, every hidden cell may be another number.

    `of`: the part of each sum, by its number. It is asked a million times for a large table, hence no method."""

    def __init__(self, sums: int) -> None:
        self.of = list(range(sums + 1))
        self._sums: dict[int, list[int]] = {}

    def sums(self, part: int) -> Sequence[int]:
        return self._sums.get(part, (part,))

    def join(self, one: int, other: int) -> None:
        """Make the parts of two sums one."""
        large, little = self.of[one], self.of[other]
        if large == little:
            return
        if len(self.sums(large)) < len(self.sums(little)):
            large, little = little, large
        moved = self._sums.pop(little, [little])
        self._sums.setdefault(large, [large]).extend(moved)
        for number in moved:
            self.of[number] = large


def told(links: Sequence[Link], sums: int) -> tuple[set[int], Parts]:
    """The cells of which nothing but the true value is possible, and the parts between which they lie. `sums`: how many
    there are."""
    component = _strong_components(links)
    inside = [link for link in links if component[link[1]] == component[link[2]]]
    # In a strong component only a bridge has no ring: its way back is no other than itself.
    alone = _bridges(inside) | {link[0] for link in links if component[link[1]] != component[link[2]]}
    parts = Parts(sums)
    for cell, tail, head, _, _ in inside:
        if cell not in alone:
            parts.join(tail, head)
    return alone, parts


def _strong_components(links: Iterable[Link]) -> Mapping[int, int]:
    """Nodes that lead to one another have the same number (Tarjan 1972, without recursion)."""
    arcs: dict[int, list[int]] = {}
    for _, tail, head, may_rise, may_fall in links:
        out, back = arcs.setdefault(tail, []), arcs.setdefault(head, [])
        if may_rise:
            out.append(head)
        if may_fall:
            back.append(tail)
    seen: dict[int, int] = {}
    lowest: dict[int, int] = {}
    component: dict[int, int] = {}
    path: list[int] = []
    for start in arcs:
        if start in seen:
            continue
        seen[start] = lowest[start] = len(seen)
        path.append(start)
        way = [(start, iter(arcs[start]))]
        while way:
            node, onward = way[-1]
            for other in onward:
                if other not in seen:
                    seen[other] = lowest[other] = len(seen)
                    path.append(other)
                    way.append((other, iter(arcs[other])))
                    break
                if other not in component and seen[other] < lowest[node]:
                    lowest[node] = seen[other]
            else:
                way.pop()
                if way and lowest[node] < lowest[way[-1][0]]:
                    lowest[way[-1][0]] = lowest[node]
                if lowest[node] == seen[node]:
                    while (last := path.pop()) != node:
                        component[last] = node
                    component[node] = node
    return component


def _bridges(links: Iterable[Link]) -> set[int]:
    """The links without which what they join would fall apart (Tarjan 1974, without recursion)."""
    around: dict[int, list[tuple[int, int]]] = {}
    for cell, tail, head, _, _ in links:
        around.setdefault(tail, []).append((head, cell))
        around.setdefault(head, []).append((tail, cell))
    seen: dict[int, int] = {}
    lowest: dict[int, int] = {}
    found: set[int] = set()
    for start in around:
        if start in seen:
            continue
        seen[start] = lowest[start] = len(seen)
        way = [(start, -1, iter(around[start]))]
        while way:
            node, came_by, onward = way[-1]
            for other, by in onward:
                if by == came_by:
                    continue
                if other not in seen:
                    seen[other] = lowest[other] = len(seen)
                    way.append((other, by, iter(around[other])))
                    break
                if seen[other] < lowest[node]:
                    lowest[node] = seen[other]
            else:
                way.pop()
                if way:
                    before = way[-1][0]
                    if lowest[node] < lowest[before]:
                        lowest[before] = lowest[node]
                    if lowest[node] > seen[before]:
                        found.add(came_by)
    return found
