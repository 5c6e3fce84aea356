"""Officers at work on a report: who may, who was first, what is kept, and what the timeline says afterwards."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from hotline.casework import acknowledgement, additions, corrections, measures, notes, progress, timeline
from hotline.casework.call_log import Filter, newest_calls, newest_reports
from hotline.casework.corrections import Judgement
from hotline.casework.desk import ChangedMeanwhileError, Hand, NotTheirTaskError, WorkRefusedError, case_of
from hotline.casework.measures import Decided
from hotline.casework.people import OfficerRow, find_officer
from hotline.casework.progress import Closing, HandedOver
from hotline.casework.report_board import board
from hotline.casework.transitions import OutcomeError, TransitionError
from hotline.errors import NotFoundError
from storage.database import Store
from storage.tables import classifications, report_calls, report_events, reports, transfers, units
from tests import cast
from tests.hotline import station
from tests.hotline.station import NOW, Station

MAI = cast.Officer("Mai", "mai", "officer", "+84912345607", "mai-goes-out-and-looks")
REF = "R-2026-0042"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where only what is decided is looked at, and the database under it makes no difference."""
SIX_TO_CLOSED = ("triage", "assign", "start", "verify", "file", "close")


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@dataclass
class Desk:
    """A commune with one report on the desk, and its officers' hands."""

    store: Store
    of: Station
    at: datetime = NOW + timedelta(minutes=5)

    def officer(self, login: str) -> OfficerRow:
        with self.store.read() as connection:
            found = find_officer(connection, login)
        assert found is not None
        return found

    def hand(self, login: str, reference: str = REF, version: int | None = None) -> Hand:
        if version is None:
            version = self.row(reference)["version"]
        return Hand(self.officer(login), reference, version, self.at)

    def row(self, reference: str = REF) -> dict[str, Any]:
        with self.store.read() as connection:
            found = select(reports).where(reports.c.reference == reference, reports.c.unit_id == self.of.unit_id)
            return dict(connection.execute(found).mappings().one())

    def does(self, act: Callable[..., Any], *args: Any) -> Any:
        return self.store.commit(lambda connection: act(connection, *args))

    def takes(self, login: str, verb: str, reference: str = REF, **more: Any) -> None:
        hand = self.hand(login, reference)
        if verb == "triage":
            self.does(corrections.confirm, hand)
        elif verb == "assign":
            self.does(progress.assign, hand, more.get("to", "mai"))
        elif verb == "close":
            self.does(progress.close, hand, Closing(more.pop("outcome", "CONFIRMED"), **more))
        elif verb == "transfer":
            self.does(progress.transfer, hand, HandedOver("Phòng Cảnh sát hình sự", date(2026, 11, 14), "12/CA"))
        else:
            self.does(progress.advance, hand, verb)

    def goes(self, *verbs: str, reference: str = REF) -> None:
        for verb in verbs:
            self.takes("mai", verb, reference)

    def told(self, private: bytes | None = None) -> list[timeline.TimelineRow]:
        with self.store.read() as connection:
            case = case_of(connection, self.officer("thao"), REF)
            return list(timeline.timeline_of(connection, case.id, case.calendar.zone, private))


@pytest.fixture
def desk(store: Store) -> Desk:
    people = (cast.HANH, cast.QUAN, MAI, cast.LY, cast.THAO, cast.DUNG)
    of = station.station(store, "suoi-da", "Công an xã Suối Đá", cast.THE_LINE, people)
    with store.write() as connection:
        call_id = station.call(connection, of, "CA1")
        station.report(connection, of, REF, call_id, urgency="normal")
        connection.execute(
            units.update().values(deadlines={"CHECK": {"days": 5, "basis": "decision 12"}}, transfer_to=["PC02"])
        )
    return Desk(store, of)


