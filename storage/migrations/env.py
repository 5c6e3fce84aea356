"""What Alembic runs: our tables, on the connection that `migrate` hands in, in the transaction it has begun."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import String
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 - so that the metadata knows every table
from storage.tables.base import UtcDateTime


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write plain SQLAlchemy types into a revision: it must mean the same when our classes have changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(getattr(item, "impl", None), String):
        return f"sa.String({item.impl.length or ''})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render_item,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
