"""the month"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_INDEXES = {
    "texts_newest": ("texts", ["unit_id", "received_at"]),
    "reports_due": ("reports", ["unit_id", "due_at"]),
    "reports_acknowledge": ("reports", ["unit_id", "acknowledge_by"]),
    "reports_acknowledged": ("reports", ["unit_id", "acknowledged_at"]),
    "reports_settled": ("reports", ["unit_id", "settled_at", "received_at", "reopened"]),
    "report_events_by_step": ("report_events", ["status_after", "at"]),
    "measures_by_day": ("measures", ["decided_on"]),
}


def upgrade() -> None:
    op.add_column("calls", sa.Column("hours", sa.String(10), nullable=True))
    joined = sa.text("officer_joined_at IS NOT NULL")
    op.create_index("calls_joined", "calls", ["unit_id", "started_at"], sqlite_where=joined, postgresql_where=joined)
    reopened = sa.text("reopened > 0")
    op.create_index(
        "reports_reopened", "reports", ["unit_id", "settled_at"], sqlite_where=reopened, postgresql_where=reopened
    )
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns)
    _make_counts()
    _make_registers()
    _make_closings()
    _make_callers()


def _make_counts() -> None:
    op.create_table(
        "day_counts",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(20), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_day_counts_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "day", "dimension", "key", name=op.f("pk_day_counts")),
    )


def _make_registers() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("source", sa.String(120), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_incidents_officer_id_officers")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_incidents_place_id_places")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_incidents_report_id_reports")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_incidents_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("unit_id", "source", name=op.f("uq_incidents_unit_id_source")),
    )
    op.create_index("incidents_by_year", "incidents", ["unit_id", "year"])
    op.create_index("incidents_by_day", "incidents", ["unit_id", "happened_on"])
    op.create_index(op.f("ix_incidents_report_id"), "incidents", ["report_id"])
    op.create_table(
        "month_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_month_entries_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_month_entries_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_entries")),
    )
    op.create_index("month_entries_of_month", "month_entries", ["unit_id", "month", "name", "id"])


def _make_closings() -> None:
    op.create_table(
        "month_closings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("figures", sa.String(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("(revision = 0) = (officer_id IS NULL)", name=op.f("ck_month_closings_signed_by_somebody")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_month_closings_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_month_closings_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closings")),
        sa.UniqueConstraint("unit_id", "month", "revision", name=op.f("uq_month_closings_unit_id_month_revision")),
    )
    op.create_table(
        "periodic_runs",
        sa.Column("task", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_periodic_runs_unit_id_units")),
        sa.PrimaryKeyConstraint("task", "unit_id", "period", name=op.f("pk_periodic_runs")),
    )


def _make_callers() -> None:
    op.create_table(
        "month_keys",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("callers", sa.Integer(), nullable=True),
        sa.Column("repeat_callers", sa.Integer(), nullable=True),
        sa.Column("counted_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_month_keys_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "month", name=op.f("pk_month_keys")),
    )
    op.create_table(
        "month_callers",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_month_callers_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "month", "digest", name=op.f("pk_month_callers")),
    )


def downgrade() -> None:
    for table in (
        "month_callers",
        "month_keys",
        "periodic_runs",
        "month_closings",
        "month_entries",
        "incidents",
        "day_counts",
    ):
        op.drop_table(table)
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_index("reports_reopened", table_name="reports")
    op.drop_index("calls_joined", table_name="calls")
    op.drop_column("calls", "hours")