def test_the_first_to_take_a_report_has_it_and_the_other_hears_who(desk: Desk) -> None:
    first = desk.does(acknowledgement.acknowledge, desk.officer("hanh"), REF, desk.at)
    second = desk.does(acknowledgement.acknowledge, desk.officer("quan"), REF, desk.at + timedelta(seconds=1))
    assert (first.first, first.by) == (True, "Hạnh")
    assert (second.first, second.by, second.at) == (False, "Hạnh", desk.at)
    row = desk.row()
    assert row["assigned_to"] == row["acknowledged_by"] == desk.of.officers["hanh"]
    assert row["acknowledged_at"] == desk.at
    assert [step.what for step in desk.told()] == [timeline.ACKNOWLEDGED]


def test_of_eight_who_take_it_at_the_same_moment_one_does(desk: Desk) -> None:
    hanh, quan, start, won = desk.officer("hanh"), desk.officer("quan"), threading.Barrier(8), []

    def grab(officer: OfficerRow) -> None:
        start.wait()
        won.append(desk.does(acknowledgement.acknowledge, officer, REF, desk.at))

    threads = [threading.Thread(target=grab, args=(officer,)) for officer in (hanh, quan) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken.first for taken in won) == 1
    assert len({taken.by for taken in won}) == 1
    assert len(desk.told()) == 1


def test_a_report_is_verified_filed_and_closed_and_every_step_has_its_officer(desk: Desk) -> None:
    desk.goes(*SIX_TO_CLOSED)
    row = desk.row()
    assert (row["status"], row["outcome"]) == ("CLOSED", "CONFIRMED")
    assert row["closed_at"] == row["settled_at"] == desk.at
    assert row["acknowledged_by"] == desk.of.officers["mai"], "who moves a report has taken it up"
    steps = [(step.who, step.before, step.after) for step in desk.told()]
    assert steps == [
        ("Mai", "NEW", "TRIAGED"),
        ("Mai", "TRIAGED", "ASSIGNED"),
        ("Mai", "ASSIGNED", "VERIFYING"),
        ("Mai", "VERIFYING", "VERIFIED"),
        ("Mai", "VERIFIED", "FILED"),
        ("Mai", "FILED", "CLOSED"),
    ]


def test_two_who_change_a_report_at_once_and_the_second_is_told_by_whom(desk: Desk) -> None:
    seen_by_both = desk.row()["version"]
    desk.does(corrections.classify, desk.hand("hanh", version=seen_by_both), Judgement("RPT-ORDER", "low", None))
    stale = desk.hand("ly", version=seen_by_both)
    with pytest.raises(ChangedMeanwhileError) as told:
        desk.does(corrections.classify, stale, Judgement("RPT-FRAUD", "high", None))
    assert (told.value.by, told.value.at) == ("Hạnh", desk.at)
    assert desk.row()["category"] == "RPT-ORDER"
    assert len(desk.told()) == 1


def test_two_that_pass_the_look_together_do_not_both_write(desk: Desk) -> None:
    start, ends = threading.Barrier(2), []

    def correct(login: str, category: str) -> None:
        hand = desk.hand(login)
        start.wait()
        try:
            desk.does(corrections.classify, hand, Judgement(category, "low", None))
            ends.append(category)
        except ChangedMeanwhileError:
            ends.append(None)

    threads = [threading.Thread(target=correct, args=pair) for pair in (("hanh", "RPT-ORDER"), ("quan", "RPT-FRAUD"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [category] = [one for one in ends if one]
    assert desk.row()["category"] == category
    assert desk.row()["version"] == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("login", "allowed"),
    [
        ("hanh", {"triage", "assign"}),
        ("mai", {"triage", "assign", "start", "verify", "file", "transfer", "close"}),
        ("ly", {"triage", "assign", "start", "verify", "file", "transfer", "close"}),
        ("thao", {"triage", "assign", "start", "verify", "file", "transfer", "close"}),
    ],
)
def test_each_role_has_its_steps(desk: Desk, login: str, allowed: set[str]) -> None:
    status = {"triage": "NEW", "assign": "TRIAGED", "start": "ASSIGNED", "verify": "VERIFYING", "file": "VERIFIED"}
    for verb in ("triage", "assign", "start", "verify", "file", "transfer", "close"):
        with desk.store.write() as connection:
            connection.execute(reports.update().values(status=status.get(verb, "FILED"), settled_at=None))
        if verb in allowed:
            desk.takes(login, verb)
        else:
            with pytest.raises(NotTheirTaskError):
                desk.takes(login, verb)


def test_neither_the_province_nor_another_unit_finds_the_report(desk: Desk) -> None:
    station.station(desk.store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,))
    for login in ("dung", "sinh"):
        with pytest.raises(NotFoundError):
            desk.does(acknowledgement.acknowledge, desk.officer(login), REF, desk.at)
        with pytest.raises(NotFoundError):
            desk.does(corrections.confirm, desk.hand(login))
        with pytest.raises(NotFoundError):
            desk.does(notes.add_note, desk.officer(login), REF, "x", desk.at)
    assert desk.told() == []


@ON_SQLITE
def test_it_is_given_only_to_an_officer_of_the_unit(desk: Desk) -> None:
    station.station(desk.store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,))
    desk.goes("triage")
    for stranger in ("sinh", "dung", "nobody", ""):
        with pytest.raises(WorkRefusedError):
            desk.takes("mai", "assign", to=stranger)
    desk.takes("mai", "assign", to="quan")
    assert desk.row()["assigned_to"] == desk.of.officers["quan"]
    desk.goes("start")
    desk.takes("mai", "assign", to="mai")
    assert desk.row()["status"] == "VERIFYING"


