"""the work on reports"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FILLED = {"units": ("deadlines", "transfer_to"), "reports": ("version", "reopened", "unsafe_to_ring_back")}


def upgrade() -> None:
    _widen_units()
    _widen_reports()
    for table, columns in _FILLED.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)
    # What was closed before there was a clock has its clock standing since then.
    op.execute("UPDATE reports SET settled_at = closed_at WHERE status = 'CLOSED'")
    _make_tables()


def _widen_units() -> None:
    with op.batch_alter_table("units") as batch_op:
        batch_op.add_column(sa.Column("deadlines", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("transfer_to", sa.JSON(), nullable=False, server_default="[]"))


def _widen_reports() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("reports") as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("acknowledged_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("acknowledge_by", moment, nullable=True))
        batch_op.add_column(sa.Column("due_by_rule", moment, nullable=True))
        batch_op.add_column(sa.Column("settled_at", moment, nullable=True))
        batch_op.add_column(sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("linked_to", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("unsafe_to_ring_back", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("usefulness", sa.String(10), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_reports_acknowledged_by_officers"), "officers", ["acknowledged_by"], ["id"]
        )
        batch_op.create_foreign_key(op.f("fk_reports_linked_to_reports"), "reports", ["linked_to"], ["id"])
        batch_op.create_index(op.f("ix_reports_linked_to"), ["linked_to"])
        batch_op.create_index("reports_assigned", ["unit_id", "assigned_to", "received_at", "id"])
        batch_op.create_index(
            "reports_open",
            ["unit_id", "urgency", "received_at", "id"],
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )


def _make_tables() -> None:
    op.create_table(
        "report_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(30), nullable=False),
        sa.Column("status_before", sa.String(20), nullable=True),
        sa.Column("status_after", sa.String(20), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_report_events_officer_id_officers")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_events_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_events")),
    )
    op.create_index(op.f("ix_report_events_report_id"), "report_events", ["report_id"])
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_notes_officer_id_officers")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_notes_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_report_id"), "notes", ["report_id"])
    op.create_table(
        "persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["first_report_id"], ["reports.id"], name=op.f("fk_persons_first_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("first_report_id", "number", name=op.f("uq_persons_first_report_id_number")),
    )
    op.create_table(
        "measures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(20), nullable=False),
        sa.Column("decision_number", sa.String(60), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_measures_officer_id_officers")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_measures_person_id_persons")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_measures_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
        sa.UniqueConstraint("report_id", "person_id", "measure", name=op.f("uq_measures_report_id_person_id_measure")),
    )
    op.create_index(op.f("ix_measures_person_id"), "measures", ["person_id"])
    op.create_table(
        "transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(200), nullable=False),
        sa.Column("paper_number", sa.String(60), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_transfers_officer_id_officers")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_transfers_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index(op.f("ix_transfers_report_id"), "transfers", ["report_id"])


def downgrade() -> None:
    for table in ("transfers", "measures", "persons", "notes", "report_events"):
        op.drop_table(table)
    with op.batch_alter_table("reports") as batch_op:
        batch_op.drop_index(
            "reports_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index("reports_assigned")
        batch_op.drop_index(op.f("ix_reports_linked_to"))
        batch_op.drop_constraint(op.f("fk_reports_linked_to_reports"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_reports_acknowledged_by_officers"), type_="foreignkey")
        for column in (
            *("version", "acknowledged_by", "acknowledge_by", "due_by_rule", "settled_at"),
            *("reopened", "linked_to", "unsafe_to_ring_back", "usefulness"),
        ):
            batch_op.drop_column(column)
    with op.batch_alter_table("units") as batch_op:
        batch_op.drop_column("transfer_to")
        batch_op.drop_column("deadlines")
