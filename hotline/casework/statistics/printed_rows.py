"""The lines of the monthly report (domain C.3, 1 to 21, and what is counted besides): name, number, and how each is
read off the figures."""

import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hotline.casework.statistics.entries import (
    AGENCIES,
    AGENCIES_WITH_KEYCHAIN,
    FOOTAGE_RECEIVED,
    FOOTAGE_REQUESTED,
    HOUSEHOLDS,
    HOUSEHOLDS_WITH_KEYCHAIN,
)
from hotline.casework.statistics.figures import KINDS, STEPS, UNKNOWN, Figures, InTime
from hotline.casework.statistics.printed import Unit
from hotline.casework.statistics.printed_words import (
    category_name,
    language_name,
    measure_name,
    outcome_name,
    place_name,
    urgency_name,
    word,
)
from ivr_flows.taxonomy import Code, load_taxonomy

_LETTERS = string.ascii_lowercase
_BANDS = ("office", "evening", "night")
_ENTERED_OF = {
    HOUSEHOLDS_WITH_KEYCHAIN: HOUSEHOLDS,
    AGENCIES_WITH_KEYCHAIN: AGENCIES,
    FOOTAGE_RECEIVED: FOOTAGE_REQUESTED,
}
"""Figures entered by hand that are parts of others."""
_PAIRED = frozenset(_ENTERED_OF) | frozenset(_ENTERED_OF.values())


@dataclass(frozen=True, slots=True)
class Amount:
    """What one line shows of one month: so many, and of how many where it is a part of something."""

    n: int | None
    of: int | None = None


Reading = Callable[[Figures], Amount]


@dataclass(frozen=True)
class Indicator:
    """A line before any month is put into it; `read` is None where it only names the lines below.

    `rated`: what is compared between months is the share and not the number. `alarm`: the line that says whether the
    month balances."""

    key: str
    label: str
    read: Reading | None = None
    number: str = ""
    level: int = 0
    unit: Unit = Unit.COUNT
    base: str = ""
    rated: bool = False
    sum_of: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    by_hand: str = ""  # entered by hand; the name of the figure that it is a part of, or its own
    alarm: bool = False


