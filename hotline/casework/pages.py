"""Pages: what officers are sent. Claim, send and finish are three transactions; none is held across the network.

A page whose sending was cut short is `unknown` until the carrier has been asked; then it is sent again or counted as
sent. So an officer may be paged twice after a crash, and never not at all."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, update

from hotline.casework.escalation import Recipient, Rung
from hotline.casework.once import insert_once
from hotline.casework.page_words import Subject, spoken_language
from hotline.casework.policies import MAIL, MAILBOXES, TEXT, TO_OFFICERS, VOICE
from hotline.casework.roster import phone_of
from hotline.casework.sending import CANCELLED, FAILED, PENDING, UNDER_WAY, Sending
from storage.sealing import ApplicationSecret
from storage.tables import follow_ups, lines, officer_legs, officers, places, reports, ringings, units
from storage.tables import pages as rows

LEASE = timedelta(seconds=30)
ASK_AFTER = timedelta(seconds=5)  # the carrier lists a call a little after it took it
RING_S = 30  # short of most mailboxes
_LONGEST_RING = timedelta(seconds=90)
_MOST_TOGETHER = 50
_SENDING = Sending(rows, LEASE, ASK_AFTER)

finish = _SENDING.finish
put_off = _SENDING.put_off
any_abandoned = _SENDING.any_abandoned
notice_abandoned = _SENDING.notice_abandoned
settle_unknown = _SENDING.settle_unknown
heard_of = _SENDING.heard_of


class Channel(Protocol):
    """A way to an officer. Trouble is a CarrierError; `outcome_unknown` where the message may have gone out."""

    def send(self, page: "Page") -> str | None:
        """Send it; return the carrier's own id of the call or message, where there is one."""

    def sent_since(self, page: "Page") -> Iterable[str] | None:
        """The carrier's ids of what went to that number since the page was fired, the oldest first.

        None where nobody can be asked."""


@dataclass(frozen=True)
class Page:
    """One claimed message: to be sent by this owner until its lease ends."""

    ids: tuple[int, ...]
    key: str
    channel: str
    attempts: int
    owner: str
    fired_at: datetime
    expires_at: datetime
    unit_code: str
    language: str
    group: str | None
    login: str | None
    line_number: str
    subjects: tuple[Subject, ...]
    address: str = field(repr=False)  # a telephone number or a mailbox; empty for a webhook
    ring_s: int = RING_S  # how long a call rings


def plan(
    connection: Connection,
    follow_up_id: int,
    rung: Rung,
    recipient: Recipient,
    priority: int,
    expires_at: datetime,
    now: datetime,
) -> bool:
    """Write a page to be sent from now on; the same step never pages the same recipient twice by the same channel."""
    whom = f"officer:{recipient.officer_id}" if recipient.officer_id is not None else f"group:{recipient.group}"
    row = {
        "dedupe_key": f"{follow_up_id}/{rung.loop}/{rung.step_no}/{whom}/{recipient.channel}",
        "key": secrets.token_urlsafe(18),
        "follow_up_id": follow_up_id,
        "loop": rung.loop,
        "step_no": rung.step_no,
        "officer_id": recipient.officer_id,
        "group_name": recipient.group,
        "channel": recipient.channel,
        "state": PENDING,
        "priority": priority,
        "attempts": 0,
        "planned_at": now,
        "not_before": now,
        "expires_at": expires_at,
        "changed_at": now,
        "carrier_sequence": -1,
    }
    return insert_once(connection, rows, row)


def cancel(connection: Connection, follow_up_ids: Collection[int], now: datetime) -> None:
    """Call back what has not gone out yet."""
    waiting = rows.c.follow_up_id.in_(follow_up_ids) & (rows.c.state == PENDING)
    connection.execute(update(rows).where(waiting).values(state=CANCELLED, changed_at=now))


# ---- claim ---------------------------------------------------------------------------------------------------------


def any_due(connection: Connection, channels: Collection[str], now: datetime) -> bool:
    """Whether there is anything to claim; cheap, and takes no lock."""
    return connection.execute(_next(channels, now)).first() is not None


def claim(
    connection: Connection, channels: Collection[str], owner: str, secret: ApplicationSecret, now: datetime
) -> Page | None:
    """Take the most urgent page, with all that goes to the same place by text or letter; None where none is due.

    A page whose report was taken meanwhile is called back instead."""
    _SENDING.drop_expired(connection, now)
    while row := connection.execute(_next(channels, now).with_for_update(skip_locked=True, of=rows)).first():
        if row.acknowledged_at is not None or row.settled_at is not None:
            cancel(connection, [row.follow_up_id], now)
            continue
        if (page := _claimed(connection, row, owner, secret, now)) is not None:
            return page
    return None


def _next(channels: Collection[str], now: datetime) -> Select[Any]:
    waiting = (rows.c.state == PENDING) & (rows.c.not_before <= now) & (rows.c.expires_at > now)
    return (
        _PAGES.where(waiting, rows.c.channel.in_(channels), ~_rings_already(now))
        .order_by(rows.c.priority, rows.c.not_before, rows.c.id)
        .limit(1)
    )


def _rings_already(now: datetime) -> ColumnElement[bool]:
    """An officer's telephone rings for one report after the other, never for two at once, and for callers first; nor
    does it ring into the talk with a caller."""
    other = rows.alias("other")
    rings = other.c.state.in_(UNDER_WAY) & (other.c.fired_at > now - _LONGEST_RING)
    same_phone = (other.c.officer_id == rows.c.officer_id) & (other.c.channel == VOICE)
    by_page = exists().where(same_phone, rings, other.c.id != rows.c.id)
    leg_rings = officer_legs.c.ended_at.is_(None) & (officer_legs.c.planned_at > now - _LONGEST_RING)
    same_officer = officer_legs.c.officer_id == rows.c.officer_id
    by_leg = exists().where(same_officer, leg_rings, officer_legs.c.state.not_in((FAILED, CANCELLED)))
    has_a_caller = (ringings.c.taken_by == rows.c.officer_id) & ringings.c.over_at.is_(None)
    talks = exists().where(has_a_caller, ringings.c.left_at.is_(None))
    return and_(rows.c.channel == VOICE, or_(by_page, by_leg, talks))


