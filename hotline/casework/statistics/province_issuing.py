"""Issuing the table of a month: once by the line itself, two days after the month has ended; anew by somebody.

What may be shown is decided outside of any transaction, because that takes a second where communes are many; so the
figures may change before the row is written, which the worker finds out as of any later change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from hotline.casework import audit
from hotline.casework.desk import NotTheirTaskError, WorkRefusedError
from hotline.casework.months import Month
from hotline.casework.people import OfficerRow
from hotline.casework.statistics import day_counts
from hotline.casework.statistics.issued_text import text_of
from hotline.casework.statistics.province import ProvinceStatistics, province_statistics
from hotline.casework.statistics.province_issues import KeptIssue, issued_months, keep, last_issue
from hotline.casework.statistics.province_marks import Marking, Marks, marks_of
from hotline.casework.statistics.province_table import Issue, province_table
from hotline.casework.statistics.span import CountedUnit, unit_by_id
from hotline.casework.statistics.units_below import communes_below, superior_units
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import incidents, periodic_runs

SETTLED_AFTER = timedelta(hours=48)
"""How long after its end a month is issued: so far back reconciliation still finds calls that no webhook told of, and
the calls of the last night have ended."""
ROLES_THAT_ISSUE = frozenset({"province", "deputy", "chief"})
"""Who reads the table may issue it anew: a unit above others has nobody else. It adds no figure and changes none."""
ONCE_IN = timedelta(days=1)
"""A month is issued anew at most so often: who could do so after every single correction would see each of them."""


def months_to_issue(connection: Connection, now: datetime) -> list[tuple[int, Month]]:
    """The months of every superior unit that are over and settled and were never issued, the newest first, since the
    first one of which any of its communes has something. A month that a commune's days are still to be counted of
    waits, as while an old call book is taken in."""
    found = []
    for unit_id in superior_units(connection):
        communes = communes_below(connection, unit_id)
        first = _first_month(connection, communes)
        if first is None:
            continue
        zones = {unit_by_id(connection, unit_id).zone, *(commune.zone for commune in communes)}
        month = min(Month.at(now - SETTLED_AFTER, zone) for zone in zones).previous
        issued = issued_months(connection, unit_id)
        missing = []
        while month >= first:
            if month not in issued:
                missing.append(month)
            month = month.previous
        waiting = _uncounted(connection, communes, now) if missing else set()
        found += [(unit_id, one) for one in missing if one not in waiting]
    return sorted(found, key=lambda one: one[1], reverse=True)


def issue_first(store: Store, secret: ApplicationSecret, unit_id: int, month: Month, now: datetime) -> bool:
    """Issue a month that nobody has issued yet; False where another worker was first. See `months_to_issue`."""
    with store.read() as connection:
        statistics = province_statistics(connection, unit_id, month, now)
    issue = _decided(secret, _Next(unit_id, None), statistics, now)
    return store.commit(lambda connection: keep(connection, issue, None, audit.SYSTEM, now))


def issue_anew(
    store: Store, secret: ApplicationSecret, officer: OfficerRow, month: Month, seen: int, now: datetime
) -> int:
    """Issue a month of the officer's unit once more, as its figures are now; return the number of the new issue.

    `seen`: the issue that the officer looked at. Raises NotTheirTaskError; WorkRefusedError where it was never issued,
    issued meanwhile, issued within the last day, or where nothing has changed."""
    if officer.role not in ROLES_THAT_ISSUE:
        raise NotTheirTaskError
    with store.read() as connection:
        last = last_issue(connection, officer.unit_id, month)
        if last is None or last.issue.number != seen:
            raise WorkRefusedError("month", "issued meanwhile")
        if not may_issue(last.issue, now):
            raise WorkRefusedError("month", "issued of late")
        statistics = province_statistics(connection, officer.unit_id, month, now)
    return _issue(store, secret, _Next(officer.unit_id, last, officer.id, officer.id), statistics, now)


def issue_by_command(store: Store, secret: ApplicationSecret, unit_id: int, month: Month, now: datetime) -> int:
    """Issue a month that is over, for the first time or once more; return the number of the issue.

    Raises FutureMonthError; WorkRefusedError where it is not over, or where nothing has changed."""
    with store.read() as connection:
        last = last_issue(connection, unit_id, month)
        statistics = province_statistics(connection, unit_id, month, now)
    if not statistics.over:
        raise WorkRefusedError("month", "not over")
    return _issue(store, secret, _Next(unit_id, last, actor=audit.COMMAND_LINE), statistics, now)


def may_issue(last: Issue, now: datetime) -> bool:
    """Whether a month may be issued anew so soon after this issue of it."""
    return last.number == 1 or now >= last.at + ONCE_IN


def changed(secret: ApplicationSecret, last: KeptIssue, statistics: ProvinceStatistics) -> bool:
    """Whether these are other figures than those of which this issue was made."""
    return marks_of(last.marking(secret), statistics) != last.marks


@dataclass(frozen=True, slots=True)
class _Next:
    """What is to be issued after what, and by whom."""

    unit_id: int
    last: KeptIssue | None
    actor: int | str = audit.SYSTEM
    officer_id: int | None = None


def _issue(
    store: Store, secret: ApplicationSecret, following: _Next, statistics: ProvinceStatistics, now: datetime
) -> int:
    if following.last is not None and not changed(secret, following.last, statistics):
        raise WorkRefusedError("month", "unchanged")
    issue = _decided(secret, following, statistics, now)
    if not store.commit(lambda connection: keep(connection, issue, following.officer_id, following.actor, now)):
        raise WorkRefusedError("month", "issued meanwhile")
    return issue.issue.number


def _decided(secret: ApplicationSecret, following: _Next, statistics: ProvinceStatistics, now: datetime) -> KeptIssue:
    last, month = following.last, statistics.month
    number = last.issue.number + 1 if last else 1
    table = province_table(statistics, last.table() if last else None)
    marking = Marking(secret, following.unit_id, month, number, {line.group for line in table.lines})
    marks: Marks = marks_of(marking, statistics)
    return KeptIssue(following.unit_id, month, Issue(number, now), text_of(table), marks)


def _uncounted(connection: Connection, communes: tuple[CountedUnit, ...], now: datetime) -> set[Month]:
    return {month for one in communes for month in day_counts.uncounted(connection, one.id, now)}


def _first_month(connection: Connection, communes: tuple[CountedUnit, ...]) -> Month | None:
    """That of the first call which is counted, or of the first incident in the registers."""
    ids = [commune.id for commune in communes]
    counted = (periodic_runs.c.task == day_counts.COUNTED) & periodic_runs.c.unit_id.in_(ids)
    happened = incidents.c.unit_id.in_(ids) & incidents.c.withdrawn_at.is_(None)
    period = connection.scalar(select(func.min(periodic_runs.c.period)).where(counted))
    on = connection.scalar(select(func.min(incidents.c.happened_on)).where(happened))
    months = [Month.of(period)] if period else []
    months += [Month(on.year, on.month)] if on else []
    return min(months, default=None)
