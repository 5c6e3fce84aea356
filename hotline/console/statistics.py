"""/statistics: the months; /statistics/<yyyy-mm>: one of them, as a page, as files and as charts, and its signature."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hotline.casework.desk import WorkRefusedError
from hotline.casework.months import Month, MonthError, is_month
from hotline.casework.people import OfficerRow
from hotline.casework.statistics import closings
from hotline.casework.statistics.closings import ROLES_THAT_SIGN, FiguresChangedError
from hotline.casework.statistics.figures import MonthlyStatistics
from hotline.casework.statistics.former import former_units
from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.month_list import MonthLine, months_of
from hotline.casework.statistics.printed import Document, Number
from hotline.casework.statistics.printed_month import monthly_document
from hotline.casework.statistics.printed_words import month_name
from hotline.casework.statistics.signatures import digest_of
from hotline.casework.statistics.span import FormerUnit, FutureMonthError
from hotline.console import province
from hotline.console.charts_of_month import Chart, charts_of
from hotline.console.door import signed_in
from hotline.console.languages import page_language
from hotline.console.services import services
from hotline.errors import AccessRefusedError, NotFoundError
from hotline.forms.choice import FORMS, month_as
from hotline.forms.reading import plain, written

ROLES_THAT_READ_FIGURES = frozenset({"officer", "deputy", "chief"})
MONTHS_A_PAGE = 13  # the same month a year ago is the last
_OF_A_CHART = "; ".join(("default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'none'", "sandbox"))
"""A chart carries its own style; it is loaded as a picture and may do nothing else."""


def months() -> ResponseReturnValue:
    """The months of the unit with their key figures; with ?month= the way to that one."""
    lines, wanted = _lines(), request.args.get("month", "")
    if is_month(wanted):
        return redirect(url_for("console.month", month=wanted), 303)
    return render_template(
        "console/statistics.html",
        lines=lines,
        month_name=_month_name,
        has_communes=province.may_read(signed_in().officer),
    )


def trend_chart() -> ResponseReturnValue:
    """GET /statistics/trend.svg."""
    lines = list(reversed(_lines()))
    series = {
        gettext("All calls"): [line.figures.received for line in lines],
        gettext("Administrative questions"): [line.figures.kinds.get("admin", 0) for line in lines],
        gettext("New reports"): [line.figures.kinds.get("report", 0) for line in lines],
    }
    names = [f"{line.month.number:02}/{line.month.year % 100:02}" for line in lines]
    from hotline.console.charts import trend  # draws with pygal, which is loaded when it is wanted

    return _picture(trend(gettext("Calls by month"), names, series))


def page(month: str) -> ResponseReturnValue:
    """One month as the document that is also printed; ?former=CODE: of the lines of a former unit."""
    return _page(_counted(month, request.args.get("former")))


def file(month: str, form: str) -> ResponseReturnValue:
    """GET /statistics/<month>.<form>: the month to keep, to print or to calculate on; ?former=CODE as on the page."""
    if form not in FORMS:
        raise NotFoundError
    statistics = _counted(month, request.args.get("former"))
    paper = month_as(form, statistics, page_language())
    response = Response(paper.content, content_type=paper.media_type)
    former = f"-former-{statistics.former.code}" if statistics.former else ""
    name = f"{statistics.unit}{former}-{statistics.month}.{form}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def chart(month: str, name: str) -> ResponseReturnValue:
    """GET /statistics/<month>/<name>.svg."""
    wanted = charts_of(_document(_counted(month, request.args.get("former")))).get(name)
    if wanted is None:
        raise NotFoundError
    from hotline.console.charts import drawn  # as above

    return _picture(drawn(wanted))


def sign(month: str) -> ResponseReturnValue:
    """POST /statistics/<month>/signature: these figures, as I have seen them."""
    officer, wanted, now = _reader(), _month(month), services().now()
    seen = request.form.get("seen", "")
    try:
        services().store.commit(lambda connection: closings.sign(connection, officer, wanted, seen, now))
    except FiguresChangedError:
        said = gettext("The figures have changed since you opened the page. Look at them again before you sign.")
        return _page(_counted(month), said), HTTPStatus.CONFLICT
    except WorkRefusedError:
        said = gettext("Nothing was signed: the month is not over, or these figures are signed already.")
        return _page(_counted(month), said), HTTPStatus.CONFLICT
    flash(gettext("You have signed off the figures."))
    return redirect(url_for("console.month", month=month), 303)


def _page(statistics: MonthlyStatistics, trouble: str = "") -> str:
    document = _document(statistics)
    officer = signed_in().officer
    may_sign = not (statistics.so_far or statistics.former) and (statistics.signature is None or statistics.revised)
    return render_template(
        "console/month.html",
        statistics=statistics,
        document=document,
        charts=_worth_drawing(charts_of(document)),
        forms=[form for form in ("pdf", "xlsx", "csv", "json") if form in FORMS],
        seen=digest_of(statistics.figures) if may_sign and officer.role in ROLES_THAT_SIGN else None,
        nothing=_nothing(document),
        former=_former_units(officer, statistics.month),
        chosen=statistics.former.code if statistics.former else None,
        trouble=trouble,
        written=written,
        plain=plain,
    )


def _nothing(document: Document) -> set[str]:
    """The lines that are nought throughout: a telephone shows no more of them than that."""
    found = set()
    for section, row in document.rows():
        cells = (cell for column, cell in zip(section.columns, row.cells, strict=True) if column.key != "base")
        if not row.heading and not any(cell.n for cell in cells if isinstance(cell, Number)):
            found.add(row.key)
    return found


def _worth_drawing(charts: dict[str, Chart]) -> dict[str, Chart]:
    return {name: one for name, one in charts.items() if any(amount for _, amount in one.amounts)}


def _lines() -> list[MonthLine]:
    officer = _reader()
    with services().store.read() as connection:
        return months_of(connection, officer.unit_id, services().now(), MONTHS_A_PAGE)


def _counted(month: str, code: str | None = None) -> MonthlyStatistics:
    """The figures of the officer's own unit, or of the former unit of this code in it.

    Raises NotFoundError for a month that is none or is still to come, and for a unit that has not merged into it."""
    officer, wanted = _reader(), _month(month)
    former = None
    if code:
        former = next((one for one in _former_units(officer, wanted) if one.code == code), None)
        if former is None:
            raise NotFoundError
    try:
        with services().store.read() as connection:
            return monthly_statistics(connection, officer.unit_id, wanted, services().now(), former)
    except FutureMonthError:
        raise NotFoundError from None


def _former_units(officer: OfficerRow, month: Month) -> tuple[FormerUnit, ...]:
    with services().store.read() as connection:
        return former_units(connection, officer.unit_id, month)


def _reader() -> OfficerRow:
    """Figures are for those who answer for them: not for the telephone of the night shift."""
    officer = signed_in().officer
    if officer.role not in ROLES_THAT_READ_FIGURES:
        raise AccessRefusedError("This account does not see the unit's figures.")
    return officer


def _month(written_month: str) -> Month:
    try:
        return Month.of(written_month)
    except MonthError:
        raise NotFoundError from None


def _document(statistics: MonthlyStatistics) -> Document:
    return monthly_document(statistics, page_language())


def _month_name(month: Month) -> str:
    return month_name(month, page_language())


def _picture(svg: bytes) -> Response:
    return Response(svg, content_type="image/svg+xml", headers={"Content-Security-Policy": _OF_A_CHART})


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/statistics", "statistics", months, "GET"),
    ("/statistics/trend.svg", "trend_chart", trend_chart, "GET"),
    ("/statistics/<month>", "month", page, "GET"),
    ("/statistics/<month>.<form>", "month_file", file, "GET"),
    ("/statistics/<month>/<name>.svg", "month_chart", chart, "GET"),
    ("/statistics/<month>/signature", "sign_month", sign, "POST"),
)
