"""Who leaves is gone from the plan, and the nights that were stay as they were; of two chiefs one is always left."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from hotline.casework import account_acts, roster
from hotline.casework.accounts import AccountRefusedError, Hand, account_of
from hotline.casework.leaving import deactivate
from hotline.casework.people import OfficerRow, officer_by_id
from hotline.casework.roster import duties
from hotline.casework.shift_patterns import Duty, Span
from storage.database import Store
from storage.tables import officers, roster_exceptions, shift_patterns
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, Station

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
THREE_AT_NIGHT = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)  # Wednesday, 03:00 in the commune
WEEKS = Span(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
TIEN = cast.Officer("Tiến", "tien", "chief", "+84912345692", "tien-is-the-second-chief")


@pytest.fixture
def commune(store: Store, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)
    return station.station(
        store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, (cast.HANH, cast.QUAN, cast.THAO, TIEN)
    )


def nights(connection: Connection, of: Station, who: str) -> None:
    """Every night from 19:00 to 07:00."""
    for weekday in range(7):
        row = {"group_name": "duty", "weekday": weekday, "starts": time(19), "ends": time(7)}
        whose = {"unit_id": of.unit_id, "officer_id": of.officers[who], "from_day": date(2026, 11, 9)}
        connection.execute(insert(shift_patterns).values(**whose, **row))


def replaced(connection: Connection, of: Station, who: str, by: str, from_day: date, until_day: date) -> None:
    row = {"kind": "replaced", "from_day": from_day, "until_day": until_day, "stand_in_id": of.officers[by]}
    connection.execute(insert(roster_exceptions).values(unit_id=of.unit_id, officer_id=of.officers[who], **row))


def held(connection: Connection, of: Station, who: str) -> list[tuple[datetime, datetime]]:
    found = duties(connection, of.unit_id, WEEKS)
    return [(duty.start, duty.end) for duty in found if duty.officer_id == of.officers[who]]


@ON_SQLITE
def test_the_night_under_way_ends_now_and_those_before_stay(store: Store, commune: Station) -> None:
    with store.write() as connection:
        nights(connection, commune, "hanh")
        for days in (-2, 3):
            start = THREE_AT_NIGHT + timedelta(days=days, hours=6)
            shift = Duty(start, start + timedelta(hours=1), commune.officers["hanh"], "command")
            roster.add_single(connection, commune.unit_id, shift)
        before = held(connection, commune, "hanh")
        deactivate(connection, commune.officers["hanh"], THREE_AT_NIGHT)
        after = held(connection, commune, "hanh")
    cut = [(start, min(end, THREE_AT_NIGHT)) for start, end in before if start < THREE_AT_NIGHT]
    assert after == cut
    assert after[-1] == (datetime(2026, 11, 17, 12, tzinfo=UTC), THREE_AT_NIGHT)


@ON_SQLITE
def test_a_colleague_who_has_taken_the_night_over_stays_on_it(store: Store, commune: Station) -> None:
    with store.write() as connection:
        nights(connection, commune, "hanh")
        replaced(connection, commune, "hanh", "quan", date(2026, 11, 17), date(2026, 11, 20))
        deactivate(connection, commune.officers["hanh"], THREE_AT_NIGHT)
        assert held(connection, commune, "quan") == [
            (datetime(2026, 11, 17, 12, tzinfo=UTC), datetime(2026, 11, 18, 0, tzinfo=UTC))
        ]


@ON_SQLITE
def test_whoever_was_to_be_replaced_is_still_away_so_that_the_gap_shows(store: Store, commune: Station) -> None:
    with store.write() as connection:
        nights(connection, commune, "quan")
        replaced(connection, commune, "quan", "hanh", date(2026, 11, 16), date(2026, 11, 19))
        deactivate(connection, commune.officers["hanh"], THREE_AT_NIGHT)
        of_hanh = held(connection, commune, "hanh")
        evenings = [start.day for start, _ in held(connection, commune, "quan")]
    assert of_hanh == [
        (datetime(2026, 11, 16, 12, tzinfo=UTC), datetime(2026, 11, 17, 0, tzinfo=UTC)),
        (datetime(2026, 11, 17, 12, tzinfo=UTC), THREE_AT_NIGHT),
    ]
    assert not {16, 17, 18, 19} & set(evenings)
    assert {15, 20} <= set(evenings)


def test_two_chiefs_who_dismiss_each_other_at_once_leave_one(store: Store, commune: Station) -> None:
    with store.read() as connection:
        thao, tien = (officer_by_id(connection, commune.officers[login]) for login in ("thao", "tien"))
    assert thao is not None
    assert tien is not None
    dismissing = [_dismissal(store, thao, tien), _dismissal(store, tien, thao)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda act: _refused(store, act), dismissing))
    assert sorted(done) == [False, True]
    with store.read() as connection:
        left = select(officers.c.login).where(officers.c.role == "chief", officers.c.active)
        assert len(connection.scalars(left).all()) == 1


def _dismissal(store: Store, by: OfficerRow, whom: OfficerRow) -> Callable[[Connection], None]:
    with store.read() as connection:
        hand = Hand(by, whom.id, account_of(connection, by, whom.id).version, NOW)
    return lambda connection: account_acts.dismiss(connection, hand)


def _refused(store: Store, act: Callable[[Connection], None]) -> bool:
    try:
        store.commit(act)
    except AccountRefusedError:
        return True
    return False
