"""The pages of the prompts and of the flow: what stands there, and what is too large."""

import io
from collections.abc import Callable

from hotline.casework.prompt_sound import LARGEST_FILE
from storage.database import Store
from storage.tables import prompt_choices
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]


def test_the_list_says_what_is_said_where_and_by_whom(signed_in: SignedIn) -> None:
    page = signed_in(cast.HANH).opens("/prompts?language=vi").text
    for words in ("main.menu", "Đang nguy hiểm: bấm phím 9", "Công an xã Suối Đá", "machine", "0 of", "in every menu"):
        assert words in page, words
    assert "{unit.name}" not in page
    assert "Put on the line" not in page, "she listens; the chief and the deputy change"


def test_what_was_chosen_waits_until_it_is_published(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        take_id = station.take(connection, commune, "greeting", cast.LY.login, b"RIFF a greeting")
    deputy = signed_in(cast.LY)
    assert deputy.sends("/prompts/greeting/choice", language="vi", take=str(take_id)).status_code == 303
    page = deputy.opens("/prompts").text
    assert "Chosen, but not on the line yet" in page
    assert "another choice waits" in page
    assert deputy.opens(f"/prompts/takes/{take_id}").data == b"RIFF a greeting"


def test_a_choice_that_cannot_be_is_refused(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        other = station.take(connection, commune, "main.menu", cast.LY.login, b"RIFF a menu")
    deputy = signed_in(cast.LY)
    for form in ({"take": str(other)}, {"take": "x"}, {"take": "999999999"}, {"language": "xx"}):
        assert deputy.sends("/prompts/greeting/choice", **{"language": "vi", "take": "", **form}).status_code == 404
    with store.read() as connection:
        assert connection.execute(prompt_choices.select()).all() == []


class _Pouring(io.RawIOBase):
    """An upload that never ends; tells how much of it was read."""

    read_bytes = 0

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, _whence: int = 0) -> int:
        return offset

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self.read_bytes += len(buffer)
        return len(buffer)


def test_200_megabytes_are_refused_before_they_are_read(signed_in: SignedIn) -> None:
    deputy, upload = signed_in(cast.LY), _Pouring()
    answer = deputy.browser.post(
        "/prompts/greeting/takes",
        input_stream=upload,
        content_type="multipart/form-data; boundary=xx",
        environ_base={"REMOTE_ADDR": deputy.address},
        environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert f"{LARGEST_FILE // 1024**2} MB at most" in answer.text
    assert upload.read_bytes == 0


def test_the_flow_shows_a_month_and_who_is_lost(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        for number in range(3):
            lost = {"node": "record_report", "hung_up_at": "record_report", "outcome": "left"}
            station.call(connection, commune, f"CA-{number}", started_at=NOW, **lost)
    page = signed_in(cast.HANH).opens("/flow?month=2026-11").text
    assert "most often lost" in page
    assert "(100 %)" in page
    assert "No calls in this month" in signed_in(cast.DUNG).opens("/flow?month=2026-10&language=en").text
    for nonsense in ("2026-13", "'", "0000-01", "9999-12"):
        assert signed_in(cast.HANH).opens(f"/flow?month={nonsense}").status_code == 200
    picture = signed_in(cast.HANH).opens("/flow/picture.svg?month=2026-11")
    assert picture.mimetype == "image/svg+xml"
    assert "language_menu" in picture.text
