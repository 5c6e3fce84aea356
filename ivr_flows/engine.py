"""The walk through a flow. Pure: a flow, a position and what was heard always give the same next turn."""

from collections.abc import Mapping
from dataclasses import replace

from ivr_flows.definition import (
    REPEAT,
    Action,
    Call,
    Dial,
    Digits,
    Flow,
    Hangup,
    Menu,
    Node,
    Record,
    Say,
    Switch,
    Target,
)
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
from ivr_flows.wording import FlowError, needs_interpreter, words

__all__ = ["FlowError", "again", "fail", "hang_up", "resume", "start"]

Facts = Mapping[str, str]

SHORTEST_RECORDING_S = 2
"""Below this a recording is a click or a breath; a carrier that does not say how long it was is believed."""
HOLD_SECONDS = 2
"""How long a caller holds the line before it is looked whether an officer has taken the call."""
HOLDS_A_WORD = 4
"""Of so many looks in a row one begins with a word, so that the line does not seem dead."""


def start(flow: Flow, facts: Facts) -> Turn:
    """The first turn of a call."""
    return _walk(flow, Position(node=flow.start, language=flow.default_language), facts)


def resume(flow: Flow, position: Position, heard: Heard, facts: Facts) -> Turn:
    """The turn after something was heard. What this place cannot hear makes it speak again."""
    if position.ended:
        return _end(position)
    match flow.nodes.get(position.node), heard:
        case None, _:
            return fail(flow, position, facts)
        case Menu() as menu, Keys() | Silence():
            return _after_menu(flow, position, menu, heard, facts)
        case Digits() as digits, Keys() | Silence():
            return _after_digits(flow, position, digits, heard, facts)
        case Record() as record, Recorded():
            return _after_recording(flow, position, record, heard, facts)
        case Record() as record, Silence():
            return _after_recording(flow, position, record, Recorded(0), facts)
        case Dial() as dial, Dialled(answered=True):
            return _follow(flow, position, dial.exits.get("answered"), facts)
        case Dial() as dial, Dialled() | Silence():
            return _follow(flow, position, dial.exits.get("unanswered"), facts)
        case Dial() as dial, StillRinging():
            return _hold(flow, position, dial, facts)
        case Dial(), Taken():
            return Turn((), AwaitConversation(), position)
        case Action() as action, Done():
            return _after_action(flow, position, action, heard, facts)
        case _:
            return again(flow, position, facts)


def again(flow: Flow, position: Position, facts: Facts) -> Turn:
    """The current node once more, without counting an attempt."""
    return _end(position) if position.ended else _walk(flow, position, facts)


def fail(flow: Flow, position: Position, facts: Facts) -> Turn:
    """Something broke: take the flow's on_error path, and hang up if that one breaks too."""
    if position.ended or position.failed:
        return _end(position)
    return _walk(flow, replace(position, node=flow.on_error, failed=True, attempt=1, returns=()), facts)


def hang_up(flow: Flow, position: Position, facts: Facts) -> Turn:
    """The caller is gone: walk on_hangup without a word, to an action or to the end."""
    if position.ended:
        return _end(position)
    turn = _walk(flow, _hung_up(flow, position), facts)
    if isinstance(turn.awaits, AwaitAction):
        return Turn((), turn.awaits, turn.position)
    return _end(turn.position)


def _hung_up(flow: Flow, position: Position) -> Position:
    """At the head of on_hangup, with steps enough to walk it and no way back to the caller."""
    left = flow.limits.steps_per_call - flow.limits.steps_between_inputs
    steps = min(position.steps, left)
    return replace(position, node=flow.on_hangup, steps=steps, attempt=1, returns=(), failed=True)


# ---- what each place makes of what it heard ----


def _after_menu(flow: Flow, position: Position, menu: Menu, heard: Keys | Silence, facts: Facts) -> Turn:
    pressed = (heard.keys or heard.finished) if isinstance(heard, Keys) else ""
    if not pressed:
        return _try_again(flow, position, menu, facts, silent=True)
    if pressed in menu.options:
        return _follow(flow, position, menu.options[pressed], facts)
    if pressed in flow.global_keys:
        return _leave(flow, position, flow.global_keys[pressed], facts)
    return _try_again(flow, position, menu, facts, silent=False)


