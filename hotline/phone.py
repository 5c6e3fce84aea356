"""Telephone numbers: which of the things a carrier sends are numbers, and which may be dialled."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from hotline.errors import PhoneNumberError

# What carriers send for a withheld number, also spelt on a keypad (+266696687 is ANONYMOUS). Two of these pass
# `is_possible_number` as Chinese numbers, so they are named here (measured with phonenumbers 9.0.43).
WITHHELD = frozenset(
    {"", "anonymous", "unknown", "restricted", "unavailable", "private", "blocked", "withheld"}
    | {"+266696687", "+86282452253", "+8656696", "+2562533", "+7378742833"}
)
_EXPENSIVE = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
}


def caller_number(raw: str, region: str) -> str | None:
    """The caller's number as E.164, or None where it is withheld or not a number at all. Never raises."""
    text = raw.strip()
    if text.lower() in WITHHELD:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


def dialable(raw: str, region: str) -> str:
    """A number that the hotline may ring, as E.164: valid, of the unit's region, not a premium one.

    Raises PhoneNumberError; short emergency numbers (113) are refused on purpose: carriers do not route them."""
    try:
        number = phonenumbers.parse(raw.strip(), region)
    except phonenumbers.NumberParseException:
        raise PhoneNumberError("That is not a telephone number.") from None
    if not phonenumbers.is_valid_number(number):
        raise PhoneNumberError("That telephone number cannot exist.")
    if phonenumbers.region_code_for_number(number) != region:
        raise PhoneNumberError(f"Only numbers of {region} may be dialled.")
    if phonenumbers.number_type(number) in _EXPENSIVE:
        raise PhoneNumberError("Premium-rate numbers may not be dialled.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def line_number(raw: str, region: str) -> str:
    """The hotline's own number as E.164. Raises PhoneNumberError."""
    if (number := caller_number(raw, region)) is None:
        raise PhoneNumberError("The line's number must be a full number such as +842101234567.")
    return number


def known_region(code: str) -> str:
    """A country by its two letters, in capitals. Raises PhoneNumberError where no numbers of it are known."""
    if (region := code.strip().upper()) not in phonenumbers.SUPPORTED_REGIONS:
        raise PhoneNumberError(f"{code!r} is not a country such as VN.")
    return region


def example_number(region: str) -> str:
    """The library's example number of a region: valid in form, nobody's that we know of. Raises PhoneNumberError."""
    if (number := phonenumbers.example_number(region)) is None:
        raise PhoneNumberError(f"{region} is not a region whose numbers are known.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def as_dialled(number: str) -> str:
    """An E.164 number as people of its own country dial it: 0210 1234567. What is no number stays as it is."""
    return _formatted(number, PhoneNumberFormat.NATIONAL)


def as_written(number: str) -> str:
    """An E.164 number with the gaps that people write: +84 210 1234 567. What is no number stays as it is."""
    return _formatted(number, PhoneNumberFormat.INTERNATIONAL)


def _formatted(number: str, form: int) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), form)
    except phonenumbers.NumberParseException:
        return number
