"""What a step's webhook brought, and what that means at the place where the call stands. Pure."""

import logging
from dataclasses import dataclass, field

from ivr_flows import engine
from ivr_flows.definition import Dial, Flow, Record
from ivr_flows.turn import Dialled, Heard, Keys, Position, Recorded, Silence, Turn

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Input:
    """What a step's webhook brought. Empty everywhere: the caller said and pressed nothing."""

    digits: str = field(default="", repr=False)
    finished: str = ""
    recording_id: str = ""
    recording_seconds: int | None = None
    dial_answered: bool = False
    hung_up: bool = False


def heard_at(flow: Flow, position: Position, brought: Input) -> Heard:
    """What a webhook's fields mean at the node where the call stands."""
    match flow.nodes.get(position.node):
        case Record():
            told = bool(brought.recording_id) or brought.recording_seconds is not None
            return Recorded(brought.recording_seconds if told else 0, brought.digits[:1])
        case Dial():
            return Dialled(brought.dial_answered)
    if brought.digits or brought.finished:
        return Keys(brought.digits, brought.finished)
    return Silence()


def resumed(flow: Flow, position: Position, heard: Heard, facts: dict[str, str]) -> Turn:
    """Walk on; a step that cannot be walked leads to the flow's own on_error path, never to silence."""
    try:
        return engine.resume(flow, position, heard, facts)
    except engine.FlowError:
        _log.exception("a flow could not be walked; node=%s flow=%s", position.node, flow.id)
        return engine.fail(flow, position, facts)