def test_a_new_class_counts_from_the_same_receipt(desk: Desk) -> None:
    desk.at = NOW + timedelta(hours=3)
    desk.does(corrections.classify, desk.hand("hanh"), Judgement("RPT-LAND", "normal", None))
    assert desk.row()["due_at"] == NOW + timedelta(days=15)
    desk.does(corrections.classify, desk.hand("hanh"), Judgement("RPT-EXTORT", "high", None, reason="threats"))
    row = desk.row()
    assert row["due_at"] == row["due_by_rule"] == NOW + timedelta(hours=24)
    last = desk.told()[-1]
    assert last.details["due_at"] == [(NOW + timedelta(days=15)).isoformat(), (NOW + timedelta(hours=24)).isoformat()]
    assert last.details["category"] == ["RPT-LAND", "RPT-EXTORT"]
    assert (last.reason, last.sealed) == (None, True)
    assert desk.told(desk.of.content.private)[-1].reason == "threats"


def test_a_correction_keeps_the_old_beside_it_and_the_call_is_counted_as_what_it_was(desk: Desk) -> None:
    with desk.store.write() as connection:
        village = station.place(connection, desk.of, "12", "Thôn Bản Pho")
    desk.does(corrections.classify, desk.hand("hanh"), Judgement("ADM-ID", "low", village, unsafe_to_ring_back=True))
    row = desk.row()
    assert (row["kind"], row["category"], row["urgency"], row["place_id"]) == ("admin", "ADM-ID", "low", village)
    assert row["unsafe_to_ring_back"]
    with desk.store.read() as connection:
        kept = connection.execute(select(classifications)).mappings().all()
        [call] = newest_calls(connection, None, Filter())
    assert [(one["source"], one["officer_id"], one["category"]) for one in kept] == [
        ("officer", desk.of.officers["hanh"], "ADM-ID")
    ]
    assert (call.kind, call.category) == ("admin", "ADM-ID")


@ON_SQLITE
def test_a_place_of_another_unit_is_no_place_here(desk: Desk) -> None:
    other = station.station(desk.store, "deo-gio", "Công an xã Đèo Gió", cast.ANOTHER_LINE, (cast.SINH,))
    with desk.store.write() as connection:
        far = station.place(connection, other, "01", "Elsewhere")
    for judged in (
        Judgement("RPT-THEFT", "low", far),
        Judgement("RPT-NONE", "low", None),
        Judgement("RPT-THEFT", "dire", None),
    ):
        with pytest.raises(WorkRefusedError):
            desk.does(corrections.classify, desk.hand("hanh"), judged)
    assert desk.row()["version"] == 0


def test_a_higher_urgency_wants_to_be_taken_up_sooner_from_the_same_receipt(desk: Desk) -> None:
    desk.at = NOW + timedelta(minutes=1)
    with desk.store.write() as connection:
        connection.execute(reports.update().values(status="TRIAGED"))
    desk.does(corrections.classify, desk.hand("hanh"), Judgement("RPT-THEFT", "high", None))
    assert desk.row()["acknowledge_by"] == NOW + timedelta(minutes=15)


