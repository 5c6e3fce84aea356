"""An officer rings a caller back: the own telephone first, then the caller's, and neither sees the other's number."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from hotline.errors import CarrierError
from hotline.simulator.faults import Faults
from hotline.simulator.leg import Exchange
from hotline.simulator.officers import OfficerPhone
from storage.tables import audit_rows, call_backs, officers, report_calls, report_events, reports, units
from tests.cast import HANH, LY, MAY, PAO, QUAN, SEN, THAO, Caller, Officer
from tests.hotline.console.test_report_work import Fields
from tests.stories.conftest import LINE, ON_SQLITE, Commune

REF = "R-2026-0001"
PAGE = f"/reports/{REF}"
BACK = f"{PAGE}/call-backs"
BUTTON = "Call back</button>"
ANONYMOUS, CONFIDENTIAL, CALL_BACK = "1", "2", "3"


def reports_a_theft(commune: Commune, caller: Caller = PAO, privacy: str = CALL_BACK) -> str:
    """A report with the caller's choice about the number; return the carrier's id of the call."""
    call = commune.dials(caller)
    call.key_in(f"1162{privacy}03")
    call.record(5)
    call.press("#")
    call.hang_up()
    return call.id


def at_the_desk(commune: Commune, officer: Officer = HANH) -> FlaskClient:
    commune.hires(officer)
    commune.chief_hands_out_keys()
    return commune.sits_down(officer)


def clicks(commune: Commune, browser: FlaskClient, address: str = BACK, **typed: str) -> Any:
    """Send the form that stands on the page."""
    page = commune.opens(browser, PAGE).text
    form = Fields(page).forms.get(address) or {"csrf_token": page.partition('name="csrf_token" value="')[2][:200]}
    form["csrf_token"] = form["csrf_token"].partition('"')[0]
    return browser.post(address, data={**form, **typed}, base_url=commune.settings.hotline_public_url)


def telephone(commune: Commune, caller: Caller = PAO) -> OfficerPhone:
    return commune.carrier.phones.setdefault(caller.number, OfficerPhone())


def outcome(commune: Commune) -> tuple[str, int | None]:
    row = commune.rows(call_backs)[-1]
    assert row["number"] is None, "wiped, whatever became of it"
    return row["outcome"], row["seconds"]


def told_of(commune: Commune, action: str) -> list[dict[str, Any]]:
    return [row for row in commune.rows(audit_rows) if row["action"] == action]


def test_two_telephones_ring_and_both_see_the_hotlines_number_only(commune: Commune) -> None:
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    officers, callers = commune.carrier.phones[HANH.number], telephone(commune)
    officers.answers_and_presses("1")
    callers.answers_and_presses("", talk_seconds=95)
    page = commune.opens(hanh, PAGE).text
    assert BUTTON in page
    answer = clicks(commune, hanh)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Your telephone rings now" in commune.opens(hanh, PAGE).text
    commune.carrier.connect()
    assert [ring.caller_shown for ring in (*officers.rings, *callers.rings)] == [LINE, LINE]
    assert "ringing back the caller of report 1. To be connected, press 1." in officers.whispers[0]
    assert officers.whispers[-1] == "Connecting you. Please hold."
    assert (callers.bridged, callers.whispers) == (1, []), "nothing is said to whoever picks up"
    assert outcome(commune) == ("answered", 95)
    begun, ended = told_of(commune, "call back begun"), told_of(commune, "call back ended")
    assert [row["object_ref"] for row in (*begun, *ended)] == [f"report/{REF}"] * 2
    assert {row["officer_id"] for row in (*begun, *ended)} == {2}
    assert ended[0]["details"] == '{"call_back":"answered","seconds":95}'
    assert commune.rows(report_events)[-1]["what"] == "rung back"
    page = commune.opens(hanh, PAGE).text
    assert "They talked, 1:35" in page
    assert "Rung back through the line" in page
    assert PAO.number not in page
    assert PAO.number[3:] not in page


WHAT_HAPPENS: tuple[tuple[str, Callable[[OfficerPhone], OfficerPhone], str, str, str], ...] = (
    ("1", OfficerPhone.lets_it_ring, "no answer", "The caller does not answer.", "The caller did not answer"),
    ("1", OfficerPhone.busy, "busy", "telephone is busy", "telephone was busy"),
    ("1", OfficerPhone.unreachable, "unreachable", "could not be reached", "could not be reached"),
    ("1", OfficerPhone.rings_until_the_caller_gives_up, "gave up", "Please hold", "hung up while it rang"),
    ("5", OfficerPhone.lets_it_ring, "no key pressed", "press 1", "did not press 1"),
)
"""The officer's keys, what the caller's telephone does, what came of it, and what officer and page are told."""


@ON_SQLITE
def test_whatever_the_telephones_do_the_page_tells_what_came_of_it(commune: Commune) -> None:
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    officers, callers = commune.carrier.phones[HANH.number], telephone(commune)
    for keys, does, came_of_it, officer_hears, page_says in WHAT_HAPPENS:
        officers.answers_and_presses(keys)
        does(callers)
        clicks(commune, hanh)
        commune.carrier.connect()
        assert outcome(commune) == (came_of_it, None)
        assert officer_hears in officers.whispers[-1]
        page = commune.opens(hanh, PAGE).text.replace("&#39;", "'")
        assert page_says in page
        assert BUTTON in page, "and may be tried again"
    assert len(callers.rings) == 4, "not without the key 1"


@ON_SQLITE
def test_a_caller_is_not_rung_where_the_officer_is_not_there(commune: Commune) -> None:
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    officers = commune.carrier.phones[HANH.number]
    telephone(commune).answers_and_presses("")
    for does, came_of_it in (
        (officers.lets_it_ring, "officer no answer"),
        (officers.busy, "officer busy"),
        (officers.unreachable, "officer unreachable"),
        (officers.voicemail, "no key pressed"),
    ):
        does()
        clicks(commune, hanh)
        commune.carrier.connect()
        assert outcome(commune) == (came_of_it, None)
    assert telephone(commune).rings == []


@ON_SQLITE
def test_after_an_emergency_the_caller_is_rung_back_whatever_was_chosen(commune: Commune) -> None:
    call = commune.dials(MAY)
    call.press("9")
    call.hang_up()
    hanh = at_the_desk(commune)
    commune.carrier.phones[HANH.number].answers_and_presses("1")
    telephone(commune, MAY).answers_and_presses("")
    clicks(commune, hanh)
    commune.carrier.connect()
    assert (telephone(commune, MAY).bridged, outcome(commune)[0]) == (1, "answered")


NOT_RUNG: tuple[tuple[Caller, str, str], ...] = (
    (PAO, ANONYMOUS, "The caller wished to stay anonymous."),
    (PAO, CONFIDENTIAL, "The caller did not ask to be called back"),
    (SEN, CALL_BACK, "telephone sent no number."),
    # phonenumbers' examples of a German mobile and of a Vietnamese premium number
    (Caller("abroad", "+4915123456789", "vi"), CALL_BACK, "not one that this line may dial"),
    (Caller("premium", "+841900123456", "vi"), CALL_BACK, "not one that this line may dial"),
)


@ON_SQLITE
def test_there_is_no_button_and_no_way_round_it(commune: Commune) -> None:
    for caller, privacy, _ in NOT_RUNG:
        reports_a_theft(commune, caller, privacy)
    hanh = at_the_desk(commune)
    for number, (_, _, why) in enumerate(NOT_RUNG, start=1):
        address = f"/reports/R-2026-{number:04d}"
        page = commune.opens(hanh, address).text.replace("&#39;", "'")
        assert BUTTON not in page
        assert why in page
        refused = clicks(commune, hanh, f"{address}/call-backs")
        assert refused.status_code == 409
        assert why in refused.text.replace("&#39;", "'")
    commune.carrier.connect()
    assert (commune.rows(call_backs), commune.carrier.phones[HANH.number].rings) == ([], [])


@ON_SQLITE
def test_a_wife_who_whispers_is_never_rung_until_an_officer_says_why_it_is_safe(commune: Commune) -> None:
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    safety = f"{PAGE}/ring-back-safety"
    assert clicks(commune, hanh, safety, words="").status_code == 422, "a note says how the officer knows"
    assert BUTTON in commune.opens(hanh, PAGE).text
    assert clicks(commune, hanh, safety, words="she whispers, he is in the room").status_code == 303
    page = commune.opens(hanh, PAGE).text
    assert "Unsafe to ring back: somebody else could hear the telephone." in page
    assert "Nobody rings this caller" in page
    assert "she whispers, he is in the room" in page
    assert BUTTON not in page
    assert clicks(commune, hanh).status_code == 409
    assert clicks(commune, hanh, safety, words="").status_code == 422
    assert clicks(commune, hanh, safety, words="she lives with her mother now").status_code == 303
    assert BUTTON in commune.opens(hanh, PAGE).text
    assert [row["action"] for row in commune.rows(audit_rows) if "to ring back" in row["action"]] == [
        "report unsafe to ring back",
        "report safe to ring back",
    ]


def stops_on_the_way(commune: Commune, hanh: FlaskClient) -> tuple[str, str]:
    """Click, and let the carrier ask the question; return the two addresses of the officer's leg."""
    clicks(commune, hanh)
    leg = commune.carrier.placed[-1]
    return leg.url, f"{leg.url}/answer"


