"""the ringings"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.add_column(sa.Column("of_call", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.alter_column("of_call", server_default=None)
    _make_ringings()
    _make_officer_legs()


def _make_ringings() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "ringings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(20), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("category", sa.String(40), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("room", sa.String(40), nullable=False),
        sa.Column("ring_seconds", sa.Integer(), nullable=False),
        sa.Column("rung_at", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("taken_at", moment, nullable=True),
        sa.Column("joined_at", moment, nullable=True),
        sa.Column("left_at", moment, nullable=True),
        sa.Column("fetched_at", moment, nullable=True),
        sa.Column("over_at", moment, nullable=True),
        sa.CheckConstraint("(taken_by IS NULL) = (taken_at IS NULL)", name=op.f("ck_ringings_taken_by_someone")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_ringings_call_id_calls")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_ringings_place_id_places")),
        sa.ForeignKeyConstraint(["taken_by"], ["officers.id"], name=op.f("fk_ringings_taken_by_officers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ringings")),
        sa.UniqueConstraint("call_id", "visit", name=op.f("uq_ringings_call_id_visit")),
    )
    with op.batch_alter_table("ringings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ringings_taken_by"), ["taken_by"], unique=False)
        batch_op.create_index(
            "ringings_live",
            ["id"],
            unique=False,
            sqlite_where=sa.text("over_at IS NULL"),
            postgresql_where=sa.text("over_at IS NULL"),
        )


def _make_officer_legs() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "officer_legs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ringing_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
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
        sa.Column("last_error", sa.String(200), nullable=True),
        sa.Column("answer", sa.String(10), nullable=True),
        sa.Column("picked_up_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("let_go_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_officer_legs_officer_id_officers")),
        sa.ForeignKeyConstraint(["ringing_id"], ["ringings.id"], name=op.f("fk_officer_legs_ringing_id_ringings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_legs")),
        sa.UniqueConstraint("ringing_id", "officer_id", name=op.f("uq_officer_legs_ringing_id_officer_id")),
        sa.UniqueConstraint("key", name=op.f("uq_officer_legs_key")),
    )
    with op.batch_alter_table("officer_legs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officer_legs_carrier_id"), ["carrier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_officer_legs_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index("officer_legs_due", ["state", "not_before"], unique=False)


def downgrade() -> None:
    op.drop_table("officer_legs")
    op.drop_table("ringings")
    with op.batch_alter_table("recordings") as batch_op:
        batch_op.drop_column("of_call")
