"""A call on the line: each webhook becomes one step, committed before it is answered.

The protocol: step 0 answers the first webhook; every answer names the next visit in its address. A visit that is
awaited is walked, stored and committed; one that was answered gets the stored answer again, byte for byte; anything
stale gets the current answer; after the end there is only a goodbye."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, insert, select, update

from hotline.casework import endings, privacy, recordings
from hotline.casework.actions import Moment, Write, perform
from hotline.casework.lines import LineBook, LineRow
from hotline.casework.live_calls import LiveCall, LiveCalls, Remembered, live_call
from hotline.casework.once import INSERTS
from hotline.casework.receipts import LocatorTakenError
from hotline.casework.roster import OnDuty, officer_of_number, on_duty, took_call
from hotline.casework.statistics.day_counts import counting
from hotline.phone import caller_number
from ivr_flows import engine
from ivr_flows.definition import Dial, Flow, Record
from ivr_flows.turn import (
    AwaitAction,
    AwaitOfficer,
    Dialled,
    Done,
    Heard,
    Keys,
    Position,
    Recorded,
    Silence,
    Speak,
    Turn,
)
from storage.database import Store, StoreBusy
from storage.prepared import Prepared
from storage.sealing import ApplicationSecret, UnsealError
from storage.tables import calls, steps

_log = logging.getLogger(__name__)
_RACES = 5  # how often a step is walked anew when a twin of its webhook was quicker


@dataclass(frozen=True)
class Incoming:
    """A call as the carrier announces it. `from_` is what it sent, a number or not; it is not kept as such."""

    carrier: str
    call_id: str
    from_: str = field(repr=False)
    to: str


@dataclass(frozen=True)
class Input:
    """What a step's webhook brought. Empty everywhere: the caller said and pressed nothing."""

    digits: str = field(default="", repr=False)
    finished: str = ""
    recording_id: str = ""
    recording_seconds: int | None = None
    dial_answered: bool = False
    hung_up: bool = False


@dataclass(frozen=True)
class Reply:
    """The answer to a webhook: a document, or None where the call is over or the line does not exist."""

    document: str | None


class Renderer(Protocol):
    def __call__(self, turn: Turn, call_key: str, visit: int, line: LineRow, officers: Sequence[OnDuty]) -> str:
        """Write a turn in the carrier's language; `visit` is the one that the document awaits next."""


@dataclass(frozen=True)
class Step:
    """A turn decided and rendered, with all that is to be written together with it."""

    turn: Turn
    document: str
    writes: tuple[Write, ...] = ()


class _Raced(Exception):
    """Another webhook of the same call was quicker, or may have been where it matters."""


