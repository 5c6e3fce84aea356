"""The figures of the time before as a document, with no number that their source does not have or imply."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_date

from hotline.casework.past.baseline import CRIMINAL, Baseline
from hotline.casework.past.baselines import Kept
from hotline.casework.statistics.printed import (
    BLANK,
    Cell,
    Column,
    Document,
    Fact,
    Notice,
    Number,
    Row,
    Section,
    Share,
    Unit,
)
from hotline.casework.statistics.printed_month import letterhead
from hotline.casework.statistics.printed_words import category_name, measure_name, moment, word

_RECEIVED = "calls.received"
Keys = tuple[str, ...]
_DATES = {"vi": "dd/MM/yyyy", "ru": "dd.MM.yyyy", "en": "d MMM yyyy"}


@cache
def _catalogue() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_name("printed_baseline.yaml").read_bytes()))


def said(part: str, name: str, language: str) -> str:
    """What the catalogue calls this."""
    return str(_catalogue()[part][name][language])


def incident_word(kind: str, language: str) -> str:
    """The register's word for a type; crimes of whatever kind have one of their own."""
    return said("incident_types", kind, language) if kind == CRIMINAL else word("incidents", kind, language)


def in_words(names: Mapping[Any, str] | None, language: str) -> str:
    """Words of the source in a language, or in another where they are not."""
    return "" if not names else names.get(language) or next(iter(names.values()))


def baseline_document(kept: Kept, unit: str, zone: ZoneInfo, language: str) -> Document:
    """The figures in Vietnamese, Russian or English. `zone`: of the unit, for when they were taken in."""
    baseline = kept.baseline
    columns = tuple(Column(name, said("columns", name, language)) for name in ("count", "share"))
    parts = {"calls": _calls, "persons": _persons, "incidents": _incidents, "fixed": _fixed}
    sections = (
        Section(said("sections", name, language), columns, tuple(rows(baseline, language)))
        for name, rows in parts.items()
    )
    return Document(
        title=str(_catalogue()["title"][language]),
        unit=unit,
        period=_period(baseline, language),
        language=language,
        sections=tuple(section for section in sections if section.rows),
        notices=tuple(_notices(baseline, language)),
        facts=_facts(kept, zone, language),
        letterhead=letterhead(language),
    )


def day(at: date, language: str) -> str:
    """A day as it is written in this language."""
    return str(format_date(at, _DATES[language], locale=language))


def _period(baseline: Baseline, language: str) -> str:
    name = "period_open" if baseline.until is None else "period"
    until = day(baseline.until, language) if baseline.until else ""
    return str(_catalogue()[name][language]).format(since=day(baseline.since, language), until=until)


def _notices(baseline: Baseline, language: str) -> Iterator[Notice]:
    if baseline.until is None:
        yield Notice(said("notices", "open_period", language))
    if baseline.calls.not_itemised:
        yield Notice(said("notices", "not_itemised", language).format(count=baseline.calls.not_itemised))


def _facts(kept: Kept, zone: ZoneInfo, language: str) -> tuple[Fact, ...]:
    source = kept.baseline.source
    published = f", {day(source.published, language)}" if source.published else ""
    words = in_words(source.words, language)
    imported = moment(kept.imported_at.astimezone(zone), language)
    if kept.number > 1:
        imported += f" ({said('facts', 'correction', language).format(number=kept.number - 1)})"
    return (
        Fact(said("facts", "source", language), f"{in_words(source.kind, language)}{published}: {words}".rstrip(": ")),
        Fact(said("facts", "imported", language), imported),
    )


# ---- lines ---------------------------------------------------------------------------------------------------------


def _calls(baseline: Baseline, language: str) -> Iterator[Row]:
    calls = baseline.calls
    parts = tuple(f"category.{part.category}" for part in calls.reports)
    yield _call_row(_RECEIVED, calls.total, calls.total, language)
    yield _call_row("calls.administrative", calls.administrative, calls.total, language, level=1)
    yield _call_row(
        "calls.other", calls.other, calls.total, language, 1, sum_of=(_RECEIVED,), less=("calls.administrative",)
    )
    for key, part in zip(parts, calls.reports, strict=True):
        steps = ", ".join(said("steps", step, language) for step in part.steps)
        label = category_name(part.category, language)
        yield _share_row(key, f"{label}: {steps}" if steps else label, part.count, calls.total, level=2)
    yield _call_row(
        "calls.not_itemised", calls.not_itemised, calls.total, language, 2, sum_of=("calls.other",), less=parts
    )


def _call_row(key: str, n: int, of: int, language: str, level: int = 0, sum_of: Keys = (), less: Keys = ()) -> Row:
    return _share_row(key, said("rows", key, language), n, of, level, sum_of, less)


def _share_row(key: str, label: str, n: int, of: int, level: int, sum_of: Keys = (), less: Keys = ()) -> Row:
    cells = (Number(n), Share(n, of))
    return Row(key, label, cells, level=level, base=_RECEIVED, sum_of=sum_of, less=less)


def _persons(baseline: Baseline, language: str) -> Iterator[Row]:
    if (persons := baseline.persons) is None:
        return
    keys = []
    for treated in persons.by_measure:
        keys.append(f"measure.{treated.measure}")
        label, note = measure_name(treated.measure, language), in_words(treated.at, language)
        yield _plain_row(keys[-1], label, treated.count, Unit.PERSONS, 1, note)
    if persons.not_itemised:
        keys.append("persons.not_itemised")
        yield _plain_row(keys[-1], said("rows", keys[-1], language), persons.not_itemised, Unit.PERSONS, 1)
    label = said("rows", "persons.total", language)
    yield Row("persons.total", label, (Number(persons.total, Unit.PERSONS), BLANK), sum_of=tuple(keys))


def _incidents(baseline: Baseline, language: str) -> Iterator[Row]:
    for year in baseline.incidents:
        until = f" ({_catalogue()['so_far'][language]})" if year.so_far else ""
        for place, (kind, count) in enumerate(year.counts.items()):
            label = f"{year.year}{until}: {incident_word(kind, language)}"
            note = in_words(year.note, language) if place == 0 else ""
            yield _plain_row(f"incidents.{year.year}.{kind}", label, count, note=note)


def _fixed(baseline: Baseline, language: str) -> Iterator[Row]:
    if (cameras := baseline.cameras) is not None:
        yield _named_row("cameras.public", cameras.public, language)
        yield _named_row("cameras.household", cameras.household, language)
        label = said("rows", "cameras.all", language)
        parts = ("cameras.public", "cameras.household")
        yield Row("cameras.all", label, (Number(cameras.all), BLANK), sum_of=parts)
    if (models := baseline.models) is not None:
        yield _named_row("models.types", models.types, language)
        yield _named_row("models.places", models.places, language)
        yield _named_row("models.villages", models.villages, language, level=1)
    if (coverage := baseline.coverage_percent) is not None:
        for name in type(coverage).model_fields:
            if (percent := getattr(coverage, name)) is not None:
                key = f"coverage.{name}"
                share = Share(round(percent * 10), 1000)
                yield Row(key, said("rows", key, language), (BLANK, share))


def _named_row(key: str, n: int, language: str, level: int = 0) -> Row:
    return _plain_row(key, said("rows", key, language), n, level=level)


def _plain_row(key: str, label: str, n: int, unit: Unit = Unit.COUNT, level: int = 0, note: str = "") -> Row:
    cells: tuple[Cell, ...] = (Number(n, unit), BLANK)
    return Row(key, label, cells, level=level, note=note)
