"""When to try again: sooner at first, then ever more rarely, never all at the same moment."""

from datetime import datetime, timedelta

_FIRST_S = 2.0
_LONGEST_S = 3600.0
_MOST_PATIENT_S = 86_400


def next_attempt(attempts: int, retry_after: int | None, now: datetime, jitter: float) -> datetime:
    """The moment of the next try after `attempts` failed ones: 2 s, doubling, at most an hour.

    `jitter` in [0, 1) spreads it by a quarter either way; `retry_after` (seconds, from the carrier) is a lower
    bound, up to a day."""
    wait = min(_FIRST_S * 2 ** min(max(attempts, 1) - 1, 20), _LONGEST_S) * (0.75 + jitter / 2)
    asked_for = min(max(retry_after or 0, 0), _MOST_PATIENT_S)
    return now + timedelta(seconds=max(wait, asked_for))
