"""What stands on the pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from storage.database import Store
from storage.vault import Vault
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]
SOUND = b"RIFF" + bytes(range(256)) * 700  # three chunks of the sealed stream
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def theft(store: Store, vault: Vault, commune: Station) -> dict[str, int]:
    with store.write() as connection:
        village = station.place(connection, commune, "12", "Thôn Bản Pho")
        call_id = station.call(connection, commune, "CA-theft")
        recording_id = station.recording(connection, commune, vault, call_id, SOUND)
        station.report(
            connection, commune, "R-2026-0042", call_id, place_id=village, happening_now=True, urgency="high"
        )
    return {"call": call_id, "recording": recording_id}


def test_an_empty_log_says_what_to_do(signed_in: SignedIn) -> None:
    hanh = signed_in(cast.HANH)
    assert "Ring the number on the card" in hanh.opens("/calls").text
    assert "No reports yet" in hanh.opens("/reports").text
    assert "show all" in hanh.opens("/calls?month=2026-01").text


def test_the_log_shows_a_call_in_words_and_local_time(signed_in: SignedIn, theft: dict[str, int]) -> None:
    page = signed_in(cast.HANH).opens("/calls").text
    for words in ("14 Nov 2026, 21:04", "Theft and burglary", "Left a message", "Vietnamese", "2:07", "R-2026-0042"):
        assert words in page, words
    assert "1 recording" in page
    assert f'href="/calls/{theft["call"]}"' in page


def test_a_calls_page_tells_the_whole_call(signed_in: SignedIn, theft: dict[str, int]) -> None:
    page = signed_in(cast.HANH).opens(f"/calls/{theft['call']}").text
    for words in (
        "greeting",
        "main_menu",
        "record_report",
        "0:20",
        "0:40",
        "caller hidden (confidential)",
        "R-2026-0042",
    ):
        assert words in page, words
    player = f'src="/calls/{theft["call"]}/recordings/{theft["recording"]}"'
    assert player in page
    assert 'preload="none"' in page


def test_a_reports_page_shows_its_call_and_its_recording(signed_in: SignedIn, theft: dict[str, int]) -> None:
    page = signed_in(cast.HANH).opens("/reports/R-2026-0042").text
    for words in ("Thôn Bản Pho", "High", "Received", "happening at that moment", "caller hidden (confidential)"):
        assert words in page, words
    assert f"/calls/{theft['call']}/recordings/{theft['recording']}" in page


def test_a_recording_is_unsealed_for_the_listener_and_for_nobody_elses_cache(
    signed_in: SignedIn, theft: dict[str, int]
) -> None:
    answer = signed_in(cast.HANH).opens(f"/calls/{theft['call']}/recordings/{theft['recording']}")
    assert answer.status_code == 200
    assert answer.data == SOUND
    assert answer.content_type == "audio/wav"
    assert answer.content_length == len(SOUND)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_player_may_ask_for_a_part(signed_in: SignedIn, theft: dict[str, int]) -> None:
    hanh, address = signed_in(cast.HANH), f"/calls/{theft['call']}/recordings/{theft['recording']}"
    answer = hanh.opens(address, headers={"Range": "bytes=70000-70009"})
    assert answer.status_code == 206
    assert answer.data == SOUND[70000:70010]
    assert answer.headers["Content-Range"] == f"bytes 70000-70009/{len(SOUND)}"
    assert hanh.opens(address, headers={"Range": "bytes=0-"}).data == SOUND
    assert hanh.opens(address, headers={"Range": f"bytes={len(SOUND)}-"}).status_code == 416


def test_a_recording_is_only_found_under_its_own_call(
    signed_in: SignedIn, theft: dict[str, int], store: Store, commune: Station
) -> None:
    with store.write() as connection:
        other = station.call(connection, commune, "CA-other")
    assert signed_in(cast.HANH).opens(f"/calls/{other}/recordings/{theft['recording']}").status_code == 404


def test_a_recording_that_was_tampered_with_is_not_played(
    signed_in: SignedIn, theft: dict[str, int], vault: Vault, tmp_path: Path
) -> None:
    [name] = vault.names()
    [file] = [path for path in (tmp_path / "recordings").rglob("*") if path.name.startswith(name)]
    sealed = bytearray(file.read_bytes())
    sealed[-20] ^= 1
    file.chmod(0o600)
    file.write_bytes(sealed)
    answer = signed_in(cast.HANH).opens(f"/calls/{theft['call']}/recordings/{theft['recording']}")
    assert answer.status_code == 500
    assert b"RIFF" not in answer.data
    assert "This recording cannot be opened" in answer.text


def test_something_that_is_not_sound_is_handed_over_as_a_file(
    signed_in: SignedIn, store: Store, vault: Vault, commune: Station
) -> None:
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA-odd")
        odd = station.recording(
            connection, commune, vault, call_id, b"<html>", media_type="text/html", status="suspect"
        )
    answer = signed_in(cast.HANH).opens(f"/calls/{call_id}/recordings/{odd}")
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment"


def test_an_officer_without_keys_reads_why_and_hears_after_the_chief_has_signed_in(
    signed_in: SignedIn, theft: dict[str, int], store: Store, commune: Station
) -> None:
    page, sound = f"/calls/{theft['call']}", f"/calls/{theft['call']}/recordings/{theft['recording']}"
    new = cast.Officer("Mới", "moi", "officer", "+84912345690", "moi-starts-on-monday")
    with store.write() as connection:
        station.hire(connection, commune.unit_id, new)
    visitor = signed_in(new)
    assert "as soon as a chief of your unit has signed in" in visitor.opens(page).text
    assert visitor.opens(sound).status_code == 403
    signed_in(cast.LY)
    assert visitor.opens(sound).status_code == 403, "a deputy does not give keys"
    signed_in(cast.THAO)
    assert "<audio" in visitor.opens(page).text
    assert visitor.opens(sound).data == SOUND


def test_a_text_message_is_read_on_its_report_by_who_holds_the_key(
    signed_in: SignedIn, store: Store, commune: Station
) -> None:
    with store.write() as connection:
        report_id = station.report(connection, commune, "R-2026-0044", None, channel="text", category=None)
        station.text(connection, commune, report_id, f"ba \u202eoov\u202c nhà\n{HOSTILE}")
        new = cast.Officer("Mới", "moi", "officer", "+84912345690", "moi-starts-on-monday")
        station.hire(connection, commune.unit_id, new)
    assert "ba oov nhà\n&lt;script&gt;" in signed_in(cast.HANH).opens("/reports/R-2026-0044").text
    page = signed_in(new).opens("/reports/R-2026-0044").text
    assert "able to read it as soon as a chief" in page
    assert "nhà" not in page


def test_a_call_that_is_still_going_on_is_shown(signed_in: SignedIn, store: Store, commune: Station) -> None:
    live = dict.fromkeys(("kind", "category", "outcome", "privacy", "ended_at", "duration_s"))
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA-live", **live)
    hanh = signed_in(cast.HANH)
    assert "In progress" in hanh.opens("/calls").text
    assert "not chosen yet" in hanh.opens(f"/calls/{call_id}").text


def test_a_long_log_is_paged_without_a_gap_or_a_repeat(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        ids = [
            station.call(connection, commune, f"CA-{n}", started_at=NOW - timedelta(minutes=n // 3)) for n in range(120)
        ]
    hanh, address, seen = signed_in(cast.HANH), "/calls?kind=report&category=&month=2026-11", []
    while address:
        page = Links(hanh.opens(address).text)
        seen += [int(link.removeprefix("/calls/")) for link in page.links if link.startswith("/calls/")]
        address = page.next or ""
        assert not address or "kind=report" in address
    assert sorted(seen) == sorted(ids)
    assert len(seen) == len(set(seen))


class Links(HTMLParser):
    """The links of a page, and the one to its next."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.next: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and (address := found.get("href")):
            self.links.append(address)
            if found.get("rel") == "next":
                self.next = address


