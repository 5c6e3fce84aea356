"""When the office is open."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.casework.hours import OfficeHours

WEEK = {day: ["07:30-11:30", "13:30-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02T07:29:59", False),
        ("2026-03-02T07:30", True),
        ("2026-03-02T11:30", False),
        ("2026-03-02T16:59:59", True),
        ("2026-03-07T10:00", False),  # a Saturday
        ("2026-02-17T10:00", False),  # the first day of Tet
        ("2026-09-02T10:00", False),  # National Day
    ],
)
def test_a_week_with_its_holidays(moment: str, is_open: bool) -> None:
    assert OfficeHours.from_settings(WEEK, {"country": "VN"}).open_at(at(moment)) is is_open


def test_a_unit_closes_and_works_on_days_of_its_own() -> None:
    hours = OfficeHours.from_settings(WEEK, {"country": "VN", "extra": ["2026-03-03"], "working": ["2026-02-17"]})
    assert not hours.open_at(at("2026-03-03T10:00"))
    assert hours.open_at(at("2026-02-17T10:00"))


def test_without_hours_the_office_is_never_open() -> None:
    assert not OfficeHours().open_at(at("2026-03-02T10:00"))


@pytest.mark.parametrize("spans", [["11:30-07:30"], ["half past seven"], ["07:30"]])
def test_hours_that_make_no_sense_are_refused(spans: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        OfficeHours.from_settings({"mon": spans}, {})
