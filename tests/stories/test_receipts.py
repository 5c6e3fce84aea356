"""A receipt opens one report and nothing else, however long somebody tries."""

from datetime import timedelta

import pytest
from sqlalchemy import insert
from stdnum import damm

from hotline.casework.founding import add_line
from hotline.simulator.phone_call import PhoneCall
from storage.tables import alarms, calls, lines, receipt_attempts, receipts, report_calls
from tests.cast import ANOTHER_LINE, HANH, MAY, PAO
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard


def reported(commune: Commune) -> str:
    """The code of a report just made."""
    call = commune.dials(MAY)
    call.key_in("11622#")
    call.record(4)
    call.press("#")
    call.hang_up()
    return code(call)


def mistyped(right: str) -> str:
    """The code with two neighbours swapped, or one digit another one."""
    place = next((i for i in range(11) if right[i] != right[i + 1]), None)
    assert place is not None
    return right[:place] + right[place + 1] + right[place] + right[place + 2 :]


def guess(right: str, number: int = 1) -> str:
    """A code of the same locator with a wrong secret and a right check digit."""
    secret = (int(right[4:11]) + number) % 10**7
    body = f"{right[:4]}{secret:07d}"
    return body + str(damm.calc_check_digit(body))


def asks(commune: Commune, *keyed: str) -> PhoneCall:
    call = commune.dials(PAO)
    call.key_in("13")
    for one in keyed:
        call.key_in(one)
    return call


def test_a_slip_of_the_finger_costs_no_attempt(commune: Commune) -> None:
    right = reported(commune)
    call = asks(commune, *[mistyped(right)] * 5, right)
    assert heard(call, "earlier.typo") == 5
    assert heard(call, "earlier.status") == 1
    assert [row["wrong"] for row in commune.rows(receipt_attempts)] == [False]


def test_too_few_digits_are_explained(commune: Commune) -> None:
    call = asks(commune, "123#")
    assert heard(call, "earlier.no_match") == 1
    assert commune.rows(receipt_attempts) == []


def test_three_wrong_codes_in_a_call_lead_to_an_officer_and_ring_an_alarm(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    right = reported(commune)
    call = asks(commune, guess(right, 1), guess(right, 2))
    assert heard(call, "earlier.unknown") == 2
    call.key_in(guess(right, 3))
    assert heard(call, "earlier.locked") == 1
    assert hanh.bridged == 1
    assert [row["wrong"] for row in commune.rows(receipt_attempts)] == [True] * 3
    assert [row["what"] for row in commune.rows(alarms)] == ["receipts_locked"]


def test_a_right_code_after_two_wrong_ones_still_opens(commune: Commune) -> None:
    right = reported(commune)
    call = asks(commune, guess(right, 1), guess(right, 2), right)
    assert heard(call, "earlier.status") == 1


def test_ten_wrong_codes_lock_a_locator_for_a_day_and_a_restart_forgives_nothing(commune: Commune) -> None:
    right, other = reported(commune), reported(commune)
    for number in range(1, 11, 2):
        asks(commune, guess(right, number), guess(right, number + 1)).hang_up()
    commune.restarts()
    locked = asks(commune, right)
    assert heard(locked, "earlier.locked") == 1
    assert heard(locked, "earlier.status") == 0
    locked.hang_up()
    assert heard(asks(commune, other), "earlier.status") == 1, "nobody else is locked out"
    (alarm,) = commune.rows(alarms)
    assert alarm["what"] == "receipts_locked"
    assert right not in str(alarm)
    assert right[:4] not in str(alarm["details"])
    commune.clock.goes_on(hours=24, minutes=1)
    assert heard(asks(commune, right), "earlier.status") == 1, "tomorrow it opens again"


def test_sixty_wrong_codes_lock_the_line_for_a_day(commune: Commune) -> None:
    right = reported(commune)
    row = {"line_id": 1, "call_id": 1, "wrong": True, "at": commune.clock()}
    with commune.store.write() as connection:
        for number in range(60):
            connection.execute(
                insert(receipt_attempts).values(
                    **row, visit=100 + number, locator=f"{(int(right[:4]) + 1 + number) % 10**4:04d}"
                )
            )
    call = asks(commune, right)
    assert heard(call, "earlier.locked") == 1
    call.hang_up()
    commune.clock.moment += timedelta(days=1, minutes=1)
    assert heard(asks(commune, right), "earlier.status") == 1


def test_a_code_of_another_line_opens_nothing_here(commune: Commune) -> None:
    right = reported(commune)
    with commune.store.write() as connection:
        flow_hash = commune.rows(lines)[0]["flow_hash"]
        add_line(connection, 1, ANOTHER_LINE, flow_hash)
    commune.clock.goes_on(seconds=10)
    call = commune.dials(PAO.number, to=ANOTHER_LINE)
    call.key_in("13" + right)
    assert heard(call, "earlier.unknown") == 1
    assert heard(asks(commune, right), "earlier.status") == 1


@ON_SQLITE
def test_a_code_is_known_after_a_restart_and_kept_as_a_hash(commune: Commune) -> None:
    right = reported(commune)
    commune.restarts()
    assert heard(asks(commune, right), "earlier.status") == 1
    (receipt,) = commune.rows(receipts)
    assert (receipt["live_locator"], len(receipt["hash"]), len(receipt["salt"])) == (right[:4], 32, 16)
    assert right[4:11].encode() not in receipt["hash"] + receipt["salt"]


@ON_SQLITE
def test_many_may_add_with_the_same_code_each_in_a_call_of_its_own(commune: Commune) -> None:
    right = reported(commune)
    for _ in range(2):
        call = asks(commune, right, "1")
        call.record(5)
        call.press("#")
        assert call.ended
        assert heard(call, "earlier.added") == 1
    commune.worker_runs()
    assert [row["role"] for row in commune.rows(report_calls)] == ["first", "addition", "addition"]
    assert [row["kind"] for row in commune.rows(calls)] == ["report", "addition", "addition"]


@ON_SQLITE
def test_who_does_not_know_the_code_goes_back_with_star(commune: Commune) -> None:
    call = commune.dials()
    call.key_in("13*")
    call.wait()
    assert heard(call, "main.menu") == 2
    assert commune.rows(receipt_attempts) == []


@ON_SQLITE
def test_who_keys_nothing_is_put_through(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    call = commune.dials()
    call.key_in("13")
    call.wait()
    call.wait()
    assert hanh.bridged == 1


@ON_SQLITE
@pytest.mark.parametrize("keyed", ["000000000000", "999999999999", "0" * 11 + "#", "*" * 12])
def test_no_entry_breaks_anything(commune: Commune, keyed: str) -> None:
    call = asks(commune, keyed)
    if not call.ended and call.awaits == "keys":
        call.wait()
    assert all(one.answer is not None and one.answer.ok for one in call.requests)
