"""The settings of a unit as its pages show and change them: the same rows and the same rules as `hotline unit load`.

A change counts from now on: a follow-up that is climbing keeps its policy, a report its deadline, a call its flow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from hotline.casework import audit, unit_rules
from hotline.casework.desk import NotTheirTaskError
from hotline.casework.people import OfficerRow
from hotline.casework.unit_places import PlaceRow, names_before, place_of, version_of
from hotline.errors import AccessRefusedError, HotlineError
from storage.tables import lines, units

ROLES_THAT_READ = frozenset({"duty", "officer", "deputy", "chief"})
ROLES_THAT_SET = frozenset({"chief"})


class SettingsChangedError(HotlineError):
    """Somebody else has changed this setting since the page was opened; nothing was overwritten."""


@dataclass(frozen=True)
class Manner:
    """How a unit is spoken to and rung: its own language, and the country whose numbers may be rung."""

    language: str
    region: str


@dataclass(frozen=True)
class UnitSettings:
    """All settings of a unit, each as its row keeps it."""

    name: str
    old_names: Sequence[Mapping[str, str]]
    timezone: str
    numbers: Sequence[str]
    superior: str | None
    office_hours: Mapping[str, Any]
    holidays: Mapping[str, Any]
    deadlines: Mapping[str, Any]
    follow_ups: Mapping[str, Any]
    transfer_to: Sequence[str]
    call_backs_a_day: int | None

    def version(self, column: str, *path: str) -> str:
        """Which value of a setting, or of one entry of it, a page was made from."""
        return version_of(_entry(getattr(self, column), path))


@dataclass(frozen=True)
class Hand:
    """Who changes a setting, in the version that was on the page, and when."""

    officer: OfficerRow
    version: str
    now: datetime


def manner_of(connection: Connection, unit_id: int) -> Manner:
    row = connection.execute(select(units.c.languages, units.c.region).where(units.c.id == unit_id)).one()
    return Manner(row.languages.split(",")[0], row.region)


def settings_of(connection: Connection, reader: OfficerRow) -> UnitSettings:
    """The settings of the reader's unit. Raises AccessRefusedError."""
    if reader.role not in ROLES_THAT_READ:
        raise AccessRefusedError("The settings are read by those who work here.")
    row = connection.execute(select(units).where(units.c.id == reader.unit_id)).one()
    numbers = select(lines.c.number).where(lines.c.unit_id == row.id, lines.c.retired_at.is_(None)).order_by(lines.c.id)
    superior = connection.scalar(select(units.c.name).where(units.c.id == row.parent_id))
    known: dict[str, Any] = {"numbers": list(connection.scalars(numbers)), "superior": superior}
    copied = {name: getattr(row, name) for name in UnitSettings.__dataclass_fields__ if name not in known}
    return UnitSettings(**copied, **known)


def refuse_who_may_not_set(officer: OfficerRow) -> None:
    """Raise NotTheirTaskError for everyone but the chief."""
    if officer.role not in ROLES_THAT_SET:
        raise NotTheirTaskError


def rename(connection: Connection, hand: Hand, name: str) -> None:
    """Call the unit by another name; the old one stays known. Raises as `change`."""
    now, row = take_up(connection, hand), connection.execute(_own(hand)).one()
    today = hand.now.astimezone(ZoneInfo(row.timezone)).date()
    old_names = names_before(now.old_names, now.name, name, today)
    _change(connection, hand, now, {"name": name}, ("name",), {"old_names": old_names})


def change(connection: Connection, hand: Hand, column: str, value: Any, *path: str) -> None:
    """Set a setting, or one entry of it; an entry that is None falls back to the standard.

    Raises NotTheirTaskError, SettingsChangedError, and ValueError where it cannot be used."""
    now = take_up(connection, hand)
    whole = _with_entry(getattr(now, column), path, value) if path else value
    _change(connection, hand, now, {column: whole}, (column, *path), {})


def change_hours(connection: Connection, hand: Hand, hours: Mapping[str, Any], days: Mapping[str, Any]) -> None:
    """Set the office hours and the days on which they do not hold. Raises as `change`."""
    now = take_up(connection, hand)
    if hand.version != hours_version(now):
        raise SettingsChangedError
    _write(connection, hand, {"office_hours": dict(hours), "holidays": dict(days)}, "office_hours")


def hours_version(settings: UnitSettings) -> str:
    """Which hours and days a page was made from."""
    return version_of([settings.office_hours, settings.holidays])


def at_place(connection: Connection, hand: Hand, place_id: int, act: Callable[[PlaceRow], None]) -> None:
    """Do something to a place. Raises NotTheirTaskError, NotFoundError, SettingsChangedError."""
    take_up(connection, hand)
    found = place_of(connection, hand.officer.unit_id, place_id)
    if found.version != hand.version:
        raise SettingsChangedError
    act(found)


def take_up(connection: Connection, hand: Hand) -> UnitSettings:
    """The settings, held until the transaction ends. Raises NotTheirTaskError."""
    refuse_who_may_not_set(hand.officer)
    connection.execute(_own(hand).with_for_update())
    return settings_of(connection, hand.officer)


def _own(hand: Hand) -> Any:
    return select(units).where(units.c.id == hand.officer.unit_id)


def _change(
    connection: Connection,
    hand: Hand,
    now: UnitSettings,
    values: Mapping[str, Any],
    path: Sequence[str],
    also: Mapping[str, Any],
) -> None:
    if hand.version != now.version(path[0], *path[1:]):
        raise SettingsChangedError
    if any(getattr(now, name) != value for name, value in values.items()):
        _write(connection, hand, {**values, **also}, "/".join(path))


def _write(connection: Connection, hand: Hand, values: Mapping[str, Any], what: str) -> None:
    unit_rules.check(values)
    connection.execute(update(units).where(units.c.id == hand.officer.unit_id).values(**values))
    unit = f"unit/{hand.officer.unit_id}"
    audit.append(connection, hand.officer.id, "settings changed", unit, {"what": what}, hand.now)


def _entry(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _with_entry(whole: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """The same with one entry set or, where it is None, taken out."""
    first, rest = path[0], path[1:]
    inner = _with_entry(whole.get(first) or {}, rest, value) if rest else value
    kept = {name: entry for name, entry in whole.items() if name != first}
    return kept if inner is None or inner == {} else {**kept, first: inner}
