"""What a caller hears next, whatever the caller does."""

import pytest

from ivr_flows import engine
from ivr_flows.definition import Flow
from ivr_flows.turn import (
    AwaitAction,
    AwaitConversation,
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
    StillRinging,
    Taken,
    Turn,
)

FACTS = {"unit.name": "Mẫu", "hours.office": "open", "places": "01 02 16"}


def heard_after(flow: Flow, *heard: Heard, facts: dict[str, str] = FACTS) -> Turn:
    """The turn after a call in which these were heard, one after the other."""
    turn = engine.start(flow, facts)
    for one in heard:
        turn = engine.resume(flow, Position.from_json(turn.position.to_json()), one, facts)
    return turn


def prompts(turn: Turn) -> list[str]:
    return [speak.prompt for speak in turn.speak]


def spoken_in(turn: Turn) -> list[str]:
    return [speak.language for speak in turn.speak]


TO_MAIN = Keys("1")
TO_PLACE = (TO_MAIN, Keys("1"))
TO_REPORT = (*TO_PLACE, Keys("02"))


def test_the_first_turn_greets_and_asks_in_every_language_that_can_be_spoken(small: Flow) -> None:
    turn = heard_after(small)
    assert prompts(turn) == ["welcome", "language", "language", "language"]
    assert spoken_in(turn) == ["vi", "vi", "en", "tyz"]
    assert turn.speak[0].text == "Đường dây nóng Mẫu."
    assert not turn.speak[0].bargein
    assert turn.awaits == AwaitKeys(length=1, timeout=6)


def test_a_language_is_switched_and_kept(small: Flow) -> None:
    turn = heard_after(small, Keys("2"))
    assert turn.position.language == "en"
    assert [speak.tag for speak in turn.speak] == ["en-US"]


def test_a_key_leads_on_and_is_remembered(small: Flow) -> None:
    turn = heard_after(small, *TO_PLACE)
    assert turn.position.node == "place"
    assert turn.position.variables["category"] == "noise"


def test_silence_and_a_wrong_key_are_told_apart(small: Flow) -> None:
    assert prompts(heard_after(small, TO_MAIN, Silence())) == ["main.no_input", "main"]
    assert prompts(heard_after(small, TO_MAIN, Keys(""))) == ["main.no_input", "main"]
    assert prompts(heard_after(small, TO_MAIN, Keys("7"))) == ["sys.no_match", "main"]


def test_the_second_time_is_slower(small: Flow) -> None:
    turn = heard_after(small, TO_MAIN, Silence())
    assert [speak.slow for speak in turn.speak] == [False, True]


def test_silence_and_wrong_keys_share_the_tries(small: Flow) -> None:
    turn = heard_after(small, TO_MAIN, Keys("7"), Silence())
    assert turn.position.node == "officer"


def test_who_stays_silent_reaches_an_officer_or_a_recording(small: Flow) -> None:
    closed = {**FACTS, "hours.office": "closed"}
    assert isinstance(heard_after(small, *[Silence()] * 3).awaits, AwaitOfficer)
    assert isinstance(heard_after(small, *[Silence()] * 3, facts=closed).awaits, AwaitRecording)


def test_the_emergency_key_works_in_every_menu(small: Flow) -> None:
    for before in ([], [TO_MAIN], [TO_MAIN, Silence()]):
        turn = heard_after(small, *before, Keys("9"))
        assert turn.position.node == "help"
        assert turn.position.variables["emergency"] == "yes"


def test_star_says_it_again_and_costs_no_try(small: Flow) -> None:
    turn = heard_after(small, TO_MAIN, Silence(), Keys("*"))
    assert prompts(turn) == ["main"]
    assert turn.position.attempt == 2
    assert heard_after(small, TO_MAIN, *[Keys("*")] * 5).position.node == "main"


