"""Units above one another, without a circle and without keys; and what a unit was called when."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from hotline.casework import privacy
from hotline.casework.founding import NewUnit, UnitRefusedError, add_superior
from hotline.casework.unit_names import name_on
from hotline.casework.unit_tree import place_under
from storage.database import Store, open_store
from storage.tables import units
from tests.hotline.station import NOW
from tests.migrated import migrated


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The tree is walked in Python: which database keeps it makes no difference."""
    url = f"sqlite:///{tmp_path / 'hotline.sqlite3'}"
    migrated(url)
    opened = open_store(url)
    with opened.write() as connection:
        for number in range(5):
            new = NewUnit(f"unit-{number}", f"Unit {number}", "Asia/Ho_Chi_Minh", "VN", ("vi",))
            add_superior(connection, new, NOW)
    yield opened
    opened.close()


moves = some.lists(some.tuples(some.integers(1, 5), some.none() | some.integers(1, 5)), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_however_units_are_placed_each_hangs_from_the_top(store: Store, moved: list[tuple[int, int | None]]) -> None:
    with store.engine.connect() as connection:
        for unit_id, above_id in moved:
            above = dict(connection.execute(select(units.c.id, units.c.parent_id)).all())
            circle = above_id is not None and unit_id in _upwards(above, above_id)
            if circle:
                with pytest.raises(UnitRefusedError):
                    place_under(connection, unit_id, above_id, NOW)
            else:
                place_under(connection, unit_id, above_id, NOW)
            after = dict(connection.execute(select(units.c.id, units.c.parent_id)).all())
            assert after == (above if circle else {**above, unit_id: above_id})
            assert all(len(_upwards(after, one)) <= 5 for one in after)
        connection.rollback()


def _upwards(above: dict[int, int | None], unit_id: int) -> list[int]:
    found, at = [], above[unit_id]
    found.append(unit_id)
    while at is not None and len(found) < 10:
        found.append(at)
        at = above[at]
    return found


def test_nothing_can_be_sealed_for_a_unit_above(store: Store) -> None:
    with store.write() as connection, pytest.raises(TypeError):
        privacy.seal_number(connection, 1, 1, "+84912345678", "content")


OLD = [{"name": "Second", "until": "2026-03-01"}, {"name": "First", "until": "2025-06-15"}]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2025, 6, 14), "First"),
        (date(2025, 6, 15), "Second"),
        (date(2026, 2, 28), "Second"),
        (date(2026, 3, 1), "Third"),
        (date(2030, 1, 1), "Third"),
    ],
)
def test_a_unit_has_on_each_day_the_name_of_that_day(day: date, name: str) -> None:
    assert name_on("Third", OLD, day) == name
    assert name_on("Only", [], day) == "Only"
