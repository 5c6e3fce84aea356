"""Accounts and keys: who may open what, and from when."""

import pytest
from sqlalchemy import select

from hotline.casework.leaving import deactivate
from hotline.casework.people import (
    DUE_KEYS,
    LoginTakenError,
    OfficerRefusedError,
    add_officer,
    find_officer,
    grant_unit_keys,
    grant_waiting,
    open_unit_keys,
    waiting_for_grants,
)
from hotline.casework.sign_in import unlock
from storage.database import Store
from storage.sealing import UnsealError, new_key_pair
from storage.tables import grants, officers
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, SECRET, Station


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def commune(store: Store) -> Station:
    everybody = (cast.HANH, cast.LY, cast.THAO, cast.DUNG)
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, everybody)


def private_of(store: Store, person: cast.Officer) -> bytes:
    with store.read() as connection:
        return unlock(connection, person.login, person.password).private


@pytest.mark.parametrize("person", [cast.HANH, cast.LY, cast.THAO, cast.DUNG], ids=lambda person: person.role)
def test_each_role_opens_what_it_is_due_and_nothing_else(store: Store, commune: Station, person: cast.Officer) -> None:
    with store.read() as connection:
        keys = open_unit_keys(connection, commune.officers[person.login], private_of(store, person))
    due = DUE_KEYS[person.role]
    assert keys.content == (commune.content.private if "content" in due else None)
    assert keys.identity == (commune.identity.private if "identity" in due else None)


def test_another_key_opens_nothing(store: Store, commune: Station) -> None:
    with store.read() as connection, pytest.raises(UnsealError):
        open_unit_keys(connection, commune.officers["hanh"], new_key_pair().private)


def test_a_new_officer_waits_for_the_chief(store: Store, commune: Station) -> None:
    with store.write() as connection:
        new = station.hire(connection, commune.unit_id, cast.QUAN)
        assert [one.login for one in waiting_for_grants(connection, unit_id=commune.unit_id)] == ["quan"]
        for person in (cast.HANH, cast.LY, cast.DUNG):
            assert not grant_waiting(connection, commune.officers[person.login], b"", NOW)
    chief = private_of(store, cast.THAO)
    with store.write() as connection:
        assert [one.officer_id for one in grant_waiting(connection, commune.officers["thao"], chief, NOW)] == [new]
        assert not waiting_for_grants(connection)
        assert not grant_waiting(connection, commune.officers["thao"], chief, NOW)
    with store.read() as connection:
        assert open_unit_keys(connection, new, private_of(store, cast.QUAN)).content == commune.content.private


def test_a_chief_gives_no_keys_of_another_commune(store: Store, commune: Station) -> None:
    neighbour = station.station(store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, ())
    with store.write() as connection:
        station.hire(connection, neighbour.unit_id, cast.SINH)
    chief = private_of(store, cast.THAO)
    with store.write() as connection:
        assert not grant_waiting(connection, commune.officers["thao"], chief, NOW)
        assert [one.login for one in waiting_for_grants(connection)] == ["sinh"]


def test_a_second_grant_changes_nothing(store: Store, commune: Station) -> None:
    with store.write() as connection:
        given = grant_unit_keys(
            connection, commune.officers["hanh"], commune.content.private, commune.identity.private, NOW
        )
        assert given == ()


def test_who_leaves_loses_the_keys(store: Store, commune: Station) -> None:
    with store.write() as connection:
        deactivate(connection, commune.officers["hanh"], NOW)
        assert not connection.execute(
            select(grants.c.id).where(grants.c.officer_id == commune.officers["hanh"])
        ).first()
        assert not waiting_for_grants(connection)


def test_a_login_is_taken_once_however_it_is_written(store: Store, commune: Station) -> None:
    with store.write() as connection:
        with pytest.raises(LoginTakenError):
            add_officer(connection, commune.unit_id, " HANH", "Other", "duty", None, "another-password", SECRET, NOW)
        assert find_officer(connection, "Hanh ") is not None


@pytest.mark.parametrize(
    ("login", "name", "role", "password"),
    [
        ("", "Name", "duty", "long-enough-it-is"),
        ("two words", "Name", "duty", "long-enough-it-is"),
        ("x" * 61, "Name", "duty", "long-enough-it-is"),
        ("bell\x07", "Name", "duty", "long-enough-it-is"),
        ("login", " ", "duty", "long-enough-it-is"),
        ("login", "Name", "general", "long-enough-it-is"),
        ("login", "Name", "duty", "short"),
    ],
)
def test_an_account_that_will_not_do_is_refused_in_words(
    store: Store, commune: Station, login: str, name: str, role: str, password: str
) -> None:
    with store.write() as connection, pytest.raises(OfficerRefusedError, match=r"\w+"):
        add_officer(connection, commune.unit_id, login, name, role, None, password, SECRET, NOW)


def test_neither_number_nor_password_nor_private_key_lies_open_in_the_rows(store: Store, commune: Station) -> None:
    with store.read() as connection:
        rows = repr([tuple(row) for row in connection.execute(select(officers))])
        kept = b"".join(bytes(row.phone) + bytes(row.wrapped_private) for row in connection.execute(select(officers)))
    for person in (cast.HANH, cast.LY, cast.THAO):
        assert person.number[3:] not in rows
        assert person.number[3:].encode() not in kept
        assert person.password not in rows
        assert private_of(store, person) not in kept
