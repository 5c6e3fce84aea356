"""`hotline unit`: a second commune, the province above, mergers and new names, all from the command line."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Table, select

from hotline.installation import installation
from ivr_flows.loader import CATALOG
from storage.sealing import public_of, recovery_private
from storage.tables import audit_rows, grants, lines, officers, shifts, units
from tests.cast import ANOTHER_LINE, DUNG, HANH, SINH, THAO, THE_LINE, VU
from tests.hotline.cli.conftest import Ran, Terminal

ADD = ("unit", "add", "deo-gio", "--name", "Xã Đèo Gió", "--number", ANOTHER_LINE, "--admin", VU.login)
UNIT_FILE = str(CATALOG / "demo_unit.yaml")
TODAY = date.today()  # noqa: DTZ011 - what the command line takes for today, give or take a day


def rows(table: Table) -> list[dict[str, object]]:
    with installation() as (_, store), store.read() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(table.c[0])).mappings()]


def adds(terminal: Terminal, *more: str, password: str = VU.password) -> Ran:
    return terminal(*ADD, "--password-stdin", *more, typed=f"{password}\n")


@pytest.fixture
def two(installed: Terminal) -> Terminal:
    """An installation of two communes."""
    assert adds(installed).code == 0
    return installed


def listed(terminal: Terminal) -> list[dict[str, object]]:
    told: list[dict[str, object]] = terminal("unit", "list", "--format", "json").json
    return told


# ---- adding --------------------------------------------------------------------------------------------------------


def test_a_second_commune_has_its_own_line_keys_chief_and_paper(installed: Terminal) -> None:
    ran = adds(installed)
    assert ran.code == 0
    [paper] = [line.strip() for line in ran.out.splitlines() if line.startswith("    ")]
    first, second = rows(units)
    assert (second["code"], second["name"], second["parent_id"]) == ("deo-gio", "Xã Đèo Gió", None)
    assert public_of(recovery_private(paper)) == second["recovery_public"]
    assert {first[f"{kind}_public"] for kind in ("content", "identity", "recovery")}.isdisjoint(
        {second[f"{kind}_public"] for kind in ("content", "identity", "recovery")}
    )
    assert [(row["number"], row["unit_id"]) for row in rows(lines)] == [(THE_LINE, 1), (ANOTHER_LINE, 2)]
    assert [(row["login"], row["unit_id"]) for row in rows(officers)] == [(THAO.login, 1), (VU.login, 2)]
    assert [row["officer_id"] for row in rows(grants) if row["unit_id"] == 2].count(None) == 2
    assert installed("doctor").out.count("Xã Đèo Gió") > 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"deo-gio": "xa-suoi-da"}, "code"),
        ({"deo-gio": "Đèo Gió"}, "code"),
        ({"deo-gio": "deo\x1bgio"}, "code"),
        ({"deo-gio": "deo\x00gio"}, "code"),
        ({"deo-gio": "x" * 41}, "code"),
        ({ANOTHER_LINE: THE_LINE}, "Xã Suối Đá"),
        ({ANOTHER_LINE: "113"}, "number"),
        ({VU.login: THAO.login}, "signs in"),
        ({VU.login: "two words"}, "login"),
        ({"Xã Đèo Gió": " "}, "name"),
        ({"Xã Đèo Gió": "Đèo\nGió"}, "name"),
        ({"Xã Đèo Gió": "x" * 201}, "name"),
    ],
)
def test_what_exists_or_cannot_be_is_refused_and_changes_nothing(
    installed: Terminal, change: dict[str, str], words: str
) -> None:
    known = [rows(table) for table in (units, lines, officers, grants, audit_rows)]
    arguments = [change.get(one, one) for one in ADD]
    assert installed(*arguments, "--password-stdin", typed=f"{VU.password}\n").refused(words)
    assert [rows(table) for table in (units, lines, officers, grants, audit_rows)] == known


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--timezone", "Mars/Olympus"), "time zone"),
        (("--languages", "vi,xx"), "--languages"),
        (("--above", "nowhere"), "nowhere"),
        (("--above", "no\x00where"), "code"),
    ],
)
def test_a_slip_in_an_option_is_named(installed: Terminal, more: tuple[str, str], words: str) -> None:
    assert adds(installed, *more).refused(words)
    assert len(rows(units)) == 1


def test_a_short_password_is_refused(installed: Terminal) -> None:
    assert adds(installed, password="short").refused("password", "8")
    assert len(rows(units)) == 1


def test_a_province_has_no_line_and_no_keys_and_hires_readers_only(two: Terminal) -> None:
    assert two("unit", "add", "lao-cai", "--name", "Tỉnh Lào Cai", "--superior").code == 0
    assert two("unit", "add", "bac-ha", "--name", "Bắc Hà", "--superior", "--above", "lao-cai").code == 0
    province = next(row for row in rows(units) if row["code"] == "lao-cai")
    assert (province["content_public"], province["identity_public"], province["recovery_public"]) == (None, None, None)
    add = ("user", "add", DUNG.login, "--password-stdin", "--unit", "lao-cai", "--role")
    assert two(*add, "chief", typed=f"{DUNG.password}\n").refused("province")
    assert two(*add, "province", typed=f"{DUNG.password}\n").code == 0
    assert next(row for row in rows(officers) if row["login"] == DUNG.login)["unit_id"] == province["id"]
    assert two("unit", "merge", "deo-gio", "--into", "lao-cai").refused("line", "keys")
    assert two("flow", "publish", "--unit", "lao-cai").refused("no line")
    assert two("unit", "add", "x", "--name", "X", "--superior", "--number", "+842101234569").code == 2
    assert two("unit", "add", "x", "--name", "X").code == 2


# ---- the tree ------------------------------------------------------------------------------------------------------


def test_units_are_placed_and_never_in_a_circle(two: Terminal) -> None:
    for code, above in (("tinh", None), ("huyen", "tinh")):
        assert two("unit", "add", code, "--name", code, "--superior", *(("--above", above) if above else ())).code == 0
    assert two("unit", "place", "deo-gio", "--above", "huyen").code == 0
    assert two("unit", "place", "tinh", "--above", "huyen").refused("under itself")
    assert two("unit", "place", "tinh", "--above", "tinh").refused("under itself")
    assert two("unit", "place", "tinh", "--above", "nowhere").refused("nowhere")
    assert two("unit", "place", "tinh").code == 2
    assert {row["code"]: row["superior"] for row in listed(two)} == {
        "xa-suoi-da": None,
        "deo-gio": "huyen",
        "tinh": None,
        "huyen": "tinh",
    }
    assert two("unit", "place", "deo-gio", "--alone").code == 0
    assert next(row for row in listed(two) if row["code"] == "deo-gio")["superior"] is None


def test_a_file_says_what_a_unit_hangs_under(two: Terminal) -> None:
    assert two("unit", "add", "tinh", "--name", "Tỉnh", "--superior").code == 0
    file = two.folder / "unit.yaml"
    file.write_text("code: deo-gio\nsuperior: tinh\n", encoding="utf-8")
    for _ in range(2):
        assert two("unit", "load", str(file)).code == 0
    assert next(row for row in listed(two) if row["code"] == "deo-gio")["superior"] == "tinh"
    file.write_text("code: deo-gio\n", encoding="utf-8")
    assert two("unit", "load", str(file)).code == 0
    assert next(row for row in listed(two) if row["code"] == "deo-gio")["superior"] == "tinh", "not named, not changed"
    file.write_text("code: deo-gio\nsuperior: deo-gio\n", encoding="utf-8")
    assert two("unit", "load", str(file)).refused("superior")
    file.write_text("superior:\n", encoding="utf-8")
    assert two("unit", "load", str(file), "--unit", "deo-gio").code == 0
    assert next(row for row in listed(two) if row["code"] == "deo-gio")["superior"] is None


# ---- whose is it ---------------------------------------------------------------------------------------------------


def test_officers_are_hired_and_manned_in_their_own_unit_on_its_own_clock(two: Terminal) -> None:
    with installation() as (_, store), store.write() as connection:
        connection.execute(units.update().where(units.c.id == 2).values(timezone="Europe/Moscow"))
    add = ("user", "add", SINH.login, "--role", "duty", "--phone", SINH.number, "--password-stdin")
    both = f"{SINH.password}\n{THAO.password}\n"
    assert two(*add, "--unit", "deo-gio", "--granted-by", THAO.login, typed=both).refused("another unit")
    both = f"{SINH.password}\n{VU.password}\n"
    assert two(*add, "--unit", "deo-gio", "--granted-by", VU.login, typed=both).code == 0
    man = ("roster", "add", SINH.login, "--group", "duty", "--from", "2026-11-23T19:00", "--to", "2026-11-24T07:00")
    assert two(*man, "--unit", "xa-suoi-da").refused(SINH.login)
    assert two(*man, "--unit", "deo-gio").code == 0
    (shift,) = rows(shifts)
    assert (shift["unit_id"], shift["starts_at"]) == (2, datetime(2026, 11, 23, 16, tzinfo=UTC))


def test_whose_officer_it_is_must_be_said_where_several_units_answer(two: Terminal) -> None:
    add = ("user", "add", SINH.login, "--role", "duty", "--phone", SINH.number, "--password-stdin")
    assert two(*add, typed=f"{SINH.password}\n").refused("several units (xa-suoi-da, deo-gio)", "--unit")
    assert len(rows(officers)) == 2
    assert two("unit", "merge", "xa-suoi-da", "--into", "deo-gio").code == 0
    assert two(*add, typed=f"{SINH.password}\n").code == 0
    assert rows(officers)[-1]["unit_id"] == 2, "the only one that answers, not the first there was"


def test_a_unit_is_loaded_and_lists_are_narrowed_by_its_code(two: Terminal) -> None:
    assert two("unit", "load", UNIT_FILE).refused("khe-suong")
    assert two("unit", "load", UNIT_FILE, "--unit", "deo-gio").refused("khe-suong", "deo-gio")
    assert [row["name"] for row in rows(units)] == ["Xã Suối Đá", "Xã Đèo Gió"], "one of the two is a slip"
    file = two.folder / "unit.yaml"
    for said in ("", "code: deo-gio\n"):
        file.write_text(f"{said}name: Xã Khe Sương\n", encoding="utf-8")
        assert two("unit", "load", str(file), "--unit", "deo-gio").code == 0
    assert [row["name"] for row in rows(units)] == ["Xã Suối Đá", "Xã Khe Sương"]
    assert two("flow", "publish", "--unit", "deo-gio").out.startswith("1 lines")
    assert two("flow", "publish").out.startswith("2 lines")
    for what in ("calls", "reports"):
        assert two(what, "--unit", "deo-gio", "--format", "json").json == []
        assert two(what, "--unit", "nowhere").refused("nowhere")
        assert two(what, "--unit", "no\x00where").refused("no")
    assert two("import", "baseline", str(CATALOG / "demo_baseline.yaml")).refused("several units")
    assert two("import", "baseline", str(CATALOG / "demo_baseline.yaml"), "--unit", "deo-gio").code == 0
    assert two("baseline", "--unit", "deo-gio", "--format", "json").json["unit"] == "deo-gio"


# ---- names and mergers ---------------------------------------------------------------------------------------------


def test_a_renamed_unit_keeps_its_old_name_for_the_months_of_before(two: Terminal) -> None:
    first = TODAY.replace(day=1)
    with installation() as (_, store), store.write() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=400)  # noqa: TID251 - the command line's own clock
        connection.execute(units.update().values(created_at=long_ago))
    rename = ("unit", "rename", "deo-gio", "--name")
    assert two(*rename, "Xã Đèo Mây", "--on", first.isoformat()).code == 0
    assert listed(two)[1]["former_names"] == [{"name": "Xã Đèo Gió", "until": first.isoformat()}]
    before = (first - timedelta(days=1)).isoformat()[:7]
    for month, name in ((before, "Xã Đèo Gió"), (first.isoformat()[:7], "Xã Đèo Mây")):
        told = two("stats", "--unit", "deo-gio", "--month", month, "--format", "json").json
        assert (told["unit"], told["unit_name"]) == ("deo-gio", name)
    assert two(*rename, "Xã Đèo Mây").refused("already")
    assert two(*rename, "X", "--on", "2019-01-01").refused("already")
    assert two(*rename, "X", "--on", (TODAY + timedelta(days=3)).isoformat()).refused("to come")
    assert two(*rename, "X", "--on", "tomorrow").refused("--on")
    assert two(*rename, "").refused("name")


def test_a_merger_says_what_is_left_to_do_and_its_number_stays_taken(two: Terminal) -> None:
    ran = two("unit", "merge", "deo-gio", "--into", "xa-suoi-da")
    assert ran.code == 0
    assert "+842101234568 is answered there" in ran.out
    assert "open reports: 0" in ran.out
    assert "--unit xa-suoi-da" in ran.out
    ours, theirs = listed(two)
    assert ours["numbers"] == [
        {"number": THE_LINE, "former": None},
        {"number": ANOTHER_LINE, "former": "deo-gio"},
    ]
    assert (theirs["numbers"], theirs["merged_into"]) == ([], "xa-suoi-da")
    assert "former" in two("unit", "list").out
    assert two("unit", "merge", "deo-gio", "--into", "xa-suoi-da").refused("already")
    taken = ("unit", "add", "khe", "--name", "Khe", "--number", ANOTHER_LINE, "--admin", HANH.login, "--password-stdin")
    assert two(*taken, typed=f"{HANH.password}\n").refused("Xã Suối Đá")
    month = TODAY.isoformat()[:7]
    told = two("stats", "--unit", "deo-gio", "--month", month, "--format", "json").json
    assert (told["unit"], told["former"]["name"]) == ("deo-gio", "Xã Đèo Gió")
    assert "former Xã Đèo Gió" in two("stats", "--unit", "deo-gio", "--month", month).out


@pytest.mark.parametrize("arguments", [("deo-gio", "deo-gio"), ("nowhere", "xa-suoi-da"), ("deo-gio", "no\x00where")])
def test_a_merger_that_cannot_be_is_refused(two: Terminal, arguments: tuple[str, str]) -> None:
    assert two("unit", "merge", arguments[0], "--into", arguments[1]).refused()
    assert all(row["merged_into"] is None for row in listed(two))


def test_the_list_is_one_json_document(two: Terminal) -> None:
    told = json.loads(two("unit", "list", "--format", "json").out)
    assert [set(one) for one in told] == [
        {"code", "name", "superior", "numbers", "former_names", "merged_into", "merged_on"}
    ] * 2
