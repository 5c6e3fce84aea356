"""What a month is counted from besides calls and reports, what it came to, and who signed for it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class DayCount(SQLModel, table=True):
    """How many ended calls of a day have one value of one dimension: kind = admin, hour = 07.

    One dimension a row, never two: else there would be a row a call. Written with the calls that it counts."""

    __tablename__ = "day_counts"
    unit_id: int = Field(primary_key=True, foreign_key="units.id")
    day: date = Field(primary_key=True)  # of the unit's calendar, on which the calls began
    dimension: str = Field(primary_key=True, max_length=20)
    key: str = Field(primary_key=True, max_length=40)
    n: int


class MonthCount(SQLModel, table=True):
    """The days of a month added up, written with them: a province reads hundreds of communes at once."""

    __tablename__ = "month_counts"
    unit_id: int = Field(primary_key=True, foreign_key="units.id")
    month: str = Field(primary_key=True, max_length=7)  # 2026-11
    dimension: str = Field(primary_key=True, max_length=20)
    key: str = Field(primary_key=True, max_length=40)
    n: int


class Incident(SQLModel, table=True):
    """Something that did happen in the unit, as its register has it: neither a call nor a report makes one.

    `happened_on` is null where only the year is known, as of the time before the line."""

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("unit_id", "source"),
        Index("incidents_by_year", "unit_id", "year"),
        Index("incidents_by_day", "unit_id", "happened_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    type: str = Field(max_length=20)
    year: int
    happened_on: date | None = None
    place_id: int | None = Field(default=None, foreign_key="places.id")
    report_id: int | None = Field(default=None, foreign_key="reports.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officers.id")  # null: came with an import
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source: str | None = Field(default=None, max_length=120)  # of an import, so that a second one adds nothing


class MonthEntry(SQLModel, table=True):
    """A figure of a month entered by hand. Entries are added, never changed: of each name the last one counts."""

    __tablename__ = "month_entries"
    __table_args__ = (Index("month_entries_of_month", "unit_id", "month", "name", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    month: str = Field(max_length=7)  # 2026-11
    name: str = Field(max_length=40)
    value: int | None = None  # null: taken back
    officer_id: int | None = Field(default=None, foreign_key="officers.id")  # null: came with an import
    at: datetime = Field(sa_type=UtcDateTime)


class MonthClosing(SQLModel, table=True):
    """The figures of a month as they were drafted (revision 0) and signed off (1); later ones stand beside them."""

    __tablename__ = "month_closings"
    __table_args__ = (
        UniqueConstraint("unit_id", "month", "revision"),
        CheckConstraint("(revision = 0) = (officer_id IS NULL)", name="signed_by_somebody"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    month: str = Field(max_length=7)
    revision: int
    figures: str  # canonical JSON as text: its digest is in the audit
    officer_id: int | None = Field(default=None, foreign_key="officers.id")
    at: datetime = Field(sa_type=UtcDateTime)


class ProvinceIssue(SQLModel, table=True):
    """The table of a superior unit's month as it was issued. Issues are added, never changed.

    `shown` holds what a reader may see and nothing of what is hidden; `marks` are digests of the figures under a key
    that is not in the database, by which the worker finds out that they have changed since."""

    __tablename__ = "province_issues"
    __table_args__ = (
        UniqueConstraint("unit_id", "month", "number"),
        CheckConstraint("number > 0", name="numbered_from_one"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    month: str = Field(max_length=7)
    number: int
    shown: str  # canonical JSON as text: its digest is in the audit
    marks: str
    officer_id: int | None = Field(default=None, foreign_key="officers.id")  # null: the line itself, or a command
    at: datetime = Field(sa_type=UtcDateTime)
    looked_at: datetime = Field(sa_type=UtcDateTime)  # when the figures were last held against the marks
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # null: they were the same then


class PeriodicRun(SQLModel, table=True):
    """What is done once a period, however many workers run: the row goes in with the work itself."""

    __tablename__ = "periodic_runs"
    task: str = Field(primary_key=True, max_length=40)
    unit_id: int = Field(primary_key=True, foreign_key="units.id")
    period: str = Field(primary_key=True, max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)


class MonthKey(SQLModel, table=True):
    """The random key under which the callers of a month are told apart, wrapped under the application secret.

    Once the month is counted the key is destroyed, and only the two numbers stay."""

    __tablename__ = "month_keys"
    unit_id: int = Field(primary_key=True, foreign_key="units.id")
    month: str = Field(primary_key=True, max_length=7)
    wrapped: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    callers: int | None = None
    repeat_callers: int | None = None
    counted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MonthCaller(SQLModel, table=True):
    """A caller of a month as a keyed digest, and how often. Tied to no call; anonymous calls leave none."""

    __tablename__ = "month_callers"
    unit_id: int = Field(primary_key=True, foreign_key="units.id")
    month: str = Field(primary_key=True, max_length=7)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    calls: int
