"""A carrier repeats, is late, mixes things up; the rows and the words stay the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from hotline.simulator.faults import Faults
from hotline.simulator.leg import Exchange
from hotline.simulator.phone_call import PhoneCall
from ivr_flows.loader import shipped_flow, version
from storage.tables import calls, receipts, recordings, reports, steps
from tests.cast import GRACE, HANH, MAY, PAO
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard, words


def voice(call: PhoneCall) -> list[Exchange]:
    return [one for one in call.requests if one.kind == "voice"]


def test_the_first_webhook_twice_is_one_call_with_one_answer(commune: Commune) -> None:
    call = commune.dials()
    first = voice(call)[0]
    again = [commune.carrier.repeat(first).answer for _ in range(3)]
    assert all(answer is not None and first.answer is not None and answer.body == first.answer.body for answer in again)
    assert len(commune.rows(calls)) == len(commune.rows(steps)) == 1
    call.press("1")
    assert commune.carrier.repeat(first).twiml == first.twiml, "also when the call has gone on"


def test_every_webhook_twice_makes_the_same_rows_and_one_receipt(commune: Commune) -> None:
    commune.carrier.faults = Faults(copies=3)
    call = commune.dials()
    call.key_in("11211203")
    call.record(9)
    call.press("#")
    code(call)
    call.hang_up()
    commune.worker_runs()
    assert call.warnings == [], "no repeat got another answer"
    assert [row["visit"] for row in commune.rows(steps)] == list(range(len(commune.rows(steps))))
    for table in (calls, reports, receipts, recordings):
        assert len(commune.rows(table)) == 1


def test_a_step_again_with_the_same_key_gets_the_same_answer(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("112")
    for one in voice(call):
        assert commune.carrier.repeat(one).twiml == one.twiml
    assert len(commune.rows(steps)) == 4


def test_a_stale_step_with_another_key_gets_the_present_answer(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("112")
    old, now = voice(call)[2], voice(call)[-1]
    strange = commune.carrier.exchange("voice", old.url, {**old.form, "Digits": "5"})
    assert strange.twiml == now.twiml
    from_the_future = commune.carrier.exchange("voice", now.url.rpartition("/")[0] + "/77", now.form)
    assert from_the_future.twiml == now.twiml
    assert len(commune.rows(steps)) == 4
    call.press("1")
    assert heard(call, "report.now") == 1, "the caller goes on undisturbed"


def test_a_step_after_the_end_is_a_goodbye(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("112")
    asked = voice(call)[-1]
    call.hang_up()
    late = commune.carrier.exchange("voice", asked.url, asked.form)
    assert late.answer is not None
    assert late.answer.status == 200
    assert "<Hangup" in late.twiml
    assert "<Gather" not in late.twiml
    first = commune.carrier.repeat(voice(call)[0])
    assert "<Hangup" in first.twiml
    assert len(commune.rows(steps)) == 4


def test_a_step_of_a_call_that_nobody_knows_is_answered_from_the_start(commune: Commune) -> None:
    call = commune.dials()
    form = {**voice(call)[0].form, "CallSid": "CA" + "7" * 32}
    unknown = f"{commune.settings.hotline_public_url}/voice/nobody-knows-this-key/4"
    lost = commune.carrier.exchange("voice", unknown, {**form, "Digits": "1"})
    assert "<Gather" in lost.twiml
    assert len(commune.rows(calls)) == 2


def test_eight_at_once_with_the_same_step_are_one_step(commune: Commune) -> None:
    call = commune.dials()
    call.press("1")
    key = voice(call)[-1]
    address = key.twiml.partition('action="')[2].partition('"')[0]

    def press() -> str:
        return commune.carrier.exchange("voice", address, {**key.form, "Digits": "1"}).twiml

    with ThreadPoolExecutor(8) as threads:
        answers = {asked.result() for asked in [threads.submit(press) for _ in range(8)]}
    assert len(answers) == 1
    assert [row["visit"] for row in commune.rows(steps)] == [0, 1, 2]
    assert commune.rows(calls)[0]["visit"] == 3


def test_eight_at_once_with_different_keys_are_one_step_too(commune: Commune) -> None:
    call = commune.dials()
    call.press("1")
    key = voice(call)[-1]
    address = key.twiml.partition('action="')[2].partition('"')[0]

    def press(digit: int) -> str:
        return commune.carrier.exchange("voice", address, {**key.form, "Digits": str(digit % 3 + 1)}).twiml

    with ThreadPoolExecutor(8) as threads:
        answers = {asked.result() for asked in [threads.submit(press, number) for number in range(8)]}
    assert len(answers) == 1, "the first one decides, the others hear what it decided"
    assert len(commune.rows(steps)) == 3


def test_eight_first_webhooks_at_once_are_one_call(commune: Commune) -> None:
    form = {**voice(commune.dials())[0].form, "CallSid": "CA" + "5" * 32}

    def ring(_: int) -> str:
        return commune.carrier.exchange("voice", commune.carrier.webhooks.voice_url, form).twiml

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ring, range(8)))
    assert len(answers) == 1
    assert len(commune.rows(calls)) == 2


def test_two_calls_at_once_do_not_disturb_each_other(commune: Commune) -> None:
    one, other = commune.dials(MAY), commune.dials(GRACE)
    one.press("1")
    other.press("2")
    for key in "1622#":
        one.press(key)
        other.press(key)
    one.record(4)
    other.record(6)
    one.press("#")
    other.press("#")
    assert code(one) != code(other)
    one.hang_up()
    other.hang_up()
    assert [row["language"] for row in commune.rows(calls)] == ["vi", "en"]
    assert [row["reference"] for row in commune.rows(reports)] == ["R-2026-0001", "R-2026-0002"]


def test_a_call_keeps_the_flow_it_began_with(commune: Commune) -> None:
    flow = shipped_flow()
    call = commune.dials()
    call.press("1")
    spoken = {
        **flow.prompts["vi"],
        "report.menu": flow.prompts["vi"]["report.menu"].model_copy(update={"text": "Mới."}),
    }
    changed = flow.model_copy(update={"prompts": {**flow.prompts, "vi": spoken}})
    commune.plays(changed)
    commune.clock.goes_on(seconds=30)
    call.press("1")
    assert heard(call, "report.menu") == 1
    assert "Mới." not in words(call)
    later = commune.dials()
    later.key_in("11")
    assert "Mới." in words(later)
    assert [row["flow_hash"] for row in commune.rows(calls)] == [version(flow), version(changed)]
    commune.restarts()
    call.press("6")
    assert heard(call, "report.now") == 1


def test_a_call_goes_on_over_a_restart(commune: Commune) -> None:
    call = commune.dials()
    for key in "11211":
        call.press(key)
        commune.restarts()
    call.key_in("203")
    call.record(5)
    commune.restarts()
    call.press("#")
    assert len(code(call)) == 12


def test_a_number_that_is_not_ours_is_answered_and_marked(commune: Commune) -> None:
    call = commune.dials(MAY, to="+842101234599")
    call.key_in("11622#")
    call.record(4)
    call.press("#")
    call.hang_up()
    row = commune.call(call)
    assert (row["suspect"], row["kind"], row["line_id"]) == ("unknown line", "report", 1)


def happens_in(order: list[int]) -> Callable[[Commune], None]:
    def play(commune: Commune) -> None:
        commune.carrier.faults = Faults(held=frozenset({"status", "recording"}))
        call = commune.dials(PAO)
        call.key_in("11211203")
        call.record(9)
        call.press("#")
        call.hang_up()
        commune.carrier.deliver(order)
        commune.worker_runs()

    return play


@ON_SQLITE
@pytest.mark.parametrize("order", [[0, 1], [1, 0], [0, 1, 0, 1], [1, 1, 0]])
def test_callbacks_in_any_order_end_in_the_same_rows(commune: Commune, order: list[int]) -> None:
    happens_in(order)(commune)
    row, report = commune.rows(calls)[0], commune.report()
    assert (row["kind"], row["outcome"], row["carrier_status"]) == ("report", "recorded", "completed")
    assert (report["incomplete"], report["category"]) == (False, "RPT-THEFT")
    assert [one["status"] for one in commune.rows(recordings)] == ["kept"]


@ON_SQLITE
def test_a_callback_that_comes_before_the_call_makes_the_call(commune: Commune) -> None:
    call = commune.dials()
    form = {**voice(call)[0].form, "CallSid": "CA" + "3" * 32, "CallStatus": "completed", "CallDuration": "4"}
    answer = commune.carrier.exchange("status", commune.carrier.webhooks.status_url, form).answer
    assert answer is not None
    assert answer.ok
    early = commune.rows(calls)[-1]
    assert (early["suspect"], early["duration_s"], early["visit"]) == ("never answered", 4, 0)


@ON_SQLITE
def test_an_answer_that_never_arrived_is_asked_for_again(commune: Commune) -> None:
    """The carrier waits in vain for one answer and asks the fallback, which apologises and records."""
    commune.puts_on_duty(HANH)
    call = commune.dials()
    call.press("1")
    commune.carrier.faults = Faults(lost_answers=1)
    call.press("1")
    assert call.awaits == "recording"
    assert "113" in words(call)
    call.record(8)
    call.press("#")
    call.hang_up()
    commune.worker_runs()
    assert [row["status"] for row in commune.rows(recordings)] == ["kept"]
    assert len(commune.rows(reports)) == 1
