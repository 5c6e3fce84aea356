"""The figures of the time before, as their source has them: cumulative, with no more detail than was published.

What the source does not itemise is a remainder, computed and called so; reports are not persons; incidents are a
register of their own."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from hotline.casework.past.described import Strict
from hotline.casework.statistics.figures import STEPS
from hotline.casework.statistics.incidents import TYPES
from ivr_flows.taxonomy import load_taxonomy

RECEIVED = "received"
CRIMINAL = "criminal"
INCIDENT_TYPES = (CRIMINAL, *TYPES)
"""Those of the register, and crimes of whatever kind: a source may say no more than that there were none."""
Count = Annotated[int, Field(ge=0, le=10**9, strict=True)]
Words = Annotated[str, Field(min_length=1, max_length=300)]
Names = Annotated[Mapping[Literal["vi", "en", "ru"], Words], Field(min_length=1)]
"""The same words in the languages of the console; where one is missing, another is shown."""


def _category(code: str) -> str:
    if code not in load_taxonomy().codes:
        raise ValueError(f"there is no category {code!r}")
    return code


def _measure(code: str) -> str:
    if code not in load_taxonomy().measures:
        raise ValueError(f"there is no measure {code!r}")
    return code


def _step(step: str) -> str:
    if step not in (RECEIVED, *STEPS):
        raise ValueError(f"there is no step {step!r}; choose from {', '.join((RECEIVED, *STEPS))}")
    return step


class Itemised(Strict):
    """Reports of one category, and the steps that all of them are said to have come through."""

    category: Annotated[str, AfterValidator(_category)]
    count: Count
    steps: tuple[Annotated[str, AfterValidator(_step)], ...] = ()


class Calls(Strict):
    """Calls since the launch. `reports` are the parts of the other calls that the source itemises."""

    total: Count
    administrative: Count
    reports: tuple[Itemised, ...] = ()

    @field_validator("administrative")
    @classmethod
    def _administrative_are_calls(cls, count: int, info: ValidationInfo) -> int:
        return _at_most(count, info.data.get("total"), "calls in all")

    @field_validator("reports")
    @classmethod
    def _reports_are_other_calls(cls, parts: tuple[Itemised, ...], info: ValidationInfo) -> tuple[Itemised, ...]:
        total, administrative = info.data.get("total"), info.data.get("administrative")
        if total is not None and administrative is not None:
            _at_most(sum(part.count for part in parts), total - administrative, "calls that were not administrative")
        if len({part.category for part in parts}) != len(parts):
            raise ValueError("a category stands twice")
        return parts

    @property
    def other(self) -> int:
        """What was not an administrative question."""
        return self.total - self.administrative

    @property
    def not_itemised(self) -> int:
        """The other calls of which the source says nothing."""
        return self.other - sum(part.count for part in self.reports)


class Treated(Strict):
    """Persons on whom a measure was taken; `at` is the body that took them in."""

    measure: Annotated[str, AfterValidator(_measure)]
    count: Count
    at: Names | None = None


class Persons(Strict):
    """Persons, who are not reports: one report may lead to several, and several to one."""

    total: Count
    by_measure: tuple[Treated, ...] = ()

    @field_validator("by_measure")
    @classmethod
    def _parts_of_the_total(cls, parts: tuple[Treated, ...], info: ValidationInfo) -> tuple[Treated, ...]:
        _at_most(sum(part.count for part in parts), info.data.get("total"), "persons in all")
        return parts

    @property
    def not_itemised(self) -> int:
        return self.total - sum(part.count for part in self.by_measure)


class Year(Strict):
    """The incidents of a year by type, as stated; a type that is not named was not stated, and a 0 was."""

    year: Annotated[int, Field(ge=1945, le=2199, strict=True)]
    counts: Mapping[str, Count]
    so_far: bool = False  # the source was written during that year
    note: Names | None = None

    @field_validator("counts")
    @classmethod
    def _known_types(cls, counts: Mapping[str, int]) -> Mapping[str, int]:
        for kind in counts:
            if kind not in INCIDENT_TYPES:
                raise ValueError(f"there is no type {kind!r}; choose from {', '.join(INCIDENT_TYPES)}")
        return counts


class Cameras(Strict):
    """Public ones, and those of households that face the road."""

    public: Count
    household: Count
    all: Count

    @field_validator("all")
    @classmethod
    def _adds_up(cls, total: int, info: ValidationInfo) -> int:
        parts = [info.data.get(name) for name in ("public", "household")]
        if None not in parts and total != sum(filter(None, parts)):
            raise ValueError(f"public and household ones add up to {sum(filter(None, parts))}, not {total}")
        return total


class Models(Strict):
    """Types of models of public order, and how many places have one; villages are a part of the places."""

    types: Count
    places: Count
    villages: Count

    @field_validator("villages")
    @classmethod
    def _villages_are_places(cls, villages: int, info: ValidationInfo) -> int:
        return _at_most(villages, info.data.get("places"), "places")


class Coverage(Strict):
    """Shares in percent, as stated."""

    keychains: Annotated[float, Field(ge=0, le=100)] | None = None
    recognised_places: Annotated[float, Field(ge=0, le=100)] | None = None


class Source(Strict):
    """Where the figures come from."""

    kind: Names
    words: Names | None = None
    published: date | None = None


class Baseline(Strict):
    """All of it. Without `until` the period is open: from the launch to whenever the source was written."""

    unit: str | None = None
    source: Source
    since: date
    until: date | None = None
    calls: Calls
    persons: Persons | None = None
    incidents: tuple[Year, ...] = ()
    cameras: Cameras | None = None
    models: Models | None = None
    coverage_percent: Coverage | None = None

    @field_validator("incidents")
    @classmethod
    def _each_year_once(cls, years: tuple[Year, ...]) -> tuple[Year, ...]:
        if len({one.year for one in years}) != len(years):
            raise ValueError("a year stands twice")
        return tuple(sorted(years, key=lambda one: one.year))

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError("until: the period ends before it begins")
        return self

    def to_json(self) -> dict[str, Any]:
        """For programs: as the file has it, with the remainders that it only implies."""
        told = self.model_dump(mode="json", exclude_none=True)
        told["calls"] |= {"other": self.calls.other, "not_itemised": self.calls.not_itemised}
        if self.persons is not None:
            told["persons"]["not_itemised"] = self.persons.not_itemised
        return told


def _at_most(count: int, total: int | None, of_what: str) -> int:
    if total is not None and count > total:
        raise ValueError(f"{count} are more than the {total} {of_what}")
    return count
