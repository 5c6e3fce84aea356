"""What a page weighs on its way to a weak telephone."""

import gzip
from collections.abc import Callable
from urllib.parse import urljoin

import pytest

from storage.database import Store
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.console.test_pages import Links
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]
TAKES_IT = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def busy_night(store: Store, commune: Station) -> None:
    with store.write() as connection:
        place = station.place(connection, commune, "01", "Khe Mận")
        facts = {"place_id": place, "due_at": NOW, "acknowledge_by": NOW, "assigned_to": commune.officers["hanh"]}
        for number in range(60):
            station.report(connection, commune, f"R-2026-{number:04d}", None, **facts)


@pytest.mark.usefixtures("busy_night")
def test_the_board_is_light_and_the_first_visit_bearable(signed_in: SignedIn) -> None:
    hanh = signed_in(cast.HANH)
    board = hanh.opens("/reports", headers=TAKES_IT)
    assert board.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in board.headers["Vary"]
    assert len(board.data) == board.content_length <= 25_000
    page = gzip.decompress(board.data).decode()
    assert "R-2026-0059" in page
    assert len(Links(page).links) > 20
    around = [hanh.opens(urljoin("/reports", address), headers=TAKES_IT) for address in _loaded_by(page)]
    assert all(answer.status_code == 200 for answer in around)
    assert len(board.data) + sum(len(answer.data) for answer in around) <= 150_000


def _loaded_by(page: str) -> list[str]:
    """The style sheets, scripts and pictures of a page."""
    parts = [
        part.partition('"')[0] for name in (' src="', '<link rel="stylesheet" href="') for part in page.split(name)[1:]
    ]
    assert len(parts) >= 3
    return parts


@pytest.mark.usefixtures("busy_night")
def test_who_does_not_take_it_compressed_gets_the_same_page_plain(signed_in: SignedIn) -> None:
    hanh = signed_in(cast.HANH)
    plain = hanh.opens("/reports")
    assert "Content-Encoding" not in plain.headers
    assert "R-2026-0059" in plain.text


def test_a_style_sheet_that_has_not_changed_is_not_sent_again(signed_in: SignedIn) -> None:
    hanh = signed_in(cast.HANH)
    first = hanh.opens("/console/static/console.css", headers=TAKES_IT)
    again = hanh.opens("/console/static/console.css", headers={**TAKES_IT, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    again.close()
