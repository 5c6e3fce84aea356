"""`kill -9` under load, again and again: what was acknowledged is there, nothing is there twice, nobody repairs."""

import random
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.app import create_app
from hotline.clock import system_clock
from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.poster import WsgiPoster
from hotline.telephony.carrier import CarrierClient
from hotline.worker.jobs import CarrierJobs, HomeJobs
from storage.database import open_store
from storage.sealing import ApplicationSecret
from storage.vault import Vault
from tests.cast import THE_LINE
from tests.faults.callers import NUMBERS, Callers, Promise
from tests.faults.processes import ACCOUNT, TOKEN, Installation, Outside, installation, until
from tests.stories.hearing import words

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]
CALLERS = 5
SHORT, LONG = 4, 60
_VICTIMS = ("web", "worker", "parent", "all")
_RECEIPTS_TRIED = 3


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    return LONG if request.config.getoption("--long") else SHORT


def test_whatever_is_killed_nothing_acknowledged_is_lost(
    tmp_path: Path, kills: int, request: pytest.FixtureRequest
) -> None:
    seed = random.SystemRandom().randrange(10**6) if request.config.getoption("--long") else 20260302
    print(f"seed {seed}")
    dice = random.Random(seed)
    with installation(tmp_path) as (home, outside):
        with Callers(outside.carrier, CALLERS, seed) as callers:
            for number in range(kills):
                threading.Event().wait(dice.uniform(0.8, 2.5))
                home.kill(_VICTIMS[number % 4] if kills == SHORT else dice.choice(_VICTIMS))
                assert no_sound_in_clear(home)
        _receipts_work(outside, callers)
        assert home.stop() == 0, "a clean end"
        _worker_catches_up(home, outside)
        _all_that_was_promised_is_there(home, callers)
        _nothing_is_there_twice(home)
        _recordings_are_kept_once(home, outside, callers)
        print(
            f"{kills} kills, {len(callers.calls)} calls, {len(callers.promises)} acknowledged steps, "
            f"{len(callers.codes)} receipts, {len(callers.announced)} recordings"
        )


def test_a_worker_killed_at_any_moment_of_a_fetch_keeps_each_recording_once(tmp_path: Path, kills: int) -> None:
    """Between the download, the rename, the row and the deletion at the carrier: each kill a little later."""
    dice = random.Random(77)
    with installation(tmp_path, running=False) as (home, outside):
        made = _calls_with_recordings(home, outside, 8 * kills)
        for number in range(kills):
            seen = len(outside.fetched)
            worker = home.start_worker()
            until(lambda seen=seen: len(outside.fetched) > seen, 30, "the worker fetches")
            threading.Event().wait(dice.uniform(0, 0.04 * (number % 8 + 1)))
            worker.kill()
            worker.wait(10)
            assert no_sound_in_clear(home)
            assert outside.too_early == []
        _worker_catches_up(home, outside)
        kept = home.rows("SELECT carrier_recording_id, vault_name FROM recordings WHERE status = 'kept'")
        assert sorted(name for name, _ in kept) == sorted(made)
        assert sorted(Vault(home.settings().recordings_url).names()) == sorted(name for _, name in kept)
        assert outside.too_early == []
        assert outside.carrier.recordings == {}, "each was deleted at the carrier in the end"


def _calls_with_recordings(home: Installation, outside: Outside, count: int) -> list[str]:
    """Calls taken by an application in this process; their recordings lie at the carrier outside."""
    store = open_store(home.settings().database_url)
    near = StandInCarrier(
        ACCOUNT,
        TOKEN,
        Webhooks.at(home.public_url),
        WsgiPoster(create_app(home.settings(), store=store)),
        system_clock,
        api_url=home.api_url,
    )
    near.recordings, near.legs = outside.carrier.recordings, outside.carrier.legs
    for _ in range(count):
        call = near.dial(NUMBERS[0], THE_LINE)
        call.key_in("11622#")
        call.record(20)
        call.hang_up()
    store.close()
    return list(near.recordings)


# ---- what must hold --------------------------------------------------------------------------------------------------


