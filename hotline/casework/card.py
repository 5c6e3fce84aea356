"""The card for the key fob: the number, the keys, and the places with the two digits by which callers name them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection

from hotline.casework.lines import all_lines
from hotline.casework.unit_places import places_of
from hotline.phone import as_dialled


@dataclass(frozen=True)
class CardWords:
    """What is printed around the number; `keys` in the order in which the menu names them."""

    title: str
    danger: str
    keys: tuple[tuple[str, str], ...]
    places: str
    unknown_place: str


@dataclass(frozen=True)
class Card:
    """One line's card. `number` in E.164, `places` with the digits before each name."""

    unit: str
    number: str
    language: str
    words: CardWords
    places: tuple[tuple[str, str], ...]

    @property
    def dialled(self) -> str:
        """The number as it is keyed in the village."""
        return as_dialled(self.number)


def cards_of(connection: Connection, unit_id: int, language: str) -> list[Card]:
    """A card for each number that the unit answers. After a merger a number keeps the places it was printed with."""
    return [
        Card(
            unit=line.unit_name,
            number=line.number,
            language=language,
            words=_words(language),
            places=_places(connection, line.former_unit_id or unit_id, language),
        )
        for line in all_lines(connection)
        if line.unit_id == unit_id
    ]


def _places(connection: Connection, unit_id: int, language: str) -> tuple[tuple[str, str], ...]:
    open_ones = [place for place in places_of(connection, unit_id) if place.closed_at is None]
    return tuple((place.digits, place.names.get(language) or place.name) for place in open_ones)


@cache
def _catalogue() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_name("card_words.yaml").read_bytes()))


def _words(language: str) -> CardWords:
    said = _catalogue()[language]
    return CardWords(said["title"], said["danger"], tuple(said["keys"].items()), said["places"], said["unknown_place"])
