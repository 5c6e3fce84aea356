"""/statistics/<month>/entries: the figures of a month that no register counts yet, entered by hand."""

from collections.abc import Callable, Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hotline.casework.call_log import units_of
from hotline.casework.desk import WorkRefusedError
from hotline.casework.months import Month, MonthError
from hotline.casework.past import registers
from hotline.casework.past.registers import ROLES_THAT_WRITE
from hotline.casework.roster import zone_of
from hotline.casework.statistics import entries
from hotline.console.door import signed_in
from hotline.console.register_words import register_refusal
from hotline.console.services import services
from hotline.errors import AccessRefusedError, NotFoundError

_LONGEST = 12
_NOT_A_NUMBER = "not a number of things"


def of_now() -> ResponseReturnValue:
    """To the month in course."""
    units_of(signed_in().officer)
    return redirect(url_for("console.entries", month=_in_course()), 303)


def page(month: str) -> ResponseReturnValue:
    """The figures of one month, each with who entered it and when."""
    return _page(_month(month), {}, {})


def enter(month: str) -> ResponseReturnValue:
    """POST /statistics/<month>/entries."""
    officer, now, of = signed_in().officer, services().now(), _month(month)
    if officer.role not in ROLES_THAT_WRITE:
        raise AccessRefusedError("These figures are entered by the chief and the deputies.")
    typed = {name: request.form.get(name, "").strip()[:_LONGEST] for name in entries.NAMES if name in request.form}
    wrong = {name: _NOT_A_NUMBER for name, text in typed.items() if text and not _is_number(text)}
    if wrong:
        return _page(of, typed, wrong), 422
    values = {name: int(text) if text else None for name, text in typed.items()}
    try:
        services().store.commit(lambda connection: registers.enter(connection, officer, of, values, now))
    except WorkRefusedError as refused:
        return _page(of, typed, {refused.field: refused.why}), 422
    return redirect(url_for("console.entries", month=of), 303)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _month(text: str) -> Month:
    """Raises NotFoundError for a month that does not exist or has not come yet."""
    try:
        month = Month.of(text)
    except MonthError:
        raise NotFoundError from None
    if month > _in_course():
        raise NotFoundError
    return month


def _in_course() -> Month:
    with services().store.read() as connection:
        return Month.at(services().now(), zone_of(connection, signed_in().officer.unit_id))


def _page(month: Month, typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    officer = signed_in().officer
    units_of(officer)
    with services().store.read() as connection:
        rows = {row.name: row for row in entries.entries_of(connection, officer.unit_id, month)}
    return render_template(
        "console/entries.html",
        month=month,
        following=month.next if month < _in_course() else None,
        names=entries.NAMES,
        rows=rows,
        typed=typed,
        wrong={name: register_refusal(why) for name, why in wrong.items()},
        may_write=officer.role in ROLES_THAT_WRITE,
    )


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/statistics/entries", "entries_now", of_now, "GET"),
    ("/statistics/<month>/entries", "entries", page, "GET"),
    ("/statistics/<month>/entries", "enter_figures", enter, "POST"),
)
