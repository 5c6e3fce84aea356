"""The throttle and the sessions, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hotline.casework.sign_in import (
    SignInRefusedError,
    TooManyTriesError,
    session_of,
    sign_in,
    sign_out,
)
from storage.database import Store, open_store
from storage.tables import console_sessions, sign_in_attempts
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, SECRET, Station


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def commune(store: Store) -> Station:
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.HANH, cast.THAO))


def outcome(store: Store, login: str, password: str, source: str, after: timedelta = timedelta()) -> str:
    try:
        sign_in(store, login, password, source, SECRET, NOW + after)
    except SignInRefusedError:
        return "refused"
    except TooManyTriesError:
        return "stopped"
    return "in"


@pytest.mark.usefixtures("commune")
def test_five_tries_a_login_and_source_and_a_right_one_starts_anew(store: Store) -> None:
    assert [outcome(store, "hanh", "a guess", "here") for _ in range(4)] == ["refused"] * 4
    assert outcome(store, "hanh", cast.HANH.password, "here") == "in"
    assert [outcome(store, "hanh", "a guess", "here") for _ in range(6)] == ["refused"] * 5 + ["stopped"]
    assert outcome(store, "hanh", cast.HANH.password, "here") == "stopped"
    assert outcome(store, "hanh", cast.HANH.password, "elsewhere") == "in"
    assert outcome(store, "thao", cast.THAO.password, "here") == "in"
    assert outcome(store, "hanh", cast.HANH.password, "here", timedelta(minutes=15)) == "in"


@pytest.mark.usefixtures("commune")
def test_twenty_tries_a_source_over_all_logins(store: Store) -> None:
    tries = [outcome(store, f"guess-{n}", "a guess", "here") for n in range(21)]
    assert tries == ["refused"] * 20 + ["stopped"]
    assert outcome(store, "hanh", cast.HANH.password, "elsewhere") == "in"


@pytest.mark.usefixtures("commune")
def test_a_login_that_no_database_can_keep_is_refused_like_any_other(store: Store) -> None:
    assert [outcome(store, login, "a guess", "here") for login in ("ha\0nh", "\0", "\ufffe")] == ["refused"] * 3


@pytest.mark.usefixtures("commune")
def test_the_count_survives_a_restart(store: Store, database_url: str) -> None:
    for _ in range(5):
        outcome(store, "hanh", "a guess", "here")
    restarted = open_store(database_url)
    try:
        assert outcome(restarted, "hanh", cast.HANH.password, "here") == "stopped"
    finally:
        restarted.close()


@pytest.mark.usefixtures("commune")
def test_guessing_many_at_once_gains_nothing(store: Store) -> None:
    with ThreadPoolExecutor(12) as guessers:
        tries = list(guessers.map(lambda _: outcome(store, "hanh", "a guess", "here"), range(24)))
    assert sorted(tries) == ["refused"] * 5 + ["stopped"] * 19


@pytest.mark.usefixtures("commune")
def test_neither_login_nor_source_is_written_down(store: Store) -> None:
    outcome(store, "hanh", "a guess", "192.0.2.10")
    with store.read() as connection:
        rows = repr(connection.execute(select(sign_in_attempts)).all())
    assert "hanh" not in rows
    assert "192.0.2.10" not in rows


@pytest.mark.usefixtures("commune")
def test_old_tries_are_forgotten(store: Store) -> None:
    for n in range(3):
        outcome(store, f"guess-{n}", "a guess", "here")
    outcome(store, "hanh", "a guess", "there", timedelta(minutes=16))
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(sign_in_attempts)) == 1


def test_only_the_cookie_opens_the_keys_of_a_session(store: Store, commune: Station) -> None:
    signed_in = sign_in(store, "hanh", cast.HANH.password, "here", SECRET, NOW)
    session = session_of(store, signed_in.token, NOW)
    assert session is not None
    with store.read() as connection:
        assert session.open_keys(connection).content == commune.content.private
        row = connection.execute(select(console_sessions)).one()
    assert signed_in.token not in repr(row)
    assert signed_in.token not in repr(signed_in)
    assert "token=" not in repr(session)
    assert session_of(store, row.id, NOW) is None
    sign_out(store, session, NOW)
    assert session_of(store, signed_in.token, NOW) is None