@dataclass(frozen=True)
class Lines:
    """Makes the lines in one language for months that are shown beside one another: a place or an incident that any
    of them has gets a line in all of them."""

    months: Sequence[Figures]
    language: str

    def calls(self) -> list[Indicator]:
        """1 to 3: how many called."""
        hung_up = Indicator("calls.hung_up", self._word("hung_up"), _of_calls(lambda f: f.hung_up), "2", 1)
        return [
            Indicator("calls.received", self._word("received"), _count(lambda f: f.received), "1"),
            replace(hung_up, base="calls.received"),
            Indicator(
                "calls.connected",
                self._word("connected"),
                _of_calls(lambda f: f.connected),
                "3",
                base="calls.received",
                sum_of=("calls.received",),
                less=("calls.hung_up",),
            ),
        ]

    def subjects(self) -> list[Indicator]:
        """4 to 10 and the check: what they called about."""
        taxonomy = load_taxonomy()
        reports = taxonomy.of_kind("report")
        fresh = [code for code in reports if code.counts_as_new]
        earlier = [code for code in reports if not code.counts_as_new]
        seconds = Indicator(
            "first_officer_s", self._word("first_officer_s"), _count(lambda f: f.first_officer_s), "", 1, Unit.SECONDS
        )
        by_line = Indicator(
            "answered_by_ivr",
            self._word("answered_by_ivr"),
            lambda f: Amount(f.answered_by_ivr, f.kinds.get("admin", 0)),
            "5",
            1,
            base="kinds.admin",
        )
        return [
            *self._kind("admin", "4", taxonomy.of_kind("admin")),
            by_line,
            *self._kind("report", "6", fresh),
            *self._kind("addition", "7", earlier),
            *self._kind("duplicate", "8", ()),
            *self._kind("emergency", "9", taxonomy.of_kind("emergency")),
            seconds,
            *self._kind("other", "10", taxonomy.of_kind("other")),
            *self._unknown_codes(),
            self._check(),
        ]

    def work(self) -> list[Indicator]:
        """11 to 17: what was done about the reports."""
        anonymous = Indicator(
            "anonymous_reports",
            self._word("anonymous_reports"),
            lambda f: Amount(f.anonymous_reports, f.kinds.get("report", 0)),
            "11",
            base="kinds.report",
        )
        return [
            anonymous,
            Indicator("steps", self._word("steps"), number="12"),
            *_lettered("12", (self._step(step) for step in STEPS)),
            _rated("confirmed", self._word("confirmed"), lambda f: Amount(f.confirmed.n, f.confirmed.of), "13"),
            Indicator("outcomes", self._word("outcomes"), level=1),
            *self._parts("outcomes", lambda f: f.outcomes, outcome_name, load_taxonomy().outcomes, level=2),
            *self._persons(),
            _rated("deadlines", self._word("deadlines"), lambda f: _in_time(f.deadlines), "15"),
            Indicator("open_at_end", self._word("open_at_end"), _count(lambda f: f.open_at_end), "16"),
            Indicator(
                "oldest_open_days",
                self._word("oldest_open_days"),
                _count(lambda f: f.oldest_open_days),
                "",
                1,
                Unit.DAYS,
            ),
            Indicator("acknowledged_in_time", self._word("acknowledged"), number="17"),
            *_lettered("17", (self._acknowledged(urgency) for urgency in self._urgencies())),
        ]

    def spread(self) -> list[Indicator]:
        """18: where, in which language and when; each adds up to the connected calls."""
        return [
            Indicator("places", self._word("places"), number="18a"),
            *self._parts("places", lambda f: f.places, place_name, share=True, last=UNKNOWN),
            Indicator("languages", self._word("languages"), number="18b"),
            *self._parts("languages", lambda f: f.languages, language_name, share=True),
            Indicator("hour_bands", self._word("hour_bands"), number="18c"),
            *self._parts("hour_bands", _bands, self._band, _BANDS, share=True),
        ]

    def registers(self) -> list[Indicator]:
        """19 to 21: sources, incidents, and what is entered by hand."""
        paired = (self._entered_pair(part, whole) for part, whole in _ENTERED_OF.items())
        single = self._parts("entered", lambda f: f.entered, self._entered, but=_PAIRED)
        by_hand = [replace(one, level=1, by_hand=one.by_hand or one.key) for one in (*paired, *single)]
        return [
            _rated("valuable", self._word("valuable"), lambda f: Amount(f.valuable.n, f.valuable.of), "19"),
            *self._total("incidents", "20", lambda f: f.incidents, self._incident, ()),
            Indicator("entered", self._word("entered"), number="21"),
            *_lettered("21", by_hand),
        ]

    def also(self) -> list[Indicator]:
        """What the report does not ask for and is counted all the same."""
        return [
            Indicator("texts", self._word("texts"), _count(lambda f: f.texts), "22"),
            Indicator("repeat_callers", self._word("repeat_callers"), _count(lambda f: f.repeat_callers), "23"),
            Indicator("minutes", self._word("minutes"), _count(lambda f: f.minutes), "24", unit=Unit.MINUTES),
        ]

    def _word(self, name: str) -> str:
        return word("rows", name, self.language)

    def _entered(self, name: str, language: str) -> str:
        return word("entered", name, language)

    def _entered_pair(self, part: str, whole: str) -> Indicator:
        def read(figures: Figures) -> Amount:
            return Amount(figures.entered.get(part), figures.entered.get(whole))

        return replace(_rated(f"entered.{part}", self._entered(part, self.language), read, ""), by_hand=whole)

    def _incident(self, name: str, language: str) -> str:
        return word("incidents", name, language)

    def _band(self, name: str, language: str) -> str:
        return word("bands", name, language)

    def _kind(self, kind: str, number: str, codes: Sequence[Code]) -> Iterator[Indicator]:
        """A kind of call, the codes under it, and what was not sorted any further or was sorted elsewhere."""
        key = f"kinds.{kind}"
        parts = [f"categories.{code.code}" for code in codes]

        def unsorted(figures: Figures) -> int:
            return figures.kinds.get(kind, 0) - sum(figures.categories.get(code.code, 0) for code in codes)

        rest = any(unsorted(month) for month in self.months) and codes
        sum_of = (*parts, *([f"{key}.unsorted"] if rest else []))
        read = _of_connected(lambda f: f.kinds.get(kind, 0))
        yield Indicator(key, self._word(kind), read, number, base="calls.connected", sum_of=sum_of)
        yield from _lettered(number, (self._code(code, kind) for code in codes))
        if rest:
            yield Indicator(f"{key}.unsorted", self._word("unsorted"), _count(unsorted), "", 1)

    def _code(self, code: Code, kind: str) -> Indicator:
        read = _share_of(lambda f: f.categories.get(code.code, 0), kind)
        return Indicator(f"categories.{code.code}", code.names[self.language], read, level=1, base=f"kinds.{kind}")

    def _unknown_codes(self) -> Iterator[Indicator]:
        """Codes of an older taxonomy: no figure is left out because its name was."""
        for code in _names(self.months, lambda f: f.categories):
            if code not in load_taxonomy().codes:
                label = category_name(code, self.language)
                yield Indicator(f"categories.{code}", label, _mapped(lambda f: f.categories, code), level=1)

    def _check(self) -> Indicator:
        parts = ("calls.hung_up", *(f"kinds.{kind}" for kind in KINDS))
        read = _of_calls(lambda f: f.hung_up + sum(f.kinds.values()))
        return Indicator("balances", self._word("identity"), read, "✓", sum_of=parts, base="calls.received", alarm=True)

    def _step(self, step: str) -> Indicator:
        return Indicator(f"steps.{step}", self._word(step), _mapped(lambda f: f.steps, step), level=1)

    def _persons(self) -> Iterator[Indicator]:
        key = "measures"
        parts = self._parts(key, lambda f: f.measures, measure_name, load_taxonomy().measures, unit=Unit.PERSONS)
        yield Indicator(
            "persons",
            self._word("persons"),
            _count(lambda f: f.persons),
            "14",
            unit=Unit.PERSONS,
            sum_of=tuple(part.key for part in parts),
        )
        yield from _lettered("14", parts)

    def _urgencies(self) -> list[str]:
        known = load_taxonomy().urgencies
        return _names(self.months, lambda f: f.acknowledged_in_time, sorted(known, key=lambda u: -known[u].rank))

    def _acknowledged(self, urgency: str) -> Indicator:
        def read(figures: Figures) -> Amount:
            return _in_time(figures.acknowledged_in_time.get(urgency, InTime()))

        key, label = f"acknowledged_in_time.{urgency}", urgency_name(urgency, self.language)
        return replace(_rated(key, label, read, ""), level=1)

    def _total(
        self,
        key: str,
        number: str,
        mapping: Callable[[Figures], Mapping[str, int]],
        name: Callable[[str, str], str],
        known: Iterable[str],
    ) -> Iterator[Indicator]:
        parts = self._parts(key, mapping, name, known)
        yield Indicator(
            key,
            self._word(key),
            _count(lambda f: sum(mapping(f).values())),
            number,
            sum_of=tuple(part.key for part in parts),
        )
        yield from _lettered(number, parts)

    def _parts(
        self,
        key: str,
        mapping: Callable[[Figures], Mapping[str, int]],
        name: Callable[[str, str], str],
        known: Iterable[str] = (),
        *,
        level: int = 1,
        unit: Unit = Unit.COUNT,
        share: bool = False,
        last: str | None = None,
        but: frozenset[str] = frozenset(),
    ) -> list[Indicator]:
        """A line for each thing that was counted; `share`: of the connected calls."""
        return [
            Indicator(
                f"{key}.{one}",
                name(one, self.language),
                _mapped(mapping, one, share=share),
                level=level,
                unit=unit,
                base="calls.connected" if share else "",
            )
            for one in _names(self.months, mapping, known, last)
            if one not in but
        ]


