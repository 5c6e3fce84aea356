"""`hotline init`, `unit`, `user`, `roster`, `migrate`: from an empty folder to a manned line."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import Table, select

from hotline.installation import installation
from ivr_flows.loader import CATALOG
from storage.sealing import Wrapped, open_grant, public_of, recovery_private, unwrap_private
from storage.tables import grants, lines, officers, places, shifts, units
from tests.cast import HANH, LY, THAO, THE_LINE, Officer
from tests.hotline.cli.conftest import INIT, Terminal

UNIT_FILE = str(CATALOG / "demo_unit.yaml")


def rows(table: Table) -> list[dict[str, object]]:
    with installation() as (_, store), store.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def adds(terminal: Terminal, officer: Officer, *more: str, typed: str = "") -> object:
    options = ("--role", officer.role, "--phone", officer.number, "--password-stdin")
    return terminal("user", "add", officer.login, *options, *more, typed=f"{officer.password}\n{typed}")


# ---- init ----------------------------------------------------------------------------------------------------------


def test_init_makes_everything_and_prints_the_recovery_key_once(terminal: Terminal) -> None:
    ran = terminal(*INIT, typed=f"{THAO.password}\n")
    assert ran.code == 0
    keys = [line.strip() for line in ran.out.splitlines() if line.startswith("    ")]
    assert len(keys) == 1
    recovery = recovery_private(keys[0])
    (unit,) = rows(units)
    assert (unit["name"], unit["code"], unit["timezone"]) == ("Xã Suối Đá", "xa-suoi-da", "Asia/Ho_Chi_Minh")
    assert public_of(recovery) == unit["recovery_public"]
    assert [line["number"] for line in rows(lines)] == [THE_LINE]
    kept = b"".join(file.read_bytes() for file in Path("data").rglob("*") if file.is_file())
    assert keys[0].encode() not in kept
    assert recovery not in kept
    assert THAO.password.encode() not in kept


def test_the_recovery_key_opens_what_the_chief_can_open(terminal: Terminal) -> None:
    out = terminal(*INIT, typed=f"{THAO.password}\n").out
    recovery = recovery_private(next(line for line in out.splitlines() if line.startswith("    ")))
    (chief,) = rows(officers)
    private = unwrap_private(Wrapped(chief["salt"], chief["wrapped_private"]), THAO.password)  # type: ignore[arg-type]
    of_paper = {row["key_kind"]: row["sealed_private"] for row in rows(grants) if row["officer_id"] is None}
    of_chief = {row["key_kind"]: row["sealed_private"] for row in rows(grants) if row["officer_id"] is not None}
    (unit,) = rows(units)
    for kind in ("content", "identity"):
        opened = open_grant(of_paper[kind], recovery)  # type: ignore[arg-type]
        assert opened == open_grant(of_chief[kind], private)  # type: ignore[arg-type]
        assert public_of(opened) == unit[f"{kind}_public"]


def test_the_folder_and_the_secret_are_for_one_user_only(installed: Terminal) -> None:
    folder, secret = Path("data"), Path("data/application.secret")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_init_never_overwrites(installed: Terminal) -> None:
    before = Path("data/application.secret").read_bytes()
    assert installed(*INIT, typed="another-password\n").refused("already")
    installed.sets(HOTLINE_SECRET_KEY="quite another secret 0123456789 abcdef")
    assert installed(*INIT, typed="another-password\n").refused("already")
    installed.sets(HOTLINE_SECRET_KEY="")
    assert Path("data/application.secret").read_bytes() == before
    assert [row["login"] for row in rows(officers)] == [THAO.login]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--number", "113", "number"),
        ("--number", "not a number", "number"),
        ("--number", "", "number"),
        ("--timezone", "Mars/Olympus", "time zone"),
        ("--timezone", "../../etc/passwd", "time zone"),
        ("--languages", "vi,xx", "--languages"),
        ("--languages", "", "--languages"),
        ("--admin", "two words", "login"),
    ],
)
def test_init_says_in_one_line_what_is_wrong(terminal: Terminal, option: str, value: str, words: str) -> None:
    assert terminal(*INIT, option, value, typed=f"{THAO.password}\n").refused(words)
    assert terminal(*INIT, typed=f"{THAO.password}\n").code == 0, "and the second try works"


@pytest.mark.parametrize("password", ["", "short", "1234567"])
def test_a_weak_password_is_refused_and_leaves_nothing_in_the_way(terminal: Terminal, password: str) -> None:
    assert terminal(*INIT, typed=f"{password}\n").refused("password", "8")
    assert terminal(*INIT, typed=f"{THAO.password}\n").code == 0


def test_init_goes_on_where_an_earlier_one_was_cut_off(terminal: Terminal) -> None:
    Path("data").mkdir()
    Path("data/application.draft").touch()
    assert terminal(*INIT, typed=f"{THAO.password}\n").code == 0
    assert len(Path("data/application.secret").read_text()) >= 32


# ---- unit load -----------------------------------------------------------------------------------------------------


def test_a_unit_is_loaded_and_loading_it_twice_changes_nothing(installed: Terminal) -> None:
    first = installed("unit", "load", UNIT_FILE)
    assert first.code == 0
    assert "16 places" in first.out
    before = rows(places), rows(units)
    assert installed("unit", "load", UNIT_FILE).code == 0
    assert (rows(places), rows(units)) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("places: [", "YAML"),
        ("- a\n- b\n", "names and values"),
        ('places: [{digits: 7, name: "Khe"}]', "two quoted digits"),
        ('places: [{digits: "07"}]', "name"),
        ("places: [5]", "two quoted digits"),
        ("places: 5", "places"),
        ('office_hours: {mon: ["17:00-08:00"]}', "office_hours"),
        ('office_hours: {mon: ["early"]}', "office_hours"),
        ("office_hours: [1]", "office_hours"),
        ('holidays: {extra: ["soon"]}', "holidays"),
        ("holidays: {country: Atlantis}", "holidays"),
        ('timezone: "Mars/Olympus"', "timezone"),
    ],
)
def test_a_bad_unit_file_changes_nothing_and_says_where(installed: Terminal, text: str, words: str) -> None:
    before = rows(places), rows(units)
    file = Path("bad.yaml")
    file.write_text(text, encoding="utf-8")
    assert installed("unit", "load", str(file)).refused(words)
    assert (rows(places), rows(units)) == before


def test_a_unit_file_that_is_no_text_is_refused(installed: Terminal) -> None:
    Path("bad.yaml").write_bytes(b"\xff\xfe\x00binary")
    assert installed("unit", "load", "bad.yaml").refused("bad.yaml")


# ---- officers ------------------------------------------------------------------------------------------------------


def test_an_officer_is_added_and_put_on_duty(installed: Terminal) -> None:
    assert adds(installed, HANH).code == 0
    ran = installed(
        "roster", "add", HANH.login, "--group", "duty", "--from", "2026-03-02T19:00", "--to", "2026-03-03T07:00+07:00"
    )
    assert ran.code == 0
    (shift,) = rows(shifts)
    assert (shift["ends_at"] - shift["starts_at"]).total_seconds() == 12 * 3600  # type: ignore[operator]
    officer = next(row for row in rows(officers) if row["login"] == HANH.login)
    assert HANH.number.encode() not in officer["phone"]  # type: ignore[operator]
    assert [row for row in rows(grants) if row["officer_id"] == officer["id"]] == []


def test_granted_by_the_chief_the_keys_are_there_at_once(installed: Terminal) -> None:
    ran = adds(installed, LY, "--granted-by", THAO.login, typed=f"{THAO.password}\n")
    assert ran.code == 0
    deputy = next(row for row in rows(officers) if row["login"] == LY.login)
    assert {row["key_kind"] for row in rows(grants) if row["officer_id"] == deputy["id"]} == {"content", "identity"}


def test_both_passwords_may_come_through_a_pipe(terminal: Terminal) -> None:
    assert terminal.starts(*INIT, typed=f"{THAO.password}\n").code == 0
    options = ("--role", "duty", "--phone", HANH.number, "--password-stdin", "--granted-by", THAO.login)
    piped = f"{HANH.password}\n{THAO.password}\n"
    assert terminal.starts("user", "add", HANH.login, *options, typed=piped).code == 0
    assert {row["key_kind"] for row in rows(grants) if row["officer_id"] == 2} == {"content"}


@pytest.mark.parametrize(("chief", "password"), [("nobody", THAO.password), (THAO.login, "a wrong password")])
def test_without_the_chiefs_password_no_account_is_made(installed: Terminal, chief: str, password: str) -> None:
    assert adds(installed, HANH, "--granted-by", chief, typed=f"{password}\n").refused()
    assert [row["login"] for row in rows(officers)] == [THAO.login]


@pytest.mark.parametrize("phone", ["113", "+4915123456789", "+841900123456", "call me", "1900 1234"])
def test_a_telephone_that_may_not_be_rung_is_refused(installed: Terminal, phone: str) -> None:
    ran = installed(
        "user", "add", "hanh", "--role", "duty", "--phone", phone, "--password-stdin", typed=f"{HANH.password}\n"
    )
    assert ran.refused()
    assert phone not in ran.err


def test_a_login_exists_once(installed: Terminal) -> None:
    assert adds(installed, HANH).code == 0
    assert adds(installed, HANH).refused("already")


@pytest.mark.parametrize(
    ("login", "starts", "ends", "words"),
    [
        ("nobody", "2026-03-02T19:00", "2026-03-03T07:00", "nobody"),
        (THAO.login, "tonight", "2026-03-03T07:00", "tonight"),
        (THAO.login, "2026-03-03T07:00", "2026-03-02T19:00", "shift"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(installed: Terminal, login: str, starts: str, ends: str, words: str) -> None:
    assert installed("roster", "add", login, "--group", "duty", "--from", starts, "--to", ends).refused(words)
    assert rows(shifts) == []


def test_migrating_what_is_up_to_date_does_nothing(installed: Terminal) -> None:
    for _ in range(2):
        assert installed("migrate").code == 0
    assert len(rows(units)) == 1