def test_a_month_is_the_units_own(signed_in: SignedIn, store: Store, commune: Station) -> None:
    last_second = datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC)  # 23:59:59 in the commune
    with store.write() as connection:
        october = station.call(connection, commune, "CA-october", started_at=last_second)
        november = station.call(connection, commune, "CA-november", started_at=last_second + timedelta(seconds=1))
    hanh = signed_in(cast.HANH)
    assert f'"/calls/{october}"' in hanh.opens("/calls?month=2026-10").text
    assert f'"/calls/{november}"' not in hanh.opens("/calls?month=2026-10").text
    assert f'"/calls/{november}"' in hanh.opens("/calls?month=2026-11").text


@pytest.mark.parametrize(
    "query",
    [
        "month=2026-13",
        "month=x",
        "month=٢٠٢٦-١١",
        "kind=<b>",
        "category=RPT-NONE",
        "before=x",
        "before=²",
        "before=" + "9" * 40,
        "before=-1",
    ],
)
def test_a_filter_that_means_nothing_is_not_applied(signed_in: SignedIn, theft: dict[str, int], query: str) -> None:
    answer = signed_in(cast.HANH).opens(f"/calls?{query}")
    assert answer.status_code == 200
    assert f'"/calls/{theft["call"]}"' in answer.text
    assert "<b>" not in answer.text.replace("<b>Keychain", "").replace("<b>H", "")


