"""the time before"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "baselines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("imported_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_baselines_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_baselines_unit_id_number")),
    )
    op.create_table(
        "call_books",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("first_at", moment, nullable=True),
        sa.Column("last_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_call_books_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_books")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_call_books_unit_id_name")),
    )
    with op.batch_alter_table("call_books") as batch_op:
        batch_op.create_index("call_books_by_time", ["unit_id", "begun_at"], unique=False)
    with op.batch_alter_table("measures") as batch_op:
        batch_op.alter_column("officer_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    """Measures from a call book go with it: before, each had its officer."""
    op.execute("DELETE FROM measures WHERE officer_id IS NULL")
    with op.batch_alter_table("measures") as batch_op:
        batch_op.alter_column("officer_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("call_books")
    op.drop_table("baselines")
