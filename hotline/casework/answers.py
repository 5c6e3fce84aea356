"""What an officer answers to a page, by a key or by a text: the first one has the report, the others hear who."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, exists, select, update

from hotline.casework import timeline
from hotline.casework.acknowledgement import Taken, take
from hotline.casework.alarms import raise_alarm
from hotline.casework.desk import ACKNOWLEDGE, may
from hotline.casework.follow_ups import CLIMBING, hasten
from hotline.casework.lines import LineRow
from hotline.casework.page_words import (
    passed_words,
    question_words,
    spoken_language,
    taken_words,
    trouble_words,
    yours_words,
)
from hotline.casework.pages import page_of, subject_of
from hotline.casework.people import officer_by_id
from hotline.casework.roster import officer_of_number
from hotline.casework.sending import CANCELLED, FAILED
from hotline.casework.timeline import Happened
from hotline.casework.unit_tree import successors
from storage.sealing import ApplicationSecret
from storage.tables import follow_ups, officers, pages, reports, units

TAKE, PASS_ON = "1", "2"
NOT_UNDERSTOOD = "officers_text_not_understood"
_TOOK, _LATE, _PASSED = "took", "late", "passed"
_REPLY = re.compile(r"\s*([12])(?:\s+(?:R[-\s]*)?(\d{4})[-\s]+(\d{1,6}))?[\s.!]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Told:
    """What an officer is told; `asks`: a key is awaited."""

    words: str
    language: str
    asks: bool = False


@dataclass(frozen=True)
class Reply:
    """What an officer has texted. `reference` is None where there was only the digit."""

    takes: bool
    reference: str | None


def read_reply(words: str) -> Reply | None:
    """Read "1 R-2026-0042", however it is typed; None where it is something else."""
    found = _REPLY.fullmatch(words)
    if found is None:
        return None
    digit, year, number = found.groups()
    return Reply(digit == TAKE, f"R-{year}-{int(number):04d}" if year else None)


# ---- by telephone --------------------------------------------------------------------------------------------------


def question(connection: Connection, key: str) -> Told | None:
    """What the officer hears on picking up; None where there is no such page."""
    page = page_of(connection, key)
    if page is None or not page.active:
        return None
    if page.acknowledged_at is not None or page.settled_at is not None:
        return _told_of(connection, page.report_id, page.officer_id)
    language = _language(connection, page.officer_id)
    return Told(question_words(subject_of(page), language), language, asks=True)


def press(connection: Connection, key: str, digits: str, now: datetime) -> Told | None:
    """An officer takes the report, passes it on, or did neither; the same key again gets the same answer."""
    page = page_of(connection, key)
    if page is None or not page.active:
        return None
    if digits == TAKE:
        return _take(connection, page.report_id, page.officer_id, now)
    if digits == PASS_ON:
        return _pass_on(connection, page.report_id, page.officer_id, now)
    return question(connection, key) if digits else None


def trouble(connection: Connection, key: str) -> Told | None:
    """What to say where a key could not be stored."""
    page = page_of(connection, key)
    if page is None or page.officer_id is None:
        return None
    language = _language(connection, page.officer_id)
    return Told(trouble_words(language), language)


# ---- by text -------------------------------------------------------------------------------------------------------


def texting_officer(
    connection: Connection, line: LineRow, number: str, secret: ApplicationSecret
) -> tuple[int, int] | None:
    """Which officer texts from this number (E.164) to a line, with the unit; None where it is nobody's telephone.

    After a merger the old unit's officers are still paged from its line for what was theirs. Whoever has an account
    in both units is taken for the one that has been asked something."""
    past = [line.former_unit_id, *successors(connection, line.former_unit_id)] if line.former_unit_id else []
    units_of_line = [line.unit_id, *(unit_id for unit_id in reversed(past) if unit_id != line.unit_id)]
    known = ((unit_id, officer_of_number(connection, unit_id, number, secret)) for unit_id in units_of_line)
    found = [(unit_id, officer_id) for unit_id, officer_id in known if officer_id is not None]
    asked = [one for one in found if _asked(connection, *one)]
    return next(iter([*asked, *found]), None)


def answer_text(
    connection: Connection, unit_id: int, officer_id: int, words: str, message_id: str, now: datetime
) -> Told | None:
    """Do what an officer has texted and tell what came of it. None, and an alarm, where it makes no sense.

    The same message again gets the same answer."""
    reply = read_reply(words) if _may_take(connection, officer_id) else None
    report_id = _meant(connection, unit_id, officer_id, reply) if reply else None
    if reply is None or report_id is None:
        raise_alarm(connection, NOT_UNDERSTOOD, message_id[:80], {"officer": officer_id}, now, unit_id)
        return None
    return (_take if reply.takes else _pass_on)(connection, report_id, officer_id, now)


def _may_take(connection: Connection, officer_id: int) -> bool:
    officer = officer_by_id(connection, officer_id)
    return officer is not None and may(officer, ACKNOWLEDGE)


def _meant(connection: Connection, unit_id: int, officer_id: int, reply: Reply) -> int | None:
    """The report that is named; without a name, the only one that waits for this officer."""
    if reply.reference is not None:
        named = (reports.c.unit_id == unit_id) & (reports.c.reference == reply.reference)
        return connection.scalar(select(reports.c.id).where(named))
    found = _asked(connection, unit_id, officer_id)
    return found[0] if len(found) == 1 else None


def _asked(connection: Connection, unit_id: int, officer_id: int) -> list[int]:
    """The reports for which an officer has been paged and nobody has answered yet, two at most."""
    asked = (
        select(follow_ups.c.report_id)
        .join(pages, pages.c.follow_up_id == follow_ups.c.id)
        .where(pages.c.officer_id == officer_id, follow_ups.c.unit_id == unit_id)
        .where(pages.c.state.not_in((CANCELLED, FAILED)), follow_ups.c.state.in_(CLIMBING))
        .distinct()
        .limit(2)
    )
    return list(connection.scalars(asked))


# ---- what comes of it ----------------------------------------------------------------------------------------------


def _take(connection: Connection, report_id: int, officer_id: int, now: datetime) -> Told:
    taken = take(connection, report_id, officer_id, now)
    mine = taken.first or _has_it(connection, report_id) == officer_id
    _mark(connection, report_id, officer_id, _TOOK if mine else _LATE)
    return _told(connection, report_id, officer_id, taken)


def _pass_on(connection: Connection, report_id: int, officer_id: int, now: datetime) -> Told:
    """The next step comes at once where nobody else of this one may still take it."""
    row = connection.execute(_REPORTS.where(reports.c.id == report_id)).one()
    if row.acknowledged_at is not None or row.settled_at is not None:
        return _told_of(connection, report_id, officer_id)
    if _mark(connection, report_id, officer_id, _PASSED):
        happened = Happened(timeline.PASSED_ON)
        timeline.add(connection, report_id, happened, officer_id, bytes(row.content_public), now)
        if not _others_asked(connection, row.follow_up_id):
            hasten(connection, row.follow_up_id, now)
    language = _language(connection, officer_id)
    return Told(passed_words(row.reference, language), language)


def _mark(connection: Connection, report_id: int, officer_id: int, answer: str) -> bool:
    """Note the answer on the officer's pages of this report; tell whether it is a new one."""
    asked = select(follow_ups.c.id).where(follow_ups.c.report_id == report_id).scalar_subquery()
    theirs = (pages.c.follow_up_id == asked) & (pages.c.officer_id == officer_id)
    new = theirs & pages.c.answer.is_distinct_from(answer)
    return connection.execute(update(pages).where(new).values(answer=answer)).rowcount > 0


