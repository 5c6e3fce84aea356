"""What a flow may ask the application to do, one function an action.

An action first prepares (slow work, no row written) and says its outcome; its writes run later, in the one
transaction of the step, so that a step that is not acknowledged has done nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from hotline.casework import additions, receipts, reports
from hotline.casework.classification import from_keys
from hotline.casework.lines import LineRow
from ivr_flows.status_words import status_words
from ivr_flows.turn import Done, Position
from storage.database import Store
from storage.sealing import ApplicationSecret
from storage.tables import calls
from storage.tables import reports as report_rows

Write = Callable[[Connection], None]


@dataclass(frozen=True)
class Moment:
    """All that an action may look at: the call, where it stands, and the secret digits just keyed, if any."""

    store: Store
    secret: ApplicationSecret
    line: LineRow
    call_id: int
    added_to: int | None
    visit: int
    position: Position
    keyed: str = field(repr=False)
    now: datetime


@dataclass(frozen=True)
class Prepared:
    """An action's outcome for the flow, and what is to be written with the step."""

    done: Done
    writes: tuple[Write, ...] = ()


def perform(do: str, moment: Moment) -> Prepared:
    """Prepare the action a flow names; one that is unknown here ends in the flow's error exit."""
    return ACTIONS[do](moment) if do in ACTIONS else Prepared(Done("error"))


def _create(kind: str) -> Callable[[Moment], Prepared]:
    def create(moment: Moment) -> Prepared:
        """Open a report with a receipt; the code is in the call's variables only to be spoken."""
        minted = receipts.mint(moment.store, moment.secret, moment.line.id)
        kind_of_report = _kind_of_message(moment.position.variables) if kind == "message" else kind

        def write(connection: Connection) -> None:
            variables = moment.position.variables
            classified = from_keys(kind_of_report, variables, moment.line.places)
            how = reports.Circumstances(
                incomplete=variables.get("recorded") != "yes",
                interpreter=variables.get("interpreter") == "yes",
            )
            report_id = reports.open_report(connection, moment.line, classified, how, moment.now)
            reports.link_call(connection, report_id, moment.call_id, "first")
            receipts.issue(connection, minted, moment.line.id, report_id, moment.now)

        return Prepared(Done("ok", {"code": receipts.spoken(minted.code)}), (write,))

    return create


def _kind_of_message(variables: dict[str, str]) -> str:
    """A message for an officer is about whatever the caller had pressed before."""
    if variables.get("category"):
        return "report"
    return "admin" if variables.get("asked") else "other"


def _look_up_receipt(moment: Moment) -> Prepared:
    found = receipts.look_up(
        moment.store, moment.secret, moment.line.id, moment.call_id, moment.visit, moment.keyed, moment.now
    )
    if found.report_id is None:
        return Prepared(Done(found.outcome))
    with moment.store.read() as connection:
        query = select(report_rows.c.status).where(report_rows.c.id == found.report_id)
        status = connection.execute(query).scalar_one()

    def write(connection: Connection) -> None:
        _set(connection, moment.call_id, added_to=found.report_id)

    return Prepared(Done("found", {"status": status_words(status, moment.position.language)}), (write,))


def _add_to_report(moment: Moment) -> Prepared:
    report_id = moment.added_to
    if report_id is None:
        return Prepared(Done("error"))

    def write(connection: Connection) -> None:
        additions.take_in(connection, report_id, moment.call_id, moment.now)

    return Prepared(Done("ok"), (write,))


def _note_answer(_: Moment) -> Prepared:
    return Prepared(Done("ok", {"answered": "yes"}))


def _finish_call(_: Moment) -> Prepared:
    """The end of a call is settled where it is announced (endings); here nothing is left to do."""
    return Prepared(Done("ok"))


def _set(connection: Connection, call_id: int, **values: Any) -> None:
    connection.execute(update(calls).where(calls.c.id == call_id).values(**values))


ACTIONS: dict[str, Callable[[Moment], Prepared]] = {
    "create_report": _create("report"),
    "create_emergency": _create("emergency"),
    "create_task": _create("admin"),
    "create_message": _create("message"),
    "lookup_receipt": _look_up_receipt,
    "add_to_report": _add_to_report,
    "note_answer": _note_answer,
    "finish_call": _finish_call,
}
