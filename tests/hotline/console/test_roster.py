"""The roster, the hand-over and the duty book at the browser."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from hotline.casework import roster
from hotline.casework.shift_patterns import Duty
from storage.database import Store
from storage.tables import audit_rows, handovers, roster_exceptions, shift_patterns, shifts
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor, Wall
from tests.hotline.station import NOW, Station

SignIn = Callable[[cast.Officer], Visitor]
AN_HOUR = timedelta(hours=1)


def put_on_duty(store: Store, of: Station, who: cast.Officer, hours: float = 12, group: str = "duty") -> int:
    shift = Duty(NOW - AN_HOUR, NOW + hours * AN_HOUR, of.officers[who.login], group)
    with store.write() as connection:
        return roster.add_single(connection, of.unit_id, shift)


def rows(store: Store, table: object) -> list[dict[str, object]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def weekly(of: Station, who: cast.Officer, **changed: object) -> dict[str, object]:
    """A filled-in form: this officer's nights from Monday to Wednesday."""
    given = {"officer": str(of.officers[who.login]), "group": "duty", "weekdays": ["0", "1", "2"]}
    hours = {"starts": "19:00", "ends": "07:00", "from_day": "2026-11-16"}
    return {f"w-{name}": value for name, value in {**given, **hours, **changed}.items()}


def exception(of: Station, who: cast.Officer, **changed: object) -> dict[str, object]:
    given = {"officer": str(of.officers[who.login]), "kind": "off", "stand_in": "0", "group": "duty"}
    days = {"from_day": "2026-11-16", "until_day": "2026-11-17", "starts": "", "ends": ""}
    return {f"c-{name}": value for name, value in {**given, **days, **changed}.items()}


def single(of: Station, who: cast.Officer, **changed: object) -> dict[str, object]:
    given = {"officer": str(of.officers[who.login]), "group": "command"}
    times = {"starts": "2026-11-16T19:00", "ends": "2026-11-17T07:00"}
    return {f"s-{name}": value for name, value in {**given, **times, **changed}.items()}


# ---- the wall ------------------------------------------------------------------------------------------------------


def test_the_roster_shows_who_is_on_duty_and_where_nobody_is(store: Store, commune: Station, signed_in: SignIn) -> None:
    put_on_duty(store, commune, cast.HANH)
    page = signed_in(cast.QUAN).opens("/roster").text
    assert "<b>Hạnh</b>" in page
    assert "20:04 – 09:04" in page
    assert "Duty: nobody from 15 Nov 2026, 09:04 on." in page
    assert "Command: nobody in the next seven days." in page
    assert page.count('<tr role="row"') == 15  # two weeks and the heading
    assert 'aria-current="date"' in page
    assert "Change the roster" not in page


def test_the_plan_is_for_chief_and_deputies(commune: Station, signed_in: SignIn) -> None:
    assert 'href="/roster/plan"' in signed_in(cast.LY).opens("/roster").text
    assert signed_in(cast.LY).opens("/roster/plan").status_code == 200
    for who in (cast.HANH, cast.DUNG):
        assert signed_in(who).opens("/roster/plan").status_code == 403
    assert signed_in(cast.DUNG).opens("/roster").status_code == 403


@pytest.mark.parametrize("address", ["weekly-shifts", "exceptions", "shifts"])
def test_nobody_else_changes_anything(store: Store, commune: Station, signed_in: SignIn, address: str) -> None:
    put_on_duty(store, commune, cast.QUAN)
    hanh = signed_in(cast.HANH)
    form = {**weekly(commune, cast.HANH), **exception(commune, cast.HANH), **single(commune, cast.HANH)}
    assert hanh.sends(f"/roster/{address}", **form).status_code == 403
    assert hanh.sends(f"/roster/{address}/1/end").status_code == 403
    assert (rows(store, shift_patterns), rows(store, roster_exceptions)) == ([], [])
    assert len(rows(store, shifts)) == 1


@pytest.mark.parametrize("week", ["2026-12-02", "0001-01-01", "9999-12-31", "tomorrow", "2026-13-01"])
def test_any_week_in_the_address_is_answered(commune: Station, signed_in: SignIn, week: str) -> None:
    page = signed_in(cast.HANH).opens(f"/roster?week={week}")
    assert page.status_code == 200
    first = "Monday, 30 November" if week == "2026-12-02" else "Monday, 9 November"
    assert first in page.text


def test_a_red_banner_is_on_every_page_an_hour_ahead(
    store: Store, commune: Station, signed_in: SignIn, wall: Wall
) -> None:
    put_on_duty(store, commune, cast.HANH, hours=1.25)
    quan = signed_in(cast.QUAN)
    assert 'role="alert"' not in quan.opens("/calls").text
    wall.forward(timedelta(minutes=16))
    for address in ("/calls", "/reports", "/roster"):
        assert "Nobody is on duty from 14 Nov 2026, 22:19 on." in quan.opens(address).text
    put_on_duty(store, commune, cast.LY, hours=9)
    assert "Nobody is on duty" not in quan.opens("/calls").text


