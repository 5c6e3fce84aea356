"""/statistics/province: the communes below a unit beside one another, by month and by year, as pages and as files."""

import re
from collections.abc import Callable

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hotline.casework.months import Month, MonthError, is_month
from hotline.casework.people import OfficerRow
from hotline.casework.statistics.printed_province import line_names, province_document
from hotline.casework.statistics.printed_year import year_document
from hotline.casework.statistics.province import province_statistics
from hotline.casework.statistics.province_lines import RECEIVED
from hotline.casework.statistics.province_table import ProvinceTable, province_table
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
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
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
    if isinstance(counted, ProvinceYear):
        return _year_page(counted)
    return render_template(
        "console/province.html",
        document=province_document(counted, page_language()),
        month=counted.month,
        files={form: url_for("console.province_file", period=period, form=form) for form in _SHOWN_FORMS},
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
    response.headers.set("Content-Disposition", "attachment", filename=f"{counted.unit}-communes-{period}.{form}")
    return response


def _as(form: str, counted: ProvinceTable | ProvinceYear) -> Paper:
    if isinstance(counted, ProvinceYear):
        return year_as(form, counted, page_language())
    return province_as(form, counted, page_language())


def _year_page(shown: ProvinceYear) -> str:
    names = line_names(shown.lines, page_language())
    return render_template(
        "console/province_year.html",
        document=year_document(shown, page_language()),
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
    officer, now = _reader(), services().now()
    try:
        if _YEAR.fullmatch(period):
            with services().store.read() as connection:
                counted = year_figures(connection, officer.unit_id, int(period), now)
            return province_year(counted, request.args.get("line", RECEIVED))
        with services().store.read() as connection:
            statistics = province_statistics(connection, officer.unit_id, Month.of(period), now)
        return province_table(statistics)
    except (FutureMonthError, MonthError):
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
    ("/statistics/province/<period>.<form>", "province_file", file, "GET"),
)
