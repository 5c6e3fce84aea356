"""A shift handed over: what is open goes from hand to hand, once."""

import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from hotline.casework import handover, roster
from hotline.casework.duty_book import Done, Told, duty_book
from hotline.casework.handover import HandoverOvertakenError, OpenItems, PredecessorError, accept, open_items
from hotline.casework.people import OfficerRow, officer_by_id
from hotline.casework.shift_patterns import Duty, Span
from hotline.errors import AccessRefusedError
from storage.database import Store
from storage.tables import audit_rows, handovers, report_events, reports, transfers
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, Station

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def commune(store: Store) -> Station:
    people = (cast.HANH, cast.QUAN, cast.LY, cast.THAO, cast.DUNG)
    return station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, people)


@pytest.fixture
def neighbour(store: Store) -> Station:
    return station.station(store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,))


def officer(connection: Connection, of: Station, who: cast.Officer) -> OfficerRow:
    found = officer_by_id(connection, of.officers[who.login])
    assert found is not None
    return found


def opened(store: Store, of: Station, who: cast.Officer = cast.QUAN, now: datetime = NOW) -> OpenItems:
    with store.read() as connection:
        return open_items(connection, officer(connection, of, who), now)


def test_what_is_red_comes_first_then_what_is_urgent(store: Store, commune: Station, neighbour: Station) -> None:
    with store.write() as connection:
        for reference, facts in {
            "R-1": {},
            "R-2": {"urgency": "critical"},
            "R-3": {"urgency": "low", "due_at": NOW - AN_HOUR},
            "R-4": {"received_at": NOW - A_DAY},
            "R-5": {"urgency": "high", "acknowledge_by": NOW - AN_HOUR},
            "R-6": {"acknowledge_by": NOW - AN_HOUR, "acknowledged_at": NOW - 2 * AN_HOUR},
            "R-7": {"status": "CLOSED", "settled_at": NOW},
        }.items():
            station.report(connection, commune, reference, None, **{"received_at": NOW - 3 * AN_HOUR, **facts})
        station.report(connection, neighbour, "R-8", None)
    items = opened(store, commune)
    assert [one.reference for one in items.reports] == ["R-5", "R-3", "R-2", "R-4", "R-1", "R-6"]
    assert [one.reference for one in items.reports if one.late] == ["R-5", "R-3"]


def test_live_calls_are_on_the_list_with_who_talks(store: Store, commune: Station) -> None:
    with store.write() as connection:
        live = {"ended_at": None, "duration_s": None, "kind": None, "outcome": None}
        station.call(connection, commune, "CA1")
        asking = station.call(connection, commune, "CA2", **live)
        danger = station.call(connection, commune, "CA3", emergency=True, **live)
        roster.took_call(connection, danger, 3, commune.officers["hanh"], NOW)
    found = opened(store, commune).calls
    assert [(one.id, one.emergency, one.with_officer) for one in found] == [
        (danger, True, "Hạnh"),
        (asking, False, None),
    ]


def test_the_next_officer_accepts_with_one_sign(store: Store, commune: Station) -> None:
    with store.write() as connection:
        station.report(connection, commune, "R-1", None)
        station.call(connection, commune, "CA2", ended_at=None, duration_s=None)
        quan, hanh = officer(connection, commune, cast.QUAN), commune.officers["hanh"]
        assert accept(connection, quan, hanh, open_items(connection, quan, NOW).seen, NOW) == 1
    with store.read() as connection:
        [row] = handover.handed_over(connection, commune.unit_id)
        assert (row.from_name, row.to_name, row.accepted_at) == ("Hạnh", "Quân", NOW)
        assert row.items == [
            {"report": "R-1", "status": "NEW", "urgency": "normal", "late": False},
            {"call": 1, "emergency": False},
        ]
        [act] = connection.execute(select(audit_rows).where(audit_rows.c.action == "shift handed over")).all()
        assert (act.officer_id, act.object_ref) == (quan.id, "handover/1")


def test_the_same_sheet_is_not_signed_twice(store: Store, commune: Station) -> None:
    seen = opened(store, commune).seen
    with store.write() as connection:
        quan = officer(connection, commune, cast.QUAN)
        accept(connection, quan, None, seen, NOW)
        with pytest.raises(HandoverOvertakenError):
            accept(connection, quan, None, seen, NOW)
        assert accept(connection, quan, None, open_items(connection, quan, NOW).seen, NOW) == 2


def test_nobody_accepts_what_was_not_on_the_page(store: Store, commune: Station) -> None:
    seen = opened(store, commune).seen
    with store.write() as connection:
        station.report(connection, commune, "R-1", None)
        with pytest.raises(HandoverOvertakenError):
            accept(connection, officer(connection, commune, cast.QUAN), None, seen, NOW)
        assert connection.execute(select(handovers)).all() == []


def test_a_deadline_that_passes_while_one_reads_is_no_other_list(store: Store, commune: Station) -> None:
    with store.write() as connection:
        station.report(connection, commune, "R-1", None, urgency="high")
        station.report(connection, commune, "R-2", None, due_at=NOW + AN_HOUR)
    before, after = opened(store, commune), opened(store, commune, now=NOW + 2 * AN_HOUR)
    assert [one.reference for one in before.reports] != [one.reference for one in after.reports]
    assert before.seen == after.seen


