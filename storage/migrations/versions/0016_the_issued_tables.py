"""the issued tables of a province"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "province_issues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("marks", sa.String(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_province_issues_numbered_from_one")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_province_issues_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_province_issues_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_province_issues")),
        sa.UniqueConstraint("unit_id", "month", "number", name=op.f("uq_province_issues_unit_id_month_number")),
    )


def downgrade() -> None:
    op.drop_table("province_issues")
