"""Is the work done, and in time?"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from hotline.casework.pulse import take_pulse
from hotline.cli.doctor.finding import Finding, either, green


def pulse(connection: Connection, dialect: str, now: datetime) -> Iterator[Finding]:
    beats = take_pulse(connection, now)
    yield green("database", f"{dialect}, {beats.calls} calls")
    yield either("worker", beats.worker_alive, "alive", "silent: start `hotline run` or `hotline worker`")
    late = f"the oldest is {beats.oldest_overdue_s or 0:.0f} s late: see what the worker logs"
    yield either("rows in time", beats.in_time, "nothing overdue", late)
    waiting = f"{beats.open_alarms} open: the console's page of alarms says what to do"
    yield either("alarms", beats.open_alarms == 0, "0 open", waiting)
