"""the follow ups"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("units") as batch_op:
        batch_op.add_column(sa.Column("follow_ups", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("units") as batch_op:
        batch_op.alter_column("follow_ups", server_default=None)
    _make_follow_ups()
    _make_pages()


def _make_follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("loop", sa.Integer(), nullable=False),
        sa.Column("step_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'exhausted', 'acked', 'resolved')", name=op.f("ck_follow_ups_a_known_state")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_follow_ups_report_id_reports")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_follow_ups_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
        sa.UniqueConstraint("report_id", name=op.f("uq_follow_ups_report_id")),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_ups_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("follow_ups_due", ["state", "next_at"], unique=False)


def _make_pages() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.Column("loop", sa.Integer(), nullable=False),
        sa.Column("step_no", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("group_name", sa.String(20), nullable=True),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("planned_at", moment, nullable=False),
        sa.Column("not_before", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("lease_owner", sa.String(40), nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("fired_at", moment, nullable=True),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("carrier_id", sa.String(80), nullable=True),
        sa.Column("carrier_sequence", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(10), nullable=True),
        sa.Column("last_error", sa.String(200), nullable=True),
        sa.CheckConstraint("(officer_id IS NULL) <> (group_name IS NULL)", name=op.f("ck_pages_officer_or_group")),
        sa.ForeignKeyConstraint(["follow_up_id"], ["follow_ups.id"], name=op.f("fk_pages_follow_up_id_follow_ups")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_pages_officer_id_officers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_pages_dedupe_key")),
    )
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pages_carrier_id"), ["carrier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pages_follow_up_id"), ["follow_up_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pages_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_pages_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index("pages_due", ["state", "not_before"], unique=False)


def downgrade() -> None:
    op.drop_table("pages")
    op.drop_table("follow_ups")
    with op.batch_alter_table("units") as batch_op:
        batch_op.drop_column("follow_ups")
