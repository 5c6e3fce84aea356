"""Patience: never too soon, never for ever, never all at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.backoff import next_attempt

NOW = datetime(2026, 11, 14, 14, 4, tzinfo=UTC)


def test_the_waits_double_up_to_an_hour() -> None:
    waits = [(next_attempt(attempts, None, NOW, 0.5) - NOW).total_seconds() for attempts in range(1, 15)]
    assert waits[:6] == [2, 4, 8, 16, 32, 64]
    assert waits[-1] == 3600


def test_the_carrier_may_ask_for_more() -> None:
    assert next_attempt(1, 120, NOW, 0.5) == NOW + timedelta(seconds=120)
    assert next_attempt(12, 120, NOW, 0.5) == NOW + timedelta(seconds=3600)
    assert next_attempt(1, 10**9, NOW, 0.5) == NOW + timedelta(days=1)


@given(
    st.integers(-5, 10**6),
    st.none() | st.integers(-5, 10**12),
    st.floats(0, 1, exclude_max=True),
)
def test_the_next_try_is_always_ahead_and_within_a_day(attempts: int, retry_after: int | None, jitter: float) -> None:
    wait = next_attempt(attempts, retry_after, NOW, jitter) - NOW
    assert timedelta(seconds=1.5) <= wait <= timedelta(days=1)