def test_whoever_repeats_for_ever_is_recorded_at_last_and_then_released(small: Flow) -> None:
    turn, recorded = heard_after(small, TO_MAIN), False
    for _ in range(small.limits.steps_per_call):
        turn = engine.resume(small, turn.position, Keys("*"), FACTS)
        recorded |= isinstance(turn.awaits, AwaitRecording)
    assert recorded
    assert turn.awaits == End()
    assert turn.position.steps <= small.limits.steps_per_call


@pytest.mark.parametrize("keys", [Keys("02"), Keys("02#"), Keys("02", "#")])
def test_a_place_on_the_card_is_kept(small: Flow, keys: Keys) -> None:
    turn = heard_after(small, *TO_PLACE, keys)
    assert turn.position.variables["place"] == "02"
    assert turn.awaits == AwaitRecording(max_seconds=60, silence_seconds=5, finish_on="#9")


@pytest.mark.parametrize("keys", ["03", "2", "020", "٠٢", "9"])
def test_a_place_that_is_not_on_the_card_is_asked_again(small: Flow, keys: str) -> None:
    turn = heard_after(small, *TO_PLACE, Keys(keys))
    assert prompts(turn) == ["sys.no_match", "place"]
    assert "place" not in turn.position.variables


def test_who_is_in_danger_while_asked_for_a_place_presses_star_nine_in_one_go(small: Flow) -> None:
    asked = heard_after(small, *TO_PLACE)
    assert small.nodes[asked.position.node].type == "digits"
    turn = heard_after(small, *TO_PLACE, Keys("*9"))
    assert turn.position.variables["emergency"] == "yes"
    assert heard_after(small, *TO_PLACE, Keys("**")).position == heard_after(small, *TO_PLACE, Keys("*")).position


@pytest.mark.parametrize("skipping", [Keys("", "#"), Keys("#")])
def test_hash_skips_a_place_at_once(small: Flow, skipping: Keys) -> None:
    assert heard_after(small, *TO_PLACE, skipping).position.node == "report"


def test_silence_skips_a_place_after_the_last_try(small: Flow) -> None:
    assert heard_after(small, *TO_PLACE, Silence()).position.node == "place"
    assert heard_after(small, *TO_PLACE, Silence(), Silence()).position.node == "report"


@pytest.mark.parametrize("back", [Keys("*"), Keys("0*"), Keys("", "*"), Keys("*5")])
def test_star_goes_back_to_the_menu_from_a_digit_entry(small: Flow, back: Keys) -> None:
    assert heard_after(small, *TO_PLACE, back).position.node == "main"


def test_secret_digits_reach_the_action_and_nothing_else(small: Flow) -> None:
    turn = heard_after(small, TO_MAIN, Keys("2"), Keys("4711"))
    assert turn.awaits == AwaitAction("lookup", keyed="4711")
    assert b"4711" not in turn.position.to_json()
    after = engine.resume(small, turn.position, Done("unknown"), FACTS)
    assert after.position.node == "code"


def test_secret_digits_of_the_wrong_length_are_asked_again(small: Flow) -> None:
    assert prompts(heard_after(small, TO_MAIN, Keys("2"), Keys("47", "#"))) == ["sys.no_match", "code"]


@pytest.mark.parametrize(
    ("seconds", "node"), [(None, "save"), (2, "save"), (60, "save"), (1, "officer"), (0, "officer")]
)
def test_a_click_is_not_a_recording(small: Flow, seconds: int | None, node: str) -> None:
    turn = heard_after(small, *TO_REPORT, Recorded(seconds))
    assert turn.position.node == node
    assert (turn.position.variables.get("recorded") == "yes") == (node == "save")


def test_a_key_during_the_recording_leads_to_help_and_keeps_what_was_said(small: Flow) -> None:
    turn = heard_after(small, *TO_REPORT, Recorded(12, "9"))
    assert turn.position.node == "help"
    assert turn.position.variables["recorded"] == "yes"


