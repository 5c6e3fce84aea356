"""/statistics/province: the communes below a unit beside one another, by month and by year, as pages and as files; and
the act of issuing a month's table anew."""

import re
from collections.abc import Callable
from http import HTTPStatus

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hotline.casework.desk import WorkRefusedError
from hotline.casework.months import Month, MonthError, is_month
from hotline.casework.people import OfficerRow
from hotline.casework.statistics.printed_province import line_names, province_document
from hotline.casework.statistics.printed_year import year_document
from hotline.casework.statistics.province_issuing import issue_anew, may_issue
from hotline.casework.statistics.province_lines import RECEIVED
from hotline.casework.statistics.province_reading import read_issue, read_province
from hotline.casework.statistics.province_table import Issue, ProvinceTable
from hotline.casework.statistics.province_year import ProvinceYear, province_year, year_figures
from hotline.casework.statistics.span import FutureMonthError, unit_by_id
from hotline.casework.statistics.units_below import is_superior
from hotline.console.door import signed_in
from hotline.console.languages import page_language
from hotline.console.services import services
from hotline.errors import AccessRefusedError, NotFoundError
from hotline.forms.choice import FORMS, Paper, province_as, year_as
from hotline.forms.reading import plain, written

ROLES_THAT_READ_A_PROVINCE = frozenset({"province"})
ROLES_OF_A_SUPERIOR = frozenset({"deputy", "chief"})
"""Where their own unit has others below it."""
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_REFUSED = {
    "issued meanwhile": lazy_gettext(
        "Nothing was issued: this is not the last issue of the month any more. Look again."
    ),
    "issued of late": lazy_gettext("Nothing was issued: a month is issued anew once a day at most."),
    "unchanged": lazy_gettext("Nothing was issued: the communes' figures are the same as in the table."),
}
_SHOWN_FORMS = ("pdf", "xlsx", "csv", "json")


def latest() -> ResponseReturnValue:
    """GET /statistics/province: the last full month; with ?month= the way to that one."""
    officer, wanted = _reader(), request.args.get("month", "")
    if not is_month(wanted):
        with services().store.read() as connection:
            zone = unit_by_id(connection, officer.unit_id).zone
        wanted = str(Month.at(services().now(), zone).previous)
    return redirect(url_for("console.province_period", period=wanted), 303)


def page(period: str) -> ResponseReturnValue:
    """GET /statistics/province/<yyyy-mm> or <yyyy>."""
    counted = _counted(period)
    return _year_page(counted) if isinstance(counted, ProvinceYear) else _month_page(period, counted)


def issue(period: str) -> ResponseReturnValue:
    """POST /statistics/province/<yyyy-mm>/issue: this month once more, as its figures are now."""
    officer, month, now = _reader(), _month(period), services().now()
    seen = request.form.get("seen", "")
    try:
        number = issue_anew(
            services().store, services().secret, officer, month, int(seen) if seen.isdecimal() else 0, now
        )
    except WorkRefusedError as refused:
        return _month_page(period, _read(officer, month), str(_REFUSED[refused.why])), HTTPStatus.CONFLICT
    except FutureMonthError:
        raise NotFoundError from None
    flash(gettext("The table is issued anew, as no. %(number)s of this month.", number=number))
    return redirect(url_for("console.province_period", period=period), 303)


def _month_page(period: str, counted: ProvinceTable, trouble: str = "") -> str:
    issue = counted.issue
    return render_template(
        "console/province.html",
        document=province_document(counted, page_language()),
        issue=issue if issue and issue.changed and may_issue(issue, services().now()) else None,
        others=_others(issue),
        trouble=trouble,
        month=counted.month,
        files={
            form: url_for("console.province_file", period=period, form=form, issue=request.args.get("issue"))
            for form in _SHOWN_FORMS
        },
        broken={one.head.code for one in counted.columns if not one.balances},
        ways_of={},
        written=written,
        plain=plain,
    )


def file(period: str, form: str) -> ResponseReturnValue:
    """GET /statistics/province/<period>.<form>: the same cells to keep, to print or to calculate on."""
    if form not in FORMS:
        raise NotFoundError
    counted = _counted(period)
    paper = _as(form, counted)
    response = Response(paper.content, content_type=paper.media_type)
    name = f"{counted.unit}-communes-{period}{_again(counted)}.{form}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _again(counted: ProvinceTable | ProvinceYear) -> str:
    """What tells the files of several issues apart."""
    issue = counted.issue if isinstance(counted, ProvinceTable) else None
    return f"-issue-{issue.number}" if issue and (issue.earlier or issue.replaced_by) else ""


def _as(form: str, counted: ProvinceTable | ProvinceYear) -> Paper:
    if isinstance(counted, ProvinceYear):
        return year_as(form, counted, page_language())
    return province_as(form, counted, page_language())


def _year_page(shown: ProvinceYear) -> str:
    names = line_names(shown.lines, page_language())
    return render_template(
        "console/province_year.html",
        document=year_document(shown, page_language()),
        trouble="",
        shown=shown,
        choices=[(line.key, names[line.key]) for line in shown.lines if line.key in names],
        files={
            form: url_for("console.province_file", period=shown.year, form=form, line=shown.line)
            for form in _SHOWN_FORMS
        },
        broken=(),
        ways_of={str(month): url_for("console.province_period", period=month) for month in shown.months},
        written=written,
        plain=plain,
    )


def _counted(period: str) -> ProvinceTable | ProvinceYear:
    """What the reader's own unit has below it. Raises NotFoundError for what is no month or year, or to come."""
    officer = _reader()
    if not _YEAR.fullmatch(period):
        number = request.args.get("issue")
        return _read(officer, _month(period)) if number is None else _issue(officer, _month(period), number)
    try:
        with services().store.read() as connection:
            counted = year_figures(connection, officer.unit_id, int(period), services().now())
    except FutureMonthError:
        raise NotFoundError from None
    return province_year(counted, request.args.get("line", RECEIVED))


def _others(issue: Issue | None) -> list[tuple[int, bool]]:
    """The other issues of the month by their numbers, and of each whether it is the one that counts."""
    if issue is None:
        return []
    newest = issue.replaced_by or issue.number
    return [(number, number == newest) for number in range(1, newest + 1) if number != issue.number]


def _issue(officer: OfficerRow, month: Month, number: str) -> ProvinceTable:
    if not _NUMBER.fullmatch(number):
        raise NotFoundError
    return read_issue(services().store, services().secret, officer.unit_id, month, int(number))


def _read(officer: OfficerRow, month: Month) -> ProvinceTable:
    try:
        return read_province(services().store, services().secret, officer.unit_id, month, services().now())
    except FutureMonthError:
        raise NotFoundError from None


def _month(period: str) -> Month:
    try:
        return Month.of(period)
    except MonthError:
        raise NotFoundError from None


def may_read(officer: OfficerRow) -> bool:
    """Whether it is for them: who sees only figures, and who commands a unit that has others below it."""
    if officer.role in ROLES_THAT_READ_A_PROVINCE:
        return True
    if officer.role not in ROLES_OF_A_SUPERIOR:
        return False
    with services().store.read() as connection:
        return is_superior(connection, officer.unit_id)


def _reader() -> OfficerRow:
    officer = signed_in().officer
    if not may_read(officer):
        raise AccessRefusedError("This account does not see the figures of other communes.")
    return officer


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/statistics/province", "province", latest, "GET"),
    ("/statistics/province/<period>", "province_period", page, "GET"),
    ("/statistics/province/<period>/issue", "issue_province", issue, "POST"),
    ("/statistics/province/<period>.<form>", "province_file", file, "GET"),
)