def test_the_reports_can_be_narrowed_too(signed_in: SignedIn, theft: dict[str, int]) -> None:
    hanh = signed_in(cast.HANH)
    assert "R-2026-0042" in hanh.opens("/reports?kind=report&category=RPT-THEFT&month=2026-11").text
    assert "R-2026-0042" not in hanh.opens("/reports?category=RPT-DV").text


def test_hostile_words_are_only_words(signed_in: SignedIn, store: Store, commune: Station) -> None:
    with store.write() as connection:
        village = station.place(connection, commune, "13", HOSTILE)
        hurt = {"hung_up_at": HOSTILE, "outcome": HOSTILE[:40], "language": "<b>x", "suspect": HOSTILE[:40]}
        call_id = station.call(connection, commune, HOSTILE, **hurt, category="<i>", kind="<u>", privacy="<s>")
        station.report(connection, commune, "R-2026-0043", call_id, place_id=village, status="<q>", urgency="<em>")
    hanh = signed_in(cast.HANH)
    for address in ("/calls", f"/calls/{call_id}", "/reports", "/reports/R-2026-0043"):
        page = hanh.opens(address)
        assert page.status_code == 200
        for tag in ("<script>", "<img src=x", "<b>x", "<i>", "<u>", "<s>", "<q>", "<em>"):
            assert tag not in page.text, (address, tag)
    assert "<script" not in hanh.opens(f"/calls?month={HOSTILE}").text
    assert "<script" not in hanh.opens(f"/{HOSTILE}").text


def test_no_number_of_a_caller_or_officer_is_on_any_page(signed_in: SignedIn, theft: dict[str, int]) -> None:
    thao = signed_in(cast.THAO)
    for address in ("/calls", f"/calls/{theft['call']}", "/reports", "/reports/R-2026-0042"):
        page = thao.opens(address).text
        assert "912345" not in page.replace(" ", ""), address


def test_a_page_can_be_used_without_seeing_it(signed_in: SignedIn, theft: dict[str, int]) -> None:
    hanh = signed_in(cast.HANH)
    for address in ("/calls", f"/calls/{theft['call']}", "/reports", "/reports/R-2026-0042"):
        page = Outline(hanh.opens(address).text)
        assert page.language == "en", address
        assert page.counts["main"] == page.counts["header"] == page.counts["h1"] == 1, address
        assert page.headings[0] == 1, address
        assert all(after <= before + 1 for before, after in pairwise(page.headings)), address
        assert page.fields <= page.labels, address
        assert page.first_link == "#content", address


class Outline(HTMLParser):
    """The skeleton of a page, as somebody meets it who cannot see it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.headings: list[int] = []
        self.fields: set[str] = set()
        self.labels: set[str] = set()
        self.language = self.first_link = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        elif tag in ("input", "select") and found.get("type") != "hidden":
            self.fields.add(found["id"] or "")
        elif tag == "label":
            self.labels.add(found["for"] or "")
        elif tag == "html":
            self.language = found["lang"] or ""
        elif tag == "a" and not self.first_link:
            self.first_link = found["href"] or ""
