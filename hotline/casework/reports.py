"""Opening a report and tying calls to it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, insert, select, update

from hotline.casework import classification, follow_ups
from hotline.casework.classification import Classified
from hotline.casework.deadlines import class_of
from hotline.casework.lines import LineRow
from hotline.casework.once import insert_into, insert_once
from storage.tables import recordings, report_calls, report_numbers, reports

NEW = "NEW"


@dataclass(frozen=True)
class Circumstances:
    """How a report came in, besides what it is about."""

    channel: str = "voice"  # voice | text
    incomplete: bool = False
    interpreter: bool = False
    acknowledged_at: datetime | None = None
    acknowledged_by: int | None = None  # the officer who spoke with the caller, where it is known who that was


def open_report(
    connection: Connection, line: LineRow, classified: Classified, how: Circumstances, received_at: datetime
) -> int:
    """Write a new report with its first classification and give it the unit's next reference of the year.

    Its clocks start at its receipt."""
    due_at = line.calendar.due_at(class_of(classified.kind, classified.category), received_at)
    row = insert(reports).values(
        reference=_next_reference(connection, line.unit_id, line.local(received_at).year),
        unit_id=line.unit_id,
        line_id=line.id,
        kind=classified.kind,
        category=classified.category,
        urgency=classified.urgency,
        status=NEW,
        privacy=classified.privacy,
        place_id=classified.place_id,
        happening_now=classified.happening_now,
        incomplete=how.incomplete,
        interpreter=how.interpreter,
        channel=how.channel,
        received_at=received_at,
        acknowledge_by=line.calendar.acknowledge_by(classified.urgency, received_at),
        acknowledged_at=how.acknowledged_at,
        acknowledged_by=how.acknowledged_by,
        assigned_to=how.acknowledged_by,
        due_at=due_at,
        due_by_rule=due_at,
    )
    report_id = int(connection.execute(row.returning(reports.c.id)).scalar_one())
    classification.keep(connection, report_id, classification.KEYS, classified, received_at)
    follow_ups.open_for(connection, report_id, received_at)
    return report_id


def link_call(connection: Connection, report_id: int, call_id: int, role: str) -> bool:
    """Tie a call to a report as its `first` or an `addition`; a second time changes nothing, and says so."""
    return insert_once(connection, report_calls, {"report_id": report_id, "call_id": call_id, "role": role})


def has_report(connection: Connection, call_id: int) -> bool:
    query = select(report_calls.c.report_id).where(report_calls.c.call_id == call_id)
    return connection.execute(query).first() is not None


def complete_with_recording(connection: Connection, call_id: int) -> None:
    """A report whose caller left early is whole after all when what was said has been recorded."""
    connection.execute(update(reports).where(reports.c.id.in_(_made_by(call_id))).values(incomplete=False))


def take_privacy(connection: Connection, call_id: int, choice: str | None) -> None:
    """Give a call's choice to the reports it made before there was one."""
    undecided = update(reports).where(reports.c.id.in_(_made_by(call_id)), reports.c.privacy.is_(None))
    connection.execute(undecided.values(privacy=choice))


def has_recording(connection: Connection, call_id: int) -> bool:
    """Whether the caller has left a message. What was recorded of the line while it rang is none."""
    query = select(recordings.c.id).where(
        recordings.c.call_id == call_id, recordings.c.status != "absent", recordings.c.of_call.is_(False)
    )
    return connection.execute(query).first() is not None


def _made_by(call_id: int) -> Select[tuple[int]]:
    return select(report_calls.c.report_id).where(report_calls.c.call_id == call_id, report_calls.c.role == "first")


def _next_reference(connection: Connection, unit_id: int, year: int) -> str:
    row = insert_into(connection, report_numbers).values(unit_id=unit_id, year=year, last=1)
    counted = row.on_conflict_do_update(
        index_elements=["unit_id", "year"], set_={"last": report_numbers.c.last + 1}
    ).returning(report_numbers.c.last)
    return f"R-{year}-{connection.execute(counted).scalar_one():04d}"
