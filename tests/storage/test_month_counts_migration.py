"""The migration that adds the months takes over the days that were counted before it."""

from alembic import command
from sqlalchemy import create_engine, text

from storage.migrations import migrate, migration_on


def test_days_that_were_counted_already_have_their_months(database_url: str) -> None:
    migrate(database_url)
    with migration_on(database_url) as config:
        command.downgrade(config, "0012")
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO units (id, code, name, timezone, region, languages, office_hours, holidays, deadlines,"
                " transfer_to, follow_ups, old_names, minutes_a_day, content_public, identity_public, recovery_public,"
                " created_at) VALUES (1, 'suoi-da', 'x', 'UTC', 'VN', 'vi', '{}', '{}', '{}', '[]', '{}', '[]', 600,"
                " '', '', '', '2026-01-01 00:00:00+00:00')"
            )
        )
        for day, n in (("2026-10-01", 2), ("2026-10-31", 3), ("2026-11-01", 5)):
            connection.execute(text(f"INSERT INTO day_counts VALUES (1, '{day}', 'received', '', {n})"))  # noqa: S608
    migrate(database_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT month, n FROM month_counts ORDER BY month")).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [("2026-10", 5), ("2026-11", 5)]