@ON_SQLITE
def test_only_a_chief_with_a_reason_makes_a_deadline_later(desk: Desk) -> None:
    desk.does(corrections.classify, desk.hand("hanh"), Judgement("RPT-LAND", "normal", None))
    rule, later = NOW + timedelta(days=15), NOW + timedelta(days=20)
    desk.does(corrections.set_deadline, desk.hand("mai"), NOW + timedelta(days=3), "")
    desk.does(corrections.set_deadline, desk.hand("mai"), rule, "")
    for login in ("mai", "ly"):
        with pytest.raises(WorkRefusedError, match="later than the rule"):
            desk.does(corrections.set_deadline, desk.hand(login), later, "the witness is away")
    with pytest.raises(NotTheirTaskError):
        desk.does(corrections.set_deadline, desk.hand("hanh"), NOW + timedelta(days=1), "")
    with pytest.raises(WorkRefusedError, match="reason"):
        desk.does(corrections.set_deadline, desk.hand("thao"), later, "")
    desk.does(corrections.set_deadline, desk.hand("thao"), later, "the witness is away")
    assert (desk.row()["due_at"], desk.row()["due_by_rule"]) == (later, rule)
    last = desk.told(desk.of.content.private)[-1]
    assert (last.what, last.who, last.reason) == (timeline.DUE_CHANGED, "Thào", "the witness is away")
    with pytest.raises(WorkRefusedError, match="past"):
        desk.does(corrections.set_deadline, desk.hand("thao"), NOW, "x")


def test_a_duplicate_is_tied_to_the_report_it_repeats_and_so_is_its_call(desk: Desk) -> None:
    with desk.store.write() as connection:
        station.report(connection, desk.of, "R-2026-0001", station.call(connection, desk.of, "CA0"))
    desk.goes("triage")
    for wrong in (None, "", "R-2026-9999", REF):
        with pytest.raises(WorkRefusedError):
            desk.takes("mai", "close", outcome="DUPLICATE", same_as=wrong)
    desk.takes("mai", "close", outcome="DUPLICATE", same_as=" r-2026-0001 ")
    assert desk.row()["linked_to"] == desk.row("R-2026-0001")["id"]
    with desk.store.read() as connection:
        kinds = {call.report: call.kind for call in newest_calls(connection, None, Filter())}
        [told] = connection.execute(
            select(report_events).where(report_events.c.report_id == desk.row("R-2026-0001")["id"])
        ).all()
    assert kinds == {REF: "duplicate", "R-2026-0001": "report"}
    assert (told.what, told.details) == (timeline.LINKED, {"other": REF, "as": "duplicate"})
    desk.goes("triage", reference="R-2026-0001")
    with pytest.raises(WorkRefusedError, match="itself linked"):
        desk.takes("mai", "close", "R-2026-0001", outcome="DUPLICATE", same_as=REF)


def test_a_caller_who_adds_to_a_closed_report_opens_it_again_and_that_is_counted(desk: Desk) -> None:
    desk.goes(*SIX_TO_CLOSED)
    due = desk.row()["due_at"]
    with desk.store.write() as connection:
        again = station.call(connection, desk.of, "CA2", started_at=NOW + timedelta(days=2))
        additions.take_in(connection, desk.row()["id"], again, NOW + timedelta(days=2))
        additions.take_in(connection, desk.row()["id"], again, NOW + timedelta(days=2))
    row = desk.row()
    assert (row["status"], row["outcome"], row["closed_at"], row["settled_at"]) == ("VERIFYING", None, None, None)
    assert (row["reopened"], row["due_at"]) == (1, due)
    last = desk.told()[-1]
    assert (last.who, last.what, last.before, last.after) == (None, timeline.REOPENED, "CLOSED", "VERIFYING")


