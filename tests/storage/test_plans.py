"""Indexes of some rows only: what they are for is still found by them."""

import pytest

from storage.database import Store

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's plans go by its rows


@ON_SQLITE
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("reports WHERE unit_id = 1 AND due_at >= '2026-10' AND due_at < '2026-11'", "reports_due"),
        (
            "reports WHERE unit_id = 1 AND acknowledge_by >= '2026-10' AND acknowledge_by < '2026-11'",
            "reports_acknowledge ",
        ),
        ("reports WHERE unit_id = 1 AND acknowledged_at >= '2026-10'", "reports_acknowledged"),
        ("reports WHERE linked_to = 1", "ix_reports_linked_to"),
        ("calls WHERE ended_at IS NULL AND started_at < '2026-10'", "calls_live"),
    ],
)
def test_an_index_of_some_rows_is_used_for_what_it_is_for(store: Store, query: str, index: str) -> None:
    with store.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM {query}").all()  # noqa: S608
    assert index in str(plan)
