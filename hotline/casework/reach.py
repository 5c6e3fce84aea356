"""Steps of a policy that get through to nobody: no one of the group can be rung, no mailbox, no such channel here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from hotline.casework.gaps import reachable_on
from hotline.casework.policies import MAIL, MAILBOXES, TO_OFFICERS, WEBHOOK, Policy, frozen_policy
from hotline.casework.shift_patterns import Span
from ivr_flows.taxonomy import load_taxonomy

_LOOKED_AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Unreached:
    """A group that a channel does not get to. `why`: nobody | no mailbox | no mail server | no webhook."""

    group: str
    channel: str
    why: str


@dataclass(frozen=True)
class Reach:
    """What there is to get through with: groups in which somebody can be rung, mailboxes, channels of this machine."""

    groups: frozenset[str]
    mailboxes: frozenset[str]
    channels: frozenset[str]

    def lost(self, steps: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[Unreached]:
        """What of these steps does not get through, each once."""
        found = [
            Unreached(group, channel, why)
            for to, by in steps
            for group in to
            for channel in by
            if (why := self._why_not(group, channel))
        ]
        return list(dict.fromkeys(found))

    def dead(self, steps: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[int]:
        """The numbers of the steps that reach nobody at all."""
        return [
            number
            for number, (to, by) in enumerate(steps, 1)
            if all(self._why_not(group, channel) for group in to for channel in by)
        ]

    def _why_not(self, group: str, channel: str) -> str | None:
        if channel in TO_OFFICERS:
            return None if group in self.groups else "nobody"
        if channel == WEBHOOK:
            return None if WEBHOOK in self.channels else "no webhook"
        if MAIL not in self.channels:
            return "no mail server"
        return None if group in self.mailboxes else "no mailbox"


def reach(
    connection: Connection, unit_id: int, follow_ups: Mapping[str, Any], channels: Iterable[str], now: datetime
) -> Reach:
    """What a unit has to get through with in the coming week. `channels`: those that this machine has."""
    on_duty = reachable_on(connection, unit_id, Span(now, now + _LOOKED_AHEAD))
    mailboxes = follow_ups.get(MAILBOXES) or {}
    return Reach(frozenset(duty.group for duty in on_duty), frozenset(mailboxes), frozenset(channels))


@dataclass(frozen=True)
class Lost:
    """What of a policy does not get through, and the numbers of its steps that reach nobody at all."""

    ways: Sequence[Unreached]
    steps: Sequence[int]


def lost_of(follow_ups: Mapping[str, Any], found: Reach) -> dict[str, Lost]:
    """By urgency, what of its policy does not get through."""
    lost = {}
    for urgency in load_taxonomy().urgencies:
        policy = Policy.from_frozen(frozen_policy(follow_ups, urgency))
        steps = [(step.to, step.by) for step in policy.steps]
        lost[urgency] = Lost(found.lost(steps), found.dead(steps))
    return lost