def test_a_carrier_that_skips_the_recording_is_taken_for_silence(small: Flow) -> None:
    assert heard_after(small, *TO_REPORT, Silence()).position.node == "officer"


def test_an_action_says_what_it_brought(small: Flow) -> None:
    turn = heard_after(small, *TO_REPORT, Recorded(12), Done("ok", {"code": "1 2 3 4"}))
    assert turn.speak[0].text == "Mã của bà con là 1 2 3 4."
    assert prompts(turn) == ["receipt", "bye"]
    assert turn.awaits == End()
    assert turn.position.ended


@pytest.mark.parametrize("outcome", ["error", "never heard of"])
def test_an_action_that_fails_takes_the_exit_for_errors(small: Flow, outcome: str) -> None:
    assert heard_after(small, *TO_REPORT, Recorded(12), Done(outcome)).position.node == "trouble"


def test_officers_are_rung_with_a_whisper_in_the_language_of_the_unit(small: Flow) -> None:
    turn = heard_after(small, Keys("2"), Silence(), Silence())
    assert isinstance(turn.awaits, AwaitOfficer)
    assert turn.speak[-1].language == "en"
    assert turn.awaits.whisper is not None
    assert turn.awaits.whisper.language == "vi"
    assert (turn.awaits.group, turn.awaits.screen, turn.awaits.ring_seconds) == ("duty", True, 20)


def test_an_officer_who_answers_ends_the_call_and_one_who_does_not_leaves_a_recorder(small: Flow) -> None:
    rung = heard_after(small, *[Silence()] * 3)
    assert engine.resume(small, rung.position, Dialled(True), FACTS).awaits == End()
    assert engine.resume(small, rung.position, Dialled(False), FACTS).position.node == "trouble"
    assert engine.resume(small, rung.position, Silence(), FACTS).position.node == "trouble"


def rung_together(small: Flow) -> tuple[Flow, Turn]:
    """The small flow, with its officers rung together, and the turn with which that begins."""
    together = {"strategy": "together", "waiting": "sys.no_input", "record": True}
    nodes = {**small.nodes, "help": small.nodes["help"].model_copy(update=together)}
    flow = small.model_copy(update={"nodes": nodes})
    return flow, heard_after(flow, Keys("9"))


def test_officers_rung_together_are_looked_for_again_and_again_with_a_word_now_and_then(small: Flow) -> None:
    flow, turn = rung_together(small)
    assert isinstance(turn.awaits, AwaitOfficer)
    assert (turn.awaits.strategy, turn.awaits.record) == ("together", True)
    steps, words_of = turn.position.steps, []
    for _ in range(8):
        turn = engine.resume(flow, turn.position, StillRinging(), FACTS)
        assert turn.awaits == AwaitHold(2)
        words_of.append(len(turn.speak))
    assert words_of == [0, 0, 0, 1, 0, 0, 0, 1]
    assert turn.position.steps == steps, "waiting for an officer wears no call out"


def test_a_call_that_was_taken_becomes_a_talk_and_goes_on_when_that_is_over(small: Flow) -> None:
    flow, turn = rung_together(small)
    talk = engine.resume(flow, turn.position, Taken(), FACTS)
    assert (talk.awaits, talk.speak) == (AwaitConversation(), ())
    assert engine.resume(flow, talk.position, Dialled(True), FACTS).awaits == End()
    assert engine.resume(flow, talk.position, Dialled(False), FACTS).position.node == "trouble"


def test_a_sub_flow_comes_back(small: Flow) -> None:
    turn = heard_after(small, TO_MAIN, Keys("3"))
    assert prompts(turn) == ["advice", "bye"]
    assert turn.awaits == End()


def test_a_recorded_language_falls_back_where_nothing_was_recorded(small: Flow) -> None:
    turn = heard_after(small, Keys("3"))
    assert (turn.speak[0].language, turn.speak[0].audio) == ("tyz", "tyz/main.wav")
    assert "interpreter" not in turn.position.variables
    turn = engine.resume(small, turn.position, Keys("1"), FACTS)
    assert (turn.speak[0].language, turn.speak[0].text) == ("vi", "Xin bấm hai số của thôn.")
    assert turn.position.variables["interpreter"] == "yes"
    assert turn.position.language == "tyz"


