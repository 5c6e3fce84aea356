"""Clocks that start at the receipt of a call, on the wall of the unit, and their colours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.deadlines import GREEN, RED, YELLOW, Calendar, Rules, class_of, colour
from hotline.casework.hours import OfficeHours

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
WEEK = {day: ["07:30-11:30", "13:30-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = OfficeHours.from_settings(WEEK, {"country": "VN", "extra": ["2026-03-10"], "working": ["2026-03-21"]})
CALENDAR = Calendar(HOME, OFFICE)
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=HOME)


def home(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=HOME)


def test_an_emergency_is_dispatched_in_three_minutes_and_a_crime_handed_over_in_a_day() -> None:
    assert CALENDAR.due_at("NOW", MONDAY) == MONDAY + timedelta(minutes=3)
    assert CALENDAR.due_at("H24", MONDAY) == MONDAY + timedelta(hours=24)
    assert CALENDAR.due_at("MEDIATE", MONDAY) == home(17, 10)


def test_a_class_whose_days_nobody_has_confirmed_has_no_deadline_until_the_unit_sets_one() -> None:
    assert CALENDAR.due_at("CHECK", MONDAY) is None
    own = Rules.from_settings({"CHECK": {"days": 5, "basis": "decision 12 of the chief"}})
    assert Calendar(HOME, OFFICE, own).due_at("CHECK", MONDAY) == home(7, 10)
    assert own.classes["CHECK"] is not None
    assert own.classes["CHECK"].basis == "decision 12 of the chief"


@pytest.mark.parametrize(("urgency", "minutes"), [("critical", 1), ("high", 15), ("normal", 4 * 60), ("low", 24 * 60)])
def test_how_soon_somebody_takes_a_report_up_goes_by_its_urgency(urgency: str, minutes: int) -> None:
    assert CALENDAR.acknowledge_by(urgency, MONDAY) == MONDAY + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (home(2, 10), home(3, 10)),  # Monday
        (home(6, 16), home(9, 16)),  # Friday afternoon: the weekend does not count
        (home(7, 9), home(10, 0)),  # Saturday: all of Monday is left, up to midnight
        (home(9, 16), home(11, 16)),  # the next day is one of the unit's own days off
        (home(20, 16), home(21, 16)),  # the next day is a Saturday on which work is done
        (datetime(2026, 2, 13, 16, tzinfo=HOME), datetime(2026, 2, 23, 16, tzinfo=HOME)),  # the week of Tết
    ],
)
def test_an_answer_is_due_within_a_day_that_the_office_works(received: datetime, due: datetime) -> None:
    assert CALENDAR.due_at("ANSWER", received) == due


def test_without_office_hours_every_day_counts() -> None:
    assert Calendar(HOME).due_at("ANSWER", home(7, 9)) == home(8, 9)


def test_a_deadline_on_a_day_off_does_not_move_unless_working_time_is_set() -> None:
    assert CALENDAR.due_at("H24", home(6, 16)) == home(7, 16)
    moved = Rules.from_settings({"H24": {"hours": 24, "working_time": True, "basis": "x"}})
    assert Calendar(HOME, OFFICE, moved).due_at("H24", home(6, 16)) == home(9, 16)


def test_days_keep_the_time_on_the_wall_and_hours_are_real_ones() -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"))
    before_summer = datetime(2026, 3, 28, 12, tzinfo=berlin.zone)
    fifteen = berlin.due_at("MEDIATE", before_summer)
    assert fifteen is not None
    assert (fifteen.date(), fifteen.hour) == (date(2026, 4, 12), 12)
    assert berlin.due_at("H24", before_summer) == datetime(2026, 3, 29, 13, tzinfo=berlin.zone)
    assert berlin.due_at("H24", before_summer) == before_summer.astimezone(UTC) + timedelta(hours=24)


@pytest.mark.parametrize(
    "settings",
    [
        {"CHEQUE": {"days": 5, "basis": "x"}},
        {"CHECK": {"days": 5}},
        {"CHECK": {"days": 5, "basis": "  "}},
        {"CHECK": {"days": -1, "basis": "x"}},
        {"CHECK": {"days": 1.5, "basis": "x"}},
        {"CHECK": {"hours": float("nan"), "basis": "x"}},
        {"CHECK": {"days": 10**9, "basis": "x"}},
        {"CHECK": {"weeks": 1, "basis": "x"}},
        {"CHECK": 5},
        {"acknowledgement": {"soon": {"minutes": 5, "basis": "x"}}},
        {"acknowledgement": ["high"]},
    ],
)
def test_a_limit_that_cannot_be_or_has_no_source_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"basis|no '|number|numbers|from 0|names"):
        Rules.from_settings(settings)


def test_a_unit_may_take_a_limit_away_and_shorten_another() -> None:
    own = {
        "MEDIATE": {"basis": "the village group sets its own"},
        "acknowledgement": {"high": {"minutes": 5, "basis": "order 3"}},
    }
    calendar = Calendar(HOME, OFFICE, Rules.from_settings(own))
    assert calendar.due_at("MEDIATE", MONDAY) is None
    assert calendar.acknowledge_by("high", MONDAY) == MONDAY + timedelta(minutes=5)
    assert calendar.acknowledge_by("critical", MONDAY) == MONDAY + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("kind", "category", "found"),
    [
        ("report", "RPT-DRUG-TRADE", "H24"),
        ("report", None, "CHECK"),
        ("emergency", None, "NOW"),
        ("admin", None, "ANSWER"),
        ("other", None, "ANSWER"),
        ("addition", "RPT-ADDINFO", "FOLLOW"),
        ("other", "OTH-WRONG", "NONE"),
        ("report", "something imported", "CHECK"),
    ],
)
def test_a_report_without_a_category_has_the_class_of_its_kind(kind: str, category: str | None, found: str) -> None:
    assert class_of(kind, category) == found


def test_the_clock_turns_yellow_at_three_quarters_and_red_when_it_has_passed() -> None:
    due = MONDAY + timedelta(hours=24)
    assert colour(MONDAY, None, None, MONDAY) is None
    assert colour(MONDAY, due, None, MONDAY + timedelta(hours=17, minutes=59)) == GREEN
    assert colour(MONDAY, due, None, MONDAY + timedelta(hours=18)) == YELLOW
    assert colour(MONDAY, due, None, due) == YELLOW
    assert colour(MONDAY, due, None, due + timedelta(seconds=1)) == RED


def test_the_clock_of_a_settled_report_stands() -> None:
    due, years_later = MONDAY + timedelta(hours=24), MONDAY + timedelta(days=999)
    assert colour(MONDAY, due, MONDAY + timedelta(hours=23), years_later) == GREEN
    assert colour(MONDAY, due, MONDAY + timedelta(hours=25), years_later) == RED


SECONDS = st.integers(0, 3 * 365 * 24 * 3600)
MOMENTS = SECONDS.map(lambda after: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=after))


@given(MOMENTS, st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York"]))
def test_a_deadline_is_never_before_its_receipt_nor_on_a_day_that_does_not_count(received: datetime, zone: str) -> None:
    calendar = Calendar(ZoneInfo(zone), OFFICE)
    for name in ("NOW", "H24", "MEDIATE", "ANSWER"):
        due = calendar.due_at(name, received)
        assert due is not None
        assert due > received
    answer = calendar.due_at("ANSWER", received)
    assert answer is not None
    counted = (answer - timedelta(microseconds=1)).astimezone(calendar.zone).date()
    assert OFFICE.is_working_day(counted)


@given(MOMENTS, MOMENTS)
def test_who_calls_later_is_due_no_earlier(one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    for name in ("NOW", "H24", "MEDIATE", "ANSWER"):
        early, late = CALENDAR.due_at(name, first), CALENDAR.due_at(name, second)
        assert early is not None
        assert late is not None
        assert early <= late