def asks(commune: Commune, url: str, call_id: str = "", **form: str) -> Exchange:
    leg = call_id or commune.rows(call_backs)[-1]["carrier_call_id"]
    return commune.carrier.exchange("voice", url, {"CallSid": leg, "AccountSid": commune.carrier.account_sid, **form})


@ON_SQLITE
def test_what_was_written_down_meanwhile_counts(commune: Commune) -> None:
    """The telephone is already at the officer's ear when a colleague marks the caller as unsafe."""
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    question, answer = stops_on_the_way(commune, hanh)
    assert "press 1" in asks(commune, question).twiml
    clicks(commune, hanh, f"{PAGE}/ring-back-safety", words="her husband came home")
    told = asks(commune, answer, Digits="1").twiml
    assert "unsafe" in told
    assert "<Dial" not in told
    assert outcome(commune) == ("became unsafe", None)


@ON_SQLITE
def test_after_two_minutes_the_address_opens_nothing(commune: Commune) -> None:
    reports_a_theft(commune)
    question, answer = stops_on_the_way(commune, at_the_desk(commune))
    commune.clock.goes_on(minutes=1, seconds=59)
    assert "press 1" in asks(commune, question).twiml
    commune.clock.goes_on(seconds=1)
    told = asks(commune, answer, Digits="1").twiml
    assert "Two minutes have passed" in told
    assert "<Dial" not in told
    assert outcome(commune) == ("too late", None)
    assert "Two minutes have passed" in asks(commune, question).twiml


