"""Officers, the keys granted to them, their sessions at the console, their shifts."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class Officer(SQLModel, table=True):
    """Someone who may sign in. Unwrapping the private key with the password (Argon2id) *is* the check."""

    __tablename__ = "officers"
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id", index=True)
    login: str = Field(unique=True, max_length=60)
    name: str = Field(max_length=200)
    role: str = Field(max_length=20)  # duty | officer | deputy | chief | province | administrator
    language: str = Field(default="vi", max_length=8)
    phone: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # encrypted: application secret
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    wrapped_private: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    active: bool = True
    must_change: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))  # the password
    vouched: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, default=True))  # may be given keys
    created_at: datetime = Field(sa_type=UtcDateTime)


class Grant(SQLModel, table=True):
    """A unit's private key, sealed to one officer's public key; `officer_id` null: to the paper recovery key."""

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("unit_id", "officer_id", "key_kind"),
        # Two nulls are not equal, so the paper's own row needs its own rule.
        Index(
            "grants_to_recovery",
            "unit_id",
            "key_kind",
            unique=True,
            sqlite_where=text("officer_id IS NULL"),
            postgresql_where=text("officer_id IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    officer_id: int | None = Field(default=None, foreign_key="officers.id", index=True)
    key_kind: str = Field(max_length=10)  # content | identity
    sealed_private: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    granted_at: datetime = Field(sa_type=UtcDateTime)


class ConsoleSession(SQLModel, table=True):
    """A sign-in, found by a hash of the cookie. Only the cookie opens the officer's key in it."""

    __tablename__ = "console_sessions"
    id: str = Field(primary_key=True, max_length=64)
    officer_id: int = Field(foreign_key="officers.id", index=True)
    wrapped_private: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class SignInAttempt(SQLModel, table=True):
    """A failed sign-in, counted per login and per source (both as keyed hashes)."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("sign_in_attempts_by_login", "login_hash", "at"),
        Index("sign_in_attempts_by_source", "source_hash", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    login_hash: str = Field(max_length=64)
    source_hash: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)


class Shift(SQLModel, table=True):
    """An officer on duty in a group, from a moment to a moment."""

    __tablename__ = "shifts"
    __table_args__ = (
        Index("shifts_by_time", "unit_id", "group_name", "starts_at", "ends_at"),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    )
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    officer_id: int = Field(foreign_key="officers.id", index=True)
    group_name: str = Field(max_length=20)  # duty | command
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
