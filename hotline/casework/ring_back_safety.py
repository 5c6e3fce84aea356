"""Whether a caller may be rung at all: somebody who whispers may be beaten when the telephone rings. Not anonymity."""

from sqlalchemy import Connection

from hotline.casework import timeline
from hotline.casework.desk import CLASSIFY, Hand, WorkRefusedError, change, take_up
from hotline.casework.timeline import Happened


def judge(connection: Connection, hand: Hand, unsafe: bool, words: str) -> None:
    """Mark a report's caller as unsafe to ring back, or take that back; the note says why, sealed.

    Raises WorkRefusedError without a note, and whatever `take_up` raises."""
    case = take_up(connection, hand, CLASSIFY)
    if not words.strip():
        raise WorkRefusedError("words", "needed")
    what = timeline.UNSAFE_TO_RING if unsafe else timeline.SAFE_TO_RING
    change(connection, case, hand, {"unsafe_to_ring_back": unsafe}, Happened(what, reason=words.strip()))
