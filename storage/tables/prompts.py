"""What people have spoken for the line to play: sounds, who spoke them for which prompt, and which was chosen."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from storage.tables.base import UtcDateTime


class PromptSound(SQLModel, table=True):
    """A recorded prompt as the telephone plays it: WAV, 8 kHz, mono, 16 bit. Public words, so not sealed.

    Never changed and never deleted: a call that runs plays the flow version with which it began."""

    __tablename__ = "prompt_sounds"
    sha256: str = Field(primary_key=True, max_length=64)  # of the file; its name in the flow and in its address
    file: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    duration_ms: int
    kept_at: datetime = Field(sa_type=UtcDateTime)


class PromptTake(SQLModel, table=True):
    """One recording of a prompt in a language: who kept it, when, and what was to be said then."""

    __tablename__ = "prompt_takes"
    __table_args__ = (Index("prompt_takes_of_prompt", "unit_id", "language", "prompt"),)
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    language: str = Field(max_length=8)
    prompt: str = Field(max_length=80)
    words: str = Field(sa_column=Column(Text, nullable=False))
    sha256: str = Field(foreign_key="prompt_sounds.sha256", max_length=64)
    doubts: list[str] = Field(sa_column=Column(JSON, nullable=False))  # what was odd about the sound
    kept_by: int = Field(foreign_key="officers.id")
    kept_at: datetime = Field(sa_type=UtcDateTime)


class PromptChoice(SQLModel, table=True):
    """What a unit's line shall play for a prompt from its next publication on: a take, or (null) the spoken words.

    It holds for the words it was chosen for; when a new flow says something else, the machine speaks."""

    __tablename__ = "prompt_choices"
    unit_id: int = Field(primary_key=True, foreign_key="units.id")
    language: str = Field(primary_key=True, max_length=8)
    prompt: str = Field(primary_key=True, max_length=80)
    words: str = Field(sa_column=Column(Text, nullable=False))
    take_id: int | None = Field(default=None, foreign_key="prompt_takes.id")
    chosen_by: int = Field(foreign_key="officers.id")
    chosen_at: datetime = Field(sa_type=UtcDateTime)


class FlowPublication(SQLModel, table=True):
    """That a unit's lines began to play a version of a flow. Without an officer: by the command line."""

    __tablename__ = "flow_publications"
    __table_args__ = (Index("flow_publications_of_unit", "unit_id", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="units.id")
    flow_hash: str = Field(foreign_key="flow_versions.hash", max_length=64)
    officer_id: int | None = Field(default=None, foreign_key="officers.id")
    at: datetime = Field(sa_type=UtcDateTime)
