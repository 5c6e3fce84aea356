"""Which line was dialled, whose it is, and what its flow must know of the moment."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, Connection, Select, select

from hotline.casework.deadlines import Calendar, Rules
from hotline.casework.hours import OfficeHours
from ivr_flows.definition import Flow
from ivr_flows.loader import flow_from_json
from storage.database import Store
from storage.tables import flow_versions, lines, places, units

_FRESH_FOR = timedelta(seconds=5)  # how long a change of settings by another process may go unseen


@dataclass(frozen=True)
class LineRow:
    """A line with all that a call on it needs of its unit.

    `places` are those of the card on which the line's number is printed: of the unit that it belonged to at first."""

    id: int
    number: str
    unit_id: int
    unit_name: str
    timezone: str
    region: str
    content_public: bytes
    identity_public: bytes
    flow_hash: str
    office_hours: OfficeHours
    places: dict[str, int] = field(default_factory=dict)  # two digits -> place id
    rules: Rules = field(default_factory=lambda: Rules.from_settings({}))
    former_unit_id: int | None = None  # whose it was before a merger
    closed: frozenset[str] = frozenset()  # digits that are offered no more; a call that has named them keeps them

    @property
    def calendar(self) -> Calendar:
        """What the deadlines of reports on this line are counted with."""
        return Calendar(ZoneInfo(self.timezone), self.office_hours, self.rules)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.timezone))

    def facts(self, now: datetime) -> dict[str, str]:
        """What the flow may ask about the moment."""
        return {
            "hours.office": "open" if self.office_hours.open_at(self.local(now)) else "closed",
            "unit.name": self.unit_name,
            "places": self._places_known,
        }

    @cached_property
    def _places_known(self) -> str:
        return " ".join(sorted(self.places.keys() - self.closed))


class LineBook:
    """The lines and flows of this installation, remembered for a few seconds; flow versions never change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self._by_id: dict[int, LineRow] = {}
        self._by_number: dict[str, LineRow] = {}

    def dialled(self, number: str, now: datetime) -> tuple[LineRow | None, bool]:
        """The line of a dialled number, and whether it is really ours.

        A call to a number we do not know is answered by the first line rather than lost."""
        self._refresh(now)
        if row := self._by_number.get(number):
            return row, True
        return next(iter(self._by_id.values()), None), False

    def of_call(self, line_id: int, unit_id: int, now: datetime) -> LineRow:
        """The line as the unit of this call has it: where units merged meanwhile, a call ends where it began."""
        self._refresh(now)
        row = self._by_id.get(line_id)
        if row is not None and row.unit_id == unit_id:
            return row
        with self._store.read() as connection:
            return line_of(connection, line_id, unit_id)

    def flow(self, flow_hash: str) -> Flow:
        if known := _flows.get(flow_hash):
            return known
        with self._store.read() as connection:
            return flow_of(connection, flow_hash)

    def _refresh(self, now: datetime) -> None:
        if self._is_fresh(now):
            return
        with self._lock:
            if self._is_fresh(now):
                return
            with self._store.read() as connection:
                rows = all_lines(connection)
            self._by_id = {row.id: row for row in rows}
            self._by_number = {row.number: row for row in rows}
            self._read_at = now

    def _is_fresh(self, now: datetime) -> bool:
        return self._read_at is not None and abs(now - self._read_at) < _FRESH_FOR


def all_lines(connection: Connection) -> list[LineRow]:
    """Every line in service, oldest first."""
    query = select(lines, units).join(units, units.c.id == lines.c.unit_id).where(lines.c.retired_at.is_(None))
    return _line_rows(connection, query.order_by(lines.c.id))


def line_of(connection: Connection, line_id: int, unit_id: int | None = None) -> LineRow:
    """A line, in service or not, as this unit has it; as the one that it belongs to now, where none is named."""
    whose = units.c.id == (lines.c.unit_id if unit_id is None else unit_id)
    [row] = _line_rows(connection, select(lines, units).join(units, whose).where(lines.c.id == line_id))
    return row


def _line_rows(connection: Connection, query: Select[Any]) -> list[LineRow]:
    labelled = query.set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    return [
        _line_row(row, *_places_of(connection, row["lines_former_unit_id"] or row["units_id"]))
        for row in connection.execute(labelled).mappings().all()
    ]


_flows: dict[str, Flow] = {}


def flow_of(connection: Connection, flow_hash: str) -> Flow:
    """A flow version, parsed once a process: its hash names its content, so it never grows stale."""
    if flow_hash not in _flows:
        query = select(flow_versions.c.definition).where(flow_versions.c.hash == flow_hash)
        _flows[flow_hash] = flow_from_json(connection.execute(query).scalar_one())
    return _flows[flow_hash]


def _places_of(connection: Connection, unit_id: int) -> tuple[dict[str, int], frozenset[str]]:
    """The places by their digits, and the digits of those that are closed."""
    query = select(places.c.digits, places.c.id, places.c.closed_at).where(places.c.unit_id == unit_id)
    rows = connection.execute(query).all()
    return {row.digits: row.id for row in rows}, frozenset(row.digits for row in rows if row.closed_at)


def _line_row(row: Any, digits_of_places: dict[str, int], closed: frozenset[str]) -> LineRow:
    return LineRow(
        id=row["lines_id"],
        number=row["lines_number"],
        unit_id=row["units_id"],
        unit_name=row["units_name"],
        timezone=row["units_timezone"],
        region=row["units_region"],
        content_public=row["units_content_public"],
        identity_public=row["units_identity_public"],
        flow_hash=row["lines_flow_hash"],
        office_hours=OfficeHours.from_settings(row["units_office_hours"], row["units_holidays"]),
        places=digits_of_places,
        rules=Rules.from_settings(row["units_deadlines"]),
        former_unit_id=row["lines_former_unit_id"],
        closed=closed,
    )
