"""A report that nobody takes does not wait: it climbs until somebody has it."""

import pytest

from hotline.casework.pages import Page
from hotline.simulator.faults import Faults
from hotline.worker.paging import PagingJobs
from storage.tables import alarms, follow_ups, pages, report_events, reports
from tests.cast import HANH, LY, MAY, QUAN, Officer
from tests.stories.conftest import LINE, ON_SQLITE, Commune
from tests.stories.hearing import code

REFERENCE = "R-2026-0001"
MACHINE = Officer("Máy", "may", "administrator", "+84912345691", "may-looks-after-the-machine")


def reports_a_fight(commune: Commune, reference_night: bool = True) -> None:
    """At two in the morning: a fight that is over, in Nà Hoi. High."""
    if reference_night:
        commune.clock.strikes(2026, 3, 3, 2)
    call = commune.dials(MAY)
    call.key_in("1133" + "22" + "03")
    call.record(8)
    call.press("#")
    assert len(code(call)) == 12
    call.hang_up()


def state(commune: Commune) -> str:
    (row,) = commune.rows(follow_ups)
    return str(row["state"])


def test_a_report_at_two_in_the_morning_is_on_the_duty_officers_telephone_at_once(commune: Commune) -> None:
    hanh, ly = commune.puts_on_duty(HANH), commune.puts_on_duty(LY, "command")
    reports_a_fight(commune)
    commune.pages_go_out()
    assert len(hanh.rings) == len(hanh.texts) == 1
    assert hanh.rings[0].caller_shown == LINE
    (text,) = hanh.texts
    assert REFERENCE in text
    assert "High" in text
    assert "Na Hoi" in text
    assert MAY.number not in text
    assert ly.rings == []
    assert ly.texts == []


