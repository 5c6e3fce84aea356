"""Who is rung, how the roster is changed, and when the lack of anybody is told."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from hotline.casework import gaps, roster
from hotline.casework.leaving import deactivate
from hotline.casework.people import OfficerRow, officer_by_id
from hotline.casework.roster import Refusal, RosterRefusedError
from hotline.casework.roster_plan import (
    add_change,
    add_once,
    add_weekly,
    colleagues,
    end_change,
    end_once,
    end_weekly,
    plan,
)
from hotline.casework.shift_patterns import EXTRA, OFF, REPLACED, Duty, RosterChange, Span, WeeklyShift
from hotline.errors import AccessRefusedError, NotFoundError
from hotline.worker.jobs import HomeJobs
from storage.database import Store
from storage.tables import alarms, audit_rows, calls, lines, officers, roster_exceptions, shift_patterns, shifts
from storage.vault import Vault
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, SECRET, Station

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
SATURDAY = date(2026, 11, 14)  # NOW is its evening, 21:04
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def commune(store: Store) -> Station:
    people = (cast.HANH, cast.QUAN, cast.LY, cast.THAO)
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, people)


@pytest.fixture
def neighbour(store: Store) -> Station:
    return station.station(store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,))


def officer(connection: Connection, of: Station, who: cast.Officer) -> OfficerRow:
    found = officer_by_id(connection, of.officers[who.login])
    assert found is not None
    return found


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=HOME)


def nightly(of: Station, who: cast.Officer, weekday: int = 5, group: str = "duty") -> WeeklyShift:
    return WeeklyShift(of.officers[who.login], group, weekday, time(19), time(7), date(2026, 1, 1))


def rung(connection: Connection, of: Station, now: datetime = NOW, group: str = "duty") -> list[str]:
    return [one.number for one in roster.on_duty(connection, of.unit_id, group, SECRET, now)]


# ---- who is rung ---------------------------------------------------------------------------------------------------


def test_the_night_shift_is_rung_before_and_after_midnight(store: Store, commune: Station) -> None:
    with store.write() as connection:
        add_weekly(connection, officer(connection, commune, cast.LY), nightly(commune, cast.HANH), NOW)
        assert rung(connection, commune, on(14, 18, 59)) == []
        assert rung(connection, commune, on(14, 19)) == [cast.HANH.number]
        assert rung(connection, commune, on(15, 6, 59)) == [cast.HANH.number]
        assert rung(connection, commune, on(15, 7)) == []
        assert rung(connection, commune, on(14, 22), "command") == []


def test_every_kind_of_shift_counts_and_nobody_is_rung_twice(store: Store, commune: Station) -> None:
    hanh, quan, ly = (commune.officers[who.login] for who in (cast.HANH, cast.QUAN, cast.LY))
    with store.write() as connection:
        chief = officer(connection, commune, cast.THAO)
        add_once(connection, chief, Duty(NOW, NOW + AN_HOUR, quan, "duty"), NOW)
        add_once(connection, chief, Duty(NOW - AN_HOUR, NOW + AN_HOUR, hanh, "duty"), NOW)
        add_weekly(connection, chief, nightly(commune, cast.HANH), NOW)
        extra = RosterChange(ly, EXTRA, SATURDAY, SATURDAY, None, "duty", time(20, 30), time(23))
        add_change(connection, chief, extra, NOW)
        assert rung(connection, commune) == [cast.HANH.number, cast.LY.number, cast.QUAN.number]


def test_the_stand_in_is_rung(store: Store, commune: Station) -> None:
    with store.write() as connection:
        chief = officer(connection, commune, cast.THAO)
        add_weekly(connection, chief, nightly(commune, cast.HANH), NOW)
        hanh, quan = commune.officers["hanh"], commune.officers["quan"]
        add_change(connection, chief, RosterChange(hanh, REPLACED, SATURDAY, SATURDAY, quan), NOW)
        assert rung(connection, commune) == [cast.QUAN.number]


@pytest.mark.parametrize("lack", ["dismissed", "no telephone"])
def test_who_cannot_be_rung_is_not_on_duty_and_fills_no_gap(store: Store, commune: Station, lack: str) -> None:
    hanh = commune.officers["hanh"]
    with store.write() as connection:
        add_once(connection, officer(connection, commune, cast.LY), Duty(NOW, NOW + A_DAY, hanh, "duty"), NOW)
        assert gaps.coming_gap(connection, commune.unit_id, NOW) is None
        if lack == "dismissed":
            deactivate(connection, hanh, NOW)
        else:
            connection.execute(update(officers).where(officers.c.id == hanh).values(phone=None))
        assert rung(connection, commune) == []
        assert gaps.coming_gap(connection, commune.unit_id, NOW) is not None


def test_an_officer_who_talks_is_not_rung_until_the_talk_is_over(store: Store, commune: Station) -> None:
    hanh = commune.officers["hanh"]
    with store.write() as connection:
        add_once(connection, officer(connection, commune, cast.LY), Duty(NOW, NOW + A_DAY, hanh, "duty"), NOW)
        call = station.call(connection, commune, "CA1", ended_at=None, duration_s=None, visit=3)
        roster.took_call(connection, call, 3, hanh, NOW)
        assert rung(connection, commune) == []
        assert len(roster.rostered(connection, commune.unit_id, "duty", SECRET, NOW)) == 1
        connection.execute(update(calls).where(calls.c.id == call).values(visit=4))  # the caller goes on alone
        assert rung(connection, commune) == [cast.HANH.number]
        connection.execute(update(calls).where(calls.c.id == call).values(visit=3, ended_at=NOW))
        assert rung(connection, commune) == [cast.HANH.number]


def test_of_two_who_take_the_same_call_the_first_has_it(store: Store, commune: Station) -> None:
    hanh, quan = commune.officers["hanh"], commune.officers["quan"]
    with store.write() as connection:
        call = station.call(connection, commune, "CA1", ended_at=None, duration_s=None)
        roster.took_call(connection, call, 3, quan, NOW)
        roster.took_call(connection, call, 3, hanh, NOW + timedelta(seconds=1))
        assert roster.on_a_call(connection, commune.unit_id) == {quan}


def test_an_officer_is_known_by_the_telephone(store: Store, commune: Station, neighbour: Station) -> None:
    with store.read() as connection:
        found = roster.officer_of_number(connection, commune.unit_id, cast.QUAN.number, SECRET)
        assert found == commune.officers["quan"]
        assert roster.officer_of_number(connection, commune.unit_id, cast.SINH.number, SECRET) is None
        assert roster.officer_of_number(connection, commune.unit_id, cast.MAY.number, SECRET) is None


def test_the_command_line_puts_an_officer_on_duty(store: Store, commune: Station) -> None:
    with store.write() as connection:
        roster.add_shift(connection, "hanh", "duty", NOW, NOW + AN_HOUR)
        assert rung(connection, commune) == [cast.HANH.number]
        with pytest.raises(NotFoundError, match="nobody"):
            roster.add_shift(connection, "nobody", "duty", NOW, NOW + AN_HOUR)
        with pytest.raises(ValueError, match="must end after it starts"):
            roster.add_shift(connection, "hanh", "duty", NOW, NOW)
        with pytest.raises(ValueError, match="year 2199"):
            roster.add_shift(connection, "hanh", "duty", NOW, datetime.max.replace(tzinfo=HOME))


# ---- changing it ---------------------------------------------------------------------------------------------------


def refused(connection: Connection, planner: OfficerRow, what: RosterChange | WeeklyShift | Duty) -> Refusal:
    add = {RosterChange: add_change, WeeklyShift: add_weekly, Duty: add_once}[type(what)]
    with pytest.raises(RosterRefusedError) as caught:
        add(connection, planner, what, NOW)
    return caught.value.refusal


def test_what_makes_no_sense_is_refused(store: Store, commune: Station, neighbour: Station) -> None:
    hanh, stranger = commune.officers["hanh"], neighbour.officers["sinh"]
    with store.write() as connection:
        ly = officer(connection, commune, cast.LY)
        add_change(connection, ly, RosterChange(hanh, OFF, SATURDAY, SATURDAY), NOW)
        assert refused(connection, ly, Duty(NOW, NOW, hanh, "duty")) is Refusal.ENDS_FIRST
        assert refused(connection, ly, RosterChange(hanh, OFF, SATURDAY, SATURDAY - A_DAY)) is Refusal.ENDS_FIRST
        assert refused(connection, ly, Duty(NOW, NOW + AN_HOUR, stranger, "duty")) is Refusal.STRANGER
        assert refused(connection, ly, nightly(neighbour, cast.SINH)) is Refusal.STRANGER
        someone = RosterChange(hanh, REPLACED, SATURDAY, SATURDAY, stranger)
        assert refused(connection, ly, someone) is Refusal.STRANGER
        herself = RosterChange(hanh, REPLACED, SATURDAY, SATURDAY, hanh)
        assert refused(connection, ly, herself) is Refusal.OWN_STAND_IN
        assert refused(connection, ly, Duty(NOW, NOW + AN_HOUR, hanh, "duty")) is Refusal.AWAY
        extra = RosterChange(hanh, EXTRA, SATURDAY - A_DAY, SATURDAY + A_DAY, None, "duty", time(1), time(2))
        assert refused(connection, ly, extra) is Refusal.AWAY
        far = RosterChange(hanh, OFF, SATURDAY, date(9999, 12, 31))
        assert refused(connection, ly, far) is Refusal.TOO_FAR
        assert len(plan(connection, commune.unit_id, NOW).changes) == 1


@pytest.mark.parametrize("who", [cast.HANH])
def test_only_chief_and_deputy_change_the_roster(store: Store, commune: Station, who: cast.Officer) -> None:
    with store.write() as connection:
        row_id = add_weekly(connection, officer(connection, commune, cast.THAO), nightly(commune, who), NOW)
        duty = officer(connection, commune, who)
        with pytest.raises(AccessRefusedError):
            add_weekly(connection, duty, nightly(commune, who), NOW)
        with pytest.raises(AccessRefusedError):
            end_weekly(connection, duty, row_id, NOW)


def test_another_units_rows_do_not_exist(store: Store, commune: Station, neighbour: Station) -> None:
    with store.write() as connection:
        ly = officer(connection, commune, cast.LY)
        theirs = neighbour.officers["sinh"]
        single = roster.add_single(connection, neighbour.unit_id, Duty(NOW, NOW + AN_HOUR, theirs, "duty"))
        for end in (end_weekly, end_change, end_once):
            with pytest.raises(NotFoundError):
                end(connection, ly, single, NOW)
        assert [one.name for one in colleagues(connection, commune.unit_id)] == ["Hạnh", "Lý", "Quân", "Thào"]


def test_a_weekly_shift_that_has_begun_is_held_to_its_end_and_then_no_more(store: Store, commune: Station) -> None:
    with store.write() as connection:
        ly = officer(connection, commune, cast.LY)
        begun = add_weekly(connection, ly, nightly(commune, cast.HANH), NOW)
        end_weekly(connection, ly, begun, NOW)
        assert rung(connection, commune) == [cast.HANH.number]
        assert rung(connection, commune, NOW + timedelta(days=7)) == []
        assert rung(connection, commune, NOW - timedelta(days=7)) == [cast.HANH.number]  # what was stays
        with pytest.raises(RosterRefusedError):
            end_weekly(connection, ly, begun, NOW)


def test_a_slip_is_taken_out_without_a_trace_in_the_roster(store: Store, commune: Station) -> None:
    with store.write() as connection:
        ly = officer(connection, commune, cast.LY)
        fresh = WeeklyShift(commune.officers["hanh"], "duty", 6, time(7), time(19), SATURDAY)
        weekly = add_weekly(connection, ly, fresh, NOW)
        single = add_once(connection, ly, Duty(NOW + AN_HOUR, NOW + A_DAY, fresh.officer_id, "duty"), NOW)
        change = add_change(connection, ly, RosterChange(fresh.officer_id, OFF, SATURDAY, SATURDAY), NOW)
        end_weekly(connection, ly, weekly, NOW)
        end_once(connection, ly, single, NOW)
        end_change(connection, ly, change, NOW)
        for table in (shift_patterns, shifts, roster_exceptions):
            assert connection.execute(select(table)).all() == []


def test_a_shift_under_way_ends_now_and_one_that_is_over_stays(store: Store, commune: Station) -> None:
    with store.write() as connection:
        ly, hanh = officer(connection, commune, cast.LY), commune.officers["hanh"]
        running = add_once(connection, ly, Duty(NOW - AN_HOUR, NOW + AN_HOUR, hanh, "duty"), NOW)
        end_once(connection, ly, running, NOW)
        row = connection.execute(select(shifts).where(shifts.c.id == running)).one()
        assert (row.starts_at, row.ends_at) == (NOW - AN_HOUR, NOW)
        with pytest.raises(RosterRefusedError):
            end_once(connection, ly, running, NOW)


def test_an_exception_that_has_held_is_cut_off_at_yesterday(store: Store, commune: Station) -> None:
    with store.write() as connection:
        ly, hanh = officer(connection, commune, cast.LY), commune.officers["hanh"]
        change = add_change(connection, ly, RosterChange(hanh, OFF, SATURDAY - A_DAY, SATURDAY + A_DAY), NOW)
        end_change(connection, ly, change, NOW)
        row = connection.execute(select(roster_exceptions)).one()
        assert (row.from_day, row.until_day) == (SATURDAY - A_DAY, SATURDAY - A_DAY)


def test_every_change_of_the_roster_is_in_the_audit(store: Store, commune: Station) -> None:
    with store.write() as connection:
        ly, hanh = officer(connection, commune, cast.LY), commune.officers["hanh"]
        end_weekly(connection, ly, add_weekly(connection, ly, nightly(commune, cast.HANH), NOW), NOW)
        end_change(connection, ly, add_change(connection, ly, RosterChange(hanh, OFF, SATURDAY, SATURDAY), NOW), NOW)
        end_once(connection, ly, add_once(connection, ly, Duty(NOW, NOW + AN_HOUR, hanh, "duty"), NOW), NOW)
        acts = connection.execute(select(audit_rows.c.action, audit_rows.c.officer_id).order_by(audit_rows.c.seq))
        assert [tuple(act) for act in acts if "shift" in act.action or "exception" in act.action] == [
            (act, ly.id)
            for act in (
                *("weekly shift added", "weekly shift ended", "exception added", "exception ended"),
                *("shift added", "shift ended"),
            )
        ]


# ---- gaps ----------------------------------------------------------------------------------------------------------


def alarmed(connection: Connection) -> list[str]:
    return list(connection.scalars(select(alarms.c.dedupe_key).where(alarms.c.what == gaps.WHAT)))


@pytest.fixture
def worker(store: Store, tmp_path: Path) -> HomeJobs:
    return HomeJobs(store, Vault((tmp_path / "recordings").as_uri()))


def test_a_gap_is_alarmed_an_hour_ahead_and_once(store: Store, commune: Station, worker: HomeJobs) -> None:
    with store.write() as connection:
        ly, hanh = officer(connection, commune, cast.LY), commune.officers["hanh"]
        add_once(connection, ly, Duty(NOW - A_DAY, NOW + 3 * AN_HOUR, hanh, "duty"), NOW)
        add_once(connection, ly, Duty(NOW + 5 * AN_HOUR, NOW + 9 * AN_HOUR, hanh, "duty"), NOW)
    minutes = (0, 120, 121, 122, 179, 180, 299, 300, 480, 481, 540)
    seen = [minute for minute in minutes if worker.watch_roster(NOW + timedelta(minutes=minute))]
    assert seen == [121, 122, 179, 180, 299, 481, 540]
    with store.read() as connection:
        first, second = (NOW + 3 * AN_HOUR, NOW + 9 * AN_HOUR)
        unit = commune.unit_id
        assert alarmed(connection) == [f"roster_gap:{unit}:duty:{moment.isoformat()}" for moment in (first, second)]
        assert set(connection.scalars(select(alarms.c.unit_id))) == {commune.unit_id}


def test_an_empty_roster_is_alarmed_once_not_every_minute(store: Store, commune: Station, worker: HomeJobs) -> None:
    for minute in range(3):
        assert worker.watch_roster(NOW + timedelta(minutes=minute)) == 1
    with store.read() as connection:
        assert alarmed(connection) == [f"roster_gap:{commune.unit_id}:duty:ever"]


def test_a_unit_whose_only_line_is_out_of_service_has_no_gap(store: Store, commune: Station, worker: HomeJobs) -> None:
    with store.write() as connection:
        connection.execute(update(lines).values(retired_at=NOW))
        assert gaps.coming_gap(connection, commune.unit_id, NOW) is None
    assert worker.watch_roster(NOW) == 0
    with store.read() as connection:
        assert alarmed(connection) == []


def test_the_command_group_alone_fills_no_gap(store: Store, commune: Station) -> None:
    thao = commune.officers["thao"]
    with store.write() as connection:
        add_once(connection, officer(connection, commune, cast.LY), Duty(NOW, NOW + A_DAY, thao, "command"), NOW)
        assert gaps.coming_gap(connection, commune.unit_id, NOW) == gaps.Gap("duty", None, None)


def test_the_gaps_of_a_week_are_told_with_their_ends(store: Store, commune: Station) -> None:
    hanh = commune.officers["hanh"]
    with store.write() as connection:
        ly = officer(connection, commune, cast.LY)
        for weekday in range(7):
            add_weekly(connection, ly, WeeklyShift(hanh, "duty", weekday, time(7), time(7), date(2026, 1, 1)), NOW)
        add_change(connection, ly, RosterChange(hanh, OFF, SATURDAY + 2 * A_DAY, SATURDAY + 3 * A_DAY), NOW)
        found = gaps.gaps_of(connection, commune.unit_id, roster.GROUPS, Span(NOW, NOW + 7 * A_DAY))
    assert found == [gaps.Gap("command", None, None), gaps.Gap("duty", on(16, 7), on(18, 7))]
