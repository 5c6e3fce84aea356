"""People and their accounts at the browser: who starts, who moves up, who forgets, who leaves."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import Table, func, insert, select

from hotline.casework import audit_chain, roster
from hotline.casework.people import open_unit_keys
from hotline.casework.shift_patterns import Duty
from hotline.casework.sign_in import unlock
from storage.database import Store
from storage.tables import (
    audit_rows,
    console_sessions,
    grants,
    officers,
    shift_patterns,
)
from storage.vault import Vault
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, SECRET, Station

SignIn = Callable[[cast.Officer], Visitor]
MINH = cast.Officer("Minh", "minh", "officer", "+84912345690", "first-word-from-the-chief")
HER_OWN = "minh-chose-this-herself"
ADMINISTRATOR = cast.Officer("Máy", "may", "administrator", "+84912345691", "may-looks-after-the-machine")
SOUND = b"RIFF somebody's voice"


def starts(who: cast.Officer = MINH, **changed: str) -> dict[str, str]:
    """A filled-in form for somebody new."""
    known = {"name": who.name, "login": who.login, "role": who.role, "telephone": who.number}
    return {**known, "language": "en", "password": who.password, **changed}


def row(store: Store, login: str) -> dict[str, object]:
    with store.read() as connection:
        return dict(connection.execute(select(officers).where(officers.c.login == login)).mappings().one())


def count(store: Store, table: Table, *conditions: object) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0  # type: ignore[arg-type]


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\w+)"', page)
    assert found, "the page holds no version"
    return found[1]


def does(visitor: Visitor, officer_id: object, what: str, **form: str) -> object:
    """Open somebody's page and send one of its forms."""
    seen = version(visitor.opens(f"/people/{officer_id}").text)
    return visitor.sends(f"/people/{officer_id}/{what}", **{"version": seen, **form})


def acts(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.scalars(select(audit_rows.c.action).order_by(audit_rows.c.seq)))


def holds(store: Store, officer_id: object) -> set[str]:
    with store.read() as connection:
        return set(connection.scalars(select(grants.c.key_kind).where(grants.c.officer_id == officer_id)))


# ---- a new officer starts on Monday --------------------------------------------------------------------------------


def test_a_new_officer_starts_on_monday_and_leaves_in_spring(
    app: Flask, store: Store, commune: Station, vault: Vault, signed_in: SignIn
) -> None:
    with store.write() as connection:
        call_id = station.call(connection, commune, "CA1")
        recording = station.recording(connection, commune, vault, call_id, SOUND)
        station.report(connection, commune, "R-2026-0001", call_id)
    thao = signed_in(cast.THAO)
    answer = thao.sends("/people", **starts())
    assert answer.status_code == 303
    minh_id = find(store, "minh")
    assert answer.location == f"/people/{minh_id}"

    # She signs in, and comes no further than her own account before the password is hers.
    minh = Visitor(app.test_client())
    assert minh.signs_in(MINH).status_code == 303
    for address in ("/calls", "/reports", f"/calls/{call_id}/recordings/{recording}", "/roster"):
        assert minh.opens(address).location == "/account"
    assert minh.sends("/reports/R-2026-0001/acknowledgement", version="0").location == "/account"
    assert "Please choose a password of your own first" in minh.opens("/account").text
    answer = minh.sends("/account/password", old=MINH.password, new=HER_OWN, again=HER_OWN)
    assert answer.location == "/account?done=password"

    # Structured fields, but no voice: the chief has not signed in since.
    assert "R-2026-0001" in minh.opens("/reports").text
    assert "as soon as a chief" in minh.opens(f"/calls/{call_id}").text
    assert minh.opens(f"/calls/{call_id}/recordings/{recording}").status_code == 403
    assert "wait for a chief to sign in" in thao.opens("/people").text

    signed_in(cast.THAO)
    assert minh.opens(f"/calls/{call_id}/recordings/{recording}").data == SOUND
    assert "wait for a chief" not in thao.opens("/people").text

    # She has nights every week, and one extra; then she leaves.
    with store.write() as connection:
        night = {"group_name": "duty", "weekday": 0, "starts": time(19), "ends": time(7)}
        connection.execute(
            insert(shift_patterns).values(
                unit_id=commune.unit_id, officer_id=minh_id, from_day=date(2026, 11, 2), **night
            )
        )
        tomorrow = Duty(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=8), minh_id, "duty")
        roster.add_single(connection, commune.unit_id, tomorrow)
    page = thao.opens(f"/people/{minh_id}").text
    assert "Monday, 19:00 – 07:00" in page
    assert "The shifts above end" in page
    assert minh.opens("/reports").status_code == 200
    assert does(thao, minh_id, "dismissal").status_code == 303
    assert minh.opens("/reports").location.startswith("/sign-in")
    assert count(store, console_sessions, console_sessions.c.officer_id == minh_id) == 0
    assert Visitor(app.test_client()).signs_in(MINH, HER_OWN).status_code == 403
    assert holds(store, minh_id) == set()
    assert "Minh" not in thao.opens("/roster?week=2026-11-16").text
    assert "Closed accounts (1)" in thao.opens("/people").text
    wanted = ["officer added", "password changed", "key granted", "officer dismissed"]
    assert [act for act in acts(store) if act in wanted][-4:] == wanted


