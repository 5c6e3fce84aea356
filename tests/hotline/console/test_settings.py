"""The settings of a unit at the browser: read by all who work there, changed by the chief, never half."""

import re
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from hotline.casework import roster
from hotline.casework.deadlines import Rules
from hotline.casework.lines import line_of
from hotline.casework.policies import Policy, frozen_policy
from hotline.casework.setup import load_unit
from hotline.casework.shift_patterns import Duty
from storage.database import Store
from storage.tables import audit_rows, follow_ups, places, units
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

SignIn = Callable[[cast.Officer], Visitor]
OFFICE = {"mon": "07:30-11:30, 13:30-17:00", "sat": "8h – 11h30; 14:00-15:00"}


def unit(store: Store) -> dict[str, object]:
    with store.read() as connection:
        return dict(connection.execute(select(units).order_by(units.c.id)).mappings().first() or {})


def fields(page: str, action: str, nth: int = 0) -> dict[str, list[str]]:
    """What a browser would send of a form that nobody touched."""
    form = re.findall(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.S)[nth]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        known = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        ticked = known.get("type") not in ("checkbox", "radio") or " checked" in tag
        if "name" in known and ticked:
            found.setdefault(known["name"], []).append(known.get("value", ""))
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\s*(.*?)</textarea>', form, re.S):
        found[name] = [inner]
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        found[name] = re.findall(r'<option selected value="([^"]*)"', inner)[:1]
    return found


def saves(visitor: Visitor, where: str, changed: dict[str, object], nth: int = 0, action: str = "") -> object:
    """Open a page, change some fields of its form and send it."""
    given = fields(visitor.opens(where).text, action or where, nth)
    return visitor.sends(action or where, **{**given, **changed})


# ---- reading -------------------------------------------------------------------------------------------------------


def test_all_who_work_here_read_and_only_the_chief_changes(store: Store, commune: Station, signed_in: SignIn) -> None:
    for reader in (cast.HANH, cast.LY, cast.THAO):
        page = signed_in(reader).opens("/settings")
        assert page.status_code == 200
        assert "Set it with your legal adviser" in page.text
        assert ("Change: Office hours" in page.text) == (reader is cast.THAO)
    assert signed_in(cast.DUNG).opens("/settings").status_code == 403
    ly = signed_in(cast.LY)
    for part in (
        "name",
        "hours",
        "places",
        "transfers",
        "call-backs",
        "deadlines",
        "paging",
        "quiet-hours",
        "mailboxes",
    ):
        assert ly.opens(f"/settings/{part}").status_code == 403
        assert ly.sends(f"/settings/{part}", version="x", name="Other", of="high", digits="01").status_code == 403
    assert unit(store)["name"] == "Công an xã Suối Đá"


def test_a_form_that_nobody_touched_changes_nothing(store: Store, commune: Station, signed_in: SignIn) -> None:
    with store.write() as connection:
        load_unit(
            connection,
            {
                "code": "suoi-da",
                "office_hours": {"mon": ["07:30-11:30", "13:30-17:00"]},
                "holidays": {"country": "VN", "extra": ["2026-11-23"]},
                "deadlines": {"CHECK": {"days": 5, "basis": "decision 12"}},
                "follow_ups": {"high": {"steps": [{"at": "07:30", "to": ["duty"], "by": ["voice"]}]}},
                "transfer_to": ["PC02"],
            },
            NOW,
        )
    before, thao = unit(store), signed_in(cast.THAO)
    for part in ("name", "hours", "transfers", "call-backs", "quiet-hours", "mailboxes"):
        assert saves(thao, f"/settings/{part}", {}).status_code == 303, part
    assert saves(thao, "/settings/deadlines", {}, nth=3).status_code == 303
    after = unit(store)
    kept = {**after, "follow_ups": {name: one for name, one in after["follow_ups"].items() if name != "quiet_hours"}}
    assert kept == before
    assert after["follow_ups"]["quiet_hours"] == "21:00-06:00"


# ---- name, hours, bodies, calls back -------------------------------------------------------------------------------


