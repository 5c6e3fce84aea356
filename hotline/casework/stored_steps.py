"""A live call's position and its answers, as they are kept: encrypted, and wiped when the call ends."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from hotline.casework import endings
from hotline.casework.hearing import Input
from hotline.casework.live_calls import LiveCall
from ivr_flows.turn import Position
from storage.sealing import ApplicationSecret, UnsealError
from storage.tables import steps


@dataclass(frozen=True)
class StoredSteps:
    """Seals and opens what the steps of live calls need of each other."""

    secret: ApplicationSecret

    def row(
        self, key: str, visit: int, position: Position, document: str, heard: bytes | None, now: datetime
    ) -> dict[str, Any]:
        """The step's own row, but for the call's id."""
        return {
            "visit": visit,
            "node": position.node,
            "language": position.language,
            "at": now,
            "heard": heard,
            "answer": self.secret.encrypt("answer", document.encode(), f"{key}/{visit}"),
        }

    def document(self, connection: Connection, call_id: int, key: str, visit: int) -> str | None:
        """What was answered at a visit; None where there was no such visit, or it is wiped."""
        query = select(steps.c.answer).where(steps.c.call_id == call_id, steps.c.visit == visit)
        answer = connection.execute(query).scalar_one_or_none()
        if answer is None:
            return None
        try:
            return self.secret.decrypt("answer", bytes(answer), f"{key}/{visit}").decode()
        except UnsealError:
            return None

    def is_same_input(self, connection: Connection, call_id: int, key: str, visit: int, brought: Input) -> bool:
        """Whether a visit was answered for this very input."""
        query = select(steps.c.heard).where(steps.c.call_id == call_id, steps.c.visit == visit)
        heard = connection.execute(query).scalar_one_or_none()
        return heard is not None and secrets.compare_digest(bytes(heard), self.fingerprint(key, brought))

    def fingerprint(self, key: str, brought: Input) -> bytes:
        """What tells one input of a call from another, and nothing else."""
        parts = (brought.digits, brought.recording_id, str(brought.dial_answered), str(brought.hung_up))
        return self.secret.mac("heard", key.encode(), *(part.encode() for part in parts))

    def position(self, call: LiveCall) -> Position:
        """Where a call stands."""
        row = {"position": call.sealed_position, "key": call.key, "node": call.node, "language": call.language}
        return endings.position_of(row, self.secret)

    def seal_position(self, position: Position, key: str) -> bytes:
        return self.secret.encrypt("position", position.to_json(), key)
