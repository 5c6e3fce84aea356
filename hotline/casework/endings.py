"""The end of a call, once: what it was, what is left to do, and what must be forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from hotline.casework import additions, outbox, privacy, reports, ringings
from hotline.casework.classification import from_keys
from hotline.casework.keepers import keeper_of
from hotline.casework.lines import LineRow, flow_of, line_of
from hotline.casework.roster import first_to_take
from hotline.casework.statistics import repeat_callers
from hotline.casework.statistics.call_tally import hours_of
from hotline.casework.statistics.day_counts import counting
from ivr_flows import engine
from ivr_flows.turn import AwaitAction, Done, Position
from storage.sealing import ApplicationSecret, UnsealError
from storage.tables import calls, steps

FINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_LESS_THAN_RECORDED = frozenset({"status_heard", "answered_by_ivr", "left", "hung_up"})
_FORGET_AT_CARRIER_AFTER = timedelta(minutes=10)  # its own recordings and late callbacks come first


@dataclass(frozen=True)
class Ending:
    """That a call is over, as somebody told us. `number` is the caller's, E.164, where it is known."""

    status: str
    duration_s: int | None = None
    number: str | None = field(default=None, repr=False)
    sequence: int = -1
    source: str = "callback"  # callback | hang-up | sweep | reconciliation


def end_call(connection: Connection, call_id: int, ending: Ending, secret: ApplicationSecret, now: datetime) -> None:
    """Close a call; a second time only fills in what the first did not know.

    0. nobody is rung for it any more, 1. what becomes of the number, as chosen,
    2. the report of a caller who left early and the on_hangup path, 3. the number, to those who have the report,
    4. the call's kind, 5. everything secret that the live call needed is wiped,
    6. an anonymous caller's record goes at the carrier too.
    """
    call = connection.execute(select(calls).where(calls.c.id == call_id).with_for_update()).mappings().one()
    with counting(connection, (call_id,)):
        if call["ended_at"] is None:
            _end(connection, call, ending, secret, now)
        else:
            _fill_in(connection, call, ending, secret)


def _end(connection: Connection, call: RowMapping, ending: Ending, secret: ApplicationSecret, now: datetime) -> None:
    call_id = call["id"]
    line = line_of(connection, call["line_id"], call["unit_id"])
    position = position_of(call, secret)
    ringings.caller_left(connection, call_id, now)
    chosen = privacy.choose_by_default(connection, call_id)
    reports.take_privacy(connection, call_id, chosen)
    _keep_what_was_left(connection, {**call, "privacy": chosen}, line, position)
    _walk_on_hangup(connection, call, position, line.facts(now))
    _keep_number(connection, call, ending.number)
    _settle(connection, call, line, position, ending, now)
    _forget_secrets(connection, call_id)
    _count_caller(connection, call, ending.number, secret)
    if chosen == privacy.ANONYMOUS:
        _forget_at_carrier(connection, call, now)


def after_recording(connection: Connection, call_id: int) -> None:
    """A recording was announced: the report it belongs to is complete, and a finished call that has none gets one."""
    call = connection.execute(select(calls).where(calls.c.id == call_id)).mappings().one()
    if not reports.has_recording(connection, call_id):
        return
    # A live call is counted when it ends.
    with counting(connection, () if call["ended_at"] is None else (call_id,)):
        _take_in_recording(connection, call)


def _take_in_recording(connection: Connection, call: RowMapping) -> None:
    call_id = call["id"]
    reports.complete_with_recording(connection, call_id)
    if call["outcome"] in _LESS_THAN_RECORDED:
        connection.execute(update(calls).where(calls.c.id == call_id).values(outcome="recorded"))
    if call["ended_at"] is None or reports.has_report(connection, call_id) or _added(connection, call):
        return
    line = line_of(connection, call["line_id"], call["unit_id"])
    _open_report(connection, call, line, _kind_of_report(call, {}), {}, call["started_at"])


def position_of(call: Mapping[Any, Any], secret: ApplicationSecret) -> Position:
    """Where a live call stands; an empty position where that can no longer be read."""
    try:
        return Position.from_json(secret.decrypt("position", bytes(call["position"] or b""), call["key"]))
    except (UnsealError, ValueError):
        return Position(node=call["node"], language=call["language"], ended=True)


def _keep_what_was_left(connection: Connection, call: Mapping[Any, Any], line: LineRow, position: Position) -> None:
    said = reports.has_recording(connection, call["id"]) or position.variables.get("recorded") == "yes"
    if reports.has_report(connection, call["id"]) or (said and _added(connection, call)):
        return
    if said or call["emergency"] or (call["reported"] and _tells_something(position.variables)):
        kind = _kind_of_report(call, position.variables)
        lacking = not said and call["officer_joined_at"] is None
        _open_report(connection, call, line, kind, position.variables, call["started_at"], incomplete=lacking)


def _tells_something(variables: Mapping[str, str]) -> bool:
    """Whether the keys alone are worth an officer's look: what it is about, where, that it goes on now, or
    the wish to be rung back."""
    named = "category" in variables or "place" in variables
    return named or variables.get("happening_now") == "yes" or variables.get("privacy") == privacy.CALL_BACK


def _added(connection: Connection, call: Mapping[str, Any] | RowMapping) -> bool:
    """Whether what was said belongs to the earlier report that the caller had opened; then it is tied to it."""
    if call["added_to"] is None or call["emergency"]:
        return False
    additions.take_in(connection, call["added_to"], call["id"], call["ended_at"] or call["started_at"])
    return True


