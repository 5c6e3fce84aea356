"""The roster"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shift_patterns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(20), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_shift_patterns_a_day_of_the_week")),
        sa.CheckConstraint(
            "until_day IS NULL OR from_day < until_day", name=op.f("ck_shift_patterns_begins_before_it_ends")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_shift_patterns_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_shift_patterns_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_patterns")),
    )
    with op.batch_alter_table("shift_patterns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_patterns_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index("shift_patterns_by_unit", ["unit_id", "until_day"], unique=False)

    op.create_table(
        "roster_exceptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("stand_in_id", sa.Integer(), nullable=True),
        sa.Column("group_name", sa.String(20), nullable=True),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.CheckConstraint("from_day <= until_day", name=op.f("ck_roster_exceptions_begins_before_it_ends")),
        sa.CheckConstraint(
            "(kind = 'replaced') = (stand_in_id IS NOT NULL)", name=op.f("ck_roster_exceptions_a_stand_in_replaces")
        ),
        sa.CheckConstraint(
            "(kind = 'extra') = (group_name IS NOT NULL AND starts IS NOT NULL AND ends IS NOT NULL)",
            name=op.f("ck_roster_exceptions_an_extra_shift_has_hours"),
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_roster_exceptions_officer_id_officers")),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["officers.id"], name=op.f("fk_roster_exceptions_stand_in_id_officers")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_roster_exceptions_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_exceptions")),
    )
    with op.batch_alter_table("roster_exceptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_exceptions_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_roster_exceptions_stand_in_id"), ["stand_in_id"], unique=False)
        batch_op.create_index("roster_exceptions_by_unit", ["unit_id", "until_day"], unique=False)

    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_officer_id", sa.Integer(), nullable=True),
        sa.Column("to_officer_id", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_officer_id"], ["officers.id"], name=op.f("fk_handovers_from_officer_id_officers")
        ),
        sa.ForeignKeyConstraint(["to_officer_id"], ["officers.id"], name=op.f("fk_handovers_to_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_handovers_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_handovers_unit_id_number")),
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index("handovers_by_time", ["unit_id", "accepted_at"], unique=False)

    op.create_table(
        "call_officers",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_officers_call_id_calls")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_call_officers_officer_id_officers")),
        sa.PrimaryKeyConstraint("call_id", "visit", name=op.f("pk_call_officers")),
    )
    with op.batch_alter_table("call_officers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_officers_officer_id"), ["officer_id"], unique=False)


def downgrade() -> None:
    for table in ("call_officers", "handovers", "roster_exceptions", "shift_patterns"):
        op.drop_table(table)
