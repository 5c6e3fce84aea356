"""the board"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None

# What each index is of; each is as small as what it is asked for.
_INDEXES = (
    ("alarms_open", "alarms", ["id"], "seen_at IS NULL"),
    ("reports_due", "reports", ["unit_id", "due_at"], "settled_at IS NULL"),
    ("reports_open_newest", "reports", ["unit_id", "received_at", "id"], "settled_at IS NULL"),
    ("reports_untaken", "reports", ["unit_id", "acknowledge_by"], "settled_at IS NULL AND acknowledged_at IS NULL"),
)


def upgrade() -> None:
    with op.batch_alter_table("alarms") as batch_op:
        batch_op.add_column(sa.Column("seen_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_alarms_seen_by_officers"), "officers", ["seen_by"], ["id"])
    for name, table, columns, where in _INDEXES:
        only = sa.text(where)
        op.create_index(name, table, columns, unique=False, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    with op.batch_alter_table("alarms") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_alarms_seen_by_officers"), type_="foreignkey")
        batch_op.drop_column("seen_by")
