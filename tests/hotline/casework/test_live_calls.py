"""What is remembered of a live call saves reading it, and is never believed against its row."""

from hotline.casework.live_calls import MOST_REMEMBERED, LiveCall, LiveCalls, Remembered
from ivr_flows.turn import Position


def _remembered(key: str, visit: int = 1) -> Remembered:
    call = LiveCall(1, key, visit, "local", "CA1", 1, 1, "f" * 64, "vi", "main", None, b"", False, False, True)
    return Remembered(call, Position(node="main", language="vi"))


def test_a_call_is_remembered_for_one_step_only() -> None:
    live = LiveCalls()
    live.keep(_remembered("a"))
    assert live.take("a", 1) == _remembered("a")
    assert live.take("a", 1) is None


def test_another_visit_than_the_awaited_one_is_not_answered_from_memory() -> None:
    live = LiveCalls()
    live.keep(_remembered("a", visit=3))
    assert live.take("a", 2) is None
    assert live.take("a", 3) is None, "and after that doubt the row itself is asked"


def test_the_oldest_calls_are_forgotten_first() -> None:
    live = LiveCalls()
    for number in range(MOST_REMEMBERED + 1):
        live.keep(_remembered(f"call {number}"))
    assert live.take("call 0", 1) is None
    assert live.take("call 1", 1) is not None
    assert live.take(f"call {MOST_REMEMBERED}", 1) is not None
