"""What a thief of the disk, or a reader of the log, would find of the callers: nothing. While calls live, and after."""

import logging
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from hotline.phone import as_written
from hotline.simulator.faults import Faults
from hotline.simulator.officers import OfficerPhone
from hotline.simulator.phone_call import PhoneCall
from storage.tables import call_backs, calls, sealed_numbers
from tests.cast import HANH, LY, QUAN, THAO
from tests.hotline.posts import call_form, post, text_form
from tests.stories.conftest import ON_SQLITE, Commune, _quick_secrets
from tests.stories.hearing import code
from tests.stories.test_reveals import sends, sits_down

__all__ = ["_quick_secrets"]

pytestmark = ON_SQLITE
WORDS = "the grey motorbike behind the school"
_NUMBERS = [f"+849123456{number}" for number in range(20, 45)]


# ---- looking everywhere ----------------------------------------------------------------------------------------------


def spellings(number: str) -> list[str]:
    """A number as people and programs write it."""
    national = number.removeprefix("+84")
    grouped = [f"{national[:2]} {national[2:5]} {national[5:]}", f"{national[:3]} {national[3:6]} {national[6:]}"]
    return [number, number[1:], f"0{national}", national, *grouped, *(f"0{one}" for one in grouped)]


def spellings_of_code(digits: str) -> list[str]:
    groups = [digits[start : start + 4] for start in (0, 4, 8)]
    return [
        digits,
        " ".join(digits),
        *(sign.join(groups) for sign in " -,."),
        ", ".join(" ".join(one) for one in groups),
    ]


def is_anywhere(places: dict[str, bytes], secrets: Iterable[str]) -> list[str]:
    """Where one of the secrets can be read, in UTF-8 or UTF-16."""
    found = []
    for secret in secrets:
        for text in {secret.encode(), secret.encode("utf-16-le")}:
            found += [f"{secret!r} in {name}" for name, content in places.items() if text in content]
    return found


