"""The life of a report as one table: which step leads where, for whom, and what it needs. Pages take their buttons
from the same table."""

from collections.abc import Iterable
from dataclasses import dataclass

from hotline.errors import HotlineError

NEW, TRIAGED, ASSIGNED, VERIFYING = "NEW", "TRIAGED", "ASSIGNED", "VERIFYING"
VERIFIED, FILED, TRANSFERRED, CLOSED = "VERIFIED", "FILED", "TRANSFERRED", "CLOSED"
SETTLED = frozenset({TRANSFERRED, CLOSED})
"""Where the clock of a report stands still."""

TRIAGE, ASSIGN, START, VERIFY = "triage", "assign", "start", "verify"
FILE, TRANSFER, CLOSE, REOPEN = "file", "transfer", "close", "reopen"
VERBS = (TRIAGE, ASSIGN, START, VERIFY, FILE, TRANSFER, CLOSE, REOPEN)

DUPLICATE = "DUPLICATE"
_UNVERIFIED = ("ANSWERED", "REFERRED", DUPLICATE, "WITHDRAWN")
_NOT_BORNE_OUT = ("UNFOUNDED", "INSUFFICIENT", "WITHDRAWN")
_BORNE_OUT = ("CONFIRMED", "PARTLY", "MEDIATED", "NOT_MEDIATED")
_AT_ONCE = frozenset({"NOW", "H24"})


class TransitionError(HotlineError):
    """A report cannot take that step from where it stands."""


class OutcomeError(HotlineError):
    """A report is closed with an outcome that fits how far the work has come."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a report. `outcomes`: one of these is needed; `classes`: only reports with such a deadline."""

    before: str
    verb: str
    after: str
    outcomes: tuple[str, ...] = ()
    classes: frozenset[str] | None = None
    by_officer: bool = True

    def open_to(self, deadline_class: str) -> bool:
        return self.classes is None or deadline_class in self.classes


TRANSITIONS: dict[tuple[str, str], Transition] = {
    (step.before, step.verb): step
    for step in (
        Transition(NEW, TRIAGE, TRIAGED),
        Transition(TRIAGED, ASSIGN, ASSIGNED),
        Transition(TRIAGED, CLOSE, CLOSED, outcomes=_UNVERIFIED),
        Transition(ASSIGNED, START, VERIFYING),
        Transition(ASSIGNED, ASSIGN, ASSIGNED),
        Transition(ASSIGNED, TRANSFER, TRANSFERRED, classes=_AT_ONCE),
        Transition(VERIFYING, VERIFY, VERIFIED),
        Transition(VERIFYING, ASSIGN, VERIFYING),
        Transition(VERIFYING, TRANSFER, TRANSFERRED, classes=_AT_ONCE),
        Transition(VERIFYING, CLOSE, CLOSED, outcomes=_NOT_BORNE_OUT),
        Transition(VERIFIED, FILE, FILED),
        Transition(VERIFIED, ASSIGN, VERIFIED),
        Transition(VERIFIED, TRANSFER, TRANSFERRED),
        Transition(VERIFIED, CLOSE, CLOSED, outcomes=_BORNE_OUT),
        Transition(FILED, ASSIGN, FILED),
        Transition(FILED, TRANSFER, TRANSFERRED),
        Transition(FILED, CLOSE, CLOSED, outcomes=_BORNE_OUT),
        Transition(CLOSED, REOPEN, VERIFYING, by_officer=False),  # when the caller adds something
    )
}


def steps_from(status: str, deadline_class: str, verbs: Iterable[str] = VERBS) -> tuple[Transition, ...]:
    """The steps that officers may take from here, of the verbs that are theirs."""
    wanted = frozenset(verbs)
    return tuple(
        step
        for (before, verb), step in TRANSITIONS.items()
        if before == status and verb in wanted and step.by_officer and step.open_to(deadline_class)
    )


def step(status: str, verb: str, deadline_class: str, outcome: str | None = None) -> Transition:
    """The step that `verb` means here. Raises TransitionError, OutcomeError."""
    found = TRANSITIONS.get((status, verb))
    if found is None or not found.open_to(deadline_class):
        raise TransitionError
    if (outcome not in found.outcomes) if found.outcomes else (outcome is not None):
        raise OutcomeError
    return found
