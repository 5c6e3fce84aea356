"""Which step is due, whom it reaches, and when the next one comes: values only."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hotline.casework.escalation import Present, Recipient, Rung, Ways, awake, decide, first_due, is_exhausted
from hotline.casework.policies import DEFAULTS, Policy, check, frozen_policy
from hotline.casework.setup import UnitFileError, load_unit
from ivr_flows.taxonomy import load_taxonomy
from storage.database import Store
from storage.tables import units
from tests.cast import THE_LINE
from tests.hotline.station import station

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BY_CARRIER = Ways(frozenset({"voice", "text"}))
EVERYBODY = {"duty": Present((1, 2), (1, 2)), "command": Present((3,), (3,))}
NOBODY: dict[str, Present] = {}


def policy_of(urgency: str, **settings: object) -> Policy:
    return Policy.from_frozen(frozen_policy(settings, urgency))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def test_a_critical_report_rings_the_duty_officers_and_a_minute_later_everybody() -> None:
    policy, now = policy_of("critical"), at(3, 2)
    assert first_due(policy, now, ZONE) == now
    first = decide(policy, Rung(), now, EVERYBODY, BY_CARRIER, ZONE, now)
    assert {(one.channel, one.officer_id) for _, one in first.pages} == {
        ("voice", 1),
        ("voice", 2),
        ("text", 1),
        ("text", 2),
    }
    assert (first.next_rung, first.next_at) == (Rung(0, 1), now + timedelta(minutes=1))
    second = decide(policy, first.next_rung, first.next_at, EVERYBODY, BY_CARRIER, ZONE, first.next_at)
    assert {one.officer_id for _, one in second.pages} == {1, 2, 3}
    assert second.next_rung == Rung(1, 0), "and again from the beginning"


def test_who_is_talking_to_a_caller_is_written_to_and_not_rung() -> None:
    present = {"duty": Present(to_ring=(2,), to_write=(1, 2))}
    move = decide(policy_of("high"), Rung(), at(3, 2), present, BY_CARRIER, ZONE, at(3, 2))
    assert [one for _, one in move.pages] == [Recipient("voice", 2), Recipient("text", 1), Recipient("text", 2)]


def test_an_officer_of_both_groups_is_paged_once() -> None:
    both = {"duty": Present((1,), (1,)), "command": Present((1,), (1,))}
    move = decide(policy_of("critical"), Rung(0, 1), at(3, 2), both, BY_CARRIER, ZONE, at(3, 2))
    assert [one for _, one in move.pages] == [Recipient("voice", 1), Recipient("text", 1)]


def test_with_nobody_on_duty_the_next_step_is_taken_at_once() -> None:
    command_only = {"command": Present((3,), (3,))}
    move = decide(policy_of("high"), Rung(), at(3, 2), command_only, BY_CARRIER, ZONE, at(3, 2))
    assert {one.officer_id for _, one in move.pages} == {3}
    assert not move.unreached
    assert move.next_rung == Rung(1, 0)


def test_with_nobody_anywhere_it_is_exhausted_and_tried_again() -> None:
    policy = policy_of("high")
    move = decide(policy, Rung(), at(3, 2), NOBODY, BY_CARRIER, ZONE, at(3, 2))
    assert (move.pages, move.unreached) == ((), True)
    assert is_exhausted(policy, move)
    assert (move.next_rung, move.next_at) == (Rung(1, 0), at(3, 2, 15))


def test_a_letter_to_an_empty_office_is_not_enough() -> None:
    ways = Ways(frozenset({"voice", "text", "mail", "webhook"}), frozenset({"duty"}))
    move = decide(policy_of("high"), Rung(), at(3, 2), NOBODY, ways, ZONE, at(3, 2))
    assert {(one.channel, one.group) for _, one in move.pages} == {("webhook", "duty"), ("webhook", "command")}
    assert move.unreached


def test_a_policy_that_names_nobody_pages_the_command() -> None:
    empty = Policy.from_frozen({"steps": [], "again_minutes": 5, "times": 1, "quiet": None})
    move = decide(empty, Rung(), at(3, 2), EVERYBODY, BY_CARRIER, ZONE, at(3, 2))
    assert {one.officer_id for _, one in move.pages} == {3}


def test_where_no_channel_of_a_step_is_set_up_a_text_must_do() -> None:
    move = decide(policy_of("low"), Rung(), at(3, 7, 30), EVERYBODY, BY_CARRIER, ZONE, at(3, 7, 30))
    assert [one for _, one in move.pages] == [Recipient("text", 1), Recipient("text", 2)]
    assert not move.unreached
    nothing = decide(policy_of("low"), Rung(), at(3, 7, 30), EVERYBODY, Ways(frozenset()), ZONE, at(3, 7, 30))
    assert nothing.unreached


def test_what_is_of_little_urgency_comes_with_the_morning_post() -> None:
    policy = policy_of("low")
    assert first_due(policy, at(3, 15), ZONE) == at(4, 7, 30)
    assert first_due(policy, at(3, 23, 30), ZONE) == at(4, 7, 30)
    assert first_due(policy, at(4, 2), ZONE) == at(4, 7, 30), "the night belongs to the day before"
    mailed = Ways(frozenset({"mail", "text"}), frozenset({"duty"}))
    move = decide(policy, Rung(), at(4, 7, 30), EVERYBODY, mailed, ZONE, at(4, 7, 30))
    assert [one for _, one in move.pages] == [Recipient("mail", group="duty")]
    assert not move.unreached
    assert move.next_at == at(5, 7, 30)


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        (at(3, 20, 59), at(3, 20, 59)),
        (at(3, 21), at(4, 6)),
        (at(3, 23, 59), at(4, 6)),
        (at(4, 0), at(4, 6)),
        (at(4, 5, 59), at(4, 6)),
        (at(4, 6), at(4, 6)),
    ],
)
def test_quiet_hours_reach_over_midnight(moment: datetime, then: datetime) -> None:
    assert awake(policy_of("normal"), moment, ZONE) == then
    assert awake(policy_of("high"), moment, ZONE) == moment


def test_quiet_hours_in_the_day_are_possible_too() -> None:
    policy = policy_of("normal", quiet_hours="11:30-13:30")
    assert awake(policy, at(3, 12), ZONE) == at(3, 13, 30)
    assert awake(policy, at(3, 22), ZONE) == at(3, 22)


def test_after_a_standstill_the_latest_step_is_taken_and_only_that() -> None:
    policy, due = policy_of("critical"), at(3, 2)
    move = decide(policy, Rung(), due, EVERYBODY, BY_CARRIER, ZONE, due + timedelta(days=400))
    assert {rung for rung, _ in move.pages} == {move.rung}
    assert move.rung.loop > 100_000
    assert move.next_at > due + timedelta(days=400)


@given(
    urgency=st.sampled_from(sorted(load_taxonomy().urgencies)),
    late_s=st.integers(0, 7 * 86_400),
    loop=st.integers(0, 5),
    duty=st.booleans(),
    command=st.booleans(),
    minute=st.integers(0, 365 * 24 * 60),
)
def test_a_follow_up_always_has_a_next_step_and_never_falls_silent(
    urgency: str, late_s: int, loop: int, duty: bool, command: bool, minute: int
) -> None:
    policy = policy_of(urgency)
    due = at(1, 0) + timedelta(minutes=minute)
    now = due + timedelta(seconds=late_s)
    present = {name: Present((n,), (n,)) for name, n, there in (("duty", 1, duty), ("command", 2, command)) if there}
    move = decide(policy, Rung(loop, 0), due, present, BY_CARRIER, ZONE, now)
    assert move.next_at > now

    assert (move.next_rung.loop, move.next_rung.step_no) > (loop, 0)
    reachable = duty or (command and urgency != "low")
    assert bool(move.pages) == reachable
    assert move.unreached != reachable


# ---- policies ------------------------------------------------------------------------------------------------------


def test_the_defaults_are_policies_themselves() -> None:
    check(dict(DEFAULTS))
    assert set(load_taxonomy().urgencies) <= set(DEFAULTS)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ([], "written as names"),
        ({"urgent": {}}, "there is no 'urgent'"),
        ({"critical": {"steps": []}}, "nobody in it"),
        ({"critical": {"steps": [{"to": [], "by": ["voice"]}]}}, "critical, step 1: `to` names"),
        ({"critical": {"steps": [{"to": ["duty"], "by": ["pigeon"]}]}}, "`by` names one or more of voice"),
        ({"high": {"steps": [{"to": ["duty"], "by": ["text"], "minutes": -1}]}}, "`minutes` is from 0"),
        ({"high": {"steps": [{"to": ["duty"], "by": ["text"], "at": "half past"}]}}, "not a time of day"),
        ({"high": {"times": 0}}, "times is from 1"),
        ({"high": {"again_minutes": 0}}, "again_minutes is from 1"),
        ({"high": {"again_minutes": True}}, "again_minutes is from 1"),
        ({"quiet_hours": "late"}, "not a time of day"),
        ({"mailboxes": {"duty": "nobody"}}, "needs an address"),
        ({"mailboxes": {"duty": "a@b\nBcc: c@d"}}, "needs an address"),
        ({"mailboxes": {"chief": "a@example.org"}}, "mailboxes: one address"),
    ],
)
def test_settings_that_make_no_policy_are_refused_in_plain_words(settings: object, says: str) -> None:
    with pytest.raises(ValueError) as refused:
        check(settings)
    assert says in str(refused.value)


def test_a_units_own_policy_overrules_the_default() -> None:
    own = {"high": {"steps": [{"to": ["command"], "by": ["text"], "minutes": 5}]}}
    check(own)
    policy = policy_of("high", **own)
    assert first_due(policy, at(3, 2), ZONE) == at(3, 2, 5)
    assert policy.times == 2, "what is not said stays as it is by default"


def test_a_units_file_with_a_bad_policy_is_refused_and_nothing_is_changed(store: Store) -> None:
    station(store, "suoi-da", "Suối Đá", THE_LINE, ())
    with store.write() as connection:
        load_unit(connection, {"follow_ups": {"high": {"again_minutes": 30}}}, at(2, 8))
    with store.write() as connection, pytest.raises(UnitFileError, match="follow_ups: high: a policy has one to 20"):
        load_unit(connection, {"follow_ups": {"high": {"steps": []}}}, at(2, 9))
    with store.read() as connection:
        assert connection.scalar(select(units.c.follow_ups)) == {"high": {"again_minutes": 30}}
