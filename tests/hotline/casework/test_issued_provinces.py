"""A province's month is issued once, and reads the same for ever after; on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from hotline.casework.desk import NotTheirTaskError, WorkRefusedError
from hotline.casework.months import Month
from hotline.casework.people import OfficerRow, find_officer
from hotline.casework.statistics import agreement, closings, day_counts, signatures
from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.printed import SUPPRESSED, WITHHELD, Number
from hotline.casework.statistics.printed_province import province_document
from hotline.casework.statistics.printed_year import year_document
from hotline.casework.statistics.province import province_statistics
from hotline.casework.statistics.province_issues import last_issue
from hotline.casework.statistics.province_issuing import issue_anew, issue_by_command, months_to_issue
from hotline.casework.statistics.province_marks import marks_of
from hotline.casework.statistics.province_reading import read_province
from hotline.casework.statistics.province_table import ProvinceTable, province_table, values_of
from hotline.casework.statistics.province_year import province_year, year_figures
from hotline.worker.months import MonthJobs
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import audit_rows, calls, province_issues, units
from tests import cast
from tests.hotline import province
from tests.hotline.province import OCTOBER, Event, Province
from tests.hotline.station import SECRET

MIDNIGHT = datetime(2026, 10, 31, 17, tzinfo=UTC)  # November begins in the province
ISSUED = MIDNIGHT + timedelta(days=2)
LATER = ISSUED + timedelta(days=4)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def of(store: Store) -> Province:
    """Three communes in October, with some small figures."""
    made = province.with_small_figures(store)
    worker(store).count_days(MIDNIGHT)
    return made


def worker(store: Store) -> MonthJobs:
    return MonthJobs(store, SECRET, "https://line.example.org")


@pytest.fixture
def issued(store: Store, of: Province) -> ProvinceTable:
    """October as the line issued it."""
    assert worker(store).issue_provinces(ISSUED) > 0
    return read(store, of, ISSUED)


def read(store: Store, of: Province, now: datetime, month: Month = OCTOBER) -> ProvinceTable:
    return read_province(store, SECRET, of.over.unit_id, month, now)


def corrected(store: Store, of: Province, number: int = 0, kind: str = "other", category: str | None = None) -> None:
    """An officer finds that a call of October was about something else; the call is counted under that now."""
    with store.write() as connection:
        call_id = connection.scalar(select(calls.c.id).where(calls.c.carrier_call_id == f"CA{number}"))
        with day_counts.counting(connection, [call_id]):
            connection.execute(update(calls).where(calls.c.id == call_id).values(kind=kind, category=category))


def dung(store: Store) -> OfficerRow:
    with store.read() as connection:
        found = find_officer(connection, cast.DUNG.login)
    assert found is not None
    return found


def signs(store: Store, who: cast.Officer, now: datetime) -> None:
    with store.write() as connection:
        officer = find_officer(connection, who.login)
        assert officer is not None
        seen = signatures.digest_of(monthly_statistics(connection, officer.unit_id, OCTOBER, now).figures)
        closings.sign(connection, officer, OCTOBER, seen, now)


def test_the_line_issues_a_month_two_days_after_its_end_once_however_many_workers_ask(
    store: Store, of: Province
) -> None:
    assert worker(store).issue_provinces(ISSUED - timedelta(seconds=1)) == 0, "a call may still be found"
    before = read(store, of, ISSUED - timedelta(seconds=1))
    assert before.issue is None
    assert "Not issued yet" in " ".join(notice.text for notice in province_document(before, "en").notices)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: worker(store).issue_provinces(ISSUED), range(4))) == 2, "the two units above"
    assert worker(store).issue_provinces(LATER) == 0
    table = read(store, of, LATER)
    assert table.issue is not None
    assert (table.issue.number, table.issue.at.isoformat()) == (1, "2026-11-03T00:00:00+07:00")
    assert table.cells == before.cells, "nothing was corrected in between"
    with store.read() as connection:
        acts = connection.execute(select(audit_rows).where(audit_rows.c.action == "province issued")).all()
    assert [(act.actor, act.object_ref) for act in acts] == [("system", "month/2026-10")] * 2


def test_a_call_that_is_corrected_later_changes_nothing_that_is_shown_but_says_so(
    store: Store, of: Province, issued: ProvinceTable
) -> None:
    """Whoever kept the table of the third cannot subtract a later one from it: there is no later one."""
    corrected(store, of)
    assert read(store, of, LATER) == issued
    assert worker(store).look_at_issues(LATER) == 1
    table = read(store, of, LATER)
    assert table.cells == issued.cells
    assert table.issue == replace(issued.issue, changed=True)
    said = [notice.text for notice in province_document(table, "en").notices]
    assert said == ["The communes' figures have changed since; this is the table as it was issued on 3 Nov 2026."]
    with store.read() as connection:
        year = province_year(year_figures(connection, of.over.unit_id, 2026, LATER), "kinds.admin")
    assert {code: year.cells[code, OCTOBER] for code in ("xa-1", "xa-2", "xa-3")} == {
        code: issued.cells["kinds.admin", code] for code in ("xa-1", "xa-2", "xa-3")
    }
    [*_, told, changed] = [row for _, row in year_document(year, "en").rows()]
    assert [getattr(cell, "text", "") for cell in told.cells][9:] == ["no. 1, 3 Nov 2026", ""]
    assert getattr(changed.cells[9], "text", "") == "changed"


def test_what_is_put_back_is_no_change_any_more(store: Store, of: Province, issued: ProvinceTable) -> None:
    corrected(store, of, 1, "admin", "ADM-ID")
    assert worker(store).look_at_issues(LATER) == 1
    corrected(store, of, 1, "report", "RPT-THEFT")
    assert worker(store).look_at_issues(LATER) == 0, "looked at a moment ago"
    assert worker(store).look_at_issues(LATER + timedelta(minutes=6)) == 0
    assert read(store, of, LATER) == issued


def test_who_signs_after_the_issue_is_named_beside_it_and_other_figures_are_marked(
    store: Store, of: Province, issued: ProvinceTable
) -> None:
    signs(store, cast.LY, LATER)
    first, second, _ = read(store, of, LATER).columns
    assert (first.signed and first.signed.role, first.revised, second.signed) == ("deputy", False, None)
    corrected(store, of)
    assert not read(store, of, LATER).columns[0].revised, "what was signed is what was issued"
    signs(store, cast.LY, LATER)
    table = read(store, of, LATER)
    assert table.columns[0].revised
    assert table.cells == issued.cells
    said = " ".join(notice.text for notice in province_document(table, "en").notices)
    assert "Other figures than those issued here were signed: Xã 1." in said


def test_the_clerk_issues_the_month_anew_and_every_form_says_that_it_is_a_new_issue(
    store: Store, of: Province, issued: ProvinceTable
) -> None:
    corrected(store, of)
    assert issue_anew(store, SECRET, dung(store), OCTOBER, 1, LATER) == 2
    table = read(store, of, LATER)
    assert table.issue is not None
    assert (table.issue.number, table.issue.changed, table.issue.earlier) == (2, False, (issued.issue.at,))
    document = province_document(table, "en")
    assert document.facts[0].value == "no. 2, 7 Nov 2026; before it: no. 1, 3 Nov 2026"
    said = "A new issue of this table: no. 2, 7 Nov 2026. It replaces no. 1, 3 Nov 2026."
    assert [(notice.text, notice.alarming) for notice in document.notices] == [(said, False)]
    assert table.to_json()["issued"]["number"] == 2
    with store.read() as connection:
        kept = connection.execute(select(province_issues).where(province_issues.c.unit_id == of.over.unit_id)).all()
        act = connection.execute(select(audit_rows).order_by(audit_rows.c.seq.desc()).limit(1)).one()
    assert sorted(row.number for row in kept) == [1, 2], "the first one is kept"
    assert (act.action, act.officer_id, json.loads(act.details)["number"]) == ("province issued", dung(store).id, 2)
    assert hidden(issued) <= hidden(table), "what the first issue hid, the second one does not show"


def hidden(table: ProvinceTable) -> set[tuple[str, str]]:
    return {cell for cell, shown in table.cells.items() if shown in (SUPPRESSED, WITHHELD)}


def test_nobody_issues_what_has_not_changed_or_was_issued_meanwhile_or_today_or_is_not_theirs(
    store: Store, of: Province, issued: ProvinceTable
) -> None:
    clerk = dung(store)

    def refused(officer: OfficerRow, seen: int, now: datetime) -> str:
        with pytest.raises(WorkRefusedError) as told:
            issue_anew(store, SECRET, officer, OCTOBER, seen, now)
        return told.value.why

    assert refused(clerk, 1, LATER) == "unchanged"
    corrected(store, of)
    assert refused(clerk, 2, LATER) == "issued meanwhile"
    with pytest.raises(NotTheirTaskError):
        issue_anew(store, SECRET, replace(clerk, role="administrator"), OCTOBER, 1, LATER)
    issue_anew(store, SECRET, clerk, OCTOBER, 1, LATER)
    corrected(store, of, 4)
    assert refused(clerk, 2, LATER + timedelta(hours=23)) == "issued of late"
    assert issue_anew(store, SECRET, clerk, OCTOBER, 2, LATER + timedelta(hours=24)) == 3


def test_two_who_issue_at_the_same_moment_make_one_issue(store: Store, of: Province, issued: ProvinceTable) -> None:
    corrected(store, of)
    clerk = dung(store)

    def issues(_: int) -> bool:
        try:
            return issue_anew(store, SECRET, clerk, OCTOBER, 1, LATER) == 2
        except WorkRefusedError:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(issues, range(4))) == 1


def test_the_row_holds_nothing_that_a_reader_may_not_see(store: Store, of: Province, issued: ProvinceTable) -> None:
    with store.read() as connection:
        kept = last_issue(connection, of.over.unit_id, OCTOBER)
        statistics = province_statistics(connection, of.over.unit_id, OCTOBER, ISSUED)
    assert kept is not None
    written = {
        (key, code): cell
        for key, cells in json.loads(kept.shown)["lines"]
        for code, cell in zip([one.head.code for one in issued.columns] + ["(whole)"], cells, strict=True)
    }
    small = {cell for cell, n in values_of(statistics).items() if n in (1, 2)}
    assert small
    assert {written[cell] for cell in hidden(issued)} == {"<3", "•"}
    assert small <= hidden(issued)
    shown = {cell: n for cell, n in values_of(statistics).items() if cell not in hidden(issued)}
    assert {cell: written[cell] for cell in shown} == shown
    assert marks_of(kept.marking(SECRET), statistics) == kept.marks
    other = marks_of(kept.marking(ApplicationSecret(b"who holds the database but not the secret")), statistics)
    assert not set(other.columns.values()) & set(kept.marks.columns.values())
    assert len(set(kept.marks.columns.values())) == 3


def test_the_months_of_before_are_issued_a_few_at_a_beat_the_newest_first(store: Store, of: Province) -> None:
    with store.write() as connection:
        province.happens(connection, of, Event(2, -24 * 400, "incident", 0), 900)
    with store.read() as connection:
        waiting = months_to_issue(connection, ISSUED)
    assert waiting[:3] == [(of.over.unit_id, OCTOBER), (of.between.unit_id, OCTOBER), (of.over.unit_id, Month(2026, 9))]
    assert waiting[-1][1] == Month(2025, 9), "the month of the incident"
    assert worker(store).issue_provinces(ISSUED) == 6
    with store.read() as connection:
        assert months_to_issue(connection, ISSUED) == waiting[6:]


def test_a_commune_that_merges_later_stays_in_the_table_as_issued(
    store: Store, of: Province, issued: ProvinceTable
) -> None:
    with store.write() as connection:
        merged = {"merged_into_id": of.communes[0].unit_id, "merged_at": datetime(2026, 10, 9, tzinfo=UTC)}
        connection.execute(update(units).where(units.c.id == of.communes[1].unit_id).values(**merged))
        connection.execute(update(units).where(units.c.id == of.communes[2].unit_id).values(parent_id=None))
    assert read(store, of, LATER) == issued
    assert worker(store).look_at_issues(LATER) > 0
    assert read(store, of, LATER).cells == issued.cells


def test_the_month_in_course_is_decided_on_the_spot(store: Store, of: Province, issued: ProvinceTable) -> None:
    table = read(store, of, LATER, OCTOBER.next)
    assert (table.issue, table.so_far) == (None, True)
    with pytest.raises(WorkRefusedError, match="not over"):
        issue_by_command(store, SECRET, of.over.unit_id, OCTOBER.next, LATER)


def test_an_issued_table_that_somebody_rewrote_is_found_by_the_check(
    store: Store, of: Province, issued: ProvinceTable
) -> None:
    with store.write() as connection:
        assert agreement.altered_closings(connection) == []
        text = connection.scalar(select(province_issues.c.shown).where(province_issues.c.unit_id == of.over.unit_id))
        forged = text.replace('"balances":true', '"balances":false', 1)
        connection.execute(
            update(province_issues).where(province_issues.c.unit_id == of.over.unit_id).values(shown=forged)
        )
        assert agreement.altered_closings(connection) == [
            "the province's table of 2026-10, issue 1, is not the one that was issued"
        ]


def test_what_is_read_of_an_issue_is_the_table_that_was_decided(store: Store, of: Province) -> None:
    with store.read() as connection:
        decided = province_table(province_statistics(connection, of.over.unit_id, OCTOBER, ISSUED))
    worker(store).issue_provinces(ISSUED)
    table = read(store, of, ISSUED)
    assert replace(table, issue=None, lines=()) == replace(decided, lines=())
    assert [line.key for line in table.lines] == [line.key for line in decided.lines]
    assert any(isinstance(cell, Number) and cell.n for cell in table.cells.values())
