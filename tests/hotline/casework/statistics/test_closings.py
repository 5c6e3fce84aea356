"""A month is signed by those who answer for it, as they saw it; what is corrected later stands beside it."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from hotline.casework import audit
from hotline.casework.desk import NotTheirTaskError, WorkRefusedError
from hotline.casework.founding import NewUnit, add_superior
from hotline.casework.months import Month
from hotline.casework.people import OfficerRow, find_officer
from hotline.casework.statistics import agreement, closings, day_counts, signatures
from hotline.casework.statistics.figures import MonthlyStatistics
from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.span import FutureMonthError
from storage.database import Store
from storage.tables import audit_rows, calls, month_closings, units
from tests import cast
from tests.hotline import station
from tests.hotline.station import Station

OCTOBER = Month(2026, 10)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = datetime(2026, 11, 2, 3, tzinfo=UTC)


def officer(store: Store, login: str) -> OfficerRow:
    with store.read() as connection:
        found = find_officer(connection, login)
    assert found is not None
    return found


@pytest.fixture
def october(store: Store, commune: Station) -> Store:
    with store.write() as connection:
        for number in range(3):
            station.call(connection, commune, f"CA{number}", started_at=datetime(2026, 10, 20, number, tzinfo=UTC))
        day_counts.recount(connection, commune.unit_id, OCTOBER, SECOND)
    return store


def counted(store: Store, month: Month = OCTOBER) -> MonthlyStatistics:
    with store.read() as connection:
        return monthly_statistics(connection, 1, month, SECOND)


def signs(store: Store, login: str, seen: str | None = None, month: Month = OCTOBER) -> int:
    digest = signatures.digest_of(counted(store, month).figures) if seen is None else seen
    with store.write() as connection:
        return closings.sign(connection, officer(store, login), month, digest, SECOND)


def finds_out_more(store: Store) -> None:
    with store.write() as connection, day_counts.counting(connection, (1,)):
        connection.execute(update(calls).where(calls.c.id == 1).values(kind="admin", category="ADM-ID"))


def test_what_was_signed_stays_and_a_correction_stands_beside_it_until_it_is_signed_too(october: Store) -> None:
    assert signs(october, "ly") == 1
    month = counted(october)
    assert month.signature is not None
    assert (month.signature.officer, month.signature.at, month.revised) == ("Lý", SECOND, False)
    assert month.to_json()["signed"] is None, "the figures are the signed ones"
    finds_out_more(october)
    month = counted(october)
    assert month.revised
    assert (month.figures.kinds["report"], month.figures.kinds["admin"]) == (2, 1)
    assert month.signed is not None
    assert (month.signed.kinds["report"], month.signed.kinds["admin"]) == (3, 0)
    assert month.to_json()["signed"]["kinds"]["report"] == 3
    assert signs(october, "thao") == 2
    month = counted(october)
    assert not month.revised
    assert [one.officer for one in month.signatures] == ["Lý", "Thào"]


def test_nobody_signs_other_figures_than_the_page_showed(october: Store) -> None:
    seen = signatures.digest_of(counted(october).figures)
    finds_out_more(october)
    with pytest.raises(closings.FiguresChangedError):
        signs(october, "thao", seen)
    assert counted(october).signature is None


def test_the_same_figures_are_signed_once(october: Store) -> None:
    signs(october, "ly")
    with pytest.raises(WorkRefusedError) as refused:
        signs(october, "thao")
    assert refused.value.why == "signed already"


@pytest.mark.parametrize("login", ["hanh", "dung"])
def test_chief_and_deputy_sign_and_nobody_else(october: Store, login: str) -> None:
    with pytest.raises(NotTheirTaskError):
        signs(october, login)


@pytest.mark.parametrize("month", [Month(2026, 11), Month(2027, 1)])
def test_a_month_that_is_not_over_cannot_be_signed(october: Store, month: Month) -> None:
    with pytest.raises(WorkRefusedError) as refused:
        signs(october, "thao", "whatever", month)
    assert refused.value.why == "not over"


def test_a_month_that_has_not_begun_has_no_figures_and_one_in_course_has_them_so_far(october: Store) -> None:
    with pytest.raises(FutureMonthError):
        counted(october, Month(2026, 12))
    assert counted(october, Month(2026, 11)).so_far
    assert not counted(october).so_far


def test_the_audit_knows_what_was_signed_and_tells_when_it_was_changed(october: Store) -> None:
    signs(october, "thao")
    with october.write() as connection:
        (act,) = connection.execute(audit_rows.select().where(audit_rows.c.action == "month signed"))
        assert (act.object_ref, act.actor) == ("month/2026-10", audit.OFFICER)
        assert json.loads(act.details)["sha256"] == signatures.digest_of(counted(october).figures)
        assert agreement.altered_closings(connection) == []
        text = connection.scalar(month_closings.select().with_only_columns(month_closings.c.figures))
        better = str(text).replace('"report":3', '"report":2')
        connection.execute(update(month_closings).values(figures=better))
        assert agreement.altered_closings(connection) == [
            "the figures of 2026-10, revision 1, are not those that were signed"
        ]


@pytest.mark.parametrize(
    ("merged_at", "drafted"),
    [
        (None, True),
        (datetime(2026, 10, 31, 16, tzinfo=UTC), True),  # the last evening of the month
        (datetime(2026, 9, 30, 17, tzinfo=UTC), False),  # midnight of the 1st in the commune
    ],
)
def test_a_month_is_drafted_where_there_was_a_commune_in_it(
    store: Store, commune: Station, merged_at: datetime | None, drafted: bool
) -> None:
    other = station.station(store, "deo-gio", "Đèo Gió", cast.ANOTHER_LINE, ())
    with store.write() as connection:
        add_superior(connection, NewUnit("tinh", "Tỉnh", "Asia/Ho_Chi_Minh", "VN", ("vi",)), LONG_AGO)
        connection.execute(update(units).values(created_at=LONG_AGO))
        merged = {"merged_at": merged_at, "merged_into_id": commune.unit_id if merged_at else None}
        connection.execute(update(units).where(units.c.id == other.unit_id).values(**merged))
        found = closings.months_to_draft(connection, SECOND)
    assert found == [(commune.unit_id, OCTOBER), *([(other.unit_id, OCTOBER)] if drafted else [])]