@ON_SQLITE
def test_a_number_that_waits_too_long_is_wiped_without_anybody_asking(commune: Commune) -> None:
    """The officer's telephone never rang, and the carrier never told."""
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    stops_on_the_way(commune, hanh)
    commune.clock.goes_on(minutes=2)
    commune.at_home.settle_call_backs(commune.clock())
    assert [(row["number"], row["state"]) for row in commune.rows(call_backs)] == [(None, "begun")]
    commune.clock.goes_on(minutes=1)
    assert commune.at_home.settle_call_backs(commune.clock()) == 1
    assert outcome(commune) == ("unknown", None)
    assert "did not tell what came of it" in commune.opens(hanh, PAGE).text
    assert commune.at_home.settle_call_backs(commune.clock()) == 0


@ON_SQLITE
def test_a_carrier_that_asks_again_gets_the_same_answer_for_two_minutes_and_nobody_gets_it_later(
    commune: Commune,
) -> None:
    """A signature has no time in it: whoever kept a request may send it again, and hears that it is over."""
    reports_a_theft(commune)
    question, answer = stops_on_the_way(commune, at_the_desk(commune))
    first = asks(commune, question)
    assert PAO.number not in first.twiml
    dialled = asks(commune, answer, Digits="1")
    assert f'callerId="{LINE}"' in dialled.twiml
    assert PAO.number in dialled.twiml
    assert commune.carrier.repeat(dialled).twiml == dialled.twiml
    assert "This call back is over" in commune.carrier.repeat(first).twiml
    commune.clock.goes_on(minutes=2)
    assert commune.at_home.settle_call_backs(commune.clock()) == 0, "they talk"
    assert [(row["number"], row["state"]) for row in commune.rows(call_backs)] == [(None, "connecting")]
    for again in (commune.carrier.repeat(dialled), commune.carrier.repeat(first)):
        assert "This call back is over" in again.twiml
        assert PAO.number not in again.twiml


@ON_SQLITE
def test_an_answer_that_was_lost_is_not_given_again_once_the_callers_telephone_has_told(commune: Commune) -> None:
    reports_a_theft(commune)
    question, answer = stops_on_the_way(commune, at_the_desk(commune))
    asks(commune, question)
    dialled = asks(commune, answer, Digits="1")
    asks(commune, question.rpartition("/")[0] + "/result", DialCallStatus="busy")
    assert outcome(commune) == ("busy", None)
    assert "This call back is over" in commune.carrier.repeat(dialled).twiml


