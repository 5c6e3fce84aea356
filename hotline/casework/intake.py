"""A call on the line: each webhook becomes one step, committed before it is answered.

The protocol: step 0 answers the first webhook; every answer names the next visit in its address. A visit that is
awaited is walked, stored and committed; one that was answered gets the stored answer again, byte for byte; anything
stale gets the current answer; after the end there is only a goodbye."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert

from hotline.casework import endings, privacy, recordings, ringings
from hotline.casework.hearing import Input, heard_at, resumed
from hotline.casework.lines import LineBook, LineRow
from hotline.casework.live_calls import LiveCall, LiveCalls, RacedError, Remembered, live_call
from hotline.casework.once import insert_of
from hotline.casework.receipts import LocatorTakenError
from hotline.casework.statistics.day_counts import counting
from hotline.casework.stored_steps import StoredSteps
from hotline.casework.walking import Renderer, Scene, Step, Walker
from hotline.phone import caller_number
from ivr_flows import engine
from ivr_flows.definition import Dial, Flow
from ivr_flows.turn import Position, Turn
from storage.database import Store, StoreBusy
from storage.prepared import Prepared
from storage.sealing import ApplicationSecret
from storage.tables import calls, steps

_RACES = 5  # how often a step is walked anew when a twin of its webhook was quicker


@dataclass(frozen=True)
class Incoming:
    """A call as the carrier announces it. `from_` is what it sent, a number or not; it is not kept as such."""

    carrier: str
    call_id: str
    from_: str = field(repr=False)
    to: str


@dataclass(frozen=True)
class Reply:
    """The answer to a webhook: a document, or None where the call is over or the line does not exist."""

    document: str | None


@dataclass(frozen=True)
class Intake:
    """The way in. Holds what every webhook needs; of a call no more than what would else be read again."""

    store: Store
    secret: ApplicationSecret
    lines: LineBook
    render: Renderer
    rings_together: bool = False  # whether the carrier can hold a caller, ring others meanwhile, and join the two
    live: LiveCalls = field(default_factory=LiveCalls)

    @cached_property
    def _kept(self) -> StoredSteps:
        return StoredSteps(self.secret)

    @cached_property
    def _walker(self) -> Walker:
        return Walker(self.store, self.secret, self.render, self.rings_together)

    # ---- the first webhook -----------------------------------------------------------------------------------------

    def answer(self, incoming: Incoming, now: datetime) -> Reply:
        """Answer a call: its row and its first step are on disk when this returns.

        Raises storage.database.StoreBusy where they could not be written in time."""
        line, ours = self.lines.dialled(incoming.to, now)
        if line is None:
            return Reply(None)
        key = secrets.token_urlsafe(18)
        scene = Scene(line, self.lines.flow(line.flow_hash), line.facts(now), key, 0, now)
        withheld = caller_number(incoming.from_, line.region) is None
        step = self._walker.walk(_known(engine.start(scene.flow, scene.facts), withheld=withheld), scene)
        suspect = None if ours else "unknown line"
        row = self._first_row(incoming, line, key, step.turn, now, withheld=withheld, suspect=suspect)
        kept = self._kept.row(key, 0, step.turn.position, step.document, None, now)
        reply, call_id = self.store.commit(lambda connection: self._begin(connection, row, kept, step, incoming, now))
        if call_id is not None:
            self._remember(_begun(call_id, row), step)
        return reply

    def _first_row(
        self,
        incoming: Incoming,
        line: LineRow,
        key: str,
        turn: Turn,
        now: datetime,
        *,
        withheld: bool,
        suspect: str | None,
    ) -> dict[str, Any]:
        return {
            "key": key,
            "carrier": incoming.carrier,
            "carrier_call_id": incoming.call_id,
            "unit_id": line.unit_id,
            "line_id": line.id,
            "flow_hash": line.flow_hash,
            "language": turn.position.language,
            "visit": 1,
            "node": turn.position.node,
            "position": self._kept.seal_position(turn.position, key),
            "withheld": withheld,
            "suspect": suspect,
            "started_at": now,
        }

    def _begin(
        self,
        connection: Connection,
        row: dict[str, Any],
        kept: dict[str, Any],
        step: Step,
        incoming: Incoming,
        now: datetime,
    ) -> tuple[Reply, int | None]:
        """Write the call and its first step; the call's id is told only where it is new."""
        call_id = connection.execute(_first_row(connection.dialect.name), row).scalar_one_or_none()
        if call_id is None:
            return self._begin_again(connection, row, incoming, now), None
        _KEEP_STEP(connection, {**kept, "call_id": call_id})
        recordings.link_orphans(connection, call_id, incoming.carrier, incoming.call_id)
        return Reply(step.document), call_id

    def _begin_again(self, connection: Connection, row: dict[str, Any], incoming: Incoming, now: datetime) -> Reply:
        """The first webhook came a second time, or after a callback that already told of the call's end."""
        same = (calls.c.carrier == incoming.carrier) & (calls.c.carrier_call_id == incoming.call_id)
        call = connection.execute(select(calls).where(same)).one()
        if call.ended_at is not None and call.visit == 0:
            # Its start stays as reckoned from the end: the clocks of its report count from there.
            known = {name: row[name] for name in ("language", "visit", "node", "withheld", "suspect")}
            known["hung_up_at"] = row["node"]
            with counting(connection, (call.id,)):
                connection.execute(update(calls).where(calls.c.id == call.id).values(**known))
            connection.execute(
                insert(steps).values(call_id=call.id, visit=0, node=row["node"], language=row["language"], at=now)
            )
            return Reply(None)
        if call.ended_at is not None:
            return Reply(None)
        return Reply(self._kept.document(connection, call.id, call.key, 0))

    # ---- every other webhook of a call -----------------------------------------------------------------------------

    def resume(self, key: str, visit: int, brought: Input, incoming: Incoming, now: datetime) -> Reply:
        """Walk the awaited step of a call, or repeat what was answered before. Raises StoreBusy as `answer`."""
        if not brought.hung_up and (remembered := self.live.take(key, visit)):
            try:
                return self._step(remembered.call, remembered.position, brought, incoming, now)
            except (RacedError, LocatorTakenError):
                pass
        for _ in range(_RACES):
            with self.store.read() as connection:
                call = live_call(connection, key)
                if call is None:
                    return self.answer(incoming, now)
                if not call.ended and call.visit != visit:
                    return self._repeat(connection, call, visit, brought)
            if call.ended:
                return self._after_the_end(call, brought, now)
            if brought.hung_up:
                return self._hung_up(call, brought, incoming, now)
            try:
                return self._step(call, self._kept.position(call), brought, incoming, now)
            except (RacedError, LocatorTakenError):
                continue
        raise StoreBusy("one step was overtaken again and again")

    def _step(self, call: LiveCall, position: Position, brought: Input, incoming: Incoming, now: datetime) -> Reply:
        line, flow = self.lines.of_call(call.line_id, call.unit_id, now), self.lines.flow(call.flow_hash)
        facts = line.facts(now)
        looked = self._look(call, flow, position, now)
        heard = looked.heard if looked else heard_at(flow, position, brought)
        scene = Scene(line, flow, facts, call.key, call.visit, now, call)
        step = self._walker.walk(resumed(flow, position, heard, facts), scene, looked)
        step = replace(step, turn=_with_emergency_privacy(step.turn))
        chosen = _newly_chosen(position, step.turn.position)
        number = caller_number(incoming.from_, line.region) if chosen else None

        advanced = self._advanced_row(call, step)
        heard_as = self._kept.fingerprint(call.key, brought)
        kept = self._kept.row(call.key, call.visit, step.turn.position, step.document, heard_as, now)

        def work(connection: Connection) -> Reply:
            if _ADVANCE(connection, advanced).rowcount != 1:
                raise RacedError
            _KEEP_STEP(connection, {**kept, "call_id": call.id})
            self._note_recording(connection, call, brought, now)
            for write in step.writes:
                write(connection)
            if chosen:
                privacy.choose(connection, call.unit_id, call.id, chosen, number)
            return Reply(step.document)

        reply = self.store.commit(work)
        self._remember(call, step)
        return reply

    def _remember(self, call: LiveCall, step: Step) -> None:
        """Keep the call for its next step, unless an action may have changed its row in other ways."""
        if step.writes:
            return
        position = step.turn.position
        after = call._replace(visit=call.visit + 1, reported=_reported(call, position), remembered=True)
        self.live.keep(Remembered(after, position))

    def _look(self, call: LiveCall, flow: Flow, position: Position, now: datetime) -> ringings.Looked | None:
        """What became of the officers who are rung together; None where the call stands elsewhere."""
        node = flow.nodes.get(position.node)
        if not isinstance(node, Dial) or node.strategy != "together":
            return None
        with self.store.read() as connection:
            return ringings.look(connection, call.id, call.visit + 1, now)

    def _advanced_row(self, call: LiveCall, step: Step) -> dict[str, Any]:
        """The call's row after a step. Sealed here, before the one writer's turn: many callers wait for that."""
        position = step.turn.position
        return {
            "call": call.id,
            "awaited": call.visit,
            "visit": call.visit + 1,
            "node": position.node,
            "language": position.language,
            "position": self._kept.seal_position(position, call.key),
            "chose": "chose" in position.variables,
            "reported": _reported(call, position),
            "emergency": position.variables.get("emergency") == "yes",
            "asked": position.variables.get("asked"),
        }

    def _hung_up(
        self,
        call: LiveCall,
        brought: Input,
        incoming: Incoming,
        now: datetime,
    ) -> Reply:
        """The caller left while speaking: what was said is kept and the call is over."""
        line = self.lines.of_call(call.line_id, call.unit_id, now)
        ending = endings.Ending("completed", None, caller_number(incoming.from_, line.region), source="hang-up")

        def work(connection: Connection) -> Reply:
            self._note_recording(connection, call, brought, now)
            endings.end_call(connection, call.id, ending, self.secret, now)
            return Reply(None)

        return self.store.commit(work)

    def _after_the_end(self, call: LiveCall, brought: Input, now: datetime) -> Reply:
        if brought.recording_id:
            self.store.commit(lambda connection: self._note_recording(connection, call, brought, now))
        return Reply(None)

    def _note_recording(self, connection: Connection, call: LiveCall, brought: Input, now: datetime) -> None:
        if not brought.recording_id:
            return
        recordings.note(
            connection,
            call.carrier,
            call.carrier_call_id,
            brought.recording_id,
            "completed",
            brought.recording_seconds,
            now,
        )
        endings.after_recording(connection, call.id)

    # ---- repeats ---------------------------------------------------------------------------------------------------

    def _repeat(self, connection: Connection, call: LiveCall, visit: int, brought: Input) -> Reply:
        """The stored answer for a webhook that came again; the current one for anything stale or strange."""
        again = visit < call.visit and self._kept.is_same_input(connection, call.id, call.key, visit, brought)
        return Reply(self._kept.document(connection, call.id, call.key, visit if again else call.visit - 1))


