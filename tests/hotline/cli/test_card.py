"""The card for the key fob: what is on it, for which number, in which language."""

import io

import pytest
from pypdf import PdfReader

from hotline.casework.statistics.printed_words import LANGUAGES
from tests.cast import THE_LINE
from tests.hotline.cli.conftest import Terminal

PLACES = """
places:
  - {digits: "01", name: "Khe Mận", names: {en: "Plum Creek"}}
  - {digits: "02", name: "Nà Hoi"}
"""


def pages(terminal: Terminal, *arguments: str) -> list[str]:
    """The words of each page, on one line."""
    assert terminal("card", "--format", "pdf", "--output", "card.pdf", *arguments).code == 0
    read = PdfReader(io.BytesIO((terminal.folder / "card.pdf").read_bytes()))
    return [" ".join(page.extract_text().split()) for page in read.pages]


@pytest.fixture
def with_places(installed: Terminal) -> Terminal:
    (installed.folder / "unit.yaml").write_text(PLACES, "utf-8")
    assert installed("unit", "load", "unit.yaml").code == 0
    return installed


def test_ten_fronts_and_ten_backs_stand_on_two_pages(with_places: Terminal) -> None:
    front, back = pages(with_places)
    for words in ("Xã Suối Đá", "0210 1234 567", "Đang nguy hiểm", "Gặp cán bộ trực", "113", "114", "115"):
        assert front.count(words) == 10, words
    assert back.count("01 Khe Mận") == back.count("02 Nà Hoi") == 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_languages_of_the_line(with_places: Terminal, language: str) -> None:
    front, back = pages(with_places, "--language", language)
    assert all(f" {key} " in front for key in "91230*")
    assert ("Plum Creek" in back) == (language == "en"), "a place has a name in some languages"


def test_places_that_do_not_fit_go_on_on_another_back(installed: Terminal) -> None:
    many = "\n".join(f'  - {{digits: "{number:02}", name: "Bản {number}"}}' for number in range(1, 31))
    (installed.folder / "unit.yaml").write_text(f"places:\n{many}\n", "utf-8")
    assert installed("unit", "load", "unit.yaml").code == 0
    _front, back, more = pages(installed)
    assert "24 Bản 24" in back
    assert "25 Bản 25" in more
    assert "30 Bản 30" in more


def test_a_card_without_places_is_a_front(installed: Terminal) -> None:
    assert len(pages(installed)) == 1


def test_a_number_that_is_not_answered_has_no_card(installed: Terminal) -> None:
    assert installed("card", "--number", "+842101234599", "--output", "card.pdf").refused("number")
    assert installed("card", "--number", THE_LINE, "--output", "card.pdf").code == 0
