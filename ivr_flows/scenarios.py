"""Calls written down as data: what is heard, what is pressed, and where it must end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ivr_flows import engine
from ivr_flows.definition import Action, Flow
from ivr_flows.reading import FlowFileError, faults_of, read_list
from ivr_flows.turn import (
    AwaitAction,
    AwaitConversation,
    Awaited,
    AwaitHold,
    AwaitKeys,
    AwaitOfficer,
    AwaitRecording,
    Dialled,
    Done,
    End,
    Heard,
    Keys,
    Position,
    Recorded,
    Silence,
    Speak,
    StillRinging,
    Taken,
    Turn,
)

GOOD_OUTCOMES = ("ok", "found")
USUAL_FACTS = {"unit.name": "Demo", "hours.office": "open", "places": "01 02 03 04 05"}
"""What a scenario that says nothing about the moment takes for granted."""

MOST_ACTIONS = 20
"""In a row, without the caller; more is a circle."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Part):
    """One thing that happens in a call; exactly one field is given."""

    hear: str | None = None  # this prompt was just spoken
    press: str | None = None  # keys; a `#` or `*` at the end is the key that ended them
    wait: Literal[True] | None = None  # the caller stays silent
    record: int | None = Field(default=None, ge=0)  # speaks for so many seconds
    key: str | None = None  # with `record`: the key that ended it
    taken: Literal[True] | None = None  # of those rung together one takes the call; `answered` when they have spoken
    answered: Literal[True] | None = None  # an officer took the call, and the two have spoken
    unanswered: Literal[True] | None = None
    hangup: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_thing_at_a_time(self) -> Self:
        if len(self.model_fields_set - {"key"}) != 1 or ("key" in self.model_fields_set and self.record is None):
            raise ValueError("one thing at a time: hear, press, wait, record, taken, answered, unanswered or hangup")
        return self

    def __str__(self) -> str:
        return " ".join(f"{name} {getattr(self, name)}" for name in self.model_fields_set)


class Then(_Part):
    """How it must stand at the end; what is not named is not looked at."""

    ends: bool | None = None
    node: str | None = None
    language: str | None = None
    variables: dict[str, str | None] = Field(default_factory=dict)  # null: must not be set
    actions: list[str] | None = None  # all that the application was asked to do, in order


class Scenario(_Part):
    """One call. `outcomes` says what actions answer (default: ok or found), `brings` what variables they add."""

    name: str
    language: str | None = None  # as if chosen before the first step
    facts: dict[str, str] = Field(default_factory=dict)
    steps: list[Step] = Field(min_length=1)
    outcomes: dict[str, str | list[str]] = Field(default_factory=dict)  # a list: one after the other
    brings: dict[str, dict[str, str]] = Field(default_factory=dict)
    then: Then = Then()


_SCENARIOS = TypeAdapter(list[Scenario])