def test_an_addition_to_an_open_report_makes_the_open_pages_stale(desk: Desk) -> None:
    before = desk.row()["version"]
    with desk.store.write() as connection:
        again = station.call(connection, desk.of, "CA2")
        additions.take_in(connection, desk.row()["id"], again, NOW)
    with pytest.raises(ChangedMeanwhileError) as told:
        desk.does(corrections.confirm, desk.hand("mai", version=before))
    assert told.value.by is None
    assert desk.row()["reopened"] == 0


def test_a_duplicate_to_which_the_caller_adds_is_a_report_of_its_own_again(desk: Desk) -> None:
    with desk.store.write() as connection:
        station.report(connection, desk.of, "R-2026-0001", None)
    desk.goes("triage")
    desk.takes("mai", "close", outcome="DUPLICATE", same_as="R-2026-0001")
    with desk.store.write() as connection:
        again = station.call(connection, desk.of, "CA2", kind="addition", started_at=NOW + timedelta(hours=1))
        additions.take_in(connection, desk.row()["id"], again, NOW + timedelta(hours=1))
        kinds = [call.kind for call in newest_calls(connection, None, Filter())]
    assert desk.row()["linked_to"] is None
    assert kinds == ["addition", "report"]


def test_a_report_that_only_adds_to_another_has_that_ones_clock_and_opens_it_again(desk: Desk) -> None:
    desk.does(corrections.classify, desk.hand("hanh"), Judgement("RPT-LAND", "normal", None))
    desk.goes("assign", "start", "verify", "close")
    with desk.store.write() as connection:
        later = station.call(connection, desk.of, "CA2", started_at=NOW + timedelta(days=1))
        station.report(connection, desk.of, "R-2026-0050", later, received_at=NOW + timedelta(days=1))
    hand = desk.hand("hanh", "R-2026-0050")
    with pytest.raises(WorkRefusedError, match="follows"):
        desk.does(corrections.classify, hand, Judgement("RPT-ADDINFO", "normal", None))
    desk.does(corrections.classify, hand, Judgement("RPT-ADDINFO", "normal", None, follows=REF))
    addition, parent = desk.row("R-2026-0050"), desk.row()
    assert (addition["kind"], addition["linked_to"]) == ("addition", parent["id"])
    assert addition["due_at"] == parent["due_at"] == NOW + timedelta(days=15)
    assert (parent["status"], parent["reopened"]) == ("VERIFYING", 1)
    with desk.store.read() as connection:
        [_, found] = newest_reports(connection, None, Filter())
        assert len(found.calls) == 2
    desk.does(corrections.set_deadline, desk.hand("mai"), NOW + timedelta(days=3), "")
    assert desk.row("R-2026-0050")["due_at"] == NOW + timedelta(days=3), "the clock of the parent is the one that runs"


@ON_SQLITE
def test_a_transfer_has_a_day_a_paper_and_later_a_confirmation(desk: Desk) -> None:
    desk.does(corrections.classify, desk.hand("mai"), Judgement("RPT-EXTORT", "high", None))
    desk.goes("assign")
    for day in (date(2026, 11, 13), date(2026, 11, 15)):
        with pytest.raises(WorkRefusedError, match="sent_on"):
            desk.does(progress.transfer, desk.hand("mai"), HandedOver("PC02", day))
    desk.does(progress.transfer, desk.hand("mai"), HandedOver("PC02", date(2026, 11, 14), "12/CA"))
    row = desk.row()
    assert (row["status"], row["settled_at"], row["closed_at"]) == ("TRANSFERRED", desk.at, None)
    with desk.store.read() as connection:
        transfer_id = connection.scalar(select(transfers.c.id))
    with pytest.raises(WorkRefusedError, match="confirmed_on"):
        desk.does(progress.confirm_transfer, desk.hand("mai"), transfer_id, date(2026, 11, 16))
    desk.at += timedelta(days=2)
    desk.does(progress.confirm_transfer, desk.hand("mai"), transfer_id, date(2026, 11, 16))
    with pytest.raises(NotFoundError):
        desk.does(progress.confirm_transfer, desk.hand("mai"), transfer_id, date(2026, 11, 16))
    with desk.store.read() as connection:
        assert connection.scalar(select(transfers.c.confirmed_on)) == date(2026, 11, 16)


