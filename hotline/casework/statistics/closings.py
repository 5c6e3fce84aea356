"""A month is closed: drafted by the line when it is over, once; then signed by those who answer for it.

What was signed stays as it is. Where a later correction changes the figures, both stand side by side until somebody
signs them anew."""

from datetime import datetime

from sqlalchemy import Connection, select

from hotline.casework import letters
from hotline.casework.desk import NotTheirTaskError, WorkRefusedError
from hotline.casework.letters import Letter
from hotline.casework.months import Month
from hotline.casework.once import insert_once
from hotline.casework.page_words import spoken_language
from hotline.casework.people import OfficerRow
from hotline.casework.policies import MAILBOXES
from hotline.casework.statistics import signatures
from hotline.casework.statistics.figures import Figures
from hotline.casework.statistics.month import figures_of
from hotline.casework.statistics.month_words import month_letter
from hotline.casework.statistics.span import CountedUnit, FutureMonthError, Span, span_of, unit_by_id
from hotline.errors import HotlineError
from storage.tables import periodic_runs, units

ROLES_THAT_SIGN = frozenset({"deputy", "chief"})
DRAFT_OF_MONTH = "month draft"
"""The periodic run that drafts a month."""


class FiguresChangedError(HotlineError):
    """The figures have changed since the page was opened; look at them again before you sign."""


def sign(connection: Connection, officer: OfficerRow, month: Month, seen: str, now: datetime) -> int:
    """Sign off the figures of a month that is over, as they stand now; return the number of this revision.

    `seen`: signatures.digest_of the figures that the officer looked at. Raises NotTheirTaskError,
    WorkRefusedError where the month is not over or these figures are signed, FiguresChangedError where others stand."""
    if officer.role not in ROLES_THAT_SIGN:
        raise NotTheirTaskError
    span = _over(connection, officer.unit_id, month, now)
    figures = figures_of(connection, unit_by_id(connection, officer.unit_id), span)
    if signatures.digest_of(figures) != seen:
        raise FiguresChangedError
    revision = signatures.last_revision(connection, officer.unit_id, month) + 1
    if revision > 1 and _signed_last(connection, officer.unit_id, span) == figures:
        raise WorkRefusedError("month", "signed already")
    if not signatures.keep_signature(connection, officer, month, revision, figures, now):
        raise FiguresChangedError
    return revision


def draft(connection: Connection, unit_id: int, month: Month, console: str | None, now: datetime) -> bool:
    """Write down what a month that is over comes to and tell the unit's mailboxes; see `months_to_draft`.

    False where another worker has done so: the run's row goes in with the work.
    `console`: the address of the console; None where no letters can be sent."""
    run = {"task": DRAFT_OF_MONTH, "unit_id": unit_id, "period": str(month), "at": now}
    if not insert_once(connection, periodic_runs, run):
        return False
    unit = unit_by_id(connection, unit_id)
    figures = figures_of(connection, unit, span_of(month, unit.zone, now))
    signatures.keep_draft(connection, unit_id, month, figures, now)
    if console is not None:
        _tell(connection, unit, month, figures, console, now)
    return True


def _tell(
    connection: Connection, unit: CountedUnit, month: Month, figures: Figures, console: str, now: datetime
) -> None:
    """A letter to each mailbox of the unit. Its name holds no address, only which of them it is for."""
    query = select(units.c.follow_ups, units.c.languages).where(units.c.id == unit.id)
    settings, languages = connection.execute(query).one()
    language = spoken_language(*languages.split(","))
    signed = signatures.last_revision(connection, unit.id, month) != signatures.DRAFT
    title, text = month_letter(unit.named_in(month), month, figures, signed, language, console)
    mailboxes = settings.get(MAILBOXES) or {}
    groups = {address: group for group, address in sorted(mailboxes.items(), reverse=True)}
    for address, group in groups.items():
        letters.write(connection, Letter(f"month-{month}.{unit.code}.{group}", address, title, text, now))


def months_to_draft(connection: Connection, now: datetime) -> list[tuple[int, Month]]:
    """The month before this one, of each unit that was there then and has no draft of it yet; on its own calendar.

    Not of a unit above others, which has nothing of its own, nor of one that had merged before the month began."""
    runs = select(periodic_runs.c.unit_id, periodic_runs.c.period).where(periodic_runs.c.task == DRAFT_OF_MONTH)
    drafted = {(row.unit_id, row.period) for row in connection.execute(runs)}
    found = []
    with_lines = select(units.c.id, units.c.created_at, units.c.merged_at).where(units.c.content_public.is_not(None))
    for row in connection.execute(with_lines).all():
        zone = unit_by_id(connection, row.id).zone
        month = Month.at(now, zone).previous
        start, end = month.bounds(zone)
        there = row.created_at < end and (row.merged_at is None or row.merged_at > start)
        if there and (row.id, str(month)) not in drafted:
            found.append((row.id, month))
    return found


def _over(connection: Connection, unit_id: int, month: Month, now: datetime) -> Span:
    try:
        span = span_of(month, unit_by_id(connection, unit_id).zone, now)
    except FutureMonthError:
        raise WorkRefusedError("month", "not over") from None
    if span.so_far:
        raise WorkRefusedError("month", "not over")
    return span


def _signed_last(connection: Connection, unit_id: int, span: Span) -> Figures:
    zone = unit_by_id(connection, unit_id).zone
    return signatures.signatures_of(connection, unit_id, span.month, zone)[-1].figures