def test_a_unit_is_renamed_and_its_old_name_stays_known(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    assert saves(thao, "/settings/name", {"name": "Công an xã Suối Đá Mới"}).status_code == 303
    assert unit(store)["old_names"] == [{"name": "Công an xã Suối Đá", "until": "2026-11-14"}]
    page = thao.opens("/settings").text
    assert "until 2026-11-14: Công an xã Suối Đá" in page
    with store.read() as connection:
        assert line_of(connection, commune.line_id).unit_name == "Công an xã Suối Đá Mới"
    answer = saves(thao, "/settings/name", {"name": " "})
    assert (answer.status_code, "This is missing." in answer.text) == (422, True)


def test_office_hours_and_days_count_at_once(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    changed = {**OFFICE, "country": "VN", "closed_days": "23/11/2026\n2026-11-24", "open_days": "2.9.2027"}
    assert saves(thao, "/settings/hours", changed).status_code == 303
    kept = unit(store)
    assert kept["holidays"] == {"country": "VN", "extra": ["2026-11-23", "2026-11-24"], "working": ["2027-09-02"]}
    assert kept["office_hours"]["sat"] == ["08:00-11:30", "14:00-15:00"]
    assert kept["office_hours"]["mon"] == ["07:30-11:30", "13:30-17:00"]
    with store.read() as connection:
        hours = line_of(connection, commune.line_id).office_hours
    assert hours.open_at(NOW.replace(day=16, hour=9))
    page = thao.opens("/settings").text
    assert "Second Day of Lunar New Year" in page
    assert page.count("Open all the same") == 2  # of the unit, and at the national day


HOURS_SLIPS = [
    ({"mon": "17:00-08:00"}, "Please write times such as"),
    ({"tue": "early"}, "Please write times such as"),
    ({"closed_days": "soon"}, "Each line holds one day"),
    ({"open_days": "31/02/2027"}, "Each line holds one day"),
    ({"country": "Atlantis"}, "Please choose one of the list."),
]


def test_a_slip_in_the_hours_keeps_all_that_was_typed(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao, before = signed_in(cast.THAO), unit(store)
    for slip, said in HOURS_SLIPS:
        answer = saves(thao, "/settings/hours", {"wed": "08:00-12:00", **slip})
        assert (answer.status_code, said in answer.text) == (422, True), slip
        assert 'value="08:00-12:00"' in answer.text
        assert next(iter(slip.values())) in answer.text or "country" in slip
    assert unit(store) == before


def test_bodies_calls_back_quiet_hours_and_mailboxes(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    assert saves(thao, "/settings/transfers", {"bodies": "PC02\n\n Tổ hòa giải \nPC02"}).status_code == 303
    assert saves(thao, "/settings/call-backs", {"most": "12"}).status_code == 303
    assert saves(thao, "/settings/quiet-hours", {"starts": "22:00", "ends": "05:30"}).status_code == 303
    assert saves(thao, "/settings/mailboxes", {"duty": "duty@example.org"}).status_code == 303
    kept = unit(store)
    assert (kept["transfer_to"], kept["call_backs_a_day"]) == (["PC02", "Tổ hòa giải"], 12)
    assert kept["follow_ups"] == {"quiet_hours": "22:00-05:30", "mailboxes": {"duty": "duty@example.org"}}
    for where, slip in (
        ("transfers", {"bodies": "x" * 201}),
        ("call-backs", {"most": "-1"}),
        ("call-backs", {"most": "many"}),
        ("quiet-hours", {"ends": ""}),
        ("quiet-hours", {"ends": "22:00"}),
        ("mailboxes", {"command": "nobody"}),
    ):
        assert saves(thao, f"/settings/{where}", slip).status_code == 422, slip
    assert saves(thao, "/settings/quiet-hours", {"starts": "", "ends": ""}).status_code == 303
    assert saves(thao, "/settings/mailboxes", {"duty": ""}).status_code == 303
    assert unit(store)["follow_ups"] == {"quiet_hours": ""}
    assert frozen_policy(unit(store)["follow_ups"], "normal")["quiet"] == ""
    with store.read() as connection:
        acts = select(audit_rows.c.details).where(audit_rows.c.action == "settings changed")
        assert '{"what":"transfer_to"}' in connection.scalars(acts).all()


def test_two_chiefs_at_once_and_nothing_is_overwritten(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    stale = fields(thao.opens("/settings/transfers").text, "/settings/transfers")
    with store.write() as connection:
        load_unit(connection, {"code": "suoi-da", "transfer_to": ["from the file"]}, NOW)
    answer = thao.sends("/settings/transfers", **{**stale, "bodies": "from the page"})
    assert answer.status_code == 409
    assert "in the meantime" in answer.text
    assert "from the page" in answer.text
    assert unit(store)["transfer_to"] == ["from the file"]
    # What is another setting is no reason to be refused.
    other = fields(thao.opens("/settings/call-backs").text, "/settings/call-backs")
    saves(thao, "/settings/transfers", {"bodies": "PC02"})
    assert thao.sends("/settings/call-backs", **{**other, "most": "3"}).status_code == 303


# ---- places --------------------------------------------------------------------------------------------------------


def test_a_place_is_added_renamed_closed_and_never_deleted(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    place = {"digits": "07", "name": "Bản Sim", "kind": "village", "name_en": "Ban Sim", "households": "88"}
    assert saves(thao, "/settings/places", place).status_code == 303
    assert saves(thao, "/settings/places", place).status_code == 422
    for slip in ({"digits": "7"}, {"digits": "０７"}, {"name": ""}, {"kind": "moon"}, {"households": "some"}):
        assert saves(thao, "/settings/places", {**place, "digits": "08", **slip}).status_code == 422, slip
    with store.read() as connection:
        place_id = connection.execute(select(places.c.id)).scalar_one()
    where = f"/settings/places/{place_id}"
    assert saves(thao, where, {"name": "Bản Sim Mới"}).status_code == 303
    row = rows(store)[0]
    assert (row["name"], row["names"], row["old_names"]) == (
        "Bản Sim Mới",
        {"en": "Ban Sim"},
        [{"name": "Bản Sim", "until": "2026-11-14"}],
    )
    with store.read() as connection:
        assert line_of(connection, commune.line_id).facts(NOW)["places"] == "07"
    assert saves(thao, where, {}, action=f"{where}/closure").status_code == 303
    with store.read() as connection:
        line = line_of(connection, commune.line_id)
    assert line.facts(NOW)["places"] == ""
    assert line.places == {"07": place_id}, "a call that has named it keeps it"
    assert saves(thao, "/settings/places", {**place, "name": "Another"}).status_code == 422
    assert saves(thao, where, {}, action=f"{where}/reopening").status_code == 303
    assert rows(store)[0]["closed_at"] is None


def rows(store: Store) -> list[dict[str, object]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(places).order_by(places.c.id)).mappings()]


def test_another_communes_places_are_not_there(
    store: Store, commune: Station, neighbour: Station, signed_in: SignIn
) -> None:
    with store.write() as connection:
        theirs = station.place(connection, neighbour, "01", "Đèo")
    thao = signed_in(cast.THAO)
    assert thao.opens(f"/settings/places/{theirs}").status_code == 404
    for what in ("", "/closure", "/reopening"):
        form = {"version": "x", "name": "Ours", "kind": "village"}
        assert thao.sends(f"/settings/places/{theirs}{what}", **form).status_code == 404
    assert rows(store)[0]["name"] == "Đèo"


# ---- limits --------------------------------------------------------------------------------------------------------


def limit(of: str, **changed: object) -> dict[str, object]:
    return {"of": of, **{f"{of}-{name}": value for name, value in changed.items()}}


def test_a_limit_needs_its_source_and_is_marked(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    nth = 3  # ANSWER, NOW, H24, CHECK
    answer = saves(thao, "/settings/deadlines", limit("CHECK", days="5"), nth)
    assert answer.status_code == 422
    assert "A limit needs its source" in answer.text
    assert 'value="5"' in answer.text
    given = limit("CHECK", days="5", basis="decision 12", check_locally="y")
    assert saves(thao, "/settings/deadlines", given, nth).status_code == 303
    assert unit(store)["deadlines"] == {"CHECK": {"days": 5, "check_locally": True, "basis": "decision 12"}}
    page = thao.opens("/settings").text
    assert "check locally" in page
    assert "decision 12" in page
    assert saves(thao, "/settings/deadlines", {"standard": "y"}, nth).status_code == 303
    assert unit(store)["deadlines"] == {}


def test_how_soon_a_report_is_taken_up(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    given = limit("high", hours="0.5", minutes="5", basis="order 3")
    assert saves(thao, "/settings/deadlines", given, nth=7).status_code == 303
    rules = Rules.from_settings(unit(store)["deadlines"])
    found = rules.acknowledgement["high"]
    assert found is not None
    assert found.clock == timedelta(minutes=35)
    for slip in ({"hours": "-1"}, {"minutes": "soon"}, {"days": "9999"}, {"basis": "x" * 501}):
        assert saves(thao, "/settings/deadlines", limit("high", **slip), nth=7).status_code == 422, slip
    assert thao.sends("/settings/deadlines", of="SOON", version="x").status_code == 404


# ---- who is told when ----------------------------------------------------------------------------------------------

HIGH = 1


def policy(**changed: object) -> dict[str, object]:
    return {f"high-{name.replace('_0_', '-0-').replace('_1_', '-1-')}": value for name, value in changed.items()}


def test_a_policy_with_nobody_in_it_is_refused(store: Store, commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    given = fields(thao.opens("/settings/paging").text, "/settings/paging", HIGH)
    empty = {name: value for name, value in given.items() if not name.endswith(("-to", "-by"))}
    answer = thao.sends("/settings/paging", **empty)
    assert answer.status_code == 422
    assert "A policy with nobody in it helps nobody" in answer.text
    half = {name: value for name, value in given.items() if not name.endswith("0-by")}
    answer = thao.sends("/settings/paging", **half)
    assert (answer.status_code, "By what?" in answer.text) == (422, True)
    nobody = {name: value for name, value in given.items() if not name.endswith("0-to")}
    answer = thao.sends("/settings/paging", **nobody)
    assert (answer.status_code, "To whom?" in answer.text) == (422, True)
    for slip in ({"times": "0"}, {"again_minutes": ""}, {"steps_0_minutes": "-3"}, {"steps_0_to": "everybody"}):
        assert thao.sends("/settings/paging", **{**given, **policy(**slip)}).status_code == 422, slip
    assert unit(store)["follow_ups"] == {}
    assert thao.sends("/settings/paging", of="urgent").status_code == 404


def test_a_follow_up_that_climbs_keeps_its_policy(store: Store, commune: Station, signed_in: SignIn) -> None:
    with store.write() as connection:
        report_id = station.report(connection, commune, "R-2026-0001", None)
        known = frozen_policy({}, "high")
        _follow(connection, commune, report_id, known)
    thao = signed_in(cast.THAO)
    changed = policy(steps_1_minutes="30", times="5")
    assert saves(thao, "/settings/paging", changed, HIGH).status_code == 303
    new = Policy.from_frozen(frozen_policy(unit(store)["follow_ups"], "high"))
    assert (new.steps[1].minutes, new.times, len(new.steps)) == (30, 5, 2)
    with store.read() as connection:
        assert connection.execute(select(follow_ups.c.policy)).scalar_one() == known
    assert saves(thao, "/settings/paging", {"standard": "y"}, HIGH).status_code == 303
    assert unit(store)["follow_ups"] == {}


def _follow(connection: Connection, of: Station, report_id: int, policy: dict[str, object]) -> None:
    row = {"report_id": report_id, "unit_id": of.unit_id, "policy": policy, "loop": 0, "step_no": 0}
    connection.execute(insert(follow_ups).values(**row, state="open", next_at=NOW, version=0))


def test_a_step_that_reaches_nobody_is_told_loudly(store: Store, commune: Station, signed_in: SignIn) -> None:
    hanh = signed_in(cast.HANH)
    page = hanh.opens("/settings").text
    assert "steps 1, 2 reach nobody." in page
    assert "nobody with a telephone is on duty in the next seven days" in page
    with store.write() as connection:
        for who, group in ((cast.HANH, "duty"), (cast.LY, "command")):
            shift = Duty(NOW, NOW + timedelta(days=2), commune.officers[who.login], group)
            roster.add_single(connection, commune.unit_id, shift)
    page = hanh.opens("/settings").text
    assert "High:</b>" not in page
    assert "Low:</b>" in page, "this machine sends no mail, and its only step is a letter"
    with store.write() as connection:
        connection.execute(update(units).values(call_backs_a_day=1))
    assert "1 a day at most." in hanh.opens("/settings").text


def test_the_pages_speak_vietnamese(commune: Station, signed_in: SignIn) -> None:
    thao = signed_in(cast.THAO)
    thao.sends("/language", language="vi")
    saves(thao, "/settings/hours", {"country": "VN"})
    assert "Tết" in thao.opens("/settings").text
    for where in ("hours", "deadlines", "paging"):
        assert ">Lưu</button>" in thao.opens(f"/settings/{where}").text