def test_a_note_is_written_without_a_key_and_read_only_with_one(desk: Desk) -> None:
    version = desk.row()["version"]
    desk.does(notes.add_note, desk.officer("hanh"), REF, "  The house is empty.\n", desk.at)
    for words, why in (("  ", "needed"), ("x" * 4001, "too long")):
        with pytest.raises(WorkRefusedError, match=why):
            desk.does(notes.add_note, desk.officer("hanh"), REF, words, desk.at)
    with desk.store.read() as connection:
        case = case_of(connection, desk.officer("hanh"), REF)
        [sealed] = notes.notes_of(connection, case.id, case.calendar.zone, None)
        [opened] = notes.notes_of(connection, case.id, case.calendar.zone, desk.of.content.private)
    assert (sealed.who, sealed.words) == ("Hạnh", None)
    assert opened.words == "The house is empty."
    assert desk.row()["version"] == version, "a note overwrites nothing"


def test_measures_are_counted_in_persons(desk: Desk) -> None:
    with desk.store.write() as connection:
        station.report(connection, desk.of, "R-2026-0043", None, received_at=NOW + timedelta(hours=1))
    day = date(2026, 11, 14)
    for decided in (
        Decided("EDU-COMMUNE", day, "07/QĐ", name="Người thứ nhất"),
        Decided("EDU-COMMUNE", day, name="Người thứ hai"),
        Decided("FINE", day, person=f"{REF}/1"),
    ):
        desk.does(measures.record, desk.hand("mai"), decided)
    desk.does(measures.record, desk.hand("mai", "R-2026-0043"), Decided("WARNING", day, person=f"{REF.lower()}/2"))
    with desk.store.read() as connection:
        second, first = newest_reports(connection, None, Filter())
        people = measures.persons_of(connection, desk.row("R-2026-0043")["id"], desk.of.content.private)
        kept = measures.measures_of(connection, desk.row()["id"], None)
    assert first.to_json()["measures"] == [
        {"measure": "EDU-COMMUNE", "persons": 2},
        {"measure": "FINE", "persons": 1},
    ]
    assert second.to_json()["measures"] == [{"measure": "WARNING", "persons": 1}]
    assert [(person.reference, person.name) for person in people] == [(f"{REF}/2", "Người thứ hai")]
    assert {one.person.name for one in kept} == {None}


@ON_SQLITE
@pytest.mark.parametrize(
    ("decided", "where"),
    [
        (Decided("EXILE", date(2026, 11, 14), name="x"), "measure"),
        (Decided("FINE", date(2026, 11, 15), name="x"), "decided_on"),
        (Decided("FINE", date(2026, 11, 14)), "name"),
        (Decided("FINE", date(2026, 11, 14), name="x" * 201), "name"),
        (Decided("FINE", date(2026, 11, 14), person=f"{REF}/7"), "person"),
        (Decided("FINE", date(2026, 11, 14), person="R-2026-9999/1"), "person"),
        (Decided("FINE", date(2026, 11, 14), person="somebody"), "person"),
        (Decided("EDU-COMMUNE", date(2026, 11, 14), person=f"{REF}/1"), "measure"),
    ],
)
def test_a_measure_that_cannot_be_is_refused_and_nothing_is_kept_of_it(
    desk: Desk, decided: Decided, where: str
) -> None:
    desk.does(measures.record, desk.hand("mai"), Decided("EDU-COMMUNE", date(2026, 11, 14), name="Người thứ nhất"))
    version = desk.row()["version"]
    with pytest.raises(WorkRefusedError) as refused:
        desk.does(measures.record, desk.hand("mai"), decided)
    assert refused.value.field == where
    assert desk.row()["version"] == version


def test_a_measure_written_by_mistake_is_taken_back_with_a_reason(desk: Desk) -> None:
    desk.does(measures.record, desk.hand("mai"), Decided("FINE", date(2026, 11, 14), name="Người thứ nhất"))
    with desk.store.read() as connection:
        [measure] = measures.measures_of(connection, desk.row()["id"], None)
    with pytest.raises(WorkRefusedError, match="reason"):
        desk.does(measures.withdraw, desk.hand("mai"), measure.id, " ")
    desk.does(measures.withdraw, desk.hand("mai"), measure.id, "wrong report")
    with desk.store.read() as connection:
        assert measures.measures_of(connection, desk.row()["id"], None) == ()
    assert desk.told()[-1].details == {"measure": "FINE"}


