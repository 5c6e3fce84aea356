"""The officers of the demonstration's past: what came in is worked on, some hours later, through the real functions."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework import corrections, measures, progress
from hotline.casework.corrections import Judgement
from hotline.casework.desk import Hand
from hotline.casework.measures import Decided
from hotline.casework.months import Month
from hotline.casework.people import OfficerRow, find_officer
from hotline.casework.progress import Closing, HandedOver
from hotline.casework.statistics import closings, entries, incidents, signatures
from hotline.casework.statistics.incidents import Incident
from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.span import unit_by_id
from storage.database import Store
from storage.tables import reports

Act = Callable[[Connection, Hand], None]

_FIRST_AFTER = timedelta(hours=2)
_BETWEEN = timedelta(hours=5)
_LATEST = timedelta(days=2)  # what came in since then is still to be worked on
_BODY = "Phòng Cảnh sát hình sự, công an tỉnh"
_COVERAGE = {
    entries.HOUSEHOLDS_WITH_KEYCHAIN: 1184,
    entries.HOUSEHOLDS: 1200,
    entries.FOOTAGE_REQUESTED: 3,
    entries.FOOTAGE_RECEIVED: 2,
}


@dataclass(order=True)
class _Planned:
    at: datetime
    order: int
    reference: str = field(compare=False)
    act: Act = field(compare=False)


@dataclass
class OfficersAtWork:
    """The deputy works on reports, the chief signs; what lies further ahead than `until` is left to whoever tries."""

    store: Store
    until: datetime
    _planned: list[_Planned] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _order: Iterator[int] = field(default_factory=count)
    _turns: Iterator[int] = field(default_factory=count)

    def see_new_reports(self) -> None:
        """Plan the work on what has come in."""
        with self.store.read() as connection:
            rows = connection.execute(select(reports.c.id, reports.c.reference, reports.c.kind, reports.c.received_at))
            fresh = [row for row in rows if row.id not in self._seen]
        for row in fresh:
            self._seen.add(row.id)
            for place, act in enumerate(self._work_on(row.kind)):
                at = row.received_at + _FIRST_AFTER + place * _BETWEEN
                if at < self.until - _LATEST:
                    heapq.heappush(self._planned, _Planned(at, next(self._order), row.reference, act))

    def _work_on(self, kind: str) -> tuple[Act, ...]:
        """What is done about a report of this kind; those of crimes end in every way in turn."""
        if kind == "report":
            return _REPORTS[next(self._turns) % len(_REPORTS)]
        return _EMERGENCY if kind == "emergency" else _QUESTION

    def work_until(self, moment: datetime) -> None:
        """Do what is planned before this moment, each act at its own time."""
        while self._planned and self._planned[0].at < moment:
            planned = heapq.heappop(self._planned)
            with self.store.write() as connection:
                deputy = _officer(connection, "deputy")
                planned.act(connection, _hand(connection, deputy, planned.reference, planned.at))

    def close_months(self, since: datetime) -> None:
        """An incident, the figures entered by hand, and the chief's signature on every month that is over."""
        with self.store.write() as connection:
            chief, deputy = _officer(connection, "chief"), _officer(connection, "deputy")
            zone = unit_by_id(connection, chief.unit_id).zone
            month = Month.at(since, zone)
            _record_incident(connection, month, deputy, zone)
            while month < Month.at(self.until, zone):
                _close_month(connection, month, chief, deputy, zone)
                month = month.next


def _record_incident(connection: Connection, month: Month, deputy: OfficerRow, zone: ZoneInfo) -> None:
    """One in all that time, on the last day of the first month."""
    over = month.bounds(zone)[1]
    incidents.record(connection, deputy, Incident("injury", month.next.first_day - timedelta(days=1)), over)


def _close_month(connection: Connection, month: Month, chief: OfficerRow, deputy: OfficerRow, zone: ZoneInfo) -> None:
    over = month.bounds(zone)[1]
    entries.enter(connection, deputy, month, _COVERAGE, over)
    closings.draft(connection, chief.unit_id, month, None, over)
    seen = monthly_statistics(connection, chief.unit_id, month, over)
    closings.sign(connection, chief, month, signatures.digest_of(seen.figures), over + timedelta(hours=9))


def _officer(connection: Connection, login: str) -> OfficerRow:
    found = find_officer(connection, login)
    assert found is not None  # noqa: S101 - hired before the history is played
    return found


def _hand(connection: Connection, officer: OfficerRow, reference: str, now: datetime) -> Hand:
    version = connection.execute(select(reports.c.version).where(reports.c.reference == reference)).scalar_one()
    return Hand(officer, reference, version, now)


def _advance(verb: str) -> Act:
    return lambda connection, hand: progress.advance(connection, hand, verb)


def _assign(connection: Connection, hand: Hand) -> None:
    progress.assign(connection, hand, "deputy")


def _taken_for(category: str, urgency: str) -> Act:
    return lambda connection, hand: corrections.classify(connection, hand, Judgement(category, urgency, None))


def _close(outcome: str) -> Act:
    return lambda connection, hand: progress.close(connection, hand, Closing(outcome))


def _rated(usefulness: str) -> Act:
    return lambda connection, hand: corrections.rate(connection, hand, usefulness)


def _transfer(connection: Connection, hand: Hand) -> None:
    zone = unit_by_id(connection, hand.officer.unit_id).zone
    progress.transfer(connection, hand, HandedOver(_BODY, hand.now.astimezone(zone).date(), "17/CAX"))


def _measure(measure: str, name: str) -> Act:
    def decide(connection: Connection, hand: Hand) -> None:
        zone = unit_by_id(connection, hand.officer.unit_id).zone
        measures.record(connection, hand, Decided(measure, hand.now.astimezone(zone).date(), name=name))

    return decide


_CHECKED = (corrections.confirm, _assign, _advance("start"))
_VERIFIED = (*_CHECKED, _advance("verify"))
_PERSONS = (_measure("EDU-COMMUNE", "Người thứ nhất"), _measure("REHAB-COMP", "Người thứ hai"))
_REPORTS: tuple[tuple[Act, ...], ...] = (
    (*_VERIFIED, _advance("file"), *_PERSONS, _close("CONFIRMED"), _rated("valuable")),
    (_taken_for("RPT-LAND", "normal"), _assign, _advance("start"), _advance("verify"), _close("MEDIATED")),
    (*_VERIFIED, _transfer),
    (*_CHECKED, _close("UNFOUNDED")),
    (*_VERIFIED, _advance("file"), _close("PARTLY"), _rated("partly")),
    (_taken_for("ADM-REHAB", "low"), _close("ANSWERED")),
)
_EMERGENCY: tuple[Act, ...] = (*_VERIFIED, _close("CONFIRMED"))
_QUESTION: tuple[Act, ...] = (corrections.confirm, _close("ANSWERED"))
