"""indexes of what is known"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A report of an old call book was paged to nobody and is nobody's; a call of it is never live. So they need no place in
# indexes that are only ever asked for what is there.
_INDEXES: tuple[tuple[str, str, list[str], str], ...] = (
    ("calls_live", "calls", ["ended_at", "started_at"], "ended_at IS NULL"),
    ("reports_due", "reports", ["unit_id", "due_at"], "due_at IS NOT NULL"),
    ("reports_acknowledge", "reports", ["unit_id", "acknowledge_by"], "acknowledge_by IS NOT NULL"),
    ("reports_acknowledged", "reports", ["unit_id", "acknowledged_at"], "acknowledged_at IS NOT NULL"),
    ("ix_reports_linked_to", "reports", ["linked_to"], "linked_to IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, columns, where in _INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, columns, _ in _INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
