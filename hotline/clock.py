"""The one place that asks for the time. Processes and edges import it and hand the answer down as `now`."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Return the present moment, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the door
