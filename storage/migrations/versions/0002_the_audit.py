"""The audit"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = {"audit": "seq", "audit_head": "id", "audit_checkpoints": "seq"}
_BEFORE_THE_FIRST = bytes(32)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(20), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("object_ref", sa.String(80), nullable=False),
        sa.Column("details", sa.String(1000), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("prev", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_audit_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_audit_unit_id_units")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("audit_of_object", ["object_ref", "seq"], unique=False)
        batch_op.create_index("audit_of_unit", ["unit_id", "seq"], unique=False)

    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_checkpoints")),
    )
    op.execute(sa.insert(head).values(id=1, seq=0, hash=_BEFORE_THE_FIRST))
    for statement in _refusals():
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("audit_of_unit")
        batch_op.drop_index("audit_of_object")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuses()")


def _refusals() -> list[str]:
    """What makes the database itself refuse to change or delete a row; a table's triggers go with the table."""
    if op.get_bind().dialect.name == "postgresql":
        return _on_postgresql()
    return [statement for table, key in _TABLES.items() for statement in _on_sqlite(table, key)]


def _on_sqlite(table: str, key: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608 - our own names
    return [
        f"CREATE TRIGGER {table}_is_not_deleted BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_is_not_changed BEFORE UPDATE ON {table} {_unless_next(table)} {refuse}",
        # INSERT OR REPLACE deletes the old row without asking the trigger for deletions.
        f"CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table} WHEN {there} {refuse}",
    ]


def _on_postgresql() -> list[str]:
    function = """
        CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END $$"""
    return [function] + [
        f"CREATE TRIGGER {table}_{name} BEFORE {event} {each} EXECUTE FUNCTION audit_refuses()"
        for table in _TABLES
        for name, event, each in (
            ("is_not_deleted", f"DELETE ON {table}", "FOR EACH ROW"),
            ("is_not_changed", f"UPDATE ON {table}", f"FOR EACH ROW {_unless_next(table)}"),
            ("is_not_emptied", f"TRUNCATE ON {table}", "FOR EACH STATEMENT"),
        )
    ]


def _unless_next(table: str) -> str:
    """The head moves, but only one row on."""
    return "WHEN (NEW.seq <> OLD.seq + 1 OR NEW.id <> OLD.id)" if table == "audit_head" else ""
