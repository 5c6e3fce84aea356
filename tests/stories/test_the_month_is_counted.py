"""A month on the line, from the calls of residents to the figures that a supervisor signs."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hotline.casework import corrections, measures, progress
from hotline.casework.corrections import Judgement
from hotline.casework.desk import Hand
from hotline.casework.measures import Decided
from hotline.casework.months import Month
from hotline.casework.people import OfficerRow, find_officer
from hotline.casework.progress import Closing
from hotline.casework.statistics import day_counts, repeat_callers
from hotline.casework.statistics.figures import InTime, MonthlyStatistics, Part
from hotline.casework.statistics.month import monthly_statistics
from hotline.simulator.phone_call import PhoneCall
from storage.tables import month_callers, reports
from tests.cast import GRACE, HANH, MAY, PAO, SEN, THAO
from tests.stories.conftest import ON_SQLITE, Commune
from tests.stories.officers_ring import a_moment

pytestmark = ON_SQLITE

MARCH = Month(2026, 3)


@pytest.fixture
def busy(commune: Commune) -> Commune:
    """Hạnh has the duty all month."""
    commune.puts_on_duty(HANH, hours=24 * 40)
    return commune


def asks_about_papers(commune: Commune, caller: Any, *, stays: bool = True) -> None:
    call = commune.dials(caller)
    call.key_in("1211")
    if stays:
        call.wait()
    commune.clock.goes_on(seconds=70)
    call.hang_up()


def reports_drugs(commune: Commune, caller: Any, privacy: str, place: str = "03") -> str:
    """Down the menus to the recording; the code is what comes back."""
    call = commune.dials(caller)
    call.key_in(f"11112{privacy}{place}")
    call.record(12)
    call.press("#")
    code = re.sub(r"\D", "", re.findall(r"(?:\d \d \d \d(?:, |\b)){3}", call.heard[-1].text)[0])
    call.hang_up()
    return code


def adds_to(commune: Commune, caller: Any, code: str) -> None:
    call = commune.dials(caller)
    call.key_in("13")
    call.key_in(code)
    call.press("1")
    call.record(3)
    call.press("#")
    call.hang_up()


def counted(commune: Commune, month: Month = MARCH) -> MonthlyStatistics:
    with commune.store.read() as connection:
        return monthly_statistics(connection, 1, month, commune.clock())


def officer(commune: Commune, login: str) -> OfficerRow:
    with commune.store.read() as connection:
        found = find_officer(connection, login)
    assert found is not None
    return found


def does(commune: Commune, act: Callable[..., Any], reference: str, *args: Any) -> None:
    row = next(row for row in commune.rows(reports) if row["reference"] == reference)
    hand = Hand(officer(commune, THAO.login), reference, row["version"], commune.clock())
    with commune.store.write() as connection:
        act(connection, hand, *args)


def works_through(commune: Commune, reference: str, *verbs: str) -> None:
    for verb in verbs:
        commune.clock.goes_on(hours=1)
        if verb == "triage":
            does(commune, corrections.confirm, reference)
        elif verb == "assign":
            does(commune, progress.assign, reference, HANH.login)
        else:
            does(commune, progress.advance, reference, verb)


@contextmanager
def days_agree(commune: Commune, month: Month = MARCH) -> Iterator[None]:
    """The days are counted from now on as calls end; at the end they are what the calls themselves come to."""
    with commune.store.write() as connection:
        day_counts.recount(connection, 1, month, commune.clock())
    yield
    with commune.store.read() as connection:
        assert day_counts.from_days(connection, 1, month) == day_counts.from_calls(connection, 1, month)
        assert day_counts.summed(day_counts.from_days(connection, 1, month)) == day_counts.tally(connection, 1, month)


def test_every_call_of_the_month_is_of_one_kind_and_the_month_balances(busy: Commune) -> None:
    with days_agree(busy):
        asks_about_papers(busy, MAY)
        asks_about_papers(busy, MAY, stays=False)
        asks_about_papers(busy, SEN)
        busy.dials(GRACE).hang_up()  # before any choice
        code = reports_drugs(busy, PAO, "3")
        reports_drugs(busy, SEN, "1", place="05")
        adds_to(busy, PAO, code)
        emergency(busy)
        on_the_line = busy.dials(MAY)
        figures = counted(busy).figures
    assert (figures.received, figures.hung_up, figures.connected) == (8, 1, 7)
    assert figures.kinds == {"admin": 3, "report": 2, "addition": 1, "duplicate": 0, "emergency": 1, "other": 0}
    assert figures.balances
    assert counted(busy).out_of_balance == ()
    assert counted(busy).in_course == 1, "still on the line: of no kind yet"
    assert figures.answered_by_ivr == 2
    assert figures.anonymous_reports == 1
    assert figures.categories["RPT-DRUG-USE"] == 2
    assert figures.places == {"Nà Hoi": 2, "Đồi Chè": 1, "unknown": 4}
    assert figures.languages == {"vi": 7}
    assert sum(figures.hours) == figures.office_hours + figures.evening + figures.night == figures.connected
    assert figures.hours[10] == 7
    assert figures.first_officer_s == 2, "the caller's next look"
    assert figures.repeat_callers == 2, "Mẩy about papers, Páo about the report; who withholds is nobody"
    assert counted(busy).so_far
    on_the_line.hang_up()
    assert counted(busy).figures.received == 9


def emergency(commune: Commune) -> PhoneCall:
    commune.carrier.phones[HANH.number].answers_and_presses("1", talk_seconds=30)
    call = commune.dials(PAO)
    call.press("9")
    a_moment(commune, call)
    call.hang_up()
    return call


def test_what_officers_find_out_moves_the_figures_of_the_day_of_the_call(busy: Commune) -> None:
    with days_agree(busy):
        reports_drugs(busy, PAO, "3")
        reports_drugs(busy, MAY, "2")
        reports_drugs(busy, GRACE, "2", place="05")
        busy.clock.strikes(2026, 3, 20, 9)
        taken_for = Judgement("ADM-REHAB", "low", None)
        does(busy, corrections.classify, "R-2026-0001", taken_for)
        works_through(busy, "R-2026-0002", "triage")
        works_through(busy, "R-2026-0003", "triage", "assign", "start", "verify", "file")
        does(busy, progress.close, "R-2026-0002", Closing("DUPLICATE", same_as="R-2026-0003"))
    month = counted(busy).figures
    assert month.kinds == {"admin": 1, "report": 1, "addition": 0, "duplicate": 1, "emergency": 0, "other": 0}
    assert month.categories == {"ADM-REHAB": 1, "RPT-DRUG-USE": 2}
    assert month.places == {"Nà Hoi": 1, "Đồi Chè": 1, "unknown": 1}
    assert month.steps == {"verified": 1, "filed": 1, "transferred": 0, "mediated": 0, "closed": 1}
    assert month.outcomes == {"DUPLICATE": 1}
    assert month.confirmed == Part(0, 0)
    assert month.open_at_end == 2


def test_an_old_month_still_gives_what_was_open_then_and_a_deadline_kept_stays_kept(busy: Commune) -> None:
    code = reports_drugs(busy, PAO, "3")
    works_through(busy, "R-2026-0001", "triage", "assign", "start", "verify", "file")
    reports_drugs(busy, MAY, "3")
    busy.clock.strikes(2026, 3, 5, 9)
    does(busy, measures.record, "R-2026-0001", Decided("EDU-COMMUNE", date(2026, 3, 5), name="Nguyễn Văn A"))
    does(busy, measures.record, "R-2026-0001", Decided("REHAB-COMP", date(2026, 3, 5), person="R-2026-0001/1"))
    does(busy, measures.record, "R-2026-0001", Decided("REHAB-COMP", date(2026, 3, 5), name="Nguyễn Văn B"))
    does(busy, progress.close, "R-2026-0001", Closing("CONFIRMED"))
    does(busy, corrections.rate, "R-2026-0001", "valuable")
    busy.clock.strikes(2026, 4, 3, 9)
    before = counted(busy).figures
    assert (before.open_at_end, before.oldest_open_days) == (1, 29)
    assert before.deadlines == InTime(due=2, kept=1)
    assert before.measures == {"EDU-COMMUNE": 1, "REHAB-COMP": 2}
    assert before.persons == 2, "who got two measures is one person"
    assert (before.confirmed, before.valuable) == (Part(1, 1), Part(1, 1))
    assert before.acknowledged_in_time["normal"] == InTime(due=2, kept=1)

    adds_to(busy, PAO, code)
    assert next(row for row in busy.rows(reports))["reopened"] == 1
    assert counted(busy).figures == before, "what happens in April leaves March as it was"
    april = counted(busy, MARCH.next)
    assert (april.figures.open_at_end, april.so_far) == (2, True)
    assert april.previous == before


def test_a_call_over_midnight_belongs_to_the_month_in_which_it_began(busy: Commune) -> None:
    with days_agree(busy):
        busy.clock.strikes(2026, 3, 31, 23, 59)
        call = busy.dials(MAY)
        call.key_in("1211")
        busy.clock.strikes(2026, 4, 1, 0, 3)
        call.hang_up()
        asks_about_papers(busy, PAO)
        assert counted(busy).figures.received == 1
        assert counted(busy).figures.night == 1
        assert counted(busy, MARCH.next).figures.received == 1


def test_who_turns_anonymous_in_the_middle_of_the_call_is_no_caller_of_the_month(busy: Commune) -> None:
    for _ in range(2):
        call = busy.dials(GRACE)
        call.key_in("111123")
        call.press("*")
        call.wait()
        call.key_in("11121")
        assert busy.rows(month_callers) == []
        call.key_in("03")
        call.record(4)
        call.press("#")
        call.hang_up()
    assert busy.rows(month_callers) == []
    assert counted(busy).figures.repeat_callers is None
    asks_about_papers(busy, GRACE)
    assert [row["calls"] for row in busy.rows(month_callers)] == [1]


def test_once_the_month_is_counted_nobody_can_be_told_apart_any_more(busy: Commune) -> None:
    for caller in (MAY, MAY, MAY, PAO, GRACE, GRACE):
        asks_about_papers(busy, caller)
    assert counted(busy).figures.repeat_callers == 2
    for moment in (datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 2, 16, 59, tzinfo=UTC)):
        with busy.store.read() as connection:
            assert repeat_callers.due(connection, moment) == [], "reconciliation may still bring a call"
    moment = datetime(2026, 4, 2, 17, tzinfo=UTC)
    with busy.store.write() as connection:
        assert repeat_callers.due(connection, moment) == [(1, MARCH)]
        assert repeat_callers.settle(connection, 1, MARCH, moment)
        assert not repeat_callers.settle(connection, 1, MARCH, moment)
    assert busy.rows(month_callers) == []
    assert counted(busy).figures.repeat_callers == 2
    busy.clock.strikes(2026, 3, 31, 12)
    asks_about_papers(busy, MAY)
    assert busy.rows(month_callers) == [], "a latecomer is counted as a call, and as no caller"
