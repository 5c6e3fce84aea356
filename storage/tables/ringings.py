"""Officers who are rung together for one caller, each by a call of their own; the first key 1 has the caller."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class Ringing(SQLModel, table=True):
    """One group rung for one caller. `over_at` null: somebody rings, or waits for the caller, or talks.

    What the officers are told of the call is copied here from the caller's keys: structured fields only."""

    __tablename__ = "ringings"
    __table_args__ = (
        UniqueConstraint("call_id", "visit"),
        CheckConstraint("(taken_by IS NULL) = (taken_at IS NULL)", name="taken_by_someone"),
        Index(
            "ringings_live",
            "id",
            sqlite_where=text("over_at IS NULL"),
            postgresql_where=text("over_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="calls.id")
    visit: int  # the step that asked for it
    group_name: str = Field(max_length=20)
    emergency: bool
    category: str | None = Field(default=None, max_length=40)
    place_id: int | None = Field(default=None, foreign_key="places.id")
    room: str = Field(max_length=40)  # where the two meet: random, known to nobody else
    ring_seconds: int
    rung_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    taken_by: int | None = Field(default=None, foreign_key="officers.id", index=True)
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # the caller was sent into the room
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # the officer's call ended
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # a caller who was not there was brought
    over_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OfficerLeg(SQLModel, table=True):
    """The call to one of these officers, on its way to the carrier as a page is (see `Page` for the states)."""

    __tablename__ = "officer_legs"
    __table_args__ = (
        UniqueConstraint("ringing_id", "officer_id"),
        Index("officer_legs_due", "state", "not_before"),
    )
    id: int | None = Field(default=None, primary_key=True)
    ringing_id: int = Field(foreign_key="ringings.id")
    officer_id: int = Field(foreign_key="officers.id", index=True)
    key: str = Field(unique=True, max_length=40)  # names it in addresses that the carrier calls
    state: str = Field(default="pending", max_length=10)
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
    last_error: str | None = Field(default=None, max_length=200)
    answer: str | None = Field(default=None, max_length=10)  # took | late | passed
    picked_up_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    let_go_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # the carrier was told to end or redirect it
