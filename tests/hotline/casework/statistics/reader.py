"""Somebody who has the published table, adds and subtracts it all, and is told nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hotline.casework.statistics.suppression import Cell, Hidden

Terms = Mapping[Cell, int]


@dataclass
class Reader:
    """`rules`: of the true table each such sum of cells with factors is nought, or at least nought."""

    values: Mapping[Cell, int]
    hidden: Hidden
    equal: list[Terms] = field(default_factory=list)
    at_least: list[Terms] = field(default_factory=list)

    def told(self) -> set[Cell]:
        """The hidden cells of one or two of which only one value can be believed."""
        unknown = self.hidden.small | self.hidden.withheld
        secret = {cell for cell in unknown if self.values[cell] in (1, 2)}
        return {cell for cell in secret if not self._may_differ(cell)}

    def _may_differ(self, cell: Cell) -> bool:
        others = (value for value in range(5) if value != self.values[cell])
        return any(
            self._believes({**self._domains(), cell: (value, value)}) for value in others if self._in(cell, value)
        )

    def _in(self, cell: Cell, value: int) -> bool:
        low, high = self._domains()[cell]
        return low <= value <= high

    def _domains(self) -> dict[Cell, tuple[int, int]]:
        largest = max(self.values.values()) + 3
        known = dict.fromkeys(self.hidden.small, (0, 2)) | dict.fromkeys(self.hidden.withheld, (0, largest))
        return {cell: known.get(cell, (n, n)) for cell, n in self.values.items()}

    def _believes(self, domains: dict[Cell, tuple[int, int]]) -> bool:
        """Whether any table is left: narrow what is possible, guess one cell, and so on."""
        if not self._narrow(domains):
            return False
        open_ = [cell for cell, (low, high) in domains.items() if low < high]
        if not open_:
            return True
        cell = min(open_, key=lambda one: domains[one][1] - domains[one][0])
        low, high = domains[cell]
        near = sorted(range(low, high + 1), key=lambda value: abs(value - self.values[cell]))
        return any(self._believes({**domains, cell: (value, value)}) for value in near)

    def _narrow(self, domains: dict[Cell, tuple[int, int]]) -> bool:
        changed = True
        while changed:
            changed = False
            for terms, exact in [*((one, True) for one in self.equal), *((one, False) for one in self.at_least)]:
                spans = {c: sorted((k * domains[c][0], k * domains[c][1])) for c, k in terms.items()}
                least, most = (sum(span[end] for span in spans.values()) for end in (0, 1))
                if most < 0 or (exact and least > 0):
                    return False
                for cell, k in terms.items():
                    low, high = domains[cell]
                    rest_most, rest_least = most - spans[cell][1], least - spans[cell][0]
                    # k * value >= -rest_most, and where it is exact k * value <= -rest_least
                    bounds = [(-rest_most, 1)] + ([(-rest_least, -1)] if exact else [])
                    for bound, side in bounds:
                        if k * side > 0:
                            low = max(low, -(-bound // k) if side > 0 else -(bound // -k))
                        else:
                            high = min(high, bound // k if side < 0 else -(bound // -k))
                    if low > high:
                        return False
                    if (low, high) != domains[cell]:
                        domains[cell], changed = (low, high), True
                        spans[cell] = sorted((k * low, k * high))
                        least, most = (sum(span[end] for span in spans.values()) for end in (0, 1))
        return True


def adds_up(whole: Cell, parts: Sequence[Cell]) -> Terms:
    return {whole: 1, **dict.fromkeys(parts, -1)}
