"""Checkpoints: the end of the chain under a keyed digest, so that the database alone cannot be rewritten unseen."""

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from hotline.casework.audit import head_of
from hotline.casework.audit_chain import Alteration, Head
from hotline.casework.once import insert_once
from storage.sealing import ApplicationSecret
from storage.tables import audit_checkpoints, audit_rows

_ENOUGH = 3  # of the oldest: one of them may have been altered


def any_new(connection: Connection) -> bool:
    """Whether the chain has grown since the last checkpoint."""
    return head_of(connection).count > (connection.scalar(select(func.max(audit_checkpoints.c.seq))) or 0)


def holds(connection: Connection, earlier: Head) -> bool:
    """Whether the chain still goes through an earlier end of it."""
    if earlier.count == 0:
        return True
    found = connection.scalar(select(audit_rows.c.hash).where(audit_rows.c.seq == earlier.count))
    return found is not None and bytes(found) == earlier.hash and head_of(connection).count >= earlier.count


def checkpoint(connection: Connection, secret: ApplicationSecret, now: datetime) -> bool:
    """Write down where the chain ends, unless that is written already; tell whether it was."""
    if not any_new(connection):
        return False
    head = head_of(connection)
    row = {"seq": head.count, "hash": head.hash, "at": now, "mac": _mac(secret, head, now)}
    return insert_once(connection, audit_checkpoints, row)


def checkpointed(connection: Connection, secret: ApplicationSecret) -> Iterator[Head | Alteration]:
    """Every checkpoint, or that it is not one that we wrote."""
    try:
        for row in connection.execute(select(audit_checkpoints).order_by(audit_checkpoints.c.seq)):
            yield _checked(row, secret)
    except (ValueError, TypeError):
        yield Alteration("a checkpoint", "altered: it cannot even be read")


def is_ours(connection: Connection, secret: ApplicationSecret) -> bool:
    """Whether this secret is the one that the installation was made with, as far as its checkpoints tell."""
    rows = connection.execute(select(audit_checkpoints).order_by(audit_checkpoints.c.seq).limit(_ENOUGH)).all()
    return not rows or any(isinstance(_checked(row, secret), Head) for row in rows)


def _checked(row: Row[Any], secret: ApplicationSecret) -> Head | Alteration:
    head = Head(row.seq, bytes(row.hash), f"the checkpoint of {row.at:%Y-%m-%d %H:%M} UTC")
    if hmac.compare_digest(bytes(row.mac), _mac(secret, head, row.at)):
        return head
    return Alteration(f"the checkpoint at row {row.seq}", "altered: it is not ours")


def _mac(secret: ApplicationSecret, head: Head, at: datetime) -> bytes:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return secret.mac("audit-checkpoint", str(head.count).encode(), head.hash, moment.encode())