# ---- decisions, pure -----------------------------------------------------------------------------------------------


def _with_emergency_privacy(turn: Turn) -> Turn:
    """In an emergency help must be able to ring back, whatever was chosen before; the caller is told so."""
    variables = turn.position.variables
    if variables.get("emergency") != "yes" or "kept_for_help" in variables:
        return turn
    changed = {**variables, "privacy": privacy.CALL_BACK, "kept_for_help": "yes"}
    return replace(turn, position=replace(turn.position, variables=changed))


def _known(turn: Turn, *, withheld: bool) -> Turn:
    """What the flow may ask about the caller: whether the number is hidden, and nothing else."""
    if not withheld:
        return turn
    variables = {**turn.position.variables, "number": "withheld"}
    return replace(turn, position=replace(turn.position, variables=variables))


def _newly_chosen(before: Position, after: Position) -> str | None:
    """The privacy that the caller has chosen in this step."""
    chosen = after.variables.get("privacy")
    return chosen if chosen != before.variables.get("privacy") else None


def _begun(call_id: int, row: dict[str, Any]) -> LiveCall:
    """A new call as it was before its first step."""
    return LiveCall(
        call_id,
        row["key"],
        0,
        row["carrier"],
        row["carrier_call_id"],
        row["unit_id"],
        row["line_id"],
        row["flow_hash"],
        row["language"],
        row["node"],
        None,
        row["position"],
        reported=False,
        ended=False,
    )


def _reported(call: LiveCall, position: Position) -> bool:
    return call.reported or position.variables.get("branch") == "report"


def _named(*columns: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in columns}


@cache
def _first_row(dialect: str) -> ReturningInsert[Any]:
    """Kept, for it is the same for every call."""
    row = insert_of(dialect, calls).on_conflict_do_nothing(index_elements=["carrier", "carrier_call_id"])
    return row.returning(calls.c.id)


_KEEP_STEP = Prepared(insert(steps).values(_named("call_id", "visit", "node", "language", "at", "heard", "answer")))
_ADVANCE = Prepared(
    update(calls)
    .where(calls.c.id == bindparam("call"), calls.c.visit == bindparam("awaited"), calls.c.ended_at.is_(None))
    .values(_named("visit", "node", "language", "position", "chose", "reported", "emergency", "asked"))
)
