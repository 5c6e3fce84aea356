"""The first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flow_versions",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("flow_id", sa.String(60), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_flow_versions")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("outbox_due", ["state", "not_before"], unique=False)

    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login_hash", sa.String(64), nullable=False),
        sa.Column("source_hash", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.create_index("sign_in_attempts_by_login", ["login_hash", "at"], unique=False)
        batch_op.create_index("sign_in_attempts_by_source", ["source_hash", "at"], unique=False)

    op.create_table(
        "tombstones",
        sa.Column("carrier", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("carrier_id", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "kind", "carrier_id", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("timezone", sa.String(60), nullable=False),
        sa.Column("region", sa.String(2), nullable=False),
        sa.Column("languages", sa.String(60), nullable=False),
        sa.Column("office_hours", sa.JSON(), nullable=False),
        sa.Column("holidays", sa.JSON(), nullable=False),
        sa.Column("content_public", sa.LargeBinary(), nullable=False),
        sa.Column("identity_public", sa.LargeBinary(), nullable=False),
        sa.Column("recovery_public", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_units_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_alarms_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_alarms_dedupe_key")),
    )
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarms_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("flow_hash", sa.String(64), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["flow_hash"], ["flow_versions.hash"], name=op.f("fk_lines_flow_hash_flow_versions")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_lines_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
        sa.UniqueConstraint("number", name=op.f("uq_lines_number")),
    )
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lines_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "officers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_private", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_officers_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint("login", name=op.f("uq_officers_login")),
    )
    with op.batch_alter_table("officers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officers_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("digits", sa.String(2), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_places_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("unit_id", "digits", name=op.f("uq_places_unit_id_digits")),
    )
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_places_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "report_numbers",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_report_numbers_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "year", name=op.f("pk_report_numbers")),
    )
    op.create_table(
        "console_sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("wrapped_private", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_console_sessions_officer_id_officers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_sessions")),
    )
    with op.batch_alter_table("console_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_console_sessions_officer_id"), ["officer_id"], unique=False)

    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("key_kind", sa.String(10), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_grants_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_grants_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("unit_id", "officer_id", "key_kind", name=op.f("uq_grants_unit_id_officer_id_key_kind")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(
            "grants_to_recovery",
            ["unit_id", "key_kind"],
            unique=True,
            sqlite_where=sa.text("officer_id IS NULL"),
            postgresql_where=sa.text("officer_id IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_grants_officer_id"), ["officer_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("category", sa.String(40), nullable=True),
        sa.Column("urgency", sa.String(10), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("privacy", sa.String(20), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("happening_now", sa.Boolean(), nullable=True),
        sa.Column("incomplete", sa.Boolean(), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["assigned_to"], ["officers.id"], name=op.f("fk_reports_assigned_to_officers")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_reports_line_id_lines")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_reports_place_id_places")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reports_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("unit_id", "reference", name=op.f("uq_reports_unit_id_reference")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("reports_newest", ["unit_id", "received_at", "id"], unique=False)

    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_shifts_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_shifts_officer_id_officers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_shifts_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shifts_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index("shifts_by_time", ["unit_id", "group_name", "starts_at", "ends_at"], unique=False)

    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("carrier", sa.String(20), nullable=False),
        sa.Column("carrier_call_id", sa.String(80), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("flow_hash", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(80), nullable=False),
        sa.Column("position", sa.LargeBinary(), nullable=True),
        sa.Column("chose", sa.Boolean(), nullable=False),
        sa.Column("reported", sa.Boolean(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("added_to", sa.Integer(), nullable=True),
        sa.Column("asked", sa.String(40), nullable=True),
        sa.Column("kind", sa.String(20), nullable=True),
        sa.Column("category", sa.String(40), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("privacy", sa.String(20), nullable=True),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("suspect", sa.String(40), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("hung_up_at", sa.String(80), nullable=True),
        sa.Column("carrier_status", sa.String(20), nullable=True),
        sa.Column("carrier_sequence", sa.Integer(), nullable=False),
        sa.Column("officer_joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_to"], ["reports.id"], name=op.f("fk_calls_added_to_reports")),
        sa.ForeignKeyConstraint(["flow_hash"], ["flow_versions.hash"], name=op.f("fk_calls_flow_hash_flow_versions")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_calls_line_id_lines")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_calls_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("carrier", "carrier_call_id", name=op.f("uq_calls_carrier_carrier_call_id")),
        sa.UniqueConstraint("key", name=op.f("uq_calls_key")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index("calls_live", ["ended_at", "started_at"], unique=False)
        batch_op.create_index("calls_newest", ["unit_id", "started_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_added_to"), ["added_to"], unique=False)

    op.create_table(
        "classifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("category", sa.String(40), nullable=True),
        sa.Column("urgency", sa.String(10), nullable=False),
        sa.Column("privacy", sa.String(20), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_classifications_officer_id_officers")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_classifications_place_id_places")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_classifications_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifications")),
    )
    with op.batch_alter_table("classifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_classifications_report_id"), ["report_id"], unique=False)

    op.create_table(
        "receipts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("live_locator", sa.String(4), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_receipts_line_id_lines")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_receipts_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("line_id", "live_locator", name=op.f("uq_receipts_line_id_live_locator")),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipts_report_id"), ["report_id"], unique=False)

    op.create_table(
        "texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(20), nullable=False),
        sa.Column("carrier_message_id", sa.String(80), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_texts_line_id_lines")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_texts_report_id_reports")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_texts_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_texts")),
        sa.UniqueConstraint("carrier", "carrier_message_id", name=op.f("uq_texts_carrier_carrier_message_id")),
    )
    with op.batch_alter_table("texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_texts_report_id"), ["report_id"], unique=False)

    op.create_table(
        "receipt_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("locator", sa.String(4), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_receipt_attempts_call_id_calls")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_receipt_attempts_line_id_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_attempts")),
        sa.UniqueConstraint("call_id", "visit", name=op.f("uq_receipt_attempts_call_id_visit")),
    )
    with op.batch_alter_table("receipt_attempts", schema=None) as batch_op:
        batch_op.create_index("receipt_attempts_by_line", ["line_id", "at"], unique=False)
        batch_op.create_index("receipt_attempts_by_locator", ["line_id", "locator", "at"], unique=False)

    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("carrier", sa.String(20), nullable=False),
        sa.Column("carrier_call_id", sa.String(80), nullable=False),
        sa.Column("carrier_recording_id", sa.String(80), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("suspect", sa.String(60), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at_carrier", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(40), nullable=True),
        sa.Column("vault_name", sa.String(60), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recordings_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("carrier", "carrier_recording_id", name=op.f("uq_recordings_carrier_carrier_recording_id")),
        sa.UniqueConstraint("vault_name", name=op.f("uq_recordings_vault_name")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recordings_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recordings_carrier_call_id"), ["carrier_call_id"], unique=False)
        batch_op.create_index("recordings_due", ["status", "not_before"], unique=False)

    op.create_table(
        "report_calls",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_report_calls_call_id_calls")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_calls_report_id_reports")),
        sa.PrimaryKeyConstraint("report_id", "call_id", name=op.f("pk_report_calls")),
    )
    with op.batch_alter_table("report_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_calls_call_id"), ["call_id"], unique=False)

    op.create_table(
        "sealed_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("text_id", sa.Integer(), nullable=True),
        sa.Column("key_kind", sa.String(10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(call_id IS NULL) <> (text_id IS NULL)", name=op.f("ck_sealed_numbers_call_or_text")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_sealed_numbers_call_id_calls")),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_sealed_numbers_text_id_texts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_numbers")),
        sa.UniqueConstraint("call_id", name=op.f("uq_sealed_numbers_call_id")),
        sa.UniqueConstraint("text_id", name=op.f("uq_sealed_numbers_text_id")),
    )
    op.create_table(
        "steps",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(80), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_steps_call_id_calls")),
        sa.PrimaryKeyConstraint("call_id", "visit", name=op.f("pk_steps")),
    )


def downgrade() -> None:
    op.drop_table("steps")
    op.drop_table("sealed_numbers")
    with op.batch_alter_table("report_calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_calls_call_id"))

    op.drop_table("report_calls")
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_index("recordings_due")
        batch_op.drop_index(batch_op.f("ix_recordings_carrier_call_id"))
        batch_op.drop_index(batch_op.f("ix_recordings_call_id"))

    op.drop_table("recordings")
    with op.batch_alter_table("receipt_attempts", schema=None) as batch_op:
        batch_op.drop_index("receipt_attempts_by_locator")
        batch_op.drop_index("receipt_attempts_by_line")

    op.drop_table("receipt_attempts")
    with op.batch_alter_table("texts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_texts_report_id"))

    op.drop_table("texts")
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipts_report_id"))

    op.drop_table("receipts")
    with op.batch_alter_table("classifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_classifications_report_id"))

    op.drop_table("classifications")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calls_added_to"))
        batch_op.drop_index("calls_newest")
        batch_op.drop_index("calls_live")

    op.drop_table("calls")
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.drop_index("shifts_by_time")
        batch_op.drop_index(batch_op.f("ix_shifts_officer_id"))

    op.drop_table("shifts")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index("reports_newest")

    op.drop_table("reports")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_officer_id"))
        batch_op.drop_index(
            "grants_to_recovery",
            sqlite_where=sa.text("officer_id IS NULL"),
            postgresql_where=sa.text("officer_id IS NULL"),
        )

    op.drop_table("grants")
    with op.batch_alter_table("console_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_console_sessions_officer_id"))

    op.drop_table("console_sessions")
    op.drop_table("report_numbers")
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_places_unit_id"))

    op.drop_table("places")
    with op.batch_alter_table("officers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officers_unit_id"))

    op.drop_table("officers")
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lines_unit_id"))

    op.drop_table("lines")
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alarms_unit_id"))

    op.drop_table("alarms")
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_units_parent_id"))

    op.drop_table("units")
    op.drop_table("tombstones")
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.drop_index("sign_in_attempts_by_source")
        batch_op.drop_index("sign_in_attempts_by_login")

    op.drop_table("sign_in_attempts")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("outbox_due")

    op.drop_table("outbox")
    op.drop_table("heartbeats")
    op.drop_table("flow_versions")