def load_scenarios(path: Path) -> list[Scenario]:
    """The scenarios of a file, or of all files of a folder by name. FlowFileError."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return [scenario for file in files for scenario in _scenarios(file)]


def _scenarios(file: Path) -> list[Scenario]:
    try:
        return _SCENARIOS.validate_python(read_list(file))
    except ValidationError as error:
        raise FlowFileError(*faults_of(error, lambda _: file.name)) from None


def play(flow: Flow, scenario: Scenario) -> list[str]:
    """Walk one call through the engine; what did not go as written, or nothing."""
    call = _Played(flow, scenario)
    for number, step in enumerate(scenario.steps, start=1):
        if problem := call.take(step):
            return [f"step {number} ({step}): {problem}"]
    return list(_differences(scenario.then, call))


class _Played:
    """A call under way. Positions go through JSON at every step, as they do between two webhooks."""

    def __init__(self, flow: Flow, scenario: Scenario) -> None:
        self._flow, self._outcomes, self._brings = flow, scenario.outcomes, scenario.brings
        self._facts = {**USUAL_FACTS, **scenario.facts}
        self.actions: list[str] = []
        self._spoken: tuple[Speak, ...] = ()
        self._awaited: Awaited = End()
        self._arrive(engine.start(self._speaking(scenario.language), self._facts))

    def _speaking(self, language: str | None) -> Flow:
        return self._flow.model_copy(update={"default_language": language}) if language else self._flow

    def take(self, step: Step) -> str:
        """Do one step; what is wrong with it, or nothing."""
        if step.hear:
            heard = [speak.prompt for speak in self._spoken]
            return "" if step.hear in heard else f"heard {', '.join(heard) or 'nothing'}"
        if isinstance(self._awaited, End):
            return "the call had ended"
        if step.hangup:
            self._arrive(engine.hang_up(self._flow, self.position, self._facts))
            return ""
        heard_now = _heard(step, self._awaited)
        if heard_now is None:
            return f"the call was at {self.position.node}, waiting for {type(self._awaited).__name__}"
        self._arrive(engine.resume(self._flow, self.position, heard_now, self._facts))
        return ""

    def _arrive(self, turn: Turn) -> None:
        while isinstance(turn.awaits, AwaitAction) and len(self.actions) < MOST_ACTIONS:
            turn = engine.resume(self._flow, turn.position, self._done(turn), self._facts).after(turn.speak)
        self._spoken, self._awaited = turn.speak, turn.awaits
        self.position = Position.from_json(turn.position.to_json())

    def _done(self, turn: Turn) -> Done:
        node = self._flow.nodes[turn.position.node]
        if not isinstance(node, Action):
            return Done("error")
        earlier = self.actions.count(node.do)
        self.actions.append(node.do)
        outcome = _outcome(self._outcomes.get(node.do), earlier, node)
        return Done(outcome, self._brings.get(node.do, {}) if outcome != "error" else {})


def _outcome(written: str | list[str] | None, earlier: int, action: Action) -> str:
    """The outcome as written, the last of a list for ever; unwritten, the first good one of the node."""
    if isinstance(written, str):
        return written
    if written:
        return written[min(earlier, len(written) - 1)]
    return next((good for good in GOOD_OUTCOMES if good in action.exits), "error")


def _heard(step: Step, awaited: Awaited) -> Heard | None:
    """What a step is in the engine's words; None if nobody waits for such a thing now."""
    match awaited:
        case AwaitKeys(finish_on=""):
            return Silence() if step.wait else Keys(step.press) if step.press else None
        case AwaitKeys():
            return Silence() if step.wait else _entry(step.press) if step.press else None
        case AwaitRecording():
            if step.press:
                return Recorded(0, step.press)
            return Recorded(0) if step.wait else _recorded(step)
        case AwaitOfficer(strategy="together") | AwaitHold():
            return _rung_together(step)
        case AwaitOfficer() | AwaitConversation():
            answers = step.answered or step.unanswered or step.wait
            return Dialled(bool(step.answered)) if answers else None
        case _:
            return None


def _rung_together(step: Step) -> Heard | None:
    if step.wait:
        return StillRinging()
    if step.taken:
        return Taken()
    return Dialled(bool(step.answered)) if step.answered or step.unanswered else None


def _recorded(step: Step) -> Recorded | None:
    return None if step.record is None else Recorded(step.record, step.key or "")


def _entry(keys: str) -> Keys:
    return Keys(keys[:-1], "#") if keys.endswith("#") else Keys(keys)


def _differences(then: Then, call: _Played) -> Iterator[str]:
    at, wanted = call.position, then.model_fields_set
    found = {"ends": at.ended, "node": at.node, "language": at.language, "actions": call.actions}
    for name in wanted & found.keys():
        if getattr(then, name) != found[name]:
            yield f"{name}: {found[name]!r}, not {getattr(then, name)!r}"
    for name, value in then.variables.items():
        if at.variables.get(name) != value:
            yield f"variable {name}: {at.variables.get(name)!r}, not {value!r}"
