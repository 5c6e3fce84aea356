"""Things that a person must look at, each once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hotline.casework.once import insert_once
from storage.tables import alarms


def raise_alarm(
    connection: Connection,
    what: str,
    once: str,
    details: dict[str, Any],
    now: datetime,
    unit_id: int | None = None,
) -> None:
    """Write an alarm; the same `what` and `once` a second time changes nothing."""
    row = {"unit_id": unit_id, "what": what, "dedupe_key": f"{what}:{once}", "details": details, "at": now}
    insert_once(connection, alarms, row)
