"""What officers do with a caller's number without keeping it: ringing back through the line, and reading it by two."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class CallBack(SQLModel, table=True):
    """One try to ring a caller back through the hotline.

    `key` names it in the carrier's addresses. `number` is the caller's, encrypted under a key that is in no row, and
    wiped as soon as it is known what came of it, and when two minutes have passed. After `due_at`
    no news is expected any more."""

    __tablename__ = "call_backs"
    __table_args__ = (
        Index("call_backs_by_day", "unit_id", "at"),
        Index("call_backs_open", "state", "due_at"),
        CheckConstraint("state IN ('begun', 'connecting', 'ended')", name="a_known_state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=40)
    unit_id: int = Field(foreign_key="units.id")
    report_id: int = Field(foreign_key="reports.id", index=True)
    call_id: int = Field(foreign_key="calls.id")
    line_id: int = Field(foreign_key="lines.id")
    officer_id: int = Field(foreign_key="officers.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(default="begun", max_length=10)  # begun | connecting | ended
    outcome: str | None = Field(default=None, max_length=20)
    seconds: int | None = None  # how long the two talked
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    carrier_call_id: str | None = Field(default=None, max_length=80, index=True)  # the officer's leg
    number: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class Reveal(SQLModel, table=True):
    """A wish to read a confidential caller's number: asked with a reason, decided by somebody else, read once."""

    __tablename__ = "reveals"
    __table_args__ = (
        Index("reveals_of_unit", "unit_id", "state", "asked_at"),
        CheckConstraint("(call_id IS NULL) <> (text_id IS NULL)", name="call_or_text"),
        CheckConstraint("decided_by <> asked_by", name="two_people"),
        CheckConstraint("state IN ('asked', 'approved', 'refused', 'seen')", name="a_known_state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    report_id: int = Field(foreign_key="reports.id", index=True)
    call_id: int | None = Field(default=None, foreign_key="calls.id")
    text_id: int | None = Field(default=None, foreign_key="texts.id")
    asked_by: int = Field(foreign_key="officers.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    sealed_reason: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # content key
    state: str = Field(default="asked", max_length=10)  # asked | approved | refused | seen
    decided_by: int | None = Field(default=None, foreign_key="officers.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
