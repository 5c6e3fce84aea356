"""The officer's leg where the carrier rings one after the other: what is whispered on picking up, and the key."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, update

from hotline.casework.lines import LineBook
from hotline.casework.live_calls import LiveCall, live_call
from hotline.casework.roster import officer_of_number, took_call
from hotline.casework.stored_steps import StoredSteps
from hotline.phone import caller_number
from ivr_flows import engine
from ivr_flows.turn import AwaitOfficer, Speak, Turn
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import calls


@dataclass(frozen=True)
class Whispers:
    """What officers hear before they are joined to the caller whom the carrier has waiting."""

    store: Store
    secret: ApplicationSecret
    lines: LineBook

    def whisper(self, key: str, now: datetime) -> Speak | None:
        """What an officer hears before pressing 1; None when the call is not waiting for one any more."""
        call, turn = self._present(key, now)
        if call is None or turn is None or not isinstance(turn.awaits, AwaitOfficer):
            return None
        return turn.awaits.whisper

    def officer_joins(self, key: str, number: str, now: datetime) -> bool:
        """The officer of this number accepted: note who and when. False when the caller no longer waits."""
        call, turn = self._present(key, now)
        if call is None or turn is None or not isinstance(turn.awaits, AwaitOfficer):
            return False
        joined = update(calls).where(calls.c.id == call.id, calls.c.ended_at.is_(None))
        values = joined.values(officer_joined_at=now).where(calls.c.officer_joined_at.is_(None))
        officer_id = self._whose(call, number, now)

        def work(connection: Connection) -> bool:
            connection.execute(values)
            if officer_id is not None:
                took_call(connection, call.id, call.visit, officer_id, now)
            return True

        return self.store.commit(work)

    def _whose(self, call: LiveCall, number: str, now: datetime) -> int | None:
        dialled = caller_number(number, self.lines.of_call(call.line_id, call.unit_id, now).region)
        if dialled is None:
            return None
        with self.store.read() as connection:
            return officer_of_number(connection, call.unit_id, dialled, self.secret)

    def _present(self, key: str, now: datetime) -> tuple[LiveCall | None, Turn | None]:
        with self.store.read() as connection:
            call = live_call(connection, key)
        if call is None or call.ended:
            return None, None
        position = StoredSteps(self.secret).position(call)
        line = self.lines.of_call(call.line_id, call.unit_id, now)
        return call, engine.again(self.lines.flow(call.flow_hash), position, line.facts(now))