def test_nobody_is_paged_twice_by_the_same_step(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    for _ in range(5):
        commune.pages_go_out()
        commune.clock.goes_on(seconds=60)
    assert (len(hanh.rings), len(hanh.texts)) == (1, 1)


def test_an_unanswered_report_reaches_the_deputy(commune: Commune) -> None:
    commune.puts_on_duty(HANH).lets_it_ring()
    ly = commune.puts_on_duty(LY, "command")
    reports_a_fight(commune)
    commune.pages_go_out()
    commune.clock.goes_on(minutes=14, seconds=59)
    commune.pages_go_out()
    assert ly.rings == []
    commune.clock.goes_on(seconds=1)
    commune.pages_go_out()
    assert (len(ly.rings), len(ly.texts)) == (1, 1)
    assert [row["what"] for row in commune.rows(report_events)] == ["paged", "paged"]


def test_a_key_takes_the_report_and_nobody_else_is_paged(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("1")
    ly = commune.puts_on_duty(LY, "command")
    reports_a_fight(commune)
    commune.pages_go_out()
    assert "press 1" in hanh.whispers[0]
    assert "Assault" in hanh.whispers[0]
    assert "You have taken report" in hanh.whispers[-1]
    report = commune.report()
    assert report["acknowledged_at"] == commune.clock()
    assert report["assigned_to"] == report["acknowledged_by"] == 2
    commune.clock.goes_on(hours=3)
    commune.pages_go_out()
    assert (ly.rings, state(commune)) == ([], "acked")
    assert {row["answer"] for row in commune.rows(pages)} == {"took"}


def test_a_late_key_hears_who_was_quicker(commune: Commune) -> None:
    commune.puts_on_duty(HANH).answers_and_presses("1")
    quan = commune.puts_on_duty(QUAN).answers_and_presses("1")
    reports_a_fight(commune)
    commune.pages_go_out()
    assert "is taken: Hạnh, at 02:00" in quan.whispers[-1]
    assert commune.report()["acknowledged_by"] == 2


def test_who_presses_late_hears_who_has_it(commune: Commune) -> None:
    """Both have picked up; one presses while the other still listens."""
    commune.puts_on_duty(HANH)
    quan = commune.puts_on_duty(QUAN).answers_and_presses("1")
    reports_a_fight(commune)
    commune.paging.climb(commune.clock())
    keys = {row["officer_id"]: row["key"] for row in commune.rows(pages) if row["channel"] == "voice"}
    answer = commune.carrier.exchange("voice", f"https://line.example.org/voice/follow-up/{keys[2]}/answer", _key("1"))
    assert "You have taken" in answer.twiml
    late = commune.carrier.exchange("voice", f"https://line.example.org/voice/follow-up/{keys[3]}/answer", _key("1"))
    assert "is taken: Hạnh" in late.twiml
    assert commune.carrier.repeat(answer).twiml == answer.twiml, "a repeated webhook gets the same answer"
    assert quan.rings == []
    assert {row["officer_id"]: row["answer"] for row in commune.rows(pages)} == {2: "took", 3: "late"}


def _key(digits: str) -> dict[str, str]:
    return {"CallSid": "CA" + "1" * 32, "AccountSid": "AC" + "0" * 32, "Digits": digits}


@ON_SQLITE
def test_passing_it_on_brings_the_next_step_at_once(commune: Commune) -> None:
    commune.puts_on_duty(HANH).refuses()
    ly = commune.puts_on_duty(LY, "command").answers_and_presses("1")
    reports_a_fight(commune)
    commune.pages_go_out()
    commune.clock.goes_on(seconds=1)
    commune.pages_go_out()
    assert len(ly.rings) == 1
    assert commune.report()["acknowledged_by"] == 3
    assert [row["what"] for row in commune.rows(report_events)] == ["paged", "passed on", "paged", "acknowledged"]


@ON_SQLITE
@pytest.mark.parametrize("habit", ["busy", "voicemail", "unreachable", "lets_it_ring"])
def test_whatever_the_telephone_does_the_report_climbs(commune: Commune, habit: str) -> None:
    getattr(commune.puts_on_duty(HANH), habit)()
    ly = commune.puts_on_duty(LY, "command").answers_and_presses("1")
    reports_a_fight(commune)
    commune.pages_go_out()
    assert commune.report()["acknowledged_at"] is None
    commune.clock.goes_on(minutes=15)
    commune.pages_go_out()
    assert len(ly.rings) == 1
    assert state(commune) == "open"
    commune.pages_go_out()
    assert state(commune) == "acked"


@ON_SQLITE
@pytest.mark.parametrize("reply", [f"1 {REFERENCE}", "1", " 1 r-2026-1 ", "1 2026-0001."])
def test_a_reply_by_text_takes_the_report(commune: Commune, reply: str) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    commune.pages_go_out()
    sent = commune.carrier.text(HANH.number, LINE, reply)
    assert commune.report()["acknowledged_by"] == 2
    assert hanh.texts[-1] == f"You have taken report {REFERENCE}. Thank you."
    assert commune.carrier.repeat(sent).twiml == sent.twiml
    assert len(commune.rows(reports)) == 1, "an officer's reply is no report"


@ON_SQLITE
def test_a_late_reply_reads_who_has_it(commune: Commune) -> None:
    commune.puts_on_duty(HANH)
    quan = commune.puts_on_duty(QUAN)
    reports_a_fight(commune)
    commune.pages_go_out()
    commune.carrier.text(HANH.number, LINE, f"1 {REFERENCE}")
    commune.carrier.text(QUAN.number, LINE, f"1 {REFERENCE}")
    assert "is taken: Hạnh, at 02:00" in quan.texts[-1]


@ON_SQLITE
@pytest.mark.parametrize("words", ["on my way", "1 R-2026-0099", "3 R-2026-0001", "", "1 R-2025-0001"])
def test_an_officers_text_that_makes_no_sense_rings_an_alarm(commune: Commune, words: str) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    commune.pages_go_out()
    before = len(hanh.texts)
    commune.carrier.text(HANH.number, LINE, words)
    assert len(hanh.texts) == before
    assert len(commune.rows(reports)) == 1
    (alarm,) = commune.rows(alarms)
    assert (alarm["what"], alarm["details"]) == ("officers_text_not_understood", {"officer": 2})


@ON_SQLITE
def test_with_nobody_on_duty_the_command_is_paged_at_once(commune: Commune) -> None:
    ly = commune.puts_on_duty(LY, "command")
    reports_a_fight(commune)
    commune.pages_go_out()
    assert len(ly.rings) == 1
    assert commune.rows(alarms) == []


def test_with_nobody_at_all_an_alarm_rings_and_the_report_is_red(commune: Commune) -> None:
    reports_a_fight(commune)
    commune.pages_go_out()
    (alarm,) = commune.rows(alarms)
    assert (alarm["what"], alarm["details"]["report"]) == ("nobody_takes_report", REFERENCE)
    assert state(commune) == "exhausted"
    hanh = commune.puts_on_duty(HANH)
    commune.clock.goes_on(minutes=15)
    commune.pages_go_out()
    assert len(hanh.rings) == 1, "whoever comes on duty is paged all the same"
    assert len(commune.rows(alarms)) == 1


@ON_SQLITE
def test_an_exhausted_policy_is_never_silent(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    commune.puts_on_duty(LY, "command")
    reports_a_fight(commune)
    for _ in range(6):
        commune.pages_go_out()
        commune.clock.goes_on(minutes=15)
    assert len(hanh.rings) == 3
    assert state(commune) == "exhausted"
    assert len(commune.rows(alarms)) == 1


@ON_SQLITE
def test_after_a_standstill_only_the_latest_step_is_taken(commune: Commune) -> None:
    hanh, ly = commune.puts_on_duty(HANH, hours=48), commune.puts_on_duty(LY, "command", hours=48)
    reports_a_fight(commune)
    commune.clock.goes_on(minutes=20)
    commune.pages_go_out()
    assert (len(hanh.rings), len(ly.rings)) == (0, 1), "the deputy's step had come"
    commune.clock.goes_on(hours=6)
    commune.pages_go_out()
    assert len(hanh.rings) + len(ly.rings) == 2, "one step, not a burst"


@ON_SQLITE
def test_an_ordinary_report_waits_for_the_morning(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    commune.clock.strikes(2026, 3, 2, 23)
    call = commune.dials()
    call.key_in("112122" + "01")  # a theft, over
    call.record(5)
    call.press("#")
    call.hang_up()
    commune.pages_go_out()
    commune.clock.strikes(2026, 3, 3, 5, 59)
    commune.pages_go_out()
    assert hanh.texts == []
    commune.clock.strikes(2026, 3, 3, 6)
    commune.pages_go_out()
    assert (len(hanh.texts), hanh.rings) == (1, [])


def test_a_call_that_the_carrier_took_without_saying_so_is_not_placed_again(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    commune.carrier.faults = Faults(unheard=2, missing=frozenset({"status", "sms"}))
    commune.pages_go_out()
    assert {row["state"] for row in commune.rows(pages)} == {"unknown"}
    commune.clock.goes_on(seconds=10)
    assert commune.paging.settle(commune.clock()) == 0
    commune.pages_go_out()
    assert {row["state"] for row in commune.rows(pages)} == {"sent"}
    assert (len(hanh.rings), len(hanh.texts)) == (1, 1)


def test_a_call_of_which_the_carrier_knows_nothing_is_placed_again(commune: Commune) -> None:
    """The worker died between claim and carrier."""
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    now = commune.clock()
    commune.paging.climb(now)
    with pytest.raises(KeyboardInterrupt):
        _dying(commune).page(now)
    assert sorted(row["state"] for row in commune.rows(pages)) == ["pending", "sending"]
    commune.clock.goes_on(seconds=31)
    commune.paging.settle(commune.clock())
    commune.clock.goes_on(seconds=6)
    assert commune.paging.settle(commune.clock()) == 1
    commune.pages_go_out()
    assert (len(hanh.rings), len(hanh.texts)) == (1, 1)


class Deadly:
    """A channel at which the worker dies."""

    def send(self, page: Page) -> str | None:
        raise KeyboardInterrupt(page.key)

    def sent_since(self, _: Page) -> None:
        return None


def _dying(commune: Commune) -> PagingJobs:
    return PagingJobs(commune.store, commune.secret, {"voice": Deadly(), "text": Deadly()})


@ON_SQLITE
def test_a_carrier_that_refuses_for_a_moment_is_asked_again(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    commune.carrier.faults = Faults(refused=2)
    commune.pages_go_out()
    assert (hanh.rings, hanh.texts) == ([], [])
    commune.clock.goes_on(seconds=10)
    commune.pages_go_out()
    assert (len(hanh.rings), len(hanh.texts)) == (1, 1)


@ON_SQLITE
def test_what_is_taken_before_the_page_goes_out_is_called_back(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    commune.paging.climb(commune.clock())
    commune.carrier.text(HANH.number, LINE, f"1 {REFERENCE}")
    hanh.texts.clear()
    commune.pages_go_out()
    assert (hanh.rings, hanh.texts) == ([], [])
    assert {row["state"] for row in commune.rows(pages)} == {"cancelled"}


@ON_SQLITE
def test_two_reports_at_once_ring_one_after_the_other_and_text_once(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    reports_a_fight(commune)
    now = commune.clock()
    commune.paging.climb(now)
    commune.paging.page(now)
    assert len(commune.carrier.placed) == 2, "one call and one text"
    commune.carrier.connect()
    assert len(hanh.rings) == 1
    assert "R-2026-0001" in hanh.texts[0]
    assert "R-2026-0002" in hanh.texts[0]
    commune.pages_go_out()
    assert len(hanh.rings) == 2
    assert len(hanh.texts) == 1


@ON_SQLITE
def test_a_text_of_two_reports_that_did_not_go_out_is_sent_again_as_one(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH)
    reports_a_fight(commune)
    reports_a_fight(commune)
    commune.carrier.faults = Faults(refused=9)
    commune.pages_go_out()
    commune.carrier.faults = Faults()
    commune.clock.goes_on(seconds=10)
    commune.pages_go_out()
    assert len(hanh.texts) == 1
    assert "R-2026-0001" in hanh.texts[0]
    assert "R-2026-0002" in hanh.texts[0]
    assert {row["state"] for row in commune.rows(pages) if row["channel"] == "text"} == {"delivered"}


@ON_SQLITE
def test_a_page_that_was_not_sent_in_time_is_given_up_and_the_next_step_comes(commune: Commune) -> None:
    hanh, ly = commune.puts_on_duty(HANH), commune.puts_on_duty(LY, "command")
    reports_a_fight(commune)
    commune.paging.climb(commune.clock())
    commune.clock.goes_on(minutes=15)
    commune.pages_go_out()
    commune.paging.settle(commune.clock())
    assert (len(hanh.rings), len(ly.rings)) == (0, 1)
    assert [row["last_error"] for row in commune.rows(pages)] == ["expired", "expired", "no-answer", None]


@ON_SQLITE
def test_an_officer_without_a_say_takes_nothing_by_text(commune: Commune) -> None:
    """The administrator has a telephone too, and no part in reports."""
    commune.hires(MACHINE)
    reports_a_fight(commune)
    commune.carrier.text(MACHINE.number, LINE, f"1 {REFERENCE}")
    assert commune.report()["acknowledged_at"] is None
    assert [row["what"] for row in commune.rows(alarms)] == ["officers_text_not_understood"]


@ON_SQLITE
def test_the_page_and_the_timeline_show_who_was_reached_how(commune: Commune) -> None:
    commune.puts_on_duty(HANH).lets_it_ring()
    reports_a_fight(commune)
    commune.pages_go_out()
    commune.chief_hands_out_keys()
    browser = commune.sits_down(HANH)
    page = commune.opens(browser, "/follow-ups").text
    assert REFERENCE in page
    assert "nobody picked up" in page
    assert "arrived" in page
    report = commune.opens(browser, f"/reports/{REFERENCE}").text
    assert "Officers paged" in report
    assert "by telephone, by text" in report
    assert MAY.number not in page + report


@ON_SQLITE
def test_without_a_trace_of_the_caller_anywhere(commune: Commune) -> None:
    hanh = commune.puts_on_duty(HANH).answers_and_presses("2")
    reports_a_fight(commune)
    commune.pages_go_out()
    told = " ".join([*hanh.texts, *hanh.whispers, str(commune.rows(pages)), str(commune.rows(follow_ups))])
    assert MAY.number not in told
    assert HANH.number not in str(commune.rows(pages))
