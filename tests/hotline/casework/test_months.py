"""A month begins and ends on the unit's own calendar, wherever its clock is put forward or back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hotline.casework.months import Month, MonthError

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
PLACES_WITH_ODD_CLOCKS = [
    HANOI,
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Pacific/Apia"),
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("America/Asuncion"),  # where the clock was put forward at midnight of a first of the month
]
MONTHS = some.builds(Month, some.integers(1950, 2098), some.integers(1, 12))


@pytest.mark.parametrize(
    "written", ["2026-13", "2026-00", "2026-1", "26-01", "2026-01-01", "", "２０２６-01", "3026-01"]
)
def test_what_is_no_month_is_told(written: str) -> None:
    with pytest.raises(MonthError):
        Month.of(written)


def test_a_call_at_half_past_eleven_on_the_last_night_belongs_to_that_month() -> None:
    assert Month.at(datetime(2026, 10, 31, 16, 30, tzinfo=UTC), HANOI) == Month(2026, 10)
    assert Month.at(datetime(2026, 10, 31, 17, 0, tzinfo=UTC), HANOI) == Month(2026, 11)


@given(MONTHS, some.sampled_from(PLACES_WITH_ODD_CLOCKS))
def test_months_leave_no_gap_and_do_not_overlap(month: Month, zone: ZoneInfo) -> None:
    start, end = month.bounds(zone)
    assert start < end == month.next.bounds(zone)[0]
    assert Month.at(start, zone) == month
    assert month.next.previous == month == Month.of(str(month))
    assert month.a_year_before.next == month.next.a_year_before