# ---- the plan ------------------------------------------------------------------------------------------------------


def test_a_weekly_shift_is_added_and_ended(store: Store, commune: Station, signed_in: SignIn) -> None:
    ly = signed_in(cast.LY)
    answer = ly.sends("/roster/weekly-shifts", **weekly(commune, cast.HANH))
    assert (answer.status_code, answer.location) == (303, "/roster/plan#weekly")
    kept = rows(store, shift_patterns)
    assert [row["weekday"] for row in kept] == [0, 1, 2]
    assert {(row["starts"], row["ends"], row["from_day"]) for row in kept} == {(time(19), time(7), date(2026, 11, 16))}
    page = ly.opens("/roster/plan").text
    assert "<b>Hạnh, 19:00 – 07:00</b>" in page
    assert page.count("(until the next day)") == 1
    assert [day for day in ("Monday", "Tuesday", "Wednesday", "Thursday") if f"End: {day}" in page] == [
        *("Monday", "Tuesday", "Wednesday"),
    ]
    assert ly.opens("/roster").text.count("19:00 – 07:00") == 3  # of the week to come
    assert ly.sends(f"/roster/weekly-shifts/{kept[0]['id']}/end").status_code == 303
    assert len(rows(store, shift_patterns)) == 2


def test_an_exception_changes_the_wall(store: Store, commune: Station, signed_in: SignIn) -> None:
    ly = signed_in(cast.LY)
    ly.sends("/roster/weekly-shifts", **weekly(commune, cast.HANH))
    stand_in = str(commune.officers["quan"])
    answer = ly.sends("/roster/exceptions", **exception(commune, cast.HANH, kind="replaced", stand_in=stand_in))
    assert (answer.status_code, answer.location) == (303, "/roster/plan#exceptions")
    assert ly.opens("/roster").text.count("instead of Hạnh") == 2
    [kept] = rows(store, roster_exceptions)
    assert (kept["group_name"], kept["starts"]) == (None, None)
    assert ly.sends(f"/roster/exceptions/{kept['id']}/end").status_code == 303
    assert "instead of" not in ly.opens("/roster").text


def test_an_extra_shift_and_a_single_one_are_added(store: Store, commune: Station, signed_in: SignIn) -> None:
    ly = signed_in(cast.LY)
    extra = exception(commune, cast.QUAN, kind="extra", starts="08:00", ends="11:30:00")
    assert ly.sends("/roster/exceptions", **extra).status_code == 303
    assert ly.sends("/roster/shifts", **single(commune, cast.THAO)).status_code == 303
    page = ly.opens("/roster").text
    assert page.count("08:00 – 11:30") == 2
    [kept] = rows(store, shifts)
    assert kept["ends_at"] - kept["starts_at"] == timedelta(hours=12)
    assert ly.sends(f"/roster/shifts/{kept['id']}/end").status_code == 303
    assert rows(store, shifts) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ends": "2026-11-16T18:00"}, "It ends before it starts."),
        ({"ends": ""}, "This is missing."),
        ({"ends": "tomorrow"}, "Please give a day and a time"),
        ({"ends": "9999-12-31T23:59"}, "That year is surely a slip."),
        ({"starts": "0001-01-01T00:00"}, "That year is surely a slip."),
        ({"officer": "4711"}, "Please choose one of the list."),
        ({"officer": "x"}, "Please choose one of the list."),
        ({"group": "choir"}, "Please choose one of the list."),
    ],
)
def test_a_single_shift_that_will_not_do_is_refused_in_plain_words(
    store: Store, commune: Station, signed_in: SignIn, changed: dict[str, str], said: str
) -> None:
    answer = signed_in(cast.LY).sends("/roster/shifts", **single(commune, cast.THAO, **changed))
    assert answer.status_code == 422
    assert said in answer.text
    assert "<details open>" in answer.text
    assert rows(store, shifts) == []


