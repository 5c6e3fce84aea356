"""The figures of a month as one frozen value; every form prints this value and counts nothing itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from hotline.casework.months import Month

KINDS = ("admin", "report", "addition", "duplicate", "emergency", "other")
STEPS = ("verified", "filed", "transferred", "mediated", "closed")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many."""

    n: int = 0
    of: int = 0

    @property
    def rate(self) -> Fraction | None:
        """The share, exactly; None ("n/a") where there is no base."""
        return Fraction(self.n, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class InTime:
    """Clocks that ran out in the month (`due`), and those of them that were kept."""

    due: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Figures:
    """What is counted of one unit and month: rows 1 to 19 of the monthly report.

    Calls belong to the month in which they started, reports to that of their receipt, steps to that of the step.
    `categories`, `kinds`, `places`, `languages` and `hours` count connected calls, so each of them but `categories`
    adds up to `connected`. `measures` count persons. Seconds and days are whole."""

    received: int = 0
    hung_up: int = 0  # no key of the main menu pressed and nothing recorded
    kinds: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)  # by the name of the place, and "unknown"
    languages: Mapping[str, int] = field(default_factory=dict)
    hours: tuple[int, ...] = (0,) * 24  # of the unit's own clock
    office_hours: int = 0  # connected calls that came while the office was open
    evening: int = 0  # else before 22:00 and from 06:00 on
    night: int = 0
    answered_by_ivr: int = 0
    texts: int = 0
    anonymous_reports: int = 0
    first_officer_s: int | None = None  # median of the emergencies that an officer joined
    steps: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)
    measures: Mapping[str, int] = field(default_factory=dict)
    persons: int = 0
    confirmed: Part = Part()  # CONFIRMED and PARTLY of the closed reports with a truth outcome
    valuable: Part = Part()
    deadlines: InTime = InTime()
    acknowledged_in_time: Mapping[str, InTime] = field(default_factory=dict)  # by urgency
    open_at_end: int = 0
    oldest_open_days: int | None = None
    incidents: Mapping[str, int] = field(default_factory=dict)  # the register, by type: no calls
    entered: Mapping[str, int] = field(default_factory=dict)  # by hand: keychain coverage, footage
    repeat_callers: int | None = None  # None: the month's key was destroyed before anybody counted, or never was
    minutes: int = 0

    @property
    def connected(self) -> int:
        return self.received - self.hung_up

    @property
    def balances(self) -> bool:
        """The identity of the monthly report: every call has one kind or none was chosen."""
        return self.received == self.hung_up + sum(self.kinds.values())

    def to_json(self) -> dict[str, Any]:
        """As the contract has it."""
        return {
            "calls": {"received": self.received, "hung_up": self.hung_up, "connected": self.connected},
            "kinds": {kind: self.kinds.get(kind, 0) for kind in KINDS},
            "balances": self.balances,
            "categories": dict(self.categories),
            "places": dict(self.places),
            "languages": dict(self.languages),
            "hours": list(self.hours),
            "hour_bands": {"office": self.office_hours, "evening": self.evening, "night": self.night},
            "anonymous_reports": self.anonymous_reports,
            "answered_by_ivr": self.answered_by_ivr,
            "texts": self.texts,
            "first_officer_s": self.first_officer_s,
            "confirmed": {"n": self.confirmed.n, "of": self.confirmed.of},
            "deadlines": {"due": self.deadlines.due, "kept": self.deadlines.kept},
            "valuable": {"n": self.valuable.n, "of": self.valuable.of},
            "incidents": dict(self.incidents),
            "entered": dict(self.entered),
            "repeat_callers": self.repeat_callers,
            "acknowledged_in_time": {
                urgency: {"due": clock.due, "kept": clock.kept} for urgency, clock in self.acknowledged_in_time.items()
            },
            "steps": {step: self.steps.get(step, 0) for step in STEPS},
            "outcomes": dict(self.outcomes),
            "measures": dict(self.measures),
            "persons": self.persons,
            "open_at_end": self.open_at_end,
            "oldest_open_days": self.oldest_open_days,
            "minutes": self.minutes,
        }

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> "Figures":
        """What `to_json` gave, read again; a figure that was not counted yet when it was kept is as if nothing."""
        calls, bands = kept["calls"], kept["hour_bands"]
        in_time = {urgency: InTime(**clock) for urgency, clock in kept["acknowledged_in_time"].items()}
        return Figures(
            received=calls["received"],
            hung_up=calls["hung_up"],
            hours=tuple(kept["hours"]),
            office_hours=bands["office"],
            evening=bands["evening"],
            night=bands["night"],
            confirmed=Part(**kept["confirmed"]),
            valuable=Part(**kept["valuable"]),
            deadlines=InTime(**kept["deadlines"]),
            acknowledged_in_time=in_time,
            **{name: kept[name] for name in _KEPT_AS_THEY_ARE if name in kept},
        )


