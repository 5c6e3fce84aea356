"""A call book as a file: its letters, its separator, its lines. What is wrong is refused or stepped over."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.past.book_file import Layout, Record, Rejected, layout_of, records
from hotline.casework.past.book_map import CallMap
from hotline.casework.past.described import PastFileError, read_described
from ivr_flows.loader import CATALOG

Book = Callable[..., Path]
HEADER = "Ngày;Loại;Thôn"
LINES = (HEADER, "02/02/2021 07:30;báo tin;Khe Mận", "03/02/2021 08:00;hỏi;Nà Hoi")


def a_map(**more: object) -> CallMap:
    columns = {
        "started_at": {"column": "Ngày", "formats": ["%d/%m/%Y %H:%M"]},
        "kind": {"column": "Loại", "values": {"hỏi": "admin", "báo tin": "report"}},
        "place": {"column": "Thôn"},
    }
    return CallMap.model_validate({"book": "so-cu", "columns": columns, **more})


@pytest.fixture
def book(tmp_path: Path) -> Book:
    def write(content: bytes | str, encoding: str = "utf-8") -> Path:
        file = tmp_path / "so.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return write


def read(file: Path, **more: object) -> tuple[Layout, list[Record | Rejected]]:
    layout = layout_of(file, a_map(**more))
    with records(file, layout) as (lines, _):
        return layout, list(lines)


# ---- letters


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_known_without_a_word(book: Book, encoding: str) -> None:
    _, lines = read(book("\r\n".join(LINES), encoding))
    assert lines == [
        Record(2, ["02/02/2021 07:30", "báo tin", "Khe Mận"]),
        Record(3, ["03/02/2021 08:00", "hỏi", "Nà Hoi"]),
    ]


def tones_apart(text: str) -> str:
    """As Windows-1258 has it: the tone is a letter of its own, the hat belongs to its vowel."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    apart = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        vowel = "".join(part for part in parts if part not in tones)
        apart.append(unicodedata.normalize("NFC", vowel) + "".join(part for part in parts if part in tones))
    return "".join(apart)


def test_windows_1258_and_tcvn3_are_read_when_they_are_named(book: Book) -> None:
    file = book(tones_apart("\n".join(LINES)), "windows-1258")
    layout, lines = read(file, encoding="windows-1258")
    assert layout.encoding == "cp1258"
    assert unicodedata.normalize("NFC", lines[0].cells[2]) == "Khe Mận"  # type: ignore[union-attr]
    codecs.lookup("tcvn3")
    _, lines = read(book("\n".join(LINES), "tcvn3"), encoding="tcvn3")
    assert lines[0].cells == ["02/02/2021 07:30", "báo tin", "Khe Mận"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        ("\n".join(LINES).encode("tcvn3"), {}, ("is not UTF-8", "encoding")),
        ("Дата;Вид;Село\n01.02.2021;справка;Кхе Ман\n".encode("windows-1251") * 20, {}, ("windows-1251",)),
        ("\n".join(LINES).encode(), {"encoding": "windows-1258"}, ("is UTF-8, not windows-1258",)),
        ("\n".join(LINES).encode("utf-16"), {"encoding": "utf-8"}, ("marked as UTF-16",)),
        ("\n".join(LINES).encode("utf-16-le"), {}, ("looks like UTF-16", "utf-16-le")),
        ("\n".join(LINES).encode("utf-16-le"), {"encoding": "windows-1258"}, ("looks like UTF-16",)),
        (b"a;b\n", {"encoding": "base64"}, ("not one that letters are written in",)),
        (b"a;b\n", {"encoding": "klingon"}, ("klingon",)),
        (b"", {}, ("is empty",)),
        (b"\n\n\n", {}, ("is empty",)),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00\x00\x00", {}, ("so.csv",)),
    ],
)
def test_the_wrong_letters_are_refused(book: Book, content: bytes, said: dict[str, str], words: tuple[str]) -> None:
    with pytest.raises(PastFileError) as refused:
        read(book(content), **said)
    for word in words:
        assert word in str(refused.value)


def test_one_broken_letter_rejects_one_line(book: Book) -> None:
    whole = ["03/02/2021 08:00;hỏi;Nà Hoi".encode()] * 40
    _, lines = read(book(b"\n".join([HEADER.encode(), *whole, b"03/02/2021 08:00;h\xfei;Na Hoi"])))
    [broken] = [line for line in lines if isinstance(line, Rejected)]
    assert (broken.line, "not of this encoding" in broken.reason) == (42, True)


