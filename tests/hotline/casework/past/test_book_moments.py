"""When a call was, as people wrote it; what is doubtful is no date."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.past.book_map import Moment, Start
from hotline.casework.past.book_moments import UnreadableError, in_zone, wall_reader

DOTTED = ["%d.%m.%Y %H:%M"]
FORMATS = ["%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%d %b %Y %H:%M", "%Y%m%d %H%M"]


@pytest.mark.parametrize(
    ("text", "formats", "wall"),
    [
        ("02.03.2021 07:05", DOTTED, (2021, 3, 2, 7, 5)),
        ("2.3.2021 7:05", DOTTED, (2021, 3, 2, 7, 5)),
        ("2021-03-02 07:05:09", FORMATS, (2021, 3, 2, 7, 5, 9)),
        ("02 Mar 2021 07:05", FORMATS, (2021, 3, 2, 7, 5)),
        ("29.02.2020 00:00", DOTTED, (2020, 2, 29)),
        ("02.03.21 07:05", ["%d.%m.%y %H:%M"], (2021, 3, 2, 7, 5)),
        ("44257.295138889", ["excel"], (2021, 3, 2, 7, 5)),
        ("44257,295138889", ["excel"], (2021, 3, 2, 7, 5)),
    ],
)
def test_moments(text: str, formats: list[str], wall: tuple[int, ...]) -> None:
    assert wall_reader(formats)(text) == datetime(*wall)  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31.02.2021 07:00", "no such day"),
        ("29.02.2021 07:00", "no such day"),
        ("02.03.2021 24:30", "no such day"),
        ("02.03.21 07:00", "two digits"),
        ("03.25.2021 07:00", "other way round"),
        ("44257.29", "spreadsheets"),
        ("44257", "spreadsheets"),
        ("", "empty"),
        ("02.03.2021", "no format"),
        ("yesterday", "no format"),
        ("0٢.03.2021 07:00", "no format"),
        ("=NOW()", "no format"),
        ("02.03.0000 07:00", "no such day"),
    ],
)
def test_what_is_no_moment_says_why_and_never_what(text: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        wall_reader(DOTTED)(text)
    assert reason in str(refused.value)
    assert not text or text not in str(refused.value)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2199, 1, 1)), st.sampled_from([*FORMATS[:3], FORMATS[4]]))  # noqa: DTZ001
def test_reading_is_what_strptime_reads(wall: datetime, text: str) -> None:
    written = wall.strftime(text)
    assert wall_reader([text])(written) == datetime.strptime(written, text)  # noqa: DTZ007


def test_zones_with_summer_time() -> None:
    paris = ZoneInfo("Europe/Paris")
    with pytest.raises(UnreadableError, match="left out"):
        in_zone(datetime(2021, 3, 28, 2, 30), paris)  # noqa: DTZ001
    first = in_zone(datetime(2021, 10, 31, 2, 30), paris)  # noqa: DTZ001
    assert first == datetime(2021, 10, 31, 0, 30, tzinfo=UTC), "of the hour that came twice, the first"


@pytest.mark.parametrize("text", ["", "%d", "%H:%M", "dd.mm.yyyy", "%Y-%m-%d %H:%M:%S %Q", "%d.%m"])
def test_a_format_that_names_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"format|name"):
        Moment.model_validate({"column": "x", "formats": [text]})


def test_a_call_needs_an_hour() -> None:
    assert Moment.model_validate({"column": "x", "formats": ["%d.%m.%Y"]}).columns == ("x",)
    with pytest.raises(ValueError, match="hour"):
        Start.model_validate({"column": "x", "formats": ["%d.%m.%Y"]})
