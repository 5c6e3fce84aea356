"""What was said is fetched, sealed, verified, and heard by those whose unit it is."""

import hashlib
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from hotline.casework import people
from hotline.simulator.audio import tone
from hotline.simulator.faults import Faults
from storage.sealing import new_key_pair
from storage.tables import calls, recordings, units
from storage.vault import Vault
from tests.cast import DUNG, HANH, PAO, QUAN, SINH, THAO, Officer
from tests.stories.conftest import ON_SQLITE, Commune

SOUND = tone(7)


def leaves_a_message(commune: Commune, sound: bytes = SOUND) -> None:
    call = commune.dials(PAO)
    call.key_in("11211203")
    call.record(sound)
    call.press("#")
    call.hang_up()


def the_sound(commune: Commune, browser: FlaskClient) -> object:
    return commune.opens(browser, "/calls/1/recordings/1")


def test_a_recording_is_brought_home_and_then_deleted_at_the_carrier(commune: Commune) -> None:
    leaves_a_message(commune)
    (row,) = commune.rows(recordings)
    assert row["status"] == "awaited"
    assert len(commune.carrier.recordings) == 1
    commune.worker_runs()
    (row,) = commune.rows(recordings)
    assert (row["status"], row["media_type"], row["duration_s"]) == ("kept", "audio/wav", 7)
    vault = Vault(commune.settings.recordings_url)
    assert vault.verify(row["vault_name"], row["sha256"], row["bytes"])
    assert b"".join(vault.read(row["vault_name"], commune.key("content"))) == SOUND
    commune.clock.goes_on(hours=2)
    commune.worker_runs()
    assert commune.carrier.recordings == {}
    assert commune.rows(recordings)[0]["removed_at_carrier"] is not None


@ON_SQLITE
def test_the_duty_officer_hears_it_in_the_console(commune: Commune) -> None:
    commune.hires(HANH)
    commune.chief_hands_out_keys()
    leaves_a_message(commune)
    commune.worker_runs()
    browser = commune.sits_down(HANH)
    assert commune.opens(browser, "/calls").status_code == 200
    page = commune.opens(browser, "/calls/1")
    assert "R-2026-0001" in page.text
    assert "/calls/1/recordings/1" in page.text
    assert PAO.number not in page.text
    sound = the_sound(commune, browser)
    assert (sound.status_code, sound.data) == (200, SOUND)
    assert commune.opens(browser, "/reports/R-2026-0001").status_code == 200


@ON_SQLITE
def test_a_new_officer_hears_nothing_before_the_chief_signs_in(commune: Commune) -> None:
    leaves_a_message(commune)
    commune.worker_runs()
    commune.hires(QUAN)
    browser = commune.sits_down(QUAN)
    assert commune.opens(browser, "/calls/1").status_code == 200, "what is not sealed can be seen"
    assert the_sound(commune, browser).status_code == 403
    commune.sits_down(THAO)
    assert the_sound(commune, commune.sits_down(QUAN)).data == SOUND


@ON_SQLITE
@pytest.mark.parametrize("outsider", [DUNG, SINH])
def test_the_province_and_the_neighbours_hear_and_see_nothing(commune: Commune, outsider: Officer) -> None:
    leaves_a_message(commune)
    commune.worker_runs()
    unit_id = 1 if outsider is DUNG else neighbouring_unit(commune)
    commune.hires(outsider, unit_id)
    commune.chief_hands_out_keys()
    browser = commune.sits_down(outsider)
    for address in ("/calls/1", "/calls/1/recordings/1", "/reports/R-2026-0001"):
        answer = commune.opens(browser, address)
        assert answer.status_code == 404, address
        assert b"RIFF" not in answer.data
        assert "RPT-THEFT" not in answer.text


@ON_SQLITE
def test_nobody_hears_anything_without_signing_in(commune: Commune) -> None:
    leaves_a_message(commune)
    commune.worker_runs()
    answer = the_sound(commune, commune.app.test_client())
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


@ON_SQLITE
def test_a_recording_that_is_late_at_the_carrier_is_fetched_again(commune: Commune) -> None:
    commune.carrier.faults = Faults(not_found=2, too_many_requests=1, unavailable=1)
    leaves_a_message(commune)
    for _ in range(12):
        commune.worker_runs()
        commune.clock.goes_on(minutes=5)
    (row,) = commune.rows(recordings)
    assert row["status"] == "kept"


@ON_SQLITE
def test_what_is_not_sound_is_kept_and_marked(commune: Commune) -> None:
    commune.carrier.faults = Faults(wrong_type=True)
    leaves_a_message(commune)
    commune.worker_runs()
    (row,) = commune.rows(recordings)
    assert row["status"] in ("suspect", "awaited")
    assert row["status"] != "kept"


@ON_SQLITE
def test_sealed_files_say_nothing_by_name_or_content(commune: Commune, tmp_path: Path) -> None:
    leaves_a_message(commune)
    commune.worker_runs()
    (file,) = (one for one in (tmp_path / "recordings").rglob("*") if one.is_file())
    (call,) = commune.rows(calls)
    for told in (PAO.number, PAO.number[1:], call["carrier_call_id"], call["key"], hashlib.sha256(SOUND).hexdigest()):
        assert told not in file.name
    assert SOUND[:200] not in file.read_bytes()


def neighbouring_unit(commune: Commune) -> int:
    first = commune.rows(units)[0]
    other = {**first, "id": 2, "code": "deo-gio", "name": "Xã Đèo Gió"}
    keys = {f"{kind}_public": new_key_pair().public for kind in (people.CONTENT, people.IDENTITY, "recovery")}
    with commune.store.write() as connection:
        connection.execute(units.insert().values({**other, **keys}))
    return 2