@dataclass(frozen=True)
class Intake:
    """The way in. Holds what every webhook needs; of a call no more than what would else be read again."""

    store: Store
    secret: ApplicationSecret
    lines: LineBook
    render: Renderer
    live: LiveCalls = field(default_factory=LiveCalls)

    # ---- the first webhook -----------------------------------------------------------------------------------------

    def answer(self, incoming: Incoming, now: datetime) -> Reply:
        """Answer a call: its row and its first step are on disk when this returns.

        Raises storage.database.StoreBusy where they could not be written in time."""
        line, ours = self.lines.dialled(incoming.to, now)
        if line is None:
            return Reply(None)
        key = secrets.token_urlsafe(18)
        flow = self.lines.flow(line.flow_hash)
        facts = line.facts(now)
        step = self._walked(engine.start(flow, facts), flow, line, facts, key, 0, now)
        row = self._first_row(incoming, line, key, step.turn, now, suspect=None if ours else "unknown line")
        kept = self._step_row(key, 0, step, None, now)
        reply, call_id = self.store.commit(lambda connection: self._begin(connection, row, kept, step, incoming, now))
        if call_id is not None:
            self._remember(_begun(call_id, row), step)
        return reply

    def _first_row(
        self, incoming: Incoming, line: LineRow, key: str, turn: Turn, now: datetime, suspect: str | None
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
            "position": self._seal_position(turn.position, key),
            "withheld": caller_number(incoming.from_, line.region) is None,
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
        call_id = connection.execute(_FIRST_ROW[connection.dialect.name], row).scalar_one_or_none()
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
        return Reply(self._stored(connection, call.id, call.key, 0))

    # ---- every other webhook of a call -----------------------------------------------------------------------------

    def resume(self, key: str, visit: int, brought: Input, incoming: Incoming, now: datetime) -> Reply:
        """Walk the awaited step of a call, or repeat what was answered before. Raises StoreBusy as `answer`."""
        if not brought.hung_up and (remembered := self.live.take(key, visit)):
            try:
                return self._step(remembered.call, remembered.position, brought, incoming, now)
            except (_Raced, LocatorTakenError):
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
                return self._step(call, self._position(call), brought, incoming, now)
            except (_Raced, LocatorTakenError):
                continue
        raise StoreBusy("one step was overtaken again and again")

    def _step(self, call: LiveCall, position: Position, brought: Input, incoming: Incoming, now: datetime) -> Reply:
        line, flow = self.lines.by_id(call.line_id, now), self.lines.flow(call.flow_hash)
        facts = line.facts(now)
        turn = _resumed(flow, position, heard_at(flow, position, brought), facts)
        step = self._walked(turn, flow, line, facts, call.key, call.visit, now, call)
        step = replace(step, turn=_with_emergency_privacy(step.turn))
        chosen = _newly_chosen(position, step.turn.position)
        number = caller_number(incoming.from_, line.region) if chosen else None

        advanced = self._advanced_row(call, step)
        kept = self._step_row(call.key, call.visit, step, self._fingerprint(call.key, brought), now)

        def work(connection: Connection) -> Reply:
            if _ADVANCE(connection, advanced).rowcount != 1:
                raise _Raced
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

    def _walked(
        self,
        turn: Turn,
        flow: Flow,
        line: LineRow,
        facts: dict[str, str],
        key: str,
        visit: int,
        now: datetime,
        call: LiveCall | None = None,
    ) -> Step:
        """Do what the flow asks of the application until it is the caller's turn again, then render."""
        writes: tuple[Write, ...] = ()
        while True:
            if isinstance(turn.awaits, AwaitAction):
                done, more = self._performed(turn, line, visit, now, call)
                turn, writes = _resumed(flow, turn.position, done, facts).after(turn.speak), writes + more
                continue
            officers = self._officers(turn, line, now)
            if isinstance(turn.awaits, AwaitOfficer) and not officers:
                turn = _resumed(flow, turn.position, Dialled(answered=False), facts).after(turn.speak)
                continue
            return Step(turn, self.render(turn, key, visit + 1, line, officers), writes)

    def _performed(
        self, turn: Turn, line: LineRow, visit: int, now: datetime, call: LiveCall | None
    ) -> tuple[Done, tuple[Write, ...]]:
        assert isinstance(turn.awaits, AwaitAction)  # noqa: S101 - narrows the type
        if call is None:
            return Done("error"), ()
        if call.remembered:
            raise _Raced  # an action may count a try or cost a second: only for what is read just now
        moment = Moment(
            self.store,
            self.secret,
            line,
            call.id,
            call.added_to,
            visit,
            turn.position,
            turn.awaits.keyed,
            now,
        )
        prepared = perform(turn.awaits.do, moment)
        return prepared.done, prepared.writes

    def _officers(self, turn: Turn, line: LineRow, now: datetime) -> list[OnDuty]:
        if not isinstance(turn.awaits, AwaitOfficer):
            return []
        with self.store.read() as connection:
            return on_duty(connection, line.unit_id, turn.awaits.group, self.secret, now)

    def _advanced_row(self, call: LiveCall, step: Step) -> dict[str, Any]:
        """The call's row after a step. Sealed here, before the one writer's turn: many callers wait for that."""
        position = step.turn.position
        return {
            "call": call.id,
            "awaited": call.visit,
            "visit": call.visit + 1,
            "node": position.node,
            "language": position.language,
            "position": self._seal_position(position, call.key),
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
        line = self.lines.by_id(call.line_id, now)
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
        if visit < call.visit and self._same_input(connection, call, visit, brought):
            return Reply(self._stored(connection, call.id, call.key, visit))
        return Reply(self._stored(connection, call.id, call.key, call.visit - 1))

    def _same_input(self, connection: Connection, call: LiveCall, visit: int, brought: Input) -> bool:
        query = select(steps.c.heard).where(steps.c.call_id == call.id, steps.c.visit == visit)
        heard = connection.execute(query).scalar_one_or_none()
        return heard is not None and secrets.compare_digest(bytes(heard), self._fingerprint(call.key, brought))

    def _stored(self, connection: Connection, call_id: int, key: str, visit: int) -> str | None:
        query = select(steps.c.answer).where(steps.c.call_id == call_id, steps.c.visit == visit)
        answer = connection.execute(query).scalar_one_or_none()
        if answer is None:
            return None
        try:
            return self.secret.decrypt("answer", bytes(answer), f"{key}/{visit}").decode()
        except UnsealError:
            return None

    def _step_row(self, key: str, visit: int, step: Step, heard: bytes | None, now: datetime) -> dict[str, Any]:
        """The step's own row, but for the call's id."""
        position = step.turn.position
        return {
            "visit": visit,
            "node": position.node,
            "language": position.language,
            "at": now,
            "heard": heard,
            "answer": self.secret.encrypt("answer", step.document.encode(), f"{key}/{visit}"),
        }

    def _fingerprint(self, key: str, brought: Input) -> bytes:
        parts = (brought.digits, brought.recording_id, str(brought.dial_answered), str(brought.hung_up))
        return self.secret.mac("heard", key.encode(), *(part.encode() for part in parts))

    def _position(self, call: LiveCall) -> Position:
        row = {"position": call.sealed_position, "key": call.key, "node": call.node, "language": call.language}
        return endings.position_of(row, self.secret)

    def _seal_position(self, position: Position, key: str) -> bytes:
        return self.secret.encrypt("position", position.to_json(), key)

    # ---- the officer's leg -----------------------------------------------------------------------------------------

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
        dialled = caller_number(number, self.lines.by_id(call.line_id, now).region)
        if dialled is None:
            return None
        with self.store.read() as connection:
            return officer_of_number(connection, call.unit_id, dialled, self.secret)

    def _present(self, key: str, now: datetime) -> tuple[LiveCall | None, Turn | None]:
        with self.store.read() as connection:
            call = live_call(connection, key)
        if call is None or call.ended:
            return None, None
        position = self._position(call)
        line = self.lines.by_id(call.line_id, now)
        return call, engine.again(self.lines.flow(call.flow_hash), position, line.facts(now))


# ---- decisions, pure -----------------------------------------------------------------------------------------------


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


def _resumed(flow: Flow, position: Position, heard: Heard, facts: dict[str, str]) -> Turn:
    """Walk on; a step that cannot be walked leads to the flow's own on_error path, never to silence."""
    try:
        return engine.resume(flow, position, heard, facts)
    except engine.FlowError:
        _log.exception("a flow could not be walked; node=%s flow=%s", position.node, flow.id)
        return engine.fail(flow, position, facts)


def _with_emergency_privacy(turn: Turn) -> Turn:
    """In an emergency help must be able to ring back, whatever was chosen before; the caller is told so."""
    variables = turn.position.variables
    if variables.get("emergency") != "yes" or "kept_for_help" in variables:
        return turn
    changed = {**variables, "privacy": privacy.CALL_BACK, "kept_for_help": "yes"}
    return replace(turn, position=replace(turn.position, variables=changed))


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


_FIRST_ROW = {
    name: insert_(calls).on_conflict_do_nothing(index_elements=["carrier", "carrier_call_id"]).returning(calls.c.id)
    for name, insert_ in INSERTS.items()
}
_KEEP_STEP = Prepared(insert(steps).values(_named("call_id", "visit", "node", "language", "at", "heard", "answer")))
_ADVANCE = Prepared(
    update(calls)
    .where(calls.c.id == bindparam("call"), calls.c.visit == bindparam("awaited"), calls.c.ended_at.is_(None))
    .values(_named("visit", "node", "language", "position", "chose", "reported", "emergency", "asked"))
)
