"""The time before this software: figures that were published, and call books that were kept by hand."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class Baseline(SQLModel, table=True):
    """The figures of a unit from before, as a file told them. A corrected file is a new row; the highest `number`
    holds, and the earlier ones stay."""

    __tablename__ = "baselines"
    __table_args__ = (UniqueConstraint("unit_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    number: int
    digest: str = Field(max_length=64)  # of `content`; the same figures again are no new row
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    imported_at: datetime = Field(sa_type=UtcDateTime)


class CallBook(SQLModel, table=True):
    """An old call book that was taken in. Its calls are rows of `calls` whose carrier is "book"."""

    __tablename__ = "call_books"
    __table_args__ = (UniqueConstraint("unit_id", "name"), Index("call_books_by_time", "unit_id", "begun_at"))
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    name: str = Field(max_length=40)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # null: broken off, to be gone on with
    taken: int = 0
    first_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
