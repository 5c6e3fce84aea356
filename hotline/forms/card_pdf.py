"""The cards for the key fobs on A4, ten a page: fronts, and backs with the places."""

import io
from collections.abc import Sequence
from pathlib import Path

import segno

from hotline.casework.card import Card
from hotline.forms.pdf_file import typeset

PLACES_A_BACK = 24
"""So many can be read on one side of a card, even of long names; more of them go on the back of another one."""
_ROOMY, _SHORT_NAME = 16, 22  # so many places of so few letters can be printed larger
_PAGE = Path(__file__).with_name("card.typ")


def write_card(card: Card) -> bytes:
    """The card as PDF; the same bytes for the same card."""
    return typeset(_PAGE, _printed(card))


def _printed(card: Card) -> dict[str, object]:
    words = card.words
    return {
        "unit": card.unit,
        "title": words.title,
        "number": card.dialled,
        "language": card.language,
        "danger": words.danger,
        "keys": words.keys,
        "places_title": words.places,
        "unknown_place": words.unknown_place,
        "backs": [_back(card.places[at : at + PLACES_A_BACK]) for at in range(0, len(card.places), PLACES_A_BACK)],
        "qr": _code(card.number),
    }


def _back(places: Sequence[tuple[str, str]]) -> dict[str, object]:
    roomy = len(places) <= _ROOMY and all(len(name) <= _SHORT_NAME for _, name in places)
    return {"places": places, "roomy": roomy}


def _code(number: str) -> str:
    """What a telephone with a camera dials, as SVG."""
    picture = io.BytesIO()
    segno.make(f"tel:{number}", error="m", micro=False).save(picture, kind="svg", border=1)
    return picture.getvalue().decode()
