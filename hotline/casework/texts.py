"""Text messages: each is taken down as a report, its words sealed; nothing is ever texted back."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, update

from hotline.casework import privacy, reports
from hotline.casework.classification import Classified
from hotline.casework.lines import LineRow
from hotline.casework.once import insert_once
from hotline.phone import caller_number
from storage.sealing import seal
from storage.tables import texts


@dataclass(frozen=True)
class IncomingText:
    """A text message as the carrier brings it."""

    carrier: str
    message_id: str
    from_: str = field(repr=False)
    words: str = field(repr=False)


def take_down(connection: Connection, line: LineRow, text: IncomingText, now: datetime) -> None:
    """Keep a message and open its report; the same message a second time changes nothing."""
    row = {
        "carrier": text.carrier,
        "carrier_message_id": text.message_id,
        "unit_id": line.unit_id,
        "line_id": line.id,
        "received_at": now,
    }
    if not insert_once(connection, texts, row):
        return
    same = (texts.c.carrier == text.carrier) & (texts.c.carrier_message_id == text.message_id)
    text_id = int(connection.execute(select(texts.c.id).where(same)).scalar_one())
    classified = Classified("report", None, "normal", privacy.CONFIDENTIAL, None, None)
    report_id = reports.open_report(connection, line, classified, reports.Circumstances(channel="text"), now)
    sealed = seal(line.content_public, text.words.encode("utf-8", "replace"), f"text:{text_id}:words")
    connection.execute(update(texts).where(same).values(report_id=report_id, sealed_words=sealed))
    if (number := caller_number(text.from_, line.region)) is not None:
        privacy.seal_text_number(connection, line.unit_id, text_id, number)
