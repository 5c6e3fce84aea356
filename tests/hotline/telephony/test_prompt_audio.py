"""The carrier fetches what it plays: by digest, without a signature, and keeps it for ever."""

import hashlib

from hotline.casework.once import insert_once
from storage.tables import prompt_sounds
from tests.stories.conftest import ON_SQLITE, Commune

pytestmark = ON_SQLITE
SOUND = b"RIFF the greeting of the line"
DIGEST = hashlib.sha256(SOUND).hexdigest()


def keep(commune: Commune) -> str:
    row = {"sha256": DIGEST, "file": SOUND, "duration_ms": 900, "kept_at": commune.clock()}
    with commune.store.write() as connection:
        insert_once(connection, prompt_sounds, row)
    return f"/voice/prompts/{DIGEST}.wav"


def test_a_sound_is_served_once_and_for_all(commune: Commune) -> None:
    browser, address = commune.app.test_client(), keep(commune)
    answer = browser.get(address)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, SOUND, "audio/wav")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers
    assert browser.head(address).content_length == len(SOUND)
    again = browser.get(address, headers={"If-None-Match": f'"{DIGEST}"'})
    assert (again.status_code, again.data) == (304, b"")


def test_nothing_else_is_found_there(commune: Commune) -> None:
    browser, address = commune.app.test_client(), keep(commune)
    for wrong in (address.replace(DIGEST, "0" * 64), address.replace(DIGEST, "1"), address.upper(), address[:-4]):
        assert browser.get(wrong).status_code in (404, 405), wrong
    assert browser.post(address).status_code in (403, 405)
