"""What the telephone brings: calls, their steps, numbers, recordings and texts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime

_LIVE = text("ended_at IS NULL")
_KNOWN_AT_THE_END = {name: text(f"{name} IS NOT NULL") for name in ("kind", "category", "outcome")}


class Call(SQLModel, table=True):
    """One inbound call, written on its very first webhook.

    `position` is encrypted under the application secret while the call lives and wiped when it ends."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("carrier", "carrier_call_id"),
        Index("calls_newest", "unit_id", "started_at", "id"),
        Index("calls_live", "ended_at", "started_at", sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index(
            "calls_joined",
            "unit_id",
            "started_at",
            sqlite_where=text("officer_joined_at IS NOT NULL"),
            postgresql_where=text("officer_joined_at IS NOT NULL"),
        ),
        # The board asks for its unit's, over and over.
        Index("calls_on_the_line", "unit_id", "started_at", sqlite_where=_LIVE, postgresql_where=_LIVE),
        # The log narrowed to what is rare: without these, a page of it would look at every call there ever was.
        Index("calls_by_language", "unit_id", "language", "started_at", "id"),
        *(
            Index(f"calls_by_{name}", "unit_id", name, "started_at", "id", sqlite_where=known, postgresql_where=known)
            for name, known in _KNOWN_AT_THE_END.items()
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=32)  # opaque, random: the call's name in webhook addresses
    carrier: str = Field(max_length=20)
    carrier_call_id: str = Field(max_length=80)
    unit_id: int = Field(foreign_key="units.id")
    line_id: int = Field(foreign_key="lines.id")
    flow_hash: str = Field(foreign_key="flow_versions.hash", max_length=64)
    language: str = Field(max_length=8)
    visit: int  # the step that is awaited next; step 0 answers the first webhook
    node: str = Field(max_length=80)
    position: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    chose: bool = False  # a main-menu key was pressed
    reported: bool = False  # went down the path of a new report
    emergency: bool = False
    added_to: int | None = Field(default=None, foreign_key="reports.id", index=True)  # an earlier report
    asked: str | None = Field(default=None, max_length=40)  # the ADM code last asked for
    kind: str | None = Field(default=None, max_length=20)  # fixed at the end of the call
    category: str | None = Field(default=None, max_length=40)
    outcome: str | None = Field(default=None, max_length=40)
    privacy: str | None = Field(default=None, max_length=20)  # anonymous | confidential | call_back
    withheld: bool = False  # the carrier sent no usable number
    suspect: str | None = Field(default=None, max_length=40)  # why this row is doubtful, e.g. "reconciled"
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    duration_s: int | None = None
    hung_up_at: str | None = Field(default=None, max_length=80)  # the node at which the caller left
    carrier_status: str | None = Field(default=None, max_length=20)
    carrier_sequence: int = -1
    officer_joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    hours: str | None = Field(default=None, max_length=10)  # office | evening | night: fixed with the kind


class Step(SQLModel, table=True):
    """One answered webhook of a call. A repeat of the same webhook gets `answer` again, byte for byte.

    `answer` is encrypted and `heard` a keyed HMAC; both are wiped when the call ends."""

    __tablename__ = "steps"
    call_id: int = Field(primary_key=True, foreign_key="calls.id")
    visit: int = Field(primary_key=True)
    node: str = Field(max_length=80)
    language: str = Field(max_length=8)
    at: datetime = Field(sa_type=UtcDateTime)
    heard: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    answer: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class SealedNumber(SQLModel, table=True):
    """A caller's number, sealed to the unit's content or identity key. An anonymous caller has no row.

    `unit_id`: whose key that is, where it is not the unit of the call or text (see casework.keepers)."""

    __tablename__ = "sealed_numbers"
    __table_args__ = (
        UniqueConstraint("call_id"),
        UniqueConstraint("text_id"),
        CheckConstraint("(call_id IS NULL) <> (text_id IS NULL)", name="call_or_text"),
    )
    id: int | None = Field(default=None, primary_key=True)
    call_id: int | None = Field(default=None, foreign_key="calls.id")
    text_id: int | None = Field(default=None, foreign_key="texts.id")
    key_kind: str = Field(max_length=10)  # content | identity
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    unit_id: int | None = Field(default=None, foreign_key="units.id")


class Recording(SQLModel, table=True):
    """A recording at the carrier and, once kept, in the vault. The sha256 is of the sealed bytes.

    A callback may come before its call is known; `call_id` is then filled in from `carrier_call_id`.
    `unit_id`: to whose key it is sealed, where it is not the call's unit's (see casework.keepers)."""

    __tablename__ = "recordings"
    __table_args__ = (
        UniqueConstraint("carrier", "carrier_recording_id"),
        Index("recordings_due", "status", "not_before"),
    )
    id: int | None = Field(default=None, primary_key=True)
    call_id: int | None = Field(default=None, foreign_key="calls.id", index=True)
    carrier: str = Field(max_length=20)
    carrier_call_id: str = Field(max_length=80, index=True)
    carrier_recording_id: str = Field(max_length=80)
    status: str = Field(max_length=20)  # awaited | kept | suspect | absent | lost
    suspect: str | None = Field(default=None, max_length=60)  # what is doubtful about it
    of_call: bool = False  # of the line from some moment on, not what the caller was asked to say
    attempts: int = 0
    not_before: datetime = Field(sa_type=UtcDateTime)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    kept_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_at_carrier: datetime | None = Field(default=None, sa_type=UtcDateTime)
    duration_s: int | None = None
    media_type: str | None = Field(default=None, max_length=40)
    vault_name: str | None = Field(default=None, unique=True, max_length=60)
    sha256: str | None = Field(default=None, max_length=64)
    bytes: int | None = None
    unit_id: int | None = Field(default=None, foreign_key="units.id")


class Text(SQLModel, table=True):
    """A text message to the number, taken down as a report. Its words are sealed to the content key."""

    __tablename__ = "texts"
    __table_args__ = (
        UniqueConstraint("carrier", "carrier_message_id"),
        Index("texts_newest", "unit_id", "received_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    carrier: str = Field(max_length=20)
    carrier_message_id: str = Field(max_length=80)
    unit_id: int = Field(foreign_key="units.id")
    line_id: int = Field(foreign_key="lines.id")
    report_id: int | None = Field(default=None, foreign_key="reports.id", index=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    sealed_words: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class Tombstone(SQLModel, table=True):
    """Something deleted at the carrier on purpose, so that reconciliation does not count it as lost."""

    __tablename__ = "tombstones"
    carrier: str = Field(primary_key=True, max_length=20)
    kind: str = Field(primary_key=True, max_length=20)  # call | recording | message
    carrier_id: str = Field(primary_key=True, max_length=80)
    at: datetime = Field(sa_type=UtcDateTime)
