"""What officers do with a report: its timeline, notes, persons, measures and transfers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class ReportEvent(SQLModel, table=True):
    """One step in the life of a report: who, when, what. A reason in words is sealed to the content key."""

    __tablename__ = "report_events"
    __table_args__ = (Index("report_events_by_step", "status_after", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="reports.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    officer_id: int | None = Field(default=None, foreign_key="officers.id")  # null: the line itself
    what: str = Field(max_length=30)
    status_before: str | None = Field(default=None, max_length=20)
    status_after: str | None = Field(default=None, max_length=20)
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False, default=dict))  # codes and moments only
    sealed_reason: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class Note(SQLModel, table=True):
    """An officer's note on a report, sealed to the content key. Notes are added, never changed."""

    __tablename__ = "notes"
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="reports.id", index=True)
    officer_id: int = Field(foreign_key="officers.id")
    at: datetime = Field(sa_type=UtcDateTime)
    sealed_words: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class Person(SQLModel, table=True):
    """Somebody a report is about, called by the first report and a number: R-2026-0042/1. The name is sealed.

    There is no way to a person but through a report: no register of people grows out of calls."""

    __tablename__ = "persons"
    __table_args__ = (UniqueConstraint("first_report_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    first_report_id: int = Field(foreign_key="reports.id")
    number: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    sealed_name: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class Measure(SQLModel, table=True):
    """What was decided about one person on one report. A person may come from several reports."""

    __tablename__ = "measures"
    __table_args__ = (
        UniqueConstraint("report_id", "person_id", "measure"),
        Index("measures_by_day", "decided_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="reports.id")
    person_id: int = Field(foreign_key="persons.id", index=True)
    measure: str = Field(max_length=20)
    decision_number: str | None = Field(default=None, max_length=60)
    decided_on: date
    officer_id: int | None = Field(default=None, foreign_key="officers.id")  # null: from an old call book
    at: datetime = Field(sa_type=UtcDateTime)


class Transfer(SQLModel, table=True):
    """A report handed over to another body, with the number of the paper, and when that body confirmed it."""

    __tablename__ = "transfers"
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="reports.id", index=True)
    destination: str = Field(max_length=200)
    paper_number: str | None = Field(default=None, max_length=60)
    sent_on: date
    confirmed_on: date | None = None
    officer_id: int = Field(foreign_key="officers.id")
    at: datetime = Field(sa_type=UtcDateTime)