_KEPT_AS_THEY_ARE = (
    *("kinds", "categories", "places", "languages", "answered_by_ivr", "texts", "anonymous_reports"),
    *("first_officer_s", "steps", "outcomes", "measures", "persons", "open_at_end", "oldest_open_days"),
    *("incidents", "entered", "repeat_callers", "minutes"),
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a month's figures off, and when."""

    officer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entered:
    """One figure of a month entered by hand, as it was entered last. `who` is None where it came with an import."""

    name: str
    value: int
    who: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Former:
    """The former unit whose figures these are: its code, and the name that it had when it merged."""

    code: str
    name: str


@dataclass(frozen=True)
class MonthlyStatistics:
    """A month of one unit with the months it is compared to. `signed`: the figures as they were signed off; where
    later corrections changed them, `figures` is the revision and `signed` what stands beside it."""

    unit: str
    unit_name: str
    month: Month
    timezone: str
    figures: Figures
    previous: Figures
    same_month_last_year: Figures
    so_far: bool = False  # the month is in course
    out_of_balance: tuple[int, ...] = ()  # the calls that break the identity
    signature: Signature | None = None
    signed: Figures | None = None
    signatures: tuple[Signature, ...] = ()  # all of them, the first one first: a month may be signed again, as revised
    entries: tuple[Entered, ...] = ()  # who entered what of `figures.entered`, and when
    in_course: int = 0  # calls still on the line; they are counted once they end
    former: Former | None = None  # only the lines of this former unit, or all of it over its merger

    @property
    def of_former_lines(self) -> bool:
        """Whether only a part of the unit is counted: what came in over the lines of a former one."""
        return self.former is not None and self.former.code != self.unit

    @property
    def revised(self) -> bool:
        """Whether the figures are no longer those that were signed."""
        return self.signed is not None and self.signed != self.figures

    def to_json(self) -> dict[str, Any]:
        """As the contract has it; moments are ISO 8601 with their offset."""
        signatures = [{"officer": one.officer, "at": one.at.isoformat()} for one in self.signatures]
        return {
            "unit": self.unit,
            "unit_name": self.unit_name,
            "former": self.former and {"code": self.former.code, "name": self.former.name},
            "month": str(self.month),
            "timezone": self.timezone,
            "so_far": self.so_far,
            **self.figures.to_json(),
            "out_of_balance": list(self.out_of_balance),
            "in_course": self.in_course,
            "entered_by": [
                {"name": one.name, "value": one.value, "officer": one.who, "at": one.at.isoformat()}
                for one in self.entries
            ],
            "signature": self.signature and {"officer": self.signature.officer, "at": self.signature.at.isoformat()},
            "signatures": signatures,
            "signed": self.signed.to_json() if self.signed and self.revised else None,
            "previous": self.previous.to_json(),
            "same_month_last_year": self.same_month_last_year.to_json(),
        }
