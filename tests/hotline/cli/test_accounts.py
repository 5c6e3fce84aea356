"""Accounts at the command line: somebody leaves, somebody forgets, and nobody is left who holds the keys."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.casework.people import open_unit_keys
from hotline.casework.sign_in import unlock
from hotline.installation import installation
from storage.tables import audit_rows, console_sessions, grants, officers, shifts
from tests.cast import HANH, LY, THAO
from tests.hotline.cli.conftest import INIT, Terminal
from tests.hotline.cli.test_setting_up import adds, rows

NEW = "a-new-word-for-her"


def holds(login: str) -> set[str]:
    known = {row["id"]: row["login"] for row in rows(officers)}
    return {str(row["key_kind"]) for row in rows(grants) if known.get(row["officer_id"]) == login}


def acts() -> list[object]:
    return [row["action"] for row in rows(audit_rows)]


def test_an_officer_is_deactivated(installed: Terminal) -> None:
    adds(installed, HANH, "--granted-by", THAO.login, typed=f"{THAO.password}\n")
    times = ("--from", "2036-03-02T19:00+07:00", "--to", "2036-03-03T07:00+07:00")
    installed("roster", "add", HANH.login, "--group", "duty", *times)
    ran = installed("user", "deactivate", HANH.login)
    assert (ran.code, "that ended: 1." in ran.out) == (0, True)
    assert (holds(HANH.login), rows(shifts)) == (set(), [])
    assert next(row["active"] for row in rows(officers) if row["login"] == HANH.login) is False
    assert "officer dismissed" in acts()


def test_a_forgotten_password_is_replaced(installed: Terminal) -> None:
    adds(installed, HANH, "--granted-by", THAO.login, typed=f"{THAO.password}\n")
    ran = installed("user", "password", HANH.login, "--password-stdin", typed=f"{NEW}\n")
    assert (ran.code, "waits for a chief" in ran.out, holds(HANH.login)) == (0, True, set())
    both = f"{NEW}\n{THAO.password}\n"
    assert installed("user", "password", HANH.login, "--password-stdin", "--granted-by", "thao", typed=both).code == 0
    assert holds(HANH.login) == {"content"}
    assert next(row["must_change"] for row in rows(officers) if row["login"] == HANH.login) is True
    wrong = f"{NEW}\nnot hers\n"
    ran = installed("user", "password", HANH.login, "--password-stdin", "--granted-by", "thao", typed=wrong)
    assert ran.refused("chief's password")
    assert holds(HANH.login) == {"content"}, "and the old one still holds"


@pytest.mark.parametrize("command", ["deactivate", "password"])
def test_the_last_chief_is_left_alone_and_the_way_out_is_told(installed: Terminal, command: str) -> None:
    options = ["--password-stdin"] if command == "password" else []
    ran = installed("user", command, THAO.login, *options, typed=f"{NEW}\n")
    assert ran.refused("last chief who holds the keys", "hotline recover")
    assert holds(THAO.login) == {"content", "identity"}
    assert installed("user", command, "nobody", *options, typed=f"{NEW}\n").refused("nobody")


def test_a_short_password_is_refused(installed: Terminal) -> None:
    adds(installed, HANH)
    assert installed("user", "password", HANH.login, "--password-stdin", typed="short\n").refused("8")


def test_the_paper_brings_the_keys_back_when_nobody_holds_them(terminal: Terminal) -> None:
    paper = re.findall(r"^    ((?:[A-Z2-7]{4} ?){14})$", terminal(*INIT, typed=f"{THAO.password}\n").out, re.M)[0]
    file = Path("paper.txt")
    file.write_text(paper.lower().replace(" ", "\n"))
    adds(terminal, LY)
    # The chief has forgotten the password; there is no other.
    options = ("--recovery-key-file", "paper.txt", "--chief", THAO.login)
    ran = terminal("recover", *options, "--password-stdin", typed=f"{NEW}\n")
    assert (ran.code, "holds the keys again" in ran.out, paper not in ran.out) == (0, True, True)
    assert "keys recovered" in acts()
    with installation() as (_, store), store.read() as connection:
        unlocked = unlock(connection, THAO.login, NEW)
        keys = open_unit_keys(connection, unlocked.officer.id, unlocked.private)
        assert connection.execute(select(console_sessions)).all() == []
    assert keys.content
    assert keys.identity
    assert holds(LY.login) == set(), "hers come at the chief's next sign-in"
    assert "nothing was missing" in terminal("recover", *options).out
    assert terminal("recover", "--recovery-key-file", "paper.txt", "--chief", LY.login).refused("not a chief")
    file.write_text(paper.replace(paper[:4], "AAAA", 1))
    assert terminal("recover", *options).refused("letter is wrong or missing")
    file.write_bytes(b"\xff\x00")
    assert terminal("recover", *options).refused("letter is wrong or missing")


def test_the_paper_of_another_installation_opens_nothing(installed: Terminal) -> None:
    from storage.sealing import new_key_pair, recovery_text

    Path("paper.txt").write_text(recovery_text(new_key_pair().private))
    before = rows(officers)
    ran = installed(
        "recover", "--recovery-key-file", "paper.txt", "--chief", "thao", "--password-stdin", typed=f"{NEW}\n"
    )
    assert ran.refused("not the recovery key")
    assert rows(officers) == before
