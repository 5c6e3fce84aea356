"""more than one unit"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEYS = ("content_public", "identity_public", "recovery_public")
_CHECKS = {
    "merged_at_a_moment": "(merged_into_id IS NULL) = (merged_at IS NULL)",
    "merged_into_another": "merged_into_id <> id",
    "all_keys_or_none": "(content_public IS NULL) = (identity_public IS NULL)"
    " AND (content_public IS NULL) = (recovery_public IS NULL)",
}


def upgrade() -> None:
    _add_unit("units", "merged_into_id")
    with op.batch_alter_table("units") as batch_op:
        batch_op.add_column(sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True))
        for name in _KEYS:
            batch_op.alter_column(name, existing_type=sa.LargeBinary(), nullable=True)
        for name, condition in _CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_units_{name}"), condition)
        batch_op.create_index(op.f("ix_units_merged_into_id"), ["merged_into_id"])
    _add_unit("lines", "former_unit_id")
    op.create_index(op.f("ix_lines_former_unit_id"), "lines", ["former_unit_id"])
    for table in ("sealed_numbers", "recordings"):
        _add_unit(table, "unit_id")


def _add_unit(table: str, column: str) -> None:
    """A column that names a unit, or none."""
    with op.batch_alter_table(table) as batch_op:
        batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f(f"fk_{table}_{column}_units"), "units", [column], ["id"])


def downgrade() -> None:
    """Only where every unit has keys and nobody has merged: before, there was no room for either."""
    for table in ("recordings", "sealed_numbers"):
        _drop_unit(table, "unit_id")
    op.drop_index(op.f("ix_lines_former_unit_id"), table_name="lines")
    _drop_unit("lines", "former_unit_id")
    with op.batch_alter_table("units") as batch_op:
        batch_op.drop_index(op.f("ix_units_merged_into_id"))
        for name in _CHECKS:
            batch_op.drop_constraint(op.f(f"ck_units_{name}"), type_="check")
        for name in _KEYS:
            batch_op.alter_column(name, existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column("merged_at")
    _drop_unit("units", "merged_into_id")


def _drop_unit(table: str, column: str) -> None:
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f"fk_{table}_{column}_units"), type_="foreignkey")
        batch_op.drop_column(column)
