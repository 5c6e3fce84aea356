"""Rows that the worker lives by: what is to be asked of the carrier, and that the worker is alive."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class Outbox(SQLModel, table=True):
    """One request to the outside, written in the transaction that decided it and sent later."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "state", "not_before"),)
    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str = Field(unique=True, max_length=160)
    action: str = Field(max_length=40)  # delete_recording | delete_call | delete_message
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = Field(default="pending", max_length=10)  # pending | sending | sent | failed
    attempts: int = 0
    not_before: datetime = Field(sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, max_length=40)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = Field(default=None, max_length=200)


class Heartbeat(SQLModel, table=True):
    """When a process last said it was alive."""

    __tablename__ = "heartbeats"
    process: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)


class Alarm(SQLModel, table=True):
    """Something a person must look at: too many wrong receipts, a recording that cannot be had, a lineless call."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index("alarms_open", "id", sqlite_where=text("seen_at IS NULL"), postgresql_where=text("seen_at IS NULL")),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int | None = Field(default=None, foreign_key="units.id", index=True)
    what: str = Field(max_length=40)
    dedupe_key: str = Field(unique=True, max_length=160)
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_by: int | None = Field(default=None, foreign_key="officers.id")  # who has dealt with it