@ON_SQLITE
def test_another_leg_or_another_key_opens_nothing(commune: Commune) -> None:
    reports_a_theft(commune)
    question, answer = stops_on_the_way(commune, at_the_desk(commune))
    asks(commune, question)
    wrong_key = answer.replace(question.rpartition("/")[2], "A" * 43)
    wrong_name = answer.replace(urlsplit(question).path.split("/")[3], "somebody-elses")
    for told in (
        asks(commune, answer, "CA" + "9" * 32, Digits="1"),
        asks(commune, wrong_key, Digits="1"),
        asks(commune, wrong_key.replace("A" * 43, "ả"), Digits="1"),
        asks(commune, wrong_name, Digits="1"),
        asks(commune, question.rpartition("/")[0] + "/result", DialCallStatus="completed"),
    ):
        assert told.answer is None or told.answer.status in (200, 403)
        assert PAO.number not in told.twiml
        assert "<Dial" not in told.twiml
    assert "<Dial" in asks(commune, answer, Digits="1").twiml, "the real one still works"


@ON_SQLITE
def test_news_come_in_any_order_and_any_number_of_times(commune: Commune) -> None:
    """The officer's leg is over before the carrier tells how the caller's ended; then it tells it twice."""
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    question, answer = stops_on_the_way(commune, hanh)
    asks(commune, answer, Digits="1")
    here = question.rpartition("/")[0]
    status = {"CallStatus": "completed", "Direction": "outbound-api"}
    assert asks(commune, f"{here}/status", **status).answer.status == 204  # type: ignore[union-attr]
    assert commune.rows(call_backs)[-1]["state"] == "connecting"
    for _ in range(2):
        result = {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "61"}
        asks(commune, f"{here}/result", **result)
        asks(commune, f"{here}/status", **status)
    assert outcome(commune) == ("answered", 61)
    assert len(told_of(commune, "call back ended")) == 1
    assert [row["what"] for row in commune.rows(report_events)].count("rung back") == 1


@ON_SQLITE
def test_late_news_correct_what_was_taken_for_unknown(commune: Commune) -> None:
    reports_a_theft(commune)
    question, answer = stops_on_the_way(commune, at_the_desk(commune))
    asks(commune, answer, Digits="1")
    here = question.rpartition("/")[0]
    asks(commune, f"{here}/status", CallStatus="completed")
    commune.clock.goes_on(minutes=2)
    commune.at_home.settle_call_backs(commune.clock())
    assert outcome(commune) == ("unknown", None)
    asks(commune, f"{here}/result", DialCallStatus="no-answer", DialBridged="false")
    assert outcome(commune) == ("no answer", None)


@ON_SQLITE
def test_the_carrier_has_a_bad_day(commune: Commune) -> None:
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    commune.carrier.faults = Faults(refused=1)
    assert clicks(commune, hanh).status_code == 303
    page = commune.opens(hanh, PAGE).text
    assert "did not place the call. Nobody was rung" in page
    assert outcome(commune) == ("not placed", None)
    assert BUTTON in page
    commune.carrier.faults = Faults(unheard=1)  # it rings, but we do not hear so
    commune.carrier.phones[HANH.number].answers_and_presses("1")
    telephone(commune).answers_and_presses("", talk_seconds=20)
    clicks(commune, hanh)
    assert "Your telephone may still ring" in commune.opens(hanh, PAGE).text
    commune.carrier.connect()
    assert outcome(commune) == ("answered", 20)


@ON_SQLITE
def test_one_at_a_time_and_not_without_end(commune: Commune) -> None:
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    clicks(commune, hanh)
    assert "already, or it rings right now" in commune.opens(hanh, PAGE).text
    assert clicks(commune, hanh).status_code == 409, "the telephone rings"
    commune.carrier.connect()
    for _ in range(5):
        assert clicks(commune, hanh).status_code == 303
        commune.carrier.connect()
    assert clicks(commune, hanh).status_code == 409
    assert "rung often enough today" in commune.opens(hanh, PAGE).text
    commune.clock.strikes(2026, 3, 3, 0)
    hanh = commune.sits_down(HANH)
    assert clicks(commune, hanh).status_code == 303, "a new day"


