"""What is done once a month, on both databases: drafted once however many workers ask, told, counted, forgotten."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hotline.casework import letters
from hotline.casework.letters import Letter
from hotline.casework.months import Month
from hotline.casework.statistics import agreement, day_counts, repeat_callers, signatures
from hotline.casework.statistics.month import monthly_statistics
from hotline.errors import CarrierError
from hotline.worker.months import MonthJobs
from storage.tables import (
    audit_rows,
    calls,
    month_callers,
    month_closings,
    month_keys,
    outbox,
    periodic_runs,
    units,
)
from storage.tables import (
    day_counts as day_count_rows,
)
from tests.cast import MAY, PAO
from tests.hotline.worker.scene import SECRET, Scene

CONSOLE = "https://line.example.org"
OCTOBER = Month(2026, 10)
MIDNIGHT = datetime(2026, 10, 31, 17, tzinfo=UTC)  # the first of November begins in the commune
BOXES = {"duty": "duty@suoi-da.example.org", "command": "command@suoi-da.example.org"}


@dataclass
class Letterbox:
    """Takes letters; before that it gives the answers that were written down for it."""

    taken: list[Letter] = field(default_factory=list)
    troubles: list[CarrierError] = field(default_factory=list)

    def post(self, letter: Letter) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken.append(letter)


def jobs(scene: Scene, post: Letterbox | None = None) -> MonthJobs:
    return MonthJobs(scene.store, SECRET, CONSOLE, post)


@pytest.fixture
def october(scene: Scene) -> Scene:
    """Three calls in October; the unit was there before, and has two mailboxes."""
    with scene.store.write() as connection:
        before = {"created_at": datetime(2026, 9, 1, tzinfo=UTC), "follow_ups": {"mailboxes": BOXES}}
        connection.execute(update(units).values(before))
    for number, kind in enumerate(("admin", "admin", "report")):
        ended_call(scene, f"CA{number}", MIDNIGHT - timedelta(hours=number + 1), kind=kind)
    return scene


def ended_call(scene: Scene, name: str, started_at: datetime, **facts: Any) -> int:
    ended = {"ended_at": started_at + timedelta(minutes=2), "duration_s": 120, "outcome": "left", "kind": "admin"}
    return scene.has_call(name, started_at=started_at, **{**ended, **facts})


def test_the_month_is_drafted_on_its_first_day_in_the_commune_and_not_before(october: Scene) -> None:
    # What came before October is drafted too, where nobody has yet: the workers were not there.
    assert jobs(october).draft(MIDNIGHT - timedelta(seconds=1)) == 1
    assert jobs(october).draft(MIDNIGHT) == 1
    assert jobs(october).draft(MIDNIGHT + timedelta(days=3)) == 0
    september, drafted = october.rows(month_closings)
    assert (september["month"], drafted["month"], drafted["revision"]) == ("2026-09", "2026-10", 0)
    with october.store.read() as connection:
        assert signatures.signatures_of(connection, october.unit_id, OCTOBER, day_counts.zone_of(connection, 1)) == ()
        assert agreement.altered_closings(connection) == []


def test_of_many_workers_that_ask_at_once_one_drafts(october: Scene) -> None:
    october.store.commit(
        lambda connection: connection.execute(update(units).values(created_at=MIDNIGHT - timedelta(1)))
    )
    with ThreadPoolExecutor(6) as pool:
        drafted = list(pool.map(lambda _: jobs(october, Letterbox()).draft(MIDNIGHT), range(6)))
    assert sum(drafted) == 1
    assert [row["period"] for row in october.rows(periodic_runs)] == ["2026-10"]
    assert october.count(month_closings) == 1
    assert october.count(outbox) == 2
    assert [row["action"] for row in october.rows(audit_rows)] == ["month drafted"]


def test_a_unit_that_was_not_there_yet_has_no_month_to_draft(scene: Scene) -> None:
    assert jobs(scene).draft(MIDNIGHT) == 0


def test_the_mailboxes_are_told_at_least_once(october: Scene) -> None:
    box = Letterbox(troubles=[CarrierError("The mail server answered 451.", outcome_unknown=True)])
    work = jobs(october, box)
    work.draft(MIDNIGHT)
    assert work.send_letters(MIDNIGHT) == 2
    assert [letter.address for letter in box.taken] == [BOXES["command"]]
    assert work.send_letters(MIDNIGHT + timedelta(minutes=1)) == 1
    assert work.send_letters(MIDNIGHT + timedelta(hours=1)) == 0
    command, duty = box.taken
    assert duty.address == BOXES["duty"]
    assert command.title == "Số liệu tháng 10/2026: Suối Đá"
    assert "Cuộc gọi: 3, trong đó gác máy trước khi chọn: 0." in command.text
    assert f"{CONSOLE}/statistics/2026-10" in command.text
    assert {duty.name, command.name} == {"month-2026-10.suoi-da.duty", "month-2026-10.suoi-da.command"}


def test_a_worker_that_died_with_a_letter_in_hand_leaves_it_to_the_next(october: Scene) -> None:
    box = Letterbox()
    jobs(october, box).draft(MIDNIGHT)
    with october.store.write() as connection:
        assert letters.claim(connection, "a worker that dies", MIDNIGHT) is not None
    assert jobs(october, box).send_letters(MIDNIGHT) == 1
    assert jobs(october, box).send_letters(MIDNIGHT + timedelta(minutes=3)) == 1
    assert len(box.taken) == 2


def test_what_cannot_be_sent_is_given_up(october: Scene) -> None:
    jobs(october, Letterbox()).draft(MIDNIGHT)
    refusing = Letterbox(troubles=[CarrierError("no such mailbox", permanent=True)])
    assert jobs(october, refusing).send_letters(MIDNIGHT) == 2
    assert jobs(october).drop_stale_letters(MIDNIGHT + timedelta(days=15)) == 0
    assert sorted(row["state"] for row in october.rows(outbox)) == ["failed", "sent"]


def test_where_no_mail_is_set_up_none_is_written(october: Scene) -> None:
    jobs(october).draft(MIDNIGHT)
    assert october.count(outbox) == 0


def test_days_are_counted_month_by_month_and_then_kept(october: Scene) -> None:
    ended_call(october, "CA-old", datetime(2026, 7, 3, tzinfo=UTC))
    work = jobs(october)
    assert work.count_days(MIDNIGHT) == 5
    assert work.count_days(MIDNIGHT) == 0
    with october.store.read() as connection:
        tally = day_counts.tally(connection, october.unit_id, OCTOBER)
        assert (tally["kind", "admin"], tally["kind", "report"], tally["received", ""]) == (2, 1, 3)
        assert [str(month) for _, month in agreement.counted_months(connection)] == [
            "2026-07", "2026-08", "2026-09", "2026-10", "2026-11",
        ]  # fmt: skip


def test_a_month_that_does_not_balance_names_the_calls_that_break_it(october: Scene) -> None:
    riddle = ended_call(october, "CA-riddle", MIDNIGHT - timedelta(hours=6), kind="riddle")
    ended_call(october, "CA-gone", MIDNIGHT - timedelta(hours=7), kind=None, outcome="hung_up")
    unsettled = ended_call(october, "CA-unsettled", MIDNIGHT - timedelta(hours=8), kind=None, outcome=None)
    with october.store.read() as connection:
        month = monthly_statistics(connection, october.unit_id, OCTOBER, MIDNIGHT)
    assert (month.figures.received, month.figures.hung_up, month.figures.balances) == (6, 1, False)
    assert month.out_of_balance == (riddle, unsettled)


def test_calls_that_change_at_once_are_counted_one_after_the_other(october: Scene) -> None:
    jobs(october).count_days(MIDNIGHT)
    ids = [ended_call(october, f"CB{number}", MIDNIGHT - timedelta(hours=5)) for number in range(8)]
    with october.store.write() as connection:
        day_counts.recount(connection, october.unit_id, OCTOBER, MIDNIGHT)

    def finds_out(call_id: int) -> None:
        def work(connection: Any) -> None:
            with day_counts.counting(connection, (call_id,)):
                connection.execute(update(calls).where(calls.c.id == call_id).values(kind="other", category=None))

        october.store.commit(work, timeout_s=20)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(finds_out, [*ids, *ids]))
    with october.store.read() as connection:
        assert list(agreement.disagreements(connection, october.unit_id, OCTOBER)) == []
        assert day_counts.tally(connection, october.unit_id, OCTOBER)["kind", "other"] == 8


def test_a_count_that_was_tampered_with_is_told(october: Scene) -> None:
    jobs(october).count_days(MIDNIGHT)
    with october.store.write() as connection:
        admin = (day_count_rows.c.dimension == "kind") & (day_count_rows.c.key == "admin")
        connection.execute(update(day_count_rows).where(admin).values(n=90))
    with october.store.read() as connection:
        told = list(agreement.disagreements(connection, october.unit_id, OCTOBER))
    assert told == ["2026-10-31 kind admin: 90 counted, 2 by the calls"]


def test_the_key_of_the_month_is_destroyed_once_nothing_more_can_come(october: Scene) -> None:
    with october.store.write() as connection:
        for number in (MAY.number, MAY.number, PAO.number):
            repeat_callers.note(connection, SECRET, october.unit_id, MIDNIGHT - timedelta(hours=1), number)
    assert jobs(october).forget_callers(MIDNIGHT + timedelta(hours=47)) == 0
    with ThreadPoolExecutor(3) as pool:
        moment = MIDNIGHT + timedelta(hours=48)
        assert sum(pool.map(lambda _: jobs(october).forget_callers(moment), range(3))) == 1
    (key,) = october.rows(month_keys)
    assert (key["wrapped"], key["callers"], key["repeat_callers"]) == (None, 2, 1)
    assert october.count(month_callers) == 0
    with october.store.read() as connection:
        assert connection.scalar(select(audit_rows.c.action)) == "month callers counted"
