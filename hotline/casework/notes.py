"""Notes on a report: written with the public key alone, read by who holds the content key, never changed."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from hotline.casework import timeline
from hotline.casework.desk import NOTE, NotTheirTaskError, WorkRefusedError, case_of, may, write_down
from hotline.casework.people import OfficerRow
from hotline.casework.timeline import Happened
from storage.sealing import seal, unseal
from storage.tables import notes, officers

LONGEST_NOTE = 4000


@dataclass(frozen=True)
class NoteRow:
    """A note; `words` is None where they stay sealed to who looks."""

    at: datetime
    who: str
    words: str | None = field(repr=False)


def add_note(connection: Connection, officer: OfficerRow, reference: str, words: str, now: datetime) -> None:
    """Put a note on a report. It overwrites nothing, so no page grows stale by it.

    Raises NotFoundError, NotTheirTaskError, WorkRefusedError for no words or too many."""
    case = case_of(connection, officer, reference)
    if not may(officer, NOTE):
        raise NotTheirTaskError
    if not words.strip():
        raise WorkRefusedError("words", "needed")
    if len(words) > LONGEST_NOTE:
        raise WorkRefusedError("words", "too long")
    row = insert(notes).values(report_id=case.id, officer_id=officer.id, at=now).returning(notes.c.id)
    note_id = int(connection.execute(row).scalar_one())
    sealed = seal(case.content_public, words.strip().encode(errors="replace"), _place(note_id))
    connection.execute(update(notes).where(notes.c.id == note_id).values(sealed_words=sealed))
    write_down(connection, case, officer.id, Happened(timeline.NOTED), now)


def notes_of(
    connection: Connection, report_id: int, zone: ZoneInfo, content_private: bytes | None
) -> tuple[NoteRow, ...]:
    """The notes on a report, the newest first. UnsealError."""
    query = (
        select(notes, officers.c.name.label("who"))
        .join(officers, officers.c.id == notes.c.officer_id)
        .where(notes.c.report_id == report_id)
        .order_by(notes.c.id.desc())
    )
    return tuple(
        NoteRow(row.at.astimezone(zone), row.who, _opened(row.sealed_words, row.id, content_private))
        for row in connection.execute(query)
    )


def _opened(sealed: bytes | None, note_id: int, content_private: bytes | None) -> str | None:
    if sealed is None or content_private is None:
        return None
    return unseal(content_private, bytes(sealed), _place(note_id)).decode(errors="replace")


def _place(note_id: int) -> str:
    return f"notes/{note_id}/words"
