"""A text message to the number is taken down like a call."""

import pytest

from storage.sealing import unseal
from storage.tables import reports, sealed_numbers, texts
from tests.cast import HANH, PAO
from tests.stories.conftest import LINE, ON_SQLITE, Commune

WORDS = "Có người lạ vào kho xã lúc 2 giờ sáng <b>&\u202e 🚲"


def test_a_text_becomes_a_report_that_only_officers_can_read(commune: Commune) -> None:
    sent = commune.carrier.text(PAO.number, LINE, WORDS)
    assert sent.answer is not None
    assert sent.answer.status == 200
    assert "<Message" not in sent.twiml, "nothing is ever texted back"
    assert "<Response" in sent.twiml
    report, (text,) = commune.report(), commune.rows(texts)
    assert (report["channel"], report["kind"], report["status"]) == ("text", "report", "NEW")
    assert (report["privacy"], text["report_id"]) == ("confidential", report["id"])
    assert WORDS.encode() not in text["sealed_words"]
    opened = unseal(commune.key("content"), text["sealed_words"], f"text:{text['id']}:words")
    assert opened.decode() == WORDS
    (number,) = commune.rows(sealed_numbers)
    assert (number["key_kind"], number["text_id"]) == ("identity", text["id"])
    assert unseal(commune.key("identity"), number["sealed"], f"text:{text['id']}:number").decode() == PAO.number


def test_a_text_that_comes_again_is_the_same_text(commune: Commune) -> None:
    sent = commune.carrier.text(PAO.number, LINE, WORDS)
    for _ in range(3):
        again = commune.carrier.repeat(sent)
        assert again.twiml == sent.twiml
    assert len(commune.rows(texts)) == len(commune.rows(reports)) == 1


@ON_SQLITE
@pytest.mark.parametrize("from_", ["anonymous", "MOBIFONE", "191"])
def test_a_text_without_a_number_is_kept_without_one(commune: Commune, from_: str) -> None:
    commune.carrier.text(from_, LINE, "cháy")
    assert commune.report()["channel"] == "text"
    assert commune.rows(sealed_numbers) == []


@ON_SQLITE
@pytest.mark.parametrize("words", ["", "\x00", "a" * 9000, "\ud800", "<Response/>", "🚒" * 1600])
def test_whatever_stands_in_a_text_it_is_kept(commune: Commune, words: str) -> None:
    commune.carrier.text(PAO.number, LINE, words.encode("utf-8", "replace").decode())
    assert len(commune.rows(reports)) == 1


@ON_SQLITE
def test_the_duty_officer_reads_it_in_the_console(commune: Commune) -> None:
    commune.carrier.text(PAO.number, LINE, WORDS)
    commune.hires(HANH)
    commune.chief_hands_out_keys()
    page = commune.opens(commune.sits_down(HANH), "/reports/R-2026-0001")
    assert page.status_code == 200
    assert "Có người lạ vào kho xã" in page.text
    assert "<b>&" not in page.text
    assert PAO.number not in page.text
