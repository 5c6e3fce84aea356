"""The communes of a province beside one another: the figures of each, added up, hidden where small, however printed."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, delete, event, update

from hotline.casework.months import Month
from hotline.casework.people import find_officer
from hotline.casework.statistics import closings, signatures
from hotline.casework.statistics.figures import Figures, InTime
from hotline.casework.statistics.month import monthly_statistics
from hotline.casework.statistics.printed import SUPPRESSED, WITHHELD, Number
from hotline.casework.statistics.printed_province import line_names, province_document
from hotline.casework.statistics.printed_year import year_document
from hotline.casework.statistics.province import (
    ColumnHead,
    CommuneMonth,
    ProvinceStatistics,
    SignedOff,
    province_statistics,
)
from hotline.casework.statistics.province_issues import last_issue, signed_table
from hotline.casework.statistics.province_issuing import issue_first
from hotline.casework.statistics.province_suppression import WHOLE
from hotline.casework.statistics.province_table import ProvinceTable, province_table, values_of
from hotline.casework.statistics.province_year import province_year, year_figures
from hotline.casework.statistics.span import FutureMonthError
from hotline.casework.statistics.units_below import is_superior
from hotline.errors import NotFoundError
from hotline.forms.csv_file import write_csv
from hotline.forms.pdf_file import write_pdf
from hotline.forms.xlsx_file import write_xlsx
from storage.database import Store
from storage.tables import (
    calls,
    incidents,
    lines,
    measures,
    persons,
    report_calls,
    report_events,
    reports,
    steps,
    texts,
    units,
)
from storage.tables import day_counts as day_count_rows
from storage.tables import month_counts as month_count_rows
from tests import cast
from tests.hotline import province, station
from tests.hotline.forms import read_back
from tests.hotline.province import OCTOBER, Province, events

NOW = datetime(2026, 11, 14, 14, 4, tzinfo=UTC)
_ROWS = (measures, persons, report_events, report_calls, reports, steps, calls, texts, incidents)
_ROWS += (day_count_rows, month_count_rows)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.PASSWORD_MEMORY_BYTES", 1024 * 1024)
    monkeypatch.setattr("storage.sealing.PASSWORD_PASSES", 1)


@pytest.fixture
def of(store: Store, quick: None) -> Province:
    return province.province(store, ("Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh", "Pacific/Apia"))


# ---- the counts ------------------------------------------------------------------------------------------------------


def adds_up(connection: Connection, of: Province) -> None:
    """Of every line: each commune has what its own month has, and the whole is their sum."""
    counted = province_statistics(connection, of.over.unit_id, OCTOBER, NOW)
    alone = [monthly_statistics(connection, one.unit_id, OCTOBER, NOW) for one in of.communes]
    assert [one.head.code for one in counted.communes] == [one.unit for one in alone]
    values = values_of(counted)
    for line in counted.lines:
        expected = [line.read(one.figures) for one in alone]
        assert [values[line.key, one.unit] for one in alone] == expected, line.key
        assert values[line.key, WHOLE] == sum(expected), line.key


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(some.lists(events, max_size=14), some.booleans())
def test_a_province_is_the_sum_of_its_communes_whatever_happened_there(
    store: Store, of: Province, happened: list[province.Event], early: bool
) -> None:
    with store.engine.connect() as connection:
        for table in _ROWS:
            connection.execute(delete(table))
        for number, one in enumerate(happened):
            province.happens(connection, of, one, number)
        if early:
            province.counted(connection, of, NOW)
        adds_up(connection, of)
        connection.rollback()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(events, min_size=1, max_size=8), some.booleans())
def test_an_issued_month_reads_the_same_whatever_was_corrected_in_between(
    store: Store, of: Province, happened: list[province.Event], merged: bool
) -> None:
    _issued(store, of)
    with store.engine.connect() as connection:
        kept = last_issue(connection, of.over.unit_id, OCTOBER)
        assert kept is not None
        before = signed_table(connection, station.SECRET, kept).to_json()
        for number, one in enumerate(happened, 100):
            province.happens(connection, of, one, number)
        if merged:
            row = {"merged_into_id": of.communes[0].unit_id, "merged_at": province.MIDDLE, "name": "Xã khác"}
            connection.execute(update(units).where(units.c.id == of.communes[1].unit_id).values(**row))
        again = last_issue(connection, of.over.unit_id, OCTOBER)
        assert again is not None
        assert signed_table(connection, station.SECRET, again).to_json() == before
        year = province_year(year_figures(connection, of.over.unit_id, 2026, NOW), "kinds.admin").to_json()
        assert [one["months"]["2026-10"] for one in year["communes"]] == [
            one["kinds"]["admin"] for one in before["communes"]
        ]
        connection.rollback()


def _issued(store: Store, of: Province) -> None:
    """October with thirty calls, as it was issued: once for all examples."""
    with store.write() as connection:
        if last_issue(connection, of.over.unit_id, OCTOBER) is not None:
            return
        for number in range(30):
            kind = ("admin", "report", "hung up")[number % 3]
            province.happens(connection, of, province.Event(number % 3, number * 11 - 150, kind, number), number)
    assert issue_first(store, station.SECRET, of.over.unit_id, OCTOBER, NOW)


def test_four_hundred_communes_are_asked_for_as_often_as_two(store: Store, of: Province) -> None:
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with store.read() as connection:
        province_statistics(connection, of.over.unit_id, OCTOBER, NOW)
    before, asked[:] = len(asked), []
    with store.write() as connection:
        for number in range(20):
            row = {c.name: c for c in units.c if c.name not in ("id", "code")}
            model = units.select().with_only_columns(*row.values()).where(units.c.code == "xa-1")
            values = dict(connection.execute(model).mappings().one())
            unit_id = connection.execute(units.insert().values(**values, code=f"more-{number}")).inserted_primary_key[0]
            station.call(connection, replace(of.communes[0], unit_id=unit_id), f"more-{number}")
    asked[:] = []
    with store.read() as connection:
        assert len(province_statistics(connection, of.over.unit_id, OCTOBER, NOW).communes) == 23
    assert len(asked) == before


def test_a_commune_far_to_the_east_has_its_own_november(store: Store, of: Province) -> None:
    """In Apia it is November for six hours when the province still has October."""
    with store.write() as connection:
        started = datetime(2026, 10, 31, 12, tzinfo=UTC)
        for commune in of.communes[1:]:
            station.call(connection, commune, f"CA{commune.unit_id}", started_at=started)
    with store.read() as connection:
        october, november = (
            province_statistics(connection, of.over.unit_id, month, NOW) for month in (OCTOBER, OCTOBER.next)
        )
    assert [one.figures.received for one in october.communes] == [0, 1, 0]
    assert [one.figures.received for one in november.communes] == [0, 0, 1]
    assert [one.so_far for one in november.communes] == [True, True, True]


def test_a_commune_has_no_column_in_a_month_in_which_it_was_not_there(store: Store, of: Province) -> None:
    """Its noughts would be known to be noughts, and so no company for a small figure."""
    with store.write() as connection:
        connection.execute(update(units).where(units.c.id == of.communes[1].unit_id).values(created_at=NOW))
    with store.read() as connection:
        codes = {
            number: [
                one.head.code
                for one in province_statistics(connection, of.over.unit_id, Month(2026, number), NOW).communes
            ]
            for number in (9, 11)
        }
    assert codes == {9: ["xa-1", "xa-3"], 11: ["xa-1", "xa-2", "xa-3"]}
    with store.write() as connection:
        province.happens(connection, of, province.Event(1, 0, "admin", 1), 1)
    with store.read() as connection:
        october = province_statistics(connection, of.over.unit_id, Month(2026, 10), NOW)
    assert len(october.communes) == 3, "what is counted is shown all the same, such as out of an old book"


def test_a_commune_that_merged_goes_on_as_a_column_of_its_own_and_no_call_stands_in_two(
    store: Store, of: Province
) -> None:
    """The supervisor asks for "former Xã 2": its line goes on, answered by Xã 1 now."""
    heir, former, other = of.communes
    with store.write() as connection:
        for number, (commune, kind) in enumerate([(0, "admin"), (1, "report"), (1, "admin"), (2, "emergency")]):
            province.happens(connection, of, province.Event(commune, -200, kind, number), number)
        merged_at = datetime(2026, 10, 9, 17, tzinfo=UTC)
        of_former = units.c.id == former.unit_id
        connection.execute(update(units).where(of_former).values(merged_into_id=heir.unit_id, merged_at=merged_at))
        moved = {"unit_id": heir.unit_id, "former_unit_id": former.unit_id}
        connection.execute(update(lines).where(lines.c.id == former.line_id).values(**moved))
        over_the_old_line = replace(of, communes=(replace(heir, line_id=former.line_id), former, other))
        for number, (where, kind) in enumerate([(of, "admin"), (over_the_old_line, "report")], 10):
            province.happens(connection, where, province.Event(0, 0, kind, number), number)
    with store.read() as connection:
        october = province_statistics(connection, of.over.unit_id, Month(2026, 10), NOW)
        whole = [monthly_statistics(connection, one.unit_id, Month(2026, 10), NOW).figures for one in of.communes]
    columns = {one.head.code: one for one in october.communes}
    assert {code: one.figures.received for code, one in columns.items()} == {"xa-1": 2, "xa-2": 3, "xa-3": 1}
    assert columns["xa-2"].figures.kinds["report"] == 2, "one of before, one over its line since"
    assert columns["xa-2"].heir == ColumnHead("xa-1", "Xã 1")
    assert columns["xa-1"].without == (ColumnHead("xa-2", "Xã 2"),)
    for line in october.lines:
        assert sum(line.read(one.figures) for one in october.communes) == sum(map(line.read, whole)), line.key
    document = province_document(province_table(october), "en")
    [merger] = [row for section in document.sections for row in section.rows if row.key == "state.merged"]
    assert [getattr(cell, "text", "") for cell in merger.cells] == ["", "without Xã 2", "part of Xã 1 now", ""]


def test_the_heir_signs_for_the_column_of_the_commune_that_merged_into_it(store: Store, of: Province) -> None:
    heir, former, _ = of.communes
    with store.write() as connection:
        merged = {"merged_into_id": heir.unit_id, "merged_at": datetime(2026, 9, 1, tzinfo=UTC)}
        connection.execute(update(units).where(units.c.id == former.unit_id).values(**merged))
        moved = {"unit_id": heir.unit_id, "former_unit_id": former.unit_id}
        connection.execute(update(lines).where(lines.c.id == former.line_id).values(**moved))
        for number, line_id in enumerate((heir.line_id, former.line_id)):
            where = replace(of, communes=(replace(heir, line_id=line_id), *of.communes[1:]))
            province.happens(connection, where, province.Event(0, 0, "admin", number), number)
        deputy = find_officer(connection, cast.LY.login)
        assert deputy is not None
        seen = signatures.digest_of(monthly_statistics(connection, heir.unit_id, OCTOBER, NOW).figures)
        closings.sign(connection, deputy, OCTOBER, seen, NOW)
    with store.read() as connection:
        columns = province_statistics(connection, of.over.unit_id, OCTOBER, NOW).communes
    assert [(one.signed is not None, one.revised) for one in columns] == [(True, False), (True, False), (False, False)]


def test_a_commune_that_was_renamed_stands_under_the_name_of_the_month(store: Store, of: Province) -> None:
    with store.write() as connection:
        renamed = [{"name": "Xã Cũ", "until": "2026-11-01"}]
        connection.execute(update(units).where(units.c.id == of.communes[0].unit_id).values(old_names=renamed))
    with store.read() as connection:
        names = [
            province_statistics(connection, of.over.unit_id, Month(2026, number), NOW).communes[0].head.name
            for number in (10, 11)
        ]
    assert names == ["Xã Cũ", "Xã 1"]


def test_a_commune_with_something_below_it_is_still_counted_as_a_commune(store: Store, of: Province) -> None:
    with store.write() as connection:
        below = update(units).where(units.c.id == of.communes[1].unit_id)
        connection.execute(below.values(parent_id=of.communes[0].unit_id))
    with store.read() as connection:
        assert not is_superior(connection, of.communes[0].unit_id)
        assert is_superior(connection, of.over.unit_id)


def test_no_line_says_the_emergencies_over_again(store: Store, of: Province) -> None:
    with store.read() as connection:
        lines = province_statistics(connection, of.over.unit_id, Month(2026, 10), NOW).lines
    assert not [line.key for line in lines if line.group == "acknowledged_in_time"]


def test_a_month_to_come_is_no_month_and_one_in_course_is_counted_so_far(store: Store, of: Province) -> None:
    with store.read() as connection:
        with pytest.raises(FutureMonthError):
            province_statistics(connection, of.over.unit_id, Month(2026, 12), NOW)
        with pytest.raises(FutureMonthError):
            year_figures(connection, of.over.unit_id, 2027, NOW)
        with pytest.raises(NotFoundError):
            province_year(year_figures(connection, of.over.unit_id, 2026, NOW), "places.Khe")
        table = province_table(province_statistics(connection, of.over.unit_id, Month(2026, 11), NOW))
        assert table.so_far
        assert {cell for cell in table.cells.values() if isinstance(cell, Number) and cell.n} == set()
        nobody = province_table(province_statistics(connection, of.communes[0].unit_id, OCTOBER, NOW))
    assert nobody.columns == ()
    assert "No commune" in province_document(nobody, "en").notices[0].text


def test_a_tree_that_bites_its_tail_is_walked_once(store: Store, of: Province) -> None:
    with store.write() as connection:
        theirs = update(units).where(units.c.id == of.over.unit_id)
        connection.execute(theirs.values(parent_id=of.communes[0].unit_id))
    with store.read() as connection:
        assert len(province_statistics(connection, of.over.unit_id, OCTOBER, NOW).communes) == 3


def test_what_is_signed_is_marked_and_what_was_corrected_since_too(store: Store, of: Province) -> None:
    with store.write() as connection:
        call_id = station.call(connection, of.communes[0], "CA1", started_at=province.MIDDLE)
        deputy = find_officer(connection, cast.LY.login)
        assert deputy is not None
        seen = signatures.digest_of(monthly_statistics(connection, of.communes[0].unit_id, OCTOBER, NOW).figures)
        closings.sign(connection, deputy, OCTOBER, seen, NOW)
    with store.read() as connection:
        first, second, _ = province_statistics(connection, of.over.unit_id, OCTOBER, NOW).communes
    assert (first.signed and first.signed.role, first.revised, second.signed) == ("deputy", False, None)
    with store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == call_id).values(kind="admin", category="ADM-ID"))
    with store.read() as connection:
        table = province_table(province_statistics(connection, of.over.unit_id, OCTOBER, NOW))
    assert table.columns[0].revised
    assert table.to_json()["communes"][0]["signed"]["role"] == "deputy"
    assert "Ly" not in json.dumps(table.to_json()), "a rank and a day, and nobody's name"


# ---- the forms -------------------------------------------------------------------------------------------------------


def figures(n: int) -> Figures:
    """A commune's month; the larger `n`, the more of everything."""
    codes = {"ADM-ID": 5 * n, "ADM-REST": n, "RPT-THEFT": n, "RPT-LAND": 2, "EMG-FIRE": n % 2}
    kinds = {"admin": 6 * n, "report": n + 2, "emergency": n % 2}
    connected = sum(kinds.values())
    return Figures(
        received=connected + n,
        hung_up=n,
        kinds=kinds,
        categories=codes,
        languages={"vi": connected - 1, "ru": 1},
        office_hours=connected,
        steps={"verified": n, "closed": n + 1, "mediated": 1},
        outcomes={"CONFIRMED": n, "MEDIATED": 1},
        measures={"FINE": n, "WARNING": n % 3},
        persons=n,
        deadlines=InTime(n, n // 2),
        acknowledged_in_time={"high": InTime(3, n % 3)},
        incidents={"fire": 1},
        texts=n,
    )


def a_month(many: int = 12, broken: int | None = 3) -> ProvinceStatistics:
    """Communes with larger and larger figures; one does not balance, one is signed and was corrected since."""
    communes = [CommuneMonth(ColumnHead(f"xa-{n}", f"=Xã Số {n} Mẫu"), figures(n)) for n in range(many)]
    if broken is not None:
        communes[broken] = replace(communes[broken], figures=replace(communes[broken].figures, received=99))
    signed = SignedOff("chief", datetime(2026, 11, 1, 9, tzinfo=UTC))
    communes[-1] = replace(communes[-1], signed=signed, revised=True)
    return ProvinceStatistics("tinh", "Công an tỉnh", OCTOBER, "Asia/Ho_Chi_Minh", False, tuple(communes))


TABLE = province_table(a_month())


def told_of(figures: dict[str, Any], key: str) -> str:
    place: Any = figures
    for name in key.split(".", 2):
        place = place[name]
    return "hidden" if place is None else str(place)


@pytest.mark.parametrize("language", ["vi", "ru", "en"])
def test_every_form_has_the_same_cells(language: str) -> None:
    document = province_document(TABLE, language)
    lines = read_back.document_lines(document)
    assert len(lines) > 90
    assert read_back.csv_lines(write_csv(document), document) == [
        tuple(f"'{cell}" if cell.startswith(("=", "+", "@")) else cell for cell in line) for line in lines
    ]
    assert read_back.xlsx_lines(write_xlsx(document), document) == lines


def test_the_json_has_the_cells_of_the_document_and_null_for_what_is_hidden() -> None:
    document, told = province_document(TABLE, "en"), json.loads(json.dumps(TABLE.to_json()))
    columns = [told["whole"], *told["communes"]]
    compared = set()
    for section, row in document.rows():
        if not row.heading and section is not document.sections[0]:
            cells = ["hidden" if cell in (SUPPRESSED, WITHHELD) else str(cell.n) for cell in row.cells]  # type: ignore[union-attr]
            assert [told_of(column, row.key) for column in columns] == cells, row.key
            compared.add(row.key)
    assert compared == {line.key for line in TABLE.lines}
    assert (told["province"], told["unit"], told["month"]) == (True, "tinh", "2026-10")
    assert [one["balances"] for one in told["communes"]].count(False) == 1
    assert told["whole"]["balances"] is False


def test_the_paper_lies_across_and_has_every_cell_group_by_group() -> None:
    document = province_document(TABLE, "vi")
    paper = " ".join(read_back.pdf_text(write_pdf(document)).split())
    assert "KHÔNG KHỚP SỐ LIỆU: =Xã Số 3 Mẫu" in paper
    for first, last in ((0, 9), (9, 13)):
        for _, row in document.rows():
            if not row.heading:
                shown = " ".join(filter(None, map(read_back.told, row.cells[first:last])))
                assert f"{row.label} {shown}".strip() in paper, (row.key, shown)


def test_nothing_hidden_is_in_the_workbook_and_no_formula_reaches_it() -> None:
    document = province_document(TABLE, "en")
    content = write_xlsx(document)
    values, formulas = (openpyxl.load_workbook(io.BytesIO(content), data_only=only).active for only in (True, False))
    marked = {cell.coordinate for row in values.iter_rows() for cell in row if cell.value in ("<3", "•")}
    assert len(marked) > 100
    written = [cell for row in formulas.iter_rows() for cell in row if cell.data_type == "f"]
    assert written
    for cell in written:
        assert not marked & set(_reached(cell.value)), cell.value
    assert not formulas.parent.defined_names


def _reached(formula: str) -> Iterator[str]:
    from openpyxl.formula import Tokenizer
    from openpyxl.utils import cols_from_range, range_boundaries

    for token in Tokenizer(formula).items:
        if token.subtype == "RANGE":
            range_boundaries(token.value)
            yield from (place for column in cols_from_range(token.value) for place in column)


def test_another_program_calculates_the_same(tmp_path: Path) -> None:
    path = tmp_path / "province.xlsx"
    path.write_bytes(write_xlsx(province_document(TABLE, "en")))
    found = list(read_back.recalculated(str(path)))
    assert found
    assert all(calculated == stored for _, stored, calculated in found)


def test_what_does_not_balance_is_marked_in_every_form() -> None:
    document = province_document(TABLE, "en")
    [state] = [row for _, row in document.rows() if row.key == "state.balances"]
    assert [read_back.told(cell) for cell in state.cells].count("DOES NOT BALANCE") == 2, "the commune and the whole"
    assert document.notices[0].alarming
    assert "DOES NOT BALANCE: =Xã Số 3 Mẫu." in write_csv(document).decode("utf-8-sig")


def test_small_numbers_are_nowhere_and_the_marks_are_explained() -> None:
    small = {cell for cell, n in values_of(a_month()).items() if n in (1, 2)}
    assert small
    assert all(TABLE.cells[cell] in (SUPPRESSED, WITHHELD) for cell in small)
    assert [note[:2] for note in province_document(TABLE, "en").footnotes] == ["<3", "•:"]


def test_a_year_has_the_very_cells_of_its_months(store: Store, of: Province) -> None:
    with store.write() as connection:
        for number in range(30):
            event_ = province.Event(
                number % 3, number * 11 - 300, ("admin", "report", "hung up")[number % 3 - 1], number
            )
            province.happens(connection, of, event_, number)
    with store.read() as connection:
        shown = province_year(year_figures(connection, of.over.unit_id, 2026, NOW), "kinds.admin")
        counted = {month: province_statistics(connection, of.over.unit_id, month, NOW) for month in shown.months}
    assert [month.number for month in shown.months] == list(range(1, 12)), "December has not begun"
    for month, table in ((month, province_table(one)) for month, one in counted.items()):
        for code in ("xa-1", "xa-2", "xa-3", WHOLE):
            assert shown.cells[code, month] == table.cells["kinds.admin", code]
    document = year_document(shown, "en")
    assert read_back.csv_lines(write_csv(document), document) == read_back.document_lines(document)
    assert read_back.xlsx_lines(write_xlsx(document), document) == read_back.document_lines(document)
    told = shown.to_json()
    october = told["communes"][0]["months"]["2026-10"]
    cell = shown.cells["xa-1", OCTOBER]
    assert october == (cell.n if isinstance(cell, Number) else None)


@pytest.mark.parametrize("language", ["vi", "ru", "en"])
def test_every_line_has_a_name_that_can_be_chosen(language: str) -> None:
    names = line_names(TABLE.lines, language)
    assert names.keys() == {line.key for line in TABLE.lines}
    assert all(names.values())


def test_hidden_is_hidden_the_same_way_each_time() -> None:
    again: ProvinceTable = province_table(a_month())
    assert again.cells == TABLE.cells
