"""Whatever a caller, a carrier or the application does: the call ends, survives its storage, and can be hung up."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_flows import engine
from ivr_flows.definition import Action, Flow
from ivr_flows.loader import canonical_json, flow_from_json, load_flow, shipped_flow
from ivr_flows.turn import AwaitAction, Dialled, Done, End, Heard, Keys, Position, Recorded, Silence, Turn
from tests.ivr_flows.conftest import SMALL

FLOWS = st.sampled_from([shipped_flow(), load_flow(SMALL / "flow.yaml")])

KEY = st.sampled_from("0123456789*#")
HEARD: st.SearchStrategy[Heard] = st.one_of(
    st.builds(Keys, KEY),
    st.builds(Keys, st.text("0123456789*#", max_size=14), st.sampled_from(["", "#", "*"])),
    st.builds(Keys, st.text(max_size=5)),
    st.just(Silence()),
    st.builds(Recorded, st.none() | st.integers(0, 300), st.just("") | KEY),
    st.builds(Dialled, st.booleans()),
)
OUTCOMES = st.sampled_from(["ok", "found", "unknown", "typo", "locked", "error", "nonsense"])
FACTS = st.fixed_dictionaries(
    {"unit.name": st.text(max_size=8)},
    optional={"hours.office": st.sampled_from(["open", "closed", ""]), "places": st.just("01 02 16")},
)


def stored(position: Position) -> Position:
    """The position as the next webhook finds it."""
    again = Position.from_json(position.to_json())
    assert again == position
    return again


def step(flow: Flow, turn: Turn, heard: Heard, outcome: str, facts: dict[str, str]) -> Turn:
    """The next turn: an action is answered by the application, everything else by the caller."""
    acting = isinstance(turn.awaits, AwaitAction)
    return engine.resume(flow, stored(turn.position), Done(outcome) if acting else heard, facts)


def check_hang_up(flow: Flow, position: Position, outcome: str, facts: dict[str, str]) -> None:
    turn = engine.hang_up(flow, stored(position), facts)
    assert turn.speak == ()
    asked = []
    while isinstance(turn.awaits, AwaitAction):
        asked.append(turn.awaits.do)
        turn = engine.resume(flow, stored(turn.position), Done(outcome), facts)
    assert turn.awaits == End()
    assert asked == ([] if position.ended else ["finish_call"])


@given(flow=FLOWS, walk=st.lists(st.tuples(HEARD, OUTCOMES), max_size=60), facts=FACTS)
@settings(max_examples=150, deadline=None)
def test_every_walk_ends_and_can_be_hung_up_anywhere(
    flow: Flow, walk: list[tuple[Heard, str]], facts: dict[str, str]
) -> None:
    turn = engine.start(flow, facts)
    for heard, outcome in walk:
        check_hang_up(flow, turn.position, outcome, facts)
        turn = step(flow, turn, heard, outcome, facts)
        assert turn.position.ended == isinstance(turn.awaits, End)
        assert not any("{" in speak.text for speak in turn.speak)
    for _ in range(flow.limits.steps_per_call):
        turn = step(flow, turn, Silence(), "ok", facts)
    assert turn.position.ended
    assert turn.position.steps <= flow.limits.steps_per_call


@given(flow=FLOWS, heard=HEARD, outcome=OUTCOMES, facts=FACTS)
@settings(max_examples=100, deadline=None)
def test_the_same_thing_for_ever_comes_to_an_end(flow: Flow, heard: Heard, outcome: str, facts: dict[str, str]) -> None:
    turn = engine.start(flow, facts)
    for _ in range(flow.limits.steps_per_call):
        turn = step(flow, turn, heard, outcome, facts)
    assert turn.position.ended


@given(flow=FLOWS, walk=st.lists(st.tuples(HEARD, OUTCOMES), max_size=20), facts=FACTS)
@settings(max_examples=50, deadline=None)
def test_a_stored_flow_walks_like_the_file_it_came_from(
    flow: Flow, walk: list[tuple[Heard, str]], facts: dict[str, str]
) -> None:
    kept = flow_from_json(canonical_json(flow))
    turn = engine.start(flow, facts)
    assert engine.start(kept, facts) == turn
    for heard, outcome in walk:
        twin = step(kept, turn, heard, outcome, facts)
        turn = step(flow, turn, heard, outcome, facts)
        assert twin == turn


@given(position=st.builds(Position, node=st.sampled_from([*shipped_flow().nodes, "gone"]), language=st.just("vi")))
@settings(max_examples=100, deadline=None)
def test_secret_digits_are_never_in_a_position(position: Position) -> None:
    flow = shipped_flow()
    turn = engine.resume(flow, position, Keys("739182640517", "#"), {"places": "01"})
    assert b"739182640517" not in turn.position.to_json()
    if isinstance(turn.awaits, AwaitAction) and turn.awaits.keyed:
        assert isinstance(flow.nodes[turn.position.node], Action)