def test_a_variable_without_a_value_is_never_read_out_as_its_name(small: Flow) -> None:
    turn = heard_after(small, *TO_REPORT, Recorded(12), Done("ok"))
    assert "{" not in turn.speak[0].text


def test_the_unexpected_says_the_same_again(small: Flow) -> None:
    turn = heard_after(small, TO_MAIN, Dialled(True))
    assert (turn.position.node, turn.position.attempt, prompts(turn)) == ("main", 1, ["main"])


def test_a_stale_request_hears_the_current_place_and_loses_no_try(small: Flow) -> None:
    once = heard_after(small, TO_MAIN, Silence())
    turn = engine.again(small, once.position, FACTS)
    assert (turn.position.node, turn.position.attempt, prompts(turn)) == ("main", 2, ["main"])


def test_after_the_end_there_is_only_the_end(small: Flow) -> None:
    over = heard_after(small, TO_MAIN, Keys("3")).position
    for turn in (
        engine.resume(small, over, Keys("1"), FACTS),
        engine.again(small, over, FACTS),
        engine.fail(small, over, FACTS),
        engine.hang_up(small, over, FACTS),
    ):
        assert turn == Turn((), End(), over)


def test_a_failure_leaves_a_recorder_and_a_second_one_hangs_up(small: Flow) -> None:
    turn = engine.fail(small, heard_after(small, *TO_PLACE).position, FACTS)
    assert turn.position.node == "trouble"
    assert engine.fail(small, turn.position, FACTS).awaits == End()


def test_a_caller_who_hangs_up_hears_nothing_and_is_not_forgotten(small: Flow) -> None:
    turn = engine.hang_up(small, heard_after(small, *TO_REPORT).position, FACTS)
    assert turn.speak == ()
    assert turn.awaits == AwaitAction("finish_call")
    assert turn.position.variables["place"] == "02"
    assert engine.resume(small, turn.position, Done("ok"), FACTS).awaits == End()


def test_hanging_up_is_heard_even_when_the_call_ran_out_of_steps(small: Flow) -> None:
    worn_out = Position("main", "vi", steps=small.limits.steps_per_call)
    assert engine.hang_up(small, worn_out, FACTS).awaits == AwaitAction("finish_call")


def test_a_position_in_a_node_that_is_gone_leads_to_the_recorder(small: Flow) -> None:
    turn = engine.resume(small, Position("gone", "vi"), Keys("1"), FACTS)
    assert turn.position.node == "trouble"


def test_a_position_in_a_language_that_is_gone_speaks_the_language_of_the_unit(small: Flow) -> None:
    assert spoken_in(engine.again(small, Position("main", "fr"), FACTS)) == ["vi"]


def test_a_circle_without_the_caller_ends_in_the_recorder(small: Flow) -> None:
    going_round = small.model_copy(update={"nodes": {**small.nodes, "bye": _say_for_ever(small)}})
    turn = heard_after(going_round, TO_MAIN, Keys("3"))
    assert turn.position.node == "trouble"


def _say_for_ever(flow: Flow) -> object:
    bye = flow.nodes["bye"]
    return bye.model_copy(update={"next": bye.next.model_copy(update={"next": "bye"})})  # type: ignore[union-attr]


def test_a_prompt_without_words_is_the_one_thing_the_engine_refuses(small: Flow) -> None:
    wordless = small.model_copy(update={"prompts": {}})
    with pytest.raises(engine.FlowError, match="welcome"):
        engine.start(wordless, FACTS)


def test_the_same_call_is_the_same_turn_every_time(small: Flow) -> None:
    assert heard_after(small, *TO_REPORT) == heard_after(small, *TO_REPORT)