def test_of_two_who_accept_at_once_one_does(store: Store, commune: Station) -> None:
    seen = opened(store, commune).seen
    done: list[int | str] = []

    def sign(who: cast.Officer) -> None:
        try:
            with store.write() as connection:
                done.append(accept(connection, officer(connection, commune, who), None, seen, NOW))
        except HandoverOvertakenError:
            done.append("overtaken")

    both = [threading.Thread(target=sign, args=(who,)) for who in (cast.QUAN, cast.HANH)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(map(str, done)) == ["1", "overtaken"]


def test_a_shift_comes_from_another_officer_of_the_unit(store: Store, commune: Station, neighbour: Station) -> None:
    seen = opened(store, commune).seen
    with store.write() as connection:
        quan = officer(connection, commune, cast.QUAN)
        for nobody in (quan.id, neighbour.officers["sinh"], 0):
            with pytest.raises(PredecessorError):
                accept(connection, quan, nobody, seen, NOW)
        with pytest.raises(AccessRefusedError):
            open_items(connection, officer(connection, commune, cast.DUNG), NOW)


def test_the_predecessor_is_whose_shift_ends_now(store: Store, commune: Station) -> None:
    hanh, quan, ly = (commune.officers[who.login] for who in (cast.HANH, cast.QUAN, cast.LY))
    with store.write() as connection:
        for shift in (
            Duty(NOW - 12 * AN_HOUR, NOW - AN_HOUR / 4, hanh, "duty"),
            Duty(NOW - AN_HOUR / 4, NOW + 12 * AN_HOUR, quan, "duty"),
            Duty(NOW - A_DAY, NOW - 12 * AN_HOUR, ly, "duty"),
            Duty(NOW - A_DAY, NOW, ly, "command"),
        ):
            roster.add_single(connection, commune.unit_id, shift)
        assert handover.predecessor(connection, officer(connection, commune, cast.QUAN), NOW) == hanh
        assert handover.predecessor(connection, officer(connection, commune, cast.QUAN), NOW - A_DAY) == ly
        assert handover.predecessor(connection, officer(connection, commune, cast.QUAN), NOW + A_DAY) is None


# ---- the duty book -------------------------------------------------------------------------------------------------


def test_the_duty_book_has_every_call_and_text_of_the_shift_in_order(
    store: Store, commune: Station, neighbour: Station
) -> None:
    hanh = commune.officers["hanh"]
    span = Span(NOW - 2 * AN_HOUR, NOW + 10 * AN_HOUR)
    with store.write() as connection:
        village = station.place(connection, commune, "07", "Khe Mận")
        first = station.call(connection, commune, "CA1", started_at=NOW)
        report = station.report(connection, commune, "R-1", first, place_id=village, happening_now=True)
        text = station.report(connection, commune, "R-2", None, channel="text", received_at=NOW + AN_HOUR)
        station.call(
            connection, commune, "CA2", started_at=NOW + 2 * AN_HOUR, kind="addition", category=None, added_to=report
        )
        station.call(connection, commune, "CA3", started_at=span.end)
        station.call(connection, commune, "CA4", started_at=span.start - timedelta(seconds=1))
        station.call(connection, neighbour, "CA5")
        roster.took_call(connection, first, 3, hanh, NOW)
        _work(connection, report, hanh)
        connection.execute(update(reports).where(reports.c.id == text).values(privacy="anonymous"))
        roster.add_single(connection, commune.unit_id, Duty(NOW - A_DAY, NOW + AN_HOUR, hanh, "duty"))
        quan = officer(connection, commune, cast.QUAN)
        accept(connection, quan, hanh, open_items(connection, quan, NOW).seen, NOW + AN_HOUR)
        book = duty_book(connection, quan, span)
    assert [(line.at.hour, line.channel, line.kind, line.reference) for line in book.entries] == [
        (21, "voice", "report", "R-1"),
        (22, "text", "report", "R-2"),
        (23, "voice", "addition", "R-1"),
    ]
    line, of_text, _ = book.entries
    assert (line.place, line.privacy, line.happening_now, line.status) == ("Khe Mận", "confidential", True, "VERIFIED")
    assert of_text.privacy == "anonymous"
    assert line.done == (
        Done(NOW, "Hạnh", "talked"),
        Done(NOW + timedelta(minutes=1), "Hạnh", "taken"),
        Done(NOW + timedelta(minutes=9), "Hạnh", "VERIFIED"),
    )
    assert line.told == (Told("Công an tỉnh", date(2026, 11, 15), "12/BC"),)
    assert [(one.name, one.start, one.end) for one in book.on_duty] == [("Hạnh", span.start, NOW + AN_HOUR)]
    assert [(one.from_name, one.to_name) for one in book.handovers] == [("Hạnh", "Quân")]


def _work(connection: Connection, report: int, officer_id: int) -> None:
    for minute, what, after in ((1, "acknowledged", None), (5, "noted", None), (9, "verified", "VERIFIED")):
        connection.execute(
            report_events.insert().values(
                report_id=report,
                at=NOW + timedelta(minutes=minute),
                officer_id=officer_id,
                what=what,
                status_after=after,
                details={},
            )
        )
    connection.execute(update(reports).where(reports.c.id == report).values(status="VERIFIED"))
    told = {"destination": "Công an tỉnh", "sent_on": date(2026, 11, 15), "paper_number": "12/BC"}
    connection.execute(transfers.insert().values(report_id=report, officer_id=officer_id, at=NOW, **told))


def test_who_sees_no_single_call_sees_no_duty_book(store: Store, commune: Station) -> None:
    with store.read() as connection, pytest.raises(AccessRefusedError):
        duty_book(connection, officer(connection, commune, cast.DUNG), Span(NOW, NOW + A_DAY))