def find(store: Store, login: str) -> int:
    return int(str(row(store, login)["id"]))


# ---- the list ------------------------------------------------------------------------------------------------------


def test_the_list_tells_who_is_there_and_no_number(store: Store, commune: Station, signed_in: SignIn) -> None:
    with store.write() as connection:
        shift = Duty(NOW - timedelta(hours=1), NOW + timedelta(hours=8), commune.officers["hanh"], "duty")
        roster.add_single(connection, commune.unit_id, shift)
    for reader in (cast.THAO, cast.LY):
        page = signed_in(reader).opens("/people").text
        assert "On duty: Duty" in page
        assert "ends in 01" in page
        assert all(who.number[-3:] not in page for who in (cast.HANH, cast.QUAN, cast.LY, cast.THAO))
    assert signed_in(cast.HANH).opens("/people").status_code == 403


def test_a_deputy_reads_and_changes_nothing(store: Store, commune: Station, signed_in: SignIn) -> None:
    ly, hanh_id = signed_in(cast.LY), commune.officers["hanh"]
    page = ly.opens(f"/people/{hanh_id}").text
    assert "Change</h2>" not in page
    assert "/people/new" not in ly.opens("/people").text
    assert ly.opens("/people/new").status_code == 403
    assert ly.sends(f"/people/{hanh_id}/role", version="x", role="deputy").status_code == 403
    assert row(store, "hanh")["role"] == "duty"


def test_nobody_of_another_commune_is_there(neighbour: Station, commune: Station, signed_in: SignIn) -> None:
    thao, sinh = signed_in(cast.THAO), neighbour.officers["sinh"]
    assert "Sinh" not in thao.opens("/people").text
    assert thao.opens(f"/people/{sinh}").status_code == 404
    for what in ("details", "role", "password", "dismissal", "return", "keys", "sign-out"):
        form = {"version": "x", "name": "Sinh", "role": "duty", "password": "long-enough-it-is"}
        assert thao.sends(f"/people/{sinh}/{what}", **form).status_code == 404


# ---- starting ------------------------------------------------------------------------------------------------------


SLIPS: list[tuple[dict[str, str], str]] = [
    ({"name": " "}, "This is missing."),
    ({"name": "x" * 201}, "That is too long."),
    ({"login": "two words"}, "A login is one word"),
    ({"login": " HANH"}, "Somebody signs in under this name already."),
    ({"role": "general"}, "Please choose one of the list."),
    ({"language": "xx"}, "Please choose one of the list."),
    ({"telephone": "113"}, "This number cannot be rung from here."),
    ({"telephone": "+4915123456789"}, "This number cannot be rung from here."),
    ({"telephone": cast.HANH.number}, "Another officer is rung under this number."),
    ({"password": "short"}, "A password has at least 8 characters"),
    ({"password": "x" * 2000}, "That is too long."),
]


def test_a_slip_is_told_beside_its_field_and_nothing_typed_is_lost(
    store: Store, commune: Station, signed_in: SignIn
) -> None:
    before, thao = count(store, officers), signed_in(cast.THAO)
    for changed, said in SLIPS:
        answer = thao.sends("/people", **starts(**changed))
        assert (answer.status_code, said in answer.text) == (422, True), changed
        assert 'value="Minh"' in answer.text or "name" in changed
        assert MINH.password in answer.text or "password" in changed
    assert count(store, officers) == before


