"""Proof of life: each process says that it is alive, and the others can tell how long ago it did."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from hotline.casework.once import insert_once
from storage.tables import heartbeats

WORKER, WEB = "worker", "web"


def beat(connection: Connection, process: str, now: datetime) -> None:
    """Say that the process is alive now."""
    if not insert_once(connection, heartbeats, {"process": process, "at": now}):
        connection.execute(update(heartbeats).where(heartbeats.c.process == process).values(at=now))


def age(connection: Connection, process: str, now: datetime) -> timedelta | None:
    """How long ago the process was last heard of; None if never."""
    at = connection.execute(select(heartbeats.c.at).where(heartbeats.c.process == process)).scalar()
    return None if at is None else now - at