def _claimed(
    connection: Connection, row: Row[Any], owner: str, secret: ApplicationSecret, now: datetime
) -> Page | None:
    address = _address(row, secret)
    if address is None:
        gone = {"state": FAILED, "last_error": "no address", "changed_at": now}
        connection.execute(update(rows).where(rows.c.id == row.id).values(**gone))
        return None
    together = [row, *_companions(connection, row, now)]
    _SENDING.claim(connection, [one.id for one in together], row.key, row.attempts + 1, owner, now)
    return _page(together, row.attempts + 1, owner, address, now)


def _companions(connection: Connection, row: Row[Any], now: datetime) -> Sequence[Row[Any]]:
    """What else waits for the same reader: one text or letter says it all. A call and a webhook are about one report.

    What was tried together before is tried together again: it is one message, with one name."""
    if row.attempts:
        again = _PAGES.where(rows.c.key == row.key, rows.c.id != row.id, rows.c.state == PENDING).order_by(rows.c.id)
        return connection.execute(again.with_for_update(of=rows)).all()
    if row.channel not in (TEXT, MAIL):
        return []
    same = (
        (rows.c.channel == row.channel)
        & (rows.c.officer_id.is_not_distinct_from(row.officer_id))
        & (rows.c.group_name.is_not_distinct_from(row.group_name))
        & (units.c.id == row.unit_id)
    )
    fresh = (rows.c.state == PENDING) & (rows.c.attempts == 0) & (rows.c.id != row.id) & (rows.c.not_before <= now)
    unanswered = reports.c.acknowledged_at.is_(None) & reports.c.settled_at.is_(None)
    query = _PAGES.where(same, fresh, unanswered).order_by(rows.c.priority, rows.c.id).limit(_MOST_TOGETHER)
    return connection.execute(query.with_for_update(skip_locked=True, of=rows)).all()


def _page(together: Sequence[Row[Any]], attempts: int, owner: str, address: str, fired_at: datetime) -> Page:
    first = together[0]
    return Page(
        ids=tuple(one.id for one in together),
        key=first.key,
        channel=first.channel,
        attempts=attempts,
        owner=owner,
        fired_at=fired_at,
        expires_at=first.expires_at,
        unit_code=first.unit_code,
        language=_language(first),
        group=first.group_name,
        login=first.login,
        line_number=first.line_number,
        subjects=tuple({one.reference: subject_of(one) for one in together}.values()),
        address=address,
    )


def _address(row: Row[Any], secret: ApplicationSecret) -> str | None:
    """Where the page goes; None where the officer has left or has no number, or the group no mailbox."""
    if row.channel in TO_OFFICERS:
        return phone_of(row.phone, row.login, secret) if row.active and row.phone else None
    if row.channel == MAIL:
        return (row.settings.get(MAILBOXES) or {}).get(row.group_name)
    return ""


def _language(row: Row[Any]) -> str:
    return spoken_language(row.language or "", *row.unit_languages.split(","))


def subject_of(row: Any) -> Subject:
    """What a page may say of its report."""
    return Subject(
        reference=row.reference,
        kind=row.kind,
        category=row.category,
        urgency=row.urgency,
        place=row.place,
        place_names=row.place_names or {},
        happening_now=bool(row.happening_now),
        received_at=row.received_at,
    )


_PAGES = (
    select(
        rows,
        reports.c.reference,
        reports.c.kind,
        reports.c.category,
        reports.c.urgency,
        reports.c.happening_now,
        reports.c.received_at,
        reports.c.acknowledged_at,
        reports.c.settled_at,
        follow_ups.c.report_id,
        places.c.name.label("place"),
        places.c.names.label("place_names"),
        units.c.id.label("unit_id"),
        units.c.code.label("unit_code"),
        units.c.timezone,
        units.c.languages.label("unit_languages"),
        units.c.follow_ups.label("settings"),
        lines.c.number.label("line_number"),
        officers.c.login,
        officers.c.phone,
        officers.c.active,
        officers.c.language,
    )
    .join(follow_ups, follow_ups.c.id == rows.c.follow_up_id)
    .join(reports, reports.c.id == follow_ups.c.report_id)
    .join(units, units.c.id == reports.c.unit_id)
    .join(lines, lines.c.id == reports.c.line_id)
    .outerjoin(places, places.c.id == reports.c.place_id)
    .outerjoin(officers, officers.c.id == rows.c.officer_id)
)


def page_of(connection: Connection, key: str) -> Row[Any] | None:
    """The page that an address of ours names, with its report; of several in one message, the first."""
    return connection.execute(_PAGES.where(rows.c.key == key).order_by(rows.c.id).limit(1)).first()


# ---- what nobody knows ---------------------------------------------------------------------------------------------


def unknown(connection: Connection, channels: Collection[str], secret: ApplicationSecret, now: datetime) -> list[Page]:
    """The pages of which nobody knows whether they went out, long enough for the carrier to have listed them."""
    ripe = _SENDING.ripe(now) & rows.c.channel.in_(channels)
    by_key: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_PAGES.where(ripe).order_by(rows.c.fired_at, rows.c.id)):
        by_key.setdefault(row.key, []).append(row)
    return [
        _page(together, together[0].attempts, "", _address(together[0], secret) or "", together[0].fired_at)
        for together in by_key.values()
    ]
