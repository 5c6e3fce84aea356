"""Forgetting what has had its time: sessions at the console, and failed sign-ins."""

from datetime import datetime

from sqlalchemy import Connection, delete, or_

from hotline.casework.sign_in import IDLE, LONGEST, WINDOW
from storage.tables import console_sessions, sign_in_attempts


def forget_expired(connection: Connection, now: datetime) -> int:
    """Delete the sessions that nobody can use any more and the tries that no throttle counts; tell how many."""
    dead = or_(console_sessions.c.seen_at <= now - IDLE, console_sessions.c.started_at <= now - LONGEST)
    sessions = connection.execute(delete(console_sessions).where(dead)).rowcount
    old = sign_in_attempts.c.at <= now - WINDOW
    return sessions + connection.execute(delete(sign_in_attempts).where(old)).rowcount
