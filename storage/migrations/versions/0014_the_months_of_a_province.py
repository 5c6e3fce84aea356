"""the months of a province"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MONTH_OF_DAY = {"sqlite": "substr(day, 1, 7)", "postgresql": "to_char(day, 'YYYY-MM')"}


def upgrade() -> None:
    op.create_table(
        "month_counts",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("dimension", sa.String(20), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_month_counts_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "month", "dimension", "key", name=op.f("pk_month_counts")),
    )
    month = _MONTH_OF_DAY[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO month_counts (unit_id, month, dimension, key, n)"  # noqa: S608 - the words above, nothing else
        f" SELECT unit_id, {month}, dimension, key, SUM(n) FROM day_counts"
        f" GROUP BY unit_id, {month}, dimension, key HAVING SUM(n) <> 0"
    )


def downgrade() -> None:
    op.drop_table("month_counts")
