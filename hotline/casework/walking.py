"""From what was heard to what the caller hears next: all that the flow asks of the application on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from hotline.casework import ringings
from hotline.casework.actions import Moment, Write, perform
from hotline.casework.hearing import resumed
from hotline.casework.lines import LineRow
from hotline.casework.live_calls import LiveCall, RacedError
from hotline.casework.ringings import Looked
from hotline.casework.roster import OnDuty, on_duty
from ivr_flows.definition import Dial, Flow
from ivr_flows.turn import AwaitAction, AwaitConversation, AwaitOfficer, Dialled, Done, Turn
from ivr_flows.wording import words
from storage.database import Store
from storage.sealing import ApplicationSecret


class Renderer(Protocol):
    def __call__(self, turn: Turn, call_key: str, visit: int, line: LineRow, officers: Sequence[OnDuty]) -> str:
        """Write a turn in the carrier's language; `visit` is the one that the document awaits next."""


@dataclass(frozen=True)
class Scene:
    """The call that is walked on, and the moment. `call` is None at its first webhook: it has no row yet."""

    line: LineRow
    flow: Flow
    facts: dict[str, str]
    key: str
    visit: int
    now: datetime
    call: LiveCall | None = None


@dataclass(frozen=True)
class Step:
    """A turn decided and rendered, with all that is to be written together with it."""

    turn: Turn
    document: str
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True)
class Walker:
    """Walks until it is the caller's turn again. Writes nothing: what is to be written goes with the step."""

    store: Store
    secret: ApplicationSecret
    render: Renderer
    rings_together: bool

    def walk(self, turn: Turn, scene: Scene, looked: Looked | None = None) -> Step:
        """Do what the flow asks of the application, then render. Raises RacedError, receipts.LocatorTakenError."""
        writes = looked.writes if looked else ()
        rung_before = scene.call is not None and isinstance(scene.flow.nodes.get(scene.call.node), Dial)
        while True:
            officers: list[OnDuty] = []
            match turn.awaits:
                case AwaitAction() as asked:
                    done, more = self._performed(turn, asked, scene)
                    turn, writes = self._resumed(turn, done, scene), writes + more
                    continue
                case AwaitOfficer(group=group) as ring:
                    officers = self._on_duty(group, scene)
                    if not officers:
                        turn = _without_its_words(turn, scene) if rung_before else turn
                        turn, rung_before = self._resumed(turn, Dialled(answered=False), scene), True
                        continue
                    turn, more = self._rung(turn, ring, officers, scene)
                    writes += more
                case AwaitConversation():
                    turn = replace(turn, awaits=AwaitConversation(looked.room if looked else ""))
            return Step(turn, self.render(turn, scene.key, scene.visit + 1, scene.line, officers), writes)

    def _resumed(self, turn: Turn, heard: Done | Dialled, scene: Scene) -> Turn:
        return resumed(scene.flow, turn.position, heard, scene.facts).after(turn.speak)

    def _performed(self, turn: Turn, asked: AwaitAction, scene: Scene) -> tuple[Done, tuple[Write, ...]]:
        call = scene.call
        if call is None:
            return Done("error"), ()
        if call.remembered:
            raise RacedError  # an action may count a try or cost a second: only for what is read just now
        moment = Moment(
            self.store,
            self.secret,
            scene.line,
            call.id,
            call.added_to,
            scene.visit,
            turn.position,
            asked.keyed,
            scene.now,
        )
        prepared = perform(asked.do, moment)
        return prepared.done, prepared.writes

    def _on_duty(self, group: str, scene: Scene) -> list[OnDuty]:
        with self.store.read() as connection:
            return on_duty(connection, scene.line.unit_id, group, self.secret, scene.now)

    def _rung(
        self, turn: Turn, ring: AwaitOfficer, officers: Sequence[OnDuty], scene: Scene
    ) -> tuple[Turn, tuple[Write, ...]]:
        """Ring them together where the flow wants it and the carrier can; else the carrier rings one after another."""
        if ring.strategy != "together":
            return turn, ()
        if scene.call is None or not self.rings_together:
            return replace(turn, awaits=replace(ring, strategy="sequential", record=False)), ()
        position = turn.position
        planned = ringings.plan(ring, officers, scene.call.id, scene.visit, position, scene.line.places, scene.now)
        return ringings.recorded_once(turn, ring), (planned,)


def _without_its_words(turn: Turn, scene: Scene) -> Turn:
    """A turn that does not promise to ring others where there are none. What the first ringing says stays: that the
    call is recorded and the number kept, and whom else to call."""
    node = scene.flow.nodes[turn.position.node]
    said = words(scene.flow, turn.position, node.prompt, scene.facts) if isinstance(node, Dial) else ()
    return replace(turn, speak=turn.speak[: len(turn.speak) - len(said)])
