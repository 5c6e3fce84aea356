"""A table of figures as it is printed: the same for paper, screen and spreadsheet, which only lay it out.

Who makes a `Document` has counted and worded everything in it; a form counts nothing and has no words of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Unit(StrEnum):
    """What a number counts."""

    COUNT = "count"
    PERSONS = "persons"
    SECONDS = "seconds"
    DAYS = "days"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Number:
    """So many; None: nobody can say ("n/a")."""

    n: int | None
    unit: Unit = Unit.COUNT


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, shown as a percentage."""

    n: int
    of: int

    @property
    def rate(self) -> Fraction | None:
        """The share, exactly; None ("n/a") where there is no base."""
        return Fraction(self.n, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a number differs from the one before it, in parts of that one."""

    now: int | None
    before: int | None

    @property
    def rate(self) -> Fraction | None:
        """(now - before) / before; None ("n/a") where there was nothing before."""
        if self.now is None or not self.before:
            return None
        return Fraction(self.now - self.before, self.before)


@dataclass(frozen=True, slots=True)
class Points:
    """By how much a share differs from the one before it, in percentage points."""

    now: Share
    before: Share

    @property
    def rate(self) -> Fraction | None:
        """The difference of the two rates; None ("n/a") where either has no base."""
        if self.now.rate is None or self.before.rate is None:
            return None
        return self.now.rate - self.before.rate


@dataclass(frozen=True, slots=True)
class Words:
    """A cell that is no number. `alarming`: it has to be seen."""

    text: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Suppressed:
    """One or two, which would name somebody: "<3"."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Any number: it is hidden because it would tell another."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing belongs here."""


Cell = Number | Share | Change | Points | Words | Suppressed | Withheld | Blank
BLANK = Blank()
SUPPRESSED = Suppressed()
WITHHELD = Withheld()


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names the column to programs, in every language alike."""

    key: str
    heading: str


@dataclass(frozen=True)
class Row:
    """One line: its number in the report ("4a", or none), its name, and a cell for each column of its section.

    `key` names the line to programs, in every language alike, and no other line of the document has it. `level` is how
    far it is set in (0 to 2). `sum_of` and `less`: the lines whose numbers add up to this one's, and those taken off;
    `base`: the line that its share is a share of; with these a spreadsheet can calculate what it shows. `calls`: the
    calls that the line speaks of."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    number: str = ""
    level: int = 0
    note: str = ""
    sum_of: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    base: str = ""
    calls: tuple[int, ...] = ()
    heading: bool = False  # it only names the lines below it


@dataclass(frozen=True)
class Section:
    """Lines that belong together, under one heading."""

    heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence above the table; `alarming` where the figures may not be relied on."""

    text: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A line under the title, such as who signed and when."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Signatory:
    """A place to sign: as what, how, and the name where it is known."""

    role: str
    how: str
    name: str = ""


@dataclass(frozen=True)
class Letterhead:
    """What an official paper has besides its table. `page` holds {page} and {pages}."""

    motto: tuple[str, ...] = ()
    dateline: str = ""
    page: str = "{page}/{pages}"
    number: str = "No."
    indicator: str = "Indicator"
    no_value: str = "n/a"
    points: str = "pp"
    signatories: tuple[Signatory, ...] = ()


@dataclass(frozen=True)
class Document:
    """A table of figures with its title, of one unit and one span of time, in one language."""

    title: str
    unit: str
    period: str
    language: str
    sections: tuple[Section, ...]
    notices: tuple[Notice, ...] = ()
    facts: tuple[Fact, ...] = ()
    letterhead: Letterhead = Letterhead()
    footnotes: tuple[str, ...] = ()  # what the marks in the table mean
    wide: bool = False  # more columns than a page has room for: it lies across, and they come in groups

    def rows(self) -> Iterator[tuple[Section, Row]]:
        """Every line with the section it stands in, in order."""
        return ((section, row) for section in self.sections for row in section.rows)