def test_each_form_proposes_another_first_password(commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    proposed = [re.findall(r'value="((?:[a-z]{4}-){3}[a-z]{4})"', thao.opens("/people/new").text) for _ in range(2)]
    assert all(len(one) == 1 for one in proposed)
    assert proposed[0] != proposed[1]


def test_a_login_in_capitals_is_kept_small(store: Store, commune: Station, signed_in: SignIn) -> None:
    signed_in(cast.THAO).sends("/people", **starts(login=" MINH "))
    assert row(store, "minh")["name"] == "Minh"


# ---- roles ---------------------------------------------------------------------------------------------------------


def test_keys_follow_the_role(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao, hanh_id = signed_in(cast.THAO), commune.officers["hanh"]
    assert does(thao, hanh_id, "role", role="deputy").status_code == 303
    assert holds(store, hanh_id) == {"content"}
    signed_in(cast.THAO)
    assert holds(store, hanh_id) == {"content", "identity"}
    does(thao, hanh_id, "role", role="officer")
    assert holds(store, hanh_id) == {"content"}
    does(thao, hanh_id, "role", role="province")
    assert holds(store, hanh_id) == set()
    signed_in(cast.THAO)
    assert holds(store, hanh_id) == set()
    assert acts(store).count("role changed") == 3


def test_the_keys_can_be_handed_over_at_once(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    thao.sends("/people", **starts())
    minh_id = find(store, "minh")
    assert "Hand over the keys now" in thao.opens(f"/people/{minh_id}").text
    assert does(thao, minh_id, "keys").status_code == 303
    with store.read() as connection:
        private = unlock(connection, "minh", MINH.password).private
        assert open_unit_keys(connection, minh_id, private).content == commune.content.private


def test_the_last_chief_stays(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao, thao_id = signed_in(cast.THAO), commune.officers["thao"]
    for what, form in (("role", {"role": "duty"}), ("dismissal", {}), ("password", {"password": "another-one-now"})):
        answer = does(thao, thao_id, what, **form)
        assert answer.status_code == 422
        assert "last chief who holds the keys" in answer.text
    assert row(store, "thao")["role"] == "chief"
    # A second chief without keys is no help yet.
    does(thao, commune.officers["ly"], "role", role="chief")
    does(thao, commune.officers["hanh"], "role", role="chief")
    with store.write() as connection:
        connection.execute(grants.delete().where(grants.c.officer_id == commune.officers["ly"]))
    ly = signed_in(cast.LY)
    assert does(ly, thao_id, "dismissal").status_code == 422
    signed_in(cast.THAO)
    assert does(ly, thao_id, "dismissal").status_code == 303
    assert thao.opens("/people").location.startswith("/sign-in")


def test_of_two_chiefs_neither_closes_the_own_account(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    does(thao, commune.officers["ly"], "role", role="chief")
    answer = does(thao, commune.officers["thao"], "dismissal")
    assert answer.status_code == 422
    assert "Nobody does this to the own account" in answer.text
    assert "Close the account" not in thao.opens(f"/people/{commune.officers['thao']}").text


def test_the_second_of_two_at_once_is_told_and_overwrites_nothing(
    store: Store, commune: Station, signed_in: SignIn
) -> None:
    thao, hanh_id = signed_in(cast.THAO), commune.officers["hanh"]
    seen = version(thao.opens(f"/people/{hanh_id}").text)
    thao.sends(f"/people/{hanh_id}/role", version=seen, role="officer")
    answer = thao.sends(f"/people/{hanh_id}/details", version=seen, name="Hạnh Nguyễn", telephone="")
    assert answer.status_code == 409
    assert "in the meantime" in answer.text
    assert 'value="Hạnh Nguyễn"' in answer.text
    assert (row(store, "hanh")["role"], row(store, "hanh")["name"]) == ("officer", "Hạnh")


# ---- telephones ----------------------------------------------------------------------------------------------------


def test_a_telephone_is_changed_kept_and_taken_away(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao, hanh_id = signed_in(cast.THAO), commune.officers["hanh"]
    before = row(store, "hanh")["phone"]
    does(thao, hanh_id, "details", name="Hạnh Trần", telephone="")
    assert (row(store, "hanh")["name"], row(store, "hanh")["phone"]) == ("Hạnh Trần", before)
    does(thao, hanh_id, "details", name="Hạnh Trần", telephone="0912 345 699")
    with store.read() as connection:
        assert roster.officer_of_number(connection, commune.unit_id, "+84912345699", SECRET) == hanh_id
    does(thao, hanh_id, "details", name="Hạnh Trần", telephone="", no_telephone="y")
    assert row(store, "hanh")["phone"] is None
    assert "345699" not in repr(rows_of_audit(store))


def rows_of_audit(store: Store) -> list[object]:
    with store.read() as connection:
        return [tuple(one) for one in connection.execute(select(audit_rows.c.action, audit_rows.c.details))]


# ---- forgotten passwords -------------------------------------------------------------------------------------------


def test_a_forgotten_password_costs_the_keys_until_a_chief_gives_them_again(
    app: Flask, store: Store, commune: Station, signed_in: SignIn
) -> None:
    hanh, thao, hanh_id = signed_in(cast.HANH), signed_in(cast.THAO), commune.officers["hanh"]
    assert "cannot be opened without it" in thao.opens(f"/people/{hanh_id}").text
    assert does(thao, hanh_id, "password", password="a-new-first-word").status_code == 303
    assert hanh.opens("/calls").location.startswith("/sign-in")
    assert holds(store, hanh_id) == set()
    again = Visitor(app.test_client())
    assert again.signs_in(cast.HANH).status_code == 403
    assert again.signs_in(cast.HANH, "a-new-first-word").status_code == 303
    assert again.opens("/calls").location == "/account"
    signed_in(cast.THAO)
    with store.read() as connection:
        private = unlock(connection, "hanh", "a-new-first-word").private
        assert open_unit_keys(connection, hanh_id, private).content == commune.content.private


def test_a_short_first_password_changes_nothing(store: Store, commune: Station, signed_in: SignIn) -> None:
    before = row(store, "hanh")
    answer = does(signed_in(cast.THAO), commune.officers["hanh"], "password", password="short")
    assert answer.status_code == 422
    assert "at least 8 characters" in answer.text
    assert row(store, "hanh") == before


def test_somebody_is_signed_out_everywhere(store: Store, commune: Station, signed_in: SignIn) -> None:
    hanh, thao = signed_in(cast.HANH), signed_in(cast.THAO)
    assert does(thao, commune.officers["hanh"], "sign-out").status_code == 303
    assert hanh.opens("/calls").location.startswith("/sign-in")
    assert thao.opens("/calls").status_code == 200


# ---- the administrator ---------------------------------------------------------------------------------------------


@pytest.fixture
def administrator(store: Store, commune: Station, signed_in: SignIn) -> Visitor:
    with store.write() as connection:
        station.hire(connection, commune.unit_id, ADMINISTRATOR)
    return signed_in(ADMINISTRATOR)


def test_the_administrator_keeps_accounts_and_makes_none_that_reads(
    app: Flask, store: Store, commune: Station, administrator: Visitor, signed_in: SignIn
) -> None:
    assert administrator.sends("/people", **starts()).status_code == 303
    minh_id = find(store, "minh")
    signed_in(cast.THAO)
    assert holds(store, minh_id) == set(), "a chief has not said that this is Minh"
    assert "wait for a chief to confirm" in administrator.opens("/people").text
    assert does(administrator, minh_id, "keys").status_code == 403
    thao = signed_in(cast.THAO)
    does(thao, minh_id, "keys")
    assert holds(store, minh_id) == {"content"}


def test_what_the_administrator_has_touched_waits_for_a_chiefs_word(
    store: Store, commune: Station, administrator: Visitor, signed_in: SignIn
) -> None:
    does(administrator, commune.officers["hanh"], "password", password="known-to-the-machine")
    does(administrator, commune.officers["quan"], "role", role="deputy")
    does(administrator, commune.officers["ly"], "dismissal")
    does(administrator, commune.officers["ly"], "return")
    signed_in(cast.THAO)
    assert holds(store, commune.officers["hanh"]) == set()
    assert holds(store, commune.officers["quan"]) == {"content"}
    assert holds(store, commune.officers["ly"]) == set()


def test_chiefs_are_closed_to_the_administrator(
    store: Store, commune: Station, administrator: Visitor, signed_in: SignIn
) -> None:
    thao_id = commune.officers["thao"]
    assert "Change</h2>" not in administrator.opens(f"/people/{thao_id}").text
    for what in ("details", "role", "password", "dismissal", "sign-out"):
        form = {"version": "x", "name": "Thào", "role": "duty", "password": "long-enough-it-is"}
        assert administrator.sends(f"/people/{thao_id}/{what}", **form).status_code == 403
    assert administrator.sends("/people", **starts(role="chief")).status_code == 422
    assert does(administrator, commune.officers["hanh"], "role", role="chief").status_code == 403
    assert "Calls" not in administrator.opens("/people").text.partition("</nav>")[0]


def test_who_comes_back_finds_the_old_password_and_waits_for_the_keys(
    app: Flask, store: Store, commune: Station, signed_in: SignIn
) -> None:
    thao, hanh_id = signed_in(cast.THAO), commune.officers["hanh"]
    does(thao, hanh_id, "dismissal")
    assert does(thao, hanh_id, "return").status_code == 303
    assert Visitor(app.test_client()).signs_in(cast.HANH).status_code == 303
    assert holds(store, hanh_id) == set()
    signed_in(cast.THAO)
    assert holds(store, hanh_id) == {"content"}


# ---- the own account -----------------------------------------------------------------------------------------------


def test_a_password_that_will_not_do_changes_nothing(store: Store, commune: Station, signed_in: SignIn) -> None:
    before, hanh = row(store, "hanh"), signed_in(cast.HANH)
    for old, new, again, said in (
        ("not it", HER_OWN, HER_OWN, "That is not your password."),
        (cast.HANH.password, "short", "short", "at least 8 characters"),
        (cast.HANH.password, HER_OWN, HER_OWN + "x", "The two are not the same."),
        (cast.HANH.password, cast.HANH.password, cast.HANH.password, "the password you have already"),
        ("", HER_OWN, HER_OWN, "This is missing."),
    ):
        answer = hanh.sends("/account/password", old=old, new=new, again=again)
        assert (answer.status_code, said in answer.text) == (422, True), said
        assert not [word for word in (HER_OWN, cast.HANH.password) if word in answer.text]
    assert row(store, "hanh") == before


def test_a_changed_password_keeps_the_keys_and_ends_the_other_sessions(
    app: Flask, store: Store, commune: Station, signed_in: SignIn
) -> None:
    here, elsewhere = signed_in(cast.HANH), signed_in(cast.HANH)
    here.sends("/account/password", old=cast.HANH.password, new=HER_OWN, again=HER_OWN)
    assert here.opens("/calls").status_code == 200
    assert elsewhere.opens("/calls").location.startswith("/sign-in")
    assert Visitor(app.test_client()).signs_in(cast.HANH).status_code == 403
    with store.read() as connection:
        unlocked = unlock(connection, "hanh", HER_OWN)
        assert open_unit_keys(connection, unlocked.officer.id, unlocked.private).content == commune.content.private


def test_passwords_are_not_guessed_at_an_open_desk(commune: Station, signed_in: SignIn) -> None:
    hanh = signed_in(cast.HANH)
    for _ in range(5):
        assert hanh.sends("/account/password", old="a guess", new=HER_OWN, again=HER_OWN).status_code == 422
    assert hanh.sends("/account/password", old=cast.HANH.password, new=HER_OWN, again=HER_OWN).status_code == 429


def test_ones_own_sessions_and_telephone(store: Store, commune: Station, signed_in: SignIn) -> None:
    here, elsewhere = signed_in(cast.HANH), signed_in(cast.HANH)
    page = here.opens("/account").text
    assert page.count("since 14 Nov 2026, 21:04") == 2
    assert page.count("this browser") == 1
    assert here.sends("/account/sign-out-elsewhere").status_code == 303
    assert elsewhere.opens("/calls").location.startswith("/sign-in")
    assert "nowhere else" in here.opens("/account").text
    assert here.sends("/account/telephone", telephone=cast.QUAN.number).status_code == 422
    assert here.sends("/account/telephone", telephone="call me").status_code == 422
    assert here.sends("/account/telephone", telephone="+84912345699").status_code == 303
    assert "ends in 99" in here.opens("/account").text
    here.sends("/account/telephone", telephone="")
    assert row(store, "hanh")["phone"] is None


def test_every_role_has_an_account_page_and_lands_where_it_may(commune: Station, signed_in: SignIn) -> None:
    dung = signed_in(cast.DUNG)
    assert dung.opens("/account").status_code == 200


def test_the_chain_is_whole_after_all_that(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    thao.sends("/people", **starts())
    does(thao, find(store, "minh"), "dismissal")
    with store.read() as connection:
        found = [audit_chain.link_of(dict(one)) for one in connection.execute(select(audit_rows)).mappings()]
    assert all(audit_chain.intact(one) for one in found)
    page = thao.opens("/audit").text
    assert "Closed an account" in page
    assert "password replaced" not in page