@ON_SQLITE
def test_how_useful_the_source_was_is_kept(desk: Desk) -> None:
    desk.does(corrections.rate, desk.hand("mai"), "valuable")
    assert desk.row()["usefulness"] == "valuable"
    with pytest.raises(WorkRefusedError):
        desk.does(corrections.rate, desk.hand("mai"), "priceless")


def test_the_board_has_the_open_ones_first_and_the_most_urgent_on_top(desk: Desk) -> None:
    wanted = []
    with desk.store.write() as connection:
        for table in (report_calls, reports):
            connection.execute(table.delete())
        for n, (urgency, status) in enumerate(
            [("low", "NEW"), ("critical", "CLOSED"), ("critical", "NEW"), ("high", "VERIFYING"), ("dire", "NEW")] * 3
        ):
            received_at = NOW + timedelta(minutes=n)
            settled = received_at if status == "CLOSED" else None
            facts = {"urgency": urgency, "status": status, "received_at": received_at, "settled_at": settled}
            station.report(connection, desk.of, f"R-2026-{n:04d}", None, **facts)
            rank = ["critical", "high", "normal", "low", "dire"].index(urgency) if not settled else 9
            wanted.append((rank, -n, f"R-2026-{n:04d}"))
    with desk.store.read() as connection:
        for limit in (1, 4, 50):
            seen: list[str] = []
            before = None
            while page := board(connection, {desk.of.unit_id}, Filter(limit=limit, before=before)):
                seen += [row.reference for row in page]
                before = page[-1].id
            assert seen == [reference for _, _, reference in sorted(wanted)]
        closed = board(connection, {desk.of.unit_id}, Filter(status="CLOSED"))
        assert len(closed) == 3
        assert board(connection, {desk.of.unit_id}, Filter(assigned_to=desk.of.officers["mai"])) == []
        assert board(connection, {desk.of.unit_id + 1}, Filter()) == []


ASKED = st.lists(
    st.sampled_from(["triage", "assign", "start", "verify", "file", "transfer", "close", "reopen", "stale"]),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=ASKED, outcome=st.sampled_from(["CONFIRMED", "UNFOUNDED", "ANSWERED", "NONSENSE"]))
def test_whatever_officers_and_callers_do_in_whatever_order_the_rows_stay_legal(
    desk: Desk, asked: list[str], outcome: str
) -> None:
    with desk.store.write() as connection:
        connection.execute(report_events.delete())
        fresh = {"status": "NEW", "outcome": None, "closed_at": None, "settled_at": None, "reopened": 0}
        connection.execute(reports.update().values(**fresh))
    for number, verb in enumerate(asked):
        try:
            if verb == "reopen":
                _ring_again(desk, number)
            elif verb == "stale":
                desk.does(corrections.rate, desk.hand("mai", version=-1), "none")
            else:
                desk.takes("mai", verb, **({"outcome": outcome} if verb == "close" else {}))
        except (TransitionError, OutcomeError, ChangedMeanwhileError):
            continue
    row, told = desk.row(), desk.told()
    moves = [(step.before, step.after) for step in told if step.after]
    assert [before for before, _ in moves] == ["NEW", *(after for _, after in moves)][: len(moves)]
    assert row["status"] == (moves[-1][1] if moves else "NEW")
    assert (row["status"] == "CLOSED") == (row["closed_at"] is not None) == (row["outcome"] is not None)
    assert (row["status"] in ("CLOSED", "TRANSFERRED")) == (row["settled_at"] is not None)
    assert row["reopened"] == sum(step.what == timeline.REOPENED for step in told)


def _ring_again(desk: Desk, number: int) -> None:
    def again(connection: Connection) -> None:
        call_id = station.call(connection, desk.of, f"CA-{desk.row()['version']}-{number}-{id(connection)}")
        additions.take_in(connection, desk.row()["id"], call_id, desk.at)

    desk.does(again)
