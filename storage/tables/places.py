"""Units, their lines, their places, and the flows that lines play."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class Unit(SQLModel, table=True):
    """A commune, ward or agency. Units form a tree; authorities merge and are renamed, so codes stay.

    A unit above others (a province) has no line and no keys: a pair of its own would only be something that could be
    sealed to by mistake and then be opened by nobody, or by the wrong people. Null makes every such try fail."""

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint("(merged_into_id IS NULL) = (merged_at IS NULL)", name="merged_at_a_moment"),
        CheckConstraint("merged_into_id <> id", name="merged_into_another"),
        CheckConstraint(
            "(content_public IS NULL) = (identity_public IS NULL)"
            " AND (content_public IS NULL) = (recovery_public IS NULL)",
            name="all_keys_or_none",
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=40)
    name: str = Field(max_length=200)
    parent_id: int | None = Field(default=None, foreign_key="units.id", index=True)
    timezone: str = Field(max_length=60)
    region: str = Field(max_length=2)
    languages: str = Field(max_length=60)  # comma separated, the first is the unit's own
    office_hours: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    holidays: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    deadlines: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False, default=dict))  # overrule the taxonomy's
    transfer_to: list[str] = Field(sa_column=Column(JSON, nullable=False, default=list))
    follow_ups: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False, default=dict))  # who is paged when
    old_names: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False, default=list))  # name, until
    call_backs_a_day: int | None = None  # None: as many as the installation allows
    minutes_a_day: int = Field(default=600)  # above this the line costs more than it should: an alarm, never a refusal
    content_public: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    identity_public: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    recovery_public: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_type=UtcDateTime)
    merged_into_id: int | None = Field(default=None, foreign_key="units.id", index=True)  # its lines are that one's now
    merged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # on paper: the first moment of that day


class FlowVersion(SQLModel, table=True):
    """A published flow as canonical JSON; the hash of that text is its version."""

    __tablename__ = "flow_versions"
    hash: str = Field(primary_key=True, max_length=64)
    flow_id: str = Field(max_length=60)
    definition: str
    published_at: datetime = Field(sa_type=UtcDateTime)


class Line(SQLModel, table=True):
    """A duty number and the flow it plays now."""

    __tablename__ = "lines"
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id", index=True)
    number: str = Field(unique=True, max_length=20)  # E.164; printed on every key fob, so no secret
    flow_hash: str = Field(foreign_key="flow_versions.hash", max_length=64)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    former_unit_id: int | None = Field(default=None, foreign_key="units.id", index=True)  # whose it was at first


class Place(SQLModel, table=True):
    """A village, agency or school, with the two digits that the card prints for it."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("unit_id", "digits"),)
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id", index=True)
    digits: str = Field(max_length=2)
    name: str = Field(max_length=200)
    names: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    kind: str = Field(max_length=20)
    households: int | None = None
    old_names: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False, default=list))  # name, until
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # its digits are offered no more