def _after_digits(flow: Flow, position: Position, node: Digits, heard: Keys | Silence, facts: Facts) -> Turn:
    keyed, finished = _entry(heard)
    if finished == "*":
        return _back_to_menu(flow, position, node, heard, facts)
    if not keyed and finished == "#" and node.skip:
        return _follow(flow, position, node.skip, facts)
    if not keyed:
        return _try_again(flow, position, node, facts, silent=True)
    if not _valid(node, keyed, facts):
        return _try_again(flow, position, node, facts, silent=False)
    if node.secret:
        return _follow(flow, position, node.next, facts, keyed=keyed)
    return _follow(flow, _with(position, {node.save_as: keyed}), node.next, facts)


def _back_to_menu(flow: Flow, position: Position, node: Digits, heard: Keys | Silence, facts: Facts) -> Turn:
    """Go back; a global key pressed right behind the star already counts: who is in danger presses `*9` in one go."""
    hurried = heard.keys.partition("*")[2][:1] if isinstance(heard, Keys) else ""
    if hurried in flow.global_keys and flow.global_keys[hurried].next != REPEAT:
        return _leave(flow, position, flow.global_keys[hurried], facts)
    return _follow(flow, position, node.back, facts)


def _after_recording(flow: Flow, position: Position, node: Record, heard: Recorded, facts: Facts) -> Turn:
    heard_something = heard.seconds is None or heard.seconds >= SHORTEST_RECORDING_S
    position = _with(position, {"recorded": "yes"}) if heard_something else position
    exit_ = node.exits.get("recorded" if heard_something else "empty")
    return _follow(flow, position, node.keys.get(heard.key, exit_), facts)


def _hold(flow: Flow, position: Position, dial: Dial, facts: Facts) -> Turn:
    """Hold the line once more. It is no step of the walk: how long it takes is the officers' doing."""
    held = replace(position, attempt=position.attempt + 1)
    speaks = dial.waiting is not None and position.attempt % HOLDS_A_WORD == 0
    spoken = words(flow, position, dial.waiting, facts) if speaks and dial.waiting else ()
    return Turn(spoken, AwaitHold(HOLD_SECONDS), held)


def _after_action(flow: Flow, position: Position, action: Action, done: Done, facts: Facts) -> Turn:
    exit_ = action.exits.get(done.outcome) or action.exits.get("error")
    return _follow(flow, _with(position, done.variables), exit_, facts)


def _entry(heard: Keys | Silence) -> tuple[str, str]:
    """The digits and the key that ended them, whether or not the carrier told the two apart."""
    if isinstance(heard, Silence):
        return "", ""
    if "*" in heard.keys or heard.finished == "*":
        return "", "*"
    digits, hash_key, _ = heard.keys.partition("#")
    return digits, hash_key or heard.finished


def _valid(node: Digits, keyed: str, facts: Facts) -> bool:
    if node.allowed is not None:
        return keyed in facts.get(node.allowed, "").split()
    return len(keyed) == node.length and keyed.isascii() and keyed.isdigit()


def _try_again(flow: Flow, position: Position, node: Menu | Digits, facts: Facts, silent: bool) -> Turn:
    """Say what went wrong, then the prompt once more and slower; after the last try let the caller go on."""
    if position.attempt >= (node.tries or flow.defaults.tries):
        released = node.skip if silent and isinstance(node, Digits) and node.skip else node.give_up
        return _follow(flow, position, released, facts)
    name = (node.no_input or flow.defaults.no_input) if silent else (node.no_match or flow.defaults.no_match)
    spoken = words(flow, position, name, facts, everyone=_to_everyone(node))
    return _walk(flow, replace(position, attempt=position.attempt + 1), facts, spoken)


# ---- going on ----


def _follow(flow: Flow, position: Position, target: Target | None, facts: Facts, keyed: str = "") -> Turn:
    if target is None:
        return fail(flow, position, facts)
    return _walk(flow, _moved(flow, position, target), facts, keyed=keyed)


def _leave(flow: Flow, position: Position, target: Target, facts: Facts) -> Turn:
    """Follow a global key: out of every sub-flow, except where it only repeats."""
    here = position if target.next == REPEAT else replace(position, returns=())
    return _follow(flow, here, target, facts)


