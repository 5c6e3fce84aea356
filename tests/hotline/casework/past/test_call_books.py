"""An old call book in the log: counted in its months, known again, and left alone by everything that works on calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from hotline.casework import handover, outbox, pulse
from hotline.casework.months import Month
from hotline.casework.past import call_books
from hotline.casework.past.book_file import Rejected
from hotline.casework.past.book_map import CallMap
from hotline.casework.past.call_books import Imported, Watcher, import_calls
from hotline.casework.past.described import PastFileError
from hotline.casework.people import UnitKeys, find_officer
from hotline.casework.reconciliation import overdue
from hotline.casework.report_work import read_work
from hotline.casework.statistics import day_counts
from hotline.casework.statistics.month import monthly_statistics
from storage.database import Store, open_store
from storage.tables import call_books as books
from storage.tables import calls, follow_ups, measures, periodic_runs, places, reports, texts
from storage.tables import outbox as outbox_rows
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, Station
from tests.migrated import migrated

HEADER = ("no", "at", "kind", "code", "place", "who", "status", "outcome", "measure", "persons", "how")
FEBRUARY = Month(2021, 2)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_map(serial: bool = False, **more: Any) -> CallMap:
    columns = {
        "started_at": {"column": "at", "formats": ["%Y-%m-%d %H:%M"]},
        "kind": {"column": "kind", "values": {"gác máy": "hung_up"} | {kind: kind for kind in KINDS}},
        "category": {"column": "code", "values": {code: code for code in CODES}},
        "place": {"column": "place"},
        "privacy": {"column": "who", "values": {"ẩn danh": "anonymous"}},
        "status": {"column": "status", "values": {"lập hồ sơ": "FILED", "xong": "CLOSED"}},
        "outcome": {"column": "outcome", "values": {"đúng": "CONFIRMED", "hòa giải": "MEDIATED"}},
        "measure": {"column": "measure", "values": {"cai nghiện": "REHAB-COMP"}},
        "persons": {"column": "persons"},
        "channel": {"column": "how", "values": {"tin nhắn": "text", "đến trụ sở": "elsewhere"}},
        **({"serial": {"column": "no"}} if serial else {}),
    }
    return CallMap.model_validate({"book": "so-cu", "unit": "suoi-da", "columns": columns, **more})


KINDS = ("admin", "report", "addition", "duplicate", "emergency", "other")
CODES = ("ADM-ID", "RPT-DRUG-USE", "RPT-LAND", "EMG-FIRE", "OTH-WRONG")
LINES = (
    "1,2021-02-01 07:30,admin,ADM-ID,,,,,,,",
    "2,2021-02-01 07:30,report,RPT-DRUG-USE,Khe Mận,ẩn danh,lập hồ sơ,,cai nghiện,3,",
    "3,2021-02-02 23:59,report,RPT-LAND,01,,,hòa giải,,,",
    "4,2021-02-03 12:00,gác máy,,,,,,,,",
    "5,2021-02-03 12:05,emergency,EMG-FIRE,,,,đúng,,,",
    "6,2021-02-04 09:00,other,OTH-WRONG,,,,,,,",
    "7,2021-02-05 09:00,report,RPT-DRUG-USE,,,,,,,tin nhắn",
    "8,2021-02-05 10:00,admin,ADM-ID,,,,,,,đến trụ sở",
    "9,2021-02-06 10:00,addition,,,,,,,,",
)


@dataclass
class Desk:
    """Somebody with an old book before them."""

    store: Store
    of: Station
    folder: Path

    def takes_in(self, lines: Sequence[str] = LINES, call_map: CallMap | None = None, **how: Any) -> Imported:
        book = self.folder / "so-cu.csv"
        book.write_text("\n".join([",".join(HEADER), *lines, ""]), "utf-8")
        return import_calls(self.store, book, call_map or a_map(), how.pop("now", NOW), **how)

    def rejects(self, *lines: str, call_map: CallMap | None = None) -> list[str]:
        told: list[Rejected] = []
        self.takes_in(lines, call_map, watcher=Watcher(rejected=told.append), dry_run=True)
        return [f"{one.column}: {one.reason}" if one.column else one.reason for one in told]

    def count(self, query: Any) -> int:
        with self.store.read() as connection:
            return int(connection.execute(query).scalar_one())


def all_of(table: Any) -> Any:
    return select(func.count()).select_from(table)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return make_desk(store, tmp_path)


def make_desk(store: Store, folder: Path) -> Desk:
    of = station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.THAO,))
    with store.write() as connection:
        connection.execute(
            places.insert().values(unit_id=of.unit_id, digits="01", name="Khe Mận", names={}, kind="village")
        )
    return Desk(store, of, folder)


def test_a_book_is_counted_in_its_month_in_every_row(desk: Desk) -> None:
    with desk.store.write() as connection:
        day_counts.recount(connection, desk.of.unit_id, FEBRUARY, NOW)
    done = desk.takes_in()
    assert (done.taken, done.elsewhere, done.rejected) == (8, 1, 0)
    with desk.store.read() as connection:
        unit = desk.of.unit_id
        month = monthly_statistics(connection, unit, FEBRUARY, NOW)
        at = monthly_statistics(connection, unit, FEBRUARY.next, NOW).previous
    figures = month.figures
    assert figures == at
    assert (figures.received, figures.hung_up, figures.connected) == (7, 1, 6)
    assert figures.balances
    assert dict(figures.kinds) == {"admin": 1, "report": 2, "addition": 1, "duplicate": 0, "emergency": 1, "other": 1}
    assert figures.places["Khe Mận"] == 2
    assert dict(figures.languages) == {"unknown": 6}
    assert (figures.anonymous_reports, figures.texts) == (1, 1)
    assert dict(figures.steps) == {"verified": 1, "filed": 1, "transferred": 0, "mediated": 1, "closed": 2}
    assert dict(figures.outcomes) == {"CONFIRMED": 1, "MEDIATED": 1}
    assert (dict(figures.measures), figures.persons) == ({"REHAB-COMP": 3}, 3)
    assert (figures.open_at_end, figures.deadlines.due) == (0, 0)
    with desk.store.write() as connection:
        day_counts.recount(connection, desk.of.unit_id, FEBRUARY, NOW)
        assert monthly_statistics(connection, unit, FEBRUARY, NOW).figures == figures, "by the day it is the same"


def test_twice_is_once(desk: Desk) -> None:
    assert desk.takes_in().taken == 8
    again = desk.takes_in()
    assert (again.taken, again.known) == (0, 8)
    assert desk.count(all_of(calls)) == 7
    assert desk.count(all_of(reports)) == 4
    with desk.store.read() as connection:
        [book] = connection.execute(select(books)).all()
    assert (book.name, book.taken, book.finished_at) == ("so-cu", 8, NOW)


def test_no_job_takes_it_for_something_live(desk: Desk) -> None:
    desk.takes_in()
    later = NOW + timedelta(days=30)
    for table in (follow_ups, outbox_rows):
        assert desk.count(all_of(table)) == 0
    for carrier in ("local", "twilio", "book"):
        assert overdue(desk.store, carrier, later) == []
    with desk.store.read() as connection:
        assert not outbox.any_due(connection, "book", later)
        assert pulse.take_pulse(connection, later).live_calls == 0
        chief = find_officer(connection, cast.THAO.login)
        assert chief is not None
        waiting = handover.open_items(connection, chief, later)
        open_ones = select(func.count()).select_from(reports).where(reports.c.settled_at.is_(None))
        assert connection.execute(open_ones).scalar_one() == 0
        assert not waiting.reports
        assert not waiting.calls
        references = list(connection.scalars(select(reports.c.reference).order_by(reports.c.id)))
        assert connection.execute(select(func.count()).where(reports.c.acknowledge_by.is_not(None))).scalar_one() == 0
    assert references == [f"R-2021-{number:04d}" for number in range(1, 5)]
    page = read_work(desk.store, chief, UnitKeys(None, None), references[0], later)
    assert page.settled
    assert [one.measure for one in page.measures] == ["REHAB-COMP"] * 3


@ON_SQLITE
def test_what_was_broken_off_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"{n},2021-02-{1 + n // 30:02} 08:{n % 60:02},admin,ADM-ID,,,,,,," for n in range(100)]
    monkeypatch.setattr(call_books, "AT_ONCE", 30)

    def broken_off(_read: int, seen: list[int] = []) -> None:  # noqa: B006 - counts its calls
        seen.append(_read)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.takes_in(lines, watcher=Watcher(read=broken_off))
    assert desk.count(all_of(calls)) == 60
    with desk.store.read() as connection:
        assert connection.execute(select(books.c.finished_at)).scalar_one() is None
    done = desk.takes_in(lines)
    assert (done.taken, done.known) == (40, 60)


@ON_SQLITE
def test_equal_lines_are_so_many_calls_and_stay_so_many(desk: Desk) -> None:
    same = "1,2021-02-01 07:30,admin,ADM-ID,,,,,,,"
    assert desk.takes_in([same, same]).taken == 2
    assert desk.takes_in([same, same, same]).taken == 1
    assert desk.count(all_of(calls)) == 3


@ON_SQLITE
def test_a_serial_number_names_a_line_and_one_of_another_moment_is_told(desk: Desk) -> None:
    with_serial = a_map(serial=True)
    assert (
        desk.takes_in(["7,2021-02-01 07:30,admin,,,,,,,,", "7,2022-02-01 07:30,admin,,,,,,,,"], with_serial).taken == 2
    )
    changed = desk.takes_in(["7,2021-02-01 07:30,report,,,,,,,,"], with_serial)
    assert (changed.taken, changed.known, changed.rejected) == (0, 1, 0)
    moved = "7,2021-03-01 09:30,admin,,,,,,,,"
    assert desk.takes_in([moved], with_serial).rejected == 1
    assert desk.rejects(moved, call_map=with_serial) == [
        "no: the serial number is that of another call, taken in before"
    ]
    twice = ["8,2021-02-01 07:30,admin,,,,,,,,", "8,2021-02-02 07:30,admin,,,,,,,,"]
    assert desk.rejects(*twice, call_map=with_serial) == ["no: the serial number stands on an earlier line, too"]


@ON_SQLITE
def test_lines_that_cannot_be(desk: Desk) -> None:
    with desk.store.write() as connection:
        station.call(connection, desk.of, "CA-1", started_at=datetime(2026, 11, 1, tzinfo=UTC))
    bounded = a_map(since=date(2019, 1, 1), until=date(2026, 11, 10))
    assert desk.rejects(
        "1,2018-12-31 23:59,admin,,,,,,,,",
        "1,2026-11-09 23:59,admin,,,,,,,,",
        "1,2026-11-10 00:00,admin,,,,,,,,",
        "1,2026-11-14 21:05,admin,,,,,,,,",
        "1,2021-02-01 07:30,,,,,,,,,",
        "1,2021-02-01 07:30,xin,,,,,,,,",
        "1,2021-02-01 07:30,admin,RPT-LAND,,,,,,,",
        "1,2021-02-01 07:30,admin,ADM-ID,Suối Xa,,,,,,",
        "1,2021-02-01 07:30,admin,=1+1,,,,,,,",
        "1,2021-02-01 07:30,admin,,,,,,cai nghiện,,",
        "1,2021-02-01 07:30,report,,,,xong,,,,",
        "1,2021-02-01 07:30,report,,,,,,cai nghiện,0,",
        "1,2021-02-01 07:30,report,,,,,,cai nghiện,1e3,",
        call_map=bounded,
    ) == [
        "at: that is before the book began",
        "at: the line's own log has the calls of that time already",
        "at: that is after the book ended",
        "at: that moment has not come yet",
        "kind: it is empty, and so it is not known what kind of call this was",
        "kind: the mapping does not say what this value means",
        "kind: kind and category do not fit together",
        "place: the mapping does not say what this value means",
        "code: there is a formula instead of a value",
        "measure: a measure needs a report",
        "status: a closed report needs the outcome with which it was closed",
        "persons: that is not a number of persons, from 1 to 99",
        "persons: that is not a number of persons, from 1 to 99",
    ]
    beside = a_map(beside_the_log=True)
    assert desk.rejects("1,2026-11-09 23:59,admin,,,,,,,,", call_map=beside) == []


@ON_SQLITE
def test_a_column_of_telephone_numbers_is_refused_whatever_it_is_called(desk: Desk) -> None:
    numbers = [f"{cast.PAO.number},2021-02-01 07:3{n},admin,,,,,,,," for n in range(9)]
    for lines in (numbers, [line.replace("+84", "0") for line in numbers]):
        with pytest.raises(PastFileError) as refused:
            desk.takes_in(lines, a_map(serial=True))
        assert "telephone numbers" in str(refused.value)
        assert cast.PAO.number[3:] not in str(refused.value)
    assert desk.takes_in([line.replace(cast.PAO.number, str(2021000 + n)) for n, line in enumerate(numbers)]).taken == 9


@ON_SQLITE
def test_nothing_of_a_line_is_kept_but_codes(desk: Desk) -> None:
    desk.takes_in(["secret-serial,2021-02-01 07:30,report,,,,,,,,"], a_map(serial=True))
    with desk.store.read() as connection:
        for table in (calls, reports, texts, measures, books, periodic_runs):
            assert "secret" not in repr(connection.execute(select(table)).all())


@pytest.fixture(scope="module")
def one_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("book")
    url = f"sqlite:///{folder / 'hotline.sqlite3'}"
    migrated(url)
    return make_desk(open_store(url), folder)


MINUTES = st.datetimes(datetime(2019, 1, 1), datetime(2026, 11, 1))  # noqa: DTZ001 - on the wall
ROWS = st.lists(st.tuples(MINUTES, st.sampled_from(KINDS), st.sampled_from(("", "Khe Mận"))), min_size=1, max_size=8)
Write = Callable[[], None]


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, doubled=st.booleans())
def test_every_line_is_one_call_and_again_none(one_desk: Desk, rows: list[Any], doubled: bool) -> None:
    lines = [f"x,{at:%Y-%m-%d %H:%M},{kind},,{place},,,,,," for at, kind, place in rows]
    before = one_desk.count(all_of(calls))
    done = one_desk.takes_in(lines * (2 if doubled else 1))
    assert done.taken + done.known == len(lines) * (2 if doubled else 1)
    assert one_desk.count(all_of(calls)) == before + done.taken
    again = one_desk.takes_in(lines)
    assert (again.taken, again.known) == (0, len(lines))
