"""Who is on duty when, whatever the clock on the wall does."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.gaps import uncovered
from hotline.casework.shift_patterns import (
    EXTRA,
    OFF,
    REPLACED,
    Duty,
    RosterChange,
    Span,
    WeeklyShift,
    effective_shifts,
    moment,
)

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
HANH, QUAN, LY = 1, 2, 3
MONDAY = date(2026, 3, 2)
ZONES_WITH_A_PAST = {
    "Asia/Ho_Chi_Minh": date(2026, 3, 2),
    "Europe/Berlin": date(2026, 3, 29),
    "America/New_York": date(2026, 11, 1),
    "Australia/Lord_Howe": date(2026, 4, 5),  # half an hour
    "America/Havana": date(2026, 3, 8),  # midnight does not come
    "Asia/Beirut": date(2026, 3, 29),  # nor here
    "Pacific/Apia": date(2011, 12, 30),  # a whole day does not come
    "Africa/Casablanca": date(2026, 2, 15),
    "Asia/Pyongyang": date(2015, 8, 15),
}


def at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = HOME) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=zone)


def week(officer_id: int = HANH, starts: time = time(19), ends: time = time(7)) -> list[WeeklyShift]:
    return [WeeklyShift(officer_id, "duty", weekday, starts, ends, date(2000, 1, 1)) for weekday in range(7)]


def held(
    *, weekly: list[WeeklyShift] = (), changes: list[RosterChange] = (), single: list[Duty] = (), span: Span
) -> list[tuple[int, datetime, datetime]]:
    found = effective_shifts(weekly, changes, single, HOME, span)
    return [(duty.officer_id, duty.start.astimezone(HOME), duty.end.astimezone(HOME)) for duty in found]


def test_a_night_shift_goes_on_after_midnight() -> None:
    monday_night = WeeklyShift(HANH, "duty", 0, time(19), time(7), MONDAY)
    for now, on_duty in [(at(2, 18, 59), 0), (at(2, 19), 1), (at(3, 0), 1), (at(3, 6, 59), 1), (at(3, 7), 0)]:
        span = Span(now, now + timedelta(seconds=1))
        assert len(held(weekly=[monday_night], span=span)) == on_duty, now


def test_equal_times_go_once_round_the_clock() -> None:
    round_the_clock = WeeklyShift(HANH, "duty", 0, time(7), time(7), MONDAY)
    span = Span(at(2, 0), at(9, 0))
    assert held(weekly=[round_the_clock], span=span) == [(HANH, at(2, 7), at(3, 7))]


def test_a_weekly_shift_begins_and_ends_on_its_days() -> None:
    three_mondays = WeeklyShift(HANH, "duty", 0, time(8), time(12), MONDAY, MONDAY + timedelta(days=21))
    span = Span(at(1, 0) - timedelta(days=60), at(1, 0) + timedelta(days=60))
    assert [start.date() for _, start, _ in held(weekly=[three_mondays], span=span)] == [
        MONDAY,
        MONDAY + timedelta(days=7),
        MONDAY + timedelta(days=14),
    ]


def test_who_is_off_is_off_for_the_whole_night_that_begins_on_the_day() -> None:
    off = RosterChange(HANH, OFF, MONDAY, MONDAY)
    span = Span(at(1, 12), at(3, 12))
    assert held(weekly=week(), changes=[off], span=span) == [(HANH, at(1, 19), at(2, 7))]


def test_a_stand_in_has_the_shift_and_the_roster_still_knows_whose_it_was() -> None:
    replaced = RosterChange(HANH, REPLACED, MONDAY, MONDAY, QUAN)
    [duty] = effective_shifts(week(), [replaced], [], HOME, Span(at(2, 12), at(3, 12)))
    assert (duty.officer_id, duty.instead_of) == (QUAN, HANH)


def test_a_stand_in_who_is_off_does_not_come() -> None:
    changes = [RosterChange(HANH, REPLACED, MONDAY, MONDAY, QUAN), RosterChange(QUAN, OFF, MONDAY, MONDAY)]
    assert held(weekly=week(), changes=changes, span=Span(at(2, 12), at(3, 12))) == []


def test_two_officers_swap() -> None:
    both = [*week(HANH), *week(QUAN, time(7), time(19))]
    swap = [RosterChange(HANH, REPLACED, MONDAY, MONDAY, QUAN), RosterChange(QUAN, REPLACED, MONDAY, MONDAY, HANH)]
    assert held(weekly=both, changes=swap, span=Span(at(2, 8), at(3, 6))) == [
        (HANH, at(2, 7), at(2, 19)),
        (QUAN, at(2, 19), at(3, 7)),
    ]


def test_an_extra_shift_comes_on_each_of_its_days() -> None:
    extra = RosterChange(LY, EXTRA, MONDAY, MONDAY + timedelta(days=1), None, "duty", time(22), time(2))
    assert held(changes=[extra], span=Span(at(1, 0), at(8, 0))) == [
        (LY, at(2, 22), at(3, 2)),
        (LY, at(3, 22), at(4, 2)),
    ]


def test_an_exception_holds_for_single_shifts_too() -> None:
    single = Duty(at(2, 19), at(4, 7), HANH, "duty")
    span = Span(at(3, 12), at(3, 13))
    assert held(single=[single], changes=[RosterChange(HANH, OFF, MONDAY, MONDAY)], span=span) == []
    later = RosterChange(HANH, OFF, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    assert len(held(single=[single], changes=[later], span=span)) == 1


def test_a_time_that_the_clock_skips_is_the_moment_of_the_change() -> None:
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    day = date(2026, 3, 29)
    assert {moment(day, time(2, minute), BERLIN) for minute in (0, 1, 30, 59)} == {change}
    assert moment(day, time(3), BERLIN) == change
    assert moment(day, time(1, 59), BERLIN) == change - timedelta(minutes=1)


def test_a_night_is_as_long_as_the_clock_makes_it() -> None:
    def hours(night: date) -> float:
        only = [WeeklyShift(HANH, "duty", night.weekday(), time(19), time(7), night, night + timedelta(days=1))]
        around = Span(moment(night, time(12), BERLIN), moment(night + timedelta(days=1), time(12), BERLIN))
        [duty] = effective_shifts(only, [], [], BERLIN, around)
        return (duty.end - duty.start) / timedelta(hours=1)

    assert [hours(date(2026, 3, 27)), hours(date(2026, 3, 28)), hours(date(2026, 10, 24))] == [12, 11, 13]


@given(
    zone=st.sampled_from(sorted(ZONES_WITH_A_PAST)),
    ends=st.sets(st.integers(0, 24 * 60 - 1), min_size=1, max_size=6),
    offset=st.integers(-3, 2),
)
def test_shifts_that_meet_on_the_clock_leave_no_gap_and_no_double(zone: str, ends: set[int], offset: int) -> None:
    """A day cut into shifts is covered exactly once, also on the days when the clock is changed."""
    cuts = [time(*divmod(minute, 60)) for minute in sorted(ends)]
    following = [*cuts[1:], cuts[0]]
    weekly = [shift for start, end in zip(cuts, following, strict=True) for shift in week(HANH, start, end)]
    first = ZONES_WITH_A_PAST[zone] + timedelta(days=offset)
    here = ZoneInfo(zone)
    span = Span(moment(first, time(0), here), moment(first + timedelta(days=4), time(0), here))
    shifts = effective_shifts(weekly, [], [], here, span)
    assert uncovered(shifts, span) == []
    assert all(earlier.end <= later.start for earlier, later in pairwise(shifts))


@given(
    zone=st.sampled_from(sorted(ZONES_WITH_A_PAST)),
    one=st.integers(0, 4 * 24 * 60 - 1),
    other=st.integers(0, 4 * 24 * 60 - 1),
)
def test_what_is_later_on_the_clock_is_never_earlier_in_time(zone: str, one: int, other: int) -> None:
    first, here = ZONES_WITH_A_PAST[zone] - timedelta(days=2), ZoneInfo(zone)

    def on_clock(minutes: int) -> datetime:
        days, rest = divmod(minutes, 24 * 60)
        return moment(first + timedelta(days=days), time(*divmod(rest, 60)), here)

    sooner, later = sorted((one, other))
    assert on_clock(sooner) <= on_clock(later)


@given(
    starts=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60), st.sampled_from([HANH, QUAN])), max_size=12),
    asked=st.tuples(st.integers(0, 400), st.integers(1, 100)),
)
def test_a_gap_is_where_nobody_is(starts: list[tuple[int, int, int]], asked: tuple[int, int]) -> None:
    def after(hours: int) -> datetime:
        return at(1, 0) + timedelta(hours=hours)

    shifts = [Duty(after(start), after(start + length), who, "duty") for start, length, who in starts]
    span = Span(after(asked[0]), after(sum(asked)))
    gaps = uncovered(shifts, span)
    for hour in range(asked[0], sum(asked)):
        covered = any(shift.at(after(hour)) for shift in shifts)
        assert covered != any(gap.start <= after(hour) < gap.end for gap in gaps)


@pytest.mark.parametrize("days", [1, 7, 31])
def test_asking_day_by_day_finds_the_same_shifts_as_asking_once(days: int) -> None:
    weekly = [*week(HANH), *week(QUAN, time(7), time(19))]
    changes = [RosterChange(HANH, OFF, MONDAY, MONDAY + timedelta(days=2))]
    whole = effective_shifts(weekly, changes, [], HOME, Span(at(1, 0), at(1, 0) + timedelta(days=days)))
    daily = {
        duty
        for day in range(days)
        for duty in effective_shifts(
            weekly, changes, [], HOME, Span(at(1, 0) + timedelta(days=day), at(1, 0) + timedelta(days=day + 1))
        )
    }
    assert daily == set(whole)
