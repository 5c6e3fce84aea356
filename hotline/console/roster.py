"""/roster: who is on duty; /roster/plan: what it is made of; hand-overs; the duty book."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from hotline.casework import handover as handing
from hotline.casework import roster_plan
from hotline.casework.duty_book import duty_book
from hotline.casework.gaps import Gap, coming_gap
from hotline.casework.people import OfficerRow
from hotline.casework.roster import RosterRefusedError, zone_of
from hotline.casework.roster_weeks import DAYS, wall
from hotline.casework.shift_patterns import wall_span
from hotline.console.door import signed_in, visitor
from hotline.console.form_words import PlainForm
from hotline.console.roster_forms import ChangeForm, SingleForm, WeeklyForm, offer
from hotline.console.roster_words import refusal_word
from hotline.console.services import services
from hotline.errors import AccessRefusedError

_YEARS = range(2000, 2199)
_MIDNIGHT = time()
_Adding = Callable[[Connection, OfficerRow, datetime], None]


def week() -> ResponseReturnValue:
    """Two weeks on the wall."""
    monday = _day_in_address("week")
    if monday is not None:
        monday -= timedelta(days=monday.weekday())
    with services().store.read() as connection:
        found = wall(connection, signed_in().officer, monday, services().now())
    return render_template(
        "console/roster.html",
        wall=found,
        earlier=found.monday - timedelta(days=DAYS // 2),
        later=found.monday + timedelta(days=DAYS // 2),
    )


def duty_gap() -> Gap | None:
    """The gap in the duty group that is there or comes within the hour, for the banner on every page."""
    session = visitor()
    if session is None or session.officer.role not in roster_plan.ROLES_ON_DUTY:
        return None
    if "duty_gap" not in g:
        with services().store.read() as connection:
            g.duty_gap = coming_gap(connection, session.officer.unit_id, services().now())
    return g.duty_gap  # type: ignore[no-any-return]


# ---- the plan ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Forms:
    weekly: WeeklyForm
    change: ChangeForm
    single: SingleForm


def plan_page() -> ResponseReturnValue:
    """What the roster is made of, with a form for each kind."""
    return _plan(_Forms(WeeklyForm(prefix="w-"), ChangeForm(prefix="c-"), SingleForm(prefix="s-")))


def add_weekly() -> ResponseReturnValue:
    """POST /roster/weekly-shifts."""
    form = WeeklyForm(request.form, prefix="w-")

    def add(connection: Connection, planner: OfficerRow, now: datetime) -> None:
        for shift in form.shifts():
            roster_plan.add_weekly(connection, planner, shift, now)

    forms = _Forms(form, ChangeForm(prefix="c-"), SingleForm(prefix="s-"))
    return _taken(form, forms, form.starts, add) or _back_to("weekly")


def add_change() -> ResponseReturnValue:
    """POST /roster/exceptions."""
    form = ChangeForm(request.form, prefix="c-")

    def add(connection: Connection, planner: OfficerRow, now: datetime) -> None:
        roster_plan.add_change(connection, planner, form.change(), now)

    forms = _Forms(WeeklyForm(prefix="w-"), form, SingleForm(prefix="s-"))
    return _taken(form, forms, form.until_day, add) or _back_to("exceptions")


def add_single() -> ResponseReturnValue:
    """POST /roster/shifts."""
    form = SingleForm(request.form, prefix="s-")

    def add(connection: Connection, planner: OfficerRow, now: datetime) -> None:
        shift = form.shift(zone_of(connection, planner.unit_id))
        roster_plan.add_once(connection, planner, shift, now)

    forms = _Forms(WeeklyForm(prefix="w-"), ChangeForm(prefix="c-"), form)
    return _taken(form, forms, form.ends, add) or _back_to("single")


def _taken(form: PlainForm, forms: _Forms, blamed: Any, add: _Adding) -> ResponseReturnValue | None:
    """Do what the form says; where that will not do, the page again with all that was typed and why."""
    _refuse_who_may_not_plan()
    planner, now = signed_in().officer, services().now()
    with services().store.read() as connection:
        _offer(connection, forms)
    if not form.validate():
        return _plan(forms), 422
    try:
        services().store.commit(lambda connection: add(connection, planner, now))
    except RosterRefusedError as error:
        blamed.errors = [*blamed.errors, refusal_word(error.refusal)]
        return _plan(forms), 422
    return None


def end_weekly(row_id: int) -> ResponseReturnValue:
    """POST /roster/weekly-shifts/<id>/end."""
    return _ended(roster_plan.end_weekly, row_id, "weekly")


def end_change(row_id: int) -> ResponseReturnValue:
    """POST /roster/exceptions/<id>/end."""
    return _ended(roster_plan.end_change, row_id, "exceptions")


def end_single(row_id: int) -> ResponseReturnValue:
    """POST /roster/shifts/<id>/end."""
    return _ended(roster_plan.end_once, row_id, "single")


def _ended(end: Callable[..., None], row_id: int, where: str) -> ResponseReturnValue:
    """End it; who ends twice what is over has what he wants."""
    officer, now = signed_in().officer, services().now()
    with suppress(RosterRefusedError):
        services().store.commit(lambda connection: end(connection, officer, row_id, now))
    return _back_to(where)


def _back_to(where: str) -> ResponseReturnValue:
    return redirect(url_for("console.roster_plan", _anchor=where), 303)


def _plan(forms: _Forms) -> str:
    _refuse_who_may_not_plan()
    unit_id, now = signed_in().officer.unit_id, services().now()
    with services().store.read() as connection:
        _offer(connection, forms)
        found = roster_plan.plan(connection, unit_id, now)
        names, zone = roster_plan.names(connection, unit_id), zone_of(connection, unit_id)
        people = roster_plan.colleagues(connection, unit_id)
    return render_template("console/roster_plan.html", plan=found, forms=forms, names=names, zone=zone, people=people)


def _offer(connection: Connection, forms: _Forms) -> None:
    unit_id = signed_in().officer.unit_id
    today = services().now().astimezone(zone_of(connection, unit_id)).date()
    people = roster_plan.colleagues(connection, unit_id)
    for form in (forms.weekly, forms.change, forms.single):
        offer(form, people, gettext("nobody"), today)


def _refuse_who_may_not_plan() -> None:
    if signed_in().officer.role not in roster_plan.ROLES_THAT_PLAN:
        raise AccessRefusedError("The roster is changed by the chief and the deputies.")


# ---- hand-overs ----------------------------------------------------------------------------------------------------


def handover_page() -> ResponseReturnValue:
    """What is open, and the sign with which the next officer accepts it."""
    return _handover(None)


def accept_handover() -> ResponseReturnValue:
    """POST /roster/handovers."""
    officer, now, form = signed_in().officer, services().now(), request.form
    given = form.get("from", "")
    from_id = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
    seen = form.get("seen", "")
    try:
        if from_id is None:
            raise handing.PredecessorError
        services().store.commit(lambda connection: handing.accept(connection, officer, from_id or None, seen, now))
    except handing.HandoverOvertakenError:
        return _handover(
            gettext("The list has changed in the meantime. Please look through it once more."), from_id
        ), 409
    except handing.PredecessorError:
        return _handover(gettext("Please choose from whom you take over."), from_id), 422
    return redirect(url_for("console.handover", _anchor="signed"), 303)


def _handover(trouble: str | None, chosen: int | None = None) -> str:
    officer, now = signed_in().officer, services().now()
    with services().store.read() as connection:
        items = handing.open_items(connection, officer, now)
        likely = handing.predecessor(connection, officer, now) or 0
        signed = handing.handed_over(connection, officer.unit_id, limit=7)
        people = roster_plan.colleagues(connection, officer.unit_id)
    return render_template(
        "console/handover.html",
        items=items,
        givers=[one for one in people if one.id != officer.id],
        chosen=likely if chosen is None else chosen,
        signed=signed,
        trouble=trouble,
    )


# ---- the duty book -------------------------------------------------------------------------------------------------


def book() -> ResponseReturnValue:
    """The duty book of a day, or from one time of it to another; to be printed."""
    officer = signed_in().officer
    starts, ends = _time_in_address("from"), _time_in_address("to")
    with services().store.read() as connection:
        zone = zone_of(connection, officer.unit_id)
        day = _day_in_address("day") or services().now().astimezone(zone).date()
        span = wall_span(day, starts, ends, zone)
        found = duty_book(connection, officer, span)
    return render_template("console/duty_book.html", book=found, day=day, starts=starts, ends=ends)


def _day_in_address(name: str) -> date | None:
    """A day in the address; what is none counts as not given."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _time_in_address(name: str) -> time:
    """A time of the day in the address; what is none counts as midnight."""
    try:
        given = time.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return _MIDNIGHT
    return given.replace(tzinfo=None)


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/roster", "roster", week, "GET"),
    ("/roster/plan", "roster_plan", plan_page, "GET"),
    ("/roster/weekly-shifts", "add_weekly_shift", add_weekly, "POST"),
    ("/roster/weekly-shifts/<int:row_id>/end", "end_weekly_shift", end_weekly, "POST"),
    ("/roster/exceptions", "add_roster_exception", add_change, "POST"),
    ("/roster/exceptions/<int:row_id>/end", "end_roster_exception", end_change, "POST"),
    ("/roster/shifts", "add_shift", add_single, "POST"),
    ("/roster/shifts/<int:row_id>/end", "end_shift", end_single, "POST"),
    ("/roster/handover", "handover", handover_page, "GET"),
    ("/roster/handovers", "accept_handover", accept_handover, "POST"),
    ("/roster/duty-book", "duty_book", book, "GET"),
)
