"""A process remembers the calls whose last step it wrote. The row is the truth all the same."""

from sqlalchemy import update

from hotline.app import create_app
from hotline.simulator.leg import Exchange
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import WsgiPoster
from hotline.simulator.signing import sign
from hotline.telephony.signature import HEADER
from storage.tables import calls, steps
from tests.stories.conftest import TOKEN, Commune


def _at_the_menu(commune: Commune) -> PhoneCall:
    call = commune.dials()
    call.press("1")
    return call


def test_a_call_that_ended_elsewhere_gets_a_goodbye_and_no_new_step(commune: Commune) -> None:
    call = _at_the_menu(commune)
    before = len(commune.rows(steps))
    with commune.store.write() as connection:
        connection.execute(update(calls).values(ended_at=commune.clock()))
    call.press("1")
    assert "<Hangup" in _last_step(call).twiml
    assert len(commune.rows(steps)) == before


def test_a_step_that_another_process_walked_is_repeated_and_not_walked_again(commune: Commune) -> None:
    call = _at_the_menu(commune)
    call.press("1")
    asked = _last_step(call)
    again = _another_process(commune).post(asked.url, asked.form, {HEADER: sign(TOKEN, asked.url, asked.form)})
    assert again.body.decode() == asked.twiml
    assert len(commune.rows(steps)) == 3


def test_two_processes_may_take_turns_with_one_call(commune: Commune) -> None:
    call = _at_the_menu(commune)
    ours = commune.carrier._poster
    commune.carrier._poster = _another_process(commune)
    call.press("1")
    commune.carrier._poster = ours
    call.press("2")
    assert [row["visit"] for row in commune.rows(steps)] == [0, 1, 2, 3]
    assert commune.rows(calls)[0]["visit"] == 4


def _another_process(commune: Commune) -> WsgiPoster:
    return WsgiPoster(create_app(commune.settings, commune.clock, commune.store))


def _last_step(call: PhoneCall) -> Exchange:
    return [exchange for exchange in call.leg.requests if exchange.kind == "voice"][-1]