class Search:
    """Every byte of the data folder and every line of the log."""

    def __init__(self, folder: Path, log: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.log = log

    def places(self) -> dict[str, bytes]:
        files = [file for file in self.folder.rglob("*") if file.is_file()]
        names = "\n".join(str(file.relative_to(self.folder)) for file in files)
        told = "\n".join(f"{one.getMessage()} {one.args!r} {one.exc_text or ''}" for one in self.log.records)
        contents = {str(file.relative_to(self.folder)): file.read_bytes() for file in files}
        return {**contents, "the log": told.encode("utf-8", "replace"), "names of files": names.encode()}

    def finds(self, *secrets: str) -> list[str]:
        return is_anywhere(self.places(), ["RIFF", "WAVEfmt", WORDS, *secrets])


@pytest.fixture
def search(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Search:
    caplog.set_level(logging.DEBUG)
    return Search(tmp_path, caplog)


def test_the_search_finds_what_lies_about(commune: Commune, search: Search, tmp_path: Path) -> None:
    """Else it would prove nothing."""
    (tmp_path / "careless.tmp").write_bytes(b"\0\0RIFF\0\0" + b"0912 345 620")
    (tmp_path / "careless.idx").write_bytes("1234 5678 9012".encode("utf-16-le"))
    logging.getLogger("hotline").info("a call from %s", _NUMBERS[0])
    found = search.finds(*spellings(_NUMBERS[0]), *spellings_of_code("123456789012"))
    assert {re.sub(".* in ", "", one) for one in found} >= {"careless.tmp", "careless.idx", "the log"}


# ---- a day on the line -----------------------------------------------------------------------------------------------


def a_report(commune: Commune, number: str, privacy: str) -> tuple[PhoneCall, str]:
    call = commune.dials(number)
    call.key_in(f"1162{privacy}03")
    call.record(4)
    call.press("#")
    return call, code(call)


def test_after_a_day_of_calls_nothing_of_the_callers_can_be_read(commune: Commune, search: Search) -> None:
    commune.puts_on_duty(HANH)
    codes = []
    for number, privacy in zip(_NUMBERS[:3], "123", strict=True):
        call, receipt = a_report(commune, number, privacy)
        codes.append(receipt)
        assert search.finds(*secrets_of(codes)) == [], "while the call is live"
        call.hang_up()
    _asks_and_adds(commune, codes[1], _NUMBERS[3])
    _is_in_danger(commune, _NUMBERS[4])
    _leaves_everywhere(commune, _NUMBERS[5:12])
    post(commune, "/sms/incoming", text_form("SM1", WORDS, From=_NUMBERS[12]))
    post(commune, "/voice/status", call_form("CAnever", From=_NUMBERS[13], CallStatus="completed"))
    assert search.finds(*secrets_of(codes)) == []
    for _ in range(3):
        commune.clock.goes_on(minutes=11)
        commune.worker_runs()
    assert search.finds(*secrets_of(codes)) == []
    commune.store.checkpoint()
    assert search.finds(*secrets_of(codes)) == []
    assert len(commune.rows(calls)) == 13


def secrets_of(codes: list[str]) -> list[str]:
    numbers = [one for number in [*_NUMBERS, HANH.number, QUAN.number] for one in spellings(number)]
    return numbers + [one for receipt in codes for one in spellings_of_code(receipt)]


def _asks_and_adds(commune: Commune, receipt: str, number: str) -> None:
    call = commune.dials(number)
    call.key_in("13")
    call.key_in(receipt)
    call.press("1")
    call.record(3)
    call.press("#")
    call.hang_up()


def _is_in_danger(commune: Commune, number: str) -> None:
    commune.carrier.phones[HANH.number] = OfficerPhone()
    call = commune.dials(number)
    call.press("9")
    while call.awaits != "recording" and not call.ended:
        call.wait()
    if not call.ended:
        call.record(3)
        call.press("#")
    call.hang_up()


def _leaves_everywhere(commune: Commune, numbers: list[str]) -> None:
    """Callers who put the telephone down, each a little later."""
    for stop, number in enumerate(numbers):
        call = commune.dials(number)
        for key in "1162303"[:stop]:
            call.press(key)
        if call.awaits == "recording":
            call.record(3)
        call.hang_up()


# ---- officers use the numbers --------------------------------------------------------------------------------------


def test_ringing_back_and_reading_a_number_leave_it_nowhere(commune: Commune, search: Search) -> None:
    """While the officer's telephone rings, while they talk, when it was too late, and when a number is read."""
    willing, hidden = _NUMBERS[:2]
    for number, privacy in ((willing, "3"), (hidden, "2")):
        a_report(commune, number, privacy)[0].hang_up()
    hanh, ly, thao = sits_down(commune, HANH, LY, THAO)
    secrets = [one for number in (willing, hidden, HANH.number, LY.number) for one in spellings(number)]
    page = "/reports/R-2026-0001"
    for late in (False, True):
        sends(commune, hanh, page, f"{page}/call-backs")
        leg = commune.carrier.placed[-1]
        assert search.finds(*secrets, one_time_key(leg.url)) == [], "while it rings"
        commune.clock.goes_on(minutes=3 if late else 1)
        commune.carrier.phones[HANH.number].answers_and_presses("1")
        commune.carrier.phones.setdefault(willing, OfficerPhone()).answers_and_presses("")
        commune.carrier.connect()
        assert search.finds(*secrets, one_time_key(leg.url)) == [], "afterwards"
    assert [row["outcome"] for row in commune.rows(call_backs)] == ["answered", "too late"]
    commune.carrier.faults = Faults(refused=1)
    sends(commune, hanh, page, f"{page}/call-backs")
    hidden_page = "/reports/R-2026-0002"
    sends(commune, ly, hidden_page, f"{hidden_page}/reveals", reason="his life is in danger")
    sends(commune, thao, "/reveals", "/reveals/1/approval")
    shown = sends(commune, ly, "/reveals", "/reveals/1/reading")
    assert as_written(hidden) in shown.text
    assert not any(hidden in one or as_written(hidden) in one for one in (repr(shown.headers), shown.request.url))
    assert search.finds(*secrets, as_written(hidden), "his life is in danger") == []
    commune.store.checkpoint()
    assert search.finds(*secrets, as_written(hidden), "his life is in danger") == []


def one_time_key(url: str) -> str:
    return url.rpartition("/")[2]


# ---- whose number, under which key -----------------------------------------------------------------------------------


def test_before_the_choice_nothing_is_kept_and_the_choice_says_which_key_opens_it(commune: Commune) -> None:
    for number, (key, opens) in zip(_NUMBERS, {"1": [], "2": ["identity"], "3": ["content"]}.items(), strict=False):
        before = commune.numbers()
        call = commune.dials(number)
        call.key_in("1162")
        assert commune.numbers() == before, "the choice is not made yet"
        call.press(key)
        fresh = [one for one in commune.numbers() if one not in before]
        assert fresh == [(kind, number) for kind in opens], "sealed in the step that brought the choice"
        call.hang_up()
        assert [one for one in commune.numbers() if one not in before] == fresh


def test_an_anonymous_caller_has_no_row_at_any_moment(commune: Commune, search: Search) -> None:
    call = commune.dials(_NUMBERS[0])
    for key in "11621":
        call.press(key)
        assert commune.rows(sealed_numbers) == []
    call.key_in("03")
    call.record(3)
    call.press("#")
    receipt = code(call)
    call.hang_up()
    for status in ("completed", "completed"):
        again = call_form(call.id, From=_NUMBERS[0], CallStatus=status, CallDuration="40")
        assert post(commune, "/voice/status", again).status_code == 204
    for _ in range(3):
        commune.clock.goes_on(hours=2)
        commune.worker_runs()
        commune.outside.sweep(commune.clock())
        commune.outside.reconcile(commune.clock())
    assert commune.rows(sealed_numbers) == []
    assert search.finds(*spellings(_NUMBERS[0]), *spellings_of_code(receipt)) == []
    assert call.id not in commune.carrier.legs, "the carrier was asked to forget it too"


def test_the_last_choice_counts_and_undoes_the_earlier_one(commune: Commune) -> None:
    """Back to the main menu with *, down again, and another choice."""
    call = commune.dials(_NUMBERS[0])
    call.key_in("1162")
    kept = []
    for choice in ("2", "3", "1", "2", "1"):
        call.press(choice)
        kept.append([kind for kind, _ in commune.numbers()])
        call.press("*")
        call.wait()  # one key where two are asked for
        call.key_in("162")
    assert kept == [["identity"], ["content"], [], ["identity"], []]
    call.hang_up()
    assert commune.rows(sealed_numbers) == [], "anonymous was the last word"


def test_in_an_emergency_the_number_is_sealed_for_those_who_help_whatever_was_chosen(commune: Commune) -> None:
    for number, chosen in zip(_NUMBERS, ("", "1", "2", "3"), strict=False):
        before = commune.numbers()
        call = commune.dials(number)
        if chosen:
            call.key_in(f"1162{chosen}")
            call.press("*")
        call.press("9")
        fresh = [one for one in commune.numbers() if one not in before]
        assert fresh == [("content", number)], f"after the choice {chosen!r}"
        assert commune.call(call)["privacy"] == "call_back"
        call.hang_up()
        assert [one for one in commune.numbers() if one not in before] == fresh


def test_who_leaves_without_a_choice_is_confidential(commune: Commune) -> None:
    call = commune.dials(_NUMBERS[0])
    call.press("1")
    assert commune.numbers() == []
    call.hang_up()
    assert commune.numbers() == [("identity", _NUMBERS[0])]
