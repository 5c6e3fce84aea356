"""Waiting for a change that another thread commits."""

from concurrent.futures import Future
from typing import TypeVar

from storage.busy import StoreBusy

T = TypeVar("T")


def answer_in_time(answer: Future[T], timeout_s: float) -> T:
    """What the change came to. One that was not begun in time is taken back for good; one that was begun is
    waited for once more. Raises StoreBusy, or what the change itself raised."""
    try:
        return answer.result(timeout_s)
    except TimeoutError:
        if answer.cancel():
            raise StoreBusy("not committed in time") from None
    try:
        return answer.result(timeout_s)
    except TimeoutError:
        if answer.done():  # then it was the change that raised it
            raise
        raise StoreBusy("the database does not answer", outcome_unknown=True) from None