def _names(
    months: Sequence[Figures],
    mapping: Callable[[Figures], Mapping[str, object]],
    known: Iterable[str] = (),
    last: str | None = None,
) -> list[str]:
    """Every name that is known or that any of the months has, each once and in that order."""
    found = dict.fromkeys([*known, *(name for month in months for name in mapping(month))])
    return sorted(found, key=lambda name: name == last)


def _lettered(number: str, indicators: Iterable[Indicator]) -> list[Indicator]:
    """4a, 4b, …; past z without a letter."""
    return [
        replace(one, number=f"{number}{_LETTERS[place]}" if place < len(_LETTERS) else "")
        for place, one in enumerate(indicators)
    ]


def _rated(key: str, label: str, read: Reading, number: str) -> Indicator:
    return Indicator(key, label, read, number, rated=True)


def _count(count: Callable[[Figures], int | None]) -> Reading:
    return lambda figures: Amount(count(figures))


def _of_calls(count: Callable[[Figures], int]) -> Reading:
    return lambda figures: Amount(count(figures), figures.received)


def _of_connected(count: Callable[[Figures], int]) -> Reading:
    return lambda figures: Amount(count(figures), figures.connected)


def _share_of(count: Callable[[Figures], int], kind: str) -> Reading:
    return lambda figures: Amount(count(figures), figures.kinds.get(kind, 0))


def _mapped(mapping: Callable[[Figures], Mapping[str, int]], name: str, *, share: bool = False) -> Reading:
    return lambda figures: Amount(mapping(figures).get(name, 0), figures.connected if share else None)


def _in_time(clock: InTime) -> Amount:
    return Amount(clock.kept, clock.due)


def _bands(figures: Figures) -> Mapping[str, int]:
    return {"office": figures.office_hours, "evening": figures.evening, "night": figures.night}