def _others_asked(connection: Connection, follow_up_id: int) -> bool:
    """Whether somebody has been paged for this report who has not answered yet."""
    open_page = (
        (pages.c.follow_up_id == follow_up_id)
        & pages.c.officer_id.is_not(None)
        & pages.c.answer.is_(None)
        & pages.c.state.not_in((CANCELLED, FAILED))
    )
    return bool(connection.scalar(select(exists().where(open_page))))


def _told_of(connection: Connection, report_id: int, officer_id: int) -> Told:
    row = connection.execute(_REPORTS.where(reports.c.id == report_id)).one()
    return _told(connection, report_id, officer_id, Taken(False, row.name, row.acknowledged_at))


def _told(connection: Connection, report_id: int, officer_id: int, taken: Taken) -> Told:
    row = connection.execute(_REPORTS.where(reports.c.id == report_id)).one()
    language = _language(connection, officer_id)
    if _has_it(connection, report_id) == officer_id:
        return Told(yours_words(row.reference, language), language)
    return Told(taken_words(row.reference, taken.by, _local(row), language), language)


def _has_it(connection: Connection, report_id: int) -> int | None:
    return connection.scalar(select(reports.c.acknowledged_by).where(reports.c.id == report_id))


def _local(row: Row[*tuple[Any, ...]]) -> datetime | None:
    return row.acknowledged_at.astimezone(ZoneInfo(row.timezone)) if row.acknowledged_at else None


def _language(connection: Connection, officer_id: int) -> str:
    query = select(officers.c.language, units.c.languages).join(units, units.c.id == officers.c.unit_id)
    row = connection.execute(query.where(officers.c.id == officer_id)).one()
    return spoken_language(row.language or "", *row.languages.split(","))


_REPORTS = (
    select(
        reports.c.reference,
        reports.c.acknowledged_at,
        reports.c.settled_at,
        officers.c.name,
        follow_ups.c.id.label("follow_up_id"),
        units.c.timezone,
        units.c.content_public,
    )
    .join(units, units.c.id == reports.c.unit_id)
    .outerjoin(officers, officers.c.id == reports.c.acknowledged_by)
    .outerjoin(follow_ups, follow_ups.c.report_id == reports.c.id)
)
