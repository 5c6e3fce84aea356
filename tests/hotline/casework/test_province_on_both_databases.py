"""A province's month is what the months of its communes come to, on both databases."""

import pytest

from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.province import province_statistics
from hotline.casework.statistics.units_below import communes_below
from storage.database import Store
from tests.hotline import province
from tests.hotline.casework.statistics.test_province import NOW, adds_up
from tests.hotline.province import OCTOBER, Event


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


def test_a_province_is_the_sum_of_its_communes(store: Store) -> None:
    of = province.province(store, ("Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh", "Asia/Tokyo"))
    kinds = ("report", "emergency", "admin", "hung up", "text", "incident", "riddle", "addition")
    with store.write() as connection:
        for number in range(90):
            event = Event(number // 7 % 3, (number * 13) % 600 - 300, kinds[number % len(kinds)], number % 60)
            province.happens(connection, of, event, number)
        province.counted(connection, of, NOW)
    with store.read() as connection:
        adds_up(connection, of)
        assert [one.code for one in communes_below(connection, of.over.unit_id)] == ["xa-1", "xa-2", "xa-3"]
        assert [one.code for one in communes_below(connection, of.between.unit_id)] == ["xa-3"]
        whole = province_statistics(connection, of.over.unit_id, OCTOBER, NOW)
        first = monthly_statistics(connection, of.communes[0].unit_id, OCTOBER, NOW)
        assert first.figures.received > 5
        assert sum(first.figures.measures.values()) > 0
        assert [one.figures.balances for one in whole.communes] == [False, False, False]
