"""What is to be looked into: reports, what they were taken for, and the receipts that open them."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime

_OPEN = text("settled_at IS NULL")
_NARROWED_TO = ("kind", "category", "status", "outcome", "place_id")
_UNTAKEN = text("settled_at IS NULL AND acknowledged_at IS NULL")


def _where_known(name: str, *columns: str) -> Index:
    """Of the reports that have what the index is for, which comes last. Those of an old call book have none of it."""
    known = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, sqlite_where=known, postgresql_where=known)


class Report(SQLModel, table=True):
    """A report, task or message that an officer must see. Officers call it by `reference`: R-2026-0042."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("unit_id", "reference"),
        Index("reports_newest", "unit_id", "received_at", "id"),
        Index("reports_assigned", "unit_id", "assigned_to", "received_at", "id"),
        # What a month is counted from: clocks that ran out or were kept in it, and what was open at its end.
        _where_known("reports_due", "unit_id", "due_at"),
        _where_known("reports_acknowledge", "unit_id", "acknowledge_by"),
        _where_known("reports_acknowledged", "unit_id", "acknowledged_at"),
        _where_known("ix_reports_linked_to", "linked_to"),
        Index("reports_settled", "unit_id", "settled_at", "received_at", "reopened"),
        Index(
            "reports_reopened",
            "unit_id",
            "settled_at",
            sqlite_where=text("reopened > 0"),
            postgresql_where=text("reopened > 0"),
        ),
        # The board: of each urgency the newest open ones, however many reports were ever settled.
        Index(
            "reports_open",
            "unit_id",
            "urgency",
            "received_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # Today's board: what is open by its deadline and by its receipt, what nobody has taken by that deadline.
        # `settled_at` is in them so that SQLite, which has no statistics here, takes them before those of the month.
        Index("reports_open_due", "unit_id", "settled_at", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("reports_open_newest", "unit_id", "received_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "reports_untaken_newest",
            "unit_id",
            "urgency",
            "received_at",
            "id",
            sqlite_where=_UNTAKEN,
            postgresql_where=_UNTAKEN,
        ),
        *(Index(f"reports_by_{name}", "unit_id", name, "received_at", "id") for name in _NARROWED_TO),
        Index(
            "reports_untaken",
            "unit_id",
            "settled_at",
            "acknowledge_by",
            sqlite_where=_UNTAKEN,
            postgresql_where=_UNTAKEN,
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(max_length=20)
    unit_id: int = Field(foreign_key="units.id")
    line_id: int = Field(foreign_key="lines.id")
    kind: str = Field(max_length=20)  # report | emergency | admin | addition | other
    category: str | None = Field(default=None, max_length=40)
    urgency: str = Field(max_length=10)
    status: str = Field(max_length=20)
    outcome: str | None = Field(default=None, max_length=20)
    privacy: str | None = Field(default=None, max_length=20)
    place_id: int | None = Field(default=None, foreign_key="places.id")
    happening_now: bool | None = None
    incomplete: bool = False  # the caller left before the end
    interpreter: bool = False  # spoken in a language that needs one
    channel: str = Field(default="voice", max_length=10)  # voice | text
    received_at: datetime = Field(sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    assigned_to: int | None = Field(default=None, foreign_key="officers.id")
    version: int = 0  # one more with every change by an officer; a form that holds an older one is refused
    acknowledged_by: int | None = Field(default=None, foreign_key="officers.id")
    acknowledge_by: datetime | None = Field(default=None, sa_type=UtcDateTime)  # until when somebody must take it
    due_by_rule: datetime | None = Field(default=None, sa_type=UtcDateTime)  # `due_at` may be an officer's own
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # closed or transferred: the clock stands
    reopened: int = 0  # times
    linked_to: int | None = Field(default=None, foreign_key="reports.id")  # repeats or follows that one
    unsafe_to_ring_back: bool = False
    usefulness: str | None = Field(default=None, max_length=10)  # valuable | partly | none


class ReportNumber(SQLModel, table=True):
    """The last reference number given out in a unit and year."""

    __tablename__ = "report_numbers"
    unit_id: int = Field(primary_key=True, foreign_key="units.id")
    year: int = Field(primary_key=True)
    last: int


class ReportCall(SQLModel, table=True):
    """A call that belongs to a report: the one that made it, and those that added to it."""

    __tablename__ = "report_calls"
    report_id: int = Field(primary_key=True, foreign_key="reports.id")
    call_id: int = Field(primary_key=True, foreign_key="calls.id", index=True)
    role: str = Field(max_length=10)  # first | addition


class Classification(SQLModel, table=True):
    """What somebody or something took a report for, kept with its source; the latest officer's row wins,
    else the latest of any source."""

    __tablename__ = "classifications"
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="reports.id", index=True)
    source: str = Field(max_length=20)  # keys | text | officer
    officer_id: int | None = Field(default=None, foreign_key="officers.id")
    kind: str = Field(max_length=20)
    category: str | None = Field(default=None, max_length=40)
    urgency: str = Field(max_length=10)
    privacy: str | None = Field(default=None, max_length=20)
    place_id: int | None = Field(default=None, foreign_key="places.id")
    at: datetime = Field(sa_type=UtcDateTime)


class Receipt(SQLModel, table=True):
    """A receipt: its locator in clear, its secret only as Argon2id. A locator is live at most once a line."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("line_id", "live_locator"),)
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="reports.id", index=True)
    line_id: int = Field(foreign_key="lines.id")
    live_locator: str | None = Field(default=None, max_length=4)  # null once the receipt is dead
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)


class ReceiptAttempt(SQLModel, table=True):
    """A try at a receipt code, written before it is checked; `wrong` until proven right."""

    __tablename__ = "receipt_attempts"
    __table_args__ = (
        UniqueConstraint("call_id", "visit"),
        Index("receipt_attempts_by_locator", "line_id", "locator", "at"),
        Index("receipt_attempts_by_line", "line_id", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    line_id: int = Field(foreign_key="lines.id")
    call_id: int = Field(foreign_key="calls.id")
    visit: int
    locator: str = Field(max_length=4)
    wrong: bool = True
    at: datetime = Field(sa_type=UtcDateTime)
