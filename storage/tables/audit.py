"""Who did what and when: rows that only grow, each chained to the one before. Triggers refuse any change of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class AuditRow(SQLModel, table=True):
    """One act. `details` is canonical JSON as text, because the digest is over its very letters."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_of_unit", "unit_id", "seq"),
        Index("audit_of_object", "object_ref", "seq"),
    )
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})  # 1, 2, 3 … without a gap
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=20)  # officer | system | command line | stranger
    officer_id: int | None = Field(default=None, foreign_key="officers.id")
    unit_id: int | None = Field(default=None, foreign_key="units.id")  # null: of the whole installation
    action: str = Field(max_length=40)
    object_ref: str = Field(max_length=80)  # recording/7, report/R-2026-0042
    details: str = Field(max_length=1000)
    sealed_reason: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # content key
    prev: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditHead(SQLModel, table=True):
    """The end of the chain, one row: whoever adds to the chain locks it first."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditCheckpoint(SQLModel, table=True):
    """What the end of the chain was at a moment, under a keyed digest that the database alone cannot make."""

    __tablename__ = "audit_checkpoints"
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
    mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
