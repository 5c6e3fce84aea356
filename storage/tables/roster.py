"""The roster: what repeats every week, what is different on some days, hand-overs, and who talks to whom."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class ShiftPattern(SQLModel, table=True):
    """An officer's duty on one day of every week, on the unit's own clock.

    It ends on the next day where `ends` is not after `starts`; the two may be equal: once round the clock."""

    __tablename__ = "shift_patterns"
    __table_args__ = (
        Index("shift_patterns_by_unit", "unit_id", "until_day"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="a_day_of_the_week"),
        CheckConstraint("until_day IS NULL OR from_day < until_day", name="begins_before_it_ends"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    officer_id: int = Field(foreign_key="officers.id", index=True)
    group_name: str = Field(max_length=20)  # duty | command
    weekday: int  # 0 is Monday
    starts: time
    ends: time
    from_day: date  # the first day on which a shift of it may begin
    until_day: date | None = None  # the first day on which none begins any more


class RosterException(SQLModel, table=True):
    """What is different for an officer in the shifts that begin on these days, the last one included.

    `off`: they do not hold. `replaced`: the stand-in has them. `extra`: one more shift on each day."""

    __tablename__ = "roster_exceptions"
    __table_args__ = (
        Index("roster_exceptions_by_unit", "unit_id", "until_day"),
        CheckConstraint("from_day <= until_day", name="begins_before_it_ends"),
        CheckConstraint("(kind = 'replaced') = (stand_in_id IS NOT NULL)", name="a_stand_in_replaces"),
        CheckConstraint(
            "(kind = 'extra') = (group_name IS NOT NULL AND starts IS NOT NULL AND ends IS NOT NULL)",
            name="an_extra_shift_has_hours",
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    officer_id: int = Field(foreign_key="officers.id", index=True)
    kind: str = Field(max_length=10)  # off | replaced | extra
    from_day: date
    until_day: date
    stand_in_id: int | None = Field(default=None, foreign_key="officers.id", index=True)
    group_name: str | None = Field(default=None, max_length=20)
    starts: time | None = None
    ends: time | None = None


class Handover(SQLModel, table=True):
    """A shift handed over: which open items the next officer accepted, and when.

    `number` counts the unit's hand-overs, so that of two who accept at once only one does."""

    __tablename__ = "handovers"
    __table_args__ = (
        UniqueConstraint("unit_id", "number"),
        Index("handovers_by_time", "unit_id", "accepted_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    number: int
    from_officer_id: int | None = Field(default=None, foreign_key="officers.id")
    to_officer_id: int = Field(foreign_key="officers.id")
    accepted_at: datetime = Field(sa_type=UtcDateTime)
    items: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))


class CallOfficer(SQLModel, table=True):
    """An officer who took a call: on it for as long as the call lives and awaits this visit."""

    __tablename__ = "call_officers"
    call_id: int = Field(primary_key=True, foreign_key="calls.id")
    visit: int = Field(primary_key=True)
    officer_id: int = Field(foreign_key="officers.id", index=True)
    joined_at: datetime = Field(sa_type=UtcDateTime)