def no_sound_in_clear(home: Installation) -> bool:
    files = [file for file in (home.folder / "data").rglob("*") if file.is_file()]
    return not [file for file in files if b"RIFF" in _bytes_of(file) or b"WAVEfmt" in _bytes_of(file)]


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _receipts_work(outside: Outside, callers: Callers) -> None:
    assert callers.codes, "somebody got a receipt"
    for code in random.Random(1).sample(callers.codes, min(_RECEIPTS_TRIED, len(callers.codes))):
        call: PhoneCall = outside.carrier.dial(NUMBERS[0], THE_LINE)
        call.key_in("13")
        call.key_in(code)
        assert "Công an đã nhận được tin" in words(call), "the code leads to its report"
        call.hang_up()


def _worker_catches_up(home: Installation, outside: Outside) -> None:
    """What a crash left is found by the worker when its leases have run out; nobody lends a hand."""
    settings = home.settings()
    store, vault = open_store(settings.database_url), Vault(settings.recordings_url)
    client = CarrierClient(settings.twilio_api_url, ACCOUNT, TOKEN)
    jobs = CarrierJobs(
        store, vault, client, settings.hotline_carrier, ApplicationSecret(settings.application_secret), system_clock
    )
    at_home = HomeJobs(store, vault)
    vault.remove_leftovers()
    for hours in (0, 1, 2, 3, 26, 52):
        now = system_clock() + timedelta(hours=hours)
        jobs.sweep(now)
        jobs.reconcile(now)
        while jobs.fetch(now) or jobs.send(now):
            pass
        at_home.collect(now)
    client.close()
    store.close()


def _all_that_was_promised_is_there(home: Installation, callers: Callers) -> None:
    assert home.rows("PRAGMA integrity_check") == [("ok",)]
    assert home.rows("PRAGMA foreign_key_check") == []
    joined = "SELECT c.carrier_call_id, s.visit FROM steps s JOIN calls c ON c.id = s.call_id"
    there = {Promise(*row) for row in home.rows(joined)}
    lost = [promise for promise in callers.promises if promise not in there]
    assert not lost, f"{len(lost)} of {len(callers.promises)} acknowledged steps are lost"
    assert home.rows("SELECT count(*) FROM calls WHERE ended_at IS NULL") == [(0,)], "every call has its end"
    secret = "SELECT count(*) FROM steps WHERE answer IS NOT NULL OR heard IS NOT NULL"
    assert home.rows(secret) == [(0,)]


def _nothing_is_there_twice(home: Installation) -> None:
    listed = home.calls_as_json()
    ids = Counter(call["carrier_call_id"] for call in listed)
    assert max(ids.values()) == 1
    first = home.rows("SELECT call_id FROM report_calls WHERE role = 'first'")
    assert len(first) == len(set(first)), "one report a call"
    references = [reference for (reference,) in home.rows("SELECT reference FROM reports ORDER BY id")]
    assert len(references) == len(set(references)) == len(first)
    numbered = sorted(int(reference.rpartition("-")[2]) for reference in references)
    assert numbered == list(range(1, len(references) + 1)), "no reference is left out"
    assert home.rows("SELECT count(*) FROM receipts") <= [(len(references),)]


def _recordings_are_kept_once(home: Installation, outside: Outside, callers: Callers) -> None:
    rows = home.rows("SELECT carrier_recording_id, status, vault_name, call_id FROM recordings")
    known = {row[0]: row for row in rows}
    assert len(known) == len(rows)
    assert callers.announced <= known.keys(), "every recording that was acknowledged is known"
    assert {row[1] for row in rows} <= {"kept", "absent", "suspect"}, Counter(row[1] for row in rows)
    assert all(row[3] is not None for row in rows)
    names = [row[2] for row in rows if row[2]]
    vault = Vault(home.settings().recordings_url)
    assert sorted(vault.names()) == sorted(names), "no sealed file belongs to nobody"
    assert outside.too_early == [], "nothing was deleted at the carrier before it was safe here"
    assert not [one for one in outside.carrier.recordings if one in known and known[one][1] == "kept"]
    assert no_sound_in_clear(home)