@ON_SQLITE
def test_a_unit_rings_so_often_a_day_and_no_oftener(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(commune.settings.__dict__, "hotline_call_backs_a_day", 1)
    reports_a_theft(commune)
    reports_a_theft(commune, MAY)
    hanh, ly = at_the_desk(commune), at_the_desk(commune, LY)
    assert clicks(commune, hanh).status_code == 303
    refused = clicks(commune, ly, "/reports/R-2026-0002/call-backs")
    assert refused.status_code == 409
    assert "as often as it may in one day" in refused.text


@ON_SQLITE
def test_whoever_holds_no_key_or_no_telephone_reads_why(commune: Commune) -> None:
    reports_a_theft(commune)
    commune.hires(QUAN)
    quan = commune.sits_down(QUAN)
    assert "as soon as a chief of your unit signs in" in commune.opens(quan, PAGE).text
    assert clicks(commune, quan).status_code == 409
    thao = commune.sits_down(THAO)  # whose account was made without a telephone
    assert "Chưa có số điện thoại của bạn" in commune.opens(thao, PAGE).text
    assert clicks(commune, thao).status_code == 409


@ON_SQLITE
def test_a_foreign_report_or_call_is_not_there(commune: Commune) -> None:
    reports_a_theft(commune)
    reports_a_theft(commune, MAY, CONFIDENTIAL)
    hanh = at_the_desk(commune)
    for call_id in ("2", "77", "-1", "1 OR 1", "9" * 30):
        assert clicks(commune, hanh, call_id=call_id).status_code == 404, call_id
    assert clicks(commune, hanh, "/reports/R-2026-0999/call-backs").status_code == 404
    assert commune.rows(call_backs) == []


@ON_SQLITE
def test_the_page_of_the_call_has_the_same_button(commune: Commune) -> None:
    call_id = reports_a_theft(commune)
    hanh = at_the_desk(commune)
    row = next(row for row in commune.rows(reports) if row["reference"] == REF)
    assert row["privacy"] == "call_back"
    page = commune.opens(hanh, "/calls/1").text
    assert BUTTON in page
    assert f'action="{BACK}"' in page
    assert call_id not in page


@ON_SQLITE
def test_an_unsafe_caller_is_unsafe_on_every_report(commune: Commune) -> None:
    """The call that made one report was added to another: it is the same telephone that would ring."""
    reports_a_theft(commune)
    with commune.store.write() as connection:
        second = dict(commune.rows(reports)[0])
        second |= {"id": 2, "reference": "R-2026-0002", "unsafe_to_ring_back": True}
        connection.execute(reports.insert().values(**second))
        connection.execute(report_calls.insert().values(report_id=2, call_id=1, role="addition"))
    assert "Nobody rings this caller" in commune.opens(at_the_desk(commune), PAGE).text


@ON_SQLITE
def test_the_officer_hears_the_own_language(commune: Commune) -> None:
    reports_a_theft(commune)
    hanh = at_the_desk(commune)
    phone = commune.carrier.phones[HANH.number].answers_and_presses("1")
    with commune.store.write() as connection:
        connection.execute(officers.update().values(language=""))
        connection.execute(units.update().values(languages="vi,en,ru"))
    clicks(commune, hanh)
    commune.carrier.connect()
    assert phone.whispers[0] == "Đường dây nóng: gọi lại cho người đã báo tin, mã tin 1. Để nối máy, bấm phím 1."


@ON_SQLITE
def test_a_call_back_is_not_taken_for_a_page_of_which_nobody_knows(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page never went out; the same telephone rang for a call back. The page still goes out."""
    hanh = commune.puts_on_duty(HANH)
    commune.chief_hands_out_keys()
    call = commune.dials(PAO)
    call.key_in("1133" + f"2{CALL_BACK}" + "03")  # a fight is urgent enough to ring for
    call.record(8)
    call.press("#")
    with monkeypatch.context() as lost:
        lost.setattr(commune.client, "create_call", _nobody_knows)
        commune.paging.climb(commune.clock())
        commune.paging.page(commune.clock())
    clicks(commune, commune.sits_down(HANH), f"{PAGE}/call-backs")
    commune.carrier.connect()
    rung = len(hanh.rings)
    commune.clock.goes_on(seconds=10)
    assert commune.paging.settle(commune.clock()) >= 1, "sent again"
    commune.pages_go_out()
    assert len(hanh.rings) == rung + 1


def _nobody_knows(*_: object) -> str:
    raise CarrierError("The carrier could not be reached.", outcome_unknown=True)
