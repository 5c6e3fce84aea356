"""By what it is known later that the figures under an issued table have changed, without keeping the figures.

A mark is a digest of a commune's figures under a key derived from the application secret. Without the secret nobody can
try numbers until one fits, which for numbers as small as these would take no time; and since a mark is bound to its
place, it does not tell either that two communes, or two issues, have the same figures."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hotline.casework.months import Month
from hotline.casework.statistics.figures import Figures
from hotline.casework.statistics.province import ProvinceStatistics
from hotline.casework.statistics.province_lines import lines_for
from storage.sealing import ApplicationSecret

_PURPOSE = "province-issues"
_BYTES = 16


@dataclass(frozen=True)
class Marking:
    """Makes the marks of one issue. `groups`: the groups of the lines that its table has; another version of the
    program may count more, which is no change of the figures."""

    secret: ApplicationSecret
    unit_id: int
    month: Month
    number: int
    groups: Collection[str]

    def of(self, figures: Mapping[str, Figures]) -> dict[str, str]:
        """The mark of each commune's figures, by its code."""
        lines = [line for line in lines_for(figures.values()) if line.group in self.groups]
        return {
            code: self._mark(code, [(line.key, n) for line in lines if (n := line.read(one))])
            for code, one in figures.items()
        }

    def _mark(self, code: str, counts: list[tuple[str, int]]) -> str:
        place = f"{self.unit_id}:{self.month}:{self.number}:{code}"
        return self.secret.mac(_PURPOSE, place.encode(), json.dumps(sorted(counts)).encode())[:_BYTES].hex()


@dataclass(frozen=True)
class Marks:
    """Of an issue: `columns` as its table counts them, and what each chief would sign where that is not the same."""

    columns: Mapping[str, str]
    signable: Mapping[str, str]

    def signable_of(self, code: str) -> str | None:
        """The mark that a signature must have to be one for the figures of this issue."""
        return self.signable.get(code, self.columns.get(code))

    def to_text(self) -> str:
        """As it is kept."""
        return json.dumps({"columns": self.columns, "signable": self.signable}, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def of_text(text: str) -> "Marks":
        """What `to_text` gave."""
        return Marks(**json.loads(text))


def marks_of(marking: Marking, statistics: ProvinceStatistics) -> Marks:
    """The marks of a counted month."""
    columns = {one.head.code: one.figures for one in statistics.communes}
    others = {code: one for code, one in statistics.signable.items() if one is not columns.get(code)}
    return Marks(marking.of(columns), marking.of(others))