def _walk(flow: Flow, position: Position, facts: Facts, spoken: tuple[Speak, ...] = (), keyed: str = "") -> Turn:
    """From the position's node through all that needs nobody, to the next place that waits for someone."""
    for _ in range(flow.limits.steps_between_inputs):
        node = flow.nodes.get(position.node)
        if node is None or _out_of_steps(flow, position):
            break
        position = replace(position, steps=position.steps + 1)
        match node:
            case Say():
                spoken += words(flow, position, node.prompt, facts, bargein=node.bargein)
                position = _moved(flow, position, node.next)
            case Switch():
                value = position.variables.get(node.by, facts.get(node.by, ""))
                position = _moved(flow, position, node.cases.get(value, node.otherwise))
            case Call():
                position = _into(flow, position, node)
            case Hangup() if position.returns:
                position = replace(position, node=position.returns[-1], returns=position.returns[:-1])
            case Hangup():
                return _end(position, spoken)
            case _:
                return _wait(flow, position, node, facts, spoken, keyed)
        keyed = ""
    return fail(flow, position, facts).after(spoken)


def _out_of_steps(flow: Flow, position: Position) -> bool:
    """A call may walk `steps_per_call` nodes; its last `steps_between_inputs` are kept for on_error."""
    kept = 0 if position.failed else flow.limits.steps_between_inputs
    return position.steps >= flow.limits.steps_per_call - kept


def _moved(flow: Flow, position: Position, target: Target) -> Position:
    position = _with(position, target.set)
    language = target.set.get("language", position.language)
    if language in flow.languages:
        position = replace(position, language=language)
    return position if target.next == REPEAT else replace(position, node=target.next, attempt=1)


def _into(flow: Flow, position: Position, call: Call) -> Position:
    """Enter a sub-flow. What `next` sets is set on the way in."""
    inside = Target(next=call.entry, set=call.next.set)
    return _moved(flow, replace(position, returns=(*position.returns, call.next.next)), inside)


def _with(position: Position, variables: Mapping[str, str]) -> Position:
    return replace(position, variables={**position.variables, **variables}) if variables else position


def _end(position: Position, spoken: tuple[Speak, ...] = ()) -> Turn:
    return Turn(spoken, End(), replace(position, ended=True))


# ---- what a place says and waits for ----


def _wait(flow: Flow, position: Position, node: Node, facts: Facts, spoken: tuple[Speak, ...], keyed: str) -> Turn:
    if isinstance(node, Menu | Digits | Record | Dial):
        spoken += words(
            flow,
            position,
            node.prompt,
            facts,
            slow=position.attempt > 1,
            bargein=node.bargein if isinstance(node, Menu) else True,
            everyone=_to_everyone(node),
        )
    if needs_interpreter(flow, position, spoken):
        position = _with(position, {"interpreter": "yes"})
    return Turn(spoken, _awaited(flow, position, node, facts, keyed), position)


def _to_everyone(node: Node) -> bool:
    return isinstance(node, Menu) and node.speak_in == "all"


def _awaited(flow: Flow, position: Position, node: Node, facts: Facts, keyed: str) -> Awaited:
    match node:
        case Menu():
            return AwaitKeys(1, node.timeout or flow.defaults.timeout)
        case Digits():
            return AwaitKeys(node.length, node.timeout or flow.defaults.timeout, finish_on="#")
        case Record():
            return AwaitRecording(node.max_seconds, node.silence_seconds, node.finish_on)
        case Dial():
            whisper = _whisper(flow, position, node, facts)
            screened = node.screen == "press_1"
            return AwaitOfficer(node.group, node.strategy, screened, node.ring_seconds, whisper, node.record)
        case Action():
            return AwaitAction(node.do, keyed)
        case _:
            return End()


def _whisper(flow: Flow, position: Position, dial: Dial, facts: Facts) -> Speak | None:
    """What the officer hears, in the unit's own language whatever the caller speaks."""
    if dial.whisper is None:
        return None
    at_home = replace(position, language=flow.default_language)
    return words(flow, at_home, dial.whisper, facts)[0]
