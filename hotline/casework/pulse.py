"""Is the hotline well? What /readyz, /metrics and `hotline doctor` are told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from hotline.casework import heartbeat
from storage.tables import alarms, calls, follow_ups, outbox, recordings, reports

WORKER_SILENT_AFTER = timedelta(seconds=30)
ROW_OVERDUE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Pulse:
    """The figures of a moment; ages in seconds, None where there is nothing to be old."""

    worker_silent_s: float | None
    oldest_overdue_s: float | None
    calls: int
    live_calls: int
    recordings_awaited: int
    open_alarms: int

    @property
    def worker_alive(self) -> bool:
        return self.worker_silent_s is not None and self.worker_silent_s <= WORKER_SILENT_AFTER.total_seconds()

    @property
    def in_time(self) -> bool:
        return self.oldest_overdue_s is None or self.oldest_overdue_s <= ROW_OVERDUE_AFTER.total_seconds()


def take_pulse(connection: Connection, now: datetime) -> Pulse:
    """Look at the rows. How long a row has been due tells how well the worker keeps up."""
    silent = heartbeat.age(connection, heartbeat.WORKER, now)
    return Pulse(
        worker_silent_s=silent.total_seconds() if silent is not None else None,
        oldest_overdue_s=_oldest_overdue(connection, now),
        calls=_count(connection, select(func.count(calls.c.id))),
        live_calls=_count(connection, select(func.count(calls.c.id)).where(calls.c.ended_at.is_(None))),
        recordings_awaited=_count(
            connection, select(func.count(recordings.c.id)).where(recordings.c.status == "awaited")
        ),
        open_alarms=_count(connection, select(func.count(alarms.c.id)).where(alarms.c.seen_at.is_(None))),
    )


def _oldest_overdue(connection: Connection, now: datetime) -> float | None:
    due = (
        select(func.min(recordings.c.not_before)).where(
            recordings.c.status == "awaited", recordings.c.call_id.is_not(None)
        ),
        select(func.min(outbox.c.not_before)).where(outbox.c.state == "pending"),
        select(func.min(follow_ups.c.next_at))
        .join(reports, reports.c.id == follow_ups.c.report_id)
        .where(follow_ups.c.state.in_(("open", "exhausted")))
        .where(reports.c.acknowledged_at.is_(None), reports.c.settled_at.is_(None)),
    )
    moments = [moment for query in due if (moment := connection.execute(query).scalar_one()) and moment <= now]
    return (now - min(moments)).total_seconds() if moments else None


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())
