"""How a cell reads to people, in the language of its document; and text from outside, made fit for every form."""

import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.numbers import format_decimal

from hotline.casework.statistics.printed import (
    Blank,
    Cell,
    Change,
    Document,
    Number,
    Points,
    Share,
    Suppressed,
    Withheld,
    Words,
)

FEW, HIDDEN = "<3", "•"
_SPACED = "\N{NO-BREAK SPACE}%"
_TENTH = Decimal("0.1")
_MINUS = "\N{MINUS SIGN}"


def percentage(rate: Fraction) -> Decimal:
    """A rate in per cent with one decimal, a half rounded away from nought, as spreadsheets round."""
    rounded = (Decimal(rate.numerator * 100) / Decimal(rate.denominator)).quantize(_TENTH, ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)  # nothing is not "-0.0"


def written(cell: Cell, document: Document) -> str:
    """The cell as it stands on paper and on the screen."""
    match cell:
        case Number(n):
            return document.letterhead.no_value if n is None else format_decimal(n, locale=document.language)
        case Share():
            return _percent(cell.rate, document)
        case Change():
            return _signed(cell.rate, _per_cent(document), document)
        case Points():
            return _signed(cell.rate, f"\N{NO-BREAK SPACE}{document.letterhead.points}", document)
        case Words(text):
            return plain(text)
        case Suppressed():
            return FEW
        case Withheld():
            return HIDDEN
        case Blank():
            return ""


def plain(text: str) -> str:
    """Text without what nobody sees: control characters and marks that turn the writing round become blanks."""
    if text.isprintable():  # nearly always, and a hundred thousand calls are many texts
        return text
    return "".join(" " if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter for letter in text)


def _percent(rate: Fraction | None, document: Document) -> str:
    if rate is None:
        return document.letterhead.no_value
    return _tenths(percentage(rate), document) + _per_cent(document)


def _per_cent(document: Document) -> str:
    return _SPACED if document.language == "ru" else "%"


def _signed(rate: Fraction | None, unit: str, document: Document) -> str:
    if rate is None:
        return document.letterhead.no_value
    value = percentage(rate)
    sign = "+" if value > 0 else _MINUS if value < 0 else ""
    return sign + _tenths(abs(value), document) + unit


def _tenths(value: Decimal, document: Document) -> str:
    return format_decimal(value, "#,##0.0", locale=document.language)