def _open_report(
    connection: Connection,
    call: Mapping[Any, Any],
    line: LineRow,
    kind: str,
    variables: dict[str, str],
    received_at: datetime,
    *,
    incomplete: bool = False,
) -> None:
    chosen = {"privacy": call["privacy"]} if call["privacy"] else {}
    classified = from_keys(kind, {**variables, **chosen}, line.places)
    how = reports.Circumstances(
        incomplete=incomplete,
        interpreter=variables.get("interpreter") == "yes",
        acknowledged_at=call["officer_joined_at"],
        acknowledged_by=first_to_take(connection, call["id"]) if call["officer_joined_at"] else None,
    )
    report_id = reports.open_report(connection, line, classified, how, received_at)
    reports.link_call(connection, report_id, call["id"], "first")


def _kind_of_report(call: Mapping[Any, Any], variables: dict[str, str]) -> str:
    if call["emergency"]:
        return "emergency"
    if call["reported"]:
        return "report"
    return "admin" if call["asked"] or variables.get("branch") == "admin" else "other"


def _walk_on_hangup(connection: Connection, call: RowMapping, position: Position, facts: dict[str, str]) -> None:
    """Run the flow's own path for a caller who is gone; its actions are all done by this module already."""
    flow = flow_of(connection, call["flow_hash"])
    turn = engine.hang_up(flow, position, facts)
    while isinstance(turn.awaits, AwaitAction):
        turn = engine.resume(flow, turn.position, Done("ok"), facts)


def _settle(
    connection: Connection, call: RowMapping, line: LineRow, position: Position, ending: Ending, now: datetime
) -> None:
    kind = _kind(call, position.variables)
    values: dict[str, Any] = {
        "ended_at": now,
        "kind": kind,
        "category": position.variables.get("asked" if kind == "admin" else "category"),
        "outcome": _outcome(connection, call, position),
        "hung_up_at": None if position.ended else position.node,
        "duration_s": ending.duration_s,
        "carrier_status": ending.status,
        "carrier_sequence": ending.sequence,
        "hours": hours_of(line.office_hours, line.local(call["started_at"])),
    }
    if ending.duration_s is not None:
        values["ended_at"] = call["started_at"] + timedelta(seconds=ending.duration_s)
    connection.execute(update(calls).where(calls.c.id == call["id"]).values(values))


def _kind(call: RowMapping, variables: dict[str, str]) -> str:
    """One kind a call: the first that applies (contract)."""
    if call["emergency"]:
        return "emergency"
    if call["reported"]:
        return "report"
    if call["added_to"] is not None:
        return "addition"
    return "admin" if call["asked"] or variables.get("branch") == "admin" else "other"


def _outcome(connection: Connection, call: RowMapping, position: Position) -> str:
    """How a call ended for the caller, the strongest first."""
    if call["officer_joined_at"] is not None:
        return "officer"
    if position.variables.get("recorded") == "yes" or reports.has_recording(connection, call["id"]):
        return "recorded"
    if call["added_to"] is not None:
        return "status_heard"
    if position.variables.get("answered") == "yes":
        return "answered_by_ivr"
    return "left" if call["chose"] else "hung_up"


def _fill_in(connection: Connection, call: RowMapping, ending: Ending, secret: ApplicationSecret) -> None:
    known: dict[str, Any] = {}
    if ending.sequence >= call["carrier_sequence"] and ending.status in FINAL_STATUSES:
        known |= {"carrier_status": ending.status, "carrier_sequence": ending.sequence}
    if ending.duration_s is not None and call["duration_s"] is None:
        known |= {
            "duration_s": ending.duration_s,
            "ended_at": call["started_at"] + timedelta(seconds=ending.duration_s),
        }
    if known:
        connection.execute(update(calls).where(calls.c.id == call["id"]).values(known))
    if _keep_number(connection, call, ending.number):
        _count_caller(connection, call, ending.number, secret)


def _keep_number(connection: Connection, call: RowMapping, number: str | None) -> bool:
    """Seal the number to those who have the report, also where it was sealed to others while nobody knew that it would
    be theirs. Tell whether it is kept only now."""
    if number is None:
        return False
    return privacy.keep_number(connection, call["unit_id"], call["id"], number, keeper_of(connection, call))


def _count_caller(connection: Connection, call: RowMapping, number: str | None, secret: ApplicationSecret) -> None:
    """Once a call, at its end, when nothing can make it anonymous any more."""
    if number is not None and _chosen_privacy(connection, call["id"]) != privacy.ANONYMOUS:
        repeat_callers.note(connection, secret, call["unit_id"], call["started_at"], number)


def _forget_secrets(connection: Connection, call_id: int) -> None:
    connection.execute(update(calls).where(calls.c.id == call_id).values(position=None))
    connection.execute(update(steps).where(steps.c.call_id == call_id).values(answer=None, heard=None))


def _chosen_privacy(connection: Connection, call_id: int) -> str | None:
    chosen: str | None = connection.execute(select(calls.c.privacy).where(calls.c.id == call_id)).scalar_one()
    return chosen


def _forget_at_carrier(connection: Connection, call: RowMapping, now: datetime) -> None:
    outbox.queue(
        connection,
        f"delete_call:{call['carrier']}:{call['carrier_call_id']}",
        "delete_call",
        {"carrier": call["carrier"], "carrier_id": call["carrier_call_id"]},
        now + _FORGET_AT_CARRIER_AFTER,
    )
