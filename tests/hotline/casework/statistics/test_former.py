"""A unit's month is what came in over its own lines and what came in over those of its former units, and no more."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import ColumnElement, select, update

from hotline.casework.months import Month
from hotline.casework.statistics.figures import KINDS, Figures
from hotline.casework.statistics.former import former_units, heirs_by
from hotline.casework.statistics.month import figures_of
from hotline.casework.statistics.span import CountedUnit, span_of, unit_by_id
from storage.database import Store
from storage.tables import lines, units
from tests import cast
from tests.hotline import station
from tests.hotline.casework.statistics.test_days import OUTCOMES, empty
from tests.hotline.station import NOW, Station

NOVEMBER = Month(2026, 11)
THIRD_LINE = "+842101234569"


class OwnLines(CountedUnit):
    """Only what came in over the lines that were always this unit's."""

    __slots__ = ()
    whole = False  # type: ignore[assignment]  # a test's own part of a unit

    def owns(self, unit_id: ColumnElement[int], line_id: ColumnElement[int]) -> ColumnElement[bool]:
        always = select(lines.c.id).where(lines.c.former_unit_id.is_(None))
        return (unit_id == self.id) & line_id.in_(always)


@dataclass(frozen=True)
class Came:
    """A call on one of the three lines, before or after everything merged, perhaps with a report and its end."""

    line: int
    hours: int
    merged: bool
    kind: str | None
    outcome: str
    minutes: int
    report: str | None  # its status


came = some.builds(
    Came,
    some.integers(0, 2),
    some.integers(0, 24 * 13),
    some.booleans(),
    some.sampled_from([*KINDS, None]),
    some.sampled_from(OUTCOMES),
    some.integers(0, 3),
    some.sampled_from([None, "NEW", "CLOSED"]),
)
examples = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@examples
@given(some.lists(came, max_size=12))
def test_the_whole_is_the_own_lines_and_the_former_ones(
    store: Store, commune: Station, all_that_came: list[Came]
) -> None:
    with store.read() as connection:
        known = connection.scalar(select(units.c.id).where(units.c.code == "khe-suong"))
    others = _others(store) if known is None else _known(store)
    with empty(store) as connection:
        of = (commune, *others)
        for number, one in enumerate(all_that_came):
            _write(connection, of, number, one)
        _merge(connection, of)
        unit, span = unit_by_id(connection, commune.unit_id), span_of(NOVEMBER, _zone(connection, commune), NOW)
        own = OwnLines(unit.id, unit.code, unit.name, unit.zone)
        formers = former_units(connection, commune.unit_id, NOVEMBER)
        assert [one.code for one in formers] == ["deo-gio", "khe-suong"]
        parts = [figures_of(connection, part, span) for part in (own, *(replace(unit, former=one) for one in formers))]
        whole = figures_of(connection, unit, span)
        assert _summed(_added(part) for part in parts) == _added(whole)
        assert whole.received == sum(one.merged or one.line == 0 for one in all_that_came)
        for other, former in zip(others, formers, strict=True):
            series = replace(
                unit_by_id(connection, other.unit_id),
                heirs=heirs_by(connection, other.unit_id, span.end),
            )
            before = figures_of(connection, unit_by_id(connection, other.unit_id), span)
            since = figures_of(connection, replace(unit, former=former), span)
            assert _added(figures_of(connection, series, span)) == _summed((_added(before), _added(since)))


def _others(store: Store) -> tuple[Station, Station]:
    return (
        station.station(store, "deo-gio", "Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,)),
        station.station(store, "khe-suong", "Khe Sương", THIRD_LINE, ()),
    )


def _known(store: Store) -> tuple[Station, ...]:
    with store.read() as connection:
        rows = connection.execute(select(units.c.id).where(units.c.code != "suoi-da").order_by(units.c.id)).all()
        line = {row.number: row.id for row in connection.execute(select(lines))}
    numbers = (cast.ANOTHER_LINE, THIRD_LINE)
    return tuple(
        Station(row.id, line[number], None, None, {})  # type: ignore[arg-type]
        for row, number in zip(rows, numbers, strict=True)
    )


def _write(connection: Any, of: tuple[Station, ...], number: int, one: Came) -> None:
    """Before the merger a line's call was its own unit's; since then, the first one's."""
    began = NOVEMBER.bounds(_zone(connection, of[0]))[0] + timedelta(hours=one.hours)
    where = replace(of[one.line], unit_id=of[0].unit_id) if one.merged else of[one.line]
    facts = {"kind": one.kind, "outcome": one.outcome, "duration_s": 60 * one.minutes, "category": None}
    call_id = station.call(connection, where, f"CA{number}", started_at=began, **facts)
    if one.report is not None:
        settled = {"settled_at": began + timedelta(hours=1)} if one.report == "CLOSED" else {}
        limits = {"due_at": began + timedelta(hours=2), "acknowledge_by": began + timedelta(hours=1), "reopened": 0}
        received = {"received_at": began, "status": one.report, **settled, **limits}
        station.report(connection, where, f"R-{number}", call_id, **received)


def _merge(connection: Any, of: tuple[Station, ...]) -> None:
    """The third into the second, and that into the first; each line remembers its first unit."""
    moment = NOVEMBER.bounds(_zone(connection, of[0]))[0]
    for old, new in ((of[2], of[1]), (of[1], of[0])):
        merged = {"merged_into_id": new.unit_id, "merged_at": moment}
        connection.execute(update(units).where(units.c.id == old.unit_id).values(**merged))
        moved = {"unit_id": of[0].unit_id, "former_unit_id": old.unit_id}
        connection.execute(update(lines).where(lines.c.id == old.line_id).values(**moved))


def _zone(connection: Any, of: Station) -> Any:
    return unit_by_id(connection, of.unit_id).zone


def _summed(parts: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in parts:
        found.update(part)
    return Counter({name: n for name, n in found.items() if n})


def _added(figures: Figures) -> Counter[str]:
    """Every figure that adds up, by its name; medians, the oldest and what knows no line do not."""
    told = figures.to_json()
    for name in ("balances", "first_officer_s", "oldest_open_days", "incidents", "entered", "repeat_callers"):
        del told[name]
    found = Counter({"hours": 0, **dict(_flat("", told))})
    return Counter({name: n for name, n in found.items() if n})


def _flat(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        for part, inner in value.items():
            yield from _flat(f"{name}.{part}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(f"{name}.{place}", inner)
    else:
        yield name, value
