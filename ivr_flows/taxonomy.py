"""What a call can be about: the codes that officers count by, with their urgency and deadline, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ivr_flows.loader import CATALOG
from ivr_flows.reading import Fault, FlowFileError, read_mapping

LANGUAGES = ("vi", "ru", "en")

Names = Mapping[str, str]
"""A name in each language of the console, by language."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of the taxonomy. `relay` is the public number of the service to tell, `faq` that it has an answer."""

    code: str
    kind: str
    urgency: str
    deadline: str
    names: Names
    faq: bool = False
    classifier: bool = True  # False: only an officer assigns it
    counts_as_new: bool = True
    relay: str | None = None


@dataclass(frozen=True, slots=True)
class Urgency:
    """`ack_minutes`: how soon an officer must have acknowledged; a higher `rank` is more urgent."""

    code: str
    rank: int
    ack_minutes: int
    rule: str
    names: Names


@dataclass(frozen=True, slots=True)
class DeadlineClass:
    """How long the law or the unit gives, from receipt; None where there is no such limit.

    One that is not `confirmed` by a text is only a hint to whoever sets the unit's own."""

    code: str
    hours: float | None
    days: int | None
    remote_hours: float | None
    remote_days: int | None
    superior_report_hours: float | None
    working_time: bool
    inherits: str | None
    confirmed: bool
    basis: str
    names: Names


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All of it, each part by code and in the order of the file."""

    version: int
    kinds: Mapping[str, Names]
    urgencies: Mapping[str, Urgency]
    deadlines: Mapping[str, DeadlineClass]
    codes: Mapping[str, Code]
    statuses: Mapping[str, Names]
    outcomes: Mapping[str, Names]
    measures: Mapping[str, Names]

    def of_kind(self, kind: str) -> tuple[Code, ...]:
        """The codes of one kind, in their order."""
        return tuple(code for code in self.codes.values() if code.kind == kind)


@cache
def load_taxonomy(path: Path = CATALOG / "taxonomy.yaml") -> Taxonomy:
    """The taxonomy of a file, by default the one that comes with this package. FlowFileError."""
    raw = read_mapping(path)
    try:
        taxonomy = Taxonomy(
            version=raw["version"],
            kinds=MappingProxyType({kind: _names(entry) for kind, entry in raw["kinds"].items()}),
            urgencies=MappingProxyType({code: _urgency(code, entry) for code, entry in raw["urgencies"].items()}),
            deadlines=MappingProxyType(
                {code: _deadline(code, entry) for code, entry in raw["deadline_classes"].items()}
            ),
            codes=MappingProxyType({entry["code"]: _code(entry) for entry in raw["codes"]}),
            statuses=_named(raw["statuses"]),
            outcomes=_named(raw["outcomes"]),
            measures=_named(raw["measures"]),
        )
    except KeyError as missing:
        raise FlowFileError(Fault(path.name, f"{missing.args[0]} is missing", "R01")) from None
    if fault := _fault(taxonomy, len(raw["codes"])):
        raise FlowFileError(Fault(path.name, fault, "R03"))
    return taxonomy


def _fault(taxonomy: Taxonomy, written: int) -> str:
    """What does not fit together, or nothing."""
    if len(taxonomy.codes) != written:
        return "a code stands twice"
    for code in taxonomy.codes.values():
        known = (taxonomy.kinds, taxonomy.urgencies, taxonomy.deadlines)
        for value, names in zip((code.kind, code.urgency, code.deadline), known, strict=True):
            if value not in names:
                return f"{code.code}: there is no {value!r}"
    return ""


def _code(entry: dict[str, Any]) -> Code:
    return Code(
        code=entry["code"],
        kind=entry["kind"],
        urgency=entry["urgency"],
        deadline=entry["deadline"],
        names=_names(entry),
        faq=entry.get("faq", False),
        classifier=entry.get("classifier", True),
        counts_as_new=entry.get("counts_as_new", True),
        relay=entry.get("relay"),
    )


def _urgency(code: str, entry: dict[str, Any]) -> Urgency:
    return Urgency(code, entry["rank"], entry["ack_minutes"], entry["rule"], _names(entry))


def _deadline(code: str, entry: dict[str, Any]) -> DeadlineClass:
    return DeadlineClass(
        code=code,
        hours=entry["hours"],
        days=entry["days"],
        remote_hours=entry.get("remote_hours"),
        remote_days=entry.get("remote_days"),
        superior_report_hours=entry.get("superior_report_hours"),
        working_time=entry.get("working_time", False),
        inherits=entry.get("inherits"),
        confirmed=entry.get("confirmed", True),
        basis=entry["basis"],
        names=_names(entry),
    )


def _named(entries: list[dict[str, str]]) -> Mapping[str, Names]:
    return MappingProxyType({entry["code"]: _names(entry) for entry in entries})


def _names(entry: Mapping[str, Any]) -> Names:
    return MappingProxyType({language: entry[language] for language in LANGUAGES})
