"""people and settings"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ADDED: dict[str, dict[str, tuple[Any, Any]]] = {
    "officers": {"must_change": (sa.Boolean(), sa.false()), "vouched": (sa.Boolean(), sa.true())},
    "units": {"old_names": (sa.JSON(), "[]")},
    "places": {"old_names": (sa.JSON(), "[]")},
}


def upgrade() -> None:
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table) as batch_op:
            for name, (kind, filled_with) in columns.items():
                batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=filled_with))
        with op.batch_alter_table(table) as batch_op:
            for name in columns:
                batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("units") as batch_op:
        batch_op.add_column(sa.Column("call_backs_a_day", sa.Integer(), nullable=True))
    with op.batch_alter_table("places") as batch_op:
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("places") as batch_op:
        batch_op.drop_column("closed_at")
    with op.batch_alter_table("units") as batch_op:
        batch_op.drop_column("call_backs_a_day")
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table) as batch_op:
            for name in columns:
                batch_op.drop_column(name)
