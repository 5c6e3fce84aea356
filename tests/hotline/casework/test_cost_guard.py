"""What a day costs: minutes as the carrier charges them, a warning at 80 %, an alarm at the limit, and no refusal."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.cost_guard import NEAR, PASSED, Cost, days_of, judged, minutes_begun, minutes_by_day
from hotline.casework.setup import load_unit
from storage.tables import alarms
from tests.cast import GRACE, IVAN, MAY, THE_LINE
from tests.stories.conftest import ON_SQLITE, Commune

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)


def limit(commune: Commune, minutes: int) -> None:
    with commune.store.write() as connection:
        load_unit(connection, {"minutes_a_day": minutes}, commune.clock())


def calls_for(commune: Commune, minutes: int) -> None:
    """Somebody telephones and says nothing that matters."""
    call = commune.dials(MAY)
    commune.clock.goes_on(seconds=60 * minutes - 5)
    call.hang_up()


def told(commune: Commune) -> list[tuple[str, int]]:
    commune.at_home.watch_minutes(commune.clock())
    return [(row["what"], row["details"]["minutes"]) for row in commune.rows(alarms)]


def test_a_costly_day_warns_then_rings_once_and_callers_are_answered(commune: Commune) -> None:
    limit(commune, 10)
    calls_for(commune, 7)
    assert told(commune) == []
    calls_for(commune, 1)
    assert told(commune) == [(NEAR, 8)]
    assert told(commune) == [(NEAR, 8)], "once a day"
    calls_for(commune, 3)
    assert told(commune) == [(NEAR, 8), (PASSED, 11)]
    late = commune.dials(GRACE)
    assert late.heard
    assert late.awaits == "keys"
    commune.clock.goes_on(hours=24)
    assert len(told(commune)) == 2, "a new day begins at nothing"


@ON_SQLITE
def test_a_receiver_that_was_not_hung_up_is_noticed_while_it_lasts(commune: Commune) -> None:
    limit(commune, 30)
    commune.dials(IVAN)
    commune.clock.goes_on(minutes=29, seconds=30)
    assert told(commune) == [(PASSED, 30)]
    [row] = commune.rows(alarms)
    assert row["details"] == {"minutes": 30, "limit": 30, "calls": 1, "longest": 30}
    assert row["unit_id"] == 1


def test_a_call_belongs_to_the_day_on_which_it_began_where_the_unit_is(commune: Commune) -> None:
    commune.clock.strikes(2026, 11, 16, 23, 59)
    calls_for(commune, 3)
    calls_for(commune, 2)
    since = commune.clock() - timedelta(days=2)
    with commune.store.read() as connection:
        days = minutes_by_day(connection, 1, since, commune.clock(), commune.clock())
    assert [(day.day, day.line, day.calls, day.minutes, day.longest) for day in days] == [
        (date(2026, 11, 16), THE_LINE, 1, 3, 3),
        (date(2026, 11, 17), THE_LINE, 1, 2, 2),
    ]


def test_every_minute_begun_counts() -> None:
    lengths = {0: 0, 1: 1, 59: 1, 60: 1, 61: 2, -5: 0, 90_000: 240}
    assert {s: minutes_begun(NOON, NOON + timedelta(seconds=s)) for s in lengths} == lengths
    assert [judged(minutes, 100) for minutes in (79, 80, 99, 100)] == [None, NEAR, NEAR, PASSED]


costs = st.builds(
    lambda hours, line, minutes: Cost(line, NOON + timedelta(hours=hours), 1, minutes, minutes),
    st.integers(-72, 72),
    st.sampled_from(["+842101234567", "+842101234568"]),
    st.integers(0, 240),
)


@given(st.lists(costs))
def test_the_days_and_lines_add_up_to_all_calls(each: list[Cost]) -> None:
    days = days_of(each, ZONE)
    assert sum(day.minutes for day in days) == sum(cost.minutes for cost in each)
    assert sum(day.calls for day in days) == len(each)
    assert all(day.longest <= day.minutes for day in days)
