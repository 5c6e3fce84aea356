"""the use of numbers"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_call_backs()
    _make_reveals()


def _make_call_backs() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "call_backs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("carrier_call_id", sa.String(80), nullable=True),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('begun', 'connecting', 'ended')", name=op.f("ck_call_backs_a_known_state")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_call_backs_unit_id_units")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_call_backs_report_id_reports")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_backs_call_id_calls")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_call_backs_line_id_lines")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_call_backs_officer_id_officers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
        sa.UniqueConstraint("key", name=op.f("uq_call_backs_key")),
    )
    with op.batch_alter_table("call_backs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_backs_carrier_call_id"), ["carrier_call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_backs_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_backs_report_id"), ["report_id"], unique=False)
        batch_op.create_index("call_backs_by_day", ["unit_id", "at"], unique=False)
        batch_op.create_index("call_backs_open", ["state", "due_at"], unique=False)


def _make_reveals() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "reveals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("text_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("seen_at", moment, nullable=True),
        sa.CheckConstraint("(call_id IS NULL) <> (text_id IS NULL)", name=op.f("ck_reveals_call_or_text")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_reveals_two_people")),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused', 'seen')", name=op.f("ck_reveals_a_known_state")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reveals_unit_id_units")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_reveals_report_id_reports")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_reveals_call_id_calls")),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_reveals_text_id_texts")),
        sa.ForeignKeyConstraint(["asked_by"], ["officers.id"], name=op.f("fk_reveals_asked_by_officers")),
        sa.ForeignKeyConstraint(["decided_by"], ["officers.id"], name=op.f("fk_reveals_decided_by_officers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveals")),
    )
    with op.batch_alter_table("reveals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reveals_report_id"), ["report_id"], unique=False)
        batch_op.create_index("reveals_of_unit", ["unit_id", "state", "asked_at"], unique=False)


def downgrade() -> None:
    op.drop_table("reveals")
    op.drop_table("call_backs")
