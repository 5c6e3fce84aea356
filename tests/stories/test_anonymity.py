"""What becomes of a caller's number."""

from pathlib import Path

import pytest

from storage.tables import calls, outbox, reports, sealed_numbers, tombstones
from tests.cast import MAY, PAO, SEN, WITHHELD
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard, words


def test_a_frightened_witness_leaves_no_trace_and_comes_back_with_the_code(commune: Commune) -> None:
    """Cô Sen's number is shown to the carrier, yet it never reaches our disk. Later her code is enough."""
    first = commune.dials(PAO.number)
    assert "không cần nói tên" in words(first)
    first.key_in("11111103")  # drugs, use, now, anonymous, the place
    first.record(15)
    first.press("#")
    number = code(first)
    first.hang_up()
    assert commune.call(first)["privacy"] == commune.report()["privacy"] == "anonymous"
    assert commune.rows(sealed_numbers) == []

    commune.clock.goes_on(days=2)
    second = commune.dials(SEN)
    second.key_in("13" + number)
    assert heard(second, "earlier.status") == 1
    second.press("1")
    second.record(7)
    second.press("#")
    assert heard(second, "earlier.added") == 1
    assert commune.call(second)["kind"] == "addition"
    assert commune.rows(sealed_numbers) == []
    assert len(commune.rows(reports)) == 1


@ON_SQLITE
def test_neither_number_nor_code_nor_sound_lies_anywhere_on_the_disk(
    commune: Commune, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    codes = []
    for choice in "123":
        call = commune.dials(PAO)
        call.key_in(f"1162{choice}03")
        call.record(5)
        call.press("#")
        codes.append(code(call))
        lookup = commune.dials(MAY)
        lookup.key_in("13" + codes[-1])
        commune.worker_runs()
        call.hang_up()
        lookup.hang_up()
        commune.worker_runs()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert sum("recordings" in str(file) for file in files) == 3
    for secret in (PAO.number, PAO.number[1:], "0" + PAO.number[3:], MAY.number[3:], *codes):
        assert secret not in caplog.text
        for file in files:
            assert secret.encode() not in file.read_bytes(), file
            assert secret not in str(file)
    assert not any(b"RIFF" in file.read_bytes() for file in files)


@ON_SQLITE
def test_an_anonymous_callers_record_goes_at_the_carrier_too(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.key_in("11621#")
    call.record(3)
    call.press("#")
    call.hang_up()
    commune.worker_runs()
    assert call.id in commune.carrier.legs, "its own late callbacks come first"
    commune.clock.goes_on(minutes=15)
    commune.worker_runs()
    assert call.id not in commune.carrier.legs
    assert [(row["action"], row["state"]) for row in commune.rows(outbox) if row["action"] == "delete_call"] == [
        ("delete_call", "sent")
    ]
    assert call.id in [row["carrier_id"] for row in commune.rows(tombstones)]


@ON_SQLITE
@pytest.mark.parametrize(
    "from_",
    [WITHHELD, "", "+266696687", "Restricted", "client:somebody", "sip:x@example.org", "không rõ", "+00", "9" * 60],
)
def test_a_withheld_or_strange_number_changes_nothing(commune: Commune, from_: str) -> None:
    call = commune.dials(from_)
    call.key_in("11623" + "03")
    call.record(4)
    call.press("#")
    assert len(code(call)) == 12
    call.hang_up()
    row = commune.call(call)
    assert (row["withheld"], row["kind"], row["privacy"]) == (True, "report", "anonymous")
    assert commune.rows(sealed_numbers) == []
    assert all(one.answer is not None and one.answer.ok for one in call.requests)


@ON_SQLITE
@pytest.mark.parametrize(("key", "sealed_to"), [("2", "identity"), ("3", "content")])
def test_a_number_is_sealed_as_the_caller_chose(commune: Commune, key: str, sealed_to: str) -> None:
    call = commune.dials(PAO)
    call.key_in("1162" + key)
    assert commune.numbers() == [(sealed_to, PAO.number)], "with the webhook that brought the choice"
    call.hang_up()
    assert commune.numbers() == [(sealed_to, PAO.number)]


@ON_SQLITE
def test_silence_at_the_choice_keeps_the_number_secret(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.key_in("1162")
    assert commune.numbers() == []
    call.wait()
    call.wait()
    assert commune.numbers() == [("identity", PAO.number)]


@ON_SQLITE
def test_the_last_choice_counts_and_undoes_the_one_before(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.key_in("11623*")  # call me back; then back to the main menu
    call.wait()
    assert commune.numbers() == [("content", PAO.number)]
    call.key_in("1621")  # the report once more, anonymous this time
    assert commune.numbers() == []
    call.hang_up()
    assert commune.numbers() == []
    assert commune.rows(calls)[0]["privacy"] == "anonymous"


@ON_SQLITE
def test_an_emergency_keeps_the_number_and_says_so(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.key_in("11621")
    assert commune.numbers() == []
    call.press("#")
    call.record(1)
    call.press("9")
    assert heard(call, "emergency.hold") == 1
    assert "được giữ để gọi lại" in words(call)
    assert commune.numbers() == [("content", PAO.number)]
    call.hang_up()


@ON_SQLITE
def test_violence_at_home_is_never_rung_back_by_surprise(commune: Commune) -> None:
    call = commune.dials(PAO)
    call.key_in("11312")  # beaten at home; over
    assert heard(call, "report.privacy_home") == 1
    call.wait()
    call.wait()
    assert commune.numbers() == [("identity", PAO.number)]