def test_what_was_typed_is_still_there(commune: Station, signed_in: SignIn) -> None:
    page = signed_in(cast.LY).sends("/roster/shifts", **single(commune, cast.THAO, ends="2026-11-15T06:45")).text
    assert 'value="2026-11-16T19:00"' in page.replace("2026-11-16 19:00:00", "2026-11-16T19:00")
    assert 'value="2026-11-15T06:45"' in page.replace("2026-11-15 06:45:00", "2026-11-15T06:45")
    assert f'<option selected value="{commune.officers["thao"]}">Thào</option>' in page
    assert '<option selected value="command">' in page
    page = signed_in(cast.LY).sends("/roster/weekly-shifts", **weekly(commune, cast.HANH, ends="soon")).text
    assert 'value="soon"' in page
    assert page.count("checked") == 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "replaced"}, "This is missing."),
        ({"kind": "replaced", "stand_in": "own"}, "nobody stands in for himself"),
        ({"kind": "extra", "starts": "08:00"}, "This is missing."),
        ({"kind": "extra", "starts": "8 o'clock", "ends": "09:00"}, "Please give a time"),
        ({"kind": "ill"}, "Please choose one of the list."),
        ({"until_day": "2026-11-15"}, "It ends before it starts."),
        ({"from_day": "16.11.2026"}, "Please give a day, such as"),
    ],
)
def test_an_exception_that_will_not_do_is_refused_in_plain_words(
    store: Store, commune: Station, signed_in: SignIn, changed: dict[str, str], said: str
) -> None:
    hanh = str(commune.officers["hanh"])
    given = {name: hanh if value == "own" else value for name, value in changed.items()}
    answer = signed_in(cast.LY).sends("/roster/exceptions", **exception(commune, cast.HANH, **given))
    assert answer.status_code == 422
    assert said in answer.text
    assert rows(store, roster_exceptions) == []


def test_an_empty_form_is_refused_field_by_field(commune: Station, signed_in: SignIn) -> None:
    ly = signed_in(cast.LY)
    for address, missing in (("weekly-shifts", 4), ("exceptions", 2), ("shifts", 2)):
        answer = ly.sends(f"/roster/{address}")
        assert answer.status_code == 422
        assert answer.text.count("This is missing.") >= missing, address


def test_who_is_away_is_not_put_on_duty(commune: Station, signed_in: SignIn) -> None:
    ly = signed_in(cast.LY)
    ly.sends("/roster/exceptions", **exception(commune, cast.THAO))
    answer = ly.sends("/roster/shifts", **single(commune, cast.THAO))
    assert (answer.status_code, "End that exception first." in answer.text) == (422, True)


def test_another_units_rows_and_people_are_out_of_reach(
    store: Store, commune: Station, neighbour: Station, signed_in: SignIn
) -> None:
    theirs = put_on_duty(store, neighbour, cast.SINH)
    ly = signed_in(cast.LY)
    for address in ("weekly-shifts", "exceptions", "shifts"):
        for number in (theirs, 99999999999999999999):
            assert ly.sends(f"/roster/{address}/{number}/end").status_code == 404
    stranger = {"officer": str(neighbour.officers["sinh"])}
    assert ly.sends("/roster/shifts", **single(commune, cast.THAO, **stranger)).status_code == 422
    assert "Sinh" not in ly.opens("/roster/plan").text + ly.opens("/roster").text
    assert len(rows(store, shifts)) == 1


def test_ending_twice_does_no_harm(store: Store, commune: Station, signed_in: SignIn) -> None:
    running = put_on_duty(store, commune, cast.HANH)
    ly = signed_in(cast.LY)
    assert [ly.sends(f"/roster/shifts/{running}/end").status_code for _ in range(2)] == [303, 303]
    assert [row["ends_at"] for row in rows(store, shifts)] == [NOW]


def test_without_the_forms_token_nothing_is_changed(store: Store, commune: Station, signed_in: SignIn) -> None:
    ly = signed_in(cast.LY)
    for address in ("/roster/shifts", "/roster/handovers"):
        assert ly.browser.post(address, data=single(commune, cast.THAO)).status_code == 400
    assert (rows(store, shifts), rows(store, handovers)) == ([], [])


# ---- hand-overs ----------------------------------------------------------------------------------------------------


