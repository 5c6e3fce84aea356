"""The clock on every report: its follow-up, and the pages that are sent to officers until somebody takes it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class FollowUp(SQLModel, table=True):
    """How far a report has climbed. The policy is a copy: a change of the unit's settings does not reach it.

    `loop` and `step_no` name the step that is planned at `next_at`."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("follow_ups_due", "state", "next_at"),
        CheckConstraint("state IN ('open', 'exhausted', 'acked', 'resolved')", name="a_known_state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="reports.id", unique=True)
    unit_id: int = Field(foreign_key="units.id", index=True)
    policy: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    loop: int = 0
    step_no: int = 0
    state: str = Field(default="open", max_length=10)  # open | exhausted (red, still climbing) | acked | resolved
    next_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 0


class Page(SQLModel, table=True):
    """One message to one officer, or to the mailbox or webhook of a group. Never the caller, never their words.

    `key` names it in addresses that the carrier calls; pages that went out in one message share it."""

    __tablename__ = "pages"
    __table_args__ = (
        Index("pages_due", "state", "not_before"),
        CheckConstraint("(officer_id IS NULL) <> (group_name IS NULL)", name="officer_or_group"),
    )
    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str = Field(unique=True, max_length=160)  # follow-up/loop/step/officer or group/channel
    key: str = Field(max_length=40, index=True)
    follow_up_id: int = Field(foreign_key="follow_ups.id", index=True)
    loop: int
    step_no: int
    officer_id: int | None = Field(default=None, foreign_key="officers.id", index=True)
    group_name: str | None = Field(default=None, max_length=20)
    channel: str = Field(max_length=10)  # voice | text | mail | webhook
    state: str = Field(default="pending", max_length=10)
    # pending | sending | unknown | sent | delivered | failed | cancelled
    priority: int  # the smallest first
    attempts: int = 0
    planned_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, max_length=40)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    carrier_id: str | None = Field(default=None, max_length=80, index=True)
    carrier_sequence: int = -1
    answer: str | None = Field(default=None, max_length=10)  # took | late | passed
    last_error: str | None = Field(default=None, max_length=200)
