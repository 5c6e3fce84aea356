"""the recorded prompts"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("units") as batch_op:
        batch_op.add_column(sa.Column("minutes_a_day", sa.Integer(), nullable=False, server_default="600"))
    with op.batch_alter_table("units") as batch_op:
        batch_op.alter_column("minutes_a_day", server_default=None)
    _make_sounds()
    _make_choices()
    _make_publications()


def _make_sounds() -> None:
    op.create_table(
        "prompt_sounds",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_prompt_sounds")),
    )
    op.create_table(
        "prompt_takes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("prompt", sa.String(80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("kept_by", sa.Integer(), nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_prompt_takes_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["prompt_sounds.sha256"], name=op.f("fk_prompt_takes_sha256_prompt_sounds")
        ),
        sa.ForeignKeyConstraint(["kept_by"], ["officers.id"], name=op.f("fk_prompt_takes_kept_by_officers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_takes")),
    )
    with op.batch_alter_table("prompt_takes", schema=None) as batch_op:
        batch_op.create_index("prompt_takes_of_prompt", ["unit_id", "language", "prompt"], unique=False)


def _make_choices() -> None:
    op.create_table(
        "prompt_choices",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("prompt", sa.String(80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("take_id", sa.Integer(), nullable=True),
        sa.Column("chosen_by", sa.Integer(), nullable=False),
        sa.Column("chosen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_prompt_choices_unit_id_units")),
        sa.ForeignKeyConstraint(["take_id"], ["prompt_takes.id"], name=op.f("fk_prompt_choices_take_id_prompt_takes")),
        sa.ForeignKeyConstraint(["chosen_by"], ["officers.id"], name=op.f("fk_prompt_choices_chosen_by_officers")),
        sa.PrimaryKeyConstraint("unit_id", "language", "prompt", name=op.f("pk_prompt_choices")),
    )


def _make_publications() -> None:
    """What the lines play now counts as published when that version was made: nothing older is known by unit."""
    op.create_table(
        "flow_publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("flow_hash", sa.String(64), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_flow_publications_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["flow_hash"], ["flow_versions.hash"], name=op.f("fk_flow_publications_flow_hash_flow_versions")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_flow_publications_officer_id_officers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_publications")),
    )
    with op.batch_alter_table("flow_publications", schema=None) as batch_op:
        batch_op.create_index("flow_publications_of_unit", ["unit_id", "at"], unique=False)
    op.execute(
        "INSERT INTO flow_publications (unit_id, flow_hash, at) SELECT DISTINCT lines.unit_id, lines.flow_hash,"
        " flow_versions.published_at FROM lines JOIN flow_versions ON flow_versions.hash = lines.flow_hash"
    )


def downgrade() -> None:
    op.drop_table("flow_publications")
    op.drop_table("prompt_choices")
    op.drop_table("prompt_takes")
    op.drop_table("prompt_sounds")
    with op.batch_alter_table("units") as batch_op:
        batch_op.drop_column("minutes_a_day")
