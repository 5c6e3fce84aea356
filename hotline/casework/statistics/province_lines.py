"""The lines of the province's table: plain counts of the monthly report, and which of them add up to which.

No places (two or three would name a village), no shares, no medians, and nothing that cannot be added up. Nor what was
acknowledged in time, by urgency: every emergency is critical and nothing else is, so that line would be the emergencies
over again, and give away what is hidden in theirs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from hotline.casework.statistics.figures import KINDS, Figures, InTime
from hotline.casework.statistics.incidents import TYPES
from hotline.casework.statistics.report_figures import CONFIRMED, MEDIATED, OF_TRUTH
from ivr_flows.taxonomy import load_taxonomy

Reading = Callable[[Figures], int]
RECEIVED, CONNECTED, CLOSED, PERSONS = "calls.received", "calls.connected", "steps.closed", "persons"
MEASURES = "measures"


@dataclass(frozen=True, slots=True)
class ProvinceLine:
    """One count. `key` is its path in the JSON of a commune's month.

    `under`: the line that it is a part of. `apart`: whether the parts of `under` that are counted this way stand beside
    others of it, as its languages beside its kinds; `partial`: whether they are not all of it. `same_as`: the line that
    always has the same number."""

    key: str
    read: Reading
    under: str = ""
    apart: bool = False
    partial: bool = False
    same_as: str = ""

    @property
    def group(self) -> str:
        """The name that the lines of one division have in common."""
        return self.key.partition(".")[0]

    @property
    def of_persons(self) -> bool:
        """Whether it counts persons: one may be in several lines, so these add up to nothing."""
        return self.group in (PERSONS, MEASURES)


def lines_for(months: Iterable[Figures]) -> tuple[ProvinceLine, ...]:
    """The lines for months that stand beside one another: what any of them has gets a line for all."""
    months = list(months)
    taxonomy = load_taxonomy()
    return _lines(
        _named(months, "categories", taxonomy.codes),
        _named(months, "outcomes", taxonomy.outcomes),
        _named(months, "measures", taxonomy.measures),
        _named(months, "languages", ()),
        _named(months, "incidents", TYPES),
    )


def lines_named(keys: Iterable[str]) -> tuple[ProvinceLine, ...]:
    """The lines that had these keys in another month, in this order. One that no month has any more is left out."""
    keys = list(keys)
    known = {line.key: line for line in lines_for((noughts_of(keys),))}
    return tuple(known[key] for key in keys if key in known)


def noughts_of(keys: Iterable[str]) -> Figures:
    """A month of noughts in which everything is named that lines with these keys count."""
    names: dict[str, dict[str, int]] = {}
    for key in keys:
        group, _, name = key.partition(".")
        names.setdefault(group, {})[name] = 0
    groups = ("categories", "outcomes", "measures", "languages", "incidents")
    return Figures(**{group: names.get(group, {}) for group in groups})  # type: ignore[arg-type]


def _named(months: Iterable[Figures], name: str, known: Iterable[str]) -> tuple[str, ...]:
    known = tuple(known)
    return (*known, *sorted({key for month in months for key in getattr(month, name)} - set(known)))


@lru_cache(maxsize=8)
def _lines(
    categories: tuple[str, ...],
    outcomes: tuple[str, ...],
    measures: tuple[str, ...],
    languages: tuple[str, ...],
    incidents: tuple[str, ...],
) -> tuple[ProvinceLine, ...]:
    return (
        ProvinceLine(RECEIVED, attrgetter("received")),
        ProvinceLine("calls.hung_up", attrgetter("hung_up"), RECEIVED),
        ProvinceLine(CONNECTED, attrgetter("connected"), RECEIVED),
        *(ProvinceLine(f"kinds.{kind}", _of("kinds", kind), CONNECTED) for kind in KINDS),
        *(ProvinceLine(f"categories.{code}", _of("categories", code), _kind_of(code)) for code in categories),
        ProvinceLine("answered_by_ivr", attrgetter("answered_by_ivr"), "kinds.admin", apart=True, partial=True),
        ProvinceLine("anonymous_reports", attrgetter("anonymous_reports"), "kinds.report", apart=True, partial=True),
        *(ProvinceLine(f"steps.{step}", _of("steps", step)) for step in ("verified", "filed", "transferred")),
        ProvinceLine("steps.mediated", _of("steps", "mediated"), same_as=f"outcomes.{MEDIATED}"),
        ProvinceLine(CLOSED, _of("steps", "closed")),
        ProvinceLine("confirmed.of", attrgetter("confirmed.of"), CLOSED),
        ProvinceLine("confirmed.n", attrgetter("confirmed.n"), "confirmed.of"),
        *(ProvinceLine(f"outcomes.{one}", _of("outcomes", one), _ending_of(one)) for one in outcomes),
        ProvinceLine(PERSONS, attrgetter("persons")),
        *(ProvinceLine(f"{MEASURES}.{one}", _of("measures", one)) for one in measures),
        *_clock("deadlines", attrgetter("deadlines")),
        ProvinceLine("open_at_end", attrgetter("open_at_end")),
        *(ProvinceLine(f"languages.{one}", _of("languages", one), CONNECTED, apart=True) for one in languages),
        ProvinceLine("hour_bands.office", attrgetter("office_hours"), CONNECTED, apart=True),
        ProvinceLine("hour_bands.evening", attrgetter("evening"), CONNECTED, apart=True),
        ProvinceLine("hour_bands.night", attrgetter("night"), CONNECTED, apart=True),
        ProvinceLine("valuable.n", attrgetter("valuable.n"), CLOSED, apart=True, partial=True),
        *(ProvinceLine(f"incidents.{one}", _of("incidents", one)) for one in incidents),
        ProvinceLine("texts", attrgetter("texts")),
    )


def _of(name: str, key: str) -> Reading:
    def read(figures: Figures) -> int:
        counts: Mapping[str, int] = getattr(figures, name)
        return counts.get(key, 0)

    return read


def _kind_of(code: str) -> str:
    """The kind that calls with this code are of; a code of an older taxonomy is under none."""
    known = load_taxonomy().codes.get(code)
    if known is None:
        return ""
    return f"kinds.{known.kind}" if known.counts_as_new else "kinds.addition"


def _ending_of(outcome: str) -> str:
    if outcome in CONFIRMED:
        return "confirmed.n"
    return "confirmed.of" if outcome in OF_TRUTH else CLOSED


def _clock(key: str, clock: Callable[[Figures], InTime]) -> Iterator[ProvinceLine]:
    yield ProvinceLine(f"{key}.due", lambda figures: clock(figures).due)
    yield ProvinceLine(f"{key}.kept", lambda figures: clock(figures).kept, f"{key}.due", partial=True)
