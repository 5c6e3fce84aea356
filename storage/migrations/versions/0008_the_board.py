"""the board"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNTAKEN = "settled_at IS NULL AND acknowledged_at IS NULL"
# What each index is of; most are no larger than what they are asked for.
_INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("calls_on_the_line", "calls", ["unit_id", "started_at"], "ended_at IS NULL"),
    ("calls_by_language", "calls", ["unit_id", "language", "started_at", "id"], None),
    ("calls_by_kind", "calls", ["unit_id", "kind", "started_at", "id"], "kind IS NOT NULL"),
    ("calls_by_category", "calls", ["unit_id", "category", "started_at", "id"], "category IS NOT NULL"),
    ("calls_by_outcome", "calls", ["unit_id", "outcome", "started_at", "id"], "outcome IS NOT NULL"),
    ("reports_untaken_newest", "reports", ["unit_id", "urgency", "received_at", "id"], _UNTAKEN),
    ("reports_by_kind", "reports", ["unit_id", "kind", "received_at", "id"], None),
    ("reports_by_category", "reports", ["unit_id", "category", "received_at", "id"], None),
    ("reports_by_status", "reports", ["unit_id", "status", "received_at", "id"], None),
    ("reports_by_outcome", "reports", ["unit_id", "outcome", "received_at", "id"], None),
    ("reports_by_place_id", "reports", ["unit_id", "place_id", "received_at", "id"], None),
    ("alarms_open", "alarms", ["id"], "seen_at IS NULL"),
    ("reports_open_due", "reports", ["unit_id", "settled_at", "due_at"], "settled_at IS NULL"),
    ("reports_open_newest", "reports", ["unit_id", "received_at", "id"], "settled_at IS NULL"),
    ("reports_untaken", "reports", ["unit_id", "settled_at", "acknowledge_by"], _UNTAKEN),
)


def upgrade() -> None:
    with op.batch_alter_table("alarms") as batch_op:
        batch_op.add_column(sa.Column("seen_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_alarms_seen_by_officers"), "officers", ["seen_by"], ["id"])
    for name, table, columns, where in _INDEXES:
        only = None if where is None else sa.text(where)
        op.create_index(name, table, columns, unique=False, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    with op.batch_alter_table("alarms") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_alarms_seen_by_officers"), type_="foreignkey")
        batch_op.drop_column("seen_by")