# ---- header and separator


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_gives_the_columns(book: Book, separator: str) -> None:
    layout, lines = read(book("\n".join(LINES).replace(";", separator)))
    assert (layout.separator, len(lines)) == (separator, 2)


def test_excel_says_its_separator_itself(book: Book) -> None:
    layout, lines = read(book("sep=;\r\n" + "\r\n".join(LINES)))
    assert layout.separator == ";"
    assert [line.line for line in lines] == [3, 4]


@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        ("\n".join(LINES), {"separator": ","}, ("no column 'Ngày'", "';'")),
        ("Ngày;Loại\n1;2", {}, ("no column 'Thôn'", "'Loại'")),
        ("Ngày;Loại;Thôn;Loại\n", {}, ("'Loại' more than once",)),
        ("Ngày;LOẠI ;Thôn;loại\n", {}, ("'Loại' more than once",)),
        ("02/02/2021 07:30;hỏi;Nà Hoi\n", {}, ("no column",)),
    ],
)
def test_a_header_that_does_not_fit_is_refused(book: Book, content: str, said: dict[str, str], words: tuple) -> None:
    with pytest.raises(PastFileError) as refused:
        read(book(content), **said)
    for word in words:
        assert word in str(refused.value)


def test_capitals_and_blanks_in_the_header_make_no_difference(book: Book) -> None:
    layout, _ = read(book(" NGÀY ;loại;  Thôn\n"))
    assert layout.columns == {"Ngày": 0, "Loại": 1, "Thôn": 2}


# ---- lines


def test_a_quotation_mark_that_is_never_closed_costs_one_line(book: Book) -> None:
    good = "03/02/2021 08:00;hỏi;Nà Hoi"
    _, lines = read(book("\n".join([HEADER, good, '03/02/2021 08:00;"hỏi;Nà Hoi', *[good] * 200])))
    assert [line.line for line in lines if isinstance(line, Rejected)] == [3]
    assert [line.line for line in lines if isinstance(line, Record)] == [2, *range(4, 204)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1;2", "2 cells, the header 3"),
        ("1;2;3;4", "4 cells, the header 3"),
        ("1;\0;3", "NUL"),
        ('1;"2"x;3', "quotation mark"),
        ("1;" + "x" * 100_001 + ";3", "far too long"),
        ("1;" + "x" * 350_001 + ";3", "far too long"),
    ],
)
def test_a_broken_line_is_told_and_stepped_over(book: Book, line: str, reason: str) -> None:
    _, lines = read(book("\n".join([HEADER, line, "a;b;c"])))
    broken, whole = lines
    assert isinstance(broken, Rejected)
    assert (broken.line, reason in broken.reason) == (2, True)
    assert whole == Record(3, ["a", "b", "c"])


def test_what_is_no_line_is_none(book: Book) -> None:
    _, lines = read(book(f"\n{HEADER}\n\n;;\n   \na;b;c;;;\n"))
    assert lines == [Record(6, ["a", "b", "c"])]


def test_a_break_inside_quotes_belongs_to_the_cell(book: Book) -> None:
    _, lines = read(book(f'{HEADER}\n1;"dài\ndòng ""hai""";3\n4;5 "x" y;6\n'))
    assert lines == [Record(2, ["1", 'dài\ndòng "hai"', "3"]), Record(4, ["4", '5 "x" y', "6"])]


CELLS = st.text(
    st.characters(exclude_characters="\0\r\N{REPLACEMENT CHARACTER}", exclude_categories=("Cs",)), max_size=12
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12), st.sampled_from(",;\t|"))
def test_whatever_a_csv_writer_writes_is_read_back(
    tmp_path_factory, rows: list[tuple[str, ...]], separator: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([HEADER.split(";"), *rows])
    file = tmp_path_factory.getbasetemp() / "round.csv"
    file.write_bytes(text.getvalue().encode())
    _, lines = read(file, separator="tab" if separator == "\t" else separator)
    wanted = [list(row) for row in rows if any(cell and not cell.isspace() for cell in row)]
    assert [list(line.cells) for line in lines if isinstance(line, Record)] == wanted


def test_the_example_of_a_mapping_is_one() -> None:
    example = read_described(CATALOG / "example_call_book.yaml", CallMap)
    assert set(example.columns.named) == set(type(example.columns).model_fields), "it shows every field"
