"""What a carrier announces of a call behind its back: that it is over, that it was recorded. Any order, any number
of times, also of calls that were never seen."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from hotline.casework import endings, recordings
from hotline.casework.lines import LineBook, LineRow
from hotline.casework.once import insert_once
from hotline.phone import caller_number
from storage.sealing import ApplicationSecret
from storage.tables import calls


@dataclass(frozen=True)
class StatusNews:
    """How a call stands, as the carrier says. `from_` is what it sent, a number or not."""

    carrier: str
    call_id: str
    status: str
    from_: str = field(repr=False)
    to: str
    duration_s: int | None
    sequence: int | None


def status_announced(
    connection: Connection, lines: LineBook, news: StatusNews, secret: ApplicationSecret, now: datetime
) -> None:
    """End a call that is over, writing its row first where no webhook ever told of it.

    A status that is not final says nothing that the rows do not know."""
    if news.status not in endings.FINAL_STATUSES:
        return
    line, _ = lines.dialled(news.to, now)
    if line is None:
        return
    call_id = _known(connection, news.carrier, news.call_id) or _call_without_answer(connection, line, news, now)
    ending = endings.Ending(
        status=news.status,
        duration_s=news.duration_s,
        number=caller_number(news.from_, line.region),
        sequence=-1 if news.sequence is None else news.sequence,
    )
    endings.end_call(connection, call_id, ending, secret, now)


def recording_announced(
    connection: Connection,
    carrier: str,
    carrier_call_id: str,
    carrier_recording_id: str,
    status: str,
    duration_s: int | None,
    now: datetime,
    *,
    of_call: bool = False,
) -> None:
    """Take down a recording, and see that the report it belongs to knows of it."""
    recordings.note(
        connection, carrier, carrier_call_id, carrier_recording_id, status, duration_s, now, of_call=of_call
    )
    call_id = _known(connection, carrier, carrier_call_id)
    if call_id is not None:
        endings.after_recording(connection, call_id)


def _known(connection: Connection, carrier: str, carrier_call_id: str) -> int | None:
    query = select(calls.c.id).where(calls.c.carrier == carrier, calls.c.carrier_call_id == carrier_call_id)
    call_id: int | None = connection.execute(query).scalar_one_or_none()
    return call_id


def _call_without_answer(connection: Connection, line: LineRow, news: StatusNews, now: datetime) -> int:
    """The row of a call that ended before its first webhook came, if it ever comes."""
    row = {
        "key": secrets.token_urlsafe(18),
        "carrier": news.carrier,
        "carrier_call_id": news.call_id,
        "unit_id": line.unit_id,
        "line_id": line.id,
        "flow_hash": line.flow_hash,
        "language": "vi",
        "visit": 0,
        "node": "",
        "withheld": caller_number(news.from_, line.region) is None,
        "suspect": "never answered",
        "started_at": now - timedelta(seconds=news.duration_s or 0),
    }
    insert_once(connection, calls, row)
    call_id = _known(connection, news.carrier, news.call_id)
    assert call_id is not None  # noqa: S101 - inserted above, in this transaction
    recordings.link_orphans(connection, call_id, news.carrier, news.call_id)
    return call_id