def seen_on(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


def test_the_next_officer_takes_over_with_one_click(store: Store, commune: Station, signed_in: SignIn) -> None:
    put_on_duty(store, commune, cast.HANH, hours=0)
    with store.write() as connection:
        station.report(connection, commune, "R-2026-0001", None, due_at=NOW - AN_HOUR)
        live = station.call(connection, commune, "CA1", ended_at=None, duration_s=None)
    quan = signed_in(cast.QUAN)
    page = quan.opens("/roster/handover").text
    assert "Hand-over number 1" in page
    assert "R-2026-0001" in page
    assert ">late<" in page
    assert f'href="/calls/{live}"' in page
    hanh = str(commune.officers["hanh"])
    assert f'<option value="{hanh}" selected>Hạnh</option>' in page
    answer = quan.sends("/roster/handovers", **{"from": hanh, "seen": seen_on(page)})
    assert (answer.status_code, answer.location) == (303, "/roster/handover#signed")
    [row] = rows(store, handovers)
    assert (row["from_officer_id"], row["to_officer_id"]) == (int(hanh), commune.officers["quan"])
    assert [item.get("report") for item in row["items"]] == ["R-2026-0001", None]
    after = quan.opens("/roster/handover").text
    assert "Hạnh → Quân" in after
    assert "2 open items" in after
    assert [row["action"] for row in rows(store, audit_rows)][-1] == "shift handed over"


def test_a_list_that_grew_meanwhile_is_shown_again(store: Store, commune: Station, signed_in: SignIn) -> None:
    quan = signed_in(cast.QUAN)
    seen = seen_on(quan.opens("/roster/handover").text)
    with store.write() as connection:
        station.report(connection, commune, "R-2026-0002", None)
    answer = quan.sends("/roster/handovers", **{"from": "0", "seen": seen})
    assert answer.status_code == 409
    assert "The list has changed in the meantime." in answer.text
    assert "R-2026-0002" in answer.text
    assert rows(store, handovers) == []
    assert quan.sends("/roster/handovers", **{"from": "0", "seen": seen_on(answer.text)}).status_code == 303


@pytest.mark.parametrize("giver", ["", "x", "-1", "4711", "9" * 30, "own"])
def test_a_shift_is_not_taken_over_from_just_anybody(
    store: Store, commune: Station, signed_in: SignIn, giver: str
) -> None:
    quan = signed_in(cast.QUAN)
    seen = seen_on(quan.opens("/roster/handover").text)
    given = str(commune.officers["quan"]) if giver == "own" else giver
    answer = quan.sends("/roster/handovers", **{"from": given, "seen": seen})
    assert (answer.status_code, "Please choose from whom you take over." in answer.text) == (422, True)
    assert rows(store, handovers) == []


def test_hand_overs_and_the_duty_book_are_not_for_the_province(commune: Station, signed_in: SignIn) -> None:
    dung = signed_in(cast.DUNG)
    for address in ("/roster/handover", "/roster/duty-book"):
        assert dung.opens(address).status_code == 403
    assert dung.sends("/roster/handovers", **{"from": "0", "seen": "x"}).status_code == 403


# ---- the duty book -------------------------------------------------------------------------------------------------


def test_the_duty_book_has_the_columns_of_the_paper_one(store: Store, commune: Station, signed_in: SignIn) -> None:
    put_on_duty(store, commune, cast.HANH)
    with store.write() as connection:
        first = station.call(connection, commune, "CA1")
        station.report(connection, commune, "R-2026-0001", first)
        station.call(connection, commune, "CA2", started_at=NOW + 9 * AN_HOUR, kind="other", category=None)
        roster.took_call(connection, first, 3, commune.officers["hanh"], NOW)
    page = signed_in(cast.HANH).opens("/roster/duty-book?day=2026-11-14&from=19:00&to=07:00").text
    columns = ("No.", "Received", "Channel", "Caller", "Place", "Content", "Classified as", "Done, by whom")
    for column in (*columns, "Told whom, when", "Result", "Signature"):
        assert f'scope="col">{column}</th>' in page
    assert "From 14 Nov 2026, 19:00 to 15 Nov 2026, 07:00" in page
    assert "Hạnh, spoke with the caller" in page
    assert page.count('scope="row"') == 2
    assert "Hạnh (Duty, 20:04 – 07:00)" in page
    alone = signed_in(cast.HANH).opens("/roster/duty-book?day=2026-11-14").text
    assert alone.count('scope="row"') == 1


@pytest.mark.parametrize("query", ["day=x&from=y&to=z", "day=9999-12-31", "from=25:00", "from=19:00%2B07:00"])
def test_any_day_in_the_address_is_answered(commune: Station, signed_in: SignIn, query: str) -> None:
    assert signed_in(cast.HANH).opens(f"/roster/duty-book?{query}").status_code == 200


@pytest.mark.parametrize("language", ["vi", "ru"])
def test_the_pages_speak_the_officers_language(
    store: Store, commune: Station, signed_in: SignIn, language: str
) -> None:
    put_on_duty(store, commune, cast.HANH)
    ly = signed_in(cast.LY)
    answer = ly.sends("/language", language=language, page="/roster/duty-book?day=2026-11-14&from=19:00&to=07:00")
    assert answer.location == "/roster/duty-book?day=2026-11-14&from=19:00&to=07:00"
    ly.sends("/roster/weekly-shifts", **weekly(commune, cast.HANH))
    said = {"vi": ("Lịch trực", "Thứ Hai"), "ru": ("Дежурства", "онедельник")}[language]
    page = ly.opens("/roster").text
    assert all(word in page for word in said)
    wrong = ly.sends("/roster/shifts", **single(commune, cast.THAO, ends="")).text
    assert {"vi": "Còn thiếu.", "ru": "Не заполнено."}[language] in wrong
    english = ("Duty book", "Hand over", "Take over", "Every week", "This is missing")
    for address in ("/roster", "/roster/plan", "/roster/handover", "/roster/duty-book"):
        assert not [word for word in english if word in ly.opens(address).text], address
