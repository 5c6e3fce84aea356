"""Which step of a policy is due, whom it reaches, and when the next one is. Values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hotline.casework.policies import MAIL, TEXT, TO_OFFICERS, VOICE, Policy, Step


@dataclass(frozen=True)
class Rung:
    """Where on the ladder a follow-up stands: which step, and how often all of them were gone through before."""

    loop: int = 0
    step_no: int = 0


@dataclass(frozen=True)
class Present:
    """The officers of a group who can be reached now; who is talking to a caller can be written to, not rung."""

    to_ring: tuple[int, ...] = ()
    to_write: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ways:
    """What is set up here: the channels, and the groups that have a mailbox."""

    channels: frozenset[str]
    mailboxes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Recipient:
    """An officer, or else a whole group, by one channel."""

    channel: str
    officer_id: int | None = None
    group: str | None = None


@dataclass(frozen=True)
class Move:
    """What is to happen at a step: who is paged from which rung, and what comes next.

    `unreached`: no step of the policy has reached an officer, all having been tried at once."""

    pages: tuple[tuple[Rung, Recipient], ...]
    rung: Rung
    next_rung: Rung
    next_at: datetime
    unreached: bool


def first_due(policy: Policy, received_at: datetime, zone: ZoneInfo) -> datetime:
    """When the first step of a new follow-up is due."""
    return _after(policy, policy.steps[0], received_at, zone)


def decide(
    policy: Policy,
    due: Rung,
    due_at: datetime,
    present: Mapping[str, Present],
    ways: Ways,
    zone: ZoneInfo,
    now: datetime,
) -> Move:
    """Take the latest step that is due; where it reaches no officer, take the following ones at once."""
    rung = _latest(policy, due, due_at, zone, now)
    pages: list[tuple[Rung, Recipient]] = []
    for _ in policy.steps:
        step = policy.steps[rung.step_no]
        found = recipients(step, present, ways)
        pages += [(rung, one) for one in found]
        if reaches(step, found):
            return Move(tuple(pages), rung, *_following(policy, rung, now, zone), unreached=False)
        last, (rung, _) = rung, _following(policy, rung, now, zone)
    again = now + timedelta(minutes=policy.again_minutes)
    return Move(tuple(pages), last, Rung(last.loop + 1), awake(policy, again, zone), unreached=True)


def recipients(step: Step, present: Mapping[str, Present], ways: Ways) -> tuple[Recipient, ...]:
    """Whom a step reaches, each once. Where none of its channels is set up, a text must do."""
    usable = [way for way in step.by if way in ways.channels and (way != MAIL or ways.mailboxes & set(step.to))]
    found = [
        one
        for channel in usable or [TEXT] * (TEXT in ways.channels)
        for group in step.to
        for one in _of_group(channel, group, present.get(group, Present()), ways)
    ]
    return tuple(dict.fromkeys(found))


def _of_group(channel: str, group: str, present: Present, ways: Ways) -> list[Recipient]:
    if channel in TO_OFFICERS:
        reached = present.to_ring if channel == VOICE else present.to_write
        return [Recipient(channel, officer_id=officer_id) for officer_id in reached]
    if channel == MAIL and group not in ways.mailboxes:
        return []
    return [Recipient(channel, group=group)]


def reaches(step: Step, found: tuple[Recipient, ...]) -> bool:
    """A letter to a mailbox is enough only for a step that wanted no more."""
    if any(one.officer_id is not None for one in found):
        return True
    return bool(found) and not TO_OFFICERS & set(step.by)


def is_exhausted(policy: Policy, move: Move) -> bool:
    """Whether this has gone on for too long, or reached nobody at all."""
    return move.unreached or move.rung.loop >= policy.times


def awake(policy: Policy, moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment, or the end of the quiet hours that it falls into."""
    if policy.quiet is None:
        return moment
    start, end = policy.quiet
    local = moment.astimezone(zone)
    over_midnight = start > end
    at = local.time()
    if (at >= start or at < end) if over_midnight else (start <= at < end):
        day = local.date() + timedelta(days=1 if over_midnight and at >= start else 0)
        return datetime.combine(day, end, zone).astimezone(UTC)
    return moment


def _latest(policy: Policy, rung: Rung, at: datetime, zone: ZoneInfo, now: datetime) -> Rung:
    """After a standstill only the last step that was missed is taken, not a burst of them."""
    while True:
        following, following_at = _following(policy, rung, at, zone)
        if following_at > now:
            return rung
        # A step may follow at once; a moment that stands still must not be waited for.
        rung, at = following, max(following_at, at + timedelta(seconds=1))


def _following(policy: Policy, rung: Rung, at: datetime, zone: ZoneInfo) -> tuple[Rung, datetime]:
    if rung.step_no + 1 < len(policy.steps):
        return Rung(rung.loop, rung.step_no + 1), _after(policy, policy.steps[rung.step_no + 1], at, zone)
    again = at + timedelta(minutes=policy.again_minutes)
    return Rung(rung.loop + 1), awake(policy, again, zone)


def _after(policy: Policy, step: Step, at: datetime, zone: ZoneInfo) -> datetime:
    if step.at is not None:
        return _next_day(at, step.at, zone)
    return awake(policy, at + timedelta(minutes=step.minutes), zone)


def _next_day(moment: datetime, at: time, zone: ZoneInfo) -> datetime:
    """That time of the next day; of the same day for what comes before the night is over."""
    local = moment.astimezone(zone)
    day = local.date() if local.time() < min(at, time(6)) else local.date() + timedelta(days=1)
    return datetime.combine(day, at, zone).astimezone(UTC)
