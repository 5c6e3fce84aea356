"""The deputy records what callers hear; the next caller hears it, and whoever is on the line hears the old one."""

import io
import re
import wave
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.simulator import audio
from ivr_flows.definition import Flow
from ivr_flows.loader import CATALOG, load_flow
from storage.tables import audit_rows, flow_publications, flow_versions, lines, prompt_sounds
from tests.cast import GRACE, LY, MAY
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.hearing import heard

BASE = "https://line.example.org"
SETTINGS_ARE_KNOWN_AFTER_S = 6


def _a_long_silence(seconds: int = 121, rate: int = 1000) -> bytes:
    """Too long, and yet small."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 1, rate, 0, "NONE", ""))
        written.writeframes(bytes([128]) * rate * seconds)
    return file.getvalue()


class Desk:
    """The deputy at the page of the prompts."""

    def __init__(self, commune: Commune) -> None:
        self.commune = commune
        commune.hires(LY)
        self.browser = commune.sits_down(LY)

    def opens(self, address: str) -> str:
        return str(self.commune.opens(self.browser, address).text)

    def records(self, prompt: str, sound: bytes, language: str = "vi") -> Any:
        form = {"language": language, "sound": (io.BytesIO(sound), "recording.wav")}
        return self._posts(f"/prompts/{prompt}/takes", f"/prompts/{prompt}?language={language}", form)

    def goes_back_to_words(self, prompt: str, language: str = "vi") -> Any:
        page = f"/prompts/{prompt}?language={language}"
        return self._posts(f"/prompts/{prompt}/choice", page, {"language": language, "take": ""})

    def publishes(self) -> Any:
        page = self.opens("/prompts")
        seen = re.search(r'name="version" value="(\w+)"', page)
        answer = self._posts("/prompts/publications", "/prompts", {"version": seen[1] if seen else ""})
        self.commune.clock.goes_on(seconds=SETTINGS_ARE_KNOWN_AFTER_S)
        return answer

    def _posts(self, address: str, page: str, form: dict[str, Any]) -> Any:
        token = self.opens(page).partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.browser.post(address, data={"csrf_token": token, **form}, base_url=BASE)


def test_the_next_caller_hears_what_the_deputy_has_recorded(commune: Commune) -> None:
    desk = Desk(commune)
    early = commune.dials(GRACE)
    assert desk.records("greeting", audio.tone(3)).status_code == 303
    assert heard(commune.dials(MAY), "greeting") == 1, "chosen, but not on the line yet"
    assert desk.publishes().status_code == 303

    call = commune.dials(MAY)
    played = call.heard[0].audio
    assert re.fullmatch(BASE + r"/voice/prompts/[0-9a-f]{64}\.wav", played or "")
    fetched = commune.carrier.sound_at(str(played))
    with wave.open(io.BytesIO(fetched.body)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() == 3 * 8000
    early.press("2")
    early.press("*")
    assert all(word.audio is None for word in early.heard), "this call keeps the version with which it began"
    assert [row["officer_id"] is None for row in commune.rows(flow_publications)] == [True, False]
    assert {"prompt recorded", "prompt chosen", "flow published"} <= {row["action"] for row in commune.rows(audit_rows)}
    assert LY.name in desk.opens("/prompts/greeting?language=vi")


@ON_SQLITE
def test_back_to_the_spoken_words_and_the_old_recording_stays(commune: Commune) -> None:
    desk = Desk(commune)
    desk.records("greeting", audio.tone(3))
    desk.publishes()
    meanwhile = commune.dials(MAY)
    desk.goes_back_to_words("greeting")
    desk.publishes()
    assert heard(commune.dials(MAY), "greeting") == 1
    assert commune.carrier.sound_at(str(meanwhile.heard[0].audio)).ok
    assert len(commune.rows(prompt_sounds)) == 1
    assert len(commune.rows(flow_versions)) == 2, "the spoken flow is the version that there was before"


@ON_SQLITE
def test_a_new_flow_keeps_the_recordings_of_words_that_have_not_changed(commune: Commune, tmp_path: Path) -> None:
    desk = Desk(commune)
    for prompt in ("greeting", "main.menu"):
        assert desk.records(prompt, audio.tone(2)).status_code == 303
    desk.publishes()
    commune.plays(_flow(tmp_path, {"greeting": "Xin chào bà con. Đường dây có ghi âm."}))
    commune.clock.goes_on(seconds=SETTINGS_ARE_KNOWN_AFTER_S)
    call = commune.dials(MAY)
    call.press("1")
    assert call.heard[0].text.startswith("Xin chào bà con."), "the recording would say the old words"
    assert (call.heard[-1].audio or "").startswith(f"{BASE}/voice/prompts/")
    assert "says other words" in desk.opens("/prompts/greeting?language=vi")


@ON_SQLITE
def test_a_speaker_of_dao_hears_what_is_recorded_and_else_vietnamese(commune: Commune, tmp_path: Path) -> None:
    commune.plays(_flow(tmp_path, {}, with_dao=True))
    desk = Desk(commune)
    assert "0 of" in desk.opens("/prompts?language=ium")
    assert desk.records("main.menu", audio.tone(4), "ium").status_code == 303
    desk.publishes()
    page = desk.opens("/prompts?language=ium")
    assert "1 of" in page
    assert "No machine speaks Dao" in page
    call = commune.dials(MAY)
    call.press("4")
    assert (call.heard[-1].audio or "").startswith(f"{BASE}/voice/prompts/")
    call.press("1")
    assert heard(call, "report.menu", "vi") == 1


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (b"", "There is nothing in this recording"),
        (b"this is a letter, not a sound", "This is not a sound file"),
        (_a_long_silence(), "longer than 120 seconds"),
    ],
)
@ON_SQLITE
def test_what_is_no_recording_is_refused_in_plain_words(commune: Commune, sound: bytes, said: str) -> None:
    desk = Desk(commune)
    answer = desk.records("greeting", sound)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert commune.rows(prompt_sounds) == []


@ON_SQLITE
def test_silence_is_kept_and_doubted(commune: Commune) -> None:
    desk = Desk(commune)
    desk.records("greeting", audio.silence(2))
    assert "hardly anything to hear" in desk.opens("/prompts/greeting?language=vi")


@ON_SQLITE
def test_what_differs_from_call_to_call_is_not_recorded(commune: Commune) -> None:
    desk = Desk(commune)
    [line] = commune.rows(lines)
    answer = desk.records("receipt.code", audio.tone(2))
    assert answer.status_code == 422
    assert "only a machine can say it" in answer.text
    assert commune.rows(lines) == [line]


@ON_SQLITE
def test_two_at_the_same_page_publish_only_what_they_saw(commune: Commune) -> None:
    desk = Desk(commune)
    desk.records("greeting", audio.tone(2))
    answer = desk._posts("/prompts/publications", "/prompts", {"version": "0" * 64})
    assert answer.status_code == 409
    assert "look at it again" in answer.text
    assert len(commune.rows(flow_versions)) == 1


def _flow(folder: Path, vietnamese: dict[str, str], with_dao: bool = False) -> Flow:
    """The shipped flow with other words, or with Dao on key 4, of which nothing is recorded."""
    raw = yaml.safe_load((CATALOG / "keychain.yaml").read_text(encoding="utf-8"))
    (folder / "prompts").mkdir(parents=True)
    for language in ("vi", "en", "ru"):
        said = yaml.safe_load((CATALOG / f"prompts/{language}.yaml").read_text(encoding="utf-8"))
        said |= vietnamese if language == "vi" else {}
        (folder / f"prompts/{language}.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    if with_dao:
        raw["languages"]["ium"] = {"tag": "vi-VN", "name": "Dao", "recorded_only": True, "fallback": "vi"}
        raw["nodes"]["language_menu"]["options"]["4"] = {"next": "main", "set": {"language": "ium"}}
        (folder / "prompts/ium.yaml").write_text("{}", encoding="utf-8")
    (folder / "keychain.yaml").write_text(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return load_flow(folder / "keychain.yaml")
