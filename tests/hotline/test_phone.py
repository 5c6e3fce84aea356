"""Which of the things that a carrier sends are numbers, and which may be dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import PhoneNumberError
from hotline.phone import caller_number, dialable, example_number, line_number

NOBODY = [
    *("anonymous", "Anonymous", "unknown", "Restricted", "", "  ", "client:someone", "sip:someone@example.org"),
    *("+266696687", "+86282452253", "+8656696", "+2562533", "+7378742833"),
    *("113", "+84", "+849", "đồng hồ", "\x00"),
]


@pytest.mark.parametrize("sent", NOBODY)
def test_a_withheld_or_impossible_caller_is_nobody(sent: str) -> None:
    assert caller_number(sent, "VN") is None


@pytest.mark.parametrize("sent", ["+84912345678", "0912345678", " +84 912 345 678 ", "84912345678"])
def test_a_number_is_the_same_however_the_carrier_writes_it(sent: str) -> None:
    assert caller_number(sent, "VN") == "+84912345678"


@given(st.text(max_size=60))
def test_nothing_that_a_carrier_may_send_breaks_the_reading(sent: str) -> None:
    number = caller_number(sent, "VN")
    assert number is None or (number.startswith("+") and number[1:].isascii() and number[1:].isdigit())


@pytest.mark.parametrize("number", ["113", "19001234", "+19005550123", "+74950000000", "hello", "+8412"])
def test_premium_foreign_and_short_numbers_are_never_dialled(number: str) -> None:
    with pytest.raises(PhoneNumberError):
        dialable(number, "VN")


def test_an_officer_in_the_country_may_be_dialled() -> None:
    assert dialable("0912345678", "VN") == "+84912345678"


def test_the_line_needs_a_full_number() -> None:
    assert line_number("+84 210 1234 567", "VN") == example_number("VN") == "+842101234567"
    with pytest.raises(PhoneNumberError):
        line_number("113", "VN")
