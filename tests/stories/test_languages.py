"""Russian, English, and a language that no carrier has a voice for."""

from pathlib import Path

import pytest
import yaml

from ivr_flows.definition import Flow
from ivr_flows.loader import CATALOG, load_flow
from storage.tables import reports
from tests.cast import GRACE, IVAN, MAY, Caller
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import code, heard, words

pytestmark = ON_SQLITE


@pytest.mark.parametrize("caller", [IVAN, GRACE])
def test_a_guest_reports_and_asks_later_all_in_one_language(commune: Commune, caller: Caller) -> None:
    call = commune.dials(caller)
    assert heard(call, "language.menu", caller.language) == 1, "each is told in the own language"
    assert heard(call, "language.menu", "vi") == 1
    call.press({"ru": "3", "en": "2"}[caller.language])
    said = len(call.heard)
    assert heard(call, "welcome", caller.language) == 1, "what the Vietnamese greeting had said"
    call.key_in("12122" + "01")
    call.record(8)
    call.press("#")
    number = code(call)
    call.wait()
    call.wait()
    assert call.ended
    assert {one.language[:2] for one in call.heard[said:] if one.text} == {caller.language}
    assert commune.call(call)["language"] == caller.language

    later = commune.dials(caller)
    later.key_in({"ru": "3", "en": "2"}[caller.language] + "3" + number)
    assert {"ru": "Полиция получила", "en": "The police have received"}[caller.language] in words(later)


STATUSES = yaml.safe_load((CATALOG / "status.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_is_told_in_plain_words_of_the_callers_language(commune: Commune, status: str) -> None:
    call = commune.dials()
    call.key_in("11622#")
    call.record(4)
    call.press("#")
    call.hang_up()
    with commune.store.write() as connection:
        connection.execute(reports.update().values(status=status))
    for key, language in (("1", "vi"), ("2", "en"), ("3", "ru")):
        later = commune.dials()
        later.key_in(key + "3" + code(call))
        assert STATUSES[status][language] in words(later)
        later.hang_up()


TAY_RECORDED = ("greeting", "main.menu", "report.menu", "place.ask")


@pytest.fixture
def with_tay(tmp_path: Path) -> Flow:
    """The shipped flow with Tày on key 4: a speaker from the village has recorded some of its prompts."""
    raw = yaml.safe_load((CATALOG / "keychain.yaml").read_text(encoding="utf-8"))
    raw["languages"]["tyz"] = {"tag": "vi-VN", "name": "Tày", "recorded_only": True, "fallback": "vi"}
    raw["nodes"]["language_menu"]["options"]["4"] = {"next": "main", "set": {"language": "tyz"}}
    folder = tmp_path / "flow"
    (folder / "prompts").mkdir(parents=True)
    for language in ("vi", "en", "ru"):
        file = f"prompts/{language}.yaml"
        (folder / file).write_bytes((CATALOG / file).read_bytes())
    prompts = {name: {"text": f"({name})", "audio": f"tyz/{name}.wav"} for name in TAY_RECORDED}
    (folder / "prompts" / "tyz.yaml").write_text(yaml.safe_dump(prompts), encoding="utf-8")
    (folder / "keychain.yaml").write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return load_flow(folder / "keychain.yaml")


def test_a_speaker_of_tay_hears_recordings_and_where_there_are_none_vietnamese(
    commune: Commune, with_tay: Flow
) -> None:
    commune.plays(with_tay)
    call = commune.dials(MAY)
    call.press("4")
    assert call.heard[-1].audio == "https://line.example.org/prompts/tyz/main.menu.wav"
    assert call.heard[-1].text == ""
    call.press("1")
    assert (call.heard[-1].audio or "").endswith("/report.menu.wav")
    call.press("6")
    assert heard(call, "report.now", "vi") == 1, "not recorded: Vietnamese, and somebody must interpret"
    call.key_in("22" + "01")
    call.record(9)
    call.press("#")
    assert len(code(call)) == 12
    call.hang_up()
    assert commune.report()["interpreter"] is True
    assert commune.call(call)["language"] == "tyz"


def test_a_vietnamese_speaker_on_the_same_line_needs_no_interpreter(commune: Commune, with_tay: Flow) -> None:
    commune.plays(with_tay)
    call = commune.dials(MAY)
    call.key_in("11622#")
    call.record(9)
    call.press("#")
    call.hang_up()
    assert commune.report()["interpreter"] is False


def test_a_speaker_of_tay_who_hangs_up_early_is_flagged_as_well(commune: Commune, with_tay: Flow) -> None:
    commune.plays(with_tay)
    call = commune.dials(MAY)
    call.key_in("411111")  # drug use, now
    call.hang_up()
    report = commune.report()
    assert (report["incomplete"], report["interpreter"]) == (True, True)
